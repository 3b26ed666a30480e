"""What is written is validated: what is not fit to be shared lies aside, and the output stays as it was."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from disarm_exchange.convert.job import Job, Result, convert_files
from disarm_exchange.convert.outputs import Unfinished
from disarm_exchange.errors import UserError
from disarm_exchange.validate import Severity
from tests.convert.converting import OPTIONS, SAMPLES, table

DOMAINS = "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains to support influence operations"


@pytest.fixture
def bad_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the program's: campaigns get a property that STIX does not know and no extension explains."""
    from disarm_exchange.convert import assembly
    from disarm_exchange.convert.case_objects import opening_objects

    def broken(*given: object) -> object:
        for item in opening_objects(*given):  # type: ignore[arg-type]
            yield {**item, "confidence": 400} if item["type"] == "campaign" else item

    monkeypatch.setattr(assembly, "opening_objects", broken)


def converted(out: Path, source: Path = SAMPLES[0], **job: object) -> Result:
    return convert_files(Job((source,), out, options=OPTIONS, **job))  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_valid_bundle_appears_with_its_counts(tmp_path: Path) -> None:
    result = converted(tmp_path / "o.json")
    assert result.issues is not None
    assert result.issues.get(Severity.ERROR, 0) == 0
    assert result.issues_file is None
    assert "o.json.issues.jsonl" not in names(tmp_path)


@pytest.mark.usefixtures("bad_case")
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_keeps_everything_aside(tmp_path: Path, jobs: int) -> None:
    out, account = tmp_path / "o.json", tmp_path / "a.jsonl"
    out.write_text("of an earlier run")
    result = converted(out, account=account, jobs=jobs)
    assert out.read_text() == "of an earlier run"
    assert names(tmp_path) == ["a.jsonl.invalid", "o.json", "o.json.invalid", "o.json.issues.jsonl"]
    assert (result.bundle.name, result.account and result.account.name) == ("o.json.invalid", "a.jsonl.invalid")
    assert result.issues_file is not None
    issues = [orjson.loads(line) for line in result.issues_file.read_bytes().splitlines()]
    assert any(issue["severity"] == "error" and issue["pointer"] == "/confidence" for issue in issues)
    assert orjson.loads(result.bundle.read_bytes())["type"] == "bundle"


@pytest.mark.usefixtures("bad_case")
def test_without_validation_it_is_written_as_it_is(tmp_path: Path) -> None:
    result = converted(tmp_path / "o.json", validate=False)
    assert result.issues is None
    assert b'"confidence":400' in result.bundle.read_bytes()


@pytest.mark.usefixtures("bad_case")
def test_a_ledger_forgets_what_was_not_fit(tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.db")
    assert converted(tmp_path / "o.json", ledger=ledger).issues_file is not None
    with pytest.MonkeyPatch.context() as patch:
        from disarm_exchange.convert import assembly, case_objects

        patch.setattr(assembly, "opening_objects", case_objects.opening_objects)
        again = converted(tmp_path / "o.json", ledger=ledger)
    assert again.changes is not None
    assert [name for name, count in again.changes.items() if count] == ["new"]
    assert again.issues_file is None


def test_the_next_good_run_clears_what_lay_aside(tmp_path: Path) -> None:
    out = tmp_path / "o.json"
    (tmp_path / "o.json.invalid").write_text("old")
    (tmp_path / "o.json.issues.jsonl").write_text("old")
    (tmp_path / ".o.json.part").write_text("of a killed run")
    converted(out, table(tmp_path / "f.csv", f"{DOMAINS},a[.]example,"))
    assert names(tmp_path) == ["f.csv", "o.json"]


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    first = Unfinished(tmp_path / "o.json")
    with pytest.raises(UserError, match="another run"):
        Unfinished(tmp_path / "o.json")
    first.write(b"whole")
    first.commit()
    second = Unfinished(tmp_path / "o.json")
    second.discard()
    assert (tmp_path / "o.json").read_bytes() == b"whole"
    assert names(tmp_path) == ["o.json"]
