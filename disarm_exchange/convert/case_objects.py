"""The objects that say what the case is: producer, campaign or intrusion set, places, marking, report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from disarm_exchange.convert.frame import Frame
from disarm_exchange.findings.case import Case
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp, marking_definition
from disarm_exchange.stix.places import find_place
from disarm_exchange.stix.project import evidence_extension_definition, location, organisation, project_identity
from disarm_exchange.stix.timestamps import format_timestamp


def opening_objects(case: Case, frame: Frame) -> Iterator[StixObject]:
    """Markings, identities, the extension definition, the case itself, and where it comes from and aims at."""
    yield marking_definition(Tlp.CLEAR)
    if case.tlp is not Tlp.CLEAR:
        yield marking_definition(case.tlp)
    yield project_identity()
    yield evidence_extension_definition()
    yield _producer(case, frame)
    yield _case(case, frame)
    yield from _places(case, frame)


def _producer(case: Case, frame: Frame) -> StixObject:
    # The producer is the same in all its cases, so neither this case's date nor its marking may show in it.
    return organisation(frame.producer_id, case.producer.name, contact=case.producer.contact)


def _case(case: Case, frame: Frame) -> StixObject:
    item = frame.domain_object(case.kind.value, frame.case_id)
    item["name"] = case.name
    if case.description:
        item["description"] = case.description
    if case.aliases:
        item["aliases"] = list(case.aliases)
    if case.first_seen is not None:
        item["first_seen"] = format_timestamp(case.first_seen)
    if case.last_seen is not None:
        item["last_seen"] = format_timestamp(case.last_seen)
    references = external_references(case)
    if references:
        item["external_references"] = references
    return item


def external_references(case: Case) -> list[dict[str, str]]:
    """The case's public references as STIX has them (section 2.5)."""
    return [
        {
            "source_name": reference.source_name,
            "url": reference.url,
            **({"description": reference.description} if reference.description else {}),
        }
        for reference in case.references
    ]


def _places(case: Case, frame: Frame) -> Iterator[StixObject]:
    # A campaign may come from a location by STIX's matrix; so may an intrusion set.
    said: set[str] = set()
    for relation, names in (("originates-from", case.origin), ("targets", case.targets)):
        for name in names:
            target = _place_or_group(name, frame)
            if target["id"] not in said:
                said.add(str(target["id"]))
                yield target
            link = frame.relationship(relation, frame.case_id, str(target["id"]))
            if link["id"] not in said:
                said.add(str(link["id"]))
                yield link


def _place_or_group(name: str, frame: Frame) -> StixObject:
    place = find_place(name)
    if place is not None:
        return location(place.name, country=place.country, region=place.region)
    text = " ".join(name.split())
    item = frame.domain_object("identity", frame.own("identity", "group", text.casefold()))
    item["name"] = text
    item["identity_class"] = "class"
    return item


def report(case: Case, frame: Frame, object_ids: Sequence[str], part: str = "") -> StixObject:
    """The report over everything else in the bundle (STIX 2.1 section 4.16), or over one part of it.

    Args:
        case: the case.
        frame: its frame.
        object_ids: what it lists.
        part: where one report would be too large: the first digits of the UUIDs that this one lists.
    """
    item = frame.domain_object("report", frame.own("report", part) if part else frame.own("report"))
    item["name"] = f"{case.name} (objects {part}...)" if part else case.name
    item["report_types"] = [case.kind.value]
    item["published"] = frame.created
    item["object_refs"] = list(object_ids)
    references = external_references(case)
    if references:
        item["external_references"] = references
    return item
