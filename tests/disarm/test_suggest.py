"""Candidates for labels that no rule maps, drafts of rules, and how much the rules cover."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.suggest import EASY, measure, rankers, truth_of
from disarm_exchange.disarm.coverage import Coverage
from disarm_exchange.disarm.draft import draft_rules
from disarm_exchange.disarm.mapping import Query, load_mapping
from disarm_exchange.disarm.rule_files import check_rule_file
from disarm_exchange.disarm.suggest import Suggester
from disarm_exchange.disarm.trace import trace

MAPPING = load_mapping()
SUGGESTER = Suggester(MAPPING)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.9.14 Acquiring Mastodon accounts", "T0146"),
        ("clickbait headlines", "T0167.001"),
        ("Posing as fictional nurse", "T0143.002"),
        ("paying local freelancers for articles", "T0091.001"),
        ("Coordinating on Slack", "T0129.005"),
        ("The pages shared memes. Nothing else is known.", "T0115.001"),
    ],
)
def test_the_likely_technique_is_among_the_first_three(text: str, expected: str) -> None:
    found = SUGGESTER.suggest(text, limit=3)
    assert expected in [item.technique_id for item in found]
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    assert all(item.reasons and item.name for item in found)


def test_nothing_alike_suggests_nothing() -> None:
    for text in ("", "   ", "zzzz qqqq", "0.9.77", "123"):
        assert SUGGESTER.suggest(text) == ()


def test_context_counts_for_less_than_the_text() -> None:
    alone = SUGGESTER.suggest("Coordinating on Slack")
    beside = SUGGESTER.suggest("Coordinating on Slack", context="Acquiring cryptocurrency wallet")
    assert beside[0].technique_id == alone[0].technique_id
    assert "T0148.009" in [item.technique_id for item in SUGGESTER.suggest("wallet thing", context="cryptocurrency")]


def test_a_label_left_out_is_not_learnt_from() -> None:
    text = "Working with paid protesters"
    with_it = SUGGESTER.suggest(text)
    without = SUGGESTER.suggest(text, without=frozenset(["meta-kc.7.4.2"]))
    assert with_it[0].technique_id == "T0057.001"
    assert not any("meta-kc.7.4.2" in reason for item in without for reason in item.reasons)


def test_long_text_is_read_in_bounds() -> None:
    text = "The network bought accounts. " * 50_000
    assert SUGGESTER.suggest(text)[0].technique_id in {"T0150.006", "T0146"}


def test_leave_one_out_meets_the_aim_and_beats_token_overlap() -> None:
    keys = [key for key in sorted(truth_of(MAPPING)) if key.split(".")[0] not in EASY]
    assert len(keys) > 200
    ranks = rankers(MAPPING)
    ours, overlap = (measure(MAPPING, keys, ranks[name]) for name in ("mapping suggest", "token overlap"))
    chance = measure(MAPPING, keys, ranks["random"])
    assert ours.top5 >= 0.70
    assert ours.top5 > overlap.top5 > chance.top5
    assert ours.mrr > overlap.mrr + 0.1


def test_a_draft_is_a_sound_rule_file_that_nothing_uses_by_itself(tmp_path: Path) -> None:
    asked = ["Paying influencers to post", "zzzz", "zzzz!", "Покупка аккаунтов"]
    path = tmp_path / "draft.json"
    path.write_text(draft_rules("1.7", [(text, SUGGESTER.suggest(text)) for text in asked]), encoding="utf-8")
    assert check_rule_file(path)[1] == []
    ids = [rule["id"] for rule in json.loads(path.read_text(encoding="utf-8"))["rules"]]
    assert len(set(ids)) == len(asked)
    assert MAPPING.match(Query((asked[0],))).calls == ()
    drafted = load_mapping(extra=[path]).match(Query((asked[0],)))
    assert drafted.calls
    assert {call.confidence for call in drafted.calls} == {15}


def test_a_trace_shows_which_rules_spoke_and_what_held_the_others_back() -> None:
    label = ("0.9.8 Acquiring accounts on online forums",)
    found = {rule.rule_id: rule for rule in trace(MAPPING, Query(label, "petition", "avaaz")).rules}
    assert found["meta-kc.0.9.8.petition"].spoke
    assert found["meta-kc.0.9.8"].holds
    assert not found["meta-kc.0.9.8"].spoke
    assert found["asset.page"].conditions == ("kind is page",)
    assert "assets.json:" in found["asset.page"].place
    assert trace(MAPPING, Query(("gardening",))).rules == ()


def test_coverage_counts_every_finding_once() -> None:
    coverage = Coverage()
    queries = [
        Query(("", "", "0.9.4 Acquiring X / Twitter accounts"), "account", "x"),
        Query(("", "", "7.2.2 Acquiring Page followers"), "audience-count"),
        Query(("", "", "7.2.2 Acquiring Page\nfollowers"), "audience-count"),
        Query(("1. Disguising assets", "1.2 Posing as non-existent person", ""), "text"),
        Query(("gardening",)),
        Query(("9.4.2 Upgrading disguise",)),
    ]
    for query in queries:
        coverage.add(query.labels, MAPPING.match(query))
    assert coverage.findings == 6
    assert dict(coverage.by_confidence) == {"high": 1, "none": 3, "medium": 1, "low": 1}
    assert coverage.share("high", "medium") == pytest.approx(2 / 6)
    assert (coverage.fell_back, coverage.unknown) == (1, 1)
    record = coverage.as_record()
    assert record["mapped"] == 3
    unmapped = record["unmapped"]
    assert isinstance(unmapped, list)
    assert (unmapped[0]["label"], unmapped[0]["findings"]) == ("7.2.2 Acquiring Page followers", 2)
    assert Coverage().share("high") == 0.0


def test_what_only_stands_around_a_text_is_said_to_stand_there() -> None:
    suggester = Suggester(MAPPING)
    (first, *_) = suggester.suggest("zzzz", context="Posing as fictional journalist")
    assert first.technique_id == "T0143.002"
    assert all(reason.startswith("around it: ") for reason in first.reasons)
    (same, *_) = suggester.suggest("posing as journalist", context="Posing as fictional journalist")
    assert not any(reason.startswith("around it: ") for reason in same.reasons)
