"""Reading STIX patterns that only compare for equality (STIX 2.1 section 9), which is what indicator feeds hold.

Understood is one or more observation expressions joined by OR or AND, each of `path = 'value'` comparisons (also
`path IN ('a', 'b')`) joined by AND or OR, with brackets. Whatever else a pattern says (ranges, qualifiers, order in
time) makes it none of these: then there is no honest way to take values out of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_PATTERN_CHARACTERS = 64 * 1024
_MAX_BRACKETS = 16
_MAX_ALTERNATIVES = 256

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*+')
      | (?P<path>[a-z0-9][a-z0-9-]*:[A-Za-z0-9_-]+(?:\.(?:[A-Za-z0-9_-]+|'(?:[^'\\]|\\.)*+')|\[(?:\d+|\*)\])*+)
      | (?P<word>[A-Za-z]+)
      | (?P<number>[+-]?\d+(?:\.\d+)?)
      | (?P<sign>==?|[\[\](),])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class NotSimpleError(Exception):
    """The pattern says more than equality, or is no pattern; the reason in words."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An object path and the value that it equals."""

    path: str
    """As written, with quotes around keys that need them: `file:hashes.'SHA-256'`."""

    value: str


def alternatives(pattern: str) -> tuple[tuple[Comparison, ...], ...]:
    """The pattern as alternatives (OR), each of comparisons that hold together (AND).

    Observations joined by AND are told apart like alternatives: each of them names something to look for.

    Raises:
        NotSimpleError: the pattern is not one of equality alone.
    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise NotSimpleError(f"the pattern is longer than {MAX_PATTERN_CHARACTERS:,} characters")
    return tuple(tuple(dict.fromkeys(each)) for each in _Parser(_tokens(pattern)).pattern())


def _tokens(pattern: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    end = len(pattern.rstrip())
    while at < end:
        found = _TOKEN.match(pattern, at)
        if found is None or found.lastgroup is None:
            raise NotSimpleError(f"not understood from {pattern[at : at + 20].strip()!r} on")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        at = found.end()
    return tokens


_Terms = list[list[Comparison]]


class _Parser:
    """Recursive descent; expressions become lists of alternatives at once."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._open = 0

    def pattern(self) -> _Terms:
        found = self._observations()
        if self._at < len(self._tokens):
            raise NotSimpleError(f"{self._tokens[self._at][1]!r} is more than a comparison for equality")
        return found

    def _observations(self) -> _Terms:
        found = self._observation()
        while self._word() in ("OR", "AND"):
            self._at += 1
            found = found + self._observation()
            _bounded(found)
        return found

    def _observation(self) -> _Terms:
        if self._take("("):
            return self._bracketed(self._observations, ")")
        if not self._take("["):
            raise NotSimpleError("an observation must begin with [")
        return self._bracketed(self._either, "]")

    def _either(self) -> _Terms:
        found = self._both()
        while self._word() == "OR":
            self._at += 1
            found = found + self._both()
            _bounded(found)
        return found

    def _both(self) -> _Terms:
        found = self._comparison()
        while self._word() == "AND":
            self._at += 1
            more = self._comparison()
            if len(found) * len(more) > _MAX_ALTERNATIVES:
                raise NotSimpleError(f"it has more than {_MAX_ALTERNATIVES} alternatives")
            found = [[*left, *right] for left in found for right in more]
        return found

    def _comparison(self) -> _Terms:
        if self._take("("):
            return self._bracketed(self._either, ")")
        path = self._next("path", "an object path is expected")
        if self._take("=") or self._take("=="):
            return [[Comparison(path, self._literal())]]
        if self._word() == "IN":
            self._at += 1
            return self._set(path)
        raise NotSimpleError("it compares for something else than equality")

    def _set(self, path: str) -> _Terms:
        if not self._take("("):
            raise NotSimpleError("IN must be followed by (")
        found = [[Comparison(path, self._literal())]]
        while self._take(","):
            found.append([Comparison(path, self._literal())])
            _bounded(found)
        if not self._take(")"):
            raise NotSimpleError("a bracket is not closed")
        return found

    def _bracketed(self, inside: object, closing: str) -> _Terms:
        self._open += 1
        if self._open > _MAX_BRACKETS:
            raise NotSimpleError(f"it has more than {_MAX_BRACKETS} brackets in each other")
        assert callable(inside)
        found: _Terms = inside()
        if not self._take(closing):
            raise NotSimpleError("it compares for more than equality, or a bracket is not closed")
        self._open -= 1
        return found

    def _literal(self) -> str:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "text":
                self._at += 1
                return _ESCAPED.sub(r"\1", text[1:-1])
            if kind == "number" or (kind == "word" and text in ("true", "false")):
                self._at += 1
                return text
        raise NotSimpleError("a value is expected")

    def _next(self, kind: str, problem: str) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == kind:
            self._at += 1
            return self._tokens[self._at - 1][1]
        raise NotSimpleError(problem)

    def _word(self) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "word":
            return self._tokens[self._at][1]
        return None

    def _take(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False


def _bounded(found: _Terms) -> None:
    if len(found) > _MAX_ALTERNATIVES:
        raise NotSimpleError(f"it has more than {_MAX_ALTERNATIVES} alternatives")
