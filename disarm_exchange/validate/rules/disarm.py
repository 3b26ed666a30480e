"""DX50x: DISARM techniques (attack-patterns): ids, names, phases, releases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from disarm_exchange.disarm.catalogue import Catalogue, Retired, Technique
from disarm_exchange.disarm.catalogue import known_releases as releases_at_hand
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import DISARM_KILL_CHAIN, DISARM_SOURCE, OPENCTI_EXTENSION
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.rule import NOTHING, Found, ObjectRule

_FORM = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)
_RELEASE = re.compile(r"\brelease (\d{1,3}\.\d{1,3})\b", re.ASCII)
_ATTACK = "mitre-attack"
_TECHNIQUES = frozenset({"attack-pattern"})


@dataclass(frozen=True, slots=True)
class TechniqueReference:
    """One external reference by which an attack-pattern says that it is a DISARM technique."""

    pointer: str
    source: str
    external_id: str
    release: str
    """The release that the reference names; empty if it names none."""


def technique_references(item: StixObject) -> Iterator[TechniqueReference]:
    """The references of an attack-pattern to DISARM, also those that pass for ATT&CK.

    ATT&CK for ICS has ids of its own from T0800 on: a reference to `mitre-attack` counts only where its URL or its id
    is DISARM's.
    """
    references = item.get("external_references")
    for position, reference in enumerate(references if isinstance(references, list) else ()):
        source, external_id = reference.get("source_name"), reference.get("external_id")
        if not isinstance(source, str) or not isinstance(external_id, str):
            continue
        text = f"{reference.get('description', '')} {reference.get('url', '')}"
        named = source.casefold() in ("disarm", "disarm framework")
        if not named and not (source == _ATTACK and ("disarm" in text.casefold() or _is_disarms(external_id))):
            continue
        release = _RELEASE.search(text)
        yield TechniqueReference(
            f"/external_references/{position}", source, external_id, release.group(1) if release else ""
        )


def _is_disarms(external_id: str) -> bool:
    return any(
        catalogue.get(external_id) or catalogue.retired(external_id)
        for catalogue in map(Catalogue.load, known_releases())
    )


@cache
def known_releases() -> tuple[str, ...]:
    """The releases whose catalogues are here; asked for once."""
    return releases_at_hand()


class TechniqueRule(ObjectRule):
    """What the rules about techniques share."""

    types = _TECHNIQUES
    keys = ("external_references",)
    spares_revoked = True

    @cached_property
    def _default(self) -> Catalogue:
        return Catalogue.load(self.context.framework)

    def catalogue(self, reference: TechniqueReference) -> Catalogue:
        """The catalogue of the release that the reference names, else that of the run."""
        if reference.release in known_releases():
            return Catalogue.load(reference.release)
        return self._default

    def technique(self, reference: TechniqueReference) -> Technique | None:
        """The technique that the reference names; None if there is none of that id."""
        return self.catalogue(reference).get(reference.external_id)


class MalformedTechniqueId(TechniqueRule):
    """A DISARM reference whose id has not the form of one."""

    code = "DX501"
    severity = Severity.ERROR
    title = "malformed DISARM id"
    why = "Techniques are matched by this id; a malformed one matches nothing."
    fix = "Write it as T0143 or T0143.002."
    source = "DISARM Framework"

    def check(self, item: StixObject) -> Found:
        """Hold each id against the form."""
        return [
            Finding(f"{reference.pointer}/external_id", f"{shown(reference.external_id)!r} is not T0000 or T0000.000")
            for reference in technique_references(item)
            if not _FORM.fullmatch(reference.external_id)
        ]


class UnknownTechnique(TechniqueRule):
    """A DISARM id that no release has."""

    code = "DX502"
    severity = Severity.ERROR
    title = "no such technique"
    why = "Readers look the id up and find nothing, or another framework's technique."
    fix = "Use an id of the release; `disarm-exchange framework search WORDS` finds one."
    source = "DISARM Framework"

    def check(self, item: StixObject) -> Found:
        """Look each id up."""
        return [
            Finding(f"{reference.pointer}/external_id", catalogue.explain(missing))
            for reference in technique_references(item)
            if _FORM.fullmatch(reference.external_id)
            and (catalogue := self.catalogue(reference)).get(reference.external_id) is None
            and not isinstance(missing := catalogue.lookup(reference.external_id), Technique | Retired)
        ]


class RetiredTechnique(TechniqueRule):
    """A DISARM id that the release no longer has."""

    code = "DX503"
    severity = Severity.WARNING
    title = "retired technique"
    why = "Partners on the current release cannot place it; counts and heat maps split between old and new ids."
    fix = "Use the successor that fits the findings."
    source = "DISARM Framework"

    def check(self, item: StixObject) -> Found:
        """Look each id up among the retired ones."""
        return [
            Finding(f"{reference.pointer}/external_id", self.catalogue(reference).explain(retired))
            for reference in technique_references(item)
            if self.technique(reference) is None
            and (retired := self.catalogue(reference).retired(reference.external_id)) is not None
        ]


class WrongTechniqueName(TechniqueRule):
    """A name that is not the id's."""

    code = "DX504"
    severity = Severity.ERROR
    title = "name of another technique"
    why = "Readers see the name and match the id: they take it for two different things."
    fix = "Use the name that the release gives to the id, or the id of the name."
    source = "DISARM Framework"
    keys = ("name",)

    def check(self, item: StixObject) -> Found:
        """Compare the names without regard to case and spacing."""
        name = item["name"]
        assert isinstance(name, str)
        found = []
        for reference in technique_references(item):
            technique = self.technique(reference)
            if technique is not None and _folded(technique.name) != _folded(name):
                words = (
                    f"{technique.id} is called {technique.name!r} in DISARM {technique.release}, not {shown(name)!r}"
                )
                found.append(Finding("/name", words))
        return found[:1]


def _folded(name: str) -> str:
    return re.sub(r"[^\w]+", " ", name.casefold()).strip()


class TakenForAttack(TechniqueRule):
    """A DISARM technique that calls itself one of MITRE ATT&CK."""

    code = "DX505"
    severity = Severity.ERROR
    title = "DISARM technique under the name of ATT&CK"
    why = "Readers file it among the techniques of ATT&CK, where the id is unknown or another's."
    fix = f"Set source_name to {DISARM_SOURCE!r}."
    source = "measured on OpenCTI and MISP; DISARM's official bundles up to 1.7 have this fault"

    def check(self, item: StixObject) -> Found:
        """Look at the source of each reference."""
        return [
            Finding(f"{reference.pointer}/source_name", f"{reference.external_id} is a technique of DISARM")
            for reference in technique_references(item)
            if reference.source == _ATTACK
        ]


class WrongPhase(TechniqueRule):
    """A kill chain phase that is not the technique's tactic."""

    code = "DX506"
    severity = Severity.WARNING
    title = "phase does not fit the technique"
    why = "Matrices show the technique in the wrong column."
    fix = "Use the tactic of the technique in that release, in lower case with hyphens."
    source = "DISARM Framework"

    def check(self, item: StixObject) -> Found:
        """Compare the phases of the DISARM kill chain with the technique's tactics."""
        phases = item.get("kill_chain_phases")
        if not isinstance(phases, list):
            return NOTHING
        for reference in technique_references(item):
            technique = self.technique(reference)
            if technique is None:
                continue
            allowed = self.catalogue(reference).phases(technique)
            return [
                Finding(
                    f"/kill_chain_phases/{position}/phase_name",
                    f"{technique.id} belongs to {' and '.join(allowed)}, not to {shown(phase.get('phase_name'))!r}",
                )
                for position, phase in enumerate(phases)
                if phase.get("kill_chain_name") in (DISARM_KILL_CHAIN, _ATTACK)
                and phase.get("phase_name") not in allowed
            ]
        return NOTHING


class WrongKillChain(TechniqueRule):
    """A DISARM technique in the kill chain of ATT&CK."""

    code = "DX507"
    severity = Severity.WARNING
    title = "DISARM technique in the kill chain of ATT&CK"
    why = "Its phases then appear among those of ATT&CK in every reader that groups by kill chain."
    fix = f"Set kill_chain_name to {DISARM_KILL_CHAIN!r}."
    source = "measured on OpenCTI; DISARM's official bundles up to 1.7 have this fault"

    def check(self, item: StixObject) -> Found:
        """Look at the kill chains of objects that refer to DISARM."""
        phases = item.get("kill_chain_phases")
        if not isinstance(phases, list) or next(technique_references(item), None) is None:
            return NOTHING
        return [
            Finding(f"/kill_chain_phases/{position}/kill_chain_name", f"{_ATTACK} for a technique of DISARM")
            for position, phase in enumerate(phases)
            if phase.get("kill_chain_name") == _ATTACK
        ]


class OpenCtiIdDiffers(TechniqueRule):
    """OpenCTI's key on an attack-pattern that is not the technique's id."""

    code = "DX509"
    severity = Severity.ERROR
    title = "two ids for one technique"
    why = "OpenCTI keys on the id in its extension, everybody else on the external reference."
    fix = "Write the same id in both places."
    source = "measured on OpenCTI (pycti 7)"
    keys = ("extensions",)

    def check(self, item: StixObject) -> Found:
        """Compare the two."""
        extensions = item["extensions"]
        assert isinstance(extensions, dict)
        content = extensions.get(OPENCTI_EXTENSION)
        own = content.get("id") if isinstance(content, dict) else None
        ids = [reference.external_id for reference in technique_references(item)]
        if own is None or not ids or own in ids:
            return NOTHING
        return (Finding(f"/extensions/{OPENCTI_EXTENSION}/id", f"{shown(own)!r} here, {ids[0]!r} in the reference"),)


class UnknownRelease(TechniqueRule):
    """A release that we know nothing of."""

    code = "DX510"
    severity = Severity.INFO
    title = "unknown DISARM release"
    why = "The id is looked up in another release than the one it was taken from."
    fix = "Update disarm-exchange, or check the release that the reference names."
    source = "DISARM Framework"

    def check(self, item: StixObject) -> Found:
        """Look at the releases that references name."""
        return [
            Finding(reference.pointer, f"names DISARM {reference.release}; known are {', '.join(known_releases())}")
            for reference in technique_references(item)
            if reference.release and reference.release not in known_releases()
        ]
