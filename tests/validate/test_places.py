"""Where a JSON pointer points in a text."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_exchange.validate.duplicates import duplicate_key
from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.files import FileCheck
from disarm_exchange.validate.issue import pointer_to
from disarm_exchange.validate.locate import locate

values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


def every_path(value: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    steps = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    return [here, *(found for step, inner in steps for found in every_path(inner, (*here, step)))]


def at(value: object, path: tuple[str | int, ...]) -> object:
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


@given(values, st.sampled_from([None, 2, 4]))
def test_every_pointer_leads_to_its_value(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    for path in every_path(value):
        offset = locate(text.encode(), pointer_to(path))
        assert json.JSONDecoder().raw_decode(text, offset)[0] == at(value, path)


@pytest.mark.parametrize("pointer", ["/b", "/a/x", "/a/7", "/a/0/b/c", "/~1~0"])
def test_a_pointer_to_nothing_leads_to_the_nearest_value(pointer: str) -> None:
    text = b' {"a": [1, 2]}'
    assert text[locate(text, pointer) :].startswith((b"{", b"[", b"1"))


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:\\a ', max_size=30).map(str.encode), st.text(max_size=8))
def test_no_text_and_no_pointer_make_it_crash(text: bytes, pointer: str) -> None:
    assert 0 <= locate(text, f"/{pointer}") <= len(text)


def test_columns_count_characters_not_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('[{"type": "campaign", "description": "häfen", "confidence": 900}]', encoding="utf-8")
    (issue,) = [i for i in FileCheck(Validator("stix", select=("DX106",))).check(str(path)) if i.issue.code == "DX106"]
    assert path.read_text(encoding="utf-8")[issue.column - 1 :].startswith("900")


@given(values)
def test_no_property_is_said_to_stand_twice_where_none_does(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=2), json.dumps(value, separators=(" , ", " : "))):
        assert duplicate_key(text.encode(), orjson.loads(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a" : 1, "b": {"c": 1, "c" :1}}',
        '[{"x":1,"\\u0078":2}]',
        '{"a":1,\n"a"\n:2}',
        '{"k":"\\":","k":1}',
    ],
)
def test_a_property_given_twice_is_found(text: str) -> None:
    assert duplicate_key(text.encode(), orjson.loads(text)) is not None
