"""The report's list: sorted, complete, and divided when one report would be too large."""

from __future__ import annotations

from uuid import uuid4

import pytest

from disarm_exchange.convert import listing
from disarm_exchange.convert.listing import Listing, packed_uuid


@pytest.mark.parametrize("count", [0, 1, 10, 11, 160, 161, 3000])
def test_parts_hold_every_id_once_in_order(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(listing, "MOST_REFERENCES", 10)
    ids = [f"{kind}--{uuid4()}" for kind, _ in zip(["url", "note", "indicator"] * count, range(count), strict=False)]
    listed = Listing()
    for one in ids:
        listed.add((one.partition("--")[0],), packed_uuid(one))
    parts = list(listed.parts())
    assert sorted(one for _, part in parts for one in part) == sorted(ids)
    for prefix, part in parts:
        assert part == sorted(part)
        assert all(one.partition("--")[2].startswith(prefix) for one in part)
    assert (len(parts) == 1) == (count <= 10)


def test_the_parts_depend_on_the_set_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_REFERENCES", 5)
    ids = [f"url--{uuid4()}" for _ in range(100)]
    one, other = Listing(), Listing()
    for forwards, backwards in zip(ids, reversed(ids), strict=True):
        one.add(("url",), packed_uuid(forwards))
        other.add(("url",), packed_uuid(backwards))
    assert list(one.parts()) == list(other.parts())


def test_groups_taken_together_are_listed_as_each_by_itself() -> None:
    types = ("url", "report", "indicator")
    ids = [[f"{kind}--{uuid4()}" for kind in types] for _ in range(50)]
    one, other = Listing(), Listing()
    one.add(types, b"".join(packed_uuid(each) for group in ids for each in group), frozenset({"report"}))
    for group in ids:
        other.add(types, b"".join(map(packed_uuid, group)), frozenset({"report"}))
    ((_, together),) = one.parts()
    assert [("", together)] == list(other.parts())
    assert len(together) == 100
    assert together == sorted(together)
