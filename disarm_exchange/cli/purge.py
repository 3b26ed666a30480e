"""`disarm-exchange purge`: erase what is not to be kept any longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import click
import orjson

from disarm_exchange.cli.administration import database_option, json_option, need_collection
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.errors import UserError
from disarm_exchange.policy.retention import Retention
from disarm_exchange.store import Collection, Database, Transaction
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.audit import AuditEvent, record
from disarm_exchange.store.erasing import Gone, erase, held_by, overdue, stored_among, sweep

_NAMED = 20


@click.command("purge", epilog="Example: disarm-exchange purge --personal-for 365 --expired-for 90 --dry-run")
@click.argument("names", metavar="[COLLECTION]...", nargs=-1)
@click.option("--id", "ids", multiple=True, help="This object, for good: no version of it is ever taken again.")
@click.option("--expired-for", type=click.IntRange(0), metavar="DAYS", help="Indicators invalid for so many days.")
@click.option(
    "--personal-for",
    type=click.IntRange(0),
    metavar="DAYS",
    help="Objects with personal values (accounts, e-mail addresses, persons) that came so many days ago.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go; erase nothing.")
@database_option
@json_option
def command(
    *,
    names: tuple[str, ...],
    ids: tuple[str, ...],
    expired_for: int | None,
    personal_for: int | None,
    dry_run: bool,
    location: str,
    as_json: bool,
) -> None:
    """Erase objects from collections (default: all), with what makes no sense without them.

    Goes: every version, what search keeps of it, its copies in quarantine and among the conflicts, and what the ledger
    says of it. Stays: its id, so that it is not taken again. Peers keep what was sent to them; those are named.
    """
    if not ids and expired_for is None and personal_for is None:
        raise click.UsageError("say what is to go: --id, --expired-for or --personal-for")
    retention = Retention(datetime.now(UTC), expired_for=_days(expired_for), personal_for=_days(personal_for))
    found: list[tuple[Collection, Gone]] = []
    with Database.open(location, create=False) as database:
        with database.read() as tx:
            chosen = [need_collection(tx, name) for name in names] or list_collections(tx)
            _need_all(tx, chosen, ids)
        for one in chosen:
            found += [(one, gone) for gone in _purge(database, one.number, ids, retention, dry_run=dry_run)]
        with database.read() as tx:
            peers = held_by(tx, {gone.stix_id for _, gone in found})
        if not dry_run:
            with database.write() as tx:
                record(tx, _event(chosen, found))
            for one in chosen:
                sweep(database, one.number)
        _show(found, peers, dry_run=dry_run, as_json=as_json)
        if not dry_run:
            database.compact()


def _purge(
    database: Database, number: int, ids: Sequence[str], retention: Retention, *, dry_run: bool
) -> Iterator[Gone]:
    with database.read() as tx:
        asked = [Gone(one, "asked for") for one in sorted(stored_among(tx, number, ids))]
    yield from erase(database, number, asked, for_good=True, dry_run=dry_run)
    old = overdue(
        database,
        number,
        retention.types,
        lambda item, added: retention.verdict(item, datetime.fromtimestamp(added / 1_000_000, UTC)),
    )
    yield from erase(database, number, old, for_good=False, dry_run=dry_run)


def _need_all(tx: Transaction, chosen: Sequence[Collection], ids: Sequence[str]) -> None:
    stored = set().union(*(stored_among(tx, one.number, ids) for one in chosen))
    missing = [one for one in ids if one not in stored]
    if missing:
        raise UserError(
            "no such object in the collections", where=", ".join(missing), fix="see: disarm-exchange object list"
        )


def _days(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def _event(chosen: Sequence[Collection], found: Sequence[tuple[Collection, Gone]]) -> AuditEvent:
    counts = {one.id: sum(place is one for place, _ in found) for one in chosen}
    detail: dict[str, object] = {"erased": {place: count for place, count in counts.items() if count}}
    return AuditEvent("purge", "done", client="command line", detail=detail)


def _show(found: Sequence[tuple[Collection, Gone]], peers: dict[str, int], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        rows = [{"collection": one.id, "id": gone.stix_id, "reason": gone.reason} for one, gone in found]
        answer = {"dry_run": dry_run, "erased": rows, "held_by": peers}
        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    verb = "would go" if dry_run else "erased"
    for one, gone in found[:_NAMED]:
        click.echo(f"{gone.stix_id}: {visible(gone.reason)}; {visible(one.title)}")
    if len(found) > _NAMED:
        click.echo(f"... and {len(found) - _NAMED:,} more; all of them with --json")
    types = Counter(gone.type for _, gone in found)
    counted = ", ".join(f"{count:,} {name}" for name, count in sorted(types.items()))
    click.echo(f"{len(found):,} objects {verb}{f': {counted}' if counted else ''}.")
    for peer, count in peers.items():
        click.echo(
            f"{visible(peer)} was sent {count:,} of them and keeps them: revoke them first, or ask {visible(peer)}."
        )
