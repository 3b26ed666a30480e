"""Finding the known label that a written one means, tolerant of how people write and of typing errors.

The text decides; the number in front only helps where the text is in doubt, since taxonomies get renumbered.
A typing error is accepted only where no other known label could have been meant: see `_by_typo`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from disarm_exchange.disarm.labels import LabelForm, label_form
from disarm_exchange.disarm.words import words_of

_FUZZY_FROM = 8
_SHORTEST_FUZZY_WORD = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The known label meant. `how`: `text`, `number` (the text is blank), `id` (a DISARM id leads) or `typo`."""

    label_id: str
    how: str


class LabelIndex:
    """Known labels, each with the id of what it stands for; one id may have several labels."""

    def __init__(self, labels: Iterable[tuple[str, str]]) -> None:
        """Take pairs of id and label text; the first label of an id gives it its number."""
        self._by_key: dict[str, list[str]] = {}
        self._by_number: dict[str, str] = {}
        self._by_technique_id: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._words: dict[str, list[str]] = {}
        self.texts: dict[str, str] = {}
        # Labels with a DISARM id in front are told by it; their bare text yields to other labels of that text.
        told = sorted(((label_id, text, label_form(text)) for label_id, text in labels), key=_leads_with_id)
        for label_id, text, form in told:
            key = form.key or form.whole_key
            owners = self._by_key.setdefault(key, [])
            if form.technique_id is not None:
                self._by_technique_id.setdefault(form.technique_id, label_id)
            if label_id not in owners and not (owners and form.technique_id is not None):
                owners.append(label_id)
            self._words.setdefault(key, _label_words(text, form))
            if label_id not in self.texts:
                self.texts[label_id] = text
                if form.number is not None:
                    self._by_number.setdefault(form.number, label_id)
                    self._numbers[label_id] = form.number
        self._headings = {number.rpartition(".")[0] for number in self._by_number if "." in number}
        self._keys = [key for key in self._by_key if len(key) >= _FUZZY_FROM]

    def find(self, label: str) -> Found | None:
        """The label meant, or None if no known one can be told."""
        form = label_form(label)
        if form.technique_id is not None:
            owner = self._by_technique_id.get(form.technique_id)
            return Found(owner, "id") if owner is not None else None
        for key in (form.key, form.whole_key):
            owners = self._by_key.get(key, []) if key else []
            if owners:
                return Found(self._numbered(owners, form.number) or owners[0], "text")
        if not form.key and form.number is not None:
            owner = self._by_number.get(form.number)
            return Found(owner, "number") if owner is not None else None
        owner = self._by_typo(label, form)
        return Found(owner, "typo") if owner is not None else None

    def by_number(self, number: str) -> str | None:
        """The id of the label with this number."""
        return self._by_number.get(number)

    def is_heading(self, label_id: str) -> bool:
        """Whether the label's number is the beginning of other labels' numbers: they are more precise."""
        return self._numbers.get(label_id) in self._headings

    def nearest(self, label: str) -> str | None:
        """The text of the known label closest to one that is not known, if any is close."""
        form = label_form(label)
        hit = process.extractOne(form.key, self._keys, scorer=OSA.normalized_similarity, score_cutoff=0.6)
        return self.texts[self._by_key[hit[0]][0]] if hit else None

    def _numbered(self, owners: list[str], number: str | None) -> str | None:
        return next((owner for owner in owners if number is not None and self._numbers.get(owner) == number), None)

    def _by_typo(self, label: str, form: LabelForm) -> str | None:
        """The one known label from which a typing error can have led to this one.

        The distance is the optimal string alignment distance over letters and digits. Bound: 1 from 8 letters, 2 from
        12, 3 from 24, and never as far as half of the way to the nearest other label, so that the circles around two
        labels never meet. Where the number in front is that of the nearest label, it settles what the text leaves open.
        """
        bound = _bound(len(form.key))
        if not bound:
            return None
        near = process.extract(form.key, self._keys, scorer=OSA.distance, score_cutoff=bound, limit=None)
        written = _label_words(label, form)
        near = [hit for hit in near if _plausible(written, self._words[hit[0]])]
        if not near:
            return None
        shortest = min(hit[1] for hit in near)
        owners = {owner for hit in near if hit[1] == shortest for owner in self._by_key[hit[0]]}
        by_number = self._numbered(sorted(owners), form.number)
        if by_number is not None:
            return by_number
        key = next(hit[0] for hit in near if hit[1] == shortest)
        if len(owners) == 1 and shortest <= min(_bound(len(key)), (self._distance_to_others(key) - 1) // 2):
            return next(iter(owners))
        return None

    def _distance_to_others(self, key: str) -> int:
        mine = set(self._by_key[key])
        others = [other for other in self._by_key if mine.isdisjoint(self._by_key[other])]
        hit = process.extractOne(key, others, scorer=OSA.distance)
        return int(hit[1]) if hit else len(key)


def _leads_with_id(told: tuple[str, str, LabelForm]) -> bool:
    return told[2].technique_id is not None


def _bound(length: int) -> int:
    if length < _FUZZY_FROM:
        return 0
    return 1 if length < 12 else 2 if length < 24 else 3


def _label_words(text: str, form: LabelForm) -> list[str]:
    """The words of a label's text, its number left out."""
    words = words_of(text)
    while words and len("".join(words)) > len(form.key) and "".join(words) != form.key:
        words.pop(0)
    return words


def _plausible(written: list[str], known: list[str]) -> bool:
    """Whether the difference can be a typing error: in short words (`DM`, `IP`, `X`) a letter makes another word."""
    if len(written) != len(known):
        return True
    for mine, theirs in zip(written, known, strict=True):
        if mine != theirs and OSA.distance(mine, theirs) > (len(theirs) >= _SHORTEST_FUZZY_WORD) + (len(theirs) >= 8):
            return False
    return True
