"""What the part of a value makes of it: only a clear word makes an indicator, and whoever is protected stays home."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.convert.converting import OPTIONS, Converted, convert

HEADER = "platform,handle,role,notes"
ACCOUNT = "user-account"


def _converted(folder: Path, *rows: str, **case: str) -> Converted:
    source = folder / "a.csv"
    source.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return convert(source, out=folder / "out", options=replace(OPTIONS, **case))  # type: ignore[arg-type]


def outcomes(done: Converted) -> list[object]:
    return [line["outcome"] for line in done.lines]


def test_without_a_word_accounts_are_observed_and_the_summary_counts_them(tmp_path: Path) -> None:
    done = _converted(tmp_path, "X,a_1,,", "Telegram,some_channel,,")
    assert outcomes(done) == ["observable-only", "observable-only"]
    assert done.of_type("indicator") == []
    assert done.result.summary.unclaimed == {"account": 2}
    assert {line["reason"] for line in done.lines} == {"nothing says that it is the operation's own"}


@pytest.mark.parametrize("role", ["victim", "Impersonated", "target", "amplifier/target", "Opfer"])
def test_who_is_to_be_protected_stays_home(role: str, tmp_path: Path) -> None:
    done = _converted(tmp_path, f"X,a_1,{role},", "X,a_2,asset,")
    assert outcomes(done) == ["withheld", "indicator"]
    assert b"a_1" not in done.raw
    assert len(done.of_type(ACCOUNT)) == 1


def test_a_plain_note_protects_whatever_the_column_and_the_analyst_say(tmp_path: Path) -> None:
    done = _converted(tmp_path, "X,a_1,asset,victim of impersonation", "X,a_2,,was impersonated", role="operation")
    assert outcomes(done) == ["withheld", "withheld"]
    assert done.of_type("indicator") == []
    assert done.result.summary.techniques == {}


def test_the_protected_stay_home_wherever_else_they_stand(tmp_path: Path) -> None:
    done = _converted(tmp_path, "X,a_1,asset,", "X,a_1,impersonated,")
    assert outcomes(done) == ["withheld", "withheld"]
    assert b"a_1" not in done.raw


@pytest.mark.parametrize("role", ["amplifier", "suspected", "seeder"])
def test_a_doubtful_role_is_no_indicator(role: str, tmp_path: Path) -> None:
    done = _converted(tmp_path, f"X,a_1,{role},")
    assert outcomes(done) == ["observable-only"]
    assert len(done.of_type(ACCOUNT)) == 1


def test_the_analyst_says_it_for_all_and_techniques_follow(tmp_path: Path) -> None:
    done = _converted(tmp_path, "X,a_1,,", "X,a_2,victim,", role="operation")
    assert outcomes(done) == ["indicator", "withheld"]
    assert done.lines[0]["labels"] == ["operation asset"]
    assert "T0146" in done.result.summary.techniques
    assert done.result.summary.unclaimed == {}


def test_a_label_for_findings_that_have_none(tmp_path: Path) -> None:
    done = _converted(tmp_path, "X,a_1,,", "X,a_2,asset,", label="bot accounts")
    assert [line["labels"] for line in done.lines] == [["bot accounts"], ["operation asset", "asset"]]
    assert "T0146.007" in done.result.summary.techniques


def test_a_guarded_value_is_told_by_its_guard_not_by_its_doubtful_owner(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("indicator_type,indicator_value\nurl,https://bit.ly/3abcdef\nurl,https://evil.example/x\n")
    done = convert(source, out=tmp_path / "out")
    assert outcomes(done) == ["observable-only", "observable-only"]
    assert "shorteners" in str(done.lines[0]["reason"])
    assert done.lines[1]["reason"] == "nothing says that it is the operation's own"
    assert done.result.summary.unclaimed == {"url": 1}
