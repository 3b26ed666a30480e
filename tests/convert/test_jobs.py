"""Several processes give the bytes of one; a process that dies, or a run that is killed, leaves nothing half done."""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.convert import block, work, workers
from disarm_exchange.convert.assembly import Assembly
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.job import LARGE_BYTES, Job, convert_files, usual_jobs
from disarm_exchange.convert.summary import Summary
from disarm_exchange.convert.work import Work, converted
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.errors import UserError
from disarm_exchange.findings.reader import unheard
from disarm_exchange.stix.bundle import Container, separator_in
from tests.convert.converting import OPTIONS, SAMPLES, table

DOMAINS = "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains to support influence operations"
ACCOUNTS = "0. Acquiring assets,0.9 Acquiring social media accounts,0.9.4 Acquiring X / Twitter accounts"


def rows(count: int) -> list[str]:
    """Findings that repeat now and then, over several blocks, with a row that cannot be read."""
    found = [
        f"{DOMAINS},site{n % 4000}[.]example,note {n % 7}" if n % 3 else f"{ACCOUNTS},https://x[.]com/user{n % 900},"
        for n in range(count)
    ]
    found[count // 2] = "a,b,c,d,e,f,too many"
    return found


@pytest.mark.parametrize("container", list(Container))
def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path, container: Container) -> None:
    inputs = (table(tmp_path / "many.csv", *rows(3 * block.RECORDS + 17)), *SAMPLES)
    results = []
    for jobs in (1, 3):
        out, account = tmp_path / f"{jobs}.json", tmp_path / f"{jobs}.account"
        job = Job(inputs, out, options=OPTIONS, account=account, container=container, jobs=jobs)
        result = convert_files(job)
        results.append(
            (out.read_bytes(), account.read_bytes(), result.summary.as_dict(), result.remarks, result.issues)
        )
    assert results[0] == results[1]
    assert results[0][0].count(b"user-account--") > 900
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "1.account", "1.json", "3.account", "3.json", "many.csv",
    ]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 12), min_size=1, max_size=30), st.integers(1, 9))
def test_where_blocks_end_does_not_matter(numbers: list[int], size: int) -> None:
    cells = ["https://bit[.]ly/a", "12 accounts", "some words about it", *(f"site{n}[.]example" for n in range(10))]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        source = table(Path(name) / "f.csv", *(f"{DOMAINS},{cells[number]},{number % 3}" for number in numbers))
        whole = written(source)
        patch.setattr(work, "RECORDS", size)
        assert written(source) == whole


def written(source: Path) -> tuple[list[bytes], dict[str, object]]:
    """The bodies that a file gives, and the figures."""
    from dataclasses import replace

    case = replace(OPTIONS, name="Test Case").complete()
    todo = Work((source,), case, "1.7", (), None, None, work.Model.BOTH, Container.JSONL, all_lines=False)
    summary = Summary()
    assembly = Assembly(case, Frame.of(case), Catalogue.load("1.7"), summary, separator=separator_in(Container.JSONL))
    groups = list(assembly.opening())
    for one in converted(todo, lambda _: True, unheard):
        assert one is not None
        groups += assembly.add(one)
    groups += assembly.closing()
    return [group.body for group in groups], summary.as_dict()


def test_a_fault_in_a_worker_is_told_as_in_one_process(tmp_path: Path) -> None:
    source = table(tmp_path / "f.csv", *rows(100))
    source.write_bytes(source.read_bytes() + b"\xff\xfe broken\n")
    said = []
    for jobs in (1, 2):
        with pytest.raises(UserError) as caught:
            convert_files(Job((source,), tmp_path / "out.json", options=OPTIONS, jobs=jobs))
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]


SCRIPT = """
import signal
import sys
from pathlib import Path
from disarm_exchange.convert.job import Job, convert_files
from disarm_exchange.errors import UserError
from tests.convert.converting import OPTIONS
if __name__ == "__main__":
    # A test run that was started in the background has Ctrl-C ignored, and hands that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    def told(done):
        print(done.done, flush=True)
    source, out, jobs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    try:
        convert_files(Job((source,), out, options=OPTIONS, jobs=jobs), told)
    except UserError as error:
        print(f"told: {error}", flush=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def begun(source: Path, out: Path, jobs: int, blocks: int) -> subprocess.Popen[str]:
    """A conversion in a process of its own, so many blocks on its way."""
    script = source.with_name("run.py")
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), str(source), str(out), str(jobs)]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)})
    assert process.stdout is not None
    for _ in range(blocks):
        assert process.stdout.readline()
    return process


def children(pid: int) -> list[int]:
    """The worker processes of a process; the one that Python keeps for semaphores is none."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@linux
@pytest.mark.parametrize(("jobs", "blocks"), [(1, 3), (2, 1)])
def test_a_killed_run_is_run_again_to_the_same_end(tmp_path: Path, jobs: int, blocks: int) -> None:
    source, out = table(tmp_path / "f.csv", *rows(6 * block.RECORDS)), tmp_path / "out" / "o.json"
    out.parent.mkdir()
    whole = tmp_path / "whole.json"
    convert_files(Job((source,), whole, options=OPTIONS))
    process = begun(source, out, jobs, blocks)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    assert all(gone(worker) for worker in workers)
    convert_files(Job((source,), out, options=OPTIONS, jobs=jobs))
    assert out.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in out.parent.iterdir()) == ["o.json", "o.json.quarantine.jsonl"]


@linux
def test_a_dead_worker_is_a_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    source, out = table(tmp_path / "f.csv", *rows(20 * block.RECORDS)), tmp_path / "out" / "o.json"
    out.parent.mkdir()
    process = begun(source, out, 2, 1)
    os.kill(children(process.pid)[1], signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "a worker process ended before its time (killed by SIGKILL)" in said
    assert list(out.parent.iterdir()) == []


def test_a_worker_that_dies_in_the_middle_of_an_answer_is_the_same_clear_error() -> None:
    reader, writer = multiprocessing.Pipe(duplex=False)
    os.write(writer.fileno(), struct.pack("!i", 1000) + b"not a thousand bytes")
    writer.close()
    process = multiprocessing.get_context("spawn").Process(target=os._exit, args=(3,))
    process.start()
    with pytest.raises(UserError, match=r"ended before its time \(exit code 3\)"):
        workers._answer(process, reader)


@linux
def test_interrupting_a_run_ends_its_workers(tmp_path: Path) -> None:
    source, out = table(tmp_path / "f.csv", *rows(20 * block.RECORDS)), tmp_path / "out" / "o.json"
    out.parent.mkdir()
    process = begun(source, out, 2, 1)
    workers = children(process.pid)
    assert len(workers) == 2
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert all(gone(worker) for worker in workers)
    assert list(out.parent.iterdir()) == []


def test_small_inputs_take_one_process(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"")
    os.truncate(large, LARGE_BYTES)
    assert usual_jobs(SAMPLES) == 1
    assert usual_jobs((large,)) >= 1
