"""Every sentence of the corpus: the object that obeys it is accepted, the one that breaks it is refused for that."""

from __future__ import annotations

from collections import Counter

import pytest

from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.kinds import DADCDM_TYPES, STIX_TYPES
from tests.validate.corpus import all_cases
from tests.validate.corpus.case import Case

CASES = list(all_cases())
VALIDATOR = Validator("dad-cdm")


def test_the_corpus_is_large_and_has_both_kinds_of_every_type() -> None:
    assert len(CASES) >= 300
    good = {case.item.get("type") for case in CASES if not case.code}
    bad = {case.item.get("type") for case in CASES if case.code}
    assert good >= STIX_TYPES | DADCDM_TYPES
    assert bad >= STIX_TYPES | DADCDM_TYPES


@pytest.mark.parametrize("case", [case for case in CASES if not case.code], ids=lambda case: case.name)
def test_what_obeys_is_accepted(case: Case) -> None:
    issues = [issue for issue in VALIDATOR.check(case.item) if issue.severity is Severity.ERROR]
    assert [(issue.code, issue.pointer, issue.reason) for issue in issues] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.code], ids=lambda case: case.name)
def test_what_breaks_it_is_refused_for_that(case: Case) -> None:
    codes = Counter(issue.code for issue in VALIDATOR.check(case.item))
    assert case.code in codes
