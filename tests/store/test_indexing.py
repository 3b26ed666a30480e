"""The index says at any moment what the objects themselves say, for every clearance."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from disarm_exchange.stix.ids import sco_id, technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.store import Collection, Database, add_collection, iter_objects
from disarm_exchange.store import index_reading as reading
from disarm_exchange.store.access import delete_collection
from disarm_exchange.store.browsing import hold_still
from disarm_exchange.store.index_tables import search_terms, standing_changes, technique_links, type_counts
from disarm_exchange.store.index_terms import links_of, terms_of, value_term, words
from disarm_exchange.store.indexing import catch_up, rebuild_index
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.writer import delete_versions
from tests.store.objects import DAY, domain, indicator, stix_id, store

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 4), st.integers(1, 4), st.sampled_from(Tlp)),
        st.tuples(st.just("delete"), st.integers(0, 4), st.just(0), st.just(Tlp.CLEAR)),
        st.tuples(st.just("index"), st.just(0), st.just(0), st.just(Tlp.CLEAR)),
    ),
    max_size=14,
)


def campaign(number: int, name: str, *, day: int = 1, tlp: Tlp = Tlp.GREEN, **more: object) -> dict[str, object]:
    return {
        "type": "campaign", "spec_version": "2.1", "id": stix_id("campaign", 1000 + number), "created": DAY.format(1),
        "modified": DAY.format(day), "name": name, "object_marking_refs": [tlp.marking_id], **more,
    }  # fmt: skip


def uses(number: int, user: str, technique: str, *, tlp: Tlp = Tlp.GREEN, day: int = 1) -> dict[str, object]:
    return {
        "type": "relationship", "spec_version": "2.1", "id": stix_id("relationship", 2000 + number),
        "created": DAY.format(1), "modified": DAY.format(day), "relationship_type": "uses", "source_ref": user,
        "target_ref": technique_stix_id(technique), "confidence": 80, "object_marking_refs": [tlp.marking_id],
        "extensions": {EVIDENCE_EXTENSION: {"extension_type": "property-extension", "evidence_count": 7}},
    }  # fmt: skip


def counted(database: Database, collection: Collection, clearance: int) -> dict[str, int]:
    with database.read() as tx:
        return dict(reading.count_types(tx, [collection.number], clearance=clearance).by_collection[collection.number])


def live(database: Database, collection: Collection, clearance: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in iter_objects(database, collection.number, clearance=clearance):
        found[item.type] = found.get(item.type, 0) + 1
    return found


def run(database: Database, collection: Collection, steps: list[tuple[str, int, int, Tlp]]) -> None:
    for action, number, day, tlp in steps:
        if action == "add":
            other = stix_id("indicator", (number + 1) % 5)
            about = [{"source_name": "see", "description": other}]
            store(database, collection, indicator(number, day=day, tlp=tlp, external_references=about))
        elif action == "delete":
            with database.write() as tx:
                newest = object_versions.c.newest
                delete_versions(tx, collection.number, stix_id("indicator", number), newest)
        else:
            catch_up(database, seconds=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_counts_are_those_of_the_objects_after_every_history(
    database: Database, steps: list[tuple[str, int, int, Tlp]]
) -> None:
    with database.write() as tx:
        collection = add_collection(tx, "One more")
    run(database, collection, steps)
    for clearance in (*Tlp, 5):
        assert counted(database, collection, clearance) == live(database, collection, clearance)
    assert catch_up(database, seconds=30)
    for clearance in (*Tlp, 5):
        assert counted(database, collection, clearance) == live(database, collection, clearance)


def test_an_object_that_becomes_stricter_leaves_the_counts_at_once(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1), domain(2))
    assert catch_up(database, seconds=30)
    store(database, collection, indicator(1, day=2, tlp=Tlp.RED))
    assert counted(database, collection, Tlp.GREEN) == {"domain-name": 1}
    assert counted(database, collection, Tlp.RED) == {"domain-name": 1, "indicator": 1}


def test_the_index_is_built_again_as_it_was(database: Database, collection: Collection) -> None:
    store(database, collection, campaign(1, "Paper Lantern"), uses(1, stix_id("campaign", 1001), "T0049"), domain(1))
    catch_up(database, seconds=30)

    def rows() -> list[object]:
        with database.read() as tx:
            tables = (search_terms, technique_links, type_counts)
            return [sorted(map(tuple, tx.connection.execute(select(table)).all()), key=repr) for table in tables]

    before = rows()
    assert all(before)
    rebuild_index(database)
    assert rows() == before


def test_indexing_in_parts_gives_the_same(
    database: Database, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disarm_exchange.store.indexing._ROWS", 3)
    store(database, collection, *(indicator(number) for number in range(8)), *(domain(n) for n in range(10, 14)))
    steps = 0
    while not catch_up(database, seconds=0):
        steps += 1
        assert steps < 50
        assert counted(database, collection, Tlp.GREEN) == live(database, collection, Tlp.GREEN)
    assert steps >= 4
    with database.read() as tx:
        assert reading.unindexed(tx, [collection.number]) == 0
        assert tx.connection.execute(select(func.sum(type_counts.c.objects))).scalar() == 12


def test_a_batch_that_fails_leaves_no_trace(
    database: Database, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, collection, campaign(1, "Paper Lantern"))
    assert not catch_up(database, seconds=0)

    def broken(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("disarm_exchange.store.indexing._count", broken)
        with pytest.raises(RuntimeError):
            catch_up(database, seconds=30)
    assert catch_up(database, seconds=30)
    with database.read() as tx:
        assert [item.stix_id for item in reading.find_named(tx, [collection.number], "lantern", clearance=1, limit=5)]
        assert tx.connection.execute(select(func.sum(type_counts.c.objects))).scalar() == 1


def test_what_tells_of_a_deleted_collection_is_gone_too(database: Database, collection: Collection) -> None:
    store(database, collection, campaign(1, "Paper Lantern"), uses(1, stix_id("campaign", 1001), "T0049"))
    catch_up(database, seconds=30)
    with database.write() as tx:
        delete_collection(tx, collection)
        for table in (search_terms, technique_links, type_counts, standing_changes):
            assert tx.connection.execute(select(func.count()).select_from(table)).scalar() == 0


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("paper lantern", True), ("lant PAP", True), ("PÄPER", True), ("laternen", True), ("paper clip", False),
        ("antern", False), ("", False), ("'; --", False), ("%", False),
    ],
)  # fmt: skip
def test_names_are_found_by_the_beginnings_of_their_words(
    database: Database, collection: Collection, indexed: bool, asked: str, found: bool
) -> None:
    store(database, collection, campaign(1, "Paper Lantern", aliases=["Laternenpapier"]), campaign(2, "Other"))
    if indexed:
        catch_up(database, seconds=30)
    with database.read() as tx:
        names = reading.find_named(tx, [collection.number], asked.replace("laternen", "laternen"), clearance=1, limit=9)
        hidden = reading.find_named(tx, [collection.number], asked, clearance=0, limit=9)
    assert [item.stix_id for item in names] == ([stix_id("campaign", 1001)] if found else [])
    assert hidden == []


@pytest.mark.parametrize("indexed", [True, False])
def test_values_are_found_in_patterns_and_in_observables_of_any_id(
    database: Database, collection: Collection, indexed: bool
) -> None:
    account = {"account_type": "telegram", "account_login": "Someone", "user_id": "77"}
    items = [
        indicator(1, pattern="[url:value = 'http://a.example/it\\'s'] OR [domain-name:value='b.example']"),
        domain(2, value="c.example"),
        {"type": "user-account", "id": sco_id("user-account", account), **account,
         "object_marking_refs": [Tlp.GREEN.marking_id]},
        domain(3, value="x" * 300 + ".example"),
    ]  # fmt: skip
    store(database, collection, *items)
    if indexed:
        catch_up(database, seconds=30)

    def search(value: str, clearance: int = 1) -> list[str]:
        with database.read() as tx:
            found = reading.find_value(tx, [collection.number], [value], clearance=clearance, limit=9)
            return [item.stix_id for item in found]

    assert search("http://a.example/it's") == [stix_id("indicator", 1)]
    assert search("B.example") == [stix_id("indicator", 1)]
    assert search("c.example") == [stix_id("domain-name", 2)]
    assert search("someone") == [items[2]["id"]]
    assert search("77") == [items[2]["id"]]
    assert search("x" * 300 + ".example") == [stix_id("domain-name", 3)]
    assert search("d.example") == []
    assert search("c.example", clearance=0) == []


def test_uses_of_techniques_are_those_of_the_newest_versions(database: Database, collection: Collection) -> None:
    user = stix_id("campaign", 1001)
    store(database, collection, campaign(1, "A"), uses(1, user, "T0049"), uses(2, user, "T0002", tlp=Tlp.RED))
    for _ in range(2):
        with database.read() as tx:
            said = reading.all_links(tx, [collection.number], clearance=Tlp.GREEN)
            everything = reading.all_links(tx, [collection.number], clearance=Tlp.RED)
        assert [(one.link.user, one.link.findings, one.link.confidence) for one in said] == [(user, 7, 80)]
        assert len(everything) == 2
        catch_up(database, seconds=30)
    store(database, collection, uses(1, user, "T0049", day=2, tlp=Tlp.RED))
    with database.read() as tx:
        assert reading.all_links(tx, [collection.number], clearance=Tlp.GREEN) == []
        patterns = [technique_stix_id("T0049")]
        assert len(reading.links_to(tx, [collection.number], patterns, clearance=Tlp.RED, limit=5)) == 1
    catch_up(database, seconds=30)
    with database.read() as tx:
        assert len(reading.links_to(tx, [collection.number], patterns, clearance=Tlp.RED, limit=5)) == 1
        assert reading.links_to(tx, [collection.number], patterns, clearance=Tlp.GREEN, limit=5) == []
        assert len(reading.links_from(tx, [collection.number], user, clearance=Tlp.RED, limit=5)) == 2


@pytest.mark.parametrize(
    "item",
    [
        {"type": "relationship", "source_ref": 5, "target_ref": None},
        {"type": "report", "object_refs": "attack-pattern--x"},
        {"type": "campaign", "created": "x", "name": ["not", "text"], "aliases": {"a": 1}, "object_refs": [1, None]},
        {"type": "indicator", "pattern": 7},
        {"type": "file", "hashes": ["x"], "name": 3},
        {"type": "campaign", "created": "x", "name": "\0 \ud7ff " + "w" * 5000},
        {"type": "relationship", "source_ref": "a", "target_ref": "attack-pattern--b", "confidence": True,
         "extensions": {EVIDENCE_EXTENSION: {"evidence_count": 10**18, "framework": 9}}},
    ],
)  # fmt: skip
def test_whatever_an_object_says_can_be_indexed(
    database: Database, collection: Collection, item: dict[str, object]
) -> None:
    number = len(orjson.dumps(item))
    whole = {**indicator(number), **item, "id": stix_id(str(item["type"]), number)}
    if item["type"] == "file":
        whole = {"object_marking_refs": whole["object_marking_refs"], **item, "id": whole["id"]}
    if item["type"] not in ("file",):
        whole["created"] = DAY.format(1)
    store(database, collection, whole)
    assert catch_up(database, seconds=30)
    assert counted(database, collection, Tlp.GREEN) == {str(item["type"]): 1}
    assert isinstance(terms_of(whole), list)
    assert isinstance(links_of(whole), list)


def test_words_have_no_case_and_no_accents() -> None:
    assert words("Élan VITAL, élan-2") == ["elan", "vital", "2"]
    assert words("Лампа と 字") == ["лампа", "と", "字"]
    assert value_term("ABC") == value_term("abc") == "=abc"
    assert len(value_term("x" * 5000)) < 100


def test_the_state_of_a_collection_changes_with_all_that_a_reader_could_see(
    database: Database, collection: Collection
) -> None:
    store(database, collection, indicator(1), indicator(1, day=2), indicator(2))
    catch_up(database, seconds=30)
    seen: list[object] = []

    def note() -> None:
        with database.read() as tx:
            seen.append(reading.state_of(tx, [collection.number]))

    note()
    store(database, collection, indicator(3))
    note()
    store(database, collection, indicator(2, day=3, tlp=Tlp.RED))
    note()
    with database.write() as tx:
        delete_versions(tx, collection.number, stix_id("indicator", 1), object_versions.c.newest)
    note()
    assert len(set(map(repr, seen))) == 4
    note()
    assert seen[-1] == seen[-2]


def test_publishing_and_indexing_at_the_same_time_lose_nothing(
    database: Database, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    monkeypatch.setattr("disarm_exchange.store.indexing._ROWS", 7)
    done = Event()

    def publish(worker: int) -> None:
        for step in range(12):
            number = 10 * worker + step % 4
            tlp = Tlp.RED if step % 5 == 4 else Tlp.GREEN
            about = [{"source_name": "see", "description": stix_id("indicator", 10 * worker + (step + 1) % 4)}]
            store(database, collection, indicator(number, day=1 + step, tlp=tlp, external_references=about))

    def index() -> None:
        while not done.is_set():
            catch_up(database, seconds=1)

    def read() -> None:
        while not done.is_set():
            with database.read() as tx:
                hold_still(tx)
                found = reading.count_types(tx, [collection.number], clearance=5).by_collection[collection.number]
                columns = object_versions.c
                mine = select(func.count()).where(columns.collection == collection.number, columns.newest)
                assert sum(found.values()) == tx.connection.execute(mine).scalar()

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        indexers = [pool.submit(index) for _ in range(2)]
        publishers = [pool.submit(publish, worker) for worker in range(2)]
        for one in publishers:
            one.result()
        done.set()
        for one in (*indexers, reader):
            one.result()
    for _ in range(2):
        for clearance in Tlp:
            assert counted(database, collection, clearance) == live(database, collection, clearance)
        while not catch_up(database, seconds=30):
            pass
