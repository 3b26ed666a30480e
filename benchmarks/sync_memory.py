"""The memory of synchronising, at several sizes: `benchmarks/sync.py --sizes 20000 100000 500000 [--postgresql]`.

One organisation has so many objects (domains, indicators, relationships; every fiftieth domain, and what hangs together
with it, is RED). Then, each in a process of its own, of which the peak is told:

- `preview`: what would go to the other, all of it as JSON;
- `push`: the first push to the other's server;
- `push again`: a run with nothing new;
- `pull`: a third organisation pulls it from there for the first time;
- `pull again`: a run with nothing new.

Before them stands `idle`: a process that has loaded the program and opened the database.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from taxii_servers import COLLECTION, PASSWORD, USER, PostgreSQL, ours, postgresql

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import sco_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection, read_object
from disarm_exchange.store.writer import add_objects
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.preview import preview
from disarm_exchange.sync.run import run_peer

_US = "identity--00000000-0000-4000-8000-000000000000"
_BORN = "2026-01-01T00:00:00.000Z"
_RED_EVERY = 50
_PART = 5000


def synthetic(number: int) -> StixObject:
    """The object of a number: of each three a domain, an indicator for it, and what ties them."""
    case, part = divmod(number, 3)
    value = f"d{case}.example"
    marking = (Tlp.GREEN if case % _RED_EVERY else Tlp.RED).marking_id
    domain = {"type": "domain-name", "spec_version": "2.1", "value": value, "object_marking_refs": [marking]}
    domain["id"] = sco_id("domain-name", domain)
    if part == 0:
        return domain
    kind = "indicator" if part == 1 else "relationship"
    indicator = f"indicator--{case:08x}-0000-4000-8000-{case:012x}"
    common: StixObject = {
        "type": kind,
        "spec_version": "2.1",
        "id": indicator if part == 1 else f"relationship{indicator.removeprefix('indicator')}",
        "created": _BORN,
        "modified": _BORN,
        "created_by_ref": _US,
        "object_marking_refs": [marking],
    }
    if part == 2:
        ends = {"source_ref": indicator, "target_ref": domain["id"]}
        return {**common, "relationship_type": "based-on", **ends}
    return {
        **common,
        "name": f"Domain {value}",
        "description": "Linked from posts by accounts of one network; see the report.",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[domain-name:value = '{value}']",
        "pattern_type": "stix",
        "valid_from": _BORN,
    }


def shareable(size: int) -> int:
    """How many of so many objects are not RED."""
    return sum(bool(number // 3 % _RED_EVERY) for number in range(size))


def seed(location: str, size: int) -> None:
    """Put objects into a new database."""
    with Database.open(location) as database:
        with database.write() as tx:
            findings = add_collection(tx, "Findings", alias="findings")
        for start in range(0, size, _PART):
            items = [read_object(orjson.dumps(synthetic(one))) for one in range(start, min(start + _PART, size))]
            with database.write() as tx:
                add_objects(tx, findings.number, items, source="local", level_of=sharing_level)


def configuration(root: str, folder: Path, *lines: str) -> SyncConfig:
    """A configuration with the one peer `them`."""
    (folder / "password").write_text(PASSWORD)
    text = [f'identities = ["{_US}"]' if "push" in lines[0] else "", "[peers.them]", f'url = "{root}"']
    text += [f'user = "{USER}"', f'password = "file:{folder}/password"', *lines]
    return parse_config("\n".join([*text, "[policies.partners]", 'max_tlp = "amber"', ""]), folder / "sync.toml")


def _pushing(root: str, folder: Path) -> SyncConfig:
    return configuration(root, folder, f'push = "{COLLECTION}"', 'from = ["findings"]', 'policy = "partners"')


def idle(database: Database, _root: str, _folder: Path) -> int:
    """Nothing but what all others begin with."""
    return int(database.is_alive())


def by_preview(database: Database, root: str, folder: Path) -> int:
    """The whole preview as JSON; how many objects would go."""
    config = _pushing(root, folder)
    shown = preview(database, config, config.peer("them"), now=datetime.now(UTC))
    assert sum(len(piece) for piece in shown.json())
    return shown.going


def by_push(database: Database, root: str, folder: Path) -> int:
    """A run that pushes; how many objects went."""
    config = _pushing(root, folder)
    report = run_peer(database, config, config.peer("them"))
    assert report.outcome == "ok", report.reasons
    return report.counts["sent"]


def by_pull(database: Database, root: str, folder: Path) -> int:
    """A run that pulls; how many objects were new."""
    config = configuration(root, folder, f'pull = ["{COLLECTION}"]', 'overlap = "0s"')
    report = run_peer(database, config, config.peer("them"))
    assert report.outcome == "ok", report.reasons
    return report.counts["new"]


STEPS: dict[str, Callable[[Database, str, Path], int]] = {
    "idle": idle,
    "preview": by_preview,
    "push": by_push,
    "push again": by_push,
    "pull": by_pull,
    "pull again": by_pull,
}


def run_step(step: str, root: str, location: str) -> None:
    """One step, in a process of its own: prints how many objects it moved, and the peak of memory in megabytes."""
    with tempfile.TemporaryDirectory() as folder, Database.open(location) as database:
        count = STEPS[step](database, root, Path(folder))
    print(json.dumps([count, peak_memory()]))


def peak_memory() -> float:
    """Megabytes that this process had at most. What `getrusage` says begins with what its parent had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def measure(sizes: Sequence[int], *, on_postgresql: bool) -> Iterator[tuple[int, dict[str, float]]]:
    """For each size the memory of each step, in megabytes."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgresql()) if on_postgresql else None
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder, ours(f"{folder}/theirs.db", Path(folder)) as target:
                root = f"http://127.0.0.1:{target.port}{target.path.partition('collections/')[0]}"
                yield size, _chain(root, size, Path(folder), server)


def _chain(root: str, size: int, folder: Path, server: PostgreSQL | None) -> dict[str, float]:
    mine, third = (server.new_database() if server else str(folder / name) for name in ("mine.db", "third.db"))
    seed(mine, size)
    wanted = {"preview": shareable(size), "push": shareable(size), "pull": shareable(size)}
    found: dict[str, float] = {}
    for step in STEPS:
        words = [sys.executable, str(Path(__file__).with_name("sync.py")), "--step", step, "--root", root]
        words += ["--database", third if step.startswith("pull") else mine]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        count, found[step] = json.loads(done.stdout)
        assert count == wanted.get(step, count), (step, count)
    return found


def print_memory(sizes: Sequence[int], *, on_postgresql: bool) -> None:
    """Measure and print a line for each size, and what the largest takes compared with the smallest."""
    print("peak megabytes" + "".join(f"{step:>12}" for step in STEPS))
    found: list[dict[str, float]] = []
    for size, memory in measure(sizes, on_postgresql=on_postgresql):
        found.append(memory)
        print(f"{size:14,}" + "".join(f"{memory[step]:12.0f}" for step in STEPS), flush=True)
    if len(found) > 1:
        print("largest:first " + "".join(f"{found[-1][step] / found[0][step]:12.2f}" for step in STEPS))
