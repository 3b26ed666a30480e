"""Conditions of mapping rules on the value's kind, its platform, its guard list and the words beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

LONGEST_TEXT = 4096
"""Characters of a note or text that are searched."""

_WORD = re.compile(r"\*?[^\W_]+(?:['’][^\W_]+)*\*?")


Phrases = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a condition asks for; what is empty is not asked. Of the phrases one must be met (see `phrase_pattern`)."""

    kinds: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    guards: frozenset[str] = frozenset()
    note: Phrases = ()
    text: Phrases = ()
    words: Phrases = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """All of `asks` must hold and nothing of `unless` may."""

    asks: Criteria = field(default_factory=Criteria)
    unless: Criteria = field(default_factory=Criteria)


def condition_from(content: Mapping[str, object]) -> Condition:
    """A condition of a rule file (schema `mapping-rules`)."""
    unless = content.get("unless")
    return Condition(_criteria(content), _criteria(unless) if isinstance(unless, dict) else Criteria())


def _criteria(content: Mapping[str, object]) -> Criteria:
    def listed(key: str) -> list[str]:
        value = content.get(key)
        return [str(item) for item in value] if isinstance(value, list) else []

    return Criteria(
        kinds=frozenset(listed("kind")),
        platforms=frozenset(listed("platform")),
        guards=frozenset(listed("guard")),
        note=tuple(listed("note")),
        text=tuple(listed("text")),
        words=tuple(listed("words")),
    )


def phrase_pattern(phrases: Iterable[str]) -> str:
    """A regular expression for any of the phrases as whole words; one that nothing meets for no words at all.

    Between the words of a phrase anything but letters and digits may stand, so `bit ly` finds `bit.ly` and `bit[.]ly`.
    A `*` at the beginning or end of a word stands for any letters there.
    """
    parts = []
    for phrase in phrases:
        words = [_word_pattern(word) for word in _WORD.findall(phrase)]
        if words:
            parts.append(r"[\W_]+".join(words))
    return rf"(?<![^\W_])(?:{'|'.join(parts)})(?![^\W_])" if parts else r"(?!)"


def _word_pattern(word: str) -> str:
    inner = re.escape(word.strip("*"))
    return (r"[^\W_]*" if word.startswith("*") else "") + inner + (r"[^\W_]*" if word.endswith("*") else "")


Met = frozenset[Phrases]
Sensed = tuple[str, str | None, str | None, Met, Met, Met]
"""What can be told apart of a value: kind, platform, guard list, and the phrases met in note, text, either."""

_NONE: Met = frozenset()
_Patterns = tuple[tuple[Phrases, re.Pattern[str]], ...]
_BeforeText = tuple[str, str | None, str | None, tuple[Met, Met], tuple[_Patterns, _Patterns]]
"""Kind, platform and guard as far as they are asked for, what the note shows, and what the text may still show."""


class Senses:
    """What a set of conditions looks at, and what one query shows of it: the key that verdicts are remembered by.

    Notes repeat, so what they show is remembered; the text is searched only for what can still matter then.
    """

    __slots__ = (
        "_conditions",
        "_guards",
        "_kinds",
        "_note",
        "_notes_seen",
        "_platforms",
        "_relevant",
        "_text",
        "_words",
    )

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._conditions = tuple(dict.fromkeys(conditions))
        criteria = [part for condition in self._conditions for part in (condition.asks, condition.unless)]
        self._kinds = frozenset(kind for part in criteria for kind in part.kinds)
        self._platforms = frozenset(platform for part in criteria for platform in part.platforms)
        self._guards = frozenset(guard for part in criteria for guard in part.guards)
        self._note = _compiled(part.note for part in criteria)
        self._text = _compiled(part.text for part in criteria)
        self._words = _compiled(part.words for part in criteria)
        self._notes_seen: dict[str, tuple[Met, Met]] = {}
        self._relevant: dict[object, tuple[_Patterns, _Patterns]] = {}

    def is_blind(self) -> bool:
        """Whether nothing is looked at, so that one verdict serves all."""
        return not (self._kinds or self._platforms or self._guards or self._note or self._text or self._words)

    def sense(self, kind: str, platform: str | None, note: str, text: str, guard: str | None = None) -> Sensed:
        """What the conditions can tell apart of a value."""
        kind, platform, guard, (in_note, in_either), relevant = self._before_text(kind, platform, note, guard)
        in_text = _NONE
        if text:
            text = text[:LONGEST_TEXT]
            if relevant[0]:
                in_text = _found(relevant[0], text)
            if relevant[1]:
                in_either |= _found(relevant[1], text)
        return kind, platform, guard, in_note, in_text, in_either

    def looked_for(self, kind: str, platform: str | None, note: str, guard: str | None) -> tuple[re.Pattern[str], ...]:
        """What in the text of such a value can be told apart: a text in which nothing of it is found shows no more
        than none at all does."""
        *_, relevant = self._before_text(kind, platform, note, guard)
        return tuple(pattern for patterns in relevant for _, pattern in patterns)

    def _before_text(self, kind: str, platform: str | None, note: str, guard: str | None) -> _BeforeText:
        kind = kind if kind in self._kinds else ""
        platform = platform if platform in self._platforms else None
        guard = guard if guard in self._guards else None
        noted = self._notes_seen.get(note)
        if noted is None:
            noted = self._read_note(note)
        known = kind, platform, guard, noted
        relevant = self._relevant.get(known)
        if relevant is None:
            relevant = self._relevant[known] = self._still_open(*known)
        return kind, platform, guard, noted, relevant

    def _read_note(self, note: str) -> tuple[Met, Met]:
        start = note[:LONGEST_TEXT]
        noted = (_found(self._note, start), _found(self._words, start)) if note else _NOTELESS
        if len(note) <= _LONGEST_REMEMBERED:
            if len(self._notes_seen) >= _REMEMBERED_NOTES:
                self._notes_seen.clear()
            self._notes_seen[note] = noted
        return noted

    def _still_open(
        self, kind: str, platform: str | None, guard: str | None, noted: tuple[Met, Met]
    ) -> tuple[_Patterns, _Patterns]:
        """The patterns whose presence in the text can still change whether a condition holds."""
        wanted: set[Phrases] = set()
        for condition in self._conditions:
            asks, unless = condition.asks, condition.unless
            known = _all_met(replace(asks, text=(), words=()), (kind, platform, guard, noted[0], _NONE, _NONE))
            barred = _any_met(unless, (kind, platform, guard, noted[0], _NONE, noted[1]))
            if known and not barred:
                wanted |= {asks.text, asks.words, unless.text, unless.words} - {()}
        return (
            tuple(pair for pair in self._text if pair[0] in wanted),
            tuple(pair for pair in self._words if pair[0] in wanted and pair[0] not in noted[1]),
        )


_NOTELESS = (_NONE, _NONE)
_REMEMBERED_NOTES = 10_000
_LONGEST_REMEMBERED = 1_000


def _compiled(asked: Iterable[Phrases]) -> _Patterns:
    wanted = dict.fromkeys(phrases for phrases in asked if phrases)
    return tuple((phrases, re.compile(phrase_pattern(phrases), re.IGNORECASE)) for phrases in wanted)


def _found(patterns: _Patterns, text: str) -> Met:
    return frozenset([phrases for phrases, pattern in patterns if pattern.search(text)]) if patterns else _NONE


def holds(conditions: tuple[Condition, ...], sensed: Sensed) -> bool:
    """Whether one of the conditions holds; none at all always hold."""
    return not conditions or any(
        _all_met(condition.asks, sensed) and not _any_met(condition.unless, sensed) for condition in conditions
    )


def _all_met(asks: Criteria, sensed: Sensed) -> bool:
    kind, platform, guard, note, text, words = sensed
    return (
        (not asks.kinds or kind in asks.kinds)
        and (not asks.platforms or platform in asks.platforms)
        and (not asks.guards or guard in asks.guards)
        and (not asks.note or asks.note in note)
        and (not asks.text or asks.text in text)
        and (not asks.words or asks.words in words)
    )


def _any_met(asks: Criteria, sensed: Sensed) -> bool:
    kind, platform, guard, note, text, words = sensed
    return (
        kind in asks.kinds
        or platform in asks.platforms
        or guard in asks.guards
        or asks.note in note
        or asks.text in text
        or asks.words in words
    )
