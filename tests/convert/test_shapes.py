"""The fast lane gives what the general way gives, byte for byte, and is taken by what is ordinary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.convert.block import Block
from disarm_exchange.convert.converter import Converter, query_of
from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.shapes import FastLane
from disarm_exchange.disarm.mapping import load_mapping
from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import CaseDraft, Producer
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.profile import shipped_profiles
from disarm_exchange.findings.reader import Record
from disarm_exchange.findings.reading import read_findings
from disarm_exchange.findings.values import read_cell
from disarm_exchange.resources import data_folder
from tests.shared_data import SHARED_DATA, needs_shared_data

FRAME = Frame.of(
    CaseDraft(name="Fast", producer=Producer("Test Team"), published=datetime(2026, 5, 1, tzinfo=UTC)).complete()
)
MAPPING = load_mapping()
DOMAIN = ("0. Acquiring assets", "0.6 Acquiring domains", "0.6.2 Acquiring domains to support influence operations")
ACCOUNT = ("0. Acquiring assets", "0.9 Acquiring social media accounts", "0.9.4 Acquiring X / Twitter accounts")
CHANNEL = ("0. Acquiring assets", "0.9 Acquiring social media accounts", "0.9.7 Acquiring Telegram channels")
VICTIM = ("8. Compromising assets", "8.2 Compromising websites", "8.2.1 Defacing websites ")
SHORT = ("5. Evading detection", "5.2 Camouflaging content", "5.2.1 Using link shortening services")
REDIRECT = ("9. Enabling longevity", "9.5 Replacing infrastructure", "9.5.3 Using redirect domains")
UNKNOWN = ("A label", "that no rule knows")
PATHS = (DOMAIN, ACCOUNT, CHANNEL, VICTIM, SHORT, REDIRECT, UNKNOWN, (), (DOMAIN[0], "", " "))


def converter(model: Model, *, fast: bool, parts: dict[str, str] | None = None, all_lines: bool = True) -> Converter:
    return Converter(FRAME, MAPPING, model, separator=b",\n", parts=parts or {}, all_lines=all_lines, fast=fast)


def all_of(block: Block) -> dict[str, object]:
    """Everything that a block says, in a form that can be compared."""
    return {
        "groups": block.groups,
        "summary": block.summary.as_dict(),
        "counts": block.evidence.counts(),
        "evidence": list(block.evidence.relationships(FRAME, "1.7")),
        "keys": {name: sorted(each.keys) for name, each in block.evidence.techniques.items()},
        "learnt": block.learnt,
        "names": block.names,
        "lines": block.lines,
    }


def finding(cell: str, labels: tuple[str, ...] = DOMAIN, note: str = "", number: int = 2) -> Finding:
    first, *more = read_cell(cell)
    return Finding(labels, cell, first, note, "table.csv", number, more=tuple(more))


def files() -> list[Path]:
    """All files of findings there are here: the samples, and the real ones where they lie beside the checkout."""
    folders = (data_folder("samples"), SHARED_DATA / "meta")
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def records(paths: Iterable[Path]) -> Iterator[Record]:
    for path in paths:
        try:
            yield from read_findings(path, shipped_profiles())
        except UserError:
            continue  # a case file, a picture, STIX 1


def assert_same(model: Model, taken: list[Record], parts: dict[str, str] | None = None) -> None:
    fast, general = (converter(model, fast=fast, parts=parts) for fast in (True, False))
    left = iter(taken)
    while some := list(islice(left, 1_000)):
        assert all_of(fast.convert(some)) == all_of(general.convert(some))


@pytest.mark.parametrize("model", list(Model))
def test_all_samples_convert_alike_both_ways(model: Model) -> None:
    taken = list(records(path for path in files() if SHARED_DATA not in path.parents))
    assert len(taken) > 50
    assert_same(model, taken)


@needs_shared_data
@pytest.mark.parametrize("model", list(Model))
def test_all_real_files_convert_alike_both_ways(model: Model) -> None:
    taken = list(records(path for path in files() if SHARED_DATA in path.parents))
    assert len(taken) > 20_000
    assert_same(model, taken)


_HOSTS = ("site.example", "www.site.example", "a.co.uk", "x.com", "t.me", "bit.ly", "blog.blogspot.com", "faß.de")
_PATHS = ("", "/", "/name", "/na.me", "/a/b?c=d", "/it's", '/"q"', "/<b>", "/a b", "/ünï", "/%27", "/x" * 140, "/a%sb")
_CELLS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(_HOSTS), st.sampled_from(_PATHS)),
    st.builds("hxxps://{}{}".format, st.sampled_from(_HOSTS), st.sampled_from(_PATHS)),
    st.integers(0, 40).map(lambda n: f"site-{n}[.]example"),
    st.integers(0, 40).map(lambda n: f"https://x[.]com/Login_{n}"),
    st.integers(0, 9).map(lambda n: f"https://facebook.com/profile.php?id=1000000{n}"),
    st.sampled_from(
        ("a@b.example", "10.0.0.1", "203.0.113.7", "2001:db8::7", "d41d8cd98f00b204e9800998ecf8427e", "com.app.example")
    ),
    st.sampled_from(("40 accounts", "Some Outlet", "they wrote a lot of posts about it", "", "a.example, b.example")),
    st.text(max_size=30),
)
_NOTES = st.sampled_from(("", "a spoof of a real outlet", "redirects to https://target.example/x", "victim: a.example"))
_FINDINGS = st.lists(st.builds(finding, _CELLS, st.sampled_from(PATHS), _NOTES), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_FINDINGS, st.sampled_from(list(Model)), st.sets(st.integers(0, 40)))
def test_any_findings_convert_alike_both_ways(taken: list[Finding], model: Model, victims: set[int]) -> None:
    parts = {f"domain\x1fsite-{number}.example": "victim" for number in victims}
    assert_same(model, list(taken))
    assert_same(model, list(taken), parts)


def test_what_a_block_gave_before_is_not_given_again_with_the_next() -> None:
    fast = converter(Model.BOTH, fast=True)
    first = fast.convert([finding("one.example"), finding("https://x.com/one", ACCOUNT)])
    second = fast.convert([finding("two.example"), finding("https://x.com/two", ACCOUNT)])
    assert first.summary.records == second.summary.records == 2
    assert b"one" not in b"".join(group.body for group in second.groups).replace(b"none", b"")


def lane(parts: dict[str, str] | None = None) -> FastLane:
    """A lane whose general way gives nothing of interest."""
    plain = converter(Model.BOTH, fast=False)
    return FastLane(FRAME, MAPPING, separator=b",\n", parts=parts or {}, query_of=query_of, build=plain.observables)


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("site-1[.]example", DOMAIN),
        ("hxxps://site-1[.]example/a/b.html", DOMAIN),
        ("https://x[.]com/some_one", ACCOUNT),
        ("https://t[.]me/channel", CHANNEL),
        ("https://x[.]com/some_one/status/1234567890", ACCOUNT),
        ("a@site-1.example", DOMAIN),
        ("203.0.113.7", DOMAIN),
        ("d41d8cd98f00b204e9800998ecf8427e", DOMAIN),
        ("site-1[.]example", UNKNOWN),
    ],
)
def test_ordinary_findings_take_the_fast_lane(cell: str, labels: tuple[str, ...]) -> None:
    assert lane().case_of(finding(cell, labels)) is not None


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("www.site-1[.]example", DOMAIN),
        ("site-1[.]example", VICTIM),
        ("a.example, b.example", DOMAIN),
        ("40 accounts", ACCOUNT),
        ("Some Outlet", DOMAIN),
        ("https://forum.example/user/some-one", ACCOUNT),
    ],
)
def test_all_others_go_the_general_way(cell: str, labels: tuple[str, ...]) -> None:
    assert lane().case_of(finding(cell, labels)) is None


def test_a_value_whose_part_was_learnt_goes_the_general_way() -> None:
    learnt = lane({"domain\x1fsite-1.example": "victim"})
    assert learnt.case_of(finding("site-1.example")) is None
    assert learnt.case_of(finding("site-2.example")) is not None


def test_findings_that_differ_in_their_value_alone_are_one_case() -> None:
    one = lane()
    first = one.case_of(finding("site-1.example"))
    assert first is not None
    assert one.case_of(finding("site-2.example", number=9)) is first
    assert one.case_of(finding("site-2.example", note="another")) is not first
    assert first.decision.outcome.value == "indicator"
    assert first.values == []
