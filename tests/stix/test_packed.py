"""Objects packed into little memory come out as they went in, as often as one likes."""

from __future__ import annotations

import pytest

from disarm_exchange.stix.packed import PackedObjects

ODD = {"big": 2**80, "lone": "\ud800", "float": 0.1, "none": None, "nested": {"a": [1, True, {"b": "ж漢"}]}}


def some(count: int) -> list[dict[str, object]]:
    return [{"type": "campaign", "id": f"campaign--{number}", **ODD} for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 256, 257, 1000])
def test_all_come_out_in_order_twice(count: int) -> None:
    packed = PackedObjects(iter(some(count)))
    assert len(packed) == count
    assert list(packed) == some(count) == list(packed)


def test_one_by_its_place() -> None:
    packed = PackedObjects(some(600))
    assert [packed[place]["id"] for place in (599, 0, 300, -1)] == [f"campaign--{n}" for n in (599, 0, 300, 599)]
    assert [one["id"] for one in packed[255:258]] == ["campaign--255", "campaign--256", "campaign--257"]
    with pytest.raises(IndexError):
        packed[600]


def test_changing_what_comes_out_changes_nothing() -> None:
    packed = PackedObjects(some(2))
    packed[0]["name"] = "changed"
    assert list(packed) == some(2)
