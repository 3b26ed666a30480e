"""Filling a PostgreSQL database with very many objects in little time: the rows that the writer would make, by COPY.

The store's own functions read the objects; only their levels, which are all alike here, are not worked out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import orjson
import psycopg

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.bulk import copy_statement, copy_types
from disarm_exchange.store.incoming import read_object
from disarm_exchange.store.markings import NONE
from disarm_exchange.store.mentions import key_of
from disarm_exchange.store.tables import mentions, object_versions

_PART = 50_000
_FIRST = 1_700_000_000_000_000
_MENTIONS = ("collection", "mentioned", "date_added")
_COLUMNS = [column.name for column in object_versions.c]

Make = Callable[[int], dict[str, object]]


def fill_by_copy(uri: str, size: int, make: Make, *, processes: int = 3) -> None:
    """Fill the one collection of a database; it must be empty.

    Args:
        uri: of the database, which has its tables already.
        size: how many objects.
        make: the object of a number.
        processes: how many parts are made and copied at the same time.
    """
    parts = [(uri, start, min(start + _PART, size), make) for start in range(0, size, _PART)]
    with ProcessPoolExecutor(processes) as pool:
        for done, _ in enumerate(pool.map(_copy_part, parts), 1):
            if done % 20 == 0:
                print(f"  {min(done * _PART, size):,} objects copied", flush=True)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("UPDATE collections SET last_date_added = %s", (_FIRST + size,))
        connection.execute("VACUUM ANALYZE object_versions")
        connection.execute("VACUUM ANALYZE mentions")


def _copy_part(part: tuple[str, int, int, Make]) -> None:
    uri, start, end, make = part
    with psycopg.connect(uri) as connection:
        connection.execute("SET synchronous_commit = off")
        found = connection.execute("SELECT number FROM collections").fetchone()
        assert found is not None
        mentioned: list[tuple[int, int]] = []
        with connection.cursor() as cursor:
            with cursor.copy(copy_statement(object_versions, _COLUMNS)) as copy:
                copy.set_types(copy_types(object_versions, _COLUMNS))
                for row in _rows(found[0], start, end, make, mentioned):
                    copy.write_row(row)
            with cursor.copy(copy_statement(mentions, _MENTIONS)) as copy:
                copy.set_types(copy_types(mentions, _MENTIONS))
                for key, date_added in mentioned:
                    copy.write_row((found[0], key, date_added))


def _rows(
    collection: int, start: int, end: int, make: Make, mentioned: list[tuple[int, int]]
) -> Iterator[tuple[object, ...]]:
    for number in range(start, end):
        item = read_object(orjson.dumps(make(number)))
        date_added = _FIRST + number
        mentioned.extend((key_of(other), date_added) for other in item.mentions)
        facts: dict[str, object] = {
            "collection": collection,
            "date_added": date_added,
            "stix_id": item.stix_id,
            "type": item.type,
            "spec_version": item.spec_version,
            "version": item.version,
            "version_at": item.version_at,
            "own_level": int(Tlp.GREEN),
            "level": int(Tlp.GREEN),
            "floor": None,
            "ceiling": NONE,
            "newest": True,
            "current": True,
            "older_level": NONE,
            "digest": item.digest,
            "source": "org:bench",
            "body": item.body,
        }
        yield tuple(facts[name] for name in _COLUMNS)
