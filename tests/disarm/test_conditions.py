"""Conditions: phrases, what they find, and that the shortcuts of the engine change nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_exchange.disarm.conditions import Condition, Criteria, Senses, condition_from, holds, phrase_pattern
from disarm_exchange.disarm.json_places import line_of
from disarm_exchange.disarm.mapping import Query, load_mapping

MAPPING = load_mapping()
LABELS = sorted(MAPPING.labels().values())


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("bit ly", "https://bit[.]ly/x", True),
        ("bit ly", "https://rabbit.ly", False),
        ("spoofing news", "Domains  spoofing\nNEWS or government sites", True),
        ("infiltrat*", "used to infiltrate groups", True),
        ("infiltrat*", "filtrated", False),
        ("*bot", "t.me/trech_kich_bot", True),
        ("bot", "robots", False),
        ("operation’s websites", "Operation's websites", False),
        ("operation s websites", "Operation’s websites and brands", True),
        ("été", "En ÉTÉ", True),
        ("(a)", "say a word", True),
    ],
)
def test_phrases_find_whole_words_whatever_stands_between(phrase: str, text: str, found: bool) -> None:
    assert bool(re.search(phrase_pattern([phrase]), text, re.IGNORECASE)) is found


def test_no_words_find_nothing() -> None:
    assert re.search(phrase_pattern(["...", ""]), "anything ...") is None


def test_a_condition_holds_when_all_that_is_asked_does() -> None:
    condition = condition_from({"kind": ["domain"], "note": ["spoof*"], "unless": {"text": ["own brand"]}})
    senses = Senses([condition])
    cases = {
        ("domain", "spoofing", "a.example"): True,
        ("domain", "spoofing", "own-brand.example"): False,
        ("url", "spoofing", "a.example"): False,
        ("domain", "", "a.example"): False,
    }
    for (kind, note, text), expected in cases.items():
        assert holds((condition,), senses.sense(kind, None, note, text)) is expected


WORDS = ["alpha", "beta", "gamma"]
PHRASES = st.lists(st.sampled_from(WORDS), max_size=2).map(tuple)
CRITERIA = st.builds(
    Criteria,
    kinds=st.frozensets(st.sampled_from(["domain", "url"]), max_size=1),
    platforms=st.frozensets(st.sampled_from(["x", "vk"]), max_size=1),
    guards=st.frozensets(st.sampled_from(["hosts", "outlets"]), max_size=1),
    note=PHRASES,
    text=PHRASES,
    words=PHRASES,
)
CONDITIONS = st.lists(st.builds(Condition, CRITERIA, CRITERIA), min_size=1, max_size=4)
SPOKEN = st.lists(st.sampled_from([*WORDS, "delta"]), max_size=3).map(" ".join)


def plainly(criteria: Criteria, kind: str, platform: str | None, note: str, text: str, guard: str | None) -> list[bool]:
    """Each thing asked, by the meaning of the words and nothing clever."""
    met = []
    if criteria.kinds:
        met.append(kind in criteria.kinds)
    if criteria.platforms:
        met.append(platform in criteria.platforms)
    if criteria.guards:
        met.append(guard in criteria.guards)
    for asked, said in (
        (criteria.note, note.split()),
        (criteria.text, text.split()),
        (criteria.words, [*note.split(), *text.split()]),
    ):
        if asked:
            met.append(any(word in said for word in asked))
    return met


@settings(max_examples=300, deadline=None)
@given(
    CONDITIONS,
    st.sampled_from(["domain", "url", "text"]),
    st.sampled_from(["x", "vk", None]),
    SPOKEN,
    SPOKEN,
    st.sampled_from(["hosts", "outlets", "services", None]),
)
def test_remembering_and_skipping_change_no_answer(
    conditions: list[Condition], kind: str, platform: str | None, note: str, text: str, guard: str | None
) -> None:
    senses = Senses(conditions)
    for said in (text, "", text):
        sensed = senses.sense(kind, platform, note, said, guard)
        for condition in conditions:
            asked = all(plainly(condition.asks, kind, platform, note, said, guard))
            barred = any(plainly(condition.unless, kind, platform, note, said, guard))
            assert holds((condition,), sensed) is (asked and not barred)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(LABELS), st.text(max_size=60)), max_size=3).map(tuple),
    st.sampled_from(["domain", "account", "text", "empty", "asset-count"]),
    st.sampled_from(["x", "telegram", None]),
    st.text(max_size=80),
    st.text(max_size=80),
)
def test_any_finding_gets_a_verdict_with_a_reason(
    labels: tuple[str, ...], kind: str, platform: str | None, note: str, text: str
) -> None:
    query = Query(labels, kind, platform, note, text)
    verdict = MAPPING.match(query)
    assert verdict.reason
    assert verdict == MAPPING.match(query)
    assert all(0 < call.confidence <= 85 and call.reason for call in verdict.calls)
    assert len({call.technique_id for call in verdict.calls}) == len(verdict.calls)


def test_huge_cells_are_read_in_bounds() -> None:
    mapping = load_mapping()
    big = "a" * 2_000_000
    verdict = mapping.match(Query((big,), "text", None, big, big))
    assert len(verdict.reason) < 1_000
    known = mapping.match(Query(("domain_name",), "domain", None, "spoofing " + big, big))
    assert known.label_id == "meta-flat.domain-name"


def test_lines_of_json_values_are_told() -> None:
    text = '{\n "a": [1,\n  {"b\\"c": 2,\n   "d": []}\n ]}'
    places = {("a",): 2, ("a", 0): 2, ("a", 1): 3, ("a", 1, 'b"c'): 3, ("a", 1, "d"): 4, ("a", 1, "d", 7): 4, ("z",): 1}
    assert {pointer: line_of(text, pointer) for pointer in places} == places
