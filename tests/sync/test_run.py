"""Runs between real servers: pulling, pushing, what stays home, what is called back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import find_collection
from disarm_exchange.store.access import set_grant
from disarm_exchange.store.accounts import find_organisation
from disarm_exchange.store.peers import holders_of, list_conflicts
from disarm_exchange.store.runs import list_runs, take_lease
from tests.sync.case import domain
from tests.sync.organisations import Organisation, organisations, peer_text

POLICY = '[policies.partners]\nmax_tlp = "amber"\n'
Two = tuple[Organisation, Organisation]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """`anna` pushes findings to `bert`'s inbox; `bert` pulls `anna`'s findings into `peers`."""
    with organisations(tmp_path, "anna", "bert") as (anna, bert):
        push = ('push = "inbox"', 'from = ["findings"]', 'policy = "partners"', f'identities = ["{bert.identity}"]')
        anna.configure(peer_text("bert", bert.url, "anna", *push) + POLICY)
        pull = ('pull = ["findings"]', f'identities = ["{anna.identity}"]')
        bert.configure(peer_text("anna", anna.url, "bert", *pull))
        yield anna, bert


def test_a_pull_brings_what_is_new_and_a_second_one_nothing(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign(), domain(1), anna.campaign("secret", Tlp.RED))
    first, second = bert.sync("anna"), bert.sync("anna")
    assert (first.outcome, first.counts["new"]) == ("ok", 3)
    assert (second.outcome, second.counts["new"], second.counts["updated"]) == ("ok", 0, 0)
    assert bert.holds("peers") == anna.holds()


def test_a_push_sends_what_the_policy_allows_once(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign(), domain(1), anna.campaign("secret", Tlp.RED))
    first, second = anna.sync("bert"), anna.sync("bert")
    assert (first.outcome, first.counts["sent"], first.counts["withheld"]) == ("ok", 2, 1)
    assert second.counts["sent"] == 0
    assert set(bert.holds("inbox")) == {anna.campaign()["id"], domain(1)["id"]}
    anna.keep(anna.campaign("more"))
    assert anna.sync("bert").counts["sent"] == 1


def test_what_came_from_a_peer_is_never_sent_back(two: Two) -> None:
    anna, bert = two
    bert.configure(bert.settings + 'push = "inbox"\nfrom = ["peers", "findings"]\npolicy = "partners"\n' + POLICY)
    anna.keep(anna.campaign(), domain(1))
    bert.keep(bert.campaign("theirs"))
    report = bert.sync("anna")
    assert report.counts["sent"] == 1
    assert set(anna.holds("inbox")) == {bert.campaign("theirs")["id"]}
    assert bert.sync("anna").counts["sent"] == 0


def test_a_reference_to_what_is_not_shared_does_not_go_out(two: Two) -> None:
    anna, bert = two
    anna.keep(domain(1), collection="inbox")
    note = anna.made("note", "n", content="x", object_refs=[domain(1)["id"], anna.campaign()["id"]])
    anna.keep(anna.campaign(), note)
    anna.sync("bert")
    assert bert.holds("inbox")[str(note["id"])]["object_refs"] == [anna.campaign()["id"]]


def test_updates_and_revocations_travel(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign())
    bert.sync("anna")
    anna.keep(anna.campaign(month=4, description="more"))
    assert bert.sync("anna").counts["updated"] == 1
    anna.keep(anna.campaign(month=5, revoked=True))
    report = bert.sync("anna")
    assert report.counts["revoked"] == 1
    assert bert.holds("peers")[str(anna.campaign()["id"])]["revoked"] is True


def test_an_object_that_is_marked_more_strictly_is_called_back(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign(description="was open"), domain(1))
    link = anna.made(
        "relationship",
        "l",
        relationship_type="related-to",
        source_ref=anna.campaign()["id"],
        target_ref=domain(1)["id"],
    )
    anna.keep(link)
    anna.sync("bert")
    anna.keep(anna.campaign(tlp=Tlp.RED, month=4, description="now a secret"))
    report = anna.sync("bert")
    there = bert.holds("inbox")
    assert report.counts["recalled"] == 2
    assert there[str(anna.campaign()["id"])]["revoked"] is True
    assert "was open" not in str(there)  # a revocation has no more than it needs
    assert there[str(link["id"])]["revoked"] is True
    assert "now a secret" not in str(there)
    again = anna.sync("bert")
    assert (again.counts["sent"], again.counts["recalled"]) == (0, 0)


def test_what_cannot_be_called_back_is_said(two: Two) -> None:
    anna, _ = two
    anna.keep(domain(1))
    anna.sync("bert")
    anna.keep(domain(1, Tlp.RED))
    report = anna.sync("bert")
    assert report.outcome == "partial"
    assert "observables cannot be revoked" in report.reasons[0]


def test_of_many_that_cannot_be_called_back_one_is_named(two: Two) -> None:
    anna, _ = two
    anna.keep(*(domain(number) for number in range(5)))
    anna.sync("bert")
    anna.keep(*(domain(number, Tlp.RED) for number in range(5)))
    report = anna.sync("bert")
    assert len(report.reasons) == 1
    assert "and 4 more (all: disarm-exchange share preview --to bert --json)" in report.reasons[0]


def test_a_policy_that_allows_less_calls_back_by_marking_and_says_what_a_filter_leaves_there(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign(), anna.campaign("open", Tlp.CLEAR), domain(1))
    assert anna.sync("bert").counts["sent"] == 3
    wide = anna.settings
    anna.configure(wide.replace('max_tlp = "amber"', 'max_tlp = "amber"\nnot_types = ["campaign"]'))
    filtered = anna.sync("bert")
    assert (filtered.outcome, filtered.counts["recalled"], filtered.counts["withheld"]) == ("ok", 0, 2)
    assert filtered.notes == [
        "a filter keeps 2 objects home now that the peer has from before; only a stricter marking calls back"
    ]
    anna.configure(wide.replace('max_tlp = "amber"', 'max_tlp = "clear"'))
    closed = anna.sync("bert")
    assert closed.counts["recalled"] == 1
    assert bert.holds("inbox")[str(anna.campaign()["id"])]["revoked"] is True
    assert "revoked" not in bert.holds("inbox")[str(anna.campaign("open")["id"])]
    assert closed.notes == []
    again = anna.sync("bert")
    assert (again.counts["sent"], again.counts["recalled"], again.notes) == (0, 0, [])


def test_a_peer_that_was_away_goes_on_where_it_was_and_under_another_name_from_the_start(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign(), domain(1))
    bert.keep(bert.campaign("theirs"))
    both = anna.settings.replace('push = "inbox"', 'push = "inbox"\npull = ["findings"]')
    anna.configure(both)
    assert (anna.sync("bert").counts["sent"], anna.sync("bert").counts["sent"]) == (2, 0)
    anna.configure(POLICY)
    anna.keep(anna.campaign("meanwhile"))
    anna.configure(both)
    again = anna.sync("bert")
    assert (again.counts["sent"], again.counts["new"]) == (1, 0)
    anna.configure(both.replace("[peers.bert]", "[peers.bertha]"))
    renamed = anna.sync("bertha")
    assert (renamed.outcome, renamed.counts["sent"], renamed.counts["fetched"]) == ("ok", 3, 1)
    assert bert.campaign("theirs")["id"] not in bert.holds("inbox")


def test_what_others_created_goes_on_as_far_as_their_marking_and_ours_allow(tmp_path: Path) -> None:
    """A third organisation joins: bert passes on to carl what anna marked GREEN, and keeps what she marked AMBER."""
    with organisations(tmp_path, "anna", "bert", "carl") as (anna, bert, carl):
        link = {"relationship_type": "related-to", "target_ref": domain(1)["id"]}
        open_link = anna.made("relationship", "open", source_ref=anna.campaign("open")["id"], **link)
        anna.keep(anna.campaign("open"), anna.campaign("closed", Tlp.AMBER), open_link, domain(1), domain(2))
        push = ('push = "inbox"', 'from = ["peers", "findings"]', 'policy = "onward"')
        bert.configure(
            peer_text("anna", anna.url, "bert", 'pull = ["findings"]', f'identities = ["{anna.identity}"]')
            + peer_text("carl", carl.url, "bert", *push)
            + '[policies.onward]\nmax_tlp = "amber"\npass_on = "green"\n'
        )
        bert.keep(bert.campaign("ours", Tlp.AMBER))
        bert.sync("anna")
        report = bert.sync("carl")
        there = carl.holds("inbox")
        assert report.outcome == "ok", report.reasons
        going = [anna.campaign("open"), open_link, domain(1), bert.campaign("ours", Tlp.AMBER)]
        assert there == {str(item["id"]): item for item in going}
        bert.configure(bert.settings.replace('pass_on = "green"\n', ""))
        assert bert.sync("carl").counts["sent"] == 2


def test_a_foreign_edit_is_a_conflict_and_not_an_overwrite(two: Two) -> None:
    anna, bert = two
    bert.keep(bert.campaign())
    anna.keep({**bert.campaign(month=6, description="forged")})
    report = bert.sync("anna")
    assert (report.outcome, report.counts["conflicts"]) == ("partial", 1)
    with bert.database.read() as tx:
        assert [one.kind for one in list_conflicts(tx)] == ["claims-to-be-ours"]
    assert bert.holds("findings")[str(bert.campaign()["id"])] == bert.campaign()


def test_who_holds_what_is_on_record(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign())
    anna.sync("bert")
    bert.sync("anna")
    with anna.database.read() as tx:
        assert [(peer, one.how) for peer, one in holders_of(tx, str(anna.campaign()["id"]))] == [("bert", "pushed")]
    with bert.database.read() as tx:
        assert [(peer, one.how) for peer, one in holders_of(tx, str(anna.campaign()["id"]))] == [("anna", "pulled")]


def test_opinions_on_a_peers_objects_go_to_its_feedback_collection(tmp_path: Path) -> None:
    with organisations(tmp_path, "anna", "bert") as (anna, bert):
        lines = (
            'pull = ["findings"]',
            'feedback = "inbox"',
            'from = ["findings"]',
            'policy = "partners"',
            f'identities = ["{anna.identity}"]',
        )
        bert.configure(
            peer_text("anna", anna.url, "bert", *lines).replace(
                '["findings"]\nfeed', '["findings"]\ninto = "findings"\nfeed'
            )
            + POLICY
        )
        anna.keep(anna.campaign())
        bert.sync("anna")
        opinion = bert.made("opinion", "o", opinion="agree", object_refs=[anna.campaign()["id"]])
        about_own = bert.made("opinion", "p", opinion="agree", object_refs=[bert.campaign("own")["id"]])
        bert.keep(opinion, bert.campaign("own"), about_own)
        report = bert.sync("anna")
        assert report.counts["sent"] == 1
        assert set(anna.holds("inbox")) == {opinion["id"]}


def test_a_peer_that_is_down_fails_and_is_on_record(two: Two) -> None:
    anna, bert = two
    bert.configure(bert.settings.replace(anna.url, "http://127.0.0.1:1/"))
    report = bert.sync("anna")
    assert report.outcome == "failed"
    assert "refused" in report.reasons[0]
    with bert.database.read() as tx:
        assert [(run.outcome, run.reason) for run in list_runs(tx)] == [("failed", report.reasons[0])]


def test_a_wrong_secret_reference_fails_and_shows_nothing(two: Two) -> None:
    _, bert = two
    (bert.folder / "password").unlink()
    report = bert.sync("anna")
    assert report.outcome == "failed"
    assert "cannot be read" in report.reasons[0]


def test_one_failing_collection_does_not_hold_up_the_others(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign())
    bert.configure(bert.settings.replace('["findings"]', '["nowhere", "findings"]'))
    report = bert.sync("anna")
    assert (report.outcome, report.counts["new"]) == ("partial", 1)


def test_a_failing_collection_keeps_its_checkpoint_while_the_others_advance(two: Two) -> None:
    anna, bert = two
    bert.configure(bert.settings.replace('["findings"]', '["inbox", "findings"]'))
    anna.keep(anna.campaign("one"))
    anna.keep(anna.campaign("two"), collection="inbox")
    assert bert.sync("anna").outcome == "ok"
    with anna.database.write() as tx:
        inbox, them = find_collection(tx, "inbox"), find_organisation(tx, "bert")
        assert inbox is not None
        assert them is not None
        set_grant(tx, inbox, them.id, can_read=False, can_write=True)
    anna.keep(anna.campaign("three"))
    anna.keep(anna.campaign("four"), collection="inbox")
    cut = bert.sync("anna")
    assert (cut.outcome, cut.counts["new"]) == ("partial", 1)
    with anna.database.write() as tx:
        set_grant(tx, inbox, them.id, can_read=True, can_write=True)
    assert bert.sync("anna").counts["fetched"] == 1
    assert set(bert.holds("peers")) == {anna.campaign(name)["id"] for name in ("one", "two", "three", "four")}


def test_a_peer_that_another_worker_is_at_is_left_alone(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign())
    now = bert.terms.now()
    with bert.database.write() as tx:
        assert take_lease(tx, "sync anna", "another", now=now, seconds=60)
    assert bert.sync("anna").outcome == "busy"
    with bert.database.write() as tx:
        assert take_lease(tx, "sync anna", "another", now=now, seconds=-1)  # it died long ago
    assert bert.sync("anna").outcome == "ok"


def test_another_policy_is_another_look_at_everything(two: Two) -> None:
    anna, bert = two
    anna.keep(anna.campaign(), anna.campaign("inner", Tlp.AMBER_STRICT))
    anna.sync("bert")
    anna.configure(anna.settings.replace('"amber"', '"amber+strict"'))
    assert anna.sync("bert").counts["sent"] == 1
    assert len(bert.holds("inbox")) == 2
