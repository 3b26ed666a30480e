"""What each page shows."""

from __future__ import annotations

import html
import re

import pytest

from disarm_exchange.report.counting import count_techniques
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import add_to_quarantine, iter_objects
from disarm_exchange.store.access import find_collection
from disarm_exchange.store.indexing import catch_up
from disarm_exchange.store.peers import Conflict, note_conflicts
from disarm_exchange.store.runs import end_run, start_run
from disarm_exchange.store.tables import grants
from tests.store.objects import DAY, domain, indicator, stix_id
from tests.web.world import ACCOUNT, CAMPAIGN, DOMAIN, INDICATOR, REPORT, USES, Pages, case

pytestmark = pytest.mark.parametrize("site", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def alone(site: Pages) -> None:
    """Nobody reads what an earlier test left."""
    with site.database.write() as tx:
        tx.connection.execute(grants.delete())


def text_of(page: str) -> str:
    """What a reader reads."""
    body = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def read(site: Pages, path: str, user: str = "operator") -> str:
    answer = site.get(path, user)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


def test_home_counts_what_one_may_see(site: Pages) -> None:
    site.collection("First", *case())
    site.collection("Second", indicator(1, tlp=Tlp.RED), domain(2))
    mine = read(site, "/", "cleared-green")
    assert "Objects 10" in mine
    assert "First" in mine
    assert "Paper Lantern TLP:GREEN campaign First" in mine
    assert "Objects 11" in read(site, "/")


def test_a_collection_is_listed_newest_first_page_by_page(site: Pages) -> None:
    place = site.collection("Long", *(indicator(number, name=f"number {number}") for number in range(120)))
    seen: list[str] = []
    path: str | None = f"/web/collections/{place.id}/"
    while path is not None:
        page = site.get(path).text
        seen += re.findall(r">number (\d+)<", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(older[1]) if older else None
    assert seen == [str(number) for number in reversed(range(120))]


def test_a_collection_can_be_narrowed_to_a_type(site: Pages) -> None:
    place = site.collection("Mixed", *case())
    path = f"/web/collections/{place.id}/"
    assert "all but relationships 6 everything 9" in read(site, path)
    assert "indicates" not in read(site, path)
    assert "a domain indicates Paper Lantern" in read(site, f"{path}?type=everything")
    only = read(site, f"{path}?type=report")
    assert "Report on Paper Lantern" in only
    assert "lantern_band" not in only


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("paper-lantern.example", [DOMAIN, INDICATOR]),
        ("paper-lantern[.]example", [DOMAIN, INDICATOR]),
        ("hxxps://t[.]me/lantern_band", [ACCOUNT]),
        ("https://t.me/lantern_band", [ACCOUNT]),
        ("@lantern_band", [ACCOUNT]),
        ("lantern_band", [ACCOUNT]),
        ("lantern paper", [CAMPAIGN, REPORT]),
        ("T0049", [technique_stix_id("T0049")]),
        ("flood existing", [technique_stix_id("T0049")]),
        (CAMPAIGN, [CAMPAIGN]),
        ("nothing of the kind", []),
    ],
)
def test_search_finds_values_techniques_and_names(site: Pages, indexed: bool, asked: str, found: list[str]) -> None:
    site.collection("Searched", *case())
    if indexed:
        assert catch_up(site.database, seconds=30)
    page = site.get(f"/web/search/?q={asked.replace('[', '%5B').replace(']', '%5D').replace('@', '%40')}").text
    ids = dict.fromkeys(re.findall(r'<th scope="row"><a href="/web/objects/([a-z-]+--[0-9a-f-]{36})/"', page))
    assert sorted(ids) == sorted(found)
    assert ("/web/techniques/T0049/" in page) == (asked in ("T0049", "flood existing"))


def test_an_object_is_shown_whole_and_defanged(site: Pages) -> None:
    site.collection("Objects", *case())
    page = read(site, f"/web/objects/{DOMAIN}/")
    assert "paper-lantern[.]example" in page.partition("JSON")[0]
    assert "paper-lantern.example" not in page.partition("JSON")[0]
    campaign = read(site, f"/web/objects/{CAMPAIGN}/")
    assert "description Paper Lantern in words" in campaign
    assert "T0049 Flood Existing Hashtag 12 85 evidence" in campaign
    assert "← indicates a domain TLP:GREEN indicator" in campaign
    assert "← object Report on Paper Lantern TLP:GREEN report" in campaign
    assert "Brought by organisation operator" in campaign


def test_a_technique_call_shows_its_evidence(site: Pages) -> None:
    site.collection("Evidence", *case())
    page = read(site, f"/web/objects/{USES}/")
    assert "Paper Lantern uses T0049 Flood Existing Hashtag" in page
    assert "12 findings support this call , DISARM 1.7" in page.replace("call,", "call ,")
    assert "rule-1 the label says so 85" in page
    assert "Bots hxxps://t[.]me/lantern_band seen in May" in page


def test_what_refers_to_an_object_comes_page_by_page(site: Pages) -> None:
    sightings = [
        {"type": "note", "spec_version": "2.1", "id": stix_id("note", 700 + number), "created": DAY.format(1),
         "modified": DAY.format(1), "abstract": f"remark {number}", "content": "x", "object_refs": [CAMPAIGN],
         "object_marking_refs": [Tlp.GREEN.marking_id]}
        for number in range(70)
    ]  # fmt: skip
    site.collection("Referred", *case(), *sightings)
    first = site.get(f"/web/objects/{CAMPAIGN}/").text
    older = re.search(r'rel="next" href="([^"#]+)', first)
    assert older is not None
    second = site.get(html.unescape(older[1])).text
    remarks = re.findall(r">remark (\d+)<", first + second)
    assert remarks == [str(number) for number in reversed(range(70))]


def test_versions_can_be_looked_at_one_by_one(site: Pages) -> None:
    place = site.collection("Versions", *(indicator(1, day=day, name=f"as of day {day}") for day in (1, 2, 3)))
    path = f"/web/objects/{stix_id('indicator', 1)}/"
    newest = site.get(path).text
    assert "<h1>as of day 3</h1>" in newest
    links = [html.unescape(one) for one in re.findall(rf'href="({path}\?in={place.id}[^"]+)"', newest)]
    assert [re.findall(r"<h1>(.+)</h1>", site.get(one).text)[0] for one in links] == [
        f"as of day {day}" for day in (3, 2, 1)
    ]
    assert "There is a newer version" in site.get(links[1]).text


def test_the_raw_object_is_the_bytes_that_came(site: Pages) -> None:
    place = site.collection("Raw", indicator(1))
    answer = site.get(f"/web/objects/{stix_id('indicator', 1)}/raw/")
    stored = next(iter_objects(site.database, place.number))
    assert answer.content == stored.body
    assert answer.headers["content-type"].startswith("application/stix+json")
    assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("user", ["operator", "cleared-green"])
def test_the_matrix_has_the_numbers_that_counting_the_objects_gives(site: Pages, indexed: bool, user: str) -> None:
    more = [
        {**item, "id": stix_id(str(item["type"]), 800 + number), "source_ref": stix_id("campaign", 900 + number),
         "object_marking_refs": [(Tlp.RED if number % 2 else Tlp.GREEN).marking_id]}
        for number in range(5)
        for item in case()
        if item["id"] == USES
    ]  # fmt: skip
    gone = {**case()[0], "id": stix_id("campaign", 904), "modified": DAY.format(2), "revoked": True}
    places = [site.collection("Matrix", *case(), *more, gone), site.collection("Again", *case())]
    if indexed:
        assert catch_up(site.database, seconds=30)
    clearance = site.organisations[user].clearance
    objects = {
        one.stix_id: one.parse()
        for place in places
        for one in iter_objects(site.database, place.number, clearance=clearance)
    }
    expected = count_techniques(objects.values()).techniques["T0049"]
    for measure, number in (("objects", expected.objects), ("findings", expected.findings)):
        page = site.get(f"/web/matrix/?by={measure}", user).text
        cell = re.search(r'href="/web/techniques/T0049/">(.*?)</a>', page, re.DOTALL)
        assert cell is not None
        assert f"{measure}: {number} , confidence 85 to 85" in text_of("<main>" + cell[1]).replace("</span>", "")
    assert expected.objects == (5 if user == "operator" else 3)


def test_a_technique_names_who_uses_it(site: Pages) -> None:
    site.collection("Technique", *case())
    catch_up(site.database, seconds=30)
    page = read(site, "/web/techniques/t0049/")
    assert "T0049 Flood Information Space" in page
    assert "Paper Lantern TLP:GREEN campaign 12 85 evidence" in page
    assert "Report on Paper Lantern names it TLP:GREEN report" in page
    assert "Nothing that you may see uses it" in read(site, "/web/techniques/T0049/", "cleared-clear")
    assert "is no technique" in read(site, "/web/techniques/T9999/")
    retired = read(site, "/web/techniques/T0090/")
    assert "T0090 Create Inauthentic Accounts" in retired
    assert "In its place T0146 Account Asset" in retired


def test_peers_are_shown_with_lag_and_last_error(site: Pages) -> None:
    with site.database.write() as tx:
        now = 1_790_000_000_000_000
        end_run(tx, start_run(tx, "east-lab", "w", now=now), now=now, outcome="ok", counts={"new": 3})
        end_run(tx, start_run(tx, "east-lab", "w", now=now + 1), now=now + 1, outcome="failed", counts={},
                reason="401 from <b>there</b>")  # fmt: skip
    page = read(site, "/web/peers/")
    assert "east-lab failed" in page
    assert "401 from <b>there</b>" in page
    assert "<b>there" not in site.get("/web/peers/").text
    assert "new 3" in read(site, "/web/peers/east-lab/")


def test_what_waits_to_be_shared_is_shown_as_it_would_go(site: Pages) -> None:
    with site.database.read() as tx:
        known = find_collection(tx, "outgoing")
    if known is None:
        with site.database.write() as tx:
            from disarm_exchange.store import add_collection

            known = add_collection(tx, "Outgoing", api_root=site.root, alias="outgoing")
    site.add(known, indicator(1), indicator(2, tlp=Tlp.RED))
    page = read(site, "/web/peers/east-lab/?preview=yes")
    assert "indicator 1 indicator" in page
    assert stix_id("indicator", 2) in page
    assert "Kept home: 1 by" in page


def test_quarantine_and_conflicts_show_what_was_received(site: Pages) -> None:
    with site.database.write() as tx:
        add_to_quarantine(tx, b'{"type": "\xff<script>"}\x00', "not <i>JSON</i>", peer="east-lab")
        note_conflicts(
            tx, [Conflict("east-lab", CAMPAIGN, DAY.format(2), "foreign-edit", "not theirs", b"1" * 16, b"{}")]
        )
    page = site.get("/web/quarantine/").text
    assert "<script>" not in page.replace('<script src="', "")
    assert "<i>" not in page
    assert r'"\xff<script>"}\u0000' in html.unescape(page)
    assert "foreign edit" in page
    assert "not theirs" not in read(site, "/web/quarantine/?peer=someone-else")


def test_the_audit_log_is_shown_newest_first_page_by_page(site: Pages) -> None:
    from disarm_exchange.store.audit import AuditEvent, record

    with site.database.write() as tx:
        record(
            tx,
            *(AuditEvent(f"event {number}", "done", "Somebody", "some", detail={"n": number}) for number in range(250)),
        )
    seen: list[str] = []
    path: str | None = "/web/audit/?organisation=Somebody"
    while path is not None:
        page = site.get(path).text
        seen += re.findall(r">event (\d+)<", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(older[1]) if older else None
    assert seen == [str(number) for number in reversed(range(250))]
