"""Small STIX objects to store."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Collection, Database, Stored, StoredObject, add_objects, iter_objects, read_object
from disarm_exchange.store.incoming import write_object

DAY = "2026-01-{:02}T00:00:00.000Z"


def stix_id(object_type: str, number: int) -> str:
    return f"{object_type}--{UUID(int=(number << 80) | (4 << 76) | (8 << 60))}"


def indicator(number: int, *, day: int = 1, tlp: Tlp | None = Tlp.GREEN, **properties: object) -> dict[str, object]:
    """An indicator; `day` is its version."""
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id("indicator", number),
        "created": DAY.format(1),
        "modified": DAY.format(day),
        "name": f"indicator {number}",
        "pattern": "[domain-name:value = 'a.example']",
        "pattern_type": "stix",
        "valid_from": DAY.format(1),
        **({} if tlp is None else {"object_marking_refs": [tlp.marking_id]}),
        **properties,
    }


def relationship(number: int, source: str, target: str, *, tlp: Tlp = Tlp.GREEN) -> dict[str, object]:
    return {
        "type": "relationship",
        "spec_version": "2.1",
        "id": stix_id("relationship", number),
        "created": DAY.format(1),
        "modified": DAY.format(1),
        "relationship_type": "related-to",
        "source_ref": source,
        "target_ref": target,
        "object_marking_refs": [tlp.marking_id],
    }


def domain(number: int, *, tlp: Tlp = Tlp.GREEN, **properties: object) -> dict[str, object]:
    """An observable: neither `created` nor `modified`, and no `spec_version`."""
    return {
        "type": "domain-name",
        "id": stix_id("domain-name", number),
        "value": f"d{number}.example",
        "object_marking_refs": [tlp.marking_id],
        **properties,
    }


def store(database: Database, collection: Collection, *items: dict[str, object]) -> list[Stored]:
    """Store objects in one transaction."""
    objects = [read_object(write_object(item)) for item in items]
    with database.write() as tx:
        return add_objects(tx, collection.number, objects, source="local", level_of=sharing_level)


def seen(database: Database, collection: Collection, clearance: int, **options: object) -> list[StoredObject]:
    """What a reader sees."""
    return list(iter_objects(database, collection.number, clearance=clearance, **options))  # type: ignore[arg-type]


def ids(objects: Sequence[StoredObject]) -> list[str]:
    return [item.stix_id for item in objects]
