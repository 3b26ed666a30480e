"""A first configuration from a handful of answers: `sync.toml` and a `case.toml` to copy for each case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import atomic_writer
from disarm_exchange.stix.ids import identity_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.sync.config import parse_config
from disarm_exchange.sync.edit import toml_table, toml_value

CASE_FILE = "case.toml"
SYNC_FILE = "sync.toml"
_POLICY = "partners"


@dataclass(frozen=True, slots=True)
class Partner:
    """The first organisation that we exchange with.

    Args:
        name: ours for it, as `Peer.name`.
        url: its server, an API root, or a collection.
        collection: what we pull there: id, alias or title.
        token: where our API token for it is (`env:NAME`, `file:PATH`); None: it wants none.
        every: how often we pull, as the configuration writes spans.
    """

    name: str
    url: str
    collection: str
    token: str | None = None
    every: str = "1h"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first configuration needs to know.

    Args:
        organisation: our own name, as it stands on what we share.
        max_tlp: the strictest marking that partners may be sent.
        database: where the database is to be: a path or a URL.
        partner: whom to pull from; None: nobody yet.
    """

    organisation: str
    max_tlp: Tlp
    database: str
    partner: Partner | None = None


def write_first_files(folder: Path, answers: Answers) -> tuple[Path, ...]:
    """Write both files into a folder; their paths.

    Raises:
        UserError: one of them is there already, an answer does not fit the schema, or they cannot be written. Then
            nothing was written.
    """
    contents = first_files(answers)
    for name in contents:
        if (folder / name).exists():
            raise UserError("is there already", where=str(folder / name), fix="choose another folder with --folder")
    parse_config(contents[SYNC_FILE], folder / SYNC_FILE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            with atomic_writer(folder / name) as stream:
                stream.write(text.encode())
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(error.filename or folder)) from None
    return tuple(folder / name for name in contents)


def first_files(answers: Answers) -> Mapping[str, str]:
    """The text of each file, by its name."""
    return {SYNC_FILE: _sync_file(answers), CASE_FILE: _case_file(answers)}


def _sync_file(answers: Answers) -> str:
    parts = [
        "# Whom we exchange with, and what may leave. Check it: disarm-exchange config check\n"
        f"database = {toml_value(answers.database)}\n"
        f"# {' '.join(answers.organisation.split())}\n"
        f"identities = {toml_value([identity_id(answers.organisation)])}\n",
        "# For peers that we push to (push, from, policy). Nothing stricter than max_tlp leaves.\n"
        + toml_table(f"policies.{_POLICY}", {"max_tlp": answers.max_tlp.token}),
    ]
    if answers.partner is not None:
        partner = answers.partner
        settings = {"url": partner.url, "token": partner.token, "pull": [partner.collection], "every": partner.every}
        parts.append(toml_table(f"peers.{partner.name}", settings))
    return "\n".join(parts)


def _case_file(answers: Answers) -> str:
    """Only what the answers say is filled in; the rest is there to be seen and to be uncommented."""
    return (
        "# Copy this file beside the findings of each case.\n"
        '# name = "what the operation is called"\n'
        "# published = 2026-01-31           # the day the findings are published\n"
        '# aliases = ["other name"]\n'
        '# targets = ["country, region, or group of people"]\n'
        '# origin = ["country"]             # only if you say so in public\n'
        f"tlp = {toml_value(answers.max_tlp.token)}\n"
        "\n" + toml_table("producer", {"name": " ".join(answers.organisation.split())})
    )
