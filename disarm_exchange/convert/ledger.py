"""A conversion that remembers: its objects pass through the case's ledger, or straight through where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_exchange.convert.account import AccountLine
from disarm_exchange.convert.frame import Frame
from disarm_exchange.findings.case import Case
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import PROJECT_IDENTITY_ID
from disarm_exchange.stix.timestamps import format_timestamp

if TYPE_CHECKING:
    from disarm_exchange.store.ledger import Ledger


class CaseLedger:
    """The case's ledger during one conversion; without a database it changes nothing."""

    def __init__(self, ledger: Ledger | None, frame: Frame) -> None:
        self._ledger = ledger
        self._frame = frame

    @property
    def changes(self) -> dict[str, int] | None:
        """Objects by what happened to them; None where nothing is remembered."""
        return dict(self._ledger.changes) if self._ledger is not None else None

    def recorded(self, line: AccountLine) -> AccountLine:
        """The account line, kept in the ledger; its ids are those the objects are exported under."""
        ledger = self._ledger
        if ledger is None:
            return line
        line = replace(line, object_ids=tuple(ledger.current_id(one) for one in line.object_ids))
        frame = self._frame
        called = [frame.own("relationship", "uses", frame.case_id, technique_stix_id(one)) for one in line.techniques]
        ledger.note_record(line.to_json(), [*line.object_ids, *called])
        return line

    def settled(self, objects: Iterable[StixObject], *, revoke_missing: bool) -> Iterator[StixObject]:
        """The objects as they are exported now, then what this run revokes."""
        if self._ledger is None:
            yield from objects
            return
        yield from self._ledger.settle(objects, shared=(PROJECT_IDENTITY_ID,))
        yield from self._ledger.close(revoke_missing=revoke_missing)


@contextmanager
def open_case_ledger(
    location: str | None, case: Case, *, release: str, inputs: Sequence[Path], as_of: datetime | None
) -> Iterator[CaseLedger]:
    """The ledger of a case at a database's location; what the block does is kept when it ends well.

    Raises:
        UserError: the database cannot be opened.
    """
    frame = Frame.of(case)
    if location is None:
        yield CaseLedger(None, frame)
        return
    # A database takes a quarter of a second to import, which conversions without one need not spend.
    from disarm_exchange.store.clock import from_text  # noqa: PLC0415
    from disarm_exchange.store.database import Database  # noqa: PLC0415
    from disarm_exchange.store.ledger import open_ledger  # noqa: PLC0415

    moment = from_text(format_timestamp(as_of or datetime.now(UTC)))
    with Database.open(location) as database, database.write() as tx:
        names = [path.name for path in inputs]
        yield CaseLedger(open_ledger(tx, frame.case_id, case.name, at=moment, release=release, inputs=names), frame)
