"""Validating while converting finds what `validate` finds in the file: for every rule about all objects together."""

from __future__ import annotations

import copy
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.inspection import PROFILE, Inspection, Inspector
from disarm_exchange.convert.job import Job, convert_files
from disarm_exchange.convert.rendering import group_of
from disarm_exchange.stix.bundle import Container, StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.validate import Severity, Validator
from disarm_exchange.validate.files import FileCheck
from disarm_exchange.validate.proof import SHOWN, Proof
from tests.convert.converting import OPTIONS, SAMPLES

SEPARATOR = b",\n"
CASE = replace(OPTIONS, name="Test Case").complete()
FRAME = Frame.of(CASE)
VALIDATOR = Validator(PROFILE)
Issues = list[tuple[str, str, str, str]]


def sample() -> list[StixObject]:
    """The objects of a small case; the report comes last."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "o.json"
        convert_files(Job((SAMPLES[0],), out, options=OPTIONS, container=Container.BUNDLE))
        objects = orjson.loads(out.read_bytes())["objects"]
        assert isinstance(objects, list)
        return objects


OBJECTS = sample()


def here(objects: Sequence[StixObject], sizes: Sequence[int] = (1,), together: int = 40) -> tuple[Issues, str]:
    """The issues that an inspection tells of objects that come in groups of these sizes, and what it doubted."""
    lines: list[bytes] = []
    worker = Inspector("1.7", SEPARATOR, FRAME, CASE.tlp)
    inspection = Inspection(Inspector("1.7", SEPARATOR, FRAME, CASE.tlp), CASE.tlp, lines.append)
    body = [item for item in objects if item["type"] != "report"]
    groups, at, turn = [], 0, 0
    while at < len(body):
        size = sizes[turn % len(sizes)]
        groups.append(group_of(body[at : at + size], SEPARATOR))
        at, turn = at + size, turn + 1
    for begin in range(0, len(groups), together):
        inspection.take(*worker.inspected(groups[begin : begin + together]))
    inspection.take([group_of([item], SEPARATOR) for item in objects if item["type"] == "report"])
    doubt = inspection._proof.finish()
    inspection.finish(lambda: iter(objects))
    inspection.close()
    return sorted(map(issue_of, map(orjson.loads, lines))), doubt


def issue_of(issue: dict[str, str]) -> tuple[str, str, str, str]:
    return issue["code"], issue["object"], issue["pointer"], issue["reason"]


def afterwards(objects: Sequence[StixObject]) -> Issues:
    found = VALIDATOR.validate(copy.deepcopy(list(objects)))
    return sorted((i.code, i.object_id, i.pointer, i.reason) for i in found if i.severity > Severity.INFO)


def first(objects: Sequence[StixObject], object_type: str) -> StixObject:
    return next(item for item in objects if item["type"] == object_type)


def report_of(objects: Sequence[StixObject]) -> list[str]:
    refs = first(objects, "report")["object_refs"]
    assert isinstance(refs, list)
    return refs


def put(objects: list[StixObject], *items: StixObject, listed: bool = True) -> list[StixObject]:
    if listed:
        report_of(objects).extend(str(item["id"]) for item in items)
    return [*objects[:-1], *items, objects[-1]]


LATER = "2027-01-01T00:00:00.000Z"
OTHER = "6f0e7c2a-5b0e-4a3e-9d3c-0123456789ab"


def one_version_two_contents(objects: list[StixObject]) -> list[StixObject]:
    return put(objects, {**first(objects, "indicator"), "name": "another"}, listed=False)


def twice(objects: list[StixObject]) -> list[StixObject]:
    return put(objects, dict(first(objects, "indicator")), listed=False)


def created_changed(objects: list[StixObject]) -> list[StixObject]:
    return put(objects, {**first(objects, "indicator"), "created": LATER, "modified": LATER}, listed=False)


def after_revocation(objects: list[StixObject]) -> list[StixObject]:
    first(objects, "indicator")["revoked"] = True
    return put(objects, {**first(objects, "indicator"), "revoked": False, "modified": LATER}, listed=False)


def one_uuid(objects: list[StixObject]) -> list[StixObject]:
    campaign = first(objects, "campaign")
    place = {**campaign, "type": "location", "id": "location" + str(first(objects, "indicator")["id"])[-38:]}
    place["country"] = "XX"
    return put(objects, place)


def dangling(objects: list[StixObject]) -> list[StixObject]:
    return [item for item in objects if item is not first(objects, "indicator")]


def no_definition(objects: list[StixObject]) -> list[StixObject]:
    return [item for item in objects if item["type"] != "extension-definition"]


def refers_to_revoked(objects: list[StixObject]) -> list[StixObject]:
    first(objects, "indicator")["revoked"] = True
    return objects


def relationship_twice(objects: list[StixObject]) -> list[StixObject]:
    return put(objects, {**first(objects, "relationship"), "id": f"relationship--{OTHER}"})


def technique_twice(objects: list[StixObject]) -> list[StixObject]:
    return put(objects, {**first(objects, "attack-pattern"), "id": f"attack-pattern--{OTHER}"})


def wrong_parent(objects: list[StixObject]) -> list[StixObject]:
    child, parent = [item for item in objects if item["type"] == "attack-pattern"][:2]
    return put(objects, FRAME.relationship("subtechnique-of", str(child["id"]), str(parent["id"])))


def report_wider(objects: list[StixObject]) -> list[StixObject]:
    first(objects, "indicator")["object_marking_refs"] = [Tlp.RED.marking_id]
    return objects


def wider_than_its_target(objects: list[StixObject]) -> list[StixObject]:
    first(objects, "relationship")["object_marking_refs"] = [Tlp.CLEAR.marking_id]
    return objects


def not_reported(objects: list[StixObject]) -> list[StixObject]:
    report_of(objects).pop()
    return objects


def no_report(objects: list[StixObject]) -> list[StixObject]:
    return objects[:-1]


def extension_otherwise(objects: list[StixObject]) -> list[StixObject]:
    item = next(i for i in objects if i["type"] == "relationship" and "extensions" in i)
    extensions = item["extensions"]
    assert isinstance(extensions, dict)
    key = next(iter(extensions))
    extensions[key] = {"extension_type": "toplevel-property-extension"}
    return objects


BROKEN: dict[str, tuple[Callable[[list[StixObject]], list[StixObject]], ...]] = {
    "DX238": (extension_otherwise,),
    "DX241": (one_version_two_contents,),
    "DX242": (twice,),
    "DX243": (created_changed,),
    "DX244": (after_revocation,),
    "DX245": (one_uuid,),
    "DX302": (dangling,),
    "DX303": (no_definition,),
    "DX306": (refers_to_revoked,),
    "DX313": (relationship_twice,),
    "DX511": (technique_twice,),
    "DX512": (wrong_parent,),
    "DX604": (report_wider,),
    "DX605": (wider_than_its_target,),
    "DX805": (not_reported, no_report),
}


def test_every_rule_about_all_objects_is_tried() -> None:
    assert set(BROKEN) == SHOWN == {rule.code for rule in VALIDATOR.bundle_rules()}


@pytest.mark.parametrize("sizes", [(1,), (4, 1, 3)])
@pytest.mark.parametrize(
    ("code", "broken"),
    [(code, way) for code, ways in BROKEN.items() for way in ways],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_what_is_wrong_with_all_together_is_told_as_validate_tells_it(
    code: str, broken: Callable[[list[StixObject]], list[StixObject]], sizes: tuple[int, ...]
) -> None:
    objects = broken(copy.deepcopy(OBJECTS))
    told, doubt = here(objects, sizes)
    assert code in {issue[0] for issue in told}
    assert told == afterwards(objects)
    assert doubt


@pytest.mark.parametrize("sizes", [(1,), (4, 1, 3), (50,)])
def test_what_is_right_is_shown_to_be_right(sizes: tuple[int, ...]) -> None:
    assert here(OBJECTS, sizes) == (afterwards(OBJECTS), "")


def test_reports_over_parts_are_right_too_and_are_compared_with_each_other() -> None:
    objects = copy.deepcopy(OBJECTS)
    whole, refs = objects[-1], report_of(objects)
    parts = [
        {**whole, "id": FRAME.own("report", digit), "object_refs": [ref for ref in refs if ref[-36] == digit]}
        for digit in "0123456789abcdef"
    ]
    divided = [*objects[:-1], *(part for part in parts if part["object_refs"])]
    assert len(divided) > len(objects) + 5
    assert here(divided) == (afterwards(divided), "")
    same = [*divided[:-1], {**divided[-1], "id": divided[-2]["id"]}]
    told, doubt = here(same)
    assert "DX241" in {issue[0] for issue in told}
    assert (told, doubt) == (afterwards(same), "an id or UUID given twice")


def changed(objects: list[StixObject], seed: int) -> list[StixObject]:
    """Objects with something done to them at random."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(objects))
        item = copy.deepcopy(objects[at])
        other = objects[chance.randrange(len(objects))]
        match chance.randrange(8):
            case 0:
                del objects[at]
                continue
            case 1:
                objects.insert(chance.randrange(len(objects)), item)
            case 2:
                item["id"] = f"{item['type']}--{str(other['id'])[-36:]}"
            case 3:
                item["object_marking_refs"] = [chance.choice(list(Tlp)).marking_id]
            case 4:
                names = [name for name in item if name.endswith("_ref")]
                if names:
                    item[chance.choice(names)] = other["id"]
            case 5:
                refs = item.get("object_refs")
                if isinstance(refs, list):
                    chance.choice([refs.pop, lambda refs=refs, other=other: refs.append(other["id"])])()
            case 6:
                item["revoked"] = True
            case _:
                item["id"] = f"{item['type']}--{str(item['id'])[-36:].upper()}"
        objects[at] = item
    return [i for i in objects if i["type"] != "report"] + [i for i in objects if i["type"] == "report"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_whatever_is_done_to_objects_both_ways_tell_the_same(seed: int, sizes: list[int]) -> None:
    objects = changed(copy.deepcopy(OBJECTS), seed)
    assert here(objects, sizes)[0] == afterwards(objects)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("container", list(Container))
def test_the_issues_of_a_conversion_are_those_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, container: Container
) -> None:
    from disarm_exchange.convert import assembly
    from disarm_exchange.convert.case_objects import opening_objects

    def broken(*given: object) -> object:
        for item in opening_objects(*given):  # type: ignore[arg-type]
            yield item
            if item["type"] == "campaign":
                yield FRAME.relationship("targets", str(item["id"]), f"location--{OTHER}")

    monkeypatch.setattr(assembly, "opening_objects", broken)
    result = convert_files(Job((SAMPLES[0],), tmp_path / "o", options=OPTIONS, jobs=jobs, container=container))
    assert result.issues_file is not None
    told = sorted(issue_of(orjson.loads(line)) for line in result.issues_file.read_bytes().splitlines())
    check = FileCheck(VALIDATOR)
    found = [placed.issue for placed in check.check(str(result.bundle))]
    assert told == sorted((i.code, i.object_id, i.pointer, i.reason) for i in found if i.severity > Severity.INFO)
    assert ("DX302", "/target_ref") in {(code, pointer) for code, _, pointer, _ in told}


@pytest.mark.parametrize("source", SAMPLES)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_usual_case_is_shown_to_be_right_without_a_second_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Path, jobs: int
) -> None:
    doubts: list[str] = []
    whole = Proof.finish
    monkeypatch.setattr(Proof, "finish", lambda self: doubts.append(whole(self)) or doubts[-1])
    convert_files(Job((source,), tmp_path / "o", options=OPTIONS, jobs=jobs))
    assert doubts == [""]
