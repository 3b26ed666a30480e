"""Sections 3.4 and 3.5: limit, more and next."""

from __future__ import annotations

from collections.abc import Callable

from disarm_exchange.stix.markings import Tlp
from tests.store.objects import DAY, indicator, stix_id
from tests.taxii.server.conformance.registry import check, must
from tests.taxii.server.conftest import PAGE_LIMIT
from tests.taxii.server.world import Place, World

_MANY = [indicator(number) for number in range(27)]
_IDS = [str(item["id"]) for item in _MANY]


def walk_by_next(place: Place, tail: str, limit: str, user: str = "both") -> list[str]:
    """Page through with `next` and the same other parameters."""
    found: list[str] = []
    query = limit
    while True:
        page = place.get(f"{tail}?{query}", user=user).json()
        found += [item["id"] for item in page.get("objects", [])]
        if not page.get("more"):
            return found
        query = f"{limit}&next={page['next']}"


def walk_by_date(place: Place, tail: str, limit: str, user: str = "both") -> list[str]:
    """Page through with `added_after` and the last header."""
    found: list[str] = []
    query = limit
    while True:
        answer = place.get(f"{tail}?{query}", user=user)
        found += [item["id"] for item in answer.json().get("objects", [])]
        if not answer.json().get("more"):
            return found
        query = f"{limit}&added_after={answer.headers['x-taxii-date-added-last']}"


def _walks(world: World, tail: str, limit: str, walk: Callable[..., list[str]]) -> None:
    assert walk(world.collection(*_MANY), tail, limit) == _IDS


for _tail in ("objects/", "manifest/"):
    for _limit in ("", "limit=1", "limit=7", "limit=9", "limit=10", "limit=11", "limit=1000"):
        for _walk in (walk_by_next, walk_by_date):
            must(
                "3.5",
                f"{_walk.__name__} over {_tail} with {_limit or 'no limit'} gives every object once",
                lambda world, tail=_tail, limit=_limit, walk=_walk: _walks(world, tail, limit, walk),
            )


@check("3.4", "never more objects than the limit")
def _limit(world: World) -> None:
    place = world.collection(*_MANY)
    for limit in (1, 2, 9, 10, 11, 1000):
        assert len(place.ids(f"objects/?limit={limit}")) == min(limit, PAGE_LIMIT)
        assert len(place.ids(f"manifest/?limit={limit}")) == min(limit, PAGE_LIMIT)


@check("3.4", "all objects when there are no more than the client's and the server's limit, and no more")
def _fits(world: World) -> None:
    place = world.collection(*_MANY[:PAGE_LIMIT])
    for query in ("", f"?limit={PAGE_LIMIT}", "?limit=999"):
        for tail in ("objects/", "manifest/"):
            page = place.get(tail + query).json()
            assert len(page["objects"]) == PAGE_LIMIT
            assert "more" not in page or page["more"] is False
            assert "next" not in page


@check("3.5", "more is true when there is more, by the client's limit or the server's")
def _more(world: World) -> None:
    place = world.collection(*_MANY)
    for query in ("", "?limit=3"):
        for tail in ("objects/", "manifest/"):
            assert place.get(tail + query).json()["more"] is True


@check("3.4", "without added_after the oldest objects come first")
def _oldest(world: World) -> None:
    assert world.collection(*_MANY).ids("objects/?limit=3") == _IDS[:3]


@check("3.5", "the same next asked again gives the same page")
def _again(world: World) -> None:
    place = world.collection(*_MANY)
    token = place.get("objects/?limit=5").json()["next"]
    first = place.get(f"objects/?limit=5&next={token}").content
    assert place.get(f"objects/?limit=5&next={token}").content == first
    assert len(place.ids(f"objects/?next={token}")) == PAGE_LIMIT


@check("3.5", "next together with added_after: both hold")
def _both(world: World) -> None:
    place = world.collection(*_MANY)
    dates = [place.get(f"objects/?limit={number}").headers["x-taxii-date-added-last"] for number in (2, 8)]
    token = place.get("objects/?limit=5").json()["next"]
    assert place.ids(f"objects/?limit=1&next={token}&added_after={dates[0]}") == [_IDS[5]]
    assert place.ids(f"objects/?limit=1&next={token}&added_after={dates[1]}") == [_IDS[8]]


@check("3.5", "filters hold on every page")
def _filtered(world: World) -> None:
    campaigns = [{**item, "type": "campaign", "id": stix_id("campaign", 100 + n)} for n, item in enumerate(_MANY)]
    mixed = [one for pair in zip(_MANY, campaigns, strict=True) for one in pair]
    place = world.collection(*mixed)
    assert walk_by_next(place, "objects/", "limit=4&match[type]=indicator") == _IDS
    assert walk_by_date(place, "objects/", "limit=4&match[type]=indicator") == _IDS
    both = walk_by_next(place, "objects/", "limit=4&match[type]=campaign,indicator")
    assert both == [item["id"] for item in mixed]


@check("5.6", "versions of an object can be paged")
def _object_pages(world: World) -> None:
    place = world.collection(*(indicator(1, day=day) for day in range(1, 20)))
    tail = f"objects/{_IDS[1]}/"
    assert len(walk_by_next(place, tail, "limit=4&match[version]=all")) == 19
    assert len(walk_by_date(place, tail, "match[version]=all")) == 19


@check("5.8", "the list of versions can be paged")
def _version_pages(world: World) -> None:
    place = world.collection(*(indicator(1, day=day) for day in range(1, 20)))
    found: list[str] = []
    query = "limit=4"
    while True:
        answer = place.get(f"objects/{_IDS[1]}/versions/?{query}")
        found += answer.json()["versions"]
        if not answer.json().get("more"):
            break
        query = f"limit=4&added_after={answer.headers['x-taxii-date-added-last']}"
    assert found == [DAY.format(day) for day in range(1, 20)]


@check("3.5", "what is deleted while a client pages is no error")
def _deleted_meanwhile(world: World) -> None:
    place = world.collection(*_MANY[:6])
    token = place.get("objects/?limit=3").json()["next"]
    for gone in _IDS[2:6]:
        assert place.delete(f"objects/{gone}/").status_code == 200
    assert place.get(f"objects/?limit=3&next={token}").json() == {}


@check("3.5", "what is added while a client pages comes at the end")
def _added_meanwhile(world: World) -> None:
    place = world.collection(*_MANY[:6])
    token = place.get("objects/?limit=3").json()["next"]
    place.add(*_MANY[6:8])
    assert place.ids(f"objects/?next={token}") == _IDS[3:8]


@check("8", "next is not trusted: it shows nothing that the client may not see (appendix B)")
def _not_trusted(world: World) -> None:
    place = world.collection(*(indicator(number, tlp=Tlp.RED if number % 2 else Tlp.GREEN) for number in range(8)))
    other = world.collection(*_MANY)
    token = place.get("objects/?limit=1", user="chief").json()["next"]
    assert place.ids(f"objects/?next={token}") == [_IDS[2], _IDS[4], _IDS[6]]
    assert place.ids(f"objects/?next={token}&match[type]=malware") == []
    foreign = other.get("objects/?limit=1").json()["next"]
    assert set(place.ids(f"objects/?next={foreign}")) <= {_IDS[0], _IDS[2], _IDS[4], _IDS[6]}


@check("1.6.9", "more tells nothing of what the client may not see")
def _more_is_quiet(world: World) -> None:
    hidden = [indicator(number, tlp=Tlp.RED) for number in range(10, 40)]
    place = world.collection(indicator(0), *hidden, indicator(1))
    assert walk_by_next(place, "objects/", "limit=1") == _IDS[:2]
    page = place.get(f"objects/?limit=1&added_after={place.get('objects/').headers['x-taxii-date-added-last']}").json()
    assert page == {}
