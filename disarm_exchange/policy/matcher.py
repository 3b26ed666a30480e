"""Finding many known values in texts: leftmost, longest, in time that hardly depends on how many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

_HEAD = 3
_SHORTEST = 3
_SHORTEST_NUMBER = 5
_LONG = 10

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Match(Generic[V]):
    """One occurrence: where it begins and ends in the text, and what was said of the value."""

    start: int
    end: int
    about: V


class Matcher(Generic[V]):
    """Known values, each with something said about it.

    Letter case does not matter. A short value of letters only is found as a whole word; a long one, or one with digits
    or marks in it, is found inside others too. Values too short to tell anything in a text (below three characters, or
    below five digits) are not searched for. Percent-encoded and pattern-escaped spellings are found as well.
    """

    def __init__(self, values: Iterable[tuple[str, V]]) -> None:
        self._by_head: dict[str, dict[str, V]] = defaultdict(dict)
        for value, about in values:
            for spelling in _spellings(value):
                self._by_head[spelling[:_HEAD]].setdefault(spelling, about)
        self._candidates = {
            head: sorted(found.items(), key=lambda entry: -len(entry[0])) for head, found in self._by_head.items()
        }

    def __bool__(self) -> bool:
        return bool(self._candidates)

    def find(self, text: str) -> Iterator[Match[V]]:
        """All occurrences, leftmost first, the longest at each place, none overlapping another."""
        if not self._candidates:
            return
        low = _lower(text)
        position, last = 0, len(low) - _HEAD + 1
        candidates = self._candidates
        while position < last:
            found = candidates.get(low[position : position + _HEAD])
            if found is not None:
                for spelling, about in found:
                    end = position + len(spelling)
                    if low.startswith(spelling, position) and (_free(spelling) or _stands_alone(low, position, end)):
                        yield Match(position, end, about)
                        position = end
                        break
                else:
                    position += 1
            else:
                position += 1


def _spellings(value: str) -> set[str]:
    plain = _lower(value.strip().removeprefix("@"))
    if len(plain) < (_SHORTEST_NUMBER if plain.isdigit() else _SHORTEST):
        return set()
    return {plain, _lower(quote(plain, safe="")), plain.replace("\\", "\\\\").replace("'", "\\'")}


def _free(spelling: str) -> bool:
    return len(spelling) >= _LONG or not spelling.isalpha()


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = start > 0 and text[start - 1].isalnum()
    after = end < len(text) and text[end].isalnum()
    return not (before or after)


def _lower(text: str) -> str:
    """Lower case with the same number of characters, so that places stay the same."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(char.lower()[0] for char in text)
