"""What the mapping says of files of findings: how much is mapped and how surely, and what no rule decides.

Nothing is converted; the readers and the mapping are those of a conversion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from disarm_exchange.convert.converter import query_of
from disarm_exchange.disarm.clauses import Verdict
from disarm_exchange.disarm.coverage import Coverage
from disarm_exchange.disarm.mapping import Mapping
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.profile import SourceProfile
from disarm_exchange.findings.reader import OnRemark, Record, unheard
from disarm_exchange.findings.reading import read_blocks
from disarm_exchange.findings.values import Kind
from disarm_exchange.stix.progress import OnStep, Step, bytes_in, unwatched

_BLOCK = 2000
_MOST_OPEN = 20_000
_MOST_NOTES = 3
_LONGEST_TEXT = 2_000


@dataclass(slots=True)
class OpenText:
    """A label, or words under one, for which nothing is called; `decided` if a rule knows the label and says why."""

    text: str
    is_label: bool
    decided: bool
    reason: str
    findings: int = 0
    outer: Counter[str] = field(default_factory=Counter)
    """The labels around it, outermost first, with the number of findings."""
    notes: list[str] = field(default_factory=list)
    """A few of the comments beside it."""

    @property
    def context(self) -> str:
        """What stands around it, most frequent first; nothing that stands in it."""
        parts = [path for path, _ in self.outer.most_common(1) if path]
        return ". ".join((*parts, *self.notes))


@dataclass(slots=True)
class Survey:
    """The coverage of some files, together and each, and what is open."""

    total: Coverage = field(default_factory=Coverage)
    files: dict[str, Coverage] = field(default_factory=dict)
    unreadable: Counter[str] = field(default_factory=Counter)
    """Records that could not be read as findings, by file."""
    open: dict[tuple[str, bool], OpenText] = field(default_factory=dict)

    def open_texts(self, *, decided: bool = False) -> list[OpenText]:
        """What no rule decides, most findings first; with `decided` also what a rule leaves unmapped."""
        found = [one for one in self.open.values() if decided or not one.decided]
        return sorted(found, key=lambda one: (-one.findings, not one.is_label, one.text))


def survey_files(
    paths: Sequence[Path],
    mapping: Mapping,
    profiles: Sequence[SourceProfile],
    *,
    remark: OnRemark = unheard,
    on_step: OnStep = unwatched,
) -> Survey:
    """Ask the mapping about every finding of some files; `on_step` is told how far that is.

    Raises:
        UserError: a file that cannot be read, or whose layout no profile knows.
    """
    asker = _Asker(mapping)
    before, records, size = 0, 0, bytes_in(*paths)
    for path in paths:
        asker.begin(str(path))
        for block in read_blocks(path, profiles, _BLOCK, remark=remark):
            for record in block.records():
                asker.take(record)
                records += 1
            on_step(Step("reading", records, "records", read=before + block.position, size=size))
        before += path.stat().st_size
    return asker.survey


class _Asker:
    """Asks the mapping and keeps what it says."""

    def __init__(self, mapping: Mapping) -> None:
        self.survey = Survey()
        self._mapping = mapping
        self._known: dict[str, bool] = {}
        self._file = ""

    def begin(self, file: str) -> None:
        self._file = file
        self.survey.files.setdefault(file, Coverage())

    def take(self, record: Record) -> None:
        survey = self.survey
        if not isinstance(record, Finding):
            survey.unreadable[self._file] += 1
            return
        verdict = self._mapping.match(query_of(record))
        survey.total.add(record.labels, verdict)
        survey.files[self._file].add(record.labels, verdict)
        labels = [" ".join(label.split()) for label in record.labels if label.strip()]
        known = bool(labels) and self._knows(labels[-1])
        if labels and (not known or not verdict.calls):
            self._add(labels[-1], labels[:-1], record.note, verdict, is_label=True, decided=known)
        if not known and record.value.kind is Kind.TEXT:
            self._add(" ".join(record.raw.split()), labels, record.note, verdict, is_label=False, decided=False)

    def _knows(self, label: str) -> bool:
        known = self._known.get(label)
        if known is None:
            if len(self._known) >= _MOST_OPEN:  # a hostile file may bring endless labels
                self._known.clear()
            known = self._known[label] = self._mapping.knows(label)
        return known

    def _add(
        self, text: str, outer: Sequence[str], note: str, verdict: Verdict, *, is_label: bool, decided: bool
    ) -> None:
        text = text[:_LONGEST_TEXT]
        found = self.survey.open.get((text, is_label))
        if found is None:
            if not text or len(self.survey.open) >= _MOST_OPEN:
                return
            found = self.survey.open[text, is_label] = OpenText(text, is_label, decided, verdict.reason)
        found.findings += 1
        found.outer[" > ".join(outer)[:_LONGEST_TEXT]] += 1
        note = note[:_LONGEST_TEXT].strip()
        if note and note not in found.notes and len(found.notes) < _MOST_NOTES:
            found.notes.append(note)
