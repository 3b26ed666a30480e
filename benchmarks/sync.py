"""How fast a collection gets from one organisation to another, compared with the peer and with the limit, in one run.

    python benchmarks/sync.py [--size 100000] [--json]
    python benchmarks/sync.py --sizes 20000 100000 500000 [--postgresql]     memory alone, see sync_memory.py

The sending server runs in a process of its own; each way of receiving too, so that its memory is its own:

- `sync`: what `disarm-exchange sync run` does: fetch, validate, merge by creator, provenance, page and checkpoint in
  one transaction (SQLite, everything flushed to disk).
- `pull`: what `disarm-exchange pull` does: the same without merging and provenance.
- `as_pages`: taxii2-client's own generator, which parses the pages and keeps nothing.
- `limit`: HTTP GET of the same pages, cut into objects, and plain inserts into SQLite with the same durability.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import sync_memory
from taxii import envelopes
from taxii_servers import COLLECTION, PASSWORD, USER, ours

from disarm_exchange.store import Database
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.pull import pull_into_database
from disarm_exchange.sync.run import run_peer
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.secrets import Credentials, Secret

WAYS = ("sync", "pull", "as_pages", "limit")
PAGE = 1000


@dataclass
class Figures:
    """One way of receiving. Memory in megabytes, the peak of the process; requests of the run with nothing new."""

    way: str
    objects: int
    seconds: float
    rate: float
    memory: float
    requests_when_nothing_is_new: int | None = None


def connect(root: str) -> Connection:
    return Connection(root, credentials=Credentials(Secret(PASSWORD), user=USER))


def configuration(root: str, folder: Path) -> SyncConfig:
    (folder / "password").write_text(PASSWORD)
    lines = [f'url = "{root}"', f'user = "{USER}"', f'password = "file:{folder}/password"']
    lines += [f'pull = ["{COLLECTION}"]', 'overlap = "0s"']
    return parse_config("[peers.them]\n" + "\n".join(lines) + "\n", folder / "sync.toml")


def by_sync(root: str, folder: Path) -> tuple[int, float, int | None]:
    config = configuration(root, folder)
    with Database.open(folder / "mine.db") as database:
        begun = time.perf_counter()
        report = run_peer(database, config, config.peer("them"))
        seconds = time.perf_counter() - begun
        assert report.outcome == "ok", report.reasons
    return report.counts["new"], seconds, None


def by_pull(root: str, folder: Path) -> tuple[int, float, int | None]:
    with Database.open(folder / "mine.db") as database, connect(root) as connection:
        collection = find_collection(connection, root, COLLECTION)
        begun = time.perf_counter()
        report = pull_into_database(connection, collection, database, limit=PAGE, overlap=0)
        seconds = time.perf_counter() - begun
        before = connection.requests_made
        pull_into_database(connection, collection, database, limit=PAGE, overlap=0)
        return report.new, seconds, connection.requests_made - before


def by_pages(root: str, _folder: Path) -> tuple[int, float, int | None]:
    from taxii2client.v21 import Collection, as_pages

    collection = Collection(f"{root}collections/{COLLECTION}/", user=USER, password=PASSWORD)
    begun = time.perf_counter()
    count = sum(len(page.get("objects", [])) for page in as_pages(collection.get_objects, per_request=PAGE))
    return count, time.perf_counter() - begun, None


def by_limit(root: str, folder: Path) -> tuple[int, float, int | None]:
    database = sqlite3.connect(folder / "mine.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE objects (id TEXT PRIMARY KEY, body BLOB)")
    count, token = 0, None
    with connect(root) as connection:
        begun = time.perf_counter()
        while True:
            query = {"limit": PAGE, **({"next": token} if token else {})}
            url = f"{root}collections/{COLLECTION}/objects/"
            page = orjson.loads(connection.ask("GET", url, lambda answer: answer.body, params=query))
            database.execute("BEGIN")
            rows = [(item["id"], orjson.dumps(item)) for item in page.get("objects", [])]
            database.executemany("INSERT INTO objects VALUES (?, ?)", rows)
            database.execute("COMMIT")
            count += len(rows)
            token = page.get("next")
            if not page.get("more"):
                return count, time.perf_counter() - begun, None


RUNNERS = dict(zip(WAYS, (by_sync, by_pull, by_pages, by_limit), strict=True))


def run_here(way: str, root: str) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        count, seconds, requests = RUNNERS[way](root, Path(folder))
    memory = sync_memory.peak_memory()
    return Figures(way, count, round(seconds, 2), round(count / seconds), round(memory), requests)


def run_apart(way: str, root: str) -> Figures:
    words = [sys.executable, __file__, "--way", way, "--root", root]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return Figures(**json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=int, nargs="+", help="measure memory at these numbers of objects")
    parser.add_argument("--postgresql", action="store_true", help="our databases of --sizes are on PostgreSQL")
    parser.add_argument("--step", choices=list(sync_memory.STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--database", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        sync_memory.run_step(options.step, options.root, options.database)
        return
    if options.sizes:
        sync_memory.print_memory(options.sizes, on_postgresql=options.postgresql)
        return
    if options.way:
        print(json.dumps(asdict(run_here(options.way, options.root))))
        return
    found: list[Figures] = []
    with tempfile.TemporaryDirectory() as folder, ours(f"{folder}/theirs.db", Path(folder)) as target:
        for _, body in envelopes(options.size):
            target.send("POST", "objects/", body)
        root = f"http://127.0.0.1:{target.port}{target.path.partition('collections/')[0]}"
        for way in WAYS:
            found.append(run_apart(way, root))
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return
    limit = next(one for one in found if one.way == "limit")
    for one in found:
        assert one.objects == options.size, one
        again = "" if one.requests_when_nothing_is_new is None else f", {one.requests_when_nothing_is_new} when no news"
        print(
            f"{one.way:9} {one.seconds:7.2f} s {one.rate:8,} objects/s {one.memory:5,} MB "
            f"{one.seconds / limit.seconds:5.2f} times the limit{again}"
        )


if __name__ == "__main__":
    main()
