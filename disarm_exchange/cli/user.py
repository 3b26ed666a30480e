"""`disarm-exchange user`: the users of organisations."""

from __future__ import annotations

import click

from disarm_exchange.cli.administration import (
    database_option,
    json_option,
    need_organisation,
    need_user,
    reading,
    show,
    show_one,
    writing,
)
from disarm_exchange.cli.passwords import password_env_option, read_password
from disarm_exchange.store.accounts import User, add_user, change_user, find_user, list_users


@click.group("user")
def command() -> None:
    """Users: who of an organisation may log in."""


@command.command("add", epilog="Example: disarm-exchange user add partner-reader --org partner --token-only")
@click.argument("name")
@click.option("--org", "organisation", required=True, help="The organisation they belong to.")
@click.option("--token-only", is_flag=True, help="No password: this user logs in with API tokens only.")
@password_env_option
@database_option
@json_option
def add(
    *, name: str, organisation: str, token_only: bool, password_env: str | None, location: str, as_json: bool
) -> None:
    """Add a user to an organisation."""
    password = None if token_only else read_password(password_env)
    with writing(location, "user add", name) as tx:
        made = add_user(tx, need_organisation(tx, organisation), name, password=password)
    show_one(_row(made), as_json=as_json, sentence=f"Added {name} of {organisation}.")


@command.command("list", epilog="Example: disarm-exchange user list")
@database_option
@json_option
def list_all(location: str, as_json: bool) -> None:
    """List all users."""
    with reading(location) as tx:
        show([_row(found) for found in list_users(tx)], as_json=as_json, title="Users")


@command.command("password", epilog="Example: disarm-exchange user password admin")
@click.argument("name")
@password_env_option
@database_option
@json_option
def password(name: str, password_env: str | None, location: str, as_json: bool) -> None:
    """Give a user a new password; the old one stops working at once."""
    new = read_password(password_env)
    with writing(location, "user password", name) as tx:
        user = need_user(tx, name)
        change_user(tx, user, password=new)
    show_one(_row(user), as_json=as_json, sentence=f"{name} has a new password.")


@command.command("set", epilog="Example: disarm-exchange user set partner-reader --disable")
@click.argument("name")
@click.option("--disable/--enable", "disabled", required=True, default=None, help="Shut the user out, or let them in.")
@database_option
@json_option
def change(name: str, disabled: bool, location: str, as_json: bool) -> None:
    """Shut a user out, with all their tokens, or let them in again."""
    with writing(location, "user set", name) as tx:
        change_user(tx, need_user(tx, name), disabled=disabled)
        changed = find_user(tx, name)
    assert changed is not None
    show_one(_row(changed), as_json=as_json, sentence=f"{name} is {'shut out' if changed.disabled else 'let in'}.")


def _row(found: User) -> dict[str, object]:
    return {"name": found.name, "organisation": found.organisation.name, "disabled": found.disabled}
