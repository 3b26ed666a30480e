"""The executable conformance suite: every row of the table, over HTTP, on both databases."""

from __future__ import annotations

import pytest

from tests.taxii.server.conformance import (  # noqa: F401 - they fill the table
    access,
    filtering,
    negotiation,
    paging,
    resources,
    writing,
)
from tests.taxii.server.conformance.registry import CHECKS, Check
from tests.taxii.server.world import World


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_conformance(world: World, check: Check) -> None:
    check.run(world)


def test_no_row_stands_twice() -> None:
    names = [check.id for check in CHECKS]
    assert sorted(set(names)) == sorted(names)
