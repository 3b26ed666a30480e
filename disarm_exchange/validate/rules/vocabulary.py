"""DX40x: values from vocabularies (STIX 2.1 section 10, DAD-CDM)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import partial

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.rule import NOTHING, Check, Facets, Found, ObjectRule
from disarm_exchange.validate.vocabularies import Vocabulary, vocabularies, vocabularies_of


class VocabularyRule(ObjectRule):
    """What the rules about vocabularies share."""

    closed: bool

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the properties that take their values from such a list."""
        present = self._present(object_type, keys)
        return partial(_outside, present) if present else None

    def _present(self, object_type: str, keys: Collection[str]) -> list[tuple[str, Vocabulary]]:
        return [
            (name, vocabulary)
            for name, vocabulary in vocabularies_of(object_type, self.context.matrices).items()
            if name in keys and vocabulary.closed is self.closed
        ]

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """The properties that take their values from such a list."""
        return Facets(tuple(name for name, _vocabulary in self._present(object_type, keys)))


def _outside(present: list[tuple[str, Vocabulary]], item: StixObject) -> Found:
    found: list[Finding] = []
    for name, vocabulary in present:
        value = item[name]
        if isinstance(value, str):
            if not vocabulary.has(value):
                found.append(_finding(f"/{name}", value, vocabulary))
        elif isinstance(value, list) and not vocabulary.values.issuperset(value):
            found += [
                _finding(f"/{name}/{position}", entry, vocabulary)
                for position, entry in enumerate(value)
                if not vocabulary.has(entry)
            ]
    return found or NOTHING


def _finding(pointer: str, value: str, vocabulary: Vocabulary) -> Finding:
    close = get_close_matches(value.lower().replace(" ", "-").replace("_", "-"), vocabulary.values, n=1, cutoff=0.75)
    advice = f"; is {close[0]!r} meant?" if close else ""
    return Finding(pointer, f"{shown(value)!r} is not in {vocabulary.name}{advice}")


class OutsideVocabulary(VocabularyRule):
    """A value outside an open vocabulary."""

    code = "DX401"
    severity = Severity.WARNING
    title = "value outside an open vocabulary"
    why = "It is allowed, but readers that group by the listed values show it apart or not at all."
    fix = "Use a value of the vocabulary where one fits."
    source = "STIX 2.1 section 10; DAD-CDM"
    closed = False


class OutsideEnumeration(VocabularyRule):
    """A value outside a closed enumeration, where the schemas do not say so already."""

    code = "DX402"
    severity = Severity.ERROR
    title = "value outside a closed enumeration"
    why = "The list is closed: readers refuse other values."
    fix = "Use a value of the enumeration."
    source = "STIX 2.1 section 10; DAD-CDM"
    closed = True


class UnknownHash(ObjectRule):
    """A hash under a name that is no algorithm of the vocabulary."""

    code = "DX403"
    severity = Severity.WARNING
    title = "unknown name of a hash algorithm"
    why = "Nobody matches a hash whose algorithm they do not know; often it is SHA-256 misspelt."
    fix = "Write MD5, SHA-1, SHA-256, SHA-512, SHA3-256, SHA3-512, SSDEEP or TLSH."
    source = "STIX 2.1 sections 2.6 and 10.7"
    keys = ("hashes", "external_references")

    def check(self, item: StixObject) -> Found:
        """Look at the hashes of the object and of its external references."""
        return [
            Finding(f"{pointer}/{name}", f"{shown(name)!r} is no hash algorithm of STIX{_advice(name)}")
            for pointer, hashes in _hashes(item)
            for name in hashes
            if name not in vocabularies()["hash-algorithm-ov"].values
        ]


def _hashes(item: StixObject) -> Iterator[tuple[str, dict[str, object]]]:
    hashes = item.get("hashes")
    if isinstance(hashes, dict):
        yield "/hashes", hashes
    references = item.get("external_references")
    for position, reference in enumerate(references if isinstance(references, list) else ()):
        if isinstance(reference, dict) and isinstance(reference.get("hashes"), dict):
            yield f"/external_references/{position}/hashes", reference["hashes"]


def _advice(name: str) -> str:
    letters = name.upper().replace("-", "").replace("_", "")
    for known in vocabularies()["hash-algorithm-ov"].values:
        if known.replace("-", "") == letters:
            return f"; is {known!r} meant?"
    return ""


class UntidyTerm(ObjectRule):
    """A term of one's own that is not written as terms are."""

    code = "DX404"
    severity = Severity.INFO
    title = "term not in lower case with hyphens"
    why = "Two spellings of one term are two terms to a reader."
    fix = "Write it in lower case, words joined by hyphens."
    source = "STIX 2.1 sections 2.10 (kill chains) and 10"
    keys = ("kill_chain_phases",)

    def check(self, item: StixObject) -> Found:
        """Look at the names of kill chains and phases."""
        phases = item["kill_chain_phases"]
        assert isinstance(phases, list)
        return [
            Finding(f"/kill_chain_phases/{position}/{name}", f"{shown(phase[name])!r} is not lower-case-with-hyphens")
            for position, phase in enumerate(phases)
            for name in ("kill_chain_name", "phase_name")
            if phase[name] != phase[name].lower() or "_" in phase[name] or " " in phase[name]
        ]
