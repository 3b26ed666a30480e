"""Where release files lie: those that come with the project, and those that a user has imported."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from disarm_exchange.resources import data_folder

RELEASE_NAME = re.compile(r"\d{1,3}\.\d{1,3}(?:\.\d{1,3})?", re.ASCII)
"""What a release may be called: `1.7`, `2.0`, `1.7.1`."""


def own_release_folder() -> Path:
    """The folder of the user's own releases: `$DISARM_EXCHANGE_DATA/disarm`, else `disarm-exchange/disarm` in the
    folder for user data (`$XDG_DATA_HOME`, else `~/.local/share`). It need not exist.
    """
    chosen = os.environ.get("DISARM_EXCHANGE_DATA")
    if chosen:
        return Path(chosen).expanduser() / "disarm"
    shared = os.environ.get("XDG_DATA_HOME")
    base = Path(shared) if shared and Path(shared).is_absolute() else Path.home() / ".local" / "share"
    return base / "disarm-exchange" / "disarm"


def is_shipped(release: str) -> bool:
    """Whether a release comes with the project."""
    return release in _shipped()


def release_files() -> Mapping[str, Path]:
    """The file of each release at hand, oldest release first.

    A release that comes with the project is taken from there, since its successors are reviewed.
    """
    own = own_release_folder()
    try:
        changed = own.stat().st_mtime_ns
    except OSError:
        return _shipped()
    return _together(own, changed)


def release_key(release: str) -> tuple[int, ...]:
    """What releases are put in order by."""
    return tuple(int(part) for part in release.split("."))


@cache
def _shipped() -> Mapping[str, Path]:
    return _in_order(_releases_in(data_folder("mappings") / "disarm"))


@lru_cache(maxsize=8)
def _together(own: Path, _changed: int) -> Mapping[str, Path]:
    """All releases; looked for anew when the user's folder has changed, for this is asked very often."""
    return _in_order({**_releases_in(own), **_shipped()})


def _in_order(files: Mapping[str, Path]) -> Mapping[str, Path]:
    return MappingProxyType({release: files[release] for release in sorted(files, key=release_key)})


def _releases_in(folder: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in folder.glob("*.json") if RELEASE_NAME.fullmatch(path.stem)}
    except OSError:  # no right to look into it
        return {}
