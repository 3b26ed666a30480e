"""Objects of our own writing: each sentence of a specification with an object that obeys it, or that breaks it.

`all_cases()` gives them all. Broken ones name the rule that must say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.validate.corpus import common, dadcdm, meta, observables, observables_more, prose, sdo, sdo_more
from tests.validate.corpus.case import Case

MODULES = (common, sdo, sdo_more, observables, observables_more, meta, dadcdm, prose)


def all_cases() -> Iterator[Case]:
    """Every case of every module."""
    for module in MODULES:
        yield from module.CASES
