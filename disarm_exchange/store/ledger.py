"""The ledger of a case: which objects it has exported, in which versions, and from which records.

    with database.write() as tx:
        ledger = open_ledger(tx, case_id, name, at=moment, release="1.7", inputs=["findings.csv"])
        for item in ledger.settle(objects):       # unchanged: as exported before; changed: a new `modified`
            ...
        ledger.note_record(line, object_ids)
        ledger.close(revoke_missing=True)         # what vanished, revoked

Nothing of a run is kept unless its transaction commits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

import orjson
from sqlalchemy import delete, insert, select, update

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import PROJECT_NAMESPACE, uuid5_text
from disarm_exchange.stix.timestamps import later_timestamp
from disarm_exchange.store import clock
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.ledger_reading import KNOWN_COLUMNS, KnownObject
from disarm_exchange.store.ledger_tables import (
    ledger_cases,
    ledger_objects,
    ledger_records,
    ledger_runs,
    ledger_sources,
    ledger_versions,
)

_BATCH = 500
_TIMES = ("created", "modified")


class Ledger:
    """A case's ledger during one run; made by `open_ledger`."""

    def __init__(
        self, tx: Transaction, case_id: str, run: int, *, at: int, release: str, inputs: Sequence[str]
    ) -> None:
        self.changes: Counter[str] = Counter()
        self._tx = tx
        self._case_id = case_id
        self._run = run
        self._at = at
        self._release = release
        self._inputs = list(inputs)
        self._lines = 0
        self._waiting: list[tuple[bytes, Sequence[str]]] = []
        self._successors = self._revoked_ids()

    def settle(self, objects: Iterable[StixObject], *, shared: Iterable[str] = ()) -> Iterator[StixObject]:
        """The objects as they are to be exported now, in order.

        An object that says what it said before keeps its times; one that says something new keeps `created` and gets
        a new `modified`; a new one is taken as it is. Objects created by one of `shared` are vocabulary that belongs
        to no case: they pass unchanged. An object that was revoked may never come back (STIX 2.1 section 3.6.2), so a
        finding that returns is exported under a successor id, everywhere it is mentioned.
        """
        creators = frozenset(shared)
        stream = iter(objects)
        while batch := list(islice(stream, _BATCH)):
            own = [self._renamed(item) if item.get("created_by_ref") not in creators else item for item in batch]
            known = self._known([str(item["id"]) for item in own])
            fresh: list[tuple[StixObject, bytes, str]] = []
            for position, item in enumerate(own):
                if item.get("created_by_ref") in creators:
                    continue
                digest = _digest(item)
                own[position], change = self._settled(item, digest, known.get(str(item["id"])))
                if change is not None:
                    fresh.append((own[position], digest, change))
            self._touch([str(item["id"]) for item in own if str(item["id"]) in known])
            self._write(fresh, known)
            yield from own

    def current_id(self, object_id: str) -> str:
        """The id an object is exported under: its own, or its successor's where its own was revoked."""
        return self._successors.get(object_id, object_id)

    def note_record(self, line: bytes, object_ids: Sequence[str]) -> None:
        """Keep one account line, and which objects its record gives."""
        self._waiting.append((line, object_ids))
        if len(self._waiting) >= _BATCH:
            self._flush_records()

    def close(self, *, revoke_missing: bool) -> Iterator[StixObject]:
        """End the run. With `revoke_missing`, the objects that this run no longer found, revoked as of now.

        Observables carry no times and cannot be revoked; they are only left out.
        """
        self._flush_records()
        missing = list(self._missing())
        self.changes["missing"] = len(missing)
        if revoke_missing:
            for known in missing:
                if known.modified is None:
                    continue
                item: StixObject = orjson.loads(known.body)
                item["modified"] = self._next_moment(known.modified)
                item["revoked"] = True
                self._write([(item, _digest(item), "revoked")], {known.object_id: known})
                self.changes["revoked"] += 1
                yield item
        self._tx.connection.execute(
            insert(ledger_runs).values(
                case_id=self._case_id,
                run=self._run,
                at=self._at,
                release=self._release,
                inputs=orjson.dumps(self._inputs).decode(),
                changes=orjson.dumps(dict(self.changes), option=orjson.OPT_SORT_KEYS).decode(),
            )
        )

    def _settled(self, item: StixObject, digest: bytes, known: KnownObject | None) -> tuple[StixObject, str | None]:
        if known is None:
            self.changes["new"] += 1
            return item, "new"
        # The digest covers what is said, so equal digests and equal times mean equal bytes.
        if known.digest == digest:
            self.changes["unchanged"] += 1
            return (item if known.modified is None else {**item, **_times_of(known)}), None
        self.changes["changed"] += 1
        if known.modified is None:
            return item, "changed"
        modified = self._next_moment(known.modified)
        return {**item, "created": known.created, "modified": modified}, "changed"

    def _next_moment(self, after: str) -> str:
        return later_timestamp(clock.to_text(self._at), after)

    def _known(self, object_ids: Sequence[str]) -> dict[str, KnownObject]:
        rows = self._tx.connection.execute(
            select(*KNOWN_COLUMNS).where(
                ledger_objects.c.case_id == self._case_id, ledger_objects.c.object_id.in_(object_ids)
            )
        )
        return {row.object_id: KnownObject(*row) for row in rows}

    def _missing(self) -> Iterator[KnownObject]:
        rows = self._tx.connection.execute(
            select(*KNOWN_COLUMNS)
            .where(
                ledger_objects.c.case_id == self._case_id,
                ledger_objects.c.last_run < self._run,
                ledger_objects.c.revoked.is_(False),
            )
            .order_by(ledger_objects.c.object_id)
        )
        for row in rows:
            yield KnownObject(*row)

    def _touch(self, object_ids: Sequence[str]) -> None:
        if object_ids:
            self._tx.connection.execute(
                update(ledger_objects)
                .where(ledger_objects.c.case_id == self._case_id, ledger_objects.c.object_id.in_(object_ids))
                .values(last_run=self._run)
            )

    def _write(self, items: Sequence[tuple[StixObject, bytes, str]], known: dict[str, KnownObject]) -> None:
        if not items:
            return
        connection = self._tx.connection
        old = [str(item["id"]) for item, _, _ in items if str(item["id"]) in known]
        if old:
            connection.execute(
                delete(ledger_objects).where(
                    ledger_objects.c.case_id == self._case_id, ledger_objects.c.object_id.in_(old)
                )
            )
        rows = [
            {
                "case_id": self._case_id,
                "object_id": item["id"],
                "type": item["type"],
                "digest": digest,
                "created": item.get("created"),
                "modified": item.get("modified"),
                "revoked": change == "revoked",
                "last_run": self._run,
                "body": orjson.dumps(item),
            }
            for item, digest, change in items
        ]
        versions = [
            {
                "case_id": self._case_id,
                "object_id": item["id"],
                "run": self._run,
                "modified": item.get("modified"),
                "change": change,
            }
            for item, _, change in items
        ]
        connection.execute(insert(ledger_objects), rows)
        connection.execute(insert(ledger_versions), versions)

    def _flush_records(self) -> None:
        records = []
        sources: list[dict[str, object]] = []
        for line, object_ids in self._waiting:
            self._lines += 1
            records.append({"case_id": self._case_id, "line": self._lines, "body": line})
            sources.extend(
                {"case_id": self._case_id, "line": self._lines, "object_id": self.current_id(one)}
                for one in dict.fromkeys(object_ids)
            )
        self._waiting.clear()
        if records:
            self._tx.connection.execute(insert(ledger_records), records)
        if sources:
            self._tx.connection.execute(insert(ledger_sources), sources)

    def _revoked_ids(self) -> dict[str, str]:
        """For each revoked id its successor: the same key, one generation on."""
        rows = self._tx.connection.execute(
            select(ledger_objects.c.object_id).where(
                ledger_objects.c.case_id == self._case_id, ledger_objects.c.revoked.is_(True)
            )
        ).scalars()
        revoked = set(rows)
        successors: dict[str, str] = {}
        for first in revoked:
            last = first
            while last in revoked:
                last = _successor(last)
            successors[first] = last
        return successors

    def _renamed(self, item: StixObject) -> StixObject:
        if not self._successors:
            return item
        renamed = {name: self._rename(name, value) for name, value in item.items()}
        listed = renamed.get("object_refs")
        if item["type"] == "report" and isinstance(listed, list):
            listed.sort()
        return renamed

    def _rename(self, name: str, value: object) -> object:
        if isinstance(value, str) and (name == "id" or name.endswith("_ref")):
            return self._successors.get(value, value)
        if isinstance(value, list) and name.endswith("_refs"):
            return [self._successors.get(one, one) for one in value]
        return value


def open_ledger(tx: Transaction, case_id: str, name: str, *, at: int, release: str, inputs: Sequence[str]) -> Ledger:
    """Begin a run of a case.

    Args:
        tx: a transaction of `Database.write`; the run is kept when it commits.
        case_id: the id of the case's campaign or intrusion set.
        name: what the case is called.
        at: now, in microseconds; it becomes `modified` of what changed.
        release: the DISARM release that techniques are named by.
        inputs: names of the files read.
    """
    connection = tx.connection
    last = connection.execute(select(ledger_cases.c.last_run).where(ledger_cases.c.case_id == case_id)).scalar()
    if last is None:
        connection.execute(insert(ledger_cases).values(case_id=case_id, name=name, last_run=1))
    else:
        changed = update(ledger_cases).where(ledger_cases.c.case_id == case_id)
        connection.execute(changed.values(name=name, last_run=last + 1))
    connection.execute(delete(ledger_records).where(ledger_records.c.case_id == case_id))
    connection.execute(delete(ledger_sources).where(ledger_sources.c.case_id == case_id))
    return Ledger(tx, case_id, (last or 0) + 1, at=at, release=release, inputs=inputs)


def _digest(item: StixObject) -> bytes:
    said = {name: value for name, value in item.items() if name not in _TIMES}
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()[:16]


def _times_of(known: KnownObject) -> dict[str, object]:
    return {"created": known.created, "modified": known.modified}


def _successor(object_id: str) -> str:
    object_type = object_id.partition("--")[0]
    return f"{object_type}--{uuid5_text(PROJECT_NAMESPACE.bytes, f'successor{object_id}'.encode())}"
