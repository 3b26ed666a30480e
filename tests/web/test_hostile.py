"""Hostile text in every field of every type of object is text on every page, in a real browser too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disarm_exchange.resources import data_folder
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.store.indexing import catch_up
from disarm_exchange.store.tables import grants
from tests.store.objects import DAY, stix_id
from tests.web.browser import chromium, watched
from tests.web.world import Pages

_BAIT = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'-alert(3)-'",
    "{{7*7}}{% raw %}",
    "javascript:alert(4)",
    "</pre></details><svg/onload=alert(5)>",
    "\u202egnp.exe\u2066 &amp;lt;b&gt;",
    "]]><iframe src=javascript:alert(6)>",
]
_BASICS = frozenset({"type", "id", "spec_version", "created", "modified", "object_marking_refs"})
_KINDS = (
    "attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure",
    "intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data", "opinion", "report",
    "threat-actor", "tool", "vulnerability", "relationship", "sighting", "artifact", "autonomous-system", "directory",
    "domain-name", "email-addr", "email-message", "file", "ipv4-addr", "ipv6-addr", "mac-addr", "mutex",
    "network-traffic", "process", "software", "url", "user-account", "windows-registry-key", "x509-certificate",
    "extension-definition", "language-content", "marking-definition",
)  # fmt: skip
_DAD_CDM = ("narrative", "channel", "event", "language", "persona", "media-outlet", "media-content", "task", "impact")
_FIELDS = (
    "name", "description", "aliases", "labels", "lang", "pattern", "pattern_type", "value", "account_login",
    "account_type", "user_id",
    "display_name", "hashes", "url", "content", "abstract", "authors", "opinion", "explanation", "objective",
    "roles", "sectors", "contact_information", "region", "country", "city", "path", "key", "values", "subject", "body",
    "relationship_type", "source_ref", "target_ref", "object_refs", "sighting_of_ref", "count", "confidence",
    "external_references", "granular_markings", "kill_chain_phases", "extensions", "definition", "x_anything",
)  # fmt: skip


def fields_of(kind: str) -> set[str]:
    """The properties of a type, by our schema of it where there is one."""
    schema = data_folder("schemas") / "dad-cdm" / f"{kind}.schema.json"
    known = set(json.loads(Path(schema).read_text()).get("properties", {})) if schema.exists() else set()
    return (set(_FIELDS) | known) - _BASICS


def hostile(kind: str, number: int) -> dict[str, object]:
    """An object with bait in every field, in the form of a text, a list and an object by turns."""
    item: dict[str, object] = {
        "type": kind, "id": stix_id(kind, 3000 + number), "object_marking_refs": [Tlp.CLEAR.marking_id],
    }  # fmt: skip
    if kind not in _KINDS[21:39]:
        item |= {"spec_version": "2.1", "created": DAY.format(1), "modified": DAY.format(1)}
    for place, name in enumerate(sorted(fields_of(kind))):
        bait = f"{_BAIT[(place + number) % len(_BAIT)]} bait"
        forms = (bait, [bait, {bait: bait}], {bait: [bait, 7, True, None]})
        item[name] = forms[(place + number) % 3] if name not in ("name", "value", "description") else bait
    del item["granular_markings"]  # it would hide the object
    if kind == "relationship":
        item |= {
            "relationship_type": _BAIT[1], "source_ref": stix_id("campaign", 3001),
            "target_ref": technique_stix_id("T0049"), "confidence": 70,
        }  # fmt: skip
    item["extensions"] = {
        EVIDENCE_EXTENSION: {
            "evidence_count": 3, "framework": _BAIT[0], "rules": [{"id": _BAIT[0], "reason": _BAIT[1]}, _BAIT[2]],
            "evidence": [{"label": _BAIT[0], "value": _BAIT[1], "note": _BAIT[5]}, None],
        },
        _BAIT[0]: {_BAIT[1]: _BAIT[2]},
    }  # fmt: skip
    return item


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def infested(site: Pages) -> list[dict[str, object]]:
    with site.database.write() as tx:
        tx.connection.execute(grants.delete())
    items = [hostile(kind, number) for number, kind in enumerate((*_KINDS, *_DAD_CDM))]
    site.collection(_BAIT[1], *items)
    assert catch_up(site.database, seconds=30)
    return items


def listing(site: Pages) -> list[str]:
    place = site.get("/").text.partition('href="/web/collections/')[2][:36]
    return [
        "/", f"/web/collections/{place}/?type=everything", f"/web/collections/{place}/?type=%3Cscript%3Ealert(1)",
        "/web/search/?q=bait", "/web/search/?q=%22%3E%3Cimg+src%3Dx+onerror%3Dalert(2)%3E",
        "/web/matrix/?show=%3Cscript%3E&by=%22%3E", "/web/techniques/T0049/",
        "/web/audit/?organisation=%22%3E%3Cb%3E",
    ]  # fmt: skip


def test_bait_is_escaped_wherever_it_stands(site: Pages, infested: list[dict[str, object]]) -> None:
    for path in [*listing(site), *(f"/web/objects/{item['id']}/" for item in infested)]:
        answer = site.get(path)
        assert answer.status_code == 200, path
        for live in ("<script>", "<img src=x", "<svg", "<iframe", 'href="javascript', "49{%", "\u202e", "\u2066"):
            assert live not in answer.text, (path, live)


def test_nothing_of_it_runs_in_a_browser(browser: Any, site: Pages, infested: list[dict[str, object]]) -> None:
    with watched(browser, site.url) as seen:
        seen.log_in()
        for path in [*listing(site), *(f"/web/objects/{item['id']}/" for item in infested)]:
            seen.go(path)
            strange = seen.page.evaluate(
                "document.querySelectorAll('main img, iframe, svg, [onerror], [onload], script:not([src])').length"
            )
            assert strange == 0, path
            assert "bait" in seen.page.locator("main").inner_text() or "/web/objects/" not in path
        assert seen.dialogs == []
        assert seen.asked == {site.url}
        assert seen.said == []
