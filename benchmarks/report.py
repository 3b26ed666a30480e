"""Time, size and peak memory of a report and of a graph over a store of so many objects.

    python benchmarks/report.py [--objects 1000 100000]

Each row runs in a process of its own on the same made-up store: ten cases with evidence for their techniques, half of
the findings domains and half accounts with names that do not compress well. Processor time is what counts on a
machine that has other work.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson

HEADER = ("Tactic", "Technique", "Procedure", "Indicator", "Comments")
DOMAIN = ("0. Acquiring assets", "0.6 Acquiring domains", "0.6.2 Acquiring domains to support influence operations")
ACCOUNT = ("0. Acquiring assets", "0.9 Acquiring social media accounts", "0.9.4 Acquiring X / Twitter accounts")
CASES = 10
OBJECTS_A_FINDING = 5.5


def fill(folder: Path, objects: int) -> tuple[Path, int]:
    """A store of about so many objects; its path and how many there are."""
    from disarm_exchange.convert.job import Job, convert_files
    from disarm_exchange.findings.case import CaseDraft, Producer
    from disarm_exchange.policy import sharing_level
    from disarm_exchange.stix.markings import Tlp
    from disarm_exchange.store import Database, add_objects, local_collection, read_object

    target = folder / f"{objects}.db"
    with Database.open(target) as database:
        for case in range(CASES):
            table, bundle = folder / "table.csv", folder / "bundle.json"
            with table.open("w", newline="", encoding="utf-8") as stream:
                rows = csv.writer(stream)
                rows.writerow(HEADER)
                for number in range(int(objects / CASES / OBJECTS_A_FINDING)):
                    name = hashlib.sha256(f"{case}/{number}".encode()).hexdigest()[:14]
                    if number % 2:
                        rows.writerow((*DOMAIN, f"{name}[.]example", ""))
                    else:
                        rows.writerow((*ACCOUNT, f"https://x[.]com/{name}", ""))
            options = CaseDraft(
                name=f"Case {case}",
                producer=Producer("Benchmark"),
                published=datetime(2026, 1, 1, tzinfo=UTC),
                tlp=Tlp.GREEN,
            )
            convert_files(Job((table,), bundle, options=options))
            found = orjson.loads(bundle.read_bytes())["objects"]
            with database.write() as tx:
                collection = local_collection(tx, "benchmark")
                read = [read_object(orjson.dumps(item)) for item in found]
                add_objects(tx, collection.number, read, source="local", level_of=sharing_level)
    return target, sum(1 for _ in _objects(target))


def _objects(store: Path) -> list[dict[str, object]]:
    from disarm_exchange.report.source import open_source

    return list(open_source(store).objects)


def measured(arguments: list[str | Path]) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak megabytes of a command in a process of its own."""
    program = [sys.executable, "-c", "from disarm_exchange.cli import main; main()", *map(str, arguments)]
    begin = time.perf_counter()
    process = subprocess.Popen(program)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, f"ended with {status}"
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, nargs="*", default=[1_000, 100_000])
    arguments = parser.parse_args()
    print("| | objects | seconds | of processor time | megabytes | peak MB |")
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        for objects in arguments.objects:
            store, count = fill(Path(name), objects)
            for command, ending in (("report", "html"), ("report", "md"), ("graph", "svg"), ("graph", "graphml")):
                target = Path(name) / f"out.{ending}"
                seconds, busy, peak = measured([command, store, "-o", target, "--quiet"])
                size = target.stat().st_size / 1e6
                row = f"{count:,} | {seconds:.2f} | {busy:.2f} | {size:.2f} | {peak:.0f}"
                print(f"| {command} .{ending} | {row} |", flush=True)


if __name__ == "__main__":
    main()
