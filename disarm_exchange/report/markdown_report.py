"""The report as Markdown, for git and for mail: the same content without sorting and folding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from disarm_exchange import __version__
from disarm_exchange.report.content import Content
from disarm_exchange.report.graph import CaseGraph
from disarm_exchange.report.graph_files import mermaid, plain
from disarm_exchange.report.grouping import picture_of
from disarm_exchange.report.html_report import evidence_of_page
from disarm_exchange.report.report_tables import tables_of
from disarm_exchange.report.shown import one_line
from disarm_exchange.report.summary import key_numbers, sentences
from disarm_exchange.report.unmapped import Unmapped
from disarm_exchange.stix.markings import parse_tlp

_LABELS = 100


def markdown_report(content: Content, graph: CaseGraph, unmapped: Unmapped) -> str:
    """The report. Text of others is escaped; each table has its first rows and says how many more there are."""
    return "\n".join(_lines(content, graph, unmapped)) + "\n"


def _lines(content: Content, graph: CaseGraph, unmapped: Unmapped) -> Iterator[str]:
    yield from (f"**{content.marking}**", "", f"# {_text(content.title)}", "")
    if content.note:
        yield from (_text(content.note), "")
    for paragraph in sentences(content):
        yield from (_text(paragraph), "")
    if numbers := key_numbers(content):
        yield from _table(("what", "number"), [(words, number) for number, words in numbers], {1})
    for case in content.cases if len(content.cases) == 1 else ():
        if case.description:
            yield from ("", _text(case.description))
    if content.found:
        yield from ("", "## What was found, by platform and kind", "")
        rows = [
            (one.platform or "-", one.kind, one.named, f"{'about ' if one.approximate else ''}{one.counted:,}")
            for one in content.found
        ]
        yield from _table(("platform", "kind", "named", "counted"), rows, {2, 3})
    if content.timeline:
        yield from ("", "## Timeline", "")
        for moment in content.timeline:
            yield f"- {moment.date}: {f'{moment.count:,} ' if moment.count else ''}{_text(moment.what)}"
    if graph.nodes:
        drawn = mermaid(picture_of(graph), content.title, parse_tlp(content.marking), content.note)
        yield from ("", "## Graph", "", "```mermaid", drawn.rstrip("\n"), "```")
    for table in tables_of(content):
        yield from ("", f"## {table.title}", "")
        yield from _table(table.headings, table.shown, table.numbers)
        if table.more:
            yield from ("", f"{table.more:,} more rows are not shown.")
    yield from _evidence(content)
    yield from _unmapped(content, unmapped)
    yield from _methods(content)
    yield from ("", f"Made with disarm-exchange {__version__}.", "", f"**{content.marking}**")


def _methods(content: Content) -> Iterator[str]:
    yield from ("", "## Methods and limits", "")
    yield f"- Techniques are those of DISARM {content.matrix.release}, called by mapping rules from findings."
    yield "- Confidence goes from 0 to 100: how sure the rule is that such a finding shows the technique."
    yield "- No actor, nation or date is stated here that the objects do not state."
    yield f"- Shown is what is marked {content.marking} or lower. Addresses are defanged."
    if content.note:
        yield f"- {_text(content.note)}"
    for text in content.statements:
        yield f"- Terms that the objects carry: {_text(text)}"


def _evidence(content: Content) -> Iterator[str]:
    found = evidence_of_page(content)
    if not found:
        return
    yield from ("", "## Evidence for each technique")
    for one in found:
        yield from ("", f"### {one.cell.technique_id} {_text(one.cell.name)}")
        for call in one.calls:
            yield from ("", f"{_text(call.case)}: {call.findings:,} findings, confidence {call.confidence or '-'}.", "")
            for rule in call.rules:
                yield f"- {_text(rule.reason)} (rule {_text(rule.id)}, confidence {rule.confidence})"
            if call.rows:
                yield ""
                yield from _table(("label", "value", "note"), call.rows[: one.rows], frozenset())


def _unmapped(content: Content, unmapped: Unmapped) -> Iterator[str]:
    yield from ("", "## Without a technique", "")
    if not unmapped.known:
        yield "STIX objects do not say which findings call no technique; the producer's account does."
    elif unmapped.labels:
        yield from _table(("label", "why", "findings"), unmapped.labels[:_LABELS], {2})
    else:
        yield "Every finding that is shown here calls a technique."
    for outside in content.matrix.outside:
        yield f"- {_text(outside.technique_id)} {_text(one_line(outside.name))}: {_text(one_line(outside.remark, 400))}"
    for name in content.strangers:
        yield f"- {_text(name)} (another framework)"


def _table(headings: Iterable[str], rows: Iterable[tuple[str | int, ...]], numbers: Iterable[int]) -> Iterator[str]:
    names = list(headings)
    right = set(numbers)
    yield f"| {' | '.join(names)} |"
    yield f"| {' | '.join('---:' if place in right else '---' for place in range(len(names)))} |"
    for row in rows:
        yield f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else _text(cell) for cell in row)} |"


def _text(text: str) -> str:
    return plain(" ".join(text.split()))
