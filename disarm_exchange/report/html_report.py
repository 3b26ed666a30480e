"""The report as one HTML page that needs nothing else: no network, no script to be read, light, dark and printed.

Everything foreign goes through Jinja2's escaping. The page's own policy allows no connection, and just the one script
and the one style sheet that stand in it, by their hashes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from disarm_exchange import __version__
from disarm_exchange.report.content import Call, Content
from disarm_exchange.report.graph import CaseGraph
from disarm_exchange.report.graph_svg import described, inline_graph
from disarm_exchange.report.grouping import Picture, picture_of
from disarm_exchange.report.matrix import Cell, Column, Measure, number
from disarm_exchange.report.palette import DARK, LIGHT, TLP_TEXT, scale_to
from disarm_exchange.report.report_tables import confidence, tables_of
from disarm_exchange.report.shown import host_of, one_line
from disarm_exchange.report.summary import key_numbers, sentences
from disarm_exchange.report.timeline import in_words
from disarm_exchange.report.unmapped import Unmapped
from disarm_exchange.stix.markings import Tlp, parse_tlp

_ROWS_OF_EVIDENCE = 1500
_CALLS_SHOWN = 3
_OPEN_CELLS = 60
_MEMBERS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Evidence:
    """What supports one technique, as far as the page has room for it."""

    cell: Cell
    tactic: str
    calls: tuple[Call, ...]
    more_calls: int
    rows: int


def html_report(content: Content, graph: CaseGraph, unmapped: Unmapped, source: str = "SOURCE") -> str:
    """The page.

    Args:
        content: what it says.
        graph: the graph of the same objects.
        unmapped: findings without a technique, as far as known.
        source: how commands in the page name the source.
    """
    picture = picture_of(graph)
    measure = content.matrix.usual_measure
    return _page(
        "report.html.j2",
        content.title,
        parse_tlp(content.marking),
        content=content,
        note=content.note,
        paragraphs=sentences(content),
        numbers=key_numbers(content),
        columns=[column for column in content.matrix.columns if column.used],
        unused=[column for column in content.matrix.columns if not column.used],
        measure=measure.value,
        number_of=lambda cell: number(cell.count, measure),
        below=lambda cell: sum(1 for child in cell.children if child.used),
        open_cells=len(content.matrix.counts()) <= _OPEN_CELLS,
        step=scale_to(content.matrix.highest(measure)).step,
        classes=_classes(content, measure),
        confidence=lambda cell: confidence(cell.count.lowest, cell.count.highest).replace(" to ", "\u2013"),
        evidence=evidence_of_page(content),
        tables=tables_of(content),
        unmapped=unmapped,
        source=source,
        **_graph_values(picture, content.title),
    )


def _classes(content: Content, measure: Measure) -> list[tuple[int, int, int]]:
    """The classes of the colour scale that some cell falls into."""
    scale = scale_to(content.matrix.highest(measure))
    used = {scale.step(number(cell.count, measure)) for _, cell in content.matrix.cells()}
    return [one for one in scale.classes() if one[0] in used]


def html_graph(picture: Picture, title: str, marking: Tlp, note: str = "") -> str:
    """A page of the graph alone: the picture, and what its groups hold."""
    return _page("graph.html.j2", title, marking, note=note, **_graph_values(picture, title))


def _graph_values(picture: Picture, title: str) -> dict[str, object]:
    groups = [box for box in picture.boxes if box.is_group]
    return {
        "graph_svg": Markup(inline_graph(picture, f"Graph of {title}")),  # noqa: S704 - escaped where it is drawn
        "graph_words": described(picture),
        "has_graph": bool(picture.boxes),
        "groups": groups,
        "members_shown": _MEMBERS_SHOWN,
    }


def evidence_of_page(content: Content) -> list[Evidence]:
    """For each technique in use its calls with evidence; the more techniques, the fewer rows of each."""
    used: dict[str, tuple[Column, Cell]] = {}
    for column, cell in content.matrix.cells():
        if cell.count.used:
            used.setdefault(cell.technique_id, (column, cell))
    rows = max(2, min(20, _ROWS_OF_EVIDENCE // max(1, len(used))))
    found = []
    for technique_id, (column, cell) in used.items():
        calls = [call for call in content.calls.get(technique_id, ()) if call.rules or call.rows]
        if calls:
            shown = tuple(calls[:_CALLS_SHOWN])
            found.append(Evidence(cell, column.name, shown, len(calls) - len(shown), rows))
    return found


def _page(template: str, title: str, marking: Tlp, **values: object) -> str:
    environment = _environment()
    running = Markup(css_string(title))  # noqa: S704 - nothing but letters, digits and numbers of characters
    style = environment.get_template("page.css.j2").render(
        light=LIGHT, dark=DARK, tlp=marking.label, tlp_text=TLP_TEXT[marking], running=running
    )
    script = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return environment.get_template(template).render(
        title=title,
        marking=marking.label,
        style=Markup(style),  # noqa: S704 - from our own template; what is foreign in it is a CSS string
        script=Markup(script),  # noqa: S704 - our own file
        policy=policy,
        version=__version__,
        **values,
    )


_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["thousands"] = lambda value: f"{value:,}"
    environment.filters["words_of_day"] = in_words
    environment.filters["host"] = lambda url: one_line(host_of(url), 120)
    environment.filters["line"] = lambda text: one_line(text, 400)
    return environment


def css_string(text: str) -> str:
    """Text as a CSS string, every character that is no letter or digit of ASCII as its number."""
    return '"' + "".join(_css_character(one) for one in text) + '"'


def _css_character(character: str) -> str:
    return character if character.isascii() and character.isalnum() else f"\\{ord(character):06x}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
