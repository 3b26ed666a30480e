"""Tolerant, ranked search in the names and ids of a DISARM release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from rapidfuzz.distance import OSA

from disarm_exchange.disarm.synonyms import with_synonyms
from disarm_exchange.disarm.technique_ids import proper_technique_id
from disarm_exchange.disarm.words import STOP_WORDS, stem, stems_of, words_of

_SYNONYM, _BEGINNING, _TYPO = 0.8, 0.75, 0.7
_LEAST_SCORE = 0.34
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A technique (or a retired id) that fits; `score` from 0 to 1; `name` the name, maybe a former one, that did."""

    id: str
    name: str
    score: float
    retired: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    name: str
    retired: bool
    stems: tuple[str, ...]


class NameSearch:
    """An index over (id, name, retired) entries; an id may have several names."""

    def __init__(self, entries: Iterable[tuple[str, str, bool]]) -> None:
        self._entries = [_Entry(key, name, retired, tuple(stems_of(name))) for key, name, retired in entries]
        self._current = {entry.id: entry for entry in self._entries if not entry.retired}
        spread = Counter(word for entry in self._entries for word in set(entry.stems))
        self._weight = {word: log(1 + len(self._entries) / count) for word, count in spread.items()}
        self._rarest = max(self._weight.values(), default=1.0)

    def search(self, words: str, limit: int) -> tuple[SearchHit, ...]:
        """The best entries for the words; an id typed anywhere among them comes first."""
        wanted = with_synonyms([stem(word) for word in words_of(words) if word not in STOP_WORDS])
        best: dict[str, SearchHit] = {}
        for entry in self._entries:
            score = self._score(wanted, entry)
            if score >= _LEAST_SCORE and (entry.id not in best or best[entry.id].score < score):
                best[entry.id] = SearchHit(entry.id, entry.name, round(score, 4), entry.retired)
        asked = proper_technique_id(words)
        for entry in self._entries:
            if entry.id == asked and (entry.id not in best or best[entry.id].score < 1):
                best[entry.id] = SearchHit(entry.id, entry.name, 1.0, entry.retired)
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, hit.retired, hit.id))
        return tuple(ranked[:limit])

    def nearest_ids(self, asked: str) -> list[str]:
        """Ids of current techniques nearest to an id or a name that does not exist."""
        proper = proper_technique_id(asked)
        if proper is None:
            return [hit.id for hit in self.search(asked, _NEAREST * 2) if not hit.retired][:_NEAREST]
        parent = proper.partition(".")[0]
        ranked = sorted(
            self._current,
            key=lambda key: (OSA.distance(key, proper), key.partition(".")[0] != parent, key),
        )
        relatives = [key for key in ranked if key == parent]
        return [*relatives, *(key for key in ranked if key not in relatives)][:_NEAREST]

    def _score(self, wanted: list[tuple[str, tuple[str, ...]]], entry: _Entry) -> float:
        if not wanted or not entry.stems:
            return 0.0
        gained = total = 0.0
        met: set[str] = set()
        for said, meant in wanted:
            weight = self._weight.get(said, self._rarest)
            total += weight
            parts = said.split()
            if all(part in entry.stems for part in parts):
                gained += weight
                met.update(parts)
                continue
            fit, word = self._word_fit(said, meant, entry.stems)
            gained += weight * fit
            if fit:
                met.add(word)
        coverage = sum(self._weight[word] for word in met) / sum(self._weight[word] for word in set(entry.stems))
        return gained / total * (0.8 + 0.2 * coverage)

    def _word_fit(self, said: str, meant: tuple[str, ...], stems: tuple[str, ...]) -> tuple[float, str]:
        best = (0.0, "")
        for word in stems:
            if word in meant:
                # A synonym of several words counts by how many of them the name has.
                best = max(best, (_SYNONYM * sum(1 for other in meant if other in stems) / len(meant), word))
            elif len(said) >= 4 and word.startswith(said):
                best = max(best, (_BEGINNING, word))
            elif len(said) >= 5 and OSA.distance(said, word, score_cutoff=1 + (len(said) > 7)) <= 1 + (len(said) > 7):
                best = max(best, (_TYPO, word))
        return best
