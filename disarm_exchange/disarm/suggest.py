"""Candidate techniques for labels and free text that no rule maps: ranked, with reasons, never applied by themselves.

What is known: the names of the techniques and the labels of the reviewed rules with what they call. A text is compared
with both (see `similarity`); labels that are alike vote for what they call. Offline, deterministic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.confidence import HIGH
from disarm_exchange.disarm.labels import bare_label
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.disarm.similarity import TextIndex, Vector, features
from disarm_exchange.disarm.words import stems_of

_VOTES, _NAME, _COVERAGE, _CONTEXT = 1.0, 0.5, 0.3, 0.3
_LEAST_SCORE = 0.04
_MOST_SENTENCES = 40
_LONGEST_TEXT = 8_000
_SENTENCE_END = re.compile(r"[.!?;]\s+|\n+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A technique that may fit. `score` orders suggestions (0 to about 2); it is no probability."""

    technique_id: str
    name: str
    score: float
    reasons: tuple[str, ...]


class Suggester:
    """Suggests techniques of the mapping's release from what its rules and names say."""

    def __init__(self, mapping: TechniqueMapping) -> None:
        self._catalogue: Catalogue = mapping.catalogue
        self._labels = mapping.all_labels()
        self._calls: dict[str, dict[str, float]] = {}
        for label_id, texts in self._labels.items():
            verdict = mapping.match_label(label_id)
            self._calls[label_id] = {call.technique_id: call.confidence / HIGH for call in verdict.calls}
            self._labels[label_id] = tuple(bare_label(text) for text in texts)
        self._label_index = TextIndex((key, text) for key, texts in self._labels.items() for text in texts)
        self._name_index = TextIndex(_names(self._catalogue))
        self._name_words = {item.id: frozenset(stems_of(item.name)) for item in self._catalogue.techniques()}
        spread = Counter(word for words in self._name_words.values() for word in words)
        self._rarity = {word: log((1 + len(self._name_words)) / (1 + count)) + 1 for word, count in spread.items()}

    def suggest(
        self, text: str, *, context: str = "", limit: int = 5, without: frozenset[str] = frozenset()
    ) -> tuple[Suggestion, ...]:
        """The techniques that fit best, best first.

        Args:
            text: a label or free text; of a longer text each sentence is looked at by itself.
            context: what stands around it (the outer labels, a comment); it counts for less.
            limit: at most so many.
            without: ids of labels not to learn from (for measuring).
        """
        text = text[:_LONGEST_TEXT]
        scores: dict[str, float] = {}
        for sentence in _sentences(bare_label(text)):
            for technique_id, score in self._scores(sentence, without).items():
                scores[technique_id] = max(score, scores.get(technique_id, 0.0))
        said = frozenset(scores)
        if context.strip():
            for technique_id, score in self._scores(bare_label(context[:_LONGEST_TEXT]), without).items():
                scores[technique_id] = scores.get(technique_id, 0.0) + _CONTEXT * score
        ranked = sorted(scores, key=lambda key: (-scores[key], key))
        return tuple(
            Suggestion(
                key,
                self._catalogue.technique(key).name,
                round(scores[key], 4),
                self._reasons(key, text, without)
                if key in said
                else tuple(f"around it: {reason}" for reason in self._reasons(key, context, without)),
            )
            for key in ranked[:limit]
            if scores[key] >= _LEAST_SCORE
        )

    def _scores(self, text: str, without: frozenset[str]) -> dict[str, float]:
        plain, widened = features(text), features(text, synonyms=True)
        scores: dict[str, float] = {}
        for label_id, likeness in self._label_index.similar(plain, without).items():
            for technique_id, confidence in self._calls[label_id].items():
                scores[technique_id] = scores.get(technique_id, 0.0) + _VOTES * likeness * likeness * confidence
        for technique_id, likeness in self._name_index.similar(widened).items():
            scores[technique_id] = scores.get(technique_id, 0.0) + _NAME * likeness
        for technique_id, share in self._covered(widened).items():
            scores[technique_id] = scores.get(technique_id, 0.0) + _COVERAGE * share * share
        return scores

    def _covered(self, said: Mapping[str, float]) -> Vector:
        """How much of each technique's name is said, by the rarity of its words."""
        words = {feature[2:]: min(1.0, weight) for feature, weight in said.items() if feature.startswith("w:")}
        shares: Vector = {}
        for technique_id, name in self._name_words.items():
            met = sum(self._rarity[word] * words[word] for word in name if word in words)
            if met:
                shares[technique_id] = met / sum(self._rarity[word] for word in name)
        return shares

    def _reasons(self, technique_id: str, text: str, without: frozenset[str]) -> tuple[str, ...]:
        found = []
        alike = self._label_index.similar(features(bare_label(text)), without)
        voters = [key for key in alike if technique_id in self._calls[key]]
        for key in sorted(voters, key=lambda key: (-alike[key] * self._calls[key][technique_id], key))[:2]:
            found.append(f"like the label {self._labels[key][0]!r} ({key}), which calls it")
        technique = self._catalogue.technique(technique_id)
        parent = self._catalogue.get(technique.parent_id) if technique.parent_id else None
        named = [("its name", technique.name)] + ([(f"its parent {parent.id}", parent.name)] if parent else [])
        for whose, name in named:
            shared = self._name_index.shared_words(text, name)
            if shared:
                found.append(f"{whose} has what is said: {', '.join(_as_in(name, shared))}")
                break
        return tuple(found) or (f"its name {technique.name!r} is written much like what is said",)


def _names(catalogue: Catalogue) -> Iterable[tuple[str, str]]:
    for technique in catalogue.techniques():
        parent = catalogue.get(technique.parent_id) if technique.parent_id else None
        yield technique.id, f"{technique.name} {parent.name}" if parent else technique.name


def _sentences(text: str) -> list[str]:
    parts = [part for part in _SENTENCE_END.split(text) if part.strip()]
    return parts[:_MOST_SENTENCES]


def _as_in(name: str, stems: Iterable[str]) -> list[str]:
    """The words of a name that have these stems, as the name writes them."""
    written = {stem: word for word in re.findall(r"[^\W_]+", name) for stem in stems_of(word)}
    return [written.get(stem, stem) for stem in stems]
