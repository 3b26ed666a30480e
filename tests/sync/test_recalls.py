"""What is called back from those who pull: along chains of organisations, by our own client, and not back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.peers import list_conflicts
from disarm_exchange.store.runs import list_runs
from disarm_exchange.sync.settle import settle
from tests.sync.case import domain
from tests.sync.organisations import Organisation, organisations, peer_text

GREEN, AMBER, RED = Tlp.GREEN, Tlp.AMBER, Tlp.RED
Three = tuple[Organisation, Organisation, Organisation]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    """`anna`, `bert` and `cleo`; on every server the others are cleared for AMBER."""
    with organisations(tmp_path, "anna", "bert", "cleo", clearance=AMBER) as (anna, bert, cleo):
        yield anna, bert, cleo


def pulls(me: Organisation, *peers: Organisation, known: bool = True, more: str = "") -> None:
    """Have an organisation pull from peers into its own `findings`, which it serves."""
    text = ""
    for peer in peers:
        lines = ['into = "findings"', 'pull = ["findings"]', 'overlap = "0s"']
        text += peer_text(
            peer.name, peer.url, me.name, *lines, *([f'identities = ["{peer.identity}"]'] if known else [])
        )
    me.configure(text + more)


def case(anna: Organisation, tlp: Tlp = GREEN, **more: object) -> StixObject:
    return anna.campaign(tlp=tlp, **more)  # type: ignore[arg-type]


def link(anna: Organisation) -> StixObject:
    ends = {"source_ref": case(anna)["id"], "target_ref": domain(1)["id"]}
    return anna.made("relationship", "l", relationship_type="related-to", **ends)


def state(who: Organisation, item: StixObject) -> object:
    """Whether it is revoked there, or its colour."""
    held = who.holds().get(str(item["id"]))
    return None if held is None else held.get("revoked") or held["object_marking_refs"]


def kinds(who: Organisation) -> list[str]:
    with who.database.read() as tx:
        return [one.kind for one in list_conflicts(tx)]


def test_a_pull_of_ours_takes_the_revocation_and_counts_it(three: Three) -> None:
    anna, bert, _ = three
    pulls(bert, anna)
    anna.keep(case(anna, description="was open"), domain(1), link(anna))
    assert bert.sync("anna").counts["new"] == 3
    anna.keep(case(anna, RED, month=4, name="secret", description="now a secret"))
    report = bert.sync("anna")
    assert (report.outcome, report.counts["revoked"], report.counts["new"]) == ("ok", 2, 0)
    held = bert.holds()
    assert [held[str(item["id"])].get("revoked") for item in (case(anna), link(anna), domain(1))] == [True, True, None]
    assert "secret" not in orjson.dumps(list(held.values())).decode()
    with bert.database.read() as tx:
        assert list_runs(tx, limit=1)[0].counts["revoked"] == 2
    again = bert.sync("anna")
    assert (again.counts["fetched"], again.counts["revoked"]) == (0, 0)
    anna.keep(case(anna, RED, month=5, name="secret again"))
    assert bert.sync("anna").counts["fetched"] == 0


def test_it_travels_along_a_chain_of_pulls(three: Three) -> None:
    anna, bert, cleo = three
    pulls(bert, anna)
    pulls(cleo, bert)
    anna.keep(case(anna), domain(1), link(anna))
    for who, peer in ((bert, "anna"), (cleo, "bert")):
        who.sync(peer)
    anna.keep(case(anna, RED, month=4, name="secret"))
    bert.sync("anna")
    assert cleo.sync("bert").counts["revoked"] == 2
    assert (state(cleo, case(anna)), state(cleo, link(anna))) == (True, True)
    assert cleo.holds()[str(case(anna)["id"])] == bert.holds()[str(case(anna)["id"])]


def test_it_travels_on_by_push_to_whom_it_was_pushed(three: Three) -> None:
    anna, bert, cleo = three
    push = '[policies.p]\nmax_tlp = "amber"\nlabels = ["ours"]\n' + peer_text(
        "cleo", cleo.url, "bert", 'push = "inbox"', 'from = ["findings"]', 'policy = "p"'
    )
    pulls(bert, anna, more=push)
    anna.keep(case(anna, labels=["ours"]))
    bert.sync("anna")
    assert bert.sync("cleo").counts["sent"] == 1
    anna.keep(case(anna, RED, month=4, labels=["ours"], name="secret"))
    bert.sync("anna")
    report = bert.sync("cleo")
    assert (report.outcome, report.counts["sent"]) == ("ok", 1)
    there = cleo.holds("inbox")[str(case(anna)["id"])]
    assert (there["revoked"], there["created_by_ref"], there["name"]) == (True, anna.identity, "case")
    assert bert.sync("cleo").counts["sent"] == 0


def test_an_organisation_between_calls_back_for_those_below(three: Three, tmp_path: Path) -> None:
    """`bert` may see what `cleo` may not: bert keeps the newer version, cleo gets the revocation from bert's server."""
    anna, bert, cleo = three
    between(bert, cleo)
    pulls(bert, anna)
    pulls(cleo, bert)
    anna.keep(case(anna))
    bert.sync("anna")
    cleo.sync("bert")
    anna.keep(case(anna, AMBER, month=4, name="secret"))
    assert bert.sync("anna").counts["updated"] == 1
    assert cleo.sync("bert").counts["revoked"] == 1
    assert state(bert, case(anna)) == [AMBER.marking_id]
    assert (state(cleo, case(anna)), cleo.holds()[str(case(anna)["id"])]["name"]) == (True, "case")


@pytest.mark.parametrize("known", [True, False])
def test_a_recall_that_comes_back_changes_nothing(three: Three, known: bool) -> None:
    """Not where it was made, not at the creator, whether they know each other's identities or not."""
    anna, bert, cleo = three
    between(bert, cleo)
    pulls(bert, anna, cleo, known=known)
    pulls(cleo, bert, known=known)
    pulls(anna, bert, cleo, known=known)
    anna.keep(case(anna), domain(1), link(anna))
    bert.sync("anna")
    cleo.sync("bert")
    anna.keep(case(anna, AMBER, month=4, name="secret"))
    bert.sync("anna")
    assert cleo.sync("bert").counts["revoked"] == 2
    for _ in range(2):
        for who, peer in ((bert, "cleo"), (bert, "anna"), (anna, "bert"), (anna, "cleo"), (cleo, "bert")):
            report = who.sync(peer)
            assert (report.outcome, report.counts["revoked"], report.counts["conflicts"]) == ("ok", 0, 0)
    for who in (anna, bert):
        assert (state(who, case(anna)), state(who, link(anna))) == ([AMBER.marking_id], [GREEN.marking_id])
    assert (state(cleo, case(anna)), state(cleo, link(anna))) == (True, True)
    assert kinds(anna) + kinds(bert) + kinds(cleo) == []


def test_a_wider_version_after_a_recall_waits_for_a_person(three: Three) -> None:
    """A revoked object never rises by itself, neither after a pull nor after a push."""
    anna, bert, _ = three
    pulls(bert, anna)
    anna.keep(case(anna))
    bert.sync("anna")
    anna.keep(case(anna, RED, month=4))
    bert.sync("anna")
    anna.keep(case(anna, month=5, name="open again"))
    report = bert.sync("anna")
    assert (report.outcome, report.counts["conflicts"], kinds(bert)) == ("partial", 1, ["risen"])
    assert state(bert, case(anna)) is True
    assert bert.config is not None
    settle(bert.database, bert.config, str(case(anna)["id"]), anna.identity)
    assert bert.holds()[str(case(anna)["id"])]["name"] == "open again"
    anna.keep(case(anna, month=6, name="and again"))
    assert bert.sync("anna").counts["updated"] == 1
    assert bert.sync("anna").outcome == "ok"


def test_pushed_and_pulled_recalls_are_the_same(three: Three) -> None:
    anna, bert, cleo = three
    pulls(cleo, anna)
    lines = ('push = "inbox"', 'from = ["findings"]', 'policy = "p"')
    anna.configure(peer_text("bert", bert.url, "anna", *lines) + '[policies.p]\nmax_tlp = "amber"\n')
    anna.keep(case(anna, description="was open"), domain(1), link(anna))
    anna.sync("bert")
    cleo.sync("anna")
    anna.keep(case(anna, RED, month=4, name="secret"))
    assert anna.sync("bert").counts["recalled"] == 2
    assert cleo.sync("anna").counts["revoked"] == 2
    for item in (case(anna), link(anna)):
        assert bert.holds("inbox")[str(item["id"])] == cleo.holds()[str(item["id"])]


def between(bert: Organisation, cleo: Organisation) -> None:
    """On `bert`'s server, `cleo` is cleared for GREEN only."""
    from disarm_exchange.store.accounts import change_organisation, find_organisation

    with bert.database.write() as tx:
        found = find_organisation(tx, cleo.name)
        assert found is not None
        change_organisation(tx, found, clearance=GREEN)
