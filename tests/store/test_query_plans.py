"""A page is read from an index in its own order, whoever asks: neither size nor what is hidden makes it dearer.

The tables are fresh: a planner without statistics must not go astray either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql, sqlite

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Collection, Database, add_objects, read_object
from disarm_exchange.store.incoming import write_object
from disarm_exchange.store.query import Filter, page_query
from disarm_exchange.store.recalls import recall_query
from disarm_exchange.store.tables import object_versions
from tests.store.objects import indicator

_LEVELS = "ix_object_versions_collection_level_date_added"


Query = Callable[..., Select[*tuple[Any, ...]]]


def plan_of(database: Database, wanted: Filter, query_of: Query = page_query) -> str:
    columns = (object_versions.c.date_added, object_versions.c.body)
    query = query_of(1, wanted, columns, 11)
    with database.read() as tx:
        on_postgresql = tx.connection.dialect.name == "postgresql"
        dialect = postgresql.dialect() if on_postgresql else sqlite.dialect()
        words = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN " if on_postgresql else "EXPLAIN QUERY PLAN "
        return "\n".join(str(row[-1]) for row in tx.connection.execute(text(explain + words)))


@pytest.fixture
def filled(database: Database, collection: Collection) -> Database:
    objects = [
        read_object(write_object(indicator(number, tlp=Tlp.GREEN if number % 50 == 0 else Tlp.AMBER)))
        for number in range(1, 2001)
    ]
    with database.write() as tx:
        add_objects(tx, collection.number, objects, source="local", level_of=sharing_level)
    return database


def test_who_may_see_everything_reads_in_the_order_of_the_collection(filled: Database) -> None:
    plan = plan_of(filled, Filter(Tlp.RED))
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
    assert "pk_object_versions" in plan or "sqlite_autoindex_object_versions_1" in plan or "date_added" in plan


@pytest.mark.parametrize("clearance", [Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT])
def test_who_may_not_reads_each_level_in_its_order(filled: Database, clearance: Tlp) -> None:
    plan = plan_of(filled, Filter(clearance, added_after=0))
    assert plan.count(_LEVELS) == clearance + 1
    assert "Seq Scan" not in plan
    assert "SCAN object_versions" not in plan


@pytest.fixture
def called_back(filled: Database, collection: Collection) -> Database:
    """All that was GREEN or AMBER is RED now."""
    objects = [read_object(write_object(indicator(number, day=2, tlp=Tlp.RED))) for number in range(1, 2001)]
    with filled.write() as tx:
        add_objects(tx, collection.number, objects, source="local", level_of=sharing_level)
    return filled


@pytest.mark.parametrize("clearance", [Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT])
@pytest.mark.parametrize("types", [None, ("indicator",), ("campaign", "indicator")])
def test_recalls_of_a_reader_are_ranges_in_their_order(
    called_back: Database, clearance: Tlp, types: tuple[str, ...] | None
) -> None:
    plan = plan_of(called_back, Filter(clearance, 5, types=types, recalled=(0, 2**62)), recall_query)
    assert "Seq Scan" not in plan
    assert "SCAN recalls" not in plan
    if types is None or len(types) == 1:
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan


def test_a_recall_is_found_by_id(called_back: Database) -> None:
    wanted = Filter(Tlp.GREEN, ids=(str(indicator(50)["id"]),), recalled=(0, 2**62))
    plan = plan_of(called_back, wanted, recall_query)
    assert "uq_recalls_collection_stix_id_clearance" in plan or "sqlite_autoindex_recalls_2" in plan


@pytest.mark.parametrize("clearance", list(Tlp))
def test_the_end_of_what_is_read_changes_no_plan(called_back: Database, clearance: Tlp) -> None:
    first, second = (plan_of(called_back, Filter(clearance, 5, upto=upto)) for upto in (None, 2**62))
    assert first.count("Scan") == second.count("Scan")
    assert first.count("USING") == second.count("USING")
    assert "Seq Scan" not in second
    assert "SCAN object_versions" not in second
