"""What supports a technique: counted once however often it is told, in parts or at once."""

from __future__ import annotations

import pytest

from disarm_exchange.convert import evidence
from disarm_exchange.convert.evidence import MAX_ROWS, Evidence, Support
from disarm_exchange.disarm.mapping import TechniqueCall

CALL = TechniqueCall("T0149.001", 85, "own.domain", "a domain")


def gathered(*blocks: range) -> Evidence:
    whole = Evidence()
    for block in blocks:
        support, part = Support((CALL,)), Evidence()
        for number in block:
            support.add("label", [f"site{number}.example"], "")
        part.add(support)
        whole.join(part)
    return whole


@pytest.mark.parametrize(
    "blocks", [(range(100),), (range(50), range(50, 100)), (range(60), range(40, 100)), (range(100), range(100))]
)
def test_findings_are_counted_once_however_they_are_divided(blocks: tuple[range, ...]) -> None:
    whole = gathered(*blocks)
    assert whole.counts() == {"T0149.001": 100}
    assert len(whole.techniques["T0149.001"].rows) == MAX_ROWS


def test_many_are_counted_in_parts_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_AT_ONCE", 10)
    assert gathered(range(300), range(200, 500)).counts() == {"T0149.001": 500}


def test_of_what_is_withheld_the_label_alone_is_kept_and_each_counted() -> None:
    support, whole = Support((CALL,)), Evidence()
    for victim in ("town-hall.example", "harbour.example", "harbour.example"):
        support.add("label", [victim], "attacked", withheld=True)
    whole.add(support)
    assert whole.counts() == {"T0149.001": 2}
    assert whole.techniques["T0149.001"].rows == [("label", "", "")]


def test_values_taken_together_count_as_each_by_itself() -> None:
    values = [f"site{number % 40}.example" for number in range(90)]
    together, single = Support((CALL,)), Support((CALL,))
    together.add("label", values, "note")
    for value in values:
        single.add("label", [value], "note")
    assert together.keys == single.keys
    assert together.rows == single.rows == [("label", value, "note") for value in sorted(set(values))[:MAX_ROWS]]
