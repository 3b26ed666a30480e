"""Organisations in rings, stars and meshes, with edits, revocations, tightened markings, lost connections, killed runs,
wrong clocks and a hostile peer: whatever happens, they come to agree on what policy permits, and then fall silent.

Real servers, databases and HTTP; Hypothesis chooses what happens and prints what to repeat when it fails.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import orjson
import pytest
from hypothesis import HealthCheck, Phase, currently_in_test_context, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import text

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.timestamps import format_timestamp
from disarm_exchange.store.peers import conflicts_about
from disarm_exchange.sync.merge import winner_of
from disarm_exchange.sync.run import Terms
from disarm_exchange.sync.settle import settle
from disarm_exchange.taxii.client.connection import Answer, Connection, CutShortError
from disarm_exchange.taxii.client.faults import FaultKind
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.sync.organisations import Organisation, organisations, peer_text

NAMES = ("emil", "anna", "bert", "cleo", "dora")
MALLORY = "dora"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
TABLES = (
    "recalls mentions object_versions quarantine checkpoints peer_objects push_marks push_failures conflicts leases"
    " sync_runs"
)
CEILING = Tlp.AMBER
MOST_ROUNDS = 8


class Killed(BaseException):
    """The process is gone."""


# what can happen


@dataclass(frozen=True)
class Edit:
    who: int
    key: str
    tlp: Tlp
    revoked: bool = False


@dataclass(frozen=True)
class Remark:
    """A note on somebody's object."""

    who: int
    about: int
    key: str
    tlp: Tlp


@dataclass(frozen=True)
class Forge:
    """The hostile organisation revises somebody's object in that one's name, or takes its id for one of its own."""

    victim: int
    key: str
    own_name: bool


@dataclass(frozen=True)
class Junk:
    """The hostile organisation has something that is not valid."""

    key: str


@dataclass(frozen=True)
class Sync:
    who: int
    with_: int
    lost: int = 0
    """The request whose answer is lost; 0: none."""
    killed: int = 0
    """The request at which the process dies; 0: none."""


KEYS = st.sampled_from("ab")
COLOURS = st.sampled_from([Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER, Tlp.RED])
PEOPLE = st.integers(0, 4)
HAPPENINGS = st.one_of(
    st.builds(Edit, PEOPLE, KEYS, COLOURS),
    st.builds(Edit, PEOPLE, KEYS, COLOURS, st.just(True)),
    st.builds(Remark, PEOPLE, PEOPLE, KEYS, COLOURS),
    st.builds(Forge, PEOPLE, KEYS, st.booleans()),
    st.builds(Junk, KEYS),
    st.builds(Sync, PEOPLE, PEOPLE),
    st.builds(Sync, PEOPLE, PEOPLE, st.integers(1, 8)),
    st.builds(Sync, PEOPLE, PEOPLE, st.just(0), st.integers(1, 8)),
)


@dataclass
class World:
    """Organisations, who is a peer of whom, and everything that each ever said."""

    members: list[Organisation]
    shape: str
    pushing: bool
    said: dict[str, list[StixObject]] = field(default_factory=dict)
    forged: set[str] = field(default_factory=set)
    moments: int = 0

    def edges(self) -> list[tuple[int, int]]:
        """(who runs, with which peer)."""
        count = len(self.members)
        if self.shape == "ring":
            return [(number, (number - 1) % count) for number in range(count)]
        if self.shape == "star":
            return [edge for number in range(1, count) for edge in ((number, 0), (0, number))]
        return [(one, other) for one in range(count) for other in range(count) if one != other]

    def configure(self) -> None:
        for number, member in enumerate(self.members):
            peers = []
            for one, other in self.edges():
                if number not in (one, other) or (self.shape == "ring" and not self.pushing and number != one):
                    continue
                peer = self.members[other if number == one else one]
                if f"[peers.{peer.name}]" not in "".join(peers):
                    peers.append(self._peer(member, peer))
            member.configure("".join(peers) + f'[policies.p]\nmax_tlp = "{CEILING.token}"\n')
            skew = timedelta(days=(number - 1) * 400)
            member.terms = Terms(
                clock=lambda skew=skew: datetime.now(UTC) + skew,
                retry=RetryPolicy(attempts=1, sleep=lambda _seconds: None),
            )

    def _peer(self, me: Organisation, peer: Organisation) -> str:
        lines = ['into = "findings"', f'identities = ["{peer.identity}"]']
        if self.pushing:
            lines += [f'inbox = "from-{peer.name}"', f'push = "from-{me.name}"', 'from = ["findings"]', 'policy = "p"']
        else:
            lines += ['pull = ["findings"]', 'overlap = "0s"', "limit = 3"]
        return peer_text(peer.name, peer.url, me.name, *lines)

    # what happens

    def moment(self) -> str:
        self.moments += 1
        return format_timestamp(BEGIN + timedelta(seconds=self.moments))

    def say(self, who: Organisation, item: StixObject) -> None:
        item = {**item, "modified": self.moment()}
        self.said.setdefault(str(item["id"]), []).append(item)
        who.keep(item)

    def happen(self, what: object) -> None:
        count = len(self.members)
        if isinstance(what, Edit):
            who = self.members[what.who % count]
            item = who.campaign(what.key, what.tlp)
            before = self.said.get(str(item["id"]), [])
            if what.revoked and before:
                self.say(who, {**before[-1], "revoked": True})
            elif not any(version.get("revoked") for version in before):
                self.say(who, {**item, "description": f"as of {self.moments}"})
        elif isinstance(what, Remark):
            who, about = self.members[what.who % count], self.members[what.about % count]
            known = who.holds("findings")
            refs = [item["id"] for item in (about.campaign(what.key), who.campaign("a")) if item["id"] in known]
            if refs:
                self.say(who, who.made("note", what.key, what.tlp, content="a remark", object_refs=refs))
        elif isinstance(what, Forge) and (self.shape == "mesh" or (self.shape == "star" and what.own_name)):
            self._forge(what)
        elif isinstance(what, Junk) and self.mallory is not None:
            self.mallory.keep(self.mallory.made("campaign", f"junk {what.key}", Tlp.GREEN, first_seen="yesterday"))
        elif isinstance(what, Sync):
            self._sync(what)

    @property
    def mallory(self) -> Organisation | None:
        """The hostile one; small worlds have her too."""
        return next((member for member in self.members if member.name == MALLORY), None)

    def _forge(self, what: Forge) -> None:
        mallory, victim = self.mallory, self.members[what.victim % len(self.members)]
        if mallory is None or victim is mallory:
            return
        name = mallory.identity if what.own_name else victim.identity
        later = format_timestamp(BEGIN + timedelta(days=30, seconds=self.moments))
        forged = {**victim.campaign(what.key), "modified": later, "created_by_ref": name, "description": "forged"}
        self.forged.add(str(forged["id"]))
        mallory.keep(forged)

    def _sync(self, what: Sync) -> None:
        edges = self.edges()
        one, other = edges[(what.who * 7 + what.with_) % len(edges)]
        with trouble(what), suppress(Killed):
            self.members[one].sync(self.members[other].name)

    def settle(self) -> int:
        """Everybody syncs until nothing moves; the rounds that took."""
        for rounds in range(1, MOST_ROUNDS + 1):
            if not self.round():
                return rounds
        raise AssertionError(f"no silence after {MOST_ROUNDS} rounds")

    def judge_claims(self) -> int:
        """Where the hostile one's claim to an id came first, people decide; on how many."""
        judged = 0
        for member in self.members:
            held = member.holds("findings")
            for stix_id in sorted(self.forged & held.keys() & self.said.keys()):
                creator = str(self.said[stix_id][0]["created_by_ref"])
                if member is self.mallory or held[stix_id]["created_by_ref"] == creator:
                    continue
                with member.database.read() as tx:
                    on_record = {orjson.loads(one.body)["created_by_ref"] for one in conflicts_about(tx, stix_id)}
                if creator in on_record or creator == member.identity:
                    assert member.config is not None
                    settle(member.database, member.config, stix_id, creator)
                    judged += 1
        return judged

    def round(self) -> int:
        """Everybody syncs once; how much moved."""
        moved = 0
        for one, other in self.edges():
            ways = [(one, other), (other, one)] if self.pushing else [(one, other)]
            for who, with_ in ways:
                counts = self.members[who].sync(self.members[with_].name).counts
                moved += sum(counts[name] for name in ("fetched", "new", "updated", "revoked", "sent"))
        return moved


@contextmanager
def trouble(what: Sync) -> Iterator[None]:
    whole, count = Connection._attempt, [0]

    def attempt(self: Connection, method: str, *rest: object) -> Answer:
        count[0] += 1
        if count[0] == what.killed:
            raise Killed
        answer = whole(self, method, *rest)  # type: ignore[arg-type]
        if count[0] == what.lost:
            raise CutShortError(FaultKind.NETWORK, "lost on purpose")
        return answer

    with patch.object(Connection, "_attempt", attempt):
        yield


# the same servers serve all examples


@pytest.fixture(scope="module")
def everybody() -> Iterator[list[Organisation]]:
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        organisations(Path(folder), *NAMES, clearance=CEILING, inboxes=True) as found,
    ):
        yield found


def new_world(everybody: list[Organisation], size: int, shape: str, pushing: bool) -> World:
    for member in everybody:
        with member.database.write() as tx:
            for table in TABLES.split():
                tx.connection.execute(text(f"DELETE FROM {table}"))
    members = [replace(member) for member in everybody[-size:]]
    world = World(members, shape, pushing)
    world.configure()
    return world


def agree(world: World) -> None:
    """What must hold once all is silent."""
    for stix_id, versions in world.said.items():
        creator = next(member for member in world.members if versions[0]["created_by_ref"] == member.identity)
        shareable = [version for version in versions if colour(version) <= CEILING]
        for member in world.members:
            held = {**member.holds("findings")}.get(stix_id)
            if member is creator:
                assert held == versions[-1], "the creator's own word stands"
                continue
            if held is not None and not world.pushing and stix_id not in world.forged:
                called_back = colour(versions[-1]) > CEILING
                assert held.get("revoked") is True or not called_back, f"{member.name} still holds {held}"
            if held is not None and stix_id not in world.forged | recalled(world):
                assert any(is_form_of(held, version) for version in shareable), f"{member.name} holds {held}"
            public = len(shareable) == len(versions) and versions[0]["type"] == "campaign"
            if public and member.name != MALLORY:
                assert held == winner_of(versions), f"{member.name} has not what {creator.name} said last"
            if held is not None and held["created_by_ref"] == creator.identity and member.name != MALLORY:
                assert held.get("description") != "forged", "nobody speaks in another's name"
    for versions in world.said.values():
        secret = versions[0]["type"] == "campaign" and str(versions[0]["id"]) not in world.forged
        if secret and all(colour(version) > CEILING for version in versions):
            for member in world.members:
                assert not names(member, versions[0]), "no trace of what was never shared"


def is_form_of(held: StixObject, version: StixObject) -> bool:
    """Whether this is the version, or the version with references cut, or that called back."""
    ours, theirs = held.get("object_refs", []), version.get("object_refs", [])
    assert isinstance(ours, list)
    assert isinstance(theirs, list)
    bare = {"object_refs": 0}
    if held.get("revoked"):
        bare |= {"revoked": 0, "modified": 0, "description": 0}  # a recall has no more than it needs
    return {**held, **bare} == {**version, **bare} and set(ours) <= set(theirs)


def names(member: Organisation, secret: StixObject) -> bool:
    """Whether what another organisation than its creator holds names a secret, its own remarks apart."""
    if secret["created_by_ref"] == member.identity:
        return False
    held = [item for item in member.holds("findings").values() if item.get("created_by_ref") != member.identity]
    return str(secret["id"]) in orjson.dumps(held).decode()


def recalled(world: World) -> set[str]:
    """What was shared once and is no longer: pushing calls it back with a revocation of its own making."""
    return {
        stix_id
        for stix_id, versions in world.said.items()
        if world.pushing and any(colour(version) > CEILING for version in versions)
    }


def colour(item: StixObject) -> Tlp:
    refs = item["object_marking_refs"]
    assert isinstance(refs, list)
    return next(tlp for tlp in Tlp if tlp.marking_id in refs)


def simulate(everybody: list[Organisation], size: int, shape: str, pushing: bool, happenings: list[object]) -> None:
    if currently_in_test_context():
        note(f"{size} in a {shape}, {'pushing' if pushing else 'pulling'}: {happenings}")
    world = new_world(everybody, size, shape, pushing)
    for what in happenings:
        world.happen(what)
    world.settle()
    while world.judge_claims():
        world.settle()
    agree(world)
    assert world.round() == 0


WORLDS = (
    st.integers(2, 5),
    st.sampled_from(["ring", "star", "mesh"]),
    st.booleans(),
    st.lists(HAPPENINGS, max_size=14),
)
QUIET = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(max_examples=12, deadline=None, print_blob=True, suppress_health_check=QUIET)
@given(*WORLDS)
def test_organisations_come_to_agree_and_fall_silent(
    everybody: list[Organisation], size: int, shape: str, pushing: bool, happenings: list[object]
) -> None:
    simulate(everybody, size, shape, pushing, happenings)


@pytest.mark.torture
@settings(
    max_examples=3000,
    deadline=None,
    print_blob=True,
    suppress_health_check=QUIET,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(*WORLDS)
def test_organisations_come_to_agree_and_fall_silent_thousands_of_times(
    everybody: list[Organisation], size: int, shape: str, pushing: bool, happenings: list[object]
) -> None:
    simulate(everybody, size, shape, pushing, happenings)
