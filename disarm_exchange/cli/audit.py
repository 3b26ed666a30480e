"""`disarm-exchange audit`: who wrote what, and who was denied what."""

from __future__ import annotations

import click

from disarm_exchange.cli.administration import database_option, json_option, reading, show
from disarm_exchange.errors import UserError
from disarm_exchange.store import clock
from disarm_exchange.store.audit import AuditEvent, list_events


@click.group("audit")
def command() -> None:
    """The audit log. It can be read and added to, never changed."""


@command.command("list", epilog="Example: disarm-exchange audit list --db exchange.db")
@click.option("--since", help="Not before this moment: 2026-11-01T00:00:00Z.")
@click.option("--org", "organisation", help="Only of this organisation.")
@click.option("--denied", is_flag=True, help="Only what was denied.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="The newest so many.")
@database_option
@json_option
def list_all(
    *, since: str | None, organisation: str | None, denied: bool, limit: int, location: str, as_json: bool
) -> None:
    """List what was done and denied, oldest first."""
    try:
        moment = None if since is None else clock.from_text(since)
    except ValueError as error:
        raise UserError(str(error), where="--since", fix="write it as 2026-11-01T00:00:00Z") from None
    with reading(location) as tx:
        events = list_events(
            tx, since=moment, organisation=organisation, outcome="denied" if denied else None, limit=limit
        )
    show([_row(event) for event in events], as_json=as_json, title="Audit log")


def _row(event: AuditEvent) -> dict[str, object]:
    return {
        "at": clock.to_text(event.at),
        "action": event.action,
        "outcome": event.outcome,
        "organisation": event.organisation,
        "user": event.user,
        "client": event.client,
        "collection": event.collection,
        "request_id": event.request_id,
        "detail": event.detail,
    }
