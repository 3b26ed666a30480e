"""Walking JSON: one level at a time, bounded in depth and size, with the place of every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings import json_input
from disarm_exchange.findings.json_input import MAX_DEPTH, BadValueError, Spot, is_deeper, open_json, parse_json
from disarm_exchange.findings.json_outline import JsonShape, begins_json, outline


def test_members_and_elements_are_walked_and_what_is_left_alone_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text('{"skip": {"deep": [1, {"x": [2]}]}, "take": ["a", {"b": 1}, 3], "last": "z"}')
    with open_json(path) as cursor:
        seen = []
        for name in cursor.members():
            if name == "take":
                seen += [cursor.value() for _ in cursor.elements()]
            elif name == "last":
                seen.append(cursor.value())
        cursor.end()
    assert seen == ["a", {"b": 1}, 3, "z"]


def test_a_bad_value_does_not_stop_the_walk(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text('[1,\n  {"a": tru},\n 3]')
    with open_json(path) as cursor:
        seen: list[object] = []
        for _ in cursor.elements():
            try:
                seen.append(cursor.value())
            except BadValueError as error:
                seen.append(error.spot)
    assert seen == [1, Spot(2, 9), 3]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_bottomless_nesting_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f"
    path.write_text('{"skipped": ' + text)
    with (
        pytest.raises(UserError, match=f"nested deeper than {MAX_DEPTH} levels|ends inside"),
        open_json(path) as cursor,
    ):
        for _ in cursor.members():
            pass


@pytest.mark.parametrize(("value", "levels"), [(1, 0), ([], 1), ([[]], 2), ({"a": [{"b": 1}]}, 3)])
def test_how_deep_a_value_is(value: object, levels: int) -> None:
    assert not is_deeper(value, levels)
    assert levels == 0 or is_deeper(value, levels - 1)


def test_a_value_nested_too_deep_is_told_by_its_place() -> None:
    with pytest.raises(BadValueError, match="nested deeper") as caught:
        parse_json(b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", Spot(7, 3))
    assert caught.value.spot == Spot(7, 3)


def test_one_value_may_not_fill_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_input, "MAX_VALUE_BYTES", 1000)
    path = tmp_path / "f"
    path.write_text('["' + "x" * 5_000_000 + '"]')
    with pytest.raises(UserError, match="larger than 1,000 bytes"), open_json(path) as cursor:
        for _ in cursor.elements():
            cursor.value()


@pytest.mark.parametrize(
    ("text", "shape", "path"),
    [
        ('[{"a": 1}]', JsonShape.ARRAY, ()),
        ('{"a": 1}\n{"a": 2}', JsonShape.LINES, ()),
        ('{"a": [1, 2], "b": {"c": [{"d": 1}]}}', JsonShape.OBJECT, ("b", "c")),
        ('{"a": 1}', JsonShape.OBJECT, ()),
    ],
)
def test_the_outline_of_a_document(tmp_path: Path, text: str, shape: JsonShape, path: tuple[str, ...]) -> None:
    file = tmp_path / "f"
    file.write_text(text)
    found = outline(file, text.encode())
    assert (found.shape, found.path) == (shape, path)
    assert found.sample


@pytest.mark.parametrize(
    ("head", "is_json"),
    [
        (b' \n{"a"', True),
        (b"\xef\xbb\xbf[", True),
        (b"[ {", True),
        (b'["', True),
        (b"[link](target)", False),
        (b"{{ template }}", False),
        (b"a,b", False),
        (b"", False),
    ],
)
def test_what_can_only_be_json(head: bytes, is_json: bool) -> None:
    assert begins_json(head) is is_json
