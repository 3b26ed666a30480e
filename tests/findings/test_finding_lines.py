"""Finding JSON Lines: our own format, judged line by line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from disarm_exchange.findings.finding_lines import FindingLinesReader
from disarm_exchange.findings.reader import Source
from disarm_exchange.findings.values import Kind
from disarm_exchange.resources import data_folder
from tests.findings.reading_files import Reading, read, read_text

SCHEMA = json.loads((data_folder("schemas") / "finding.schema.json").read_bytes())
GOOD = {"labels": ["x"], "value": "evil[.]example"}


def lines(folder: Path, *items: object) -> Reading:
    return read_text(folder, "".join(f"{item if isinstance(item, str) else json.dumps(item)}\n" for item in items))


def test_a_line_is_a_finding(tmp_path: Path) -> None:
    note = "redirects to: hxxps://other[.]example/a"
    (finding,) = lines(tmp_path, {**GOOD, "labels": ["A", " b  c "], "note": note, "reported": "2026-05-12"}).findings
    assert finding.labels == ("A", "b c")
    assert (finding.raw, finding.value.kind, finding.value.text) == ("evil[.]example", Kind.DOMAIN, "evil.example")
    assert (finding.reported, finding.record, finding.role) == (date(2026, 5, 12), 1, None)
    assert [value.text for value in finding.more] == ["https://other.example/a"]


def test_a_bad_line_is_unreadable_with_number_and_reason(tmp_path: Path) -> None:
    reading = lines(
        tmp_path,
        GOOD,
        '{"labels": [}',
        {"labels": ["x"]},
        {**GOOD, "colour": "red"},
        {**GOOD, "value": 3},
        {**GOOD, "reported": "2026-02-30"},
        {**GOOD, "kind": "md5"},
        "7",
        GOOD,
    )
    assert [each.record for each in reading.findings] == [1, 9]
    assert [(each.record, each.reason.split(" (")[0].split(", exp")[0]) for each in reading.unreadable] == [
        (2, "column 13: is no JSON: unexpected character"),
        (3, '"value" is a required property'),
        (4, "Additional properties are not allowed"),
        (5, '3 is not of type "string" at /value'),
        (6, '"2026-02-30" is not a "date" at /reported'),
        (7, "the value is said to be of kind 'md5' and reads as 'domain'"),
        (8, '7 is not of type "object"'),
    ]


def test_the_examples_of_the_schema_are_findings(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    reading = lines(tmp_path, *SCHEMA["examples"])
    assert reading.unreadable == []
    assert [each.value.kind for each in reading.findings] == [Kind.DOMAIN, Kind.ACCOUNT]


def test_every_kind_of_value_may_be_named() -> None:
    assert set(SCHEMA["properties"]["kind"]["enum"]) == {kind.value for kind in Kind}


@pytest.mark.parametrize(
    ("line", "kind", "platform", "login", "user_id"),
    [
        ({"value": "Some_Name", "platform": "x"}, Kind.ACCOUNT, "x", "some_name", None),
        ({"value": "a_chan", "platform": "telegram", "kind": "channel"}, Kind.CHANNEL, "telegram", "a_chan", None),
        ({"value": "Some_Name", "platform": "x", "user_id": "12"}, Kind.ACCOUNT, "x", "some_name", "12"),
        ({"value": "", "platform": "facebook", "user_id": "100012"}, Kind.ACCOUNT, "facebook", None, "100012"),
        ({"value": "https://x.com/a_name", "platform": "x", "kind": "account"}, Kind.ACCOUNT, "x", "a_name", None),
        ({"value": "https://x.com/some_name"}, Kind.ACCOUNT, "x", "some_name", None),
    ],
)  # fmt: skip
def test_accounts_by_login_id_or_address(
    tmp_path: Path, line: dict[str, str], kind: Kind, platform: str, login: str | None, user_id: str | None
) -> None:
    (finding,) = lines(tmp_path, {"labels": ["x"], **line}).findings
    value = finding.value
    assert (value.kind, value.platform, value.login, value.user_id) == (kind, platform, login, user_id)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ({"value": "a b", "platform": "x"}, "cannot be a login on x"),
        ({"value": "name", "platform": "friendster-2"}, "no platform 'friendster-2'"),
        ({"value": "https://t.me/some_name", "platform": "x"}, "is on telegram, and the line says x"),
        ({"value": "evil.example", "kind": "account"}, "reads as 'domain'"),
    ],
)
def test_what_contradicts_itself_is_unreadable(tmp_path: Path, line: dict[str, str], complaint: str) -> None:
    (item,) = lines(tmp_path, {"labels": ["x"], **line}).unreadable
    assert complaint in item.reason


@pytest.mark.parametrize(("kind", "text"), [("name", "evil.example"), ("text", "17 accounts"), ("empty", "")])
def test_words_are_words_where_the_line_says_so(tmp_path: Path, kind: str, text: str) -> None:
    (finding,) = lines(tmp_path, {"labels": ["x"], "value": text, "kind": kind}).findings
    assert (finding.value.kind.value, finding.value.text) == (kind, text)


def test_the_part_of_a_value_is_passed_on(tmp_path: Path) -> None:
    assert [each.role for each in lines(tmp_path, {**GOOD, "role": "victim"}, GOOD).findings] == ["victim", None]


def test_one_line_alone_is_recognised_too(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(json.dumps(GOOD))
    assert FindingLinesReader().recognises(Source(path, ())) is not None
    path.write_text(json.dumps([GOOD]))
    assert FindingLinesReader().recognises(Source(path, ())) is None


def test_the_sample_is_whole() -> None:
    reading = read(data_folder("samples") / "tin-whistle" / "findings.jsonl")
    assert [each.value.kind for each in reading.findings] == [
        Kind.DOMAIN,
        Kind.ACCOUNT,
        Kind.ASSET_COUNT,
        Kind.DOMAIN,
        Kind.NAME,
    ]
