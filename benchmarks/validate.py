"""Objects a second, start-up time and peak memory of `validate`, beside stix2-validator and plain `jsonschema`.

    python benchmarks/validate.py [--objects 1000 100000 1000000] [--peer 1000] [--markdown]

Each row runs in a process of its own, one after the other, on one made-up case: for each domain the observable, an
indicator and two relationships, and a report over all of them, written one object a line as `convert` writes it. *All
rules* is `disarm-exchange validate` with everything on, from file to verdict. *Schemas only* are the same schemas in
the fast engine without a rule. The peers see the same objects, fewer of them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from disarm_exchange.stix.bundle import StixObject, write_bundle
from disarm_exchange.stix.ids import derived_id, identity_id, namespace_of, sco_id
from disarm_exchange.stix.markings import Tlp, marking_definition

PRODUCER = identity_id("Harbour Watch")
MOMENT = "2026-03-02T00:00:00.000Z"
MARKED = [Tlp.AMBER.marking_id]
BUNDLE = "bundle--21bc09cb-1da5-449b-b854-4de54c9e6ca3"


def own(object_type: str, key: str) -> StixObject:
    return {
        "type": object_type,
        "spec_version": "2.1",
        "id": derived_id(object_type, namespace_of(PRODUCER), key),
        "created": MOMENT,
        "modified": MOMENT,
        "created_by_ref": PRODUCER,
        "object_marking_refs": MARKED,
    }


def related(name: str, source: object, target: object) -> StixObject:
    ends = {"relationship_type": name, "source_ref": source, "target_ref": target}
    return {**own("relationship", f"{name} {source} {target}"), **ends}


def case(count: int, *, report: bool = True) -> Iterator[StixObject]:
    """About that many objects of one case; its report names them all and so grows with them."""
    yield marking_definition(Tlp.AMBER)
    yield {**own("identity", "self"), "id": PRODUCER, "name": "Harbour Watch", "identity_class": "organization"}
    campaign = {**own("campaign", "case"), "name": "Harbour Echo"}
    yield campaign
    named = [PRODUCER, campaign["id"]] if report else []
    for number in range(count // 4):
        host = f"site-{number}.example"
        domain = {"type": "domain-name", "spec_version": "2.1", "id": sco_id("domain-name", {"value": host})}
        indicator = {
            **own("indicator", host),
            "name": host,
            "pattern": f"[domain-name:value = '{host}']",
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": MOMENT,
        }
        for item in (
            {**domain, "value": host, "object_marking_refs": MARKED},
            indicator,
            related("indicates", indicator["id"], campaign["id"]),
            related("based-on", indicator["id"], domain["id"]),
        ):
            if report:
                named.append(item["id"])
            yield item
    if report:
        about = {"name": "Harbour Echo", "report_types": ["campaign"], "published": MOMENT, "object_refs": named}
        yield {**own("report", "report"), **about}


def all_rules(path: Path, ignore: tuple[str, ...] = ()) -> tuple[int, float]:
    from disarm_exchange.validate.engine import Validator
    from disarm_exchange.validate.files import FileCheck

    check = FileCheck(Validator("exchange", ignore=ignore))
    begin = time.process_time()
    issues = sum(1 for _ in check.check(str(path)))
    assert issues == 0, issues
    return check.objects, time.process_time() - begin


def without_report(path: Path) -> tuple[int, float]:
    return all_rules(path, ignore=("DX805",))


def schemas_only(path: Path) -> tuple[int, float]:
    from disarm_exchange.stix.reading import read_objects
    from disarm_exchange.validate.schemas import registry, schema_uri

    deciders: dict[str, Callable[[object], bool]] = {}
    begin = time.process_time()
    count = 0
    for item in read_objects(path):
        object_type = str(item["type"])
        if object_type not in deciders:
            deciders[object_type] = registry().decider(schema_uri(item)).is_valid
        assert deciders[object_type](item)
        count += 1
    return count, time.process_time() - begin


def plain_jsonschema(path: Path) -> tuple[int, float]:
    from disarm_exchange.stix.reading import read_objects
    from disarm_exchange.validate.schemas import registry, schema_uri

    count = 0
    first = next(iter(read_objects(path)))
    registry().explainer(schema_uri(first)).is_valid(first)
    begin = time.process_time()
    for item in read_objects(path):
        assert registry().explainer(schema_uri(item)).is_valid(item)
        count += 1
    return count, time.process_time() - begin


def stix2_validator(path: Path) -> tuple[int, float]:
    from stix2validator import ValidationOptions, validate_instance

    objects = json.loads(path.read_bytes())["objects"]
    options = ValidationOptions(version="2.1")
    validate_instance(objects[0], options)
    begin = time.process_time()
    for item in objects:
        assert validate_instance(item, options).is_valid
    return len(objects), time.process_time() - begin


ROWS: dict[str, Callable[[Path], tuple[int, float]]] = {
    "all rules": all_rules,
    "all rules, no report over all": without_report,
    "schemas only": schemas_only,
    "plain jsonschema": plain_jsonschema,
    "stix2-validator": stix2_validator,
}


def measured(name: str, path: Path) -> tuple[int, float, float]:
    """Objects, seconds of processor time and peak memory (MiB) of one row in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(name, path, theirs))
    process.start()
    objects, seconds, memory = ours.recv()
    process.join()
    return objects, seconds, memory


def _work(name: str, path: Path, answer: Connection) -> None:
    objects, seconds = ROWS[name](path)
    answer.send((objects, seconds, peak_memory()))


def peak_memory() -> float:
    """MiB; from /proc, as the other figure goes over to a child process."""
    status = Path("/proc/self/status")
    if status.is_file():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cold_start(path: Path, times: int = 7) -> float:
    """The median wall-clock time of the whole command on a small file, in seconds."""
    program = Path(sys.executable).with_name("disarm-exchange")
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        subprocess.run([program, "validate", str(path)], check=False, stdout=subprocess.DEVNULL, cwd=path.parent)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--peer", type=int, default=1_000, help="objects that the peers are shown")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} processors; Python {sys.version.split()[0]}; seconds of processor time on one core\n")
    print("| what | objects | objects a second | peak memory |")
    print("|---|---|---|---|")
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.json"
        sound(small, 20)
        peer = Path(folder) / "peer.json"
        sound(peer, arguments.peer)
        runs = [("all rules", count) for count in arguments.objects]
        runs += [("all rules, no report over all", max(arguments.objects))]
        runs += [("schemas only", max(arguments.objects[:2])), ("plain jsonschema", 0), ("stix2-validator", 0)]
        for name, count in runs:
            whole = "no report" not in name
            path = peer if not count else Path(folder) / f"{count}-{whole}.json"
            if not path.exists():
                sound(path, count, report=whole)
            objects, seconds, memory = measured(name, path)
            rates[name] = max(rates.get(name, 0.0), objects / seconds)
            print(f"| {name} | {objects:,} | {objects / seconds:,.0f} | {memory:,.0f} MiB |", flush=True)
        broken = Path(folder) / "broken.json"
        broken.write_bytes(small.read_bytes().replace(b'"name":"Harbour Echo"', b'"nome":"Harbour Echo"'))
        print(f"\nAll rules against stix2-validator: {rates['all rules'] / rates['stix2-validator']:,.0f} times.")
        starts = f"{cold_start(small):.2f} s sound, {cold_start(broken):.2f} s broken"
        print(f"Cold start of the command on 20 objects: {starts}.")


def sound(path: Path, count: int, *, report: bool = True) -> None:
    with path.open("wb") as out:
        write_bundle(out.write, BUNDLE, case(count, report=report))


if __name__ == "__main__":
    main()
