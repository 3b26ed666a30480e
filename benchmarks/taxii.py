"""How the TAXII server compares with its peers, and with the limit, in one run on one machine.

    python benchmarks/taxii.py [--sizes 1000,100000] [--opentaxii PYTHON] [--json]

Every server runs in a process of its own, is filled over HTTP by one client, and is read by one client. Ours checks
every object against the STIX schemas; the peers check nothing. Beside them the limit: the same bytes as static files
from the same HTTP server, and plain inserts into SQLite with the same durability.

medallion takes the square of the collection for its first page, so it is left out above --medallion-up-to.
OpenTAXII's release on PyPI cannot serve TAXII 2.1: give the Python of an environment where its 0.10 beta, gunicorn
and psycopg2 are installed.

The table of the README (some 8 minutes), and, once, ten million objects on PostgreSQL, filled by COPY (some 10 minutes,
15 GB below the folder for temporary files, removed at the end):

    python benchmarks/taxii.py --sizes 1000,10000,100000,1000000 --opentaxii PYTHON
    python benchmarks/taxii.py --sizes 1000,10000000 --servers postgresql --lookups 400
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import orjson
from taxii_fill import fill_by_copy
from taxii_servers import Target, medallion, opentaxii, ours, postgresql, static_files

_SERVERS = "sqlite,postgresql,medallion,opentaxii,opentaxii-postgresql,limits"
ENVELOPE = 5000
LOOKUPS = 100
PAGE = 100


@dataclass
class Figures:
    """One server at one size. Rates are objects a second, latencies medians in milliseconds, memory in megabytes."""

    server: str
    size: int
    publish: float | None = None
    pull: float | None = None
    page: float | None = None
    lookup: float | None = None
    manifest: float | None = None
    memory: float | None = None


def synthetic(number: int) -> dict[str, object]:
    """A valid indicator of a usual size; the number makes its id, so that every server gets the same."""
    uuid = f"{number:08x}-0000-4000-8000-{number:012x}"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "created_by_ref": "identity--00000000-0000-4000-8000-000000000000",
        "name": f"Domain d{number}.example",
        "description": "Linked from posts by accounts of one network; see the report.",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[domain-name:value = 'd{number}.example']",
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00.000Z",
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
    }


def envelopes(size: int) -> Iterator[tuple[int, bytes]]:
    for start in range(0, size, ENVELOPE):
        items = [synthetic(number) for number in range(start, min(start + ENVELOPE, size))]
        yield len(items), orjson.dumps({"objects": items})


def measure_publish(target: Target, size: int) -> float:
    seconds = 0.0
    for count, body in envelopes(size):
        begun = time.perf_counter()
        answer = orjson.loads(target.send("POST", "objects/", body).body)
        seconds += time.perf_counter() - begun
        # medallion calls an object that is there already a failure
        assert answer["success_count"] + answer["failure_count"] == count, answer
    return size / seconds


def measure_pull(target: Target, size: int) -> float:
    begun = time.perf_counter()
    found, query = 0, target.pull_query
    while True:
        answer = target.send("GET", f"objects/?{query}")
        found += answer.body.count(b'"pattern_type"')
        token = answer.next_token()
        if token is None:
            break
        query = f"{target.pull_query}&next={token}"
    seconds = time.perf_counter() - begun
    assert found == size, f"{found} of {size} objects came back"
    return size / seconds


def milliseconds(target: Target, tail: str) -> float:
    begun = time.perf_counter()
    target.send("GET", tail)
    return (time.perf_counter() - begun) * 1000


def fill(name: str, target: Target, size: int, uri: str | None = None) -> Figures:
    """What is measured while a collection is filled and pulled; with a `uri`, filled by COPY and not pulled."""
    figures = Figures(name, size)
    if uri is not None:
        fill_by_copy(uri, size, synthetic)
        target.send("GET", "objects/?limit=1")
        return figures
    # Logging in for the first time and loading the schemas are not what is measured.
    target.send("POST", "objects/", orjson.dumps({"objects": [synthetic(0)]}))
    figures.publish = measure_publish(target, size)
    figures.pull = measure_pull(target, size)
    return figures


def latencies(servers: list[tuple[Target, Figures]], times: int) -> None:
    """Medians of single requests, at random places, of all sizes in turn: what disturbs one disturbs all."""
    chance = random.Random(1)
    kinds: dict[str, Callable[[list[str], int], str]] = {
        "page": lambda dates, _: f"objects/?limit={PAGE}&added_after={chance.choice(dates)}",
        "manifest": lambda dates, _: f"manifest/?limit={PAGE}&added_after={chance.choice(dates)}",
        "lookup": lambda _, size: f"objects/{synthetic(chance.randrange(size))['id']}/",
    }
    dates = [
        [
            target.date_of(str(synthetic(chance.randrange(max(figures.size - PAGE, 1)))["id"]))
            for _ in range(min(times, 20))
        ]
        for target, figures in servers
    ]
    for kind, tail in kinds.items():
        taken: list[list[float]] = [[] for _ in servers]
        for number in range(times + 5):
            for place, (target, figures) in enumerate(servers):
                value = milliseconds(target, tail(dates[place], figures.size))
                if number >= 5:
                    taken[place].append(value)
        for values, (_, figures) in zip(taken, servers, strict=True):
            setattr(figures, kind, statistics.median(values))


def limit_of_reading(size: int, folder: Path) -> Figures:
    """The same pages as files from the same HTTP server."""
    pages = folder / "pages"
    pages.mkdir()
    page = 1000
    for number, start in enumerate(range(0, size, page)):
        items = b",".join(orjson.dumps(synthetic(each)) for each in range(start, min(start + page, size)))
        more = b'"more":true,"next":"%d",' % (number + 1) if start + page < size else b""
        (pages / str(number)).write_bytes(b"{" + more + b'"objects":[' + items + b"]}")
    with static_files(pages) as target:
        target.send("GET", "0")
        begun = time.perf_counter()
        found, number = 0, 0
        while True:
            answer = target.send("GET", str(number))
            found += answer.body.count(b'"pattern_type"')
            if answer.next_token() is None:
                break
            number += 1
        seconds = time.perf_counter() - begun
    assert found == size
    return Figures("limit: static files", size, pull=size / seconds)


def limit_of_writing(size: int, folder: Path) -> Figures:
    """The same objects into one SQLite table, as durable as ours, and nothing else."""
    with contextlib.closing(sqlite3.connect(folder / "raw.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE objects (date_added INTEGER PRIMARY KEY, id TEXT, body BLOB)")
        seconds = 0.0
        for start in range(0, size, ENVELOPE):
            items = [synthetic(each) for each in range(start, min(start + ENVELOPE, size))]
            rows = [(start + place, item["id"], orjson.dumps(item)) for place, item in enumerate(items)]
            begun = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO objects VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")
            seconds += time.perf_counter() - begun
    return Figures("limit: raw inserts", size, publish=size / seconds)


def run(arguments: argparse.Namespace) -> Iterator[Figures]:
    for name in arguments.servers:
        if name == "limits":
            for size in arguments.sizes:
                with tempfile.TemporaryDirectory(prefix="disarm-bench-") as folder:
                    yield limit_of_reading(size, Path(folder))
                    yield limit_of_writing(size, Path(folder))
            continue
        with contextlib.ExitStack() as stack:
            servers: list[tuple[Target, Figures]] = []
            for title, start, size in _of_kind(name, arguments, stack):
                target = stack.enter_context(start())
                copied = name == "postgresql" and size >= arguments.copy_from
                servers.append((target, fill(title, target, size, target.database if copied else None)))
            latencies(servers, arguments.lookups if name in ("sqlite", "postgresql") else 10)
            for target, figures in servers:
                figures.memory = target.peak_memory()
                yield figures


def _of_kind(
    name: str, arguments: argparse.Namespace, stack: contextlib.ExitStack
) -> Iterator[tuple[str, Callable[[], contextlib.AbstractContextManager[Target]], int]]:
    """For each size that is not too much for it: its title, how to start it, the size."""
    cluster = stack.enter_context(postgresql()) if name.endswith("postgresql") else None
    peers_too = arguments.opentaxii and name.startswith("opentaxii")
    for size in arguments.sizes:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="disarm-bench-")))
        if name == "sqlite":
            yield "disarm-exchange, SQLite", partial(ours, str(folder / "x.db"), folder), size
        elif cluster is not None and name == "postgresql":
            yield "disarm-exchange, PostgreSQL", partial(ours, cluster.new_database(), folder), size
        elif name == "medallion" and size <= arguments.medallion_up_to:
            yield "medallion, memory", partial(medallion, folder), size
        elif peers_too and size <= arguments.opentaxii_up_to:
            databases = [] if cluster is None else [cluster.new_database() for _ in range(2)]
            title = "OpenTAXII, SQLite" if cluster is None else "OpenTAXII, PostgreSQL"
            yield title, partial(opentaxii, arguments.opentaxii, folder, databases), size


def table(rows: list[Figures]) -> str:
    """A table in Markdown."""
    lines = [
        "| server | objects | publish /s | full pull /s | page ms | lookup ms | manifest ms | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]

    def cell(value: float | None, digits: int = 0) -> str:
        return "" if value is None else f"{value:,.{digits}f}"

    for row in rows:
        latencies = " | ".join(cell(value, 1) for value in (row.page, row.lookup, row.manifest))
        rates = f"{cell(row.publish)} | {cell(row.pull)}"
        lines.append(f"| {row.server} | {row.size:,} | {rates} | {latencies} | {cell(row.memory)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--servers", default=_SERVERS, type=lambda text: text.split(","), help="default: %(default)s")
    parser.add_argument("--opentaxii", metavar="PYTHON", help="Python of an environment with OpenTAXII 0.10")
    parser.add_argument("--opentaxii-up-to", type=int, default=10_000)
    parser.add_argument("--medallion-up-to", type=int, default=1_000)
    parser.add_argument(
        "--copy-from",
        type=int,
        default=3_000_000,
        metavar="SIZE",
        help="on PostgreSQL, collections of this size and more are filled by COPY, and only latencies are measured",
    )
    parser.add_argument("--lookups", type=int, default=LOOKUPS, help="requests of each kind to each collection")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows: list[Figures] = []
    for figures in run(arguments):
        rows.append(figures)
        print(json.dumps(asdict(figures)), file=sys.stderr, flush=True)
    print(json.dumps([asdict(row) for row in rows], indent=2) if arguments.json else table(rows))


if __name__ == "__main__":
    main()
