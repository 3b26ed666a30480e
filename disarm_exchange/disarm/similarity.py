"""How alike short texts are: TF-IDF over word stems, word pairs and letter groups, compared by cosine. Offline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log, sqrt

from disarm_exchange.disarm.synonyms import with_synonyms
from disarm_exchange.disarm.words import STOP_WORDS, stem, words_of

_PAIR_WEIGHT = 0.3
_GRAM_WEIGHT = 0.35
_SYNONYM_WEIGHT = 0.8
_GRAM = 4

Vector = dict[str, float]


def features(text: str, *, synonyms: bool = False) -> Vector:
    """The features of a text with their weights: stems, pairs of stems that stand together, groups of four letters.

    With `synonyms`, the words that DISARM's names have for what is said count too, for less.
    """
    stems = [stem(word) for word in words_of(text) if word not in STOP_WORDS and not word.isdigit()]
    found: defaultdict[str, float] = defaultdict(float)
    for word in stems:
        found[f"w:{word}"] += 1.0
        padded = f"_{word}_"
        grams = [padded[place : place + _GRAM] for place in range(len(padded) - _GRAM + 1)]
        for gram in grams:
            found[f"g:{gram}"] += _GRAM_WEIGHT / sqrt(len(grams))
    for first, second in pairwise(stems):
        found[f"p:{first} {second}"] += _PAIR_WEIGHT
    if synonyms:
        for _, meant in with_synonyms(stems):
            for word in meant:
                found[f"w:{word}"] += _SYNONYM_WEIGHT / sqrt(len(meant))
    return dict(found)


class TextIndex:
    """Texts, each under a key of its own; `similar` gives the keys of those that are like another text."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        raw = [(key, features(text)) for key, text in texts]
        spread = Counter(feature for _, vector in raw for feature in vector)
        self._rarity = {feature: log((1 + len(raw)) / (1 + count)) + 1 for feature, count in spread.items()}
        self._unseen = log(1 + len(raw)) + 1
        self._postings: dict[str, list[tuple[int, float]]] = {}
        self._keys: list[str] = []
        for number, (key, vector) in enumerate(raw):
            self._keys.append(key)
            for feature, weight in self._weighted(vector).items():
                self._postings.setdefault(feature, []).append((number, weight))

    def similar(self, query: Vector, without: frozenset[str] = frozenset()) -> dict[str, float]:
        """Cosine (0 to 1) of every text that shares a feature with the query; keys of `without` are left out."""
        scores: dict[int, float] = {}
        for feature, weight in self._weighted(query).items():
            for number, other in self._postings.get(feature, ()):
                scores[number] = scores.get(number, 0.0) + weight * other
        best: dict[str, float] = {}
        for number, score in scores.items():
            key = self._keys[number]
            if key not in without and score > best.get(key, 0.0):
                best[key] = score
        return best

    def shared_words(self, text: str, other: str) -> Sequence[str]:
        """The stems that two texts have in common, rarest first."""
        mine, theirs = features(text, synonyms=True), features(other)
        both = [feature for feature in theirs if feature in mine and feature.startswith("w:")]
        return [feature[2:] for feature in sorted(both, key=lambda feature: -self._rarity.get(feature, self._unseen))]

    def _weighted(self, vector: Vector) -> Vector:
        weighted = {feature: weight * self._rarity.get(feature, self._unseen) for feature, weight in vector.items()}
        length = sqrt(sum(weight * weight for weight in weighted.values())) or 1.0
        return {feature: weight / length for feature, weight in weighted.items()}
