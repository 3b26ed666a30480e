"""Each rule fires on its broken file and not on its fixed twin."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.files import FileCheck, PlacedIssue
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.rule import all_rules

FILES = Path(__file__).parent / "rules"


def issues(path: Path, *, select: tuple[str, ...] = (), profile: str = "exchange") -> list[PlacedIssue]:
    return list(FileCheck(Validator(profile, select=select)).check(str(path)))


@pytest.mark.parametrize("code", all_rules())
def test_a_rule_fires_on_its_broken_file(code: str) -> None:
    found = [issue for issue in issues(FILES / f"{code}.broken.json", select=(code,)) if issue.issue.code == code]
    assert found
    for issue in found:
        assert issue.issue.reason
        assert issue.issue.fix
        assert issue.line >= 1


@pytest.mark.parametrize("code", all_rules())
def test_a_rule_does_not_fire_on_its_fixed_file(code: str) -> None:
    assert [i for i in issues(FILES / f"{code}.fixed.json", select=(code,)) if i.issue.code == code] == []


@pytest.mark.parametrize("code", all_rules())
def test_a_fixed_file_has_no_error_of_the_specifications(code: str) -> None:
    found = issues(FILES / f"{code}.fixed.json", profile="dad-cdm")
    errors = Counter(issue.issue.code for issue in found if issue.issue.severity is Severity.ERROR)
    assert errors == Counter()


def test_there_is_no_file_of_a_rule_that_does_not_exist() -> None:
    assert {path.name.split(".")[0] for path in FILES.iterdir()} == set(all_rules())


@pytest.mark.parametrize("code", all_rules())
def test_every_rule_describes_itself(code: str) -> None:
    rule = all_rules()[code]
    assert rule.code == code
    assert rule.__doc__
    for text in (rule.title, rule.why, rule.fix, rule.source):
        assert text.strip()
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.fix.endswith(".")
