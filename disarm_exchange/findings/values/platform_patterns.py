"""The pattern language of `platforms.json`: what a URL's path and query must look like, and what they name.

`schemas/platforms.schema.json` explains it to those who write patterns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, UnsetType

from disarm_exchange.findings.values.model import ACCOUNT_KINDS, Kind

LONGEST_PATH = 2_000
_PLACEHOLDERS = {
    "id": r"\d{1,25}",
    "year": r"\d{4}",
    "month": r"\d{1,2}",
    "day": r"\d{1,2}",
}
_CAPTURED = frozenset({"login", "id", "item", "user", "bot", "owner", "post", "server"})
_FIELD = re.compile(r"\{([a-z]+)(?::((?:[^{}]|\{[\d,]+\})+))?\}")


class UrlEntry(msgspec.Struct):
    """One pattern as the data file has it."""

    path: str
    kind: Kind
    host: str | None = None
    query: dict[str, str] = {}
    login: str | UnsetType | None = UNSET
    user_id: str | UnsetType | None = UNSET
    item: str | UnsetType | None = UNSET
    profile: str | None = None


class Template:
    """A text with `{field}` placeholders; the usual case of a single field is kept apart because it is fast."""

    __slots__ = ("_after", "_before", "_field", "_whole")

    def __init__(self, whole: str) -> None:
        fields = _FIELD.findall(whole)
        self._whole = whole
        self._field = str(fields[0][0]) if len(fields) == 1 else ""
        self._before, _, self._after = whole.partition(f"{{{self._field}}}")

    def fill(self, fields: Mapping[str, str]) -> str | None:
        """The text with its fields; None when one is missing."""
        try:
            if self._field:
                return f"{self._before}{fields[self._field]}{self._after}"
            return self._whole.format_map(fields)
        except KeyError:
            return None


class Pattern(NamedTuple):
    """One pattern, compiled. A template that is None fills nothing."""

    path: re.Pattern[str]
    query: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]
    kind: Kind
    login: Template | None
    user_id: Template | None
    item: Template | None
    profile: Template | None
    takes_login: bool
    names_somebody: bool


def decoded(path: str) -> str:
    """A path without percent-escapes; a segment that holds an escaped slash stays as it is."""
    return "/".join(segment if "%2F" in segment.upper() else unquote(segment) for segment in path.split("/"))


def query_fields(query: str) -> dict[str, str]:
    """The fields of a query (without `?`), unescaped; the first of a name counts."""
    fields: dict[str, str] = {}
    for part in query[:LONGEST_PATH].split("&"):
        name, _, text = part.partition("=")
        fields.setdefault(name, unquote(text))
    return fields


def take_query(
    wanted: Sequence[tuple[tuple[str, ...], re.Pattern[str]]], fields: Mapping[str, str], captured: dict[str, str]
) -> bool:
    """Whether a query has all that a pattern wants; what it captures is added to `captured`."""
    for names, pattern in wanted:
        matches = (pattern.fullmatch(fields[name]) for name in names if name in fields)
        found = next((match for match in matches if match is not None), None)
        if found is None:
            return False
        captured.update(found.groupdict())
    return True


def compiled(entry: UrlEntry, login: str) -> Pattern:
    """The pattern of an entry; `login` is the expression of a login on its platform."""
    fields = {found for text in (entry.path, *entry.query.values()) for found, _ in _FIELD.findall(text)}
    return Pattern(
        path=re.compile(_path_expression(entry.path, login)),
        query=tuple(
            (tuple(names.split("|")), re.compile(_expression(text, login, any_text=".+")))
            for names, text in entry.query.items()
        ),
        kind=entry.kind,
        login=_own_or_captured(entry.login, "login", fields),
        user_id=_own_or_captured(entry.user_id, "id", fields),
        item=_own_or_captured(entry.item, "item", fields),
        profile=template_of(entry.profile),
        takes_login="login" in fields,
        names_somebody=entry.kind in ACCOUNT_KINDS,
    )


def _own_or_captured(own: str | UnsetType | None, field: str, fields: Collection[str]) -> Template | None:
    if own is not UNSET:
        return template_of(own)
    return Template(f"{{{field}}}") if field in fields else None


def template_of(text: str | None) -> Template | None:
    """The template of a text that may be missing."""
    return None if text is None else Template(text)


def _path_expression(path: str, login: str) -> str:
    open_end = path.endswith("/**")
    expression = _expression(path.removesuffix("/**").rstrip("/"), login)
    return expression + (r"(?:/.*)?" if open_end else r"/?")


def _expression(template: str, login: str, any_text: str = r"[^/]+") -> str:
    """The regular expression of a template: placeholders become groups, a dot outside them is a dot."""
    parts = []
    end = 0
    for found in _FIELD.finditer(template):
        parts.append(_plain(template[end : found.start()]))
        name, own = found.groups()
        body = own or (login if name == "login" else _PLACEHOLDERS.get(name, any_text))
        parts.append(f"(?P<{name}>{body})" if name in _CAPTURED else f"(?:{body})")
        end = found.end()
    parts.append(_plain(template[end:]))
    return "".join(parts)


def uncaptured(expression: str) -> str:
    """An expression with its named groups made plain ones, so that several can stand in one."""
    return re.sub(r"\(\?P<[a-z]+>", "(?:", expression)


def _plain(text: str) -> str:
    return re.sub(r"(?<!\\)\.", r"\\.", text)
