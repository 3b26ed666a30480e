"""The options by which commands reach a peer's TAXII server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

import click

from disarm_exchange.errors import UserError
from disarm_exchange.sync.edit import Setting
from disarm_exchange.taxii.client.connection import Connection, Limits, Transport
from disarm_exchange.taxii.client.secrets import Credentials, resolve_secret

Command = TypeVar("Command", bound=Callable[..., object])

_SCHEME = "Bearer"
_TIMEOUT = 60.0

url_option = click.option("--url", required=True, help="The server, an API root, a collection, or its objects.")

_COLLECTION = click.option(
    "--collection", "wanted", help="Id, alias or title of the collection, if the URL names none."
)
_ACCESS = (
    click.option("--user", help="User name (HTTP Basic)."),
    click.option("--password-from", metavar="REF", help="Where the password is: env:NAME or file:PATH."),
    click.option("--token-from", metavar="REF", help="Where an API token is: env:NAME or file:PATH."),
    click.option("--token-scheme", default=_SCHEME, show_default=True, help="Scheme that goes before the token."),
    click.option("--token-header", metavar="NAME", help="Send the bare token in this header, as X-API-Key."),
    click.option("--ca-file", type=click.Path(exists=True, dir_okay=False), help="Certificate authorities to trust."),
    click.option("--client-cert", type=click.Path(exists=True, dir_okay=False), help="Our certificate (PEM)."),
    click.option(
        "--client-key", type=click.Path(exists=True, dir_okay=False), help="Its key, if not in the same file."
    ),
    click.option("--proxy", help="URL of an HTTP proxy, in place of the environment's."),
    click.option("--insecure-http", is_flag=True, help="Allow plain http to another machine."),
    click.option(
        "--timeout",
        default=_TIMEOUT,
        show_default=True,
        type=click.FloatRange(min=0.1),
        help="Seconds without an answer.",
    ),
)


class ConnectionOptions(TypedDict):
    """What a command gets from `access_options`."""

    user: str | None
    password_from: str | None
    token_from: str | None
    token_scheme: str
    token_header: str | None
    ca_file: str | None
    client_cert: str | None
    client_key: str | None
    proxy: str | None
    insecure_http: bool
    timeout: float


def access_options(command: Command) -> Command:
    """Add the options of logging in and getting there to a command: those of `ConnectionOptions`."""
    for option in reversed(_ACCESS):
        command = option(command)
    return command


def connection_options(command: Command) -> Command:
    """Add the options to a command: `wanted` (the collection), and those of `ConnectionOptions`."""
    return _COLLECTION(access_options(command))


def settings_of(options: ConnectionOptions) -> dict[str, Setting | None]:
    """The options as settings of a peer in the configuration.

    Files are named by their whole path there: timers run elsewhere than the person who types.
    """
    files = {name: options[name] for name in ("ca_file", "client_cert", "client_key")}
    return {
        "user": options["user"],
        "password": whole_reference(options["password_from"]),
        "token": whole_reference(options["token_from"]),
        "token_scheme": None if options["token_scheme"] == _SCHEME else options["token_scheme"],
        "token_header": options["token_header"],
        **{name: None if path is None else str(Path(path).resolve()) for name, path in files.items()},
        "proxy": options["proxy"],
        "insecure_http": options["insecure_http"] or None,
        "timeout": None if options["timeout"] == _TIMEOUT else options["timeout"],
    }


def whole_reference(reference: str | None) -> str | None:
    """A reference to a secret, with the whole path of a file."""
    if reference is None or not reference.startswith("file:"):
        return reference
    return f"file:{Path(reference.removeprefix('file:')).expanduser().resolve()}"


def connect(url: str, **options: Unpack[ConnectionOptions]) -> Connection:
    """A connection as the options describe it.

    Raises:
        UserError: the options contradict each other, or a secret is not where they say.
    """
    transport = Transport(
        insecure_http=options["insecure_http"],
        ca_file=options["ca_file"],
        client_cert=options["client_cert"],
        client_key=options["client_key"],
        proxy=options["proxy"],
    )
    return Connection(
        url, credentials=_credentials(options), transport=transport, limits=Limits(read=options["timeout"])
    )


def _credentials(options: ConnectionOptions) -> Credentials | None:
    user, password_from, token_from = options["user"], options["password_from"], options["token_from"]
    if token_from is not None:
        if user is not None or password_from is not None:
            raise UserError("either a user with a password or a token, not both")
        header = options["token_header"] or "Authorization"
        return Credentials(resolve_secret(token_from), scheme=options["token_scheme"], header=header)
    if user is None and password_from is None:
        return None
    if user is None or password_from is None:
        raise UserError("a user needs a password", fix="give --user and --password-from together")
    return Credentials(resolve_secret(password_from), user=user)
