"""The structural check that every object passes."""

from __future__ import annotations

import pytest

from disarm_exchange.store import ObjectError, read_object, write_object
from tests.store.objects import domain, indicator, stix_id

ID = stix_id("indicator", 1)


def fault(item: dict[str, object] | bytes) -> ObjectError:
    with pytest.raises(ObjectError) as caught:
        read_object(item if isinstance(item, bytes) else write_object(item))
    return caught.value


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": None}, "type"),
        ({"type": "Indicator"}, "type"),
        ({"type": "bundle", "id": stix_id("bundle", 1)}, "bundle"),
        ({"id": None}, "id"),
        ({"id": "indicator--1"}, "id"),
        ({"id": stix_id("malware", 1)}, "id"),
        ({"id": ID.upper()}, "id"),
        ({"modified": "not-a-time"}, "timestamp"),
        ({"modified": "2026-02-30T00:00:00.000Z"}, "timestamp"),
        ({"modified": "2026-01-01T00:00:00.000+00:00"}, "timestamp"),
        ({"modified": "2026-01-01T00:00:00.1234567Z"}, "digits"),
        ({"modified": 5}, "string"),
        ({"modified": "2025-01-01T00:00:00.000Z"}, "before created"),
        ({"created": "yesterday"}, "timestamp"),
        ({"spec_version": None}, "2.0"),
        ({"spec_version": "2.0"}, "spec_version"),
        ({"spec_version": 2.1}, "spec_version"),
    ],
)
def test_a_fault_is_named_with_the_object(change: dict[str, object], reason: str) -> None:
    item = {key: value for key, value in {**indicator(1), **change}.items() if value is not None}
    assert reason in fault(item).reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"3",
        b'"x"',
        b"{",
        b'{"type":"x',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":1}{"a":1}',
        b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}",
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    assert fault(body).stix_id == ""


@pytest.mark.parametrize("depth", [300, 900])
def test_deep_nesting_is_refused(depth: int) -> None:
    body = b'{"type":"indicator","x":' + b"[" * depth + b"]" * depth + b"}"
    assert "nested" in fault(body).reason


@pytest.mark.parametrize(
    "twice",
    [b'"name":"a","name":"b"', b'"name":"a", "n\\u0061me":"b"', b'"x":{"y":1,"y":1}', b'"x":[[{"y":1 ,"y":2}]]'],
)
def test_a_key_that_stands_twice_is_refused_at_any_depth(twice: bytes) -> None:
    body = (
        write_object({"type": "url", "id": stix_id("url", 1), "value": "http://a.example"})[:-1] + b"," + twice + b"}"
    )
    assert "twice" in fault(body).reason
    assert fault(body).stix_id == stix_id("url", 1)


def test_the_fault_tells_id_and_version_where_they_can_be_read() -> None:
    error = fault({**indicator(1), "spec_version": "3.0"})
    assert (error.stix_id, error.version) == (ID, indicator(1)["modified"])


def test_observables_need_neither_spec_version_nor_times() -> None:
    read = read_object(write_object(domain(1)))
    assert (read.spec_version, read.version, read.version_at) == ("2.1", None, None)


def test_mentions_are_found_wherever_they_stand() -> None:
    item = indicator(
        1, labels=[f"<{stix_id('malware', 2)}>"], x_map={stix_id("x-thing", 3): [{"a": stix_id("identity", 4)}]}
    )
    found = read_object(write_object(item)).mentions
    assert found == {stix_id("malware", 2), stix_id("x-thing", 3), stix_id("identity", 4)}
