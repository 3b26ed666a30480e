"""One DISARM technique under several STIX ids: filtered as one, counted as one, and no object changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.disarm.identity import minted_ids
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from tests.sync.organisations import Organisation, organisations, peer_text

TECHNIQUE = "T0143.002"
IDS = [stix_id for stix_id, _ in minted_ids(TECHNIQUE)]


def pattern(who: Organisation, stix_id: str, **more: object) -> StixObject:
    item = who.made("attack-pattern", stix_id, Tlp.CLEAR, name="Fabricated Persona", **more)
    return {**item, "id": stix_id}


def official(who: Organisation, external: str = TECHNIQUE) -> StixObject:
    """As DISARM's own bundles have it."""
    reference = {"source_name": "mitre-attack", "external_id": external}
    return {**who.made("attack-pattern", "official", Tlp.CLEAR, name="P"), "external_references": [reference]}


def test_ids_of_other_makers_are_seen_as_one(tmp_path: Path) -> None:
    with organisations(tmp_path, "anna", "bert") as (anna, bert):
        bert.configure(peer_text("anna", anna.url, "bert", 'pull = ["findings"]', "limit = 2"))
        anna.keep(pattern(anna, IDS[0]), pattern(anna, IDS[1]), pattern(anna, IDS[2]), anna.campaign())
        report = bert.sync("anna")
        assert report.counts["as_one"] == 1
        assert report.as_one == {TECHNIQUE: sorted(IDS[:3])}
        assert len(bert.holds("peers")) == 4
        anna.keep(official(anna))
        assert bert.sync("anna").as_one == {TECHNIQUE: sorted([*IDS[:3], str(official(anna)["id"])])}
        assert bert.sync("anna").as_one == {}


@pytest.mark.parametrize("stix_id", IDS)
def test_a_filter_by_technique_knows_all_ids(tmp_path: Path, stix_id: str) -> None:
    policy = '[policies.p]\nmax_tlp = "amber"\nnot_techniques = ["T0143"]\n'
    with organisations(tmp_path, "anna", "bert") as (anna, bert):
        lines = ('push = "inbox"', 'from = ["findings"]', 'policy = "p"')
        anna.configure(peer_text("bert", bert.url, "anna", *lines) + policy)
        mitre = {
            "source_name": "mitre-attack",
            "external_id": "T0843",
            "url": "https://attack.mitre.org/techniques/T0843",
        }
        other = {
            **pattern(anna, "attack-pattern--00000000-0000-4000-8000-000000000001"),
            "external_references": [mitre],
        }
        anna.keep(pattern(anna, stix_id), official(anna), other)
        assert anna.sync("bert").counts["withheld"] == 2
        assert set(bert.holds("inbox")) == {other["id"]}
