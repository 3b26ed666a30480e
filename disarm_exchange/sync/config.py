"""The configuration of synchronisation: one TOML file with peers, policies and schedules.

It is checked against `schemas/sync-config.schema.json`; faults are named with their line, unknown keys with the nearest
known one. Secrets are references in it and stay references here: they are read when a connection is made.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import jsonschema_rs

from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Action, Clearance, Filters, Kind, Redaction, SharingPolicy
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.markings import parse_tlp
from disarm_exchange.sync.toml_places import line_of
from disarm_exchange.taxii.client.connection import Connection, Limits, Transport
from disarm_exchange.taxii.client.retry import RetryPolicy
from disarm_exchange.taxii.client.secrets import Credentials, resolve_secret
from disarm_exchange.taxii.client.walk import DEFAULT_LIMIT

DEFAULT_FILE = "sync.toml"
PEERS_COLLECTION = "peers"
"""The local collection that peers are pulled into when none is named."""

_LOGIN = ("user", "password", "token", "token_scheme", "token_header")
_SECRETS = ("password", "token", "key")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a peer is due. Neither `every` nor `cron`: only when a person says so.

    Args:
        every: the time between the beginnings of two runs.
        cron: minute, hour, day of month, month, day of week, in UTC.
        jitter: up to how much later, at random.
    """

    every: timedelta | None = None
    cron: str | None = None
    jitter: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Quota:
    """How much is taken from a peer, so that none fills the disk or holds up the others.

    Args:
        objects: in one run; the rest comes with the next.
        megabytes: likewise.
        aside: objects in quarantine or in conflict; while there are more, nothing is taken.
        objects_in_all: object versions of it that are here, whenever they came; from then on nothing is taken.
        megabytes_in_all: likewise.
    """

    objects: int = 1_000_000
    megabytes: int = 4096
    aside: int = 10_000
    objects_in_all: int = 10_000_000
    megabytes_in_all: int = 20_480


@dataclass(frozen=True, slots=True)
class Peer:
    """Another organisation's server, and what we do with it.

    Args:
        name: ours for it.
        url: of the server, an API root or a collection.
        enabled: whether runs take it up.
        identities: STIX ids of the peer itself.
        login: how we log in: keys and references, as the configuration has them.
        transport: how we get there.
        timeout: seconds without an answer.
        pull: collections there that we pull.
        into: our collection for them.
        inbox: our collection that the peer pushes to.
        limit: objects asked for in a page.
        quota: how much we take from it.
        overlap: see `Walk`; None: as the server needs it.
        push: the collection there that we push to; None: we do not.
        sources: our collections that are pushed.
        feedback: the collection there for opinions and sightings on its own objects.
        policy: what may leave for it.
        schedule: when it is due.
    """

    name: str
    url: str
    enabled: bool = True
    identities: frozenset[str] = frozenset()
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    transport: Transport = field(default_factory=Transport)
    timeout: float = 60.0
    pull: tuple[str, ...] = ()
    into: str = PEERS_COLLECTION
    inbox: str | None = None
    limit: int = DEFAULT_LIMIT
    quota: Quota = field(default_factory=Quota)
    overlap: float | None = None
    push: str | None = None
    sources: tuple[str, ...] = ()
    feedback: str | None = None
    policy: str | None = None
    schedule: Schedule = field(default_factory=Schedule)

    def connect(self, retry: RetryPolicy | None = None) -> Connection:
        """A connection to its server.

        Raises:
            UserError: a secret is not where the configuration says.
        """
        return Connection(
            self.url,
            credentials=self._credentials(),
            transport=self.transport,
            limits=Limits(read=self.timeout),
            retry=retry,
        )

    def _credentials(self) -> Credentials | None:
        login = self.login
        if "token" in login:
            header = login.get("token_header", "Authorization")
            return Credentials(
                resolve_secret(login["token"]), scheme=login.get("token_scheme", "Bearer"), header=header
            )
        if "user" in login:
            return Credentials(resolve_secret(login["password"]), user=login["user"])
        return None


@dataclass(frozen=True, slots=True)
class SyncConfig:
    """The whole configuration.

    Args:
        path: the file it comes from.
        database: where the database is; None: the file does not say.
        identities: STIX ids of our own organisation.
        peers: by name, in the order of the file.
        policies: as the file has them, by name; `policy` makes them.
    """

    path: Path
    database: str | None = None
    identities: frozenset[str] = frozenset()
    peers: Mapping[str, Peer] = field(default_factory=dict)
    policies: Mapping[str, Mapping[str, object]] = field(default_factory=dict, repr=False)

    def peer(self, name: str) -> Peer:
        """The peer of that name.

        Raises:
            UserError: there is none.
        """
        if name not in self.peers:
            near = get_close_matches(name, self.peers, 1)
            fix = f"did you mean {near[0]}?" if near else f"it has: {', '.join(self.peers) or 'none'}"
            raise UserError(f"no peer {name!r}", where=str(self.path), fix=fix)
        return self.peers[name]

    def senders(self) -> dict[str, str]:
        """From which peer the objects of an identity come, where we know the organisation itself."""
        return {identity: peer.name for peer in self.peers.values() if peer.enabled for identity in peer.identities}

    def policy(self, name: str) -> SharingPolicy:
        """The policy of that name, its key read from where the reference points.

        Raises:
            UserError: there is none, or its key is not there or too short.
        """
        text = self.policies[name]
        redact = text.get("redact")
        redaction = _redaction(redact, f"{self.path}: policy {name}") if isinstance(redact, dict) else None
        clearance = Clearance(parse_tlp(str(text["max_tlp"])), _names(text, "accepted_markings"))
        age = text.get("max_age")
        confidence = text.get("min_confidence")
        filters = Filters(
            types=_names(text, "types"),
            not_types=_names(text, "not_types"),
            techniques=_names(text, "techniques"),
            not_techniques=_names(text, "not_techniques"),
            labels=_names(text, "labels"),
            not_labels=_names(text, "not_labels"),
            creators=_names(text, "creators"),
            not_creators=_names(text, "not_creators"),
            min_confidence=confidence if isinstance(confidence, int) else None,
            max_age=span(str(age)) if age is not None else None,
            pass_on=parse_tlp(str(text["pass_on"])) if "pass_on" in text else None,
            own=self.identities if "pass_on" in text else frozenset(),
            recognise=technique_of,
        )
        return SharingPolicy(name, clearance, filters, redaction)


def span(text: str) -> timedelta:
    """A span of time as the configuration writes it: `30s`, `5m`, `2h`, `7d`."""
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])


def load_config(path: Path) -> SyncConfig:
    """Read and check a configuration.

    Raises:
        UserError: it cannot be read, is not TOML, or not as the schema says; all faults, each with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError("no such file", where=str(path), fix="give --config FILE") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot be read: {getattr(error, 'strerror', 'not UTF-8 text')}", where=str(path)) from None
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> SyncConfig:
    """Check the text of a configuration; `path` is where it comes from.

    Raises:
        UserError: as `load_config`.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"is not TOML: {error}", where=str(path)) from None
    faults = list(_faults(json.loads(json.dumps(content, default=str)), text))
    if not faults:
        faults = list(_cross_faults(content, text))
    if faults:
        lines = [f"{path}:{line}: {words}" for line, words in sorted(faults)]
        raise UserError("\n".join([lines[0].partition(": ")[2], *lines[1:]]), where=lines[0].partition(": ")[0])
    return _config(content, path)


def _faults(content: object, text: str) -> Iterator[tuple[int, str]]:
    for error in _validator().iter_errors(content):
        path: list[object] = list(error.instance_path)
        unexpected = getattr(error.kind, "unexpected", None)
        for key in unexpected if isinstance(unexpected, list) else []:
            near = get_close_matches(key, _keys_at(list(error.schema_path)), 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield line_of(text, [*path, key]) or 1, f"unknown key {key!r}{hint}"
        if unexpected is None:
            name = ".".join(str(step) for step in path)
            words = "must be a reference: env:NAME or file:PATH" if path and path[-1] in _SECRETS else error.message
            yield line_of(text, path) or 1, f"{name}: {_words(words)}" if name else _words(words)


def _words(message: str) -> str:
    if "is not allowed for" in message or " should not be valid under " in message:
        return "either a password or a token, and either `every` or `cron`"
    return message if len(message) < 200 else f"{message[:200]}…"


def _keys_at(schema_path: Sequence[object]) -> list[str]:
    """The known keys where a schema path leads to `additionalProperties: false`."""
    node: object = _schema()
    for step in schema_path[:-1]:
        if isinstance(node, dict) and "$ref" in node and str(step) not in node:
            node = _schema()["$defs"][str(node["$ref"]).rpartition("/")[2]]  # type: ignore[index]
        if isinstance(node, dict) and step == "$ref":
            node = _schema()["$defs"][str(node["$ref"]).rpartition("/")[2]]  # type: ignore[index]
        elif isinstance(node, dict):
            node = node.get(str(step), {})
    properties = node.get("properties", {}) if isinstance(node, dict) else {}
    return list(properties)


def _cross_faults(content: Mapping[str, object], text: str) -> Iterator[tuple[int, str]]:
    """What no schema can say."""
    policies, peers = content.get("policies", {}), content.get("peers", {})
    assert isinstance(policies, dict)
    assert isinstance(peers, dict)
    for name, policy in policies.items():
        if "pass_on" in policy and not content.get("identities"):
            yield line_of(text, ["policies", name, "pass_on"]) or 1, "pass_on needs `identities`: who we are"
    for name, peer in peers.items():
        policy = peer.get("policy")
        if policy is not None and policy not in policies:
            near = get_close_matches(policy, policies, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield line_of(text, ["peers", name, "policy"]) or 1, f"there is no policy {policy!r}{hint}"
        if not peer.keys() & {"pull", "push", "feedback", "inbox"}:
            yield line_of(text, ["peers", name]) or 1, f"peer {name!r} has nothing to do: give pull or push"


@cache
def _schema() -> dict[str, object]:
    found = json.loads((data_folder("schemas") / "sync-config.schema.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema())


def _config(content: Mapping[str, object], path: Path) -> SyncConfig:
    database = content.get("database")
    if isinstance(database, str) and "://" not in database:
        database = str(path.parent / Path(database).expanduser())
    peers, policies = content.get("peers", {}), content.get("policies", {})
    assert isinstance(peers, dict)
    assert isinstance(policies, dict)
    return SyncConfig(
        path=path,
        database=database if isinstance(database, str) else None,
        identities=_names(content, "identities"),
        peers={name: _peer(name, text) for name, text in peers.items()},
        policies=policies,
    )


def _peer(name: str, text: Mapping[str, object]) -> Peer:
    login = {
        key: str(text[key]) for key in ("user", "password", "token", "token_scheme", "token_header") if key in text
    }
    files = {key: str(text[key]) for key in ("ca_file", "client_cert", "client_key", "proxy") if key in text}
    transport = Transport(insecure_http=bool(text.get("insecure_http", False)), **files)
    pull, sources = text.get("pull", ()), text.get("from", ())
    limit, timeout = text.get("limit", DEFAULT_LIMIT), text.get("timeout", 60.0)
    assert isinstance(pull, list | tuple)
    assert isinstance(sources, list | tuple)
    assert isinstance(limit, int)
    assert isinstance(timeout, int | float)
    return Peer(
        name=name,
        url=str(text["url"]),
        enabled=bool(text.get("enabled", True)),
        identities=_names(text, "identities"),
        login=login,
        transport=transport,
        timeout=float(timeout),
        pull=tuple(str(entry) for entry in pull),
        into=str(text.get("into", PEERS_COLLECTION)),
        inbox=_optional(text, "inbox"),
        limit=limit,
        quota=Quota(
            _number(text, "most_objects", Quota().objects),
            _number(text, "most_megabytes", Quota().megabytes),
            _number(text, "most_in_quarantine", Quota().aside),
            _number(text, "most_objects_in_all", Quota().objects_in_all),
            _number(text, "most_megabytes_in_all", Quota().megabytes_in_all),
        ),
        overlap=span(str(text["overlap"])).total_seconds() if "overlap" in text else None,
        push=_optional(text, "push"),
        sources=tuple(str(entry) for entry in sources),
        feedback=_optional(text, "feedback"),
        policy=_optional(text, "policy"),
        schedule=Schedule(
            every=span(str(text["every"])) if "every" in text else None,
            cron=_optional(text, "cron"),
            jitter=span(str(text["jitter"])) if "jitter" in text else timedelta(0),
        ),
    )


def _redaction(text: Mapping[str, object], where: str) -> Redaction:
    rules = {kind: Action[str(text[kind.value]).upper()] for kind in Kind if kind.value in text}
    key = resolve_secret(str(text["key"])).reveal().encode()
    try:
        return Redaction(rules, key, drop_texts=text.get("free_texts") == "drop")
    except ValueError as error:
        raise UserError(str(error), where=where) from None


def _names(text: Mapping[str, object], key: str) -> frozenset[str]:
    found = text.get(key, [])
    return frozenset(str(entry) for entry in found) if isinstance(found, list) else frozenset()


def _number(text: Mapping[str, object], key: str, default: int) -> int:
    found = text.get(key, default)
    assert isinstance(found, int)
    return found


def _optional(text: Mapping[str, object], key: str) -> str | None:
    return str(text[key]) if key in text else None
