"""Section 3.4: filters."""

from __future__ import annotations

from urllib.parse import quote

from disarm_exchange.stix.markings import Tlp
from tests.store.objects import DAY, domain, indicator, stix_id
from tests.taxii.server.conformance.registry import check, must
from tests.taxii.server.world import Place, World

_ONE, _TWO, _THREE = (stix_id("indicator", number) for number in (1, 2, 3))
_READS = ["objects/", "manifest/", f"objects/{_ONE}/", f"objects/{_ONE}/versions/"]

_STIX_TYPES = [
    "attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator",
    "infrastructure", "intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data",
    "opinion", "report", "threat-actor", "tool", "vulnerability", "relationship", "sighting", "artifact",
    "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr",
    "ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url", "user-account",
    "windows-registry-key", "x509-certificate", "language-content", "marking-definition", "extension-definition",
]  # fmt: skip
_MALFORMED = [
    "added_after=",
    "added_after=yesterday",
    "added_after=2026-01-01",
    "added_after=2026-01-01T00:00:00.000000",
    "added_after=2026-01-01T00:00:00.000000%2B00:00",
    "added_after=2026-13-01T00:00:00.000000Z",
    "added_after=2026-02-30T00:00:00.000000Z",
    "added_after=2026-01-01T25:00:00.000000Z",
    "added_after=2026-01-01T00:00:00.000000z",
    "added_after=%D9%A2026-01-01T00:00:00.000000Z",
    "added_after=2026-01-01T00:00:00.000000Z,2026-01-02T00:00:00.000000Z",
    "limit=",
    "limit=0",
    "limit=-1",
    "limit=1.5",
    "limit=1e3",
    "limit=ten",
    "limit=%2B5",
    "limit=%205",
    "limit=5_0",
    "limit=%D9%A5",
    "limit=9007199254740992",
    "limit=10000000000000000000000000000000000000000",
    "next=",
    "next=!!!",
    "next=AAAA",
    "next=__________8",
    "next=" + "A" * 4000,
    "next=%00",
    "limit=1&limit=1",
    "limit=1&limit=2",
    "added_after=2026-01-01T00:00:00.000000Z&added_after=2026-01-02T00:00:00.000000Z",
    "next=AAAAAAAAAAA&next=AAAAAAAAAAA",
    "match[type]=indicator&match[type]=malware",
    "match%5Btype%5D=indicator&match[type]=malware",
    "match[spec_version]=2.1&match[spec_version]=2.1",
    "x=%FF",
]
_MALFORMED_VERSIONS = [
    "match[version]=",
    "match[version]=latest",
    "match[version]=LAST",
    "match[version]=not-a-time",
    "match[version]=last,",
    "match[version]=,last",
    "match[version]=all,last",
    "match[version]=all,2026-01-01T00:00:00.000Z",
    "match[version]=all,all",
    "match[version]=last,last",
    "match[version]=2026-01-01T00:00:00.000Z,2026-01-01T00:00:00.000Z",
    "match[version]=2026-01-01T00:00:00.000",
    "match[version]=first&match[version]=last",
    "match[version]=last,%20first",
]
_MALFORMED_OTHERS = [
    "match[id]=",
    "match[id]=indicator",
    f"match[id]={_ONE},",
    f"match[id]={_ONE},,{_TWO}",
    f"match[id]={_ONE},%20{_TWO}",
    f"match[id]={_ONE},{_ONE}",
    f"match[id]={_ONE}%00",
    "match[type]=",
    "match[type]=indicator,",
    "match[type]=indicator,%20malware",
    "match[type]=indi%00cator",
    "match[type]=a'b",
    "match[type]=indicator,indicator",
    "match[spec_version]=",
    "match[spec_version]=two",
    "match[spec_version]=2.1;2.0",
]


def _is_400(world: World, tail: str, query: str) -> None:
    place = world.collection(indicator(1))
    assert place.get(f"{tail}?{query}").status_code == 400


for _query in _MALFORMED:
    for _tail in _READS:
        must(
            "3.4",
            f"malformed or repeated is 400: {_query[:60]} on {_tail[:9]}{_tail[-9:]}",
            lambda world, tail=_tail, query=_query: _is_400(world, tail, query),
        )
for _query in _MALFORMED_VERSIONS:
    for _tail in _READS[:3]:
        must(
            "3.4.1",
            f"malformed or repeated is 400: {_query} on {_tail[:9]}{_tail[-9:]}",
            lambda world, tail=_tail, query=_query: _is_400(world, tail, query),
        )
for _query in _MALFORMED_OTHERS:
    for _tail in _READS[:2]:
        must(
            "3.4.1",
            f"malformed is 400: {_query[:60]} on {_tail}",
            lambda world, tail=_tail, query=_query: _is_400(world, tail, query),
        )


def _several(world: World) -> Place:
    """Two versions of one, one of two, an observable, and a campaign."""
    campaign = {**indicator(1), "type": "campaign", "id": stix_id("campaign", 5)}
    return world.collection(
        indicator(1, day=1), indicator(2), indicator(1, day=3), domain(4), campaign, indicator(1, day=2)
    )


_ANSWERS = {
    "match[id] one": (f"match[id]={_ONE}", [_ONE]),
    "match[id] two": (f"match[id]={_TWO},{_ONE}", [_TWO, _ONE]),
    "match[id] unknown": (f"match[id]={_THREE}", []),
    "match[id] is ANDed with type": (f"match[id]={_ONE}&match[type]=campaign", []),
    "match[type] one": ("match[type]=campaign", [stix_id("campaign", 5)]),
    "match[type] two": ("match[type]=domain-name,campaign", [stix_id("domain-name", 4), stix_id("campaign", 5)]),
    "match[type] of STIX 2.1 that is not there": ("match[type]=x509-certificate,grouping,sighting", []),
    "match[type] not of STIX 2.1": ("match[type]=x-acme-thing", []),
    "match[spec_version] 2.1": ("match[spec_version]=2.1&match[type]=campaign", [stix_id("campaign", 5)]),
    "match[spec_version] 2.0": ("match[spec_version]=2.0", []),
    "match[spec_version] both": ("match[spec_version]=2.0,2.1&match[type]=campaign", [stix_id("campaign", 5)]),
    "a field the server does not know is ignored": ("match[colour]=red&match[type]=campaign", [stix_id("campaign", 5)]),
    "percent-encoded brackets": ("match%5Btype%5D=campaign", [stix_id("campaign", 5)]),
    "percent-encoded commas": (f"match[id]={quote(f'{_TWO},{_ONE}', safe='')}", [_TWO, _ONE]),
}


def _gives(world: World, query: str, expected: list[str]) -> None:
    place = _several(world)
    assert place.ids(f"objects/?{query}") == expected
    assert place.ids(f"manifest/?{query}") == expected


for _name, (_query, _expected) in _ANSWERS.items():
    must("3.4.1", _name, lambda world, query=_query, expected=_expected: _gives(world, query, expected))


@check("3.4.1", "every type of STIX 2.1 is a valid match[type]")
def _types(world: World) -> None:
    place = world.collection(indicator(1))
    for object_type in _STIX_TYPES:
        assert place.get(f"objects/?match[type]={object_type}").status_code == 200
    assert place.ids(f"objects/?match[type]={','.join(_STIX_TYPES)}") == [_ONE]


_VERSIONS = {
    "": [3],
    "match[version]=last": [3],
    "match[version]=first": [1],
    "match[version]=all": [1, 3, 2],
    "match[version]=first,last": [1, 3],
    "match[version]=last,first": [1, 3],
    f"match[version]={DAY.format(2)}": [2],
    f"match[version]={DAY.format(2)},{DAY.format(1)}": [1, 2],
    f"match[version]=first,{DAY.format(2)},last": [1, 3, 2],
    f"match[version]={DAY.format(2)[:-5]}Z": [2],
}


def _gives_versions(world: World, query: str, days: list[int]) -> None:
    place = _several(world)
    expected = [DAY.format(day) for day in days]
    assert place.versions(f"objects/?match[id]={_ONE}&{query}") == expected
    assert place.versions(f"objects/{_ONE}/?{query}") == expected
    records = place.get(f"manifest/?match[id]={_ONE}&{query}").json()["objects"]
    assert [record["version"] for record in records] == expected


for _query, _days in _VERSIONS.items():
    must(
        "3.4.1",
        f"versions of an object, asked for with {_query or 'nothing'}",
        lambda world, query=_query, days=_days: _gives_versions(world, query, days),
    )


@check("3.4.1", "match[version] of an object without created and modified is its manifest version")
def _observable_version(world: World) -> None:
    place = world.collection(domain(4))
    version = place.get("manifest/").json()["objects"][0]["version"]
    assert place.ids(f"objects/?match[version]={version}") == [stix_id("domain-name", 4)]


@check("3.4", "added_after is exclusive, to the microsecond, and takes any number of digits")
def _added_after(world: World) -> None:
    place = world.collection(*(indicator(number) for number in range(4)))
    dates = [record["date_added"] for record in place.get("manifest/").json()["objects"]]
    for position, date in enumerate(dates):
        assert len(place.ids(f"objects/?added_after={date}")) == 3 - position
        assert len(place.ids(f"manifest/?added_after={date}")) == 3 - position
    assert len(place.ids("objects/?added_after=2020-01-01T00:00:00Z")) == 4
    assert len(place.ids("objects/?added_after=2020-01-01T00:00:00.1Z")) == 4
    assert len(place.ids(f"objects/?added_after={dates[0][:-1]}999Z")) == 3


@check("3.3", "objects and manifest are sorted by the date they were added, oldest first")
def _sorted(world: World) -> None:
    place = world.collection(*(indicator(number) for number in (5, 3, 4, 1, 2)))
    dates = [record["date_added"] for record in place.get("manifest/").json()["objects"]]
    assert dates == sorted(set(dates))
    assert place.ids() == [stix_id("indicator", number) for number in (5, 3, 4, 1, 2)]


@check("5.3", "the manifest is filtered by the objects' properties")
def _manifest_filter(world: World) -> None:
    place = _several(world)
    assert place.ids("manifest/?match[type]=campaign") == [stix_id("campaign", 5)]


@check("5.8", "versions can be filtered by added_after and spec_version")
def _versions_filter(world: World) -> None:
    place = _several(world)
    date = place.get(f"objects/{_ONE}/versions/?limit=1").headers["x-taxii-date-added-last"]
    tail = f"objects/{_ONE}/versions/"
    assert place.get(f"{tail}?added_after={date}").json()["versions"] == [DAY.format(3), DAY.format(2)]
    assert place.get(f"{tail}?match[spec_version]=2.0").json() == {}
    assert len(place.get(f"{tail}?match[spec_version]=2.1").json()["versions"]) == 3


@check("3.4", "a long list in match[id] is served")
def _long_list(world: World) -> None:
    place = world.collection(indicator(1), indicator(2))
    many = ",".join(stix_id("indicator", number) for number in range(1, 801))
    assert place.ids(f"objects/?match[id]={many}") == [_ONE, _TWO]


@check("1.6.9", "objects that the client may not see are left out of every filter's answer", "MAY")
def _clearance(world: World) -> None:
    place = world.collection(indicator(1), indicator(2, tlp=Tlp.RED))
    for tail in ("objects/", "manifest/"):
        for query in ("", f"?match[id]={_TWO}", "?match[version]=all", "?match[type]=indicator,malware"):
            assert _TWO not in place.ids(tail + query)
            assert _TWO in place.ids(tail + query, user="chief")
    hidden, absent = place.get(f"objects/{_TWO}/"), place.get(f"objects/{_THREE}/")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert {**hidden.json(), "error_id": ""} == {**absent.json(), "error_id": ""}
    assert place.get(f"objects/{_TWO}/versions/").status_code == 404
