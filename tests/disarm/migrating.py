"""Small bundles to migrate, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import NAMESPACE_OID, uuid5

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.mapping import Mapping, load_mapping
from disarm_exchange.disarm.migration import Migration
from disarm_exchange.disarm.migration_report import MigrationReport
from disarm_exchange.disarm.revision import technique_object
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import derived_id, namespace_of, technique_stix_id
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

OLD, NEW = Catalogue.load("1.6"), Catalogue.load("1.7")
THEN, NOW = "2026-03-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z"


def stix_id(kind: str, name: str) -> str:
    """A STIX id for something."""
    return f"{kind}--{uuid5(NAMESPACE_OID, name)}"


US, THEM = stix_id("identity", "us"), stix_id("identity", "them")
CASE = stix_id("campaign", "case")
RULES = load_mapping("1.7")


def ours(technique_id: str, catalogue: Catalogue = OLD) -> StixObject:
    """Our shared object of a technique."""
    return technique_object(catalogue.technique(technique_id), catalogue)


def foreign(technique_id: str, name: str, *, stix: str | None = None, creator: str | None = THEM) -> StixObject:
    """Somebody's own object of a technique."""
    return {
        "type": "attack-pattern",
        "spec_version": "2.1",
        "id": stix or stix_id("attack-pattern", f"{technique_id} {name}"),
        "created": THEN,
        "modified": THEN,
        **({"created_by_ref": creator} if creator else {}),
        "name": name,
        "external_references": [{"source_name": "DISARM", "external_id": technique_id}],
    }


def evidence(*rows: dict[str, str], rules: Sequence[str] = ("gone.rule",), count: int | None = None) -> StixObject:
    """Our evidence extension, of release 1.6."""
    return {
        EVIDENCE_EXTENSION: {
            "extension_type": "property-extension",
            "framework": "1.6",
            "rules": [{"id": rule, "reason": "because it says so", "confidence": 85} for rule in rules],
            "evidence_count": count or max(1, len(rows)),
            "evidence": list(rows),
        }
    }


def uses(pattern: StixObject | str, *, by: str | None = US, source: str = CASE, **more: object) -> StixObject:
    """A relationship of a case to a technique, with the id that converting gives it."""
    target = pattern if isinstance(pattern, str) else str(pattern["id"])
    made = derived_id("relationship", namespace_of(by or US), source, "uses", source, target)
    return {
        "type": "relationship",
        "spec_version": "2.1",
        "id": made,
        "created": THEN,
        "modified": THEN,
        **({"created_by_ref": by} if by else {}),
        "relationship_type": "uses",
        "source_ref": source,
        "target_ref": target,
        **more,
    }


def listing(kind: str, refs: Iterable[object], *, by: str | None = US, name: str = "list") -> StixObject:
    """A report, grouping or note."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": stix_id(kind, name),
        "created": THEN,
        "modified": THEN,
        **({"created_by_ref": by} if by else {}),
        "object_refs": [item["id"] if isinstance(item, dict) else item for item in refs],
    }


def migrated(
    *objects: StixObject,
    to: Catalogue = NEW,
    mapping: Mapping | None = RULES,
    producers: Sequence[str | None] | None = None,
) -> tuple[dict[str, StixObject], MigrationReport]:
    """The objects after the migration by id, and the report."""
    migration = Migration(list(objects), to, now=NOW, producers=producers, mapping=mapping)
    result = list(migration.objects())
    by_id = {str(item["id"]): item for item in result}
    assert len(by_id) == len(result)
    return by_id, migration.report


def links_to(result: dict[str, StixObject], *technique_ids: str) -> list[StixObject]:
    """The relationships to our objects of some techniques that are not revoked."""
    wanted = {technique_stix_id(one) for one in technique_ids}
    return [item for item in result.values() if item.get("target_ref") in wanted and not item.get("revoked")]
