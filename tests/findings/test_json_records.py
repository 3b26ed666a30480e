"""JSON records give the findings of their CSV twins, wherever in the document they stand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.values import Kind
from tests.findings.reading_files import profile, read, read_text
from tests.shared_data import SHARED_DATA, needs_shared_data, real_tables

RECORDS = [
    {
        "indicator_type": "md5",
        "indicator_value": "9e107d9d372bb6826bd81d3542a419d6",
        "comment": "Plugin",
        "ds": "2023-05-03",
    },
    {"indicator_type": "domain_name", "indicator_value": "evil.example", "comment": "", "ds": "2023-05-03"},
]


def as_csv(records: list[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return stream.getvalue()


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=4) + "\n",
        "\ufeff" + json.dumps(RECORDS),
        "\n".join(json.dumps(record) for record in RECORDS),
        json.dumps({"indicators": RECORDS}),
        json.dumps({"meta": {"count": 2, "tags": ["a", "b"]}, "data": {"iocs": RECORDS, "next": None}}),
    ],
    ids=["array", "indented", "byte order mark", "lines", "wrapped", "wrapped twice"],
)
def test_the_same_rows_as_csv_give_the_same_findings(tmp_path: Path, document: str) -> None:
    reading = read_text(tmp_path, document)
    assert reading.told() == read_text(tmp_path, as_csv(RECORDS)).told()
    assert [each.record for each in reading.findings] == [1, 2]


def test_members_may_be_left_out_and_stand_in_any_order(tmp_path: Path) -> None:
    mixed = [RECORDS[0], {"ds": "2023-05-03", "indicator_value": "evil.example", "indicator_type": "domain_name"}]
    assert read_text(tmp_path, json.dumps(mixed)).told() == read_text(tmp_path, json.dumps(RECORDS)).told()


def test_members_nobody_knows_are_kept_in_the_note(tmp_path: Path) -> None:
    record = {**RECORDS[1], "seen": 3, "tags": ["x", "y"], "deep": {"a": [1]}, "sure": True, "rate": 2.0, "gone": None}
    (finding,) = read_text(tmp_path, json.dumps([record])).findings
    assert finding.note == 'seen: 3; tags: x y; deep: {"a":[1]}; sure: true; rate: 2'


def test_several_known_lists_are_all_read_and_others_named(tmp_path: Path) -> None:
    reading = read_text(
        tmp_path, json.dumps({"first": RECORDS[:1], "people": [{"name": "x"}, {"name": "y"}], "second": RECORDS[1:]})
    )
    assert [(each.record, each.value.kind) for each in reading.findings] == [(1, Kind.MD5), (2, Kind.DOMAIN)]
    assert "people in line 1 (with name)" in reading.said()


def test_a_profile_may_say_where_the_records_are(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["v"]}}, "records_at": ["right"]})
    document = {"wrong": [{"v": "a.example"}], "right": [{"v": "b.example"}]}
    assert [each.value.text for each in read_text(tmp_path, json.dumps(document), ours).findings] == ["b.example"]


def test_one_record_alone(tmp_path: Path) -> None:
    (finding,) = read_text(tmp_path, json.dumps(RECORDS[0], indent=1)).findings
    assert finding.value.kind is Kind.MD5


@pytest.mark.parametrize("document", ["[]", '{"indicators": []}'])
def test_an_empty_list_is_no_error(tmp_path: Path, document: str) -> None:
    reading = read_text(tmp_path, document)
    assert reading.records == []
    assert reading.said() == "the list of records is empty"


def test_a_broken_record_is_unreadable_with_its_place_and_the_next_is_read(tmp_path: Path) -> None:
    first, last = json.dumps(RECORDS[0]), json.dumps(RECORDS[1])
    reading = read_text(tmp_path, f'[\n{first},\n{{"indicator_type": nan}},\n7,\n{{"what": 1}},\n{last}]')
    assert [each.record for each in reading.findings] == [1, 5]
    assert [(each.record, each.reason.partition(":")[0]) for each in reading.unreadable] == [
        (2, "line 3, column 20"),
        (3, "it is no object with names"),
        (4, "no source profile knows these names"),
    ]


def test_a_broken_line_is_unreadable_with_its_number(tmp_path: Path) -> None:
    lines = [json.dumps(RECORDS[0]), '{"indicator_type": ', "", json.dumps(RECORDS[1])]
    reading = read_text(tmp_path, "\n".join(lines))
    assert [each.record for each in reading.findings] == [1, 4]
    assert [each.record for each in reading.unreadable] == [2]


@pytest.mark.parametrize(
    ("document", "complaint", "place"),
    [
        ('[{"indicator_type": "md5", "indicator_value": "9e1', "the file ends inside a value", ":1:47"),
        ('[{"indicator_type": "md5", "indicator_value": "x"} {}]', "expected ',' or ']'", ":1:52"),
        ('{"a": 1,\n "b" 2}', "expected ':' after a name", ":2:6"),
        ('{"a": 1}\n]', "something follows the end", ":2:1"),
        ('{"name": "x"}', "no source profile knows these records: name", ""),
        ('[{"name": "x"}]', r"no source profile knows these records: the list in line 1 \(with name\)", ""),
    ],
)
def test_what_is_no_whole_document_is_refused_with_its_place(
    tmp_path: Path, document: str, complaint: str, place: str
) -> None:
    with pytest.raises(UserError, match=complaint) as caught:
        read_text(tmp_path, document)
    assert caught.value.where.endswith(place)


def test_json_in_utf16_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is JSON in UTF-16"):
        read_text(tmp_path, json.dumps(RECORDS).encode("utf-16"))


@needs_shared_data
def test_real_json_and_csv_twins_give_the_same_findings() -> None:
    tables = {path.stem: path for path in real_tables(".csv")}
    twins = real_tables(".json")
    assert twins
    for path in twins:
        one, other = read(path), read(tables[path.stem])
        assert one.told() == other.told(), path
        assert len(one.unreadable) == len(other.unreadable), path
        assert len(one.records) == len(json.loads(path.read_bytes())), path


@needs_shared_data
def test_real_stix_1_says_nothing_that_its_twins_do_not() -> None:
    for path in sorted((SHARED_DATA / "meta" / "stix1").glob("*.xml")):
        with pytest.raises(UserError, match="is STIX 1"):
            read(path)
        twin = json.loads((SHARED_DATA / "meta" / "json" / f"{path.stem}.json").read_bytes())
        assert path.read_text(encoding="utf-8").count("<stix:Indicator ") == len(twin), path
