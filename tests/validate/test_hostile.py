"""Input made to hurt: an issue each, and nothing that grows out of proportion.

No time is tested; the sizes are such that anything worse than linear would not end within the run.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate import check_object
from disarm_exchange.validate.engine import MAX_FINDINGS, Validator
from disarm_exchange.validate.files import FileCheck, PlacedIssue
from disarm_exchange.validate.properties import known_properties
from tests.validate.bundles import exchange_bundle
from tests.validate.corpus import all_cases
from tests.validate.corpus.case import SEEN, UUID4, ref, sco, sdo

CAMPAIGN = sdo("campaign", name="Harbour Echo")
TEXT = json.dumps(CAMPAIGN)


def indicator(pattern: str) -> str:
    return json.dumps(sdo("indicator", pattern=pattern, pattern_type="stix", valid_from=SEEN))


def campaign(**properties: object) -> str:
    return json.dumps({**CAMPAIGN, **properties})


HOSTILE: dict[str, tuple[str, Callable[[], str]]] = {
    "objects nested 1,000 deep": (
        "DX003",
        lambda: f'{TEXT[:-1]},"x_deep":{"{" + chr(34) + "aaa" + chr(34) + ":"}{"[" * 1000}{"]" * 1000}}}}}',
    ),
    "lists nested 900 deep": ("DX003", lambda: f'{TEXT[:-1]},"x_deep":{"[" * 900}{"]" * 900}}}'),
    "nested 100,000 deep": ("DX001", lambda: f'{TEXT[:-1]},"x_deep":{"[" * 100_000}{"]" * 100_000}}}'),
    "a text of ten million characters": ("DX003", lambda: campaign(name="x" * 10_000_000)),
    "an id of ten million characters": ("DX003", lambda: campaign(id="campaign--" + "a" * 10_000_000)),
    "an object with 100,000 keys": ("DX003", lambda: campaign(**{f"k{n}": 1 for n in range(100_000)})),
    "a property given twice": ("DX004", lambda: f'{TEXT[:-1]},"name":"Harbour Noise"}}'),
    "a property given twice inside": ("DX004", lambda: f'{TEXT[:-1]},"x_in":{{"abc":1,"abc":2}}}}'),
    "NaN": ("DX001", lambda: f'{TEXT[:-1]},"confidence":NaN}}'),
    "Infinity": ("DX001", lambda: f'{TEXT[:-1]},"confidence":-Infinity}}'),
    "a number without end": ("DX001", lambda: f'{TEXT[:-1]},"confidence":{"9" * 5000}}}'),
    "a lone surrogate": ("DX001", lambda: f'{TEXT[:-1]},"description":"\\ud800"}}'),
    "a control character": ("DX001", lambda: f'{TEXT[:-1]},"description":"a\u0001b"}}'),
    "a type that backtracks": ("DX104", lambda: campaign(type="a" * 60 + "!")),
    "an extension key that backtracks": ("DX105", lambda: campaign(extensions={"a" * 80 + "-ext-": {"abc": 1}})),
    "a type inside that backtracks": (
        "DX104",
        lambda: json.dumps(
            sdo(
                "observed-data",
                first_observed=SEEN,
                last_observed=SEEN,
                number_observed=1,
                objects={"0": {"type": "a" * 60 + "!"}},
            )
        ),
    ),
    "a CPE that takes the square": ("DX104", lambda: json.dumps(sco("software", name="a", cpe="cpe:2.3:a:" * 20_000))),
    "a language that takes the square": (
        "DX251",
        lambda: json.dumps(sco("software", name="a", languages=["en" + "-abcde" * 20_000 + "!"])),
    ),
    "a pattern too long to parse": ("DX221", lambda: indicator(f"[a:b = '{'c' * 50_000}']")),
    "a pattern of brackets": ("DX221", lambda: indicator("[" + "(" * 900 + "a:b = 'c'" + ")" * 900 + "]")),
    "a pattern of NOT": ("DX221", lambda: indicator("[a:b " + "NOT " * 4000 + "= 'c']")),
    "100,000 wrong labels": ("DX102", lambda: campaign(labels=[1] * 100_000)),
    "50,000 wrong references": ("DX104", lambda: campaign(object_marking_refs=["x"] * 50_000)),
    "50,000 dangling references": ("DX302", lambda: campaign(object_marking_refs=[ref("marking-definition")] * 50_000)),
    "50,000 selectors of nothing": (
        "DX253",
        lambda: campaign(granular_markings=[{"marking_ref": ref("marking-definition"), "selectors": ["nam"] * 50_000}]),
    ),
    "30,000 extensions": (
        "DX303",
        lambda: campaign(
            extensions={
                f"extension-definition--{n:08d}{UUID4[8:]}": {"extension_type": "property-extension", "abc": 1}
                for n in range(30_000)
            }
        ),
    ),
    "20,000 links": ("DX702", lambda: campaign(description="http://a.example/ " * 20_000)),
    "a URL of nearly a million characters": (
        "DX202",
        lambda: json.dumps({**sco("url", value="https://a.example"), "value": "https://a.example/" + "a" * 900_000}),
    ),
    "a domain of a million labels": ("DX109", lambda: json.dumps(sco("domain-name", value="a." * 450_000))),
    "an address of colons": ("DX223", lambda: json.dumps(sco("ipv6-addr", value=":" * 900_000))),
    "2,000 techniques in one": (
        "DX502",
        lambda: json.dumps(
            sdo(
                "attack-pattern",
                name="a",
                external_references=[
                    {"source_name": "DISARM", "external_id": f"T9{n % 1000:03d}"} for n in range(2000)
                ],
            )
        ),
    ),
}


def issues(path: Path) -> list[PlacedIssue]:
    return list(FileCheck(Validator("exchange")).check(str(path)))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_an_issue_and_the_report_stays_small(name: str, tmp_path: Path) -> None:
    code, make = HOSTILE[name]
    path = tmp_path / "hostile.json"
    path.write_text(make(), encoding="utf-8")
    found = issues(path)
    assert code in {issue.issue.code for issue in found}
    assert len(found) <= 4 * MAX_FINDINGS
    assert sum(len(issue.issue.reason) + len(issue.issue.object_id) + len(issue.excerpt) for issue in found) < 300_000


def test_catastrophic_expressions_in_patterns_are_never_run() -> None:
    item = json.loads(indicator("[file:name MATCHES '(a+)+(b*)*(c|c)*$']"))
    assert [issue.code for issue in check_object(item, profile="stix")] == []


def test_the_same_holds_on_the_publish_path() -> None:
    deep = f'{TEXT[:-1]},"x_deep":{"[" * 900}{"]" * 900}}}'.encode()
    assert [issue.code for issue in check_object(deep)] == ["DX003"]
    assert [issue.code for issue in check_object(campaign(name="x" * 5_000_000).encode())] == ["DX003"]


def test_an_object_refused_many_times_is_explained_alike_by_both_engines() -> None:
    broken = {**CAMPAIGN, "confidence": 500, "labels": []}
    validator = Validator("stix", slow_explanations=3)
    verdicts = [validator.check(broken) for _ in range(6)]
    assert verdicts[0]
    assert all(verdict == verdicts[0] for verdict in verdicts)


def test_random_bytes_are_an_issue_each() -> None:
    from disarm_exchange.stix.reading import Fault, ObjectReader

    for text in (b"\x80\x81", b"[\xff]", b'{"a": "\xc3\x28"}', b"\0" * 100, bytes(range(256))):
        assert any(isinstance(event, Fault) for event in ObjectReader(io.BytesIO(text)))


ODD_VALUES: list[object] = [1, "x", [1], [{}], {"a": {"b": [1]}}]


@pytest.mark.parametrize("item", [*exchange_bundle(), sdo("x-harbour")], ids=lambda item: str(item["type"]))
def test_properties_of_other_types_may_hold_anything(item: StixObject) -> None:
    object_type = str(item["type"])
    names = {name for case in all_cases() for name in case.item} - known_properties(object_type, "created" not in item)
    validator = Validator("exchange", slow_explanations=0)
    for name in sorted(names):
        for value in ODD_VALUES:
            codes = {issue.code for issue in validator.check({**item, name: value})}
            assert codes & {"DX105", "DX108", "DX232", "DX233", "DX239"}, (name, value)
