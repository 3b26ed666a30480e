"""What a finding says beside its own value: the domain behind `www.`, and where a short link leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.validate import Severity, validate
from tests.convert.converting import Converted, convert, table

DOMAIN = "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains to support influence operations"
LINK = "7. Targeted engagement,7.9 Distributing malicious content,7.9.1 Distributing malicious links"
SHARED = "6. Posting,6.1 Posting content,6.1.9 A label that nobody knows"


def converted(tmp_path: Path, *rows: str) -> Converted:
    return convert(table(tmp_path / "f.csv", *rows), out=tmp_path / "out")


def values(done: Converted, object_type: str) -> set[object]:
    return {item["value"] for item in done.of_type(object_type)}


def ties(done: Converted) -> set[tuple[object, object]]:
    """The pairs of observables that `related-to` joins."""
    known = done.by_id()
    pairs = {
        (known[str(r["source_ref"])].get("value"), known[str(r["target_ref"])].get("value"))
        for r in done.of_type("relationship")
        if r["relationship_type"] == "related-to"
    }
    return {pair for pair in pairs if None not in pair}


def test_a_domain_asset_named_with_its_host_is_the_domain_too(tmp_path: Path) -> None:
    done = converted(tmp_path, f"{DOMAIN},www.news-now-sample[.]net,")
    assert values(done, "domain-name") == {"www.news-now-sample.net", "news-now-sample.net"}
    patterns = {item["pattern"] for item in done.of_type("indicator")}
    assert patterns == {
        "[domain-name:value = 'www.news-now-sample.net']",
        "[domain-name:value = 'news-now-sample.net']",
    }


@pytest.mark.parametrize(
    ("label", "cell"),
    [(DOMAIN, "www.a.news-now-sample[.]net"), (DOMAIN, "news-now-sample[.]net"), (SHARED, "www.news-now-sample[.]net")],
)
def test_nothing_else_is_widened(tmp_path: Path, label: str, cell: str) -> None:
    done = converted(tmp_path, f"{label},{cell},")
    assert values(done, "domain-name") == {cell.replace("[.]", ".")}


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        ("https://bit[.]ly/one", "redirects to: hxxps://target[.]example/a"),
        ("https://bit[.]ly/one", "expanded URL: https://target.example/a"),
        ("https://bit[.]ly/one -> hxxps://target[.]example/a", ""),
        ('"https://bit[.]ly/one\nredirects to: "', "https://target[.]example/a"),
    ],
)
def test_a_short_link_is_tied_to_where_it_leads_and_stays_no_indicator(tmp_path: Path, cell: str, note: str) -> None:
    done = converted(tmp_path, f"{LINK},{cell},{note}")
    assert ties(done) == {("https://bit.ly/one", "https://target.example/a")}
    assert not any("bit.ly" in str(item["pattern"]) for item in done.of_type("indicator"))
    (line,) = done.lines
    assert line["outcome"] == "observable-only"
    (tie,) = [r for r in done.of_type("relationship") if r.get("description")]
    assert tie["id"] in line["object_ids"]  # type: ignore[operator]
    errors = [issue for issue in validate(done.objects, profile="exchange") if issue.severity is Severity.ERROR]
    assert errors == []


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        ("https://bit[.]ly/one", "as told at https://report.example/a"),
        ("https://bit[.]ly/one https://bit[.]ly/two", ""),
        ("https://plain[.]example/one", "redirects to https://target[.]example/a"),
        ("https://bit[.]ly/one", "redirects to: https://bit[.]ly/one"),
    ],
)
def test_what_is_no_target_of_a_short_link_is_not_tied(tmp_path: Path, cell: str, note: str) -> None:
    assert ties(converted(tmp_path, f"{LINK},{cell},{note}")) == set()


def test_a_target_that_is_a_victims_is_neither_given_nor_tied(tmp_path: Path) -> None:
    victim = "8. Compromising assets,8.2 Compromising websites,8.2.1 Defacing websites "
    done = converted(
        tmp_path,
        f"{LINK},https://bit[.]ly/one,redirects to: https://harbour[.]example/a",
        f"{victim},https://harbour[.]example/a,",
    )
    assert ties(done) == set()
    assert "https://harbour.example/a" not in values(done, "url")
