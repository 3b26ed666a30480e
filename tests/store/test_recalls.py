"""A reader who could see an object and cannot any more gets a revocation of it, and of the rest not a byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import location
from disarm_exchange.store import Collection, Database, Filter, Keyword, add_collection, find_collection, writer
from disarm_exchange.store.access import delete_collection
from disarm_exchange.store.checking import check_database
from disarm_exchange.store.query import visible
from disarm_exchange.store.reader import has_match, read_bodies, read_records
from disarm_exchange.store.tables import object_versions, recalls
from disarm_exchange.store.writer import delete_versions
from tests.store.objects import DAY, domain, indicator, relationship, seen, stix_id, store

CLEAR, GREEN, AMBER, RED = Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.RED
EVER = (0, 2**62)
ONE, TWO = stix_id("indicator", 1), stix_id("indicator", 2)


def answer(database: Database, collection: Collection, clearance: int, **options: object) -> list[StixObject]:
    """What a reader gets who asks for everything."""
    wanted = Filter(clearance, recalled=EVER, **options)  # type: ignore[arg-type]
    with database.read() as tx:
        page = read_bodies(tx, collection.number, wanted, limit=1000, max_bytes=10**7)
        records = read_records(tx, collection.number, wanted, limit=1000)
    items = [orjson.loads(body) for body in page.items]
    assert [(item["id"], item.get("modified")) for item in items if "modified" in item] == [
        (record.stix_id, record.version)
        for record in records.items
        if "T" in record.version and record.stix_id in {item["id"] for item in items if "modified" in item}
    ]
    assert (page.first, page.last, page.more) == (records.first, records.last, records.more)
    return items


def rows(database: Database) -> int:
    with database.read() as tx:
        return int(tx.connection.execute(select(func.count()).select_from(recalls)).scalar_one())


@pytest.fixture
def tightened(database: Database, collection: Collection) -> Database:
    """An indicator that was GREEN, and RED from its second version on."""
    store(database, collection, indicator(1, description="was open", labels=["a"]))
    store(database, collection, indicator(1, day=2, tlp=RED, name="secret", description="a secret"))
    return database


def test_who_could_see_it_gets_a_revocation_and_nobody_else_anything_new(
    tightened: Database, collection: Collection
) -> None:
    assert answer(tightened, collection, CLEAR) == []
    old = {**indicator(1), "modified": DAY.format(2), "revoked": True, "labels": ["a"]}
    del old["name"]  # an indicator needs none
    for tlp in (GREEN, AMBER, Tlp.AMBER_STRICT):
        assert answer(tightened, collection, tlp) == [old]
    assert [item["name"] for item in answer(tightened, collection, RED, versions=(Keyword.ALL,))] == [
        "indicator 1",
        "secret",
    ]
    assert list(check_database(tightened)) == []


def test_it_is_the_first_and_the_last_version_and_the_one_of_its_moment(
    tightened: Database, collection: Collection
) -> None:
    at = read_records_of(tightened, collection, GREEN)[0]
    assert at.version == DAY.format(2)
    for versions in [(Keyword.FIRST,), (Keyword.LAST,), (Keyword.ALL,), (Keyword.FIRST, Keyword.LAST)]:
        assert len(answer(tightened, collection, GREEN, versions=versions)) == 1
    moment = 1767312000_000000  # 2026-01-02
    assert len(answer(tightened, collection, GREEN, versions=(moment,))) == 1
    assert answer(tightened, collection, GREEN, versions=(moment + 1,)) == []
    assert len(answer(tightened, collection, GREEN, types=("indicator", "campaign"))) == 1
    assert answer(tightened, collection, GREEN, types=("campaign",)) == []
    assert len(answer(tightened, collection, GREEN, ids=(ONE,))) == 1
    assert answer(tightened, collection, GREEN, ids=(TWO,)) == []
    assert answer(tightened, collection, GREEN, spec_versions=("2.0",)) == []


def read_records_of(database: Database, collection: Collection, clearance: int) -> list:  # type: ignore[type-arg]
    with database.read() as tx:
        return read_records(tx, collection.number, Filter(clearance, recalled=EVER), limit=10).items


def test_it_comes_after_all_that_was_read_before_and_once(database: Database, collection: Collection) -> None:
    reader = Reader(GREEN)
    store(database, collection, indicator(1), indicator(2))
    reader.poll(database, collection)
    store(database, collection, indicator(3), indicator(1, day=2, tlp=RED), indicator(4))
    reader.poll(database, collection)
    assert [item["id"][-18:-17] and item["id"] for item in reader.got[2:]] == [
        stix_id("indicator", 3), stix_id("indicator", 4), ONE,
    ]  # fmt: skip
    store(database, collection, indicator(1, day=3, tlp=RED))
    assert reader.poll(database, collection) == 0


def test_what_was_called_back_before_a_reader_came_is_not_for_that_reader(
    tightened: Database, collection: Collection
) -> None:
    with tightened.read() as tx:
        last = find_collection(tx, "findings")
        assert last is not None
        assert last.last_recall == last.last_date_added > 0
        assert has_match(tx, collection.number, Filter(GREEN, recalled=(0, last.last_recall)))
        assert not has_match(tx, collection.number, Filter(GREEN, recalled=(last.last_recall, last.last_recall)))
        assert not has_match(tx, collection.number, Filter(GREEN))


def test_what_mentions_a_tightened_object_is_called_back_and_observables_are_not(
    database: Database, collection: Collection
) -> None:
    link = relationship(5, ONE, stix_id("domain-name", 7))
    store(database, collection, indicator(1), domain(7), link)
    store(database, collection, domain(7, tlp=RED))
    found = {item["id"]: item for item in answer(database, collection, GREEN)}
    assert found.keys() == {ONE, link["id"]}
    assert found[str(link["id"])] == {**link, "modified": "2026-01-01T00:00:00.001Z", "revoked": True}
    assert len(answer(database, collection, RED)) == 3


def test_chains_of_mentions_are_called_back(database: Database, collection: Collection) -> None:
    see = [indicator(number, labels=[f"see {stix_id('indicator', number + 1)}"]) for number in (1, 2, 3)]
    store(database, collection, *see, indicator(4))
    store(database, collection, indicator(4, day=2, tlp=AMBER), indicator(9, labels=[stix_id("indicator", 4)]))
    found = answer(database, collection, GREEN)
    assert {item["id"] for item in found if item["revoked"]} == {stix_id("indicator", number) for number in range(1, 5)}
    assert not any(item.get("revoked") for item in answer(database, collection, AMBER))


@pytest.mark.parametrize("tlp", [AMBER, None])
def test_a_part_or_no_marking_at_all_calls_back_too(database: Database, collection: Collection, tlp: Tlp) -> None:
    part = [{"marking_ref": RED.marking_id, "selectors": ["name"]}]
    store(database, collection, indicator(1))
    store(database, collection, indicator(1, day=2, tlp=tlp, **({} if tlp is None else {"granular_markings": part})))
    assert [item["revoked"] for item in answer(database, collection, GREEN)] == [True]
    assert len(answer(database, collection, RED)) == 1
    assert answer(database, collection, RED)[0].get("revoked") is (True if tlp is None else None)


def test_granular_markings_that_fit_are_kept(database: Database, collection: Collection) -> None:
    parts = [{"marking_ref": GREEN.marking_id, "selectors": ["name", "pattern"]}, {"lang": "de", "selectors": ["name"]}]
    store(database, collection, indicator(1, granular_markings=parts))
    store(database, collection, indicator(1, day=2, tlp=RED))
    (found,) = answer(database, collection, GREEN)
    assert found["granular_markings"] == [{"marking_ref": GREEN.marking_id, "selectors": ["pattern"]}]


def test_each_step_calls_back_from_those_who_lose_it(database: Database, collection: Collection) -> None:
    for day, tlp in ((1, CLEAR), (2, GREEN), (3, AMBER), (4, RED)):
        store(database, collection, indicator(1, day=day, tlp=tlp))
    assert [[item["modified"][:10] for item in answer(database, collection, tlp)] for tlp in Tlp] == [
        ["2026-01-02"], ["2026-01-03"], ["2026-01-04"], ["2026-01-04"], ["2026-01-04"],
    ]  # fmt: skip
    assert [answer(database, collection, tlp)[0]["object_marking_refs"] for tlp in (CLEAR, GREEN, AMBER)] == [
        [CLEAR.marking_id], [GREEN.marking_id], [AMBER.marking_id],
    ]  # fmt: skip


def test_what_is_revoked_already_is_not_called_back(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1, revoked=True))
    store(database, collection, indicator(1, day=2, tlp=RED, revoked=True))
    assert answer(database, collection, GREEN) == []


def test_a_wider_version_takes_its_place(tightened: Database, collection: Collection) -> None:
    store(tightened, collection, indicator(1, day=3, tlp=AMBER))
    assert [item.get("revoked") for item in answer(tightened, collection, AMBER)] == [None]
    assert [item.get("revoked") for item in answer(tightened, collection, GREEN)] == [True]
    store(tightened, collection, indicator(1, day=4))
    for tlp in (GREEN, AMBER, RED):
        assert [item["modified"] for item in answer(tightened, collection, tlp)] == [DAY.format(4)]
    assert rows(tightened) == 0
    store(tightened, collection, indicator(1, day=5, tlp=AMBER))
    assert [item["modified"] for item in answer(tightened, collection, GREEN)] == [DAY.format(5)]


def test_deleting_the_object_leaves_the_recall(tightened: Database, collection: Collection) -> None:
    with tightened.write() as tx:
        assert delete_versions(tx, collection.number, ONE, visible(RED)) == 2
    assert [item["revoked"] for item in answer(tightened, collection, GREEN)] == [True]
    assert answer(tightened, collection, RED) == []
    store(tightened, collection, indicator(1, day=7))
    assert [item.get("revoked") for item in answer(tightened, collection, GREEN)] == [None]
    assert list(check_database(tightened)) == []


def test_a_collection_goes_with_its_recalls(tightened: Database, collection: Collection) -> None:
    with tightened.write() as tx:
        delete_collection(tx, collection)
    assert rows(tightened) == 0


def test_vocabulary_stays_when_its_users_are_hidden_and_is_called_back_for_its_own_marking(
    database: Database, collection: Collection
) -> None:
    place = location("Ruritania", country="RU")
    store(database, collection, place, indicator(1), relationship(5, ONE, str(place["id"])))
    store(database, collection, indicator(1, day=2, tlp=RED))
    found = {item["id"]: item.get("revoked") for item in answer(database, collection, GREEN)}
    assert found == {place["id"]: None, ONE: True, stix_id("relationship", 5): True}
    later = {**place, "modified": "2030-01-01T00:00:00.000Z"}
    store(database, collection, {**later, "object_marking_refs": [RED.marking_id]})
    assert {item["id"] for item in answer(database, collection, GREEN) if item["revoked"]} == found.keys()
    assert list(check_database(database)) == []


def test_local_pages_of_any_size_lose_and_repeat_nothing(database: Database, collection: Collection) -> None:
    store(database, collection, *(indicator(number) for number in range(1, 30)))
    for number in range(1, 30, 3):
        store(database, collection, indicator(number, day=2, tlp=RED), indicator(number + 1, day=2))
    expected = [item["id"] for item in answer(database, collection, GREEN)]
    assert len(expected) == 29
    for limit, max_bytes in ((1, 10**6), (4, 10**6), (100, 1), (100, 900), (3, 1500)):
        reader = Reader(GREEN)
        reader.poll(database, collection, limit=limit, max_bytes=max_bytes)
        assert [item["id"] for item in reader.got] == expected


def test_the_one_that_is_damaged_is_found(tightened: Database, collection: Collection) -> None:
    with tightened.write() as tx:
        tx.connection.execute(recalls.update().where(recalls.c.clearance == GREEN).values(body=b"{}"))
        tx.connection.execute(recalls.update().where(recalls.c.clearance == AMBER).values(clearance=CLEAR))
        tx.connection.execute(object_versions.update().values(level=CLEAR, own_level=CLEAR, older_level=10))
    problems = "\n".join(check_database(tightened))
    assert "damaged" in problems
    assert "called back from readers who see it" in problems


# random histories, and readers who come by now and then


@dataclass
class Reader:
    """Polls by `added_after` and keeps the newest version of everything, as most clients do."""

    clearance: int
    position: int = 0
    got: list[StixObject] = field(default_factory=list)
    copy: dict[str, StixObject] = field(default_factory=dict)

    def poll(self, database: Database, collection: Collection, *, limit: int = 3, max_bytes: int = 10**6) -> int:
        """How much came."""
        count, more = len(self.got), True
        while more:
            wanted = Filter(self.clearance, self.position, recalled=EVER)
            with database.read() as tx:
                page = read_bodies(tx, collection.number, wanted, limit=limit, max_bytes=max_bytes)
            assert page.items or not page.more
            for body in page.items:
                self._take(orjson.loads(body))
            self.position, more = page.last or self.position, page.more
        return len(self.got) - count

    def _take(self, item: StixObject) -> None:
        self.got.append(item)
        known = self.copy.get(str(item["id"]))
        if known is None or str(known["modified"]) < str(item["modified"]):
            self.copy[str(item["id"])] = item


@dataclass(frozen=True)
class Said:
    """A version: of which object, when, how marked, and what it mentions."""

    number: int
    day: int
    tlp: Tlp | None
    mentioned: frozenset[int]

    @property
    def canary(self) -> str:
        return f"canary-{self.number}-{self.day}-{5 if self.tlp is None else int(self.tlp)}-"

    def item(self) -> StixObject:
        labels = [stix_id("indicator", other) for other in sorted(self.mentioned - {self.number})]
        texts = {"name": f"{self.canary}n", "description": f"{self.canary}d", "pattern": f"[x:y = '{self.canary}p']"}
        return indicator(self.number, day=self.day, tlp=self.tlp, labels=[self.canary, *labels], **texts)


COLOURS = st.sampled_from([CLEAR, GREEN, GREEN, AMBER, RED, None])
SAID = st.builds(Said, st.integers(1, 5), st.integers(1, 9), COLOURS, st.frozensets(st.integers(1, 5), max_size=1))
STEP = st.tuples(st.lists(SAID, min_size=1, max_size=3), st.frozensets(st.sampled_from(list(Tlp))))
HISTORY = st.lists(STEP, min_size=1, max_size=9)
Steps = Sequence[tuple[Sequence[Said], frozenset[Tlp]]]


def live_through(database: Database, steps: Steps, limit: int, max_bytes: int) -> None:
    """What is said is stored, some readers poll after each step and all at the end; then all is as it must be."""
    with database.write() as tx:
        place = add_collection(tx, "World")
    readers = {tlp: Reader(tlp) for tlp in Tlp}
    for said, polling in steps:
        store(database, place, *(one.item() for one in said))
        for tlp in sorted(polling):
            readers[tlp].poll(database, place, limit=limit, max_bytes=max_bytes)
    everything = {one for said, _ in steps for one in said}
    for tlp, reader in readers.items():
        reader.poll(database, place, limit=limit, max_bytes=max_bytes)
        may_have = {item.stix_id: item.parse() for item in seen(database, place, tlp)}
        for one, item in reader.copy.items():
            assert may_have.get(one) == item or (one not in may_have and item.get("revoked") is True), f"{tlp}: {item}"
        assert may_have.keys() <= reader.copy.keys()
        text = orjson.dumps(reader.got).decode()
        assert [one for one in everything if (one.tlp is None or one.tlp > tlp) and one.canary in text] == []
        assert reader.poll(database, place) == 0
    problems = [one for one in check_database(database) if f"collection {place.number}," in one]
    assert problems == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=HISTORY, limit=st.integers(1, 4), max_bytes=st.sampled_from([1, 700, 10**6]))
def test_readers_end_with_what_they_may_have_and_the_rest_revoked(
    database: Database, steps: Steps, limit: int, max_bytes: int
) -> None:
    live_through(database, steps, limit, max_bytes)


EVERYBODY = frozenset(Tlp)
TELLING: Steps = [
    ([Said(1, 1, GREEN, frozenset()), Said(2, 1, GREEN, frozenset({1}))], EVERYBODY),
    ([Said(1, 2, RED, frozenset())], EVERYBODY),
]


@pytest.mark.parametrize("broken", ["no recalls", "recalls of what is newest"])
def test_the_property_can_fail(database: Database, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    live_through(database, TELLING, 3, 10**6)
    if broken == "no recalls":
        monkeypatch.setattr(writer, "call_back", lambda *arguments: arguments[-1])
    else:
        monkeypatch.setattr("disarm_exchange.store.recalls.recall_of", _newest_content)
    with pytest.raises(AssertionError):
        live_through(database, TELLING, 3, 10**6)


def _newest_content(old: StixObject, newest: str) -> StixObject:
    """A recall that takes what it should not."""
    return {**old, "name": Said(1, 2, RED, frozenset()).item()["name"], "modified": newest, "revoked": True}


def test_dates_of_recalls_and_versions_are_all_different(tightened: Database, collection: Collection) -> None:
    store(tightened, collection, indicator(2), relationship(1, TWO, "x"))
    store(tightened, collection, indicator(2, day=2, tlp=RED), indicator(3))
    with tightened.read() as tx:
        dates = [
            *tx.connection.execute(select(object_versions.c.date_added)).scalars(),
            *tx.connection.execute(select(recalls.c.date_added).distinct()).scalars(),
        ]
    assert all(one < other for one, other in pairwise(sorted(dates)))
