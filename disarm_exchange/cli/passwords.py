"""Where the password of a command comes from: an environment variable, or the keyboard; never the command line."""

from __future__ import annotations

import os

import click

from disarm_exchange.errors import UserError

password_env_option = click.option(
    "--password-env", metavar="VARIABLE", help="Environment variable that holds the password; else it is asked for."
)


def read_password(variable: str | None) -> str:
    """The password.

    Raises:
        UserError: the variable is not set.
    """
    if variable is None:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    password = os.environ.get(variable)
    if not password:
        raise UserError("this environment variable is not set", where=variable)
    return password
