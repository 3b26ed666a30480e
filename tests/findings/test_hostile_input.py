"""Files made to hurt: each ends in a clear error or an unreadable record, in bounded memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.errors import UserError
from disarm_exchange.findings import table_reader
from disarm_exchange.findings.inspect import inspect_file
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.profile import shipped_profiles
from disarm_exchange.findings.reading import read_findings
from disarm_exchange.resources import data_folder
from tests.findings.reading_files import Reading, read_text

FLAT = b"indicator_type,indicator_value,comment,ds\n"
GOOD = b"domain,evil.example,x,2026-05-01\n"
MEGABYTE = 1024 * 1024


def read(folder: Path, content: bytes) -> Reading:
    return read_text(folder, content)


def test_a_row_of_a_million_cells_is_unreadable_and_the_next_is_read(tmp_path: Path) -> None:
    reading = read(tmp_path, FLAT + b"domain,a.example" + b",x" * 1_000_000 + b"\n" + GOOD)
    assert [each.value.text for each in reading.findings] == ["evil.example"]
    assert "1000002 cells, the header 4" in reading.unreadable[0].reason
    assert len(reading.unreadable[0].raw) <= 2000


def test_a_header_of_a_million_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="more than 4,096 columns"):
        read(tmp_path, b"x," * 1_000_000 + b"x\n")


def test_a_quote_that_swallows_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reader, "MAX_RECORD_CHARACTERS", 100_000)
    swallowing = b'domain,"' + b'\n","' * 100_000  # each line closes one cell and opens the next
    with pytest.raises(UserError, match="a record is longer than 100,000 characters"):
        read(tmp_path, FLAT + swallowing)


def test_a_cell_beyond_the_limit_is_unreadable(tmp_path: Path) -> None:
    reading = read(tmp_path, FLAT + b"domain," + b"x" * 2 * MEGABYTE + b",x,\n" + GOOD)
    assert "field larger than field limit" in reading.unreadable[0].reason
    assert len(reading.findings) == 1


@pytest.mark.parametrize("start", [FLAT, b"# Report\n\n", b'{"labels": [], "value": "'])
def test_a_line_without_end_is_refused(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(UserError, match=r"longer than|larger than|ends inside"):
        read(tmp_path, start + b"x" * 20 * MEGABYTE)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (FLAT + GOOD + "domain,\u00fc.example,x,\n".encode("latin-1"), "byte 0xfc is not UTF-8 text"),
        (FLAT + GOOD + "domain,b.example,\u20ac,\n".encode("cp1252"), "byte 0x80 is not UTF-8 text"),
        (FLAT + GOOD * 1000 + b"domain,b.example," + "\u00fc".encode("utf-16-le") + b",\n", "byte 0xfc is not UTF-8"),
        (b"\xff\xfe" + FLAT + GOOD + b"x", "is not UTF-16 text|knows this header|truncated"),
    ],
)
def test_mixed_encodings_are_refused_with_the_byte(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        read(tmp_path, content)


def test_nul_and_control_characters_do_no_harm(tmp_path: Path) -> None:
    filler = GOOD * 1000  # beyond what is looked at to tell text from binary
    reading = read(tmp_path, FLAT + filler + b"domain,a\0.example,\x1b[31mx\0,2026-05-01\n")
    last = reading.records[-1]
    assert isinstance(last, Finding)
    assert last.value.text == "a.example"
    assert last.note == "[31mx"


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041"])
def test_marks_that_hide_or_reorder_text_are_taken_out(tmp_path: Path, mark: str) -> None:
    row = f"domain{mark},ev{mark}il.example,a{mark}b,2026-05-01\n"
    (finding,) = read(tmp_path, FLAT + row.encode()).findings
    assert (finding.labels, finding.value.text, finding.note) == (("domain",), "evil.example", "ab")
    assert finding.value.problem is not None


def test_formulas_are_words(tmp_path: Path) -> None:
    header = b"Tactic,Technique,Procedure,Indicator,Comments\n"
    (finding,) = read(tmp_path, header + b"=1+1,@x,+0.1,=cmd|' /C calc'!A0,-2+3\n").findings
    assert finding.value.kind.value in ("text", "name")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>', "is XML or HTML"),
        (b'<stix:STIX_Package version="1.2"/>', "is STIX 1"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office file"),
        (b"\x1f\x8b\x08\0\0", "compressed with gzip"),
        (b"PK\x03\x04" + b"\0" * 100, "damaged zip file"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        read(tmp_path, content)


@pytest.mark.parametrize(
    "line",
    [
        b'{"labels": ' + b"[" * 50_000 + b"]" * 50_000 + b', "value": ""}',
        b'{"labels": [], "value": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        b'{"labels": [], "value": "\\ud800"}',
        b'{"labels": [], "value": 1e999}',
        b'{"labels": [], "value": "\xff"}',
    ],
)
def test_hostile_json_lines_are_unreadable_or_refused(tmp_path: Path, line: bytes) -> None:
    good = b'{"labels": ["x"], "value": "evil.example"}\n'
    try:
        reading = read(tmp_path, good + line + b"\n" + good)
    except UserError as error:
        assert "not UTF-8" in error.problem
    else:
        assert [each.record for each in reading.findings] == [1, 3]
        assert [each.record for each in reading.unreadable] == [2]


def test_records_that_each_have_other_names_do_not_fill_memory(tmp_path: Path) -> None:
    lines = [
        b'{"indicator_type": "domain", "indicator_value": "evil.example", "x%d": 1}' % number for number in range(600)
    ]
    reading = read(tmp_path, b"\n".join(lines))
    assert len(reading.records) == 600
    assert "more than 256 different sets of names" in reading.unreadable[-1].reason


@pytest.mark.parametrize("kind", ["csv", "json", "lines", "markdown", "misp", "stix"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    count = 20_000
    records = {
        "csv": (FLAT, GOOD, b""),
        "json": (b"[", b'{"indicator_type":"domain","indicator_value":"evil.example"},\n', b"{}]"),
        "lines": (b"", b'{"labels":["x"],"value":"evil.example"}\n', b""),
        "markdown": (b"| Indicator Type | Indicator Value |\n|---|---|\n", b"| Domain | `evil[.]example` |\n", b""),
        "misp": (b'{"Event":{"Attribute":[', b'{"type":"domain","value":"evil.example","to_ids":true},\n', b"7]}}"),
        "stix": (
            b'{"type":"bundle","objects":[',
            b'{"type":"domain-name","id":"domain-name--00000000-0000-4000-8000-000000000000","value":"evil.example"},\n',
            b"7]}",
        ),
    }
    start, record, end = records[kind]
    path = tmp_path / "file"
    path.write_bytes(start + record * count + end)
    tracemalloc.start()
    try:
        read_count = sum(isinstance(each, Finding) for each in read_findings(path, shipped_profiles()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read_count == count
    assert peak < 24 * MEGABYTE


SEEDS = [
    path.read_bytes() for path in sorted(data_folder("samples").rglob("*")) if path.is_file() and path.suffix != ".toml"
]
SPLINTERS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b",", b'"', b":", b"\n", b"|", b"`", b"\0", b"\xff", b"1e999", b"null"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.sampled_from(SEEDS), cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), SPLINTERS), max_size=6)
)
def test_whatever_a_file_holds_it_is_read_or_refused(
    tmp_path: Path, seed: bytes, cuts: list[tuple[float, int, bytes]]
) -> None:
    content = bytearray(seed)
    for place, length, splinter in cuts:
        start = int(place * len(content))
        content[start : start + length] = splinter
    path = tmp_path / "file"
    path.write_bytes(content)
    try:
        found = inspect_file(path, shipped_profiles(), rows=3)
    except UserError as error:
        assert error.problem
    else:
        assert found.records == found.counts.total()
        orjson.dumps(found.as_dict())
