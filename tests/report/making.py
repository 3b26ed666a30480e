"""Bundles for the tests of this room: the samples, converted once; hostile objects of every type; random uses."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from hypothesis import strategies as st

from disarm_exchange.cli.app import app
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\u202etxt.exe\u202c",
    "\u2066x\u2069\ufeff\x00\x07\x1b[2J",
    "]]>--><!DOCTYPE x>&amp;&#x41;\"'`",
    "| a | `b` | **c** [x](javascript:alert(1)) ![y](http://evil.example/z.png)",
    "\ud800 lone \udfff",
    "x" * 100_000,
    "линия 漢字 العربية",
)

AMBER, RED = [Tlp.AMBER.marking_id], [Tlp.RED.marking_id]
SECRET = "SECRETSECRET"


def item(kind: str, number: int, **more: object) -> dict[str, object]:
    """An object of any type, marked AMBER unless told."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid5(NAMESPACE_URL, f'{kind} {number}')}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "object_marking_refs": AMBER,
        **more,
    }


def technique(technique_id: str, **more: object) -> dict[str, object]:
    number = int(technique_id[1:].replace(".", ""))
    return item(
        "attack-pattern",
        number,
        **{
            "id": technique_stix_id(technique_id),
            "name": technique_id,
            "external_references": [{"source_name": "DISARM", "external_id": technique_id}],
            **more,
        },
    )


def use(number: int, source: str, technique_id: str, findings: int = 0, **more: object) -> dict[str, object]:
    extensions = {
        EVIDENCE_EXTENSION: {
            "extension_type": "property-extension",
            "framework": "1.7",
            "evidence_count": findings,
            "rules": [],
            "evidence": [{"label": "x"}],
        }
    }
    target = technique_stix_id(technique_id)
    ends: dict[str, object] = {"relationship_type": "uses", "source_ref": source, "target_ref": target}
    return item("relationship", number, **ends, **({"extensions": extensions} if findings else {}), **more)


def write(path: Path, objects: list[dict[str, object]]) -> Path:
    """A bundle file; lone surrogates as escapes."""
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--x", "objects": objects}), encoding="ascii")
    return path


def hostile_objects() -> list[dict[str, object]]:
    """Objects of many types with hostile text in each field that may hold text; the ids and references are proper."""
    objects: list[dict[str, object]] = []
    kinds = (
        "campaign", "intrusion-set", "threat-actor", "identity", "malware", "tool", "infrastructure", "incident",
        "report", "note", "grouping", "indicator", "location", "vulnerability", "opinion", "course-of-action",
        "narrative", "channel", "domain-name", "url", "user-account", "email-addr", "file", "software",
        "x-unknown-type",
    )  # fmt: skip
    fields = (
        "name", "description", "value", "pattern", "abstract", "content", "account_login", "display_name", "user_id",
        "account_type", "pattern_type", "identity_class", "contact_information", "opinion", "title", "valid_from",
    )  # fmt: skip
    number = 0
    for kind in kinds:
        for text in HOSTILE:
            if "\ud800" in text:
                continue  # no JSON text in UTF-8 has one; the reader refuses it
            number += 1
            # The longest stands in few fields: a hundred megabytes of it would only test patience.
            told: dict[str, object] = dict.fromkeys(fields if len(text) < 1000 else fields[:3], text)
            told |= {"labels": [text[:1000]], "aliases": [text[:1000]], "object_refs": [technique_stix_id("T0114")]}
            objects.append(item(kind, number, **told))
            if kind == "campaign":
                campaign, unknown = str(objects[-1]["id"]), f"T9{number:03d}"
                objects.append(use(5000 + number, campaign, "T0114", 2, description=text))
                objects.append(technique(unknown, name=text, description=text))
                objects.append(use(7000 + number, campaign, unknown, 1))
    return objects


@cache
def sample(name: str) -> Path:
    """A sample case, converted to a bundle marked AMBER."""
    folder = data_folder("samples") / name
    findings = next(path for path in sorted(folder.iterdir()) if path.name != "case.toml")
    target = Path(tempfile.mkdtemp()) / f"{name}.json"
    app.main(["convert", str(findings), "-o", str(target), "--tlp", "amber", "--quiet"], standalone_mode=False)
    return target


SAMPLES = ("glass-orchard", "harbour-echo", "paper-lantern", "quiet-ferry", "tin-whistle")

_IDS = sorted(one.id for one in Catalogue.load("1.7").techniques())
_RETIRED = sorted(one.id for one in Catalogue.load("1.7").all_retired())


@st.composite
def random_uses(draw: st.DrawFn) -> list[dict[str, object]]:
    """Objects with relationships to techniques, some revoked, some RED, some of retired techniques."""
    campaigns = [item("campaign", number, name=f"c{number}") for number in range(draw(st.integers(1, 4)))]
    chosen = draw(st.lists(st.sampled_from(_IDS + _RETIRED), min_size=1, max_size=12, unique=True))
    objects = [*campaigns, *(technique(one) for one in chosen)]
    for number in range(draw(st.integers(0, 25))):
        campaign, one = draw(st.sampled_from(campaigns)), draw(st.sampled_from(chosen))
        more: dict[str, object] = {}
        if draw(st.booleans()):
            more["confidence"] = draw(st.integers(0, 100))
        fate = draw(st.integers(0, 9))
        if fate == 0:
            more["revoked"] = True
        elif fate == 1:
            more["object_marking_refs"] = RED
        objects.append(use(number, str(campaign["id"]), one, draw(st.integers(0, 50)), **more))
    return draw(st.permutations(objects))
