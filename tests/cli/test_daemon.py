"""`sync daemon` as the process that it is: its metrics, its end, two of them on one database."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from disarm_exchange.store.runs import list_runs
from tests.cli.running import run
from tests.sync.organisations import Organisation, organisations, peer_text

PROGRAM = [sys.executable, "-c", "from disarm_exchange.cli import main; main()"]


@contextmanager
def bert(folder: Path) -> Iterator[Organisation]:
    """Who pulls from anna every five minutes."""
    with organisations(folder, "anna", "bert") as (anna, found):
        anna.keep(anna.campaign())
        found.configure(peer_text("anna", anna.url, "bert", 'pull = ["findings"]', 'every = "5m"'))
        (found.folder / "sync.toml").write_text(found.settings)
        yield found


def daemon(who: Organisation, *more: str) -> subprocess.Popen[str]:
    where = ("--config", str(who.folder / "sync.toml"), "--db", str(who.folder / "exchange.db"))
    words = [*PROGRAM, "sync", "daemon", *where, *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_metrics_are_kept_in_a_file_and_a_stop_ends_it_well(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics" / "sync.prom"
    metrics.parent.mkdir()
    with bert(tmp_path) as who:
        process = daemon(who, "--metrics-file", str(metrics), "--json")
        wait_for(lambda: metrics.exists() and 'last_run_ok{peer="anna"} 1' in metrics.read_text())
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["outcome"] == "ok"
    lines = metrics.read_text().splitlines()
    assert 'disarm_exchange_sync_objects{peer="anna",fate="new"} 1' in lines
    seen = next(line for line in lines if line.startswith("disarm_exchange_sync_last_success_timestamp_seconds{"))
    assert abs(float(seen.rpartition(" ")[2]) - metrics.stat().st_mtime) < 60
    helped = {line.split()[2] for line in lines if line.startswith("# HELP")}
    assert {line.partition("{")[0] for line in lines if not line.startswith("#")} <= helped
    assert [one.name for one in metrics.parent.iterdir()] == ["sync.prom"]


def test_a_metrics_file_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    with bert(tmp_path) as who:
        where = ("--config", who.folder / "sync.toml", "--db", who.folder / "exchange.db")
        done = run("sync", "daemon", *where, "--metrics-file", tmp_path / "nowhere" / "sync.prom")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "cannot be written" in done.err


def test_two_daemons_on_one_database_run_a_peer_once(tmp_path: Path) -> None:
    def ended() -> bool:
        with who.database.read() as tx:
            return any(one.outcome == "ok" for one in list_runs(tx))

    with bert(tmp_path) as who:
        up = [tmp_path / f"{number}.prom" for number in range(2)]  # written once a daemon listens to signals
        both = [daemon(who, "--metrics-file", str(path)) for path in up]
        wait_for(lambda: ended() and all(path.exists() for path in up))
        for process in both:
            process.send_signal(signal.SIGTERM)
        told = [process.communicate(timeout=60)[1] for process in both]
        with who.database.read() as tx:
            runs = list_runs(tx)
    assert [process.returncode for process in both] == [0, 0], told
    assert [one.outcome for one in runs] == ["ok"]
    assert sum("run ended" in text for text in told) == 1
