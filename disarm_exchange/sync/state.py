"""How the peers stand, for people and for monitoring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from disarm_exchange.store import Database, Transaction
from disarm_exchange.store.peers import count_failures
from disarm_exchange.store.runs import GONE, at_work, last_runs, last_success
from disarm_exchange.store.tables import quarantine
from disarm_exchange.sync.config import SyncConfig
from disarm_exchange.sync.run import lease_of
from disarm_exchange.sync.schedule import due_at, started

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PeerState:
    """How one peer stands.

    Attributes:
        outcome: of its last run; `never` before the first.
        last_run: when it began.
        lag: time since the last run that was ok ended; None: there was none.
        last_success: when that was.
        next_run: when it is due; None: only by hand.
        counts: of the last run.
        failures: object versions that the peer did not take.
        quarantined: objects from it that wait for a decision.
        reason: why the last run was not ok.
    """

    peer: str
    enabled: bool
    outcome: str
    last_run: datetime | None
    lag: timedelta | None
    next_run: datetime | None
    last_success: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: int = 0
    quarantined: int = 0
    reason: str = ""

    def to_dict(self) -> dict[str, object]:
        """As JSON."""
        return {
            "peer": self.peer,
            "enabled": self.enabled,
            "outcome": self.outcome,
            "last_run": _text(self.last_run),
            "last_success": _text(self.last_success),
            "lag_seconds": None if self.lag is None else round(self.lag.total_seconds()),
            "next_run": _text(self.next_run),
            "counts": dict(self.counts),
            "failures": self.failures,
            "quarantined": self.quarantined,
            "reason": self.reason,
        }


def states(database: Database, config: SyncConfig, *, now: datetime) -> list[PeerState]:
    """How all peers of a configuration stand."""
    found: list[PeerState] = []
    with database.read() as tx:
        runs = last_runs(tx)
        working = at_work(tx, now=(now - _EPOCH) // timedelta(microseconds=1))
        for peer in config.peers.values():
            run = runs.get(peer.name)
            found_success = last_success(tx, peer.name)
            success = None if found_success is None else _EPOCH + timedelta(microseconds=found_success)
            if run is not None and run.outcome == "running" and lease_of(peer.name) not in working:
                run = replace(run, outcome="failed", reason=GONE)
            due = due_at(peer, run, now) if peer.enabled else None
            found.append(
                PeerState(
                    peer=peer.name,
                    enabled=peer.enabled,
                    outcome="never" if run is None else run.outcome,
                    last_run=started(run),
                    lag=None if success is None else now - success,
                    last_success=success,
                    next_run=None if due is None else max(due, now),
                    counts={} if run is None else run.counts,
                    failures=count_failures(tx, peer.name),
                    quarantined=_quarantined(tx, peer.name),
                    reason="" if run is None else run.reason,
                )
            )
    return found


_GAUGES = {
    "last_success_age_seconds": "Time since the last run that was ok.",
    "last_success_timestamp_seconds": "When the last run that was ok ended; tells the truth also when it is read late.",
    "last_run_ok": "Whether the last run was ok.",
    "failures": "Object versions that the peer did not take.",
    "quarantined": "Objects from the peer that wait for a decision.",
}


def metrics(found: Iterable[PeerState]) -> str:
    """The states in the text format of Prometheus, for a text file collector."""
    rows = list(found)
    lines: list[str] = []
    for name, help_text in _GAUGES.items():
        full = f"disarm_exchange_sync_{name}"
        lines += [f"# HELP {full} {help_text}", f"# TYPE {full} gauge"]
        for one in rows:
            value = _gauge(one, name)
            if value is not None:
                lines.append(f'{full}{{peer="{one.peer}"}} {value:.15g}')
    full = "disarm_exchange_sync_objects"
    lines += [f"# HELP {full} Objects of the last run by what became of them.", f"# TYPE {full} gauge"]
    for one in rows:
        lines += [f'{full}{{peer="{one.peer}",fate="{fate}"}} {count}' for fate, count in one.counts.items()]
    return "\n".join(lines) + "\n"


def _gauge(one: PeerState, name: str) -> float | None:
    if name == "last_success_age_seconds":
        return None if one.lag is None else one.lag.total_seconds()
    if name == "last_success_timestamp_seconds":
        return None if one.last_success is None else one.last_success.timestamp()
    if name == "last_run_ok":
        return float(one.outcome == "ok")
    return float(one.failures if name == "failures" else one.quarantined)


def _quarantined(tx: Transaction, peer: str) -> int:
    query = select(func.count()).select_from(quarantine).where(quarantine.c.peer == peer)
    return tx.connection.execute(query).scalar_one()


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
