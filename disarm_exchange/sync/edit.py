"""Writing configuration: TOML tables, and a peer added at the end of a file, nothing else touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import atomic_writer
from disarm_exchange.sync.config import SyncConfig, parse_config

Setting = str | int | float | bool | Sequence[str]


def add_peer(path: Path, name: str, settings: Mapping[str, Setting | None]) -> SyncConfig:
    """Write a peer into a configuration file, made if there is none; the configuration with it.

    Args:
        path: the file.
        name: of the peer.
        settings: as the schema has them; None ones are left out.

    Raises:
        UserError: there is such a peer already, or the configuration with it has a fault; then nothing is written.
    """
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    if before and name in parse_config(before, path).peers:
        raise UserError(f"there is a peer {name!r} already", where=str(path), fix="choose another name")
    table = toml_table(f"peers.{name if _is_bare(name) else _text(name)}", settings)
    gap = "\n" if before and not before.endswith("\n\n") else ""
    text = f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{gap}{table}"
    config = parse_config(text, path)
    try:
        with atomic_writer(path) as stream:
            stream.write(text.encode())
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(path)) from None
    return config


def toml_table(name: str, settings: Mapping[str, Setting | None]) -> str:
    """A TOML table with its header; None values are left out. `name` is a key as TOML writes it."""
    lines = [f"[{name}]", *(f"{key} = {toml_value(value)}" for key, value in settings.items() if value is not None)]
    return "\n".join(lines) + "\n"


def toml_value(value: Setting) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    return f"[{', '.join(_text(entry) for entry in value)}]"


def _is_bare(name: str) -> bool:
    return bool(name) and all(char.isascii() and (char.isalnum() or char in "-_") for char in name)


def _text(value: str) -> str:
    """A TOML basic string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'
