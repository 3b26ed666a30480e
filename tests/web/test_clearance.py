"""Pages show, count and hint at nothing that TAXII would not give the same reader: every route, random worlds."""

from __future__ import annotations

import re

import orjson
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.markings import TLP_OF_MARKING, Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.store import Collection, iter_objects
from disarm_exchange.store.indexing import catch_up
from disarm_exchange.store.query import Keyword
from disarm_exchange.web.app import PAGES
from tests.store.objects import DAY, stix_id
from tests.web.world import Pages

_UNKNOWN = stix_id("marking-definition", 99)
_COLOURS = sorted(TLP_OF_MARKING)
_KINDS = ("campaign", "indicator", "relationship", "report", "domain-name")
_TECHNIQUES = ("T0049", "T0002", "T0101", "T0122", "T0135", "T0136")
_markings = st.one_of(
    st.sampled_from([{"object_marking_refs": [one.marking_id]} for one in Tlp]),
    st.sampled_from([{"object_marking_refs": [one, _COLOURS[0]]} for one in (*_COLOURS, _UNKNOWN)]),
    st.sampled_from([
        {"object_marking_refs": [Tlp.CLEAR.marking_id],
         "granular_markings": [{"marking_ref": one, "selectors": ["name"]}]}
        for one in (*_COLOURS, _UNKNOWN)
    ]),
    st.sampled_from([{}, {"object_marking_refs": [_UNKNOWN]}]),
)  # fmt: skip
_worlds = st.lists(
    st.tuples(st.sampled_from(_KINDS), st.integers(0, 3), st.integers(1, 2), _markings, st.integers(0, 3)),
    min_size=1,
    max_size=10,
)


def own_id(kind: str, number: int) -> str:
    return stix_id(kind, 500 + 10 * _KINDS.index(kind) + number)


def made(kind: str, number: int, day: int, marking: dict[str, object], other: int) -> dict[str, object]:
    """A version with marks of its own in every text: `telltaleKINDxNUMBERxDAY`."""
    mark = f"telltale{kind.replace('-', '')}x{number}x{day}"
    if kind == "domain-name":
        return {"type": kind, "id": own_id(kind, number), "value": f"{mark}.example", **marking}
    item: dict[str, object] = {
        "type": kind, "spec_version": "2.1", "id": own_id(kind, number), "created": DAY.format(1),
        "modified": DAY.format(day), "name": f"telltale {mark}", "description": f"says {mark}", **marking,
    }  # fmt: skip
    if kind == "indicator":
        item |= {
            "pattern": f"[url:value = 'http://{mark}.example']",
            "pattern_type": "stix",
            "valid_from": DAY.format(1),
        }
    elif kind == "relationship":
        del item["name"]
        item |= {
            "relationship_type": "uses", "source_ref": own_id("campaign", other), "confidence": 50,
            "target_ref": technique_stix_id(_TECHNIQUES[number]),
            "extensions": {EVIDENCE_EXTENSION: {"evidence_count": 7, "evidence": [{"label": mark, "value": mark}]}},
        }  # fmt: skip
    elif kind == "report":
        refs = [own_id("campaign", other), own_id("indicator", other), technique_stix_id(_TECHNIQUES[number + 2])]
        item |= {"published": DAY.format(1), "object_refs": refs}
    return item


def paths(collection: Collection) -> list[str]:
    """Every route, filled in with everything that there might be."""
    ids = [own_id(kind, number) for kind in _KINDS for number in range(4)]
    fills: dict[str, list[str]] = {
        "collection": [collection.id], "object_id": ids, "technique": list(_TECHNIQUES), "peer": ["east-lab"],
    }  # fmt: skip
    found = ["/"]
    for _, pattern, _ in PAGES:
        name = re.search(r"{(\w+)}", pattern)
        found += [pattern.replace(f"{{{name[1]}}}", one) for one in fills[name[1]]] if name else [pattern]
    place = f"/web/collections/{collection.id}/"
    found += [f"{place}?type={kind}" for kind in (*_KINDS, "everything")]
    found += ["/web/search/?q=telltale", "/web/matrix/?show=all&by=findings", "/web/matrix/?by=objects"]
    return found


# An example takes seconds, so a failing one is shown as it is, not made smaller.
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(world=_worlds, later=_worlds)
def test_no_page_holds_anything_above_the_readers_clearance(
    site: Pages,
    world: list[tuple[str, int, int, dict[str, object], int]],
    later: list[tuple[str, int, int, dict[str, object], int]],
) -> None:
    with site.database.write() as tx:  # nobody reads what earlier examples left
        from disarm_exchange.store.tables import grants

        tx.connection.execute(grants.delete())
    collection = site.collection("World", *(made(*each) for each in world))
    catch_up(site.database, seconds=30)
    site.add(collection, *(made(*each) for each in later))
    everything = [made(*each) for each in (*world, *later)]
    marks = {mark for item in everything for mark in re.findall(r"telltale\w*x\dx\d", orjson.dumps(item).decode())}
    ids = {str(item["id"]) for item in everything}
    for tlp in Tlp:
        seen = list(iter_objects(site.database, collection.number, clearance=tlp, versions=[Keyword.ALL]))
        shown = b" ".join(one.body for one in seen).decode()
        newest = list(iter_objects(site.database, collection.number, clearance=tlp))
        texts = {path: page(site, path, f"cleared-{tlp.token}") for path in paths(collection)}
        for path, text in texts.items():
            assert [mark for mark in marks if mark in text and mark not in shown] == [], path
            assert [one for one in ids if one in text and one not in shown] == [], path
        figures = re.search(r"<dt>Objects</dt><dd>([\d,]+)</dd>", texts["/"])
        assert (int(figures[1]) if figures else 0) == len(newest)
        assert names_in(texts["/web/search/?q=telltale"]) == {
            str(one.parse()["name"]) for one in newest if one.type in ("campaign", "report")
        }


def names_in(text: str) -> set[str]:
    return set(re.findall(r"telltale telltale(?:campaign|report)x\dx\d", text))


def page(site: Pages, path: str, user: str) -> str:
    """A page with its headers, as a reader gets it."""
    answer = site.get(path, user)
    assert answer.status_code in (200, 403, 404), path
    return answer.text + str(answer.headers)


def test_the_pages_of_the_operator_are_for_nobody_else(site: Pages) -> None:
    for path in ("/web/peers/", "/web/peers/east-lab/", "/web/quarantine/", "/web/audit/"):
        for tlp in Tlp:
            answer = site.get(path, f"cleared-{tlp.token}")
            assert answer.status_code == 403
            assert path not in site.get("/", f"cleared-{tlp.token}").text
        assert site.get(path).status_code in (200, 404, 500)


def test_an_operator_that_is_not_cleared_for_everything_does_not_see_them_either(site: Pages) -> None:
    from disarm_exchange.store.operators import set_operator

    organisation = site.organisations["cleared-amber+strict"]
    with site.database.write() as tx:
        set_operator(tx, organisation.id, operates=True)
    assert site.get("/web/audit/", organisation.name).status_code == 403
    with site.database.write() as tx:
        set_operator(tx, organisation.id, operates=False)


def test_a_collection_without_a_grant_is_as_if_it_were_not_there(site: Pages) -> None:
    hidden = site.collection("Hidden", made("campaign", 0, 1, {"object_marking_refs": [Tlp.CLEAR.marking_id]}, 0),
                             readers=["operator"])  # fmt: skip
    reader = "cleared-red"
    absent = site.get(f"/web/collections/{stix_id('x', 1)[-36:]}/", reader)
    there = site.get(f"/web/collections/{hidden.id}/", reader)
    assert (there.status_code, there.text) == (404, absent.text)
    assert "Hidden" not in site.get("/", reader).text
    assert site.get(f"/web/collections/{hidden.id}/").status_code == 200


def test_who_brought_an_object_is_for_the_operator_to_know(site: Pages) -> None:
    item = made("campaign", 3, 1, {"object_marking_refs": [Tlp.CLEAR.marking_id]}, 0)
    place = site.collection("Origins")
    site.add(place, item, source="org:Secret Society")
    path = f"/web/objects/{item['id']}/"
    assert "Secret Society" in site.get(path).text
    text = site.get(path, "cleared-red").text
    assert "Secret Society" not in text
    assert "another organisation" in text
