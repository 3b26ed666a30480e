"""Ids made many at a time are those made one by one."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest

from disarm_exchange.stix.ids import (
    SCO_NAMESPACE,
    KeyedIds,
    WatchedIds,
    derived_id,
    observable_series,
    sco_id,
    unpacked_ids,
)

CASE = "campaign--0a0b0c0d-0000-4000-8000-000000000000"


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 500])
def test_a_series_gives_the_ids_of_its_keys(count: int) -> None:
    ids = KeyedIds(NAMESPACE_URL, CASE)
    rests = [f"wörd-{number}" for number in range(count)]
    made = ids.series("relationship", "\x1fuses\x1f").of_all([rest.encode() for rest in rests])
    expected = [derived_id("relationship", NAMESPACE_URL, CASE, "uses", rest) for rest in rests]
    assert [f"relationship--{one.decode()}" for one in made] == expected
    assert all(UUID(one.decode()).version == 5 for one in made)


@pytest.mark.parametrize("count", [1, 100])
def test_observables_in_a_series_have_the_ids_that_stix_gives(count: int) -> None:
    hosts = [f"site-{number}.example" for number in range(count)]
    made = observable_series('{"value":"').of_all([f'{host}"}}'.encode() for host in hosts])
    assert [f"domain-name--{one.decode()}" for one in made] == [sco_id("domain-name", {"value": one}) for one in hosts]
    assert made[0].decode() == str(uuid5(SCO_NAMESPACE, '{"value":"site-0.example"}'))


@pytest.mark.parametrize("count", [0, 1, 300])
def test_packed_ids_are_written_out_again(count: int) -> None:
    uuids = [uuid4() for _ in range(count)]
    assert unpacked_ids("url", b"".join(one.bytes for one in uuids)) == [f"url--{one}" for one in uuids]


def test_watched_ids_are_the_same_and_tell_what_they_were_made_of() -> None:
    ids = KeyedIds(NAMESPACE_URL, CASE)
    watched = WatchedIds(ids)
    made = watched.of("note", "one", "two")
    assert made == ids.of("note", "one", "two") == derived_id("note", NAMESPACE_URL, CASE, "one", "two")
    assert watched.made == {made: ("note", "\x1fone\x1ftwo")}
