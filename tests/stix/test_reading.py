from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import ijson
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_exchange.errors import UserError
from disarm_exchange.stix import scanning
from disarm_exchange.stix.bundle import write_bundle
from disarm_exchange.stix.reading import Container, Event, Fault, ObjectReader, Record, read_objects, read_records

OBJECTS = [
    {"type": "campaign", "id": f"campaign--{n}", "name": 'a "quoted" {brace} [bracket] \\', "list": [[1], {"a": [2]}]}
    for n in range(7)
]


def events(text: bytes, **settings: int) -> list[Event]:
    return list(ObjectReader(io.BytesIO(text), **settings))


def items(text: bytes) -> list[object]:
    return [event.item for event in events(text) if isinstance(event, Record)]


def own_bundle() -> bytes:
    out = io.BytesIO()
    write_bundle(out.write, "bundle--1", OBJECTS)
    return out.getvalue()


FORMS = {
    "own bundle": own_bundle(),
    "pretty bundle": json.dumps({"type": "bundle", "id": "bundle--1", "objects": OBJECTS}, indent=4).encode(),
    "one-line bundle": orjson.dumps({"type": "bundle", "id": "bundle--1", "objects": OBJECTS}),
    "objects first": orjson.dumps({"objects": OBJECTS, "type": "bundle", "id": "bundle--1"}),
    "envelope": orjson.dumps({"more": True, "next": "x", "objects": OBJECTS}),
    "array": json.dumps(OBJECTS).encode(),
    "JSON Lines": b"\n".join(map(orjson.dumps, OBJECTS)),
    "JSON Lines with CRLF": b"\r\n".join(map(orjson.dumps, OBJECTS)) + b"\r\n",
    "single objects run together": b"".join(map(orjson.dumps, OBJECTS)),
    "pretty objects one after another": "\n".join(json.dumps(o, indent=2) for o in OBJECTS).encode(),
    "byte order mark": b"\xef\xbb\xbf" + orjson.dumps(OBJECTS),
    "gzip": gzip.compress(own_bundle()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_objects(form: str) -> None:
    assert items(FORMS[form]) == OBJECTS


@pytest.mark.parametrize("form", [form for form in FORMS if form != "gzip"])
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_small_reads_change_nothing(form: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "CHUNK", chunk)
    assert items(FORMS[form]) == OBJECTS


@pytest.mark.parametrize("form", [form for form in FORMS if form != "gzip"])
def test_each_object_comes_with_its_own_bytes_and_place(form: str) -> None:
    text = FORMS[form]
    for record in events(text):
        if isinstance(record, Record):
            offset, line, column = record.place
            assert text[offset : offset + len(record.raw)] == record.raw
            assert orjson.loads(record.raw) == record.item
            assert line == text.count(b"\n", 0, offset) + 1
            assert column == offset - text.rfind(b"\n", 0, offset)


def test_the_pointer_of_an_object_depends_on_what_holds_it() -> None:
    assert [e.pointer for e in events(FORMS["pretty bundle"])[:2]] == ["/objects/0", "/objects/1"]
    assert [e.pointer for e in events(FORMS["array"])[:2]] == ["/0", "/1"]
    assert [e.pointer for e in events(FORMS["JSON Lines"])[:2]] == ["", ""]


def test_a_bundle_tells_its_own_properties_when_it_ends() -> None:
    for form in ("own bundle", "pretty bundle", "objects first"):
        last = events(FORMS[form])[-1]
        assert isinstance(last, Container)
        assert last.members == {"type": "bundle", "id": "bundle--1"}
        assert last.count == len(OBJECTS)


def test_two_documents_in_one_stream_are_both_read() -> None:
    text = FORMS["own bundle"] + FORMS["array"] + FORMS["JSON Lines"]
    assert items(text) == OBJECTS * 3
    assert [e.number for e in events(text) if isinstance(e, Record)] == list(range(3 * len(OBJECTS)))


@pytest.mark.parametrize("text", [b"{}", b'{"more": false}', b'{"type":"bundle","id":"bundle--1"}', b"[]"])
def test_nothing_inside_is_no_fault(text: bytes) -> None:
    assert not [e for e in events(text) if isinstance(e, Record | Fault)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"", (1, 1)),
        (b" \n ", (2, 2)),
        (b'{"type": "a"', (1, 13)),
        (b'[{"a": 1},\n {"b": }\n]', (2, 8)),
        (b'[{"a": 1}\n {"b": 2}]', (2, 2)),
        (b'[{"a": 1},]', (1, 11)),
        (b'{"a" 1}', (1, 6)),
        (b"{a: 1}", (1, 2)),
        (b'{"a": 1 "b": 2}', (1, 9)),
        (b"hello", (1, 1)),
        (b'[{"a": NaN}]', (1, 8)),
        (b'[{"a": "\\ud800"}]', None),
        (b'[{"a": "\xff"}]', None),
        (b"PK\x03\x04", (1, 1)),
        (b"\xff\xfe{\0}\0", (1, 1)),
    ],
)
def test_what_is_no_json_is_a_fault_with_its_place(text: bytes, place: tuple[int, int] | None) -> None:
    faults = [e for e in events(text) if isinstance(e, Fault)]
    assert faults
    assert faults[0].problem
    if place is not None:
        assert faults[0].place[1:] == place


def test_one_broken_object_does_not_hide_the_others() -> None:
    text = b'{"type":"bundle","objects":[{"a": 1}, {"b": NaN}, {"c": 3}]}'
    found = events(text)
    assert [type(e).__name__ for e in found] == ["Record", "Fault", "Record", "Container"]
    assert [e.pointer for e in found[:3]] == ["/objects/0", "/objects/1", "/objects/2"]


def test_deep_nesting_is_a_fault_and_no_crash() -> None:
    text = b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000
    assert [e.problem for e in events(text) if isinstance(e, Fault)]


def test_an_object_beyond_the_limit_is_a_fault() -> None:
    text = b'[{"a": "' + b"x" * (3 << 20) + b'"}]'
    (fault,) = events(text, max_object=1 << 20)
    assert isinstance(fault, Fault)
    assert "larger than 1 MiB" in fault.problem


def test_a_cut_gzip_stream_is_a_fault() -> None:
    (*_, last) = events(gzip.compress(own_bundle())[:-12])
    assert isinstance(last, Fault)


def test_a_file_that_is_broken_is_the_users_error_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(b'[{"a": 1},\n {"b": }\n]')
    with pytest.raises(UserError, match=r"b\.json:2:8"):
        list(read_objects(path))
    path.write_bytes(b"[1]")
    with pytest.raises(UserError, match="expected a JSON object"):
        list(read_records(path))


def test_a_missing_file_or_a_directory_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        list(read_objects(tmp_path / "none.json"))
    with pytest.raises(UserError, match="directory"):
        list(read_objects(tmp_path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), json_values, max_size=4), max_size=4), st.booleans())
def test_any_array_reads_as_a_foreign_streaming_parser_reads_it(objects: list[dict[str, object]], pretty: bool) -> None:
    objects = [{k: v for k, v in o.items() if k != "objects"} for o in objects]
    text = json.dumps(objects, indent=2 if pretty else None).encode()
    assert items(text) == list(ijson.items(io.BytesIO(text), "item", use_float=True))


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ab1 \n', max_size=40).map(str.encode))
def test_no_text_whatever_makes_the_reader_crash(text: bytes) -> None:
    for event in events(text):
        assert isinstance(event, Record | Fault | Container)
