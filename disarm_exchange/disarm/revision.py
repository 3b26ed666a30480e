"""New versions of STIX objects under another DISARM release; pure functions from object to object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from disarm_exchange.disarm.catalogue import Catalogue, Technique
from disarm_exchange.disarm.confidence import HIGH
from disarm_exchange.disarm.succession import Choice, evidence_of, stated_release
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import PROJECT_NAMESPACE, derived_id, namespace_of, technique_stix_id, uuid5_text
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, attack_pattern
from disarm_exchange.stix.timestamps import later_timestamp

_MOST_ROWS = 20
_MOST_FINDINGS = 999_999_999
_KILL_CHAINS = ("disarm", "mitre-attack")

Replacement = Callable[[str], Sequence[str] | None]
"""What stands in place of a reference now; None where it stays."""


def revised(item: Mapping[str, object], now: str, **changes: object) -> StixObject:
    """A new version of an object.

    Raises:
        UserError: its `modified` is no STIX timestamp.
    """
    try:
        modified = later_timestamp(now, str(item.get("modified")))
    except ValueError as error:
        raise UserError(f"modified: {error}", where=str(item.get("id")), fix="validate the bundle first") from None
    return {**item, **changes, "modified": modified}


def technique_object(technique: Technique, catalogue: Catalogue) -> StixObject:
    """Our attack-pattern of a technique, as its release has it."""
    return attack_pattern(
        technique.id,
        technique.name,
        phases=catalogue.phases(technique),
        url=technique.url,
        release=catalogue.release,
        released=catalogue.released,
    )


def is_up_to_date(pattern: Mapping[str, object], technique: Technique, catalogue: Catalogue) -> bool:
    """Whether an attack-pattern says of a technique what the release says, and names no other release."""
    phases = {str(phase.get("phase_name")) for phase in _phases(pattern) if _is_disarms(phase)}
    return (
        " ".join(str(pattern.get("name")).split()) == technique.name
        and phases <= set(catalogue.phases(technique))
        and stated_release(technique.id, pattern) in (None, catalogue.release)
    )


def updated_pattern(pattern: StixObject, technique: Technique, catalogue: Catalogue, now: str) -> StixObject:
    """A producer's own attack-pattern with the name, phases, address and release of a release."""
    phases = [phase for phase in _phases(pattern) if not _is_disarms(phase)]
    chains = [str(phase.get("kill_chain_name")) for phase in _phases(pattern) if _is_disarms(phase)]
    names = catalogue.phases(technique)
    ours = [{"kill_chain_name": chain, "phase_name": name} for chain in dict.fromkeys(chains) for name in names]
    references = pattern.get("external_references")
    changes: StixObject = {"name": technique.name}
    if chains:
        changes["kill_chain_phases"] = ours + phases
    if isinstance(references, list):
        changes["external_references"] = [_updated_reference(item, technique, catalogue) for item in references]
    return revised(pattern, now, **changes)


def _updated_reference(reference: object, technique: Technique, catalogue: Catalogue) -> object:
    if not isinstance(reference, dict) or reference.get("external_id") != technique.id:
        return reference
    changed = {**reference, "url": technique.url} if "url" in reference else dict(reference)
    if "release" in str(reference.get("description", "")):
        changed["description"] = f"DISARM Framework release {catalogue.release}"
    return changed


def moved_link(link: StixObject, side: str, choice: Choice, object_id: str, release: str, now: str) -> StixObject:
    """A relationship to a retired technique, now to the one in its place; as sure as it was and as that can be."""
    item = revised(link, now, id=object_id, **{side: technique_stix_id(choice.technique_id)})
    confidence = link.get("confidence")
    if isinstance(confidence, int):
        item["confidence"] = min(confidence, choice.confidence)
    elif choice.confidence < HIGH:
        item["confidence"] = choice.confidence
    evidence = evidence_of(link)
    if evidence is not None:
        rules = {str(rule["id"]): _capped(rule, choice.confidence) for rule in _rules(evidence)}
        own = {"id": choice.rule_id, "reason": choice.reason, "confidence": item.get("confidence", choice.confidence)}
        rules[choice.rule_id] = own
        item["extensions"] = _with_evidence(link, evidence, framework=release, rules=_in_order(rules))
    return item


def relabelled_link(link: StixObject, changes: Mapping[str, object], release: str, now: str) -> StixObject | None:
    """A relationship whose technique stays, with new ends and the release in its evidence; None if nothing changes."""
    evidence = evidence_of(link)
    told = dict(changes)
    if evidence is not None and evidence.get("framework") != release:
        told["extensions"] = _with_evidence(link, evidence, framework=release)
    return revised(link, now, **told) if told else None


def merged_link(kept: StixObject, other: StixObject) -> StixObject:
    """Two relationships that say the same, as one with the evidence of both; id and times are those of the first."""
    item = dict(kept)
    levels = [level for level in (kept.get("confidence"), other.get("confidence")) if isinstance(level, int)]
    if levels:
        item["confidence"] = max(levels)
    mine, theirs = evidence_of(kept), evidence_of(other)
    if mine is not None and theirs is not None:
        rules: dict[str, StixObject] = {}
        for rule in (*_rules(mine), *_rules(theirs)):
            known = rules.get(str(rule["id"]))
            if known is None or _number(rule.get("confidence")) > _number(known.get("confidence")):
                rules[str(rule["id"])] = rule
        first, second = ({_row_key(row): row for row in _rows(one)} for one in (mine, theirs))
        rows = first | second
        counts = [_number(one.get("evidence_count")) for one in (mine, theirs)]
        # One finding may stand behind both: where they show common ones, their sum would be too much.
        count = max(*counts, len(rows)) if first.keys() & second.keys() else min(sum(counts), _MOST_FINDINGS)
        item["extensions"] = _with_evidence(
            kept,
            mine,
            rules=_in_order(rules),
            evidence_count=count,
            evidence=[rows[key] for key in sorted(rows)][:_MOST_ROWS],
        )
    elif theirs is not None:
        item["extensions"] = _with_evidence(kept, theirs)
    return item


def moved_link_id(link: Mapping[str, object], side: str, technique_id: str) -> str:
    """The id of a relationship that a move makes: what converting the case anew would give it."""
    target = technique_stix_id(technique_id)
    source_ref = str(link.get("source_ref")) if side == "target_ref" else target
    target_ref = target if side == "target_ref" else str(link.get("target_ref"))
    kind = str(link.get("relationship_type"))
    creator = str(link.get("created_by_ref"))
    if not creator.startswith("identity--"):
        return derived_id("relationship", PROJECT_NAMESPACE, "moved", str(link.get("id")), target)
    try:
        namespace: UUID = namespace_of(creator)
    except ValueError:
        raise UserError(f"created_by_ref {creator!r} is no id", where=str(link.get("id"))) from None
    other = source_ref if side == "target_ref" else target_ref
    return derived_id("relationship", namespace, other, kind, source_ref, target_ref)


def successor_id(object_id: str) -> str:
    """The id of an object that returns after it was revoked; under the old one STIX 2.1 (section 3.6.2) forbids it."""
    object_type = object_id.partition("--")[0]
    return f"{object_type}--{uuid5_text(PROJECT_NAMESPACE.bytes, f'successor{object_id}'.encode())}"


def references(item: object) -> Iterator[str]:
    """All ids that an object refers to, also deep inside extensions."""
    if isinstance(item, dict):
        for name, value in item.items():
            if name.endswith("_ref") and isinstance(value, str):
                yield value
            elif name.endswith("_refs") and isinstance(value, list):
                yield from (one for one in value if isinstance(one, str))
            else:
                yield from references(value)
    elif isinstance(item, list):
        for value in item:
            yield from references(value)


def with_references(item: StixObject, replacement: Replacement) -> StixObject | None:
    """An object with its references replaced; None if none is.

    Lists keep their order, or are sorted again if they were; a single reference is replaced only by a single one.
    """
    changed = _replaced(item, replacement)
    return changed if isinstance(changed, dict) and changed is not item else None


def _replaced(value: object, replacement: Replacement) -> object:
    if isinstance(value, list):
        items = [_replaced(one, replacement) for one in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if not isinstance(value, dict):
        return value
    changed: StixObject = {}
    for name, inner in value.items():
        if name.endswith("_ref") and isinstance(inner, str):
            new = replacement(inner)
            changed[name] = new[0] if new is not None and len(new) == 1 else inner
        elif name.endswith("_refs") and isinstance(inner, list):
            changed[name] = _replaced_list(inner, replacement)
        else:
            changed[name] = _replaced(inner, replacement)
    return changed if any(changed[name] is not inner for name, inner in value.items()) else value


def _replaced_list(ids: list[object], replacement: Replacement) -> list[object]:
    found: list[object] = []
    touched = False
    for one in ids:
        new = replacement(one) if isinstance(one, str) else None
        touched = touched or new is not None
        found.extend([one] if new is None else new)
    if not touched:
        return ids
    unique = list({str(one): one for one in found}.values())
    return sorted(unique, key=str) if ids == sorted(ids, key=str) else unique


def _phases(pattern: Mapping[str, object]) -> list[StixObject]:
    phases = pattern.get("kill_chain_phases")
    return [phase for phase in phases if isinstance(phase, dict)] if isinstance(phases, list) else []


def _is_disarms(phase: Mapping[str, object]) -> bool:
    return str(phase.get("kill_chain_name")).casefold() in _KILL_CHAINS


def _with_evidence(link: StixObject, said: StixObject, **changes: object) -> StixObject:
    extensions = link.get("extensions")
    return {**(extensions if isinstance(extensions, dict) else {}), EVIDENCE_EXTENSION: {**said, **changes}}


def _rules(evidence: Mapping[str, object]) -> list[StixObject]:
    rules = evidence.get("rules")
    return [rule for rule in rules if isinstance(rule, dict) and "id" in rule] if isinstance(rules, list) else []


def _rows(evidence: Mapping[str, object]) -> list[StixObject]:
    rows = evidence.get("evidence")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _row_key(row: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "") for name in ("label", "value", "note"))


def _in_order(rules: Mapping[str, StixObject]) -> list[StixObject]:
    return [rules[key] for key in sorted(rules)]


def _capped(rule: StixObject, most: int) -> StixObject:
    return {**rule, "confidence": min(_number(rule.get("confidence")), most)}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
