"""A worker that was killed keeps its peer no longer than it must."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from disarm_exchange.store.runs import GONE, list_runs, start_run, take_lease
from disarm_exchange.sync.run import lease_of
from disarm_exchange.sync.workers import is_gone, worker_name
from tests.sync.organisations import Organisation, organisations, peer_text

SAY = "from disarm_exchange.sync.workers import worker_name; print(worker_name(), flush=True); input()"


def killed() -> str:
    """The name of a worker process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", SAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert not is_gone(name)
    process.kill()
    process.communicate()
    return name


def test_only_a_process_of_this_machine_that_has_ended_is_gone() -> None:
    name = killed()
    assert is_gone(name)
    host, number, place, chance = name.rsplit(":", 3)
    assert not is_gone(worker_name())
    others = [
        f"{host}:{number}",
        f"{host}:{number}:00000000:{chance}",
        f"{host}:{number}::{chance}",
        f"{host}:x:{place}:y",
    ]
    assert not any(is_gone(other) for other in others)
    assert not is_gone(f"{host}:{10**30}:{place}:{chance}")
    assert worker_name() != worker_name()


def left_by(who: Organisation, worker: str) -> None:
    """As a killed worker leaves it: a lease taken, a run begun."""
    now = who.terms.now()
    with who.database.write() as tx:
        assert take_lease(tx, lease_of("anna"), worker, now=now, seconds=900)
        start_run(tx, "anna", worker, now=now)


@pytest.mark.parametrize("same_machine", [True, False])
def test_after_a_kill_the_next_run_on_the_machine_takes_over_at_once(tmp_path: Path, same_machine: bool) -> None:
    with organisations(tmp_path, "anna", "bert") as (anna, bert):
        bert.configure(peer_text("anna", anna.url, "bert", 'pull = ["findings"]'))
        anna.keep(anna.campaign())
        left_by(bert, killed() if same_machine else "elsewhere:77:01234567:abcdef")
        report = bert.sync("anna")
        with bert.database.read() as tx:
            runs = [(run.outcome, run.reason) for run in list_runs(tx)]
    if same_machine:
        assert (report.outcome, report.counts["new"]) == ("ok", 1)
        assert runs == [("ok", ""), ("failed", GONE)]
    else:
        assert report.outcome == "busy"
        assert "elsewhere:77" in report.reasons[0]
        assert "its turn is over at 00:15:00Z" in report.reasons[0]
        assert runs == [("running", "")]
