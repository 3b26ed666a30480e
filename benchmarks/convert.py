"""Findings a second and peak memory of `convert`, beside the same objects built with stix2 and beside the limit.

    python benchmarks/convert.py [--findings 10000 1000000] [--stix2 10000] [--jobs N]

Each row runs in a process of its own, one after the other, on the same made-up table of findings: domains, accounts,
channels and links, four objects a finding (plain STIX; *both* adds a channel and its two ties to every account).
*Limit* is the same reading, hashing and writing with nothing but csv, sha1 and orjson. CPU seconds and peak memory
are those of the process and all its workers together; on a busy machine the CPU seconds are the ones to compare.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import orjson

HEADER = ("Tactic", "Technique", "Procedure", "Indicator", "Comments")
DOMAIN = ("0. Acquiring assets", "0.6 Acquiring domains", "0.6.2 Acquiring domains to support influence operations")
ACCOUNT = ("0. Acquiring assets", "0.9 Acquiring social media accounts", "0.9.4 Acquiring X / Twitter accounts")
CHANNEL = ("0. Acquiring assets", "0.9 Acquiring social media accounts", "0.9.7 Acquiring Telegram channels")
LINK = ("7. Targeted engagement", "7.9 Distributing links", "7.9.1 Distributing malicious links")
DAY = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = "2026-01-01T00:00:00.000Z"


def make_table(path: Path, findings: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(HEADER)
        for number in range(findings):
            turn = number % 10
            if turn < 6:
                rows.writerow((*DOMAIN, f"site-{number}[.]example", "Registration date: 9/5/2024"))
            elif turn < 8:
                rows.writerow((*ACCOUNT, f"https://x[.]com/user_{number}", ""))
            elif turn < 9:
                rows.writerow((*CHANNEL, f"https://t[.]me/channel_{number}", ""))
            else:
                rows.writerow((*LINK, f"hxxps://files-{number}[.]example/a/{number}.apk", ""))


def convert(source: Path, target: Path, *, jobs: int = 1, validate: bool = False, model: str = "stix") -> int:
    from disarm_exchange.convert.dad_cdm import Model
    from disarm_exchange.convert.job import Job, convert_files
    from disarm_exchange.findings.case import CaseDraft, Producer

    options = CaseDraft(name="Benchmark", producer=Producer("Benchmark"), published=DAY)
    job = Job((source,), target, options=options, jobs=jobs, validate=validate, model=Model(model))
    return sum(convert_files(job).summary.objects.values())


def with_stix2(source: Path, target: Path) -> int:
    """The four objects of each finding with OASIS's own library; values are taken as they are."""
    import stix2

    identity = stix2.Identity(name="Benchmark", identity_class="organization", created=DAY, modified=DAY)
    campaign = stix2.Campaign(name="Benchmark", created_by_ref=identity, created=DAY, modified=DAY)
    count = 0
    with source.open(newline="", encoding="utf-8") as rows, target.open("w", encoding="utf-8") as out:
        for row in csv.DictReader(rows):
            value = row["Indicator"].replace("[.]", ".").replace("hxxp", "http")
            observable = stix2.URL(value=value) if "/" in value else stix2.DomainName(value=value)
            times = {"created_by_ref": identity.id, "created": DAY, "modified": DAY}
            indicator = stix2.Indicator(
                name=value,
                pattern=f"[{observable.type}:value = '{value}']",
                pattern_type="stix",
                valid_from=DAY,
                **times,
            )
            based_on = stix2.Relationship(indicator, "based-on", observable, **times)
            indicates = stix2.Relationship(indicator, "indicates", campaign, **times)
            for item in (observable, indicator, based_on, indicates):
                out.write(item.serialize())
                out.write("\n")
                count += 1
    return count


def limit(source: Path, target: Path) -> int:
    """Nothing but csv, sha1 and orjson: four hashes and four dicts a finding, of the same size."""
    count = 0
    with source.open(newline="", encoding="utf-8") as rows, target.open("wb", buffering=1 << 20) as out:
        reader = csv.reader(rows)
        next(reader)
        for row in reader:
            value = row[3]
            for kind in ("url", "indicator", "relationship", "relationship"):
                digest = hashlib.sha1(f"{kind}{value}{count}".encode(), usedforsecurity=False).hexdigest()
                item = {
                    "type": kind,
                    "spec_version": "2.1",
                    "id": f"{kind}--{digest[:36]}",
                    "created": MOMENT,
                    "modified": MOMENT,
                    "created_by_ref": "identity--00000000-0000-4000-8000-000000000000",
                    "object_marking_refs": ["marking-definition--00000000-0000-4000-8000-000000000000"],
                    "name": value,
                    "pattern": f"[domain-name:value = '{value}']",
                    "target_ref": "campaign--00000000-0000-4000-8000-000000000000",
                }
                out.write(orjson.dumps(item))
                count += 1
    return count


class Peak(threading.Thread):
    """The most memory that a process and its children held at one time, in MB (Linux; looked at ten times a second)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.most = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.1):
            self.most = max(self.most, self._now(self._pid))

    def _now(self, pid: int) -> float:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, ValueError):
            return 0.0
        return pages * resource.getpagesize() / 1e6 + sum(self._now(int(child)) for child in children)


def measured(work: Callable[[Path, Path], int], source: Path, target: Path, answer: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    begun = time.perf_counter()
    objects = work(source, target)
    seconds = time.perf_counter() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    answer.put((objects, seconds, sum(one.ru_utime + one.ru_stime for one in used)))


def run(work: Callable[[Path, Path], int], source: Path, target: Path) -> tuple[int, float, float, float]:
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=measured, args=(work, source, target, answer))
    process.start()
    assert process.pid is not None
    peak = Peak(process.pid)
    peak.start()
    objects, seconds, cpu = answer.get()
    peak.ended.set()
    process.join()
    return objects, seconds, cpu, peak.most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--findings", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--stix2", type=int, default=10_000, help="findings for the stix2 row (it is slow)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes of the rows with several")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print("| what | findings | findings/s | objects | seconds | CPU seconds | peak MB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for findings in options.findings:
            make_table(folder / f"{findings}.csv", findings)
        make_table(folder / "stix2.csv", options.stix2)
        plan: list[tuple[str, Callable[[Path, Path], int], int, Path]] = [
            ("stix2", with_stix2, options.stix2, folder / "stix2.csv")
        ]
        jobs = options.jobs
        several = f"{jobs} processes"
        for findings in options.findings:
            source = folder / f"{findings}.csv"
            plan += [
                ("convert, one process", convert, findings, source),
                ("convert, one process, validated", partial(convert, validate=True), findings, source),
                (f"convert, {several}", partial(convert, jobs=jobs), findings, source),
                (
                    f"convert, {several}, validated",
                    partial(convert, jobs=options.jobs, validate=True),
                    findings,
                    source,
                ),
                ("convert --model both, one process", partial(convert, model="both"), findings, source),
                ("limit: csv + sha1 + orjson", limit, findings, source),
            ]
        for title, work, findings, source in plan:
            objects, seconds, cpu, memory = run(work, source, folder / "out.json")
            rate = f"{findings / seconds:,.0f}"
            print(
                f"| {title} | {findings:,} | {rate} | {objects:,} | {seconds:.2f} | {cpu:.2f} | {memory:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
