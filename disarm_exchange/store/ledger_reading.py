"""Reading the ledger: the cases, their runs, what they exported, and from which records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import func, select

from disarm_exchange.errors import UserError, did_you_mean
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.ledger_tables import (
    ledger_cases,
    ledger_objects,
    ledger_records,
    ledger_runs,
    ledger_sources,
    ledger_versions,
)


@dataclass(frozen=True, slots=True)
class KnownObject:
    """What the ledger holds of one object.

    Attributes:
        created: as first exported; None for an observable, which has no times.
        modified: of the newest version exported.
        last_run: the newest run that found it.
    """

    case_id: str
    object_id: str
    type: str
    created: str | None
    modified: str | None
    revoked: bool
    last_run: int
    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """One conversion that went through the ledger. `changes` counts objects by what happened to them."""

    run: int
    at: int
    release: str
    inputs: tuple[str, ...]
    changes: dict[str, int]


KNOWN_COLUMNS = (
    ledger_objects.c.case_id,
    ledger_objects.c.object_id,
    ledger_objects.c.type,
    ledger_objects.c.created,
    ledger_objects.c.modified,
    ledger_objects.c.revoked,
    ledger_objects.c.last_run,
    ledger_objects.c.body,
    ledger_objects.c.digest,
)


def list_cases(tx: Transaction) -> list[tuple[str, str, int]]:
    """All cases of the ledger: id, name, number of runs."""
    rows = tx.connection.execute(
        select(ledger_cases.c.case_id, ledger_cases.c.name, ledger_cases.c.last_run).order_by(ledger_cases.c.name)
    )
    return [(row.case_id, row.name, row.last_run) for row in rows]


def find_case(tx: Transaction, name: str) -> tuple[str, str]:
    """The id and name of a case, by either.

    Raises:
        UserError: no such case, or several of that name.
    """
    cases = list_cases(tx)
    found = [(case_id, title) for case_id, title, _ in cases if name in (case_id, title)]
    if not found:
        found = [(case_id, title) for case_id, title, _ in cases if title.casefold() == name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"several cases are called {name!r}", fix="give the id: " + ", ".join(one for one, _ in found))
    known = ", ".join(title for _, title, _ in cases[:10]) or "none yet"
    raise UserError(
        f"no case {name!r} in the ledger", fix=did_you_mean(name, (title for _, title, _ in cases), f"known: {known}")
    )


def case_objects(tx: Transaction, case_id: str) -> Iterator[KnownObject]:
    """What the case has exported and not revoked, by id."""
    rows = tx.connection.execute(
        select(*KNOWN_COLUMNS)
        .where(ledger_objects.c.case_id == case_id, ledger_objects.c.revoked.is_(False))
        .order_by(ledger_objects.c.object_id)
    )
    for row in rows:
        yield KnownObject(*row)


def count_objects(tx: Transaction, case_id: str) -> dict[str, int]:
    """Objects of a case by type, revoked ones left out."""
    rows = tx.connection.execute(
        select(ledger_objects.c.type, func.count())
        .where(ledger_objects.c.case_id == case_id, ledger_objects.c.revoked.is_(False))
        .group_by(ledger_objects.c.type)
        .order_by(ledger_objects.c.type)
    )
    return {row[0]: row[1] for row in rows}


def runs_of(tx: Transaction, case_id: str) -> list[Run]:
    """The runs of a case, oldest first."""
    rows = tx.connection.execute(
        select(ledger_runs).where(ledger_runs.c.case_id == case_id).order_by(ledger_runs.c.run)
    )
    return [
        Run(row.run, row.at, row.release, tuple(orjson.loads(row.inputs)), orjson.loads(row.changes)) for row in rows
    ]


def changes_of_run(tx: Transaction, case_id: str, run: int) -> list[tuple[str, str]]:
    """What a run did: (change, object id), by change and id."""
    rows = tx.connection.execute(
        select(ledger_versions.c.change, ledger_versions.c.object_id)
        .where(ledger_versions.c.case_id == case_id, ledger_versions.c.run == run)
        .order_by(ledger_versions.c.change, ledger_versions.c.object_id)
    )
    return [(row.change, row.object_id) for row in rows]


def known_objects(tx: Transaction, object_id: str) -> list[KnownObject]:
    """Every case's record of one object."""
    rows = tx.connection.execute(
        select(*KNOWN_COLUMNS).where(ledger_objects.c.object_id == object_id).order_by(ledger_objects.c.case_id)
    )
    return [KnownObject(*row) for row in rows]


def versions_of(tx: Transaction, case_id: str, object_id: str) -> list[tuple[int, str | None, str]]:
    """The versions of an object in a case: run, `modified`, what happened; oldest first."""
    rows = tx.connection.execute(
        select(ledger_versions.c.run, ledger_versions.c.modified, ledger_versions.c.change)
        .where(ledger_versions.c.case_id == case_id, ledger_versions.c.object_id == object_id)
        .order_by(ledger_versions.c.run)
    )
    return [(row.run, row.modified, row.change) for row in rows]


def source_lines(tx: Transaction, case_id: str, object_id: str, *, limit: int = 100) -> list[bytes]:
    """The account lines of the newest run whose records give this object."""
    rows = tx.connection.execute(
        select(ledger_records.c.body)
        .join(
            ledger_sources,
            (ledger_sources.c.case_id == ledger_records.c.case_id) & (ledger_sources.c.line == ledger_records.c.line),
        )
        .where(ledger_sources.c.case_id == case_id, ledger_sources.c.object_id == object_id)
        .order_by(ledger_records.c.line)
        .limit(limit)
    ).scalars()
    return [bytes(body) for body in rows]
