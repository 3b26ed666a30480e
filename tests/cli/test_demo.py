"""`disarm-exchange demo`: two organisations end with the same objects, again and again."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import run


def test_the_second_organisation_ends_with_exactly_what_was_published(tmp_path: Path) -> None:
    for _ in range(2):  # over its own earlier output too
        done = run("demo", "--output", tmp_path / "out", "--json")
        assert done.code == 0, done.err
        told = json.loads(done.out)
        assert told["validation_errors"] == 0
        assert told["identical"]
        assert told["objects_sent"] == told["objects_received"] > 100
        assert told["pulled_again"]["counts"]["new"] == 0
        assert [case["records"] == sum(case["outcomes"].values()) for case in told["cases"]] == [True, True]


def test_the_demo_tells_what_happened_and_what_to_open(tmp_path: Path) -> None:
    done = run("demo", "--output", tmp_path / "out")
    assert done.code == 0, done.err
    shown = " ".join(done.out.split())
    for expected in ("Findings by outcome", "Techniques by tactic", "holds exactly what North Watch published"):
        assert expected in shown
    assert (tmp_path / "out" / "harbour-echo.account.jsonl").is_file()
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Received from North Watch" in page
    assert "T0149.001" in page
