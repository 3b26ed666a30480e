"""Which DISARM technique an attack-pattern is, whoever wrote it.

DISARM's own STIX ids change between releases, OpenCTI, MISP and disarm2stix mint ids of their own, and the official
bundles label their techniques `mitre-attack` as if they were ATT&CK's. What counts, in this order: an external
reference to DISARM, the id that OpenCTI keeps, the STIX id itself, and last the exact name in a `disarm` kill chain.
MITRE's real techniques (`T1566`, for industrial control systems also `T0800` on) are never taken for DISARM's.

All look-ups are in dicts made once; an attack-pattern takes about a microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from uuid import UUID

import orjson

from disarm_exchange.disarm.catalogue import Catalogue, known_releases
from disarm_exchange.disarm.technique_ids import is_proper_technique_id, leading_technique_id, proper_technique_id
from disarm_exchange.stix.ids import SCO_NAMESPACE, technique_stix_id, uuid5_text
from disarm_exchange.stix.project import OPENCTI_EXTENSION

MISP_NAMESPACE = UUID("9d6bd9d2-2cd3-4900-b61a-06cd64df3996")
"""MISP's galaxies `disarm-*`: a cluster's UUID is the UUIDv5 of its external id in this namespace."""

DISARM2STIX_NAMESPACE = UUID("8700e156-6ce9-5090-8589-f9d0aef7bdb7")
"""muchdogesec/disarm2stix: an attack-pattern's UUID is the UUIDv5 of its technique id in this namespace."""

OPENCTI_NAMESPACE = SCO_NAMESPACE
"""OpenCTI (pycti `AttackPattern.generate_id`): UUIDv5 of `{"x_mitre_id": id}`, or of `{"name": name}` without one."""

_MITRE_SITE = "attack.mitre.org"


class How(StrEnum):
    """By what a technique was told."""

    REFERENCE = "reference"
    """An external reference that names DISARM, by its source or its address."""
    MITRE_LABEL = "mitre-label"
    """An external reference labelled `mitre-attack` whose id is DISARM's and none of MITRE's."""
    OPENCTI_PROPERTY = "opencti-property"
    """The id in OpenCTI's extension, or in its property `x_mitre_id`."""
    OUR_ID = "our-id"
    OFFICIAL_ID = "official-id"
    """A STIX id that one of DISARM's own bundles gave the technique."""
    MISP_ID = "misp-id"
    DISARM2STIX_ID = "disarm2stix-id"
    OPENCTI_ID = "opencti-id"
    NAME = "name"
    """The exact name, in a kill chain of DISARM's."""


_CONFIDENCE: Mapping[How, int] = {
    How.REFERENCE: 100,
    How.OPENCTI_PROPERTY: 95,
    How.OUR_ID: 95,
    How.MISP_ID: 95,
    How.DISARM2STIX_ID: 95,
    How.OFFICIAL_ID: 90,
    How.MITRE_LABEL: 85,
    How.OPENCTI_ID: 85,
    How.NAME: 50,
}


@dataclass(frozen=True, slots=True)
class Identified:
    """A technique told. The id need not be one of a release at hand: a later release may have brought it."""

    technique_id: str
    how: How

    @property
    def confidence(self) -> int:
        """How sure that is, on STIX's scale from 0 to 100."""
        return _CONFIDENCE[self.how]


class TechniqueIndex:
    """What tells the techniques of some releases."""

    def __init__(self, catalogues: Iterable[Catalogue]) -> None:
        """Index releases, oldest first: of two that give a name or STIX id to different techniques the newer counts."""
        self._known: dict[str, Identified] = {}
        self._mitre: dict[str, Identified] = {}
        self._opencti: dict[str, Identified] = {}
        self._ids: dict[str, Identified] = {}
        self._names: dict[str, dict[str, frozenset[str]]] = {}
        for catalogue in catalogues:
            self._take(catalogue)

    def identify(self, item: Mapping[str, object]) -> Identified | None:
        """The technique that an attack-pattern is, and how that was told; None if it is none of DISARM's."""
        if item.get("type") != "attack-pattern":
            return None
        references = item.get("external_references")
        is_mitres = False
        if isinstance(references, list):
            for reference in references:
                if not isinstance(reference, dict):
                    continue
                found = self._by_reference(reference)
                if found is not None:
                    return found
                is_mitres = is_mitres or _is_mitres(reference)
        found = self._by_opencti_property(item)
        if found is not None:
            return found
        found = self._ids.get(str(item.get("id")))
        if found is not None or is_mitres:
            return found
        return self._by_name(item)

    def _by_reference(self, reference: Mapping[str, object]) -> Identified | None:
        source, external_id = reference.get("source_name"), reference.get("external_id")
        if not isinstance(source, str) or not isinstance(external_id, str):
            return None
        address = str(reference.get("url")).casefold()
        if "disarm" in source.casefold():
            proper = external_id if external_id in self._known else proper_technique_id(external_id)
            return self._known.get(proper) or Identified(proper, How.REFERENCE) if proper is not None else None
        if _MITRE_SITE in address:
            return None
        if "disarm" in address and is_proper_technique_id(external_id):
            return self._known.get(external_id) or Identified(external_id, How.REFERENCE)
        return self._mitre.get(external_id) if source == "mitre-attack" else None

    def _by_opencti_property(self, item: Mapping[str, object]) -> Identified | None:
        extensions = item.get("extensions")
        extension = extensions.get(OPENCTI_EXTENSION) if isinstance(extensions, dict) else None
        for holder, name in ((extension, "id"), (item, "x_mitre_id")):
            told = holder.get(name) if isinstance(holder, Mapping) else None
            if isinstance(told, str) and told in self._opencti:
                return self._opencti[told]
        return None

    def _by_name(self, item: Mapping[str, object]) -> Identified | None:
        name, phases = item.get("name"), item.get("kill_chain_phases")
        if not isinstance(name, str) or not isinstance(phases, list):
            return None
        ours = [
            str(phase.get("phase_name"))
            for phase in phases
            if isinstance(phase, dict) and "disarm" in str(phase.get("kill_chain_name")).casefold()
        ]
        leading = leading_technique_id(name)
        if not ours:
            return None
        if leading is not None and leading[0] in self._known:
            return Identified(leading[0], How.NAME)
        candidates = self._names.get(_name_key(name), {})
        if len(candidates) > 1:
            candidates = {key: tactics for key, tactics in candidates.items() if tactics.intersection(ours)}
        return Identified(next(iter(candidates)), How.NAME) if len(candidates) == 1 else None

    def _take(self, catalogue: Catalogue) -> None:
        names: dict[str, dict[str, frozenset[str]]] = {}
        for technique in catalogue.techniques():
            self._take_ids(technique.id, technique.stix_ids)
            names.setdefault(_name_key(technique.name), {})[technique.id] = frozenset(catalogue.phases(technique))
        for retired in catalogue.all_retired():
            self._take_ids(retired.id, retired.stix_ids)
        former = [(retired.id, retired.name) for retired in catalogue.all_retired()] + list(catalogue.former_names())
        for technique_id, name in former:
            if _name_key(name) not in names and _name_key(name) not in self._names:
                self._names.setdefault(_name_key(name), {})[technique_id] = frozenset()
        self._names.update(names)
        for key, candidates in names.items():
            if len(candidates) == 1:
                opencti_id = _opencti_id("name", key)
                self._ids[opencti_id] = Identified(next(iter(candidates)), How.OPENCTI_ID)

    def _take_ids(self, technique_id: str, official: Iterable[str]) -> None:
        for stix_id in official:
            self._ids[stix_id] = Identified(technique_id, How.OFFICIAL_ID)
        if technique_id in self._known:
            return
        self._known[technique_id] = Identified(technique_id, How.REFERENCE)
        self._mitre[technique_id] = Identified(technique_id, How.MITRE_LABEL)
        self._opencti[technique_id] = Identified(technique_id, How.OPENCTI_PROPERTY)
        for stix_id, how in minted_ids(technique_id):
            self._ids[stix_id] = Identified(technique_id, how)


def minted_ids(technique_id: str) -> Iterator[tuple[str, How]]:
    """The STIX ids that this project and others derive from a technique's id, whatever the release."""
    name = technique_id.encode()
    yield technique_stix_id(technique_id), How.OUR_ID
    yield f"attack-pattern--{uuid5_text(MISP_NAMESPACE.bytes, name)}", How.MISP_ID
    yield f"attack-pattern--{uuid5_text(DISARM2STIX_NAMESPACE.bytes, name)}", How.DISARM2STIX_ID
    yield _opencti_id("x_mitre_id", technique_id), How.OPENCTI_ID


def _opencti_id(key: str, value: str) -> str:
    return f"attack-pattern--{uuid5_text(OPENCTI_NAMESPACE.bytes, orjson.dumps({key: value}))}"


def _name_key(name: str) -> str:
    return name.strip().lower()


def _is_mitres(reference: Mapping[str, object]) -> bool:
    """Whether a reference says that the object is ATT&CK's or CAPEC's own."""
    source, url = str(reference.get("source_name")), str(reference.get("url"))
    return (source.startswith("mitre") or source == "capec" or _MITRE_SITE in url) and "external_id" in reference


@cache
def _index() -> TechniqueIndex:
    return TechniqueIndex(map(Catalogue.load, known_releases()))


def identify(item: Mapping[str, object]) -> Identified | None:
    """The technique that an attack-pattern is, by all releases at hand, and how that was told; None if it is none."""
    return _index().identify(item)


def technique_of(item: Mapping[str, object]) -> str | None:
    """The DISARM id of an attack-pattern (`T0143.002`); None if it is no DISARM technique."""
    found = _index().identify(item)
    return found.technique_id if found is not None else None
