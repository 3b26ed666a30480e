"""Templates are learned from the general way, take what is usual, and refuse what they cannot fill in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from disarm_exchange.convert.building import indicated, observed
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.moulds import mould_of
from disarm_exchange.convert.observables import observable_of
from disarm_exchange.convert.rendering import Group, group_of
from disarm_exchange.findings.case import CaseDraft, Producer
from disarm_exchange.findings.values import Value, read_cell
from disarm_exchange.stix.bundle import StixObject

FRAME = Frame.of(
    CaseDraft(name="Mould", producer=Producer("Test Team"), published=datetime(2026, 5, 1, tzinfo=UTC)).complete()
)
SEPARATOR = b",\n"


def with_indicator(frame: Frame, value: Value) -> list[list[StixObject]]:
    return [indicated(frame, observable_of(value))]


def in_general(value: Value) -> tuple[Group, ...]:
    return tuple(group_of(group, SEPARATOR) for group in with_indicator(FRAME, value))


def value(cell: str) -> Value:
    return read_cell(cell)[0]


@pytest.mark.parametrize(
    "cells",
    [
        [f"site-{number}.example" for number in range(80)],
        [f"https://site-{number}.example/a?b={number}" for number in range(80)],
        [f"https://x.com/some_one_{number}" for number in range(80)],
        ["https://x.com/some_one", "https://x.com/Some_Two", "https://x.com/some_one"],
        [
            "https://site.example/a",
            "https://site.example/it's",
            "https://site.example/100%25%s%d",
            "https://ü.example/ö",
        ],
        ["https://site.example/a", f"https://site.example/{'a' * 400}", "https://site.example/a|b{c}"],
        ["https://site.example/it's", "https://site.example/a"],
    ],
)
def test_a_mould_gives_what_the_general_way_gives(cells: list[str]) -> None:
    values = [value(cell) for cell in cells]
    mould = mould_of(values[0], FRAME, with_indicator, SEPARATOR)
    assert mould is not None
    assert mould.fill(values) == [in_general(one) for one in values]
    assert mould.fill([]) == []


def test_several_groups_come_in_their_order_and_what_never_varies_stays() -> None:
    def build(frame: Frame, one: Value) -> list[list[StixObject]]:
        constant: StixObject = {"type": "identity", "id": frame.producer_id, "name": "always the same, 100%"}
        return [[constant], observed(frame, observable_of(one))]

    values = [value("one.example"), value("two.example")]
    mould = mould_of(values[0], FRAME, build, SEPARATOR)
    assert mould is not None
    first, second = mould.fill(values)
    assert first[0] == second[0]
    assert b"always the same, 100%" in first[0].body
    assert b'"value":"two.example"' in second[1].body
    assert first[1].types == ("domain-name", "relationship")


def test_what_shows_more_of_a_value_than_can_be_filled_in_is_refused() -> None:
    def build(frame: Frame, one: Value) -> list[list[StixObject]]:
        return [[*observed(frame, observable_of(one)), {"type": "note", "id": frame.own("note", one.remark)}]]

    remarked = replace(value("one.example"), remark="a spoof")
    assert mould_of(remarked, FRAME, build, SEPARATOR) is None
    assert mould_of(value("one.example"), FRAME, build, SEPARATOR) is not None


def test_what_changes_a_value_in_another_way_is_refused() -> None:
    def build(frame: Frame, one: Value) -> list[list[StixObject]]:
        item: StixObject = {"type": "note", "id": frame.own("note", one.text), "content": str(len(one.text))}
        return [[*observed(frame, observable_of(one)), item]]

    assert mould_of(value("one.example"), FRAME, build, SEPARATOR) is None


def test_an_account_on_a_site_that_no_table_lists_is_refused() -> None:
    account = value("https://forum.example/user/some-one")
    assert account.login is not None
    assert account.platform is None
    assert mould_of(account, FRAME, with_indicator, SEPARATOR) is None
