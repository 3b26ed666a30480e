from __future__ import annotations

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from disarm_exchange.cli.app import app
from disarm_exchange.errors import UserError
from disarm_exchange.report import report_tables
from disarm_exchange.report.content import content_of
from disarm_exchange.report.graph import graph_of
from disarm_exchange.report.html_report import css_string, html_report
from disarm_exchange.report.markdown_report import markdown_report
from disarm_exchange.report.report_tables import ROWS_IN_PAGE, tables_of
from disarm_exchange.report.shown import one_line, prose, title_of
from disarm_exchange.report.source import open_source, source_of
from disarm_exchange.report.summary import key_numbers, sentences
from disarm_exchange.report.timeline import timeline_of
from disarm_exchange.report.unmapped import Unmapped, unmapped_of
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.defanging import defang_text
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, PROJECT_IDENTITY_ID
from tests.report.making import RED, SAMPLES, SECRET, hostile_objects, item, sample, technique, use
from tests.shared_data import SHARED_DATA, needs_shared_data


def run(*arguments: str | Path) -> None:
    app.main([str(one) for one in arguments], standalone_mode=False)


def page(objects: list[dict], unmapped: Unmapped | None = None, max_tlp: Tlp = Tlp.AMBER) -> str:
    source = source_of(objects, max_tlp=max_tlp)
    return html_report(content_of(source), graph_of(source.objects), unmapped or Unmapped())


class Reader(HTMLParser):
    """Tags with their attributes, and the cells of the matrix: technique id to number and confidence."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def cells(html: str) -> dict[str, str]:
    """The number in each cell of the heat map."""
    matrix = html.split('id="timeline"', maxsplit=1)[0]
    cell = re.compile(r'<span class="id">(T[\d.]+)</span>.*?<span class="n">(?:<[^>]*>)?([^<\n]+)', re.DOTALL)
    found = cell.findall(matrix)
    return dict(found)


def counted_plainly(path: Path) -> dict[str, int]:
    """Findings of each technique, straight out of the bundle."""
    objects = json.loads(path.read_bytes())["objects"]
    ids = {
        one["id"]: one["external_references"][0]["external_id"] for one in objects if one["type"] == "attack-pattern"
    }
    return {
        ids[one["target_ref"]]: one["extensions"][EVIDENCE_EXTENSION]["evidence_count"]
        for one in objects
        if one["type"] == "relationship" and one["relationship_type"] == "uses" and one["target_ref"] in ids
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_the_numbers_of_the_heat_map_are_those_of_the_bundle(name: str) -> None:
    source = open_source(sample(name))
    html = html_report(content_of(source), graph_of(source.objects), Unmapped())
    shown = {key: int(text.replace(",", "")) for key, text in cells(html).items() if text != "&ndash;"}
    assert shown == counted_plainly(sample(name)) != {}


def test_the_summary_says_what_the_case_says_and_no_more() -> None:
    source = open_source(sample("harbour-echo"))
    content = content_of(source)
    text = " ".join(sentences(content))
    assert "Harbour Echo, also called HE-2, is a campaign reported by North Watch." in text
    assert "active from 1 September 2025 to 27 February 2026" in text
    assert "No origin and no actor is stated." in text
    assert "1,204 accounts on Facebook" in text and "about 40 accounts on Instagram" in text
    observables = {one.type for one in content.observables}
    assert observables == {"url", "domain-name", "user-account", "ipv4-addr", "email-addr"}
    assert (32, "DISARM techniques") in key_numbers(content)


def test_the_same_objects_give_the_same_bytes_in_any_order() -> None:
    objects = list(open_source(sample("paper-lantern")).objects)
    assert page(objects) == page(objects)
    assert page(objects[::-1]) == page(objects)


def test_values_are_defanged_wherever_they_stand() -> None:
    campaign = item("campaign", 1, name="c", description="see http://evil.example/a, mail bad@evil.example or 10.1.2.3")
    note = item("note", 1, content="https://evil.example", object_refs=[campaign["id"]])
    sign = item("indicator", 1, pattern="[url:value = 'https://evil.example/x']", pattern_type="stix")
    html = page([campaign, note, sign, item("url", 1, value="https://evil.example/y")])
    assert "evil.example" not in html and "10.1.2.3" not in html
    assert "hxxps://evil[.]example/y" in html


def test_only_web_addresses_of_a_case_become_links() -> None:
    addresses = [
        "https://watch.example/report",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://a b",
        " https://x.example",
    ]
    references = [{"source_name": f"s{number}", "url": url} for number, url in enumerate(addresses)]
    html = page([item("campaign", 1, name="c", external_references=references)])
    links = [told["href"] for tag, told in Reader(html).tags if tag == "a" and not str(told["href"]).startswith("#")]
    assert links == ["https://watch.example/report"]


def test_hostile_text_gives_no_tag_no_handler_and_no_address() -> None:
    plain = Reader(page([item("campaign", 1, name="c")]))
    html = page(hostile_objects())
    tags = Reader(html).tags
    assert {tag for tag, _ in tags} - {"a", "button", "input"} <= {tag for tag, _ in plain.tags} | {
        "table", "thead", "tbody", "tr", "th", "td", "caption", "details", "summary", "time", "ol", "code", "svg", "g",
        "rect", "path", "text", "desc", "defs", "marker", "label", "small", "dl", "dt", "dd", "h3", "ul", "li", "span",
    }  # fmt: skip
    assert not [name for _, told in tags for name in told if name.startswith("on")]
    assert not [told for tag, told in tags if tag in ("img", "link", "iframe", "object") or "src" in told]
    assert sum(tag == "script" and "type" not in told for tag, told in tags) == 1
    assert "\u202e" not in html and "\x1b" not in html


def test_the_policy_allows_just_what_stands_in_the_page() -> None:
    html = page([item("campaign", 1, name="c")])
    policy = next(told["content"] for tag, told in Reader(html).tags if told.get("http-equiv"))
    assert policy is not None and policy.startswith("default-src 'none'")
    assert policy.count("'sha256-") == 2 and "unsafe" not in policy and "http" not in policy


def test_no_byte_above_the_ceiling_is_in_any_report() -> None:
    campaign = item("campaign", 1, name="open")
    secret = item("tool", 1, name=SECRET, object_marking_refs=RED)
    tie = use(1, campaign["id"], "T0114", 3, object_marking_refs=RED)
    sight = item("sighting", 1, sighting_of_ref=campaign["id"], count=4711, object_marking_refs=RED)
    objects = [campaign, secret, tie, sight, technique("T0114", created_by_ref=PROJECT_IDENTITY_ID)]
    source = source_of(objects)
    content = content_of(source)
    for text in (page(objects), markdown_report(content, graph_of(source.objects), Unmapped())):
        assert "open" in text and "TLP:AMBER" in text
        for forbidden in (SECRET, "4711", "4,711", "T0114", "TLP:RED", str(tie["id"])):
            assert forbidden not in text


def odd_inputs() -> dict[str, list[dict]]:
    return {
        "nothing": [],
        "only observables": [item("domain-name", n, value=f"a{n}.example") for n in range(3)],
        "no techniques": [item("campaign", 1, name="c")],
        "dad-cdm": [
            item("narrative", 1, name="The port is closed"),
            item("channel", 1, name="c", channel_types=["page"]),
            item("persona", 1, name="Dr. Nobody"),
            item("media-content", 1, url="https://x.example"),
        ],
        "techniques only": [technique("T0114"), technique("T0007")],
        "wrong types": [
            item("campaign", 1, name=5, aliases="x", first_seen=3, external_references=[1, {"url": 4}]),
            item("user-account", 1, account_type=[], account_login={}),
            item("note", 1, content=None, object_refs="x"),
            item("sighting", 1, count="many", where_sighted_refs=[1], sighting_of_ref=None),
            item("relationship", 1, relationship_type=None, source_ref=1, target_ref=[]),
            item("indicator", 1, pattern=7),
            item("channel", 1, channel_types=[{}]),
            item("report", 1, published="tomorrow", object_refs=[{}]),
            {**use(1, "campaign--1", "T0114", 1), "extensions": {EVIDENCE_EXTENSION: {"rules": 1, "evidence": [2]}}},
        ],
    }


@pytest.mark.parametrize("name", odd_inputs())
def test_odd_input_gives_a_sensible_page(name: str) -> None:
    objects = odd_inputs()[name]
    html = page(objects)
    headings = re.findall(r"<h2[^>]*>([^<]+)", html)
    assert headings[0] == "Summary" and headings[-1] == "Methods and limits"
    source = source_of(objects)
    text = markdown_report(content_of(source), graph_of(source.objects), Unmapped())
    assert text.startswith("**TLP:") and "## Methods and limits" in text
    assert "None" not in re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.DOTALL)


def test_rows_beyond_the_first_travel_packed_and_whole() -> None:
    objects = [item("domain-name", number, value=f"site-{number:04}.example") for number in range(300)]
    content = content_of(source_of(objects))
    table = next(one for one in tables_of(content) if one.key == "observables")
    rest = json.loads(gzip.decompress(base64.b64decode(table.packed)))
    assert len(table.shown) == ROWS_IN_PAGE and len(rest) == table.more == 250
    assert {row[2] for row in [*table.shown, *map(tuple, rest)]} == {f"site-{n:04}[.]example" for n in range(300)}
    assert "250 more rows" in page(objects) and "export SOURCE --table observables" in page(objects)


def test_dates_are_told_together_and_by_larger_spans_where_they_are_many() -> None:
    accounts = [
        item("user-account", n, account_created=f"20{n % 20 + 10}-0{n % 9 + 1}-11T00:00:00Z") for n in range(400)
    ]
    moments = timeline_of(accounts)
    assert len(moments) <= 40 and sum(one.count for one in moments) == 400
    assert timeline_of([item("campaign", 1, name="c", first_seen="2026-03-12T10:00:00Z")])[0].date == "12 March 2026"
    assert timeline_of([item("campaign", 1, name="c", first_seen="2026-13-99T10:00:00Z")]) == ()


def test_an_account_gives_the_labels_without_technique_of_what_is_shown(tmp_path: Path) -> None:
    def line(label: str, objects: list[str], techniques: list[str] | None = None) -> str:
        told = {"outcome": "note", "techniques": techniques or [], "object_ids": objects, "labels": ["x", label]}
        return json.dumps({**told, "mapping_reason": "no rule", "raw": SECRET, "value": SECRET})

    account = tmp_path / "account.jsonl"
    lines = [
        line("shown", ["a"]),
        line("shown", ["b"]),
        line("mapped", ["a"], ["T0114"]),
        line("kept back", ["c"]),
        line("mute", []),
    ]
    account.write_text("\n".join(lines) + "\n")
    found = unmapped_of(account, {"a", "b"})
    assert found.labels == (("shown", "no rule", 2),) and found.findings == 2
    html = page([item("campaign", 1, name="c")], found)
    assert "2 findings under 1 label call no technique" in html and SECRET not in html and "kept back" not in html
    account.write_text('{"a": 1}\n')
    with pytest.raises(UserError, match="no line of an account"):
        unmapped_of(account, set())


def test_the_command_writes_a_report_of_a_converted_case(tmp_path: Path) -> None:
    folder = data_folder("samples") / "harbour-echo"
    bundle, account = tmp_path / "b.json", tmp_path / "a.jsonl"
    run("convert", folder / "findings.csv", "-o", bundle, "--account", account, "--quiet")
    for ending in ("html", "md"):
        target = tmp_path / f"r.{ending}"
        app.main(
            ["report", str(bundle), "-o", str(target), "--account", str(account), "--quiet"], standalone_mode=False
        )
        assert "Harbour Echo" in target.read_text() and "TLP:GREEN" in target.read_text()
    nothing = ["report", str(bundle), "-o", str(tmp_path / "none.html"), "--max-tlp", "clear", "--quiet"]
    assert app.main(nothing, standalone_mode=False) == 1
    assert not (tmp_path / "none.html").exists()
    with pytest.raises(UserError, match="kind of file"):
        run("report", bundle, "-o", tmp_path / "r.pdf")


def test_text_is_made_harmless() -> None:
    assert one_line("a\u202eb\x00\nc") == "a\\u202eb\\u0000 c"
    assert prose("one\r\ntwo http://x.example/a.") == "one\ntwo hxxp://x[.]example/a."
    assert (
        defang_text("v1.2 of foo, e.g. this. hxxp://done[.]example") == "v1.2 of foo, e.g. this. hxxp://done[.]example"
    )
    assert defang_text("rule meta-kc.1.1.2, host 10.1.1.2") == "rule meta-kc.1.1.2, host 10[.]1[.]1[.]2"
    assert title_of({"type": "ipv6-addr", "value": "2001:db8::1"}) == "2001[:]db8[:][:]1"
    assert title_of({"type": "x-odd"}) == "x odd"
    assert css_string('"}</style>é') == '"\\000022\\00007d\\00003c\\00002fstyle\\00003e\\0000e9"'


@needs_shared_data
def test_disarms_own_bundle_is_unmarked_so_nothing_of_it_is_shown() -> None:
    source = open_source(SHARED_DATA / "disarm" / "DISARM-1.7.json")
    html = html_report(content_of(source), graph_of(source.objects), Unmapped())
    assert "There is nothing here that may be shown at this marking." in html


def test_a_table_beyond_what_a_page_holds_says_how_many_rows_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [item("domain-name", number, value=f"{number:03d}.example") for number in range(90)]
    monkeypatch.setattr(report_tables, "MOST_ROWS", 70)
    html = html_report(content_of(source_of(rows)), graph_of([]), Unmapped())
    assert "20 more rows are packed into this page" in html
    assert "These are the first 70 of 90 rows." in html
    assert 'data-total="70"' in html
