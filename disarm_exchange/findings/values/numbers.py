"""Numbers as people write them in findings: "4,789", "1.9 million", "less than 100", "No", "12k"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import NamedTuple

import msgspec

from disarm_exchange.resources import data_folder

_DIGITS = re.compile(r"([~\u2248<>\u2264\u2265\u00b1]?)(\d[\d,.'\u2019]{0,40})([a-z.]{0,4})(\+?)", re.ASCII)
_SEPARATED = re.compile(r"\d{1,3}(?:[,'\u2019]\d{2,3})*[,'\u2019]\d{3}(?:\.\d+)?")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?")
_COMMA_DECIMAL = re.compile(r"\d+,\d{1,2}")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_GROUP = re.compile(r"\d{3}", re.ASCII)
_RANGE = re.compile(r"\d[\d,.]*(?:[-\u2013\u2014]|\.\.)\d[\d,.]*[km]?", re.ASCII)
_LONGEST_PHRASE = 5

DOT_THOUSANDS = "dot read as thousands separator"


class Currency(msgspec.Struct, frozen=True):
    """A currency: ISO 4217 code (or coin), signs that stand beside a number, words in lower case."""

    code: str
    signs: tuple[str, ...]
    words: tuple[str, ...]


class CountWords(msgspec.Struct, frozen=True):
    """The vocabulary of counts: `mappings/values/count-words.json`."""

    assets: dict[str, tuple[str, ...]]
    people: frozenset[str]
    audiences: frozenset[str]
    audience_verbs: frozenset[str]
    adjectives: frozenset[str]
    approximate: frozenset[str]
    exact: frozenset[str]
    numbers: dict[str, int]
    scales: dict[str, int]
    vague: frozenset[str]
    currencies: tuple[Currency, ...]
    ambiguous_signs: frozenset[str]


class Number(NamedTuple):
    """A number read from words, and where the next word stands.

    Attributes:
        value: None for a range or a vague number.
        after: index of the first word behind it.
        approximate: a qualifier says that it is rough, or a bound.
        problem: what is doubtful.
    """

    value: Decimal | None
    after: int
    approximate: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The count words, arranged for look-up."""

    words: CountWords
    asset_of: Mapping[str, str]
    starters: frozenset[str]
    """First words (lower case) with which a count may begin."""


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    path = data_folder("mappings") / "values" / "count-words.json"
    words = msgspec.json.decode(path.read_bytes(), type=CountWords)
    phrases = (*words.approximate, *words.exact, *words.numbers, *words.vague)
    return Vocabulary(
        words,
        {word: asset for asset, names in words.assets.items() for word in names},
        frozenset(phrase.split(" ")[0] for phrase in phrases),
    )


def read_number(words: Sequence[str], start: int) -> Number | None:
    """The number that begins at that word (lower case), with its qualifiers before it; None when there is none."""
    spoken = vocabulary().words
    at, rough = _skip_qualifiers(words, start)
    if at >= len(words):
        return None
    vague = _phrase(words, at, spoken.vague)
    if vague:
        return Number(None, at + vague, True, "no exact number")
    number = _digits(words, at) or _spelled(words, at)
    if number is None:
        return None
    end, more = _skip_qualifiers(words, number.after, only_exact=True)
    return Number(number.value, end, number.approximate or rough or more, number.problem)


def _skip_qualifiers(words: Sequence[str], start: int, *, only_exact: bool = False) -> tuple[int, bool]:
    spoken = vocabulary().words
    at = start
    rough = False
    while at < len(words):
        length = _phrase(words, at, spoken.exact)
        if not length and not only_exact:
            length = _phrase(words, at, spoken.approximate)
            rough = rough or length > 0
        if not length:
            break
        at += length
    return at, rough


def _phrase(words: Sequence[str], at: int, phrases: frozenset[str]) -> int:
    """How many words the longest of the phrases takes that begins there; 0 for none."""
    for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
        if " ".join(words[at : at + length]) in phrases:
            return length
    return 0


def _digits(words: Sequence[str], at: int) -> Number | None:
    word = words[at].removesuffix(",").removesuffix(";")
    if _RANGE.fullmatch(word):
        return Number(None, at + 1, True, "a range, no single number")
    found = _DIGITS.fullmatch(word)
    if found is None:
        return None
    sign, digits, suffix, plus = found.groups()
    after = at + 1
    if len(digits) <= 3 and digits.isdigit() and not suffix:
        while after < len(words) and _GROUP.fullmatch(words[after]):
            digits += words[after]  # "4 789", also written with a no-break space
            after += 1
    scale, after = _scale(suffix, words, after)
    if scale is None:
        return None
    value, problem = _decimal(digits.rstrip(".,"), scaled=scale != 1)
    if value is None:
        return None
    return Number(value * scale, after, bool(sign and sign != "\u00b1") or bool(plus), problem)


def _scale(suffix: str, words: Sequence[str], after: int) -> tuple[int | None, int]:
    scales = vocabulary().words.scales
    if suffix:
        return scales.get(suffix), after
    if after < len(words) and len(words[after]) > 1 and words[after] in scales:
        return scales[words[after]], after + 1
    return 1, after


def _decimal(digits: str, *, scaled: bool) -> tuple[Decimal | None, str | None]:
    if _SEPARATED.fullmatch(digits):
        return Decimal(re.sub(r"[,'\u2019]", "", digits)), None
    if scaled and _PLAIN.fullmatch(digits):
        return Decimal(digits), None
    if _DOTTED.fullmatch(digits):
        return Decimal(digits.replace(".", "").replace(",", ".")), DOT_THOUSANDS
    if _COMMA_DECIMAL.fullmatch(digits):
        return Decimal(digits.replace(",", ".")), None
    return (Decimal(digits), None) if _PLAIN.fullmatch(digits) else (None, None)


def _spelled(words: Sequence[str], at: int) -> Number | None:
    spoken = vocabulary().words
    tens, _, ones = words[at].partition("-")
    value = spoken.numbers.get(tens)
    if value is None:
        return None
    if ones:
        unit = spoken.numbers.get(ones)
        if value < 20 or unit is None or not 0 < unit < 10:
            return None
        value += unit
    scale, after = _scale("", words, at + 1)
    return Number(Decimal(value) * (scale or 1), after, False)
