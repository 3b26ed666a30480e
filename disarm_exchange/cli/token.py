"""`disarm-exchange token`: API tokens of users."""

from __future__ import annotations

import click

from disarm_exchange.cli.administration import (
    database_option,
    json_option,
    need_user,
    reading,
    show,
    show_one,
    writing,
)
from disarm_exchange.errors import UserError
from disarm_exchange.store import clock
from disarm_exchange.store.accounts import Token, add_token, list_tokens, revoke_token

_DAY = 24 * 3600 * 1_000_000


@click.group("token")
def command() -> None:
    """API tokens, for programs (HTTP Bearer)."""


@command.command("add", epilog='Example: disarm-exchange token add partner-reader --label "their OpenCTI" --days 365')
@click.argument("user_name", metavar="USER")
@click.option("--label", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it works; for ever by default.")
@database_option
@json_option
def add(user_name: str, label: str, days: int | None, location: str, as_json: bool) -> None:
    """Make a token and print it. It is shown this once; only a hash of it is kept."""
    expires_at = None if days is None else clock.now() + days * _DAY
    with writing(location, "token add", user_name) as tx:
        made, text = add_token(tx, need_user(tx, user_name), label, expires_at=expires_at)
    if as_json:
        show_one({**_row(made), "token": text}, as_json=True, sentence="")
    else:
        click.echo(text)


@command.command("list", epilog="Example: disarm-exchange token list")
@database_option
@json_option
def list_all(location: str, as_json: bool) -> None:
    """List all tokens, never their secrets."""
    with reading(location) as tx:
        show([_row(found) for found in list_tokens(tx)], as_json=as_json, title="API tokens")


@command.command("revoke", epilog="Example: disarm-exchange token revoke 4096e362f1af2425")
@click.argument("token_id")
@database_option
@json_option
def revoke(token_id: str, location: str, as_json: bool) -> None:
    """Make a token useless from now on."""
    with writing(location, "token revoke", token_id) as tx:
        if not revoke_token(tx, token_id):
            raise UserError("no such token in use", where=token_id, fix="see: disarm-exchange token list")
    show_one({"id": token_id, "revoked": True}, as_json=as_json, sentence=f"Revoked {token_id}.")


def _row(found: Token) -> dict[str, object]:
    return {
        "id": found.id,
        "user": found.user,
        "label": found.label,
        "created": clock.to_text(found.created_at),
        "expires": None if found.expires_at is None else clock.to_text(found.expires_at),
        "revoked": None if found.revoked_at is None else clock.to_text(found.revoked_at),
    }
