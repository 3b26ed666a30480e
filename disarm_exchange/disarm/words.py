"""Words of names and labels, folded so that spelling habits do not matter: case, accents, plurals, dialects."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")

STOP_WORDS = frozenset(
    """
    a an and are as at be been by for from has have in into is it its of on or other others over per s so some such that
    the their them these they this those through to use used uses using via was were which while who with within without
    """.split()
)
"""Words that say nothing of what a label or a technique is about."""

_ENDINGS = (
    ("isations", "iz"), ("izations", "iz"), ("isation", "iz"), ("ization", "iz"),
    ("ising", "iz"), ("izing", "iz"), ("ised", "iz"), ("ized", "iz"),
    ("ises", "iz"), ("izes", "iz"), ("ise", "iz"), ("ize", "iz"),
    ("ations", "at"), ("ation", "at"), ("ating", "at"), ("ated", "at"), ("ates", "at"), ("ate", "at"),
    ("ions", ""), ("ion", ""), ("ings", ""), ("ing", ""), ("ied", "y"), ("ies", "y"),
    ("sses", "ss"), ("ness", ""), ("ers", ""), ("ed", ""), ("er", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip
_SHORTEST_STEM = 3


def folded(text: str) -> str:
    """Lower case without accents, compatibility forms resolved (`ﬀ` is `ff`, full-width letters are plain ones)."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def words_of(text: str) -> list[str]:
    """The folded words of a text in order; punctuation and underscores part words."""
    return _WORD.findall(folded(text))


def stem(word: str) -> str:
    """A crude stem: enough to bring `impersonating`, `impersonated` and `impersonation` together."""
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM and not word.endswith("ss"):
            return _undoubled(word[: -len(ending)] + instead)
    return word


def _undoubled(word: str) -> str:
    return word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "lsz" else word


def stems_of(text: str) -> list[str]:
    """The stems of all words that are no stop words."""
    return [stem(word) for word in words_of(text) if word not in STOP_WORDS]
