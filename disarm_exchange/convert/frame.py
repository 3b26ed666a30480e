"""What every object of a case has in common: producer, namespace, times, marking."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from disarm_exchange.findings.case import Case
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import KeyedIds, derived_id, identity_id, namespace_of
from disarm_exchange.stix.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class Frame:
    """The common part of a case's objects, and the ids they get from it."""

    producer_id: str
    namespace: UUID
    created: str
    markings: list[str]
    case_id: str
    ids: KeyedIds
    """Ids within the case."""

    @classmethod
    def of(cls, case: Case) -> Frame:
        """The frame of a case: ids depend on the producer's identity and the case's kind and name, on nothing else."""
        producer_id = case.producer.id or identity_id(case.producer.name)
        namespace = namespace_of(producer_id)
        case_id = derived_id(case.kind.value, namespace, case.name.casefold())
        return cls(
            producer_id=producer_id,
            namespace=namespace,
            created=format_timestamp(case.published),
            markings=[case.tlp.marking_id],
            case_id=case_id,
            ids=KeyedIds(namespace, case_id),
        )

    def own(self, object_type: str, *key: str) -> str:
        """The id of an object of this case, by its natural key within the case."""
        return self.ids.of(object_type, *key)

    def domain_object(self, object_type: str, object_id: str) -> StixObject:
        """The common properties of an SDO or SRO of this case (STIX 2.1 section 3.2)."""
        return {
            "type": object_type,
            "spec_version": "2.1",
            "id": object_id,
            "created_by_ref": self.producer_id,
            "created": self.created,
            "modified": self.created,
            "object_marking_refs": self.markings,
        }

    def relationship(self, relationship_type: str, source: str, target: str) -> StixObject:
        """A relationship of this case; its two ends and its type are its key (STIX 2.1 section 5.1)."""
        object_id = self.ids.of("relationship", relationship_type, source, target)
        return self.relationship_with(object_id, relationship_type, source, target)

    def relationship_with(self, object_id: str, relationship_type: str, source: str, target: str) -> StixObject:
        """The same, where the id is known already."""
        return {
            "type": "relationship",
            "spec_version": "2.1",
            "id": object_id,
            "created_by_ref": self.producer_id,
            "created": self.created,
            "modified": self.created,
            "object_marking_refs": self.markings,
            "relationship_type": relationship_type,
            "source_ref": source,
            "target_ref": target,
        }
