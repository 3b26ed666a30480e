"""Settings of the command out of TOML: `disarm-exchange.toml` or `pyproject.toml`, here or in a folder above."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Self

from disarm_exchange.datafiles import checked
from disarm_exchange.errors import UserError
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.profiles import DEFAULT


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run does."""

    profile: str = DEFAULT
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    threshold: Severity = Severity.WARNING
    fail_on: Severity = Severity.ERROR
    framework: str = "1.7"
    known: tuple[Path, ...] = ()
    files: tuple[tuple[str, Mapping[str, object]], ...] = field(default=())
    """Patterns of files and what is different for them."""

    def of_file(self, path: str) -> Self:
        """The settings for one file: of the patterns that match it, the last one holds."""
        for pattern, other in reversed(self.files):
            if fnmatchcase(path, pattern) or fnmatchcase(Path(path).name, pattern):
                return replace(
                    self,
                    profile=str(other.get("profile", self.profile)),
                    select=_codes(other.get("select")) or self.select,
                    ignore=(*self.ignore, *_codes(other.get("ignore"))),
                    files=(),
                )
        return replace(self, files=())


def load_settings(path: Path | None = None) -> Settings:
    """The settings of that file, else of the nearest `disarm-exchange.toml` or `pyproject.toml` that has any.

    Raises:
        UserError: the file cannot be read, is not TOML, or says something that there is no setting for.
    """
    if path is not None:
        table = _table(path)
        if table is None:
            raise UserError("has no settings for validate", where=str(path), fix="add a table [validate]")
        return _settings(table, path)
    here = Path.cwd()
    for folder in (here, *here.parents):
        for name in ("disarm-exchange.toml", "pyproject.toml"):
            candidate = folder / name
            if candidate.is_file() and (table := _table(candidate)) is not None:
                return _settings(table, candidate)
    return Settings()


def _table(path: Path) -> Mapping[str, object] | None:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"is not TOML: {error}", where=str(path)) from None
    for steps in (("tool", "disarm-exchange", "validate"), ("validate",)):
        table: object = content
        for step in steps:
            table = table.get(step) if isinstance(table, dict) else None
        if isinstance(table, dict):
            return table
    return None


def _settings(table: Mapping[str, object], path: Path) -> Settings:
    checked(table, "validate-settings", where=str(path))
    plain = Settings()
    known = table.get("known", [])
    files = table.get("files", [])
    assert isinstance(known, list)
    assert isinstance(files, list)
    return Settings(
        profile=str(table.get("profile", plain.profile)),
        select=_codes(table.get("select")),
        ignore=_codes(table.get("ignore")),
        threshold=_severity(table.get("threshold"), plain.threshold),
        fail_on=_severity(table.get("fail-on"), plain.fail_on),
        framework=str(table.get("framework", plain.framework)),
        known=tuple(path.parent / name for name in known),
        files=tuple((str(entry["match"]), entry) for entry in files),
    )


def _codes(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _severity(value: object, default: Severity) -> Severity:
    return Severity[value.upper()] if isinstance(value, str) else default
