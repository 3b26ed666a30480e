"""Whose a value is, as sources say it: in a column of roles, or plainly in a note (`mappings/values/roles.json`).

Only words that say so make a value the operation's own. Where a cell says several things, the one that protects most
counts; a word that nobody knows leaves the part unclear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from disarm_exchange.findings.model import AMPLIFIER, IMPERSONATED, OPERATION, TARGET, UNCLEAR, VICTIM
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.resources import data_folder

ROLES = (OPERATION, AMPLIFIER, UNCLEAR, TARGET, IMPERSONATED, VICTIM)
"""What a source may say of a value's part, the one that protects most last."""

_RANK = {role: rank for rank, role in enumerate(ROLES)}
_PARTS = re.compile(r"[/,;|+&()\[\]{}\n]|\band\b|\bund\b|\bor\b")
_CLAUSES = re.compile(r"[.,;!?|()\[\]{}\n\u2013\u2014]+")
_HEADING = re.compile(r"[^:]{1,60}:\s+(?=\S)")
_FOLDED = re.compile(r"[^\w]+")
_NEGATED = frozenset(("not", "no", "non", "never", "kein", "keine", "nicht"))
_LONGEST = 4096
_NOTES_REMEMBERED = 10_000
_NOTE_STEMS = (
    "ictim", "mpersonat", "arget", "acked", "ijack", "ompromised", "tolen", "pfer", "mitiert", "achgeahmt", "íctim",
    "ackt", "eal ", "egitimate", "enuine", "uthentic", "riginal", "iel", "VICTIM", "IMPERSONAT", "TARGET", "HACKED",
)  # fmt: skip
"""Every form that notes are searched for holds one of these: a cheap look before the thorough one."""


class _Words(msgspec.Struct, frozen=True):
    role: str
    words: tuple[str, ...]


class _Note(msgspec.Struct, frozen=True):
    role: str
    said: tuple[str, ...] = msgspec.field(name="is")
    begins: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True):
    roles: tuple[_Words, ...]
    marks: tuple[_Words, ...]
    neutral: tuple[str, ...]
    notes: tuple[_Note, ...]


class _Vocabulary:
    """The data file, folded for looking up."""

    def __init__(self, file: _File) -> None:
        self.roles = {_folded(word): each.role for each in file.roles for word in each.words}
        self.marks = {_folded(word): each.role for each in file.marks for word in each.words}
        self.neutral = frozenset(map(_folded, file.neutral))
        self.said = {_folded(text): each.role for each in file.notes for text in each.said}
        self.begins = tuple((f"{_folded(text)} ", each.role) for each in file.notes for text in each.begins)
        self.holds = tuple((f" {_folded(text)} ", each.role) for each in file.notes for text in each.holds)
        self.notes: dict[str, str | None] = {}


@cache
def _vocabulary() -> _Vocabulary:
    path = data_folder("mappings") / "values" / "roles.json"
    return _Vocabulary(msgspec.json.decode(path.read_bytes(), type=_File))


def _folded(text: str) -> str:
    return _FOLDED.sub(" ", text.casefold().replace("_", " ")).strip()


def fold_role(cell: str) -> str:
    """A cell of a role column as it is compared."""
    return _folded(tidy(cell)[0])


def role_said(cell: str, own: Mapping[str, str] | None = None) -> str | None:
    """The part that a cell of a role column gives a value: one of `ROLES`; None where it says nothing of it.

    Args:
        cell: the cell.
        own: what a source profile says of its own words, folded by `fold_role`; these go first.
    """
    text = tidy(cell)[0][:_LONGEST].casefold()
    whole = _folded(text)
    if not whole:
        return None
    vocabulary = _vocabulary()
    known = (own or {}).get(whole) or vocabulary.roles.get(whole)
    if known is not None:
        return known
    found = [role for part in _PARTS.split(text) if (role := _part(_folded(part), own or {})) is not None]
    return max(found, key=_RANK.__getitem__, default=None)


def _part(part: str, own: Mapping[str, str]) -> str | None:
    vocabulary = _vocabulary()
    if not part or part in vocabulary.neutral:
        return None
    known = own.get(part) or vocabulary.roles.get(part)
    if known is not None:
        return known
    words = part.split()
    marked = [role for word in words if (role := vocabulary.marks.get(word)) is not None]
    if marked and _NEGATED.isdisjoint(words):
        return max(marked, key=_RANK.__getitem__)
    return UNCLEAR


def is_role(cell: str) -> bool:
    """Whether a cell is plainly one of a column of roles."""
    return _folded(tidy(cell)[0]) in _vocabulary().roles


def role_in_note(note: str) -> str | None:
    """What a note plainly says: that the value is a victim's, a target's or of whom the operation posed as; else None.

    `Impersonated Der Spiegel` says what the operation did, `impersonated by the operation` whom it did it to.
    """
    remembered = _vocabulary().notes
    if note in remembered:
        return remembered[note]
    found = None
    if any(stem in note for stem in _NOTE_STEMS):
        found = max(_told(note[:_LONGEST]), key=_RANK.__getitem__, default=None)
    if len(remembered) < _NOTES_REMEMBERED:
        remembered[note] = found
    return found


def _told(note: str) -> Iterator[str]:
    vocabulary = _vocabulary()
    for clause in _CLAUSES.split(note):
        said = _folded(_HEADING.sub("", clause, count=1))
        if not said:
            continue
        role = vocabulary.said.get(said)
        if role is not None:
            yield role
        within = f" {said} "
        yield from (role for text, role in vocabulary.begins if within.startswith(text, 1))
        yield from (role for text, role in vocabulary.holds if text in within)
