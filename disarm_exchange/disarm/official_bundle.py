"""The facts of a DISARM release read out of the STIX bundle that the DISARM Foundation publishes.

Only facts are taken: ids, names, tactics, parents, order and STIX ids. Descriptions are under a share-alike licence and
stay where they are. The bundles label their techniques `mitre-attack` like ATT&CK's own, so the id's form decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from disarm_exchange.disarm.technique_ids import is_proper_technique_id
from disarm_exchange.errors import UserError

_LARGEST_FILE = 64 * 1024 * 1024
_REMEDY = "give DISARM's official STIX bundle"


@dataclass(frozen=True, slots=True)
class BundleTactic:
    """A tactic as the bundle has it; `order` is its place in the matrix, from 1."""

    id: str
    name: str
    shortname: str
    order: int
    stix_id: str


@dataclass(frozen=True, slots=True)
class BundleTechnique:
    """A technique as the bundle has it."""

    id: str
    name: str
    tactic_ids: tuple[str, ...]
    parent_id: str | None
    stix_id: str
    url: str


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What a bundle says of its release; it does not say which release it is."""

    bundle_id: str
    modified: str
    tactics: tuple[BundleTactic, ...]
    techniques: tuple[BundleTechnique, ...]
    doubles: tuple[BundleTechnique, ...] = ()
    """Further objects with the id of one of the techniques: DISARM's first bundle of 1.7 has such."""


def read_official_bundle(path: Path) -> BundleFacts:
    """The facts of an official DISARM bundle, techniques in order of their id.

    Raises:
        UserError: not a STIX bundle, or one without DISARM techniques.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UserError(f"is larger than {_LARGEST_FILE:,} bytes", where=str(path), fix=_REMEDY)
        bundle = orjson.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except orjson.JSONDecodeError as error:
        raise UserError(f"is not JSON: {error.msg}", where=f"{path}:{error.lineno}:{error.colno}") from None
    objects = bundle.get("objects") if isinstance(bundle, dict) and bundle.get("type") == "bundle" else None
    if not isinstance(objects, list):
        raise UserError("is no STIX bundle", where=str(path))
    items = [item for item in objects if isinstance(item, dict)]
    tactics = _tactics(items)
    techniques = _techniques(items, {tactic.shortname: tactic.id for tactic in tactics})
    if not tactics or not techniques:
        raise UserError(_what_it_lacks(items), where=str(path), fix=_REMEDY)
    if any("attack.mitre.org" in technique.url for technique in techniques):
        raise UserError("is MITRE ATT&CK, not DISARM", where=str(path), fix=_REMEDY)
    first: dict[str, BundleTechnique] = {}
    for technique in techniques:
        first.setdefault(technique.id, technique)
    doubles = tuple(technique for technique in techniques if first[technique.id] is not technique)
    modified = max(str(item.get("modified", "")) for item in items)
    return BundleFacts(str(bundle.get("id", "")), modified, tactics, tuple(first.values()), doubles)


def _what_it_lacks(items: Iterable[Mapping[str, object]]) -> str:
    ids = [_reference(item)[0] for item in items if item.get("type") == "attack-pattern"]
    seen = f"; its ids are like {ids[0]}" if ids else ""
    return f"holds no DISARM tactics (TA06) and techniques (T0143.002){seen}"


def _tactics(items: Iterable[Mapping[str, object]]) -> tuple[BundleTactic, ...]:
    items = list(items)
    order: dict[str, int] = {}
    for item in items:
        if item.get("type") == "x-mitre-matrix":
            refs = item.get("tactic_refs")
            order = {str(ref): place for place, ref in enumerate(refs if isinstance(refs, list) else (), start=1)}
    found = [
        BundleTactic(
            id=_reference(item)[0],
            name=str(item.get("name", "")),
            shortname=str(item.get("x_mitre_shortname", "")),
            order=order.get(str(item.get("id")), len(order) + 1),
            stix_id=str(item.get("id")),
        )
        for item in items
        if item.get("type") == "x-mitre-tactic"
    ]
    return tuple(sorted(found, key=lambda tactic: (tactic.order, tactic.id)))


def _techniques(items: Iterable[Mapping[str, object]], tactic_ids: Mapping[str, str]) -> tuple[BundleTechnique, ...]:
    items = list(items)
    by_stix_id = {
        str(item.get("id")): _reference(item)[0]
        for item in items
        if item.get("type") == "attack-pattern" and is_proper_technique_id(_reference(item)[0])
    }
    parents = {
        by_stix_id[str(item["source_ref"])]: by_stix_id[str(item["target_ref"])]
        for item in items
        if item.get("relationship_type") == "subtechnique-of"
        and item.get("source_ref") in by_stix_id
        and item.get("target_ref") in by_stix_id
    }
    known = set(by_stix_id.values())
    found = []
    for item in items:
        stix_id = str(item.get("id"))
        if stix_id not in by_stix_id:
            continue
        external_id, url = _reference(item)
        phases = item.get("kill_chain_phases")
        names = [str(phase.get("phase_name")) for phase in phases] if isinstance(phases, list) else []
        found.append(
            BundleTechnique(
                id=external_id,
                name=" ".join(str(item.get("name", "")).split()),
                tactic_ids=tuple(tactic_ids[name] for name in names if name in tactic_ids),
                parent_id=parents.get(external_id) or _prefix_parent(external_id, known),
                stix_id=stix_id,
                url=url,
            )
        )
    return tuple(sorted(found, key=lambda technique: technique.id))


def _prefix_parent(external_id: str, known: set[str]) -> str | None:
    """The parent that the id itself names, for bundles that lack the relationship."""
    prefix, dot, _ = external_id.partition(".")
    return prefix if dot and prefix in known else None


def _reference(item: Mapping[str, object]) -> tuple[str, str]:
    """The external id and URL of the first external reference that has an id; blanks if none has."""
    references = item.get("external_references")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("external_id"):
            return str(reference["external_id"]), str(reference.get("url", ""))
    return "", ""
