"""`disarm-exchange sync`: bring us and our peers into step, by hand, by timer, or as a process of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event

import click
import orjson

from disarm_exchange.cli.administration import json_option, show, show_one
from disarm_exchange.cli.completing import peers as peer_names
from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.logs import set_up_logs
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.quiet import is_quiet, tell
from disarm_exchange.cli.syncing import Setup, read_setup, setup_options, shown_moment, shown_span
from disarm_exchange.errors import UserError
from disarm_exchange.store import Database
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.peers import list_conflicts
from disarm_exchange.store.runs import list_runs
from disarm_exchange.sync.clocks import shared_clock
from disarm_exchange.sync.daemon import Daemon
from disarm_exchange.sync.metrics_file import MetricsFile
from disarm_exchange.sync.run import RunReport, Terms, run_peer
from disarm_exchange.sync.same_techniques import SameTechniques
from disarm_exchange.sync.schedule import check_schedule, run_due
from disarm_exchange.sync.settle import settle
from disarm_exchange.sync.state import PeerState, metrics, states

_FINE = frozenset({"ok", "busy"})
_SHOWN_COUNTS = (
    "fetched",
    "new",
    "updated",
    "revoked",
    "unchanged",
    "refused",
    "conflicts",
    "sent",
    "failed",
    "withheld",
)


@click.group("sync")
def command() -> None:
    """Pull from and push to the peers of the configuration."""


@command.command("run", epilog="Example, from a timer: disarm-exchange sync run --due")
@click.argument("peers", nargs=-1, shell_complete=peer_names)
@setup_options
@click.option("--due", is_flag=True, help="Only the peers that are due now by their schedules.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Peers at a time, with --due."
)
@json_option
def run(peers: tuple[str, ...], config_file: Path, location: str | None, due: bool, workers: int, as_json: bool) -> int:
    """Run the named PEERS, or all enabled ones, once.

    Exit code 1: for some peer not everything could be done. 2: for none anything.
    """
    setup = read_setup(config_file, location)
    if due and peers:
        raise UserError("--due chooses the peers itself", fix="give either names or --due")
    chosen = [setup.config.peer(name) for name in peers] or [
        peer for peer in setup.config.peers.values() if peer.enabled
    ]
    with setup.open() as database, progress() as on_step:
        terms = Terms(clock=shared_clock(database), on_step=on_step)
        if due:
            reports = run_due(database, setup.config, terms, workers=workers)
        else:
            reports = [run_peer(database, setup.config, peer, terms) for peer in chosen]
    _print(reports, as_json=as_json, quiet=is_quiet())
    if due and not reports:
        tell("no peer is due")
    outcomes = {report.outcome for report in reports} - _FINE
    if not outcomes:
        return 0
    return 2 if outcomes == {"failed"} and all(report.outcome == "failed" for report in reports) else 1


@command.command("daemon", epilog="Example: disarm-exchange sync daemon --config sync.toml")
@setup_options
@click.option("--workers", default=4, show_default=True, type=click.IntRange(1, 64), help="Peers at a time.")
@click.option(
    "--metrics-file",
    type=click.Path(path_type=Path),
    help="Kept up to date, for the textfile collector of node_exporter.",
)
@json_option
def daemon(config_file: Path, location: str | None, workers: int, metrics_file: Path | None, as_json: bool) -> None:
    """Run every peer when it is due, until stopped. What is under way at a stop is finished.

    Logs go to stderr, one line for the beginning and end of each run, as JSON where stderr is no terminal.
    """
    setup = read_setup(config_file, location)
    for peer in setup.config.peers.values():
        check_schedule(peer.schedule)
    if not any(peer.schedule.every or peer.schedule.cron for peer in setup.config.peers.values() if peer.enabled):
        raise UserError("no peer has a schedule", where=str(config_file), fix='give one every = "5m", or cron')
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with setup.open() as database:
        clock = shared_clock(database)
        kept = None if metrics_file is None else MetricsFile(metrics_file, database, setup.config, clock)
        if kept is not None:
            kept.write()
        tell("Running peers when they are due (stop with Ctrl-C)")
        quiet = is_quiet()  # asked here: runs end in threads of their own
        set_up_logs("warning" if quiet else "info")

        def told(report: RunReport) -> None:
            if as_json or sys.stderr.isatty():
                _print([report], as_json=as_json, quiet=quiet, lines=True)
            if kept is not None:
                kept.refresh()

        def sleep(seconds: float) -> bool:
            if kept is not None:
                kept.refresh()
            return stop.wait(seconds)

        Daemon(database, setup.config, Terms(clock=clock), workers, sleep, told).run()


@command.command("status", epilog="Example: disarm-exchange sync status")
@setup_options
@json_option
@click.option("--metrics", "as_metrics", is_flag=True, help="In the text format of Prometheus.")
def status(config_file: Path, location: str | None, as_json: bool, as_metrics: bool) -> int:
    """How each peer stands: last run, lag, what waits. Exit code 1: a peer's last run was not ok."""
    setup = read_setup(config_file, location)
    with setup.open() as database:
        found = _states(database, setup)
    if as_metrics:
        click.echo(metrics(found), nl=False)
    else:
        show([_row(state, as_json=as_json) for state in found], as_json=as_json, title="Peers")
    return 1 if any(state.outcome in ("partial", "failed") for state in found) else 0


@command.command("history", epilog="Example: disarm-exchange sync history --json")
@click.argument("peer", required=False, shell_complete=peer_names)
@setup_options
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many runs.")
@json_option
def history(peer: str | None, config_file: Path, location: str | None, limit: int, as_json: bool) -> None:
    """The latest runs, the latest first."""
    setup = read_setup(config_file, location)
    with setup.open() as database, database.read() as tx:
        runs = list_runs(tx, peer=peer, limit=limit)
    if not runs and peer is not None:
        setup.config.peer(peer)  # a name of nobody is told as such
    rows: list[dict[str, object]] = []
    for one in runs:
        counts = {name: count for name, count in one.counts.items() if count}
        rows.append(
            {
                "peer": one.peer,
                "started": shown_moment(one.started_at, as_json=as_json),
                "ended": shown_moment(one.ended_at, as_json=as_json),
                "outcome": one.outcome,
                "counts": counts,
                "reason": one.reason,
                "worker": one.worker,
            }
        )
    show(rows, as_json=as_json, title="Runs")


@command.command("conflicts", epilog="Example: disarm-exchange sync conflicts")
@click.argument("peer", required=False, shell_complete=peer_names)
@setup_options
@json_option
def conflicts(peer: str | None, config_file: Path, location: str | None, as_json: bool) -> None:
    """What was received and not taken over, because only its creator may revise an object."""
    setup = read_setup(config_file, location)
    with setup.open() as database, database.read() as tx:
        found = list_conflicts(tx, peer=peer)
    rows: list[dict[str, object]] = [
        {
            "peer": one.peer,
            "id": one.stix_id,
            "version": one.version,
            "kind": one.kind,
            "reason": one.reason,
            "received": shown_moment(one.at, as_json=as_json),
        }
        for one in found
    ]
    show(rows, as_json=as_json, title="Conflicts")


@command.command("techniques", epilog="Example: disarm-exchange sync techniques --json")
@setup_options
@json_option
def techniques(config_file: Path, location: str | None, as_json: bool) -> None:
    """DISARM techniques that peers know under several STIX ids: the objects stay as they came, and count as one."""
    setup = read_setup(config_file, location)
    with setup.open() as database:
        with database.read() as tx:
            numbers = [collection.number for collection in list_collections(tx)]
        found = SameTechniques(database, numbers).under_several_ids()
    rows: list[dict[str, object]] = [{"technique": name, "ids": ids} for name, ids in found.items()]
    show(rows, as_json=as_json, title="Techniques under several STIX ids")


@command.command("settle", epilog="Example: disarm-exchange sync settle campaign--... --creator identity--...")
@click.argument("stix_id", metavar="ID")
@click.option("--creator", required=True, metavar="IDENTITY", help="The identity whose object it is.")
@setup_options
@json_option
def settle_claim(stix_id: str, creator: str, config_file: Path, location: str | None, as_json: bool) -> None:
    """Decide whose an object is, where two organisations claim one ID (see `sync conflicts`).

    What came first is kept until you say so. Versions by anybody else go on record; those of IDENTITY count.
    """
    setup = read_setup(config_file, location)
    with setup.open() as database:
        done = settle(database, setup.config, stix_id, creator)
    row: dict[str, object] = {"id": stix_id, "creator": creator, "aside": done.aside, "taken": done.taken}
    sentence = f"{counted(done.aside, 'version')} put aside, {done.taken:,} of {creator} taken over"
    show_one(row, as_json=as_json, sentence=sentence)


def _print(reports: Sequence[RunReport], *, as_json: bool, quiet: bool, lines: bool = False) -> None:
    if as_json:
        if lines:
            for report in reports:
                click.echo(orjson.dumps(report.to_dict()))
            return
        click.echo(orjson.dumps([report.to_dict() for report in reports], option=orjson.OPT_INDENT_2))
        return
    for report in reports:
        if quiet and report.outcome in _FINE:
            continue
        counts = ", ".join(f"{report.counts[name]:,} {name}" for name in _SHOWN_COUNTS if report.counts[name])
        click.echo(f"{report.peer}: {report.outcome}{': ' if counts else ''}{counts or ''}", err=True)
        if report.as_one:
            some = ", ".join(f"{name} ({len(ids)} ids)" for name, ids in list(report.as_one.items())[:5])
            came = counted(len(report.as_one), "technique")
            click.echo(f"  {came} came under a further STIX id and count as one: {some}", err=True)
        remarks = [*report.notes, *(f"the server {oddity}" for oddity in report.oddities)]
        for text in (*report.reasons, *(f"note: {remark}" for remark in remarks)):
            click.echo(f"  {text}", err=True)


def _states(database: Database, setup: Setup) -> list[PeerState]:
    return states(database, setup.config, now=shared_clock(database)())


def _row(state: PeerState, *, as_json: bool) -> dict[str, object]:
    if as_json:
        return state.to_dict()
    lag = state.lag
    return {
        "peer": state.peer,
        "outcome": state.outcome,
        "last run": "" if state.last_run is None else state.last_run.strftime("%Y-%m-%d %H:%M:%SZ"),
        "last success": "never" if lag is None else f"{shown_span(lag / timedelta(seconds=1))} ago",
        "next": "by hand" if state.next_run is None else state.next_run.strftime("%Y-%m-%d %H:%M:%SZ"),
        "not taken there": state.failures,
        "in quarantine": state.quarantined,
        "reason": state.reason,
    }
