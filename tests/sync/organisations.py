"""Organisations for sync tests: each with a database, a server of its own, and a configuration naming the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import derived_id, identity_id, namespace_of
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection, find_collection, iter_objects, read_object
from disarm_exchange.store.access import add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation, add_user
from disarm_exchange.store.writer import add_objects
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.run import RunReport, Terms, run_peer
from disarm_exchange.taxii.client.retry import RetryPolicy
from disarm_exchange.taxii.server import create_app, run_server

PASSWORD = "a good long password"
BORN = "2026-03-01T00:00:00.000Z"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Organisation:
    """One organisation. Its server has `findings` (others may read them) and `inbox` (others may write to it)."""

    name: str
    database: Database
    url: str
    folder: Path
    config: SyncConfig | None = None
    settings: str = ""
    terms: Terms = field(default_factory=lambda: Terms(clock=lambda: NOW, retry=RetryPolicy(sleep=lambda _s: None)))

    @property
    def identity(self) -> str:
        return identity_id(self.name)

    def made(self, kind: str, key: str, tlp: Tlp = Tlp.GREEN, *, month: int = 3, **more: object) -> StixObject:
        """An object of this organisation's making."""
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": derived_id(kind, namespace_of(self.identity), key),
            "created": BORN,
            "modified": f"2026-{month:02d}-01T00:00:00.000Z",
            "created_by_ref": self.identity,
            "object_marking_refs": [tlp.marking_id],
            **more,
        }

    def campaign(self, key: str = "case", tlp: Tlp = Tlp.GREEN, *, month: int = 3, **more: object) -> StixObject:
        return self.made("campaign", key, tlp, month=month, **{"name": key, **more})

    def keep(self, *items: StixObject, collection: str = "findings") -> None:
        """Put objects into one of its collections."""
        with self.database.write() as tx:
            found = find_collection(tx, collection)
            assert found is not None
            read = [read_object(orjson.dumps(item)) for item in items]
            add_objects(tx, found.number, read, source="local", level_of=sharing_level)

    def holds(self, collection: str = "findings") -> dict[str, StixObject]:
        """The newest version of each object in one of its collections."""
        with self.database.read() as tx:
            found = find_collection(tx, collection)
        return {} if found is None else {one.stix_id: one.parse() for one in iter_objects(self.database, found.number)}

    def configure(self, text: str) -> None:
        """Take a configuration; `{password}` stands for a reference to everybody's password."""
        (self.folder / "password").write_text(PASSWORD)
        text = text.replace("{password}", f"file:{self.folder}/password")
        self.settings = text
        self.config = parse_config(f'identities = ["{self.identity}"]\n{text}', self.folder / "sync.toml")

    def sync(self, peer: str) -> RunReport:
        assert self.config is not None
        return run_peer(self.database, self.config, self.config.peer(peer), self.terms)


@contextmanager
def organisations(
    folder: Path, *names: str, clearance: Tlp = Tlp.RED, inboxes: bool = False
) -> Iterator[list[Organisation]]:
    """Organisations with running servers; each lets the others read `findings` and write `inbox`.

    With `inboxes` each of the others also has an inbox of its own, `from-NAME`.
    """
    with ExitStack() as stack:
        found: list[Organisation] = []
        for name in names:
            home = folder / name
            home.mkdir()
            database = stack.enter_context(Database.open(home / "exchange.db"))
            with database.write() as tx:
                root = add_api_root(tx, "api", name)
                findings = add_collection(tx, "Findings", api_root=root, alias="findings")
                inbox = add_collection(tx, "Inbox", api_root=root, alias="inbox")
                for other in names:
                    if other != name:
                        them = add_organisation(tx, other, clearance=clearance)
                        add_user(tx, them, other, password=PASSWORD)
                        set_grant(tx, findings, them.id, can_read=True, can_write=False)
                        set_grant(tx, inbox, them.id, can_read=True, can_write=True)
                        if inboxes:
                            own = add_collection(tx, f"From {other}", api_root=root, alias=f"from-{other}")
                            set_grant(tx, own, them.id, can_read=True, can_write=True)
            url = stack.enter_context(run_server(create_app(database)))
            found.append(Organisation(name, database, f"{url}/api/", home))
        yield found


def peer_text(name: str, url: str, me: str, *lines: str) -> str:
    """The configuration of a peer."""
    body = "\n".join(lines)
    return f'[peers.{name}]\nurl = "{url}"\nuser = "{me}"\npassword = "{{password}}"\n{body}\n'
