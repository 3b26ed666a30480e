"""Each value of the configuration in force, and where it comes from. Secrets are shown as the references they are."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from disarm_exchange.sync.config import SyncConfig
from disarm_exchange.sync.toml_places import line_of

_PEER_DEFAULTS: Mapping[str, object] = {
    "enabled": True,
    "timeout": 60.0,
    "into": "peers",
    "limit": 1000,
    "insecure_http": False,
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value in force: its path, itself, and its origin (`sync.toml:7`, `default`, `--db`, ...)."""

    path: str
    value: object
    origin: str


def explain(config: SyncConfig, *, location: str, location_origin: str) -> Iterator[Value]:
    """All values in force.

    Args:
        config: read from its file.
        location: of the database in use.
        location_origin: how that was chosen.
    """
    text = config.path.read_text(encoding="utf-8-sig")
    content = tomllib.loads(text)
    yield Value("database", location, location_origin)
    for path, value in _flat(content, ()):
        if path != ("database",):
            yield Value(".".join(path), value, f"{config.path}:{line_of(text, path) or 1}")
    for name in config.peers:
        given = content["peers"][name]
        for key, value in _PEER_DEFAULTS.items():
            if key not in given:
                yield Value(f"peers.{name}.{key}", value, "default")


def _flat(content: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, (*above, key))
        else:
            yield (*above, key), value


def origin_of_database(config: SyncConfig, given: str | None, fallback: str) -> tuple[str, str]:
    """The database in use and how it was chosen: by option or environment, by the file, or by default."""
    if given is not None:
        return given, "--db or DISARM_EXCHANGE_DB"
    if config.database is not None:
        return config.database, f"{config.path}"
    return str(Path(fallback)), "default"
