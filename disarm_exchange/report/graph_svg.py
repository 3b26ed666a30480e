"""The picture of a graph as SVG 1.1: one file without style sheet, script or link, readable by a screen reader.

Colours stand as attributes, so that every program shows them; the classes are there for a page that draws the picture
inside itself and has colours of its own (dark mode).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, log2
from xml.sax.saxutils import escape, quoteattr

from disarm_exchange.report.graph import SHARES
from disarm_exchange.report.grouping import Picture, Wire
from disarm_exchange.report.kinds import Section, counted
from disarm_exchange.report.layout import BOX_WIDTH, GAP, HEIGHT, Layout, PlacedBox, PlacedWire, layout_of
from disarm_exchange.report.palette import TLP_GROUND, TLP_TEXT
from disarm_exchange.report.shown import one_line, visible
from disarm_exchange.report.text_width import fitted, width
from disarm_exchange.stix.markings import Tlp

_FONT = "Roboto, 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
_ACCENTS = {
    Section.TECHNIQUES: "#5b4bb7",
    Section.CASES: "#1b3a5c",
    Section.ACTORS: "#5f6b7a",
    Section.PAPERS: "#5f6b7a",
    Section.NARRATIVES: "#a3487a",
    Section.CHANNELS: "#0b7285",
    Section.PERSONAS: "#a3487a",
    Section.CONTENT: "#a3487a",
    Section.COUNTS: "#0b7285",
    Section.INDICATORS: "#a14d00",
    Section.NOTES: "#5f6b7a",
    Section.INFRASTRUCTURE: "#2b6a30",
    Section.OBSERVABLES: "#2b6a30",
}
_PLAIN = "#5f6b7a"
_SHARED = "#a14d00"
_BANNER = 48
_NOTE_ROW = 20
_BADGE_SIZE = 13.0
_LEAST_WIDTH = 560
_TITLE_SIZE, _NOTE_SIZE, _LABEL_SIZE, _HEADING_SIZE = 12.5, 10.5, 10.0, 11.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG document and its size in pixels."""

    svg: str
    width: int
    height: int


def graph_drawing(picture: Picture, title: str, marking: Tlp, note: str = "") -> Drawing:
    """The picture as an SVG document of its own, with its title and marking above.

    Args:
        picture: what to draw.
        title: what it is a picture of; foreign text is made harmless here.
        marking: the strictest on anything in it.
        note: a sentence below the title (`Source.note`); empty: none.
    """
    layout = layout_of(picture)
    banner = _BANNER + (_NOTE_ROW if note else 0)
    wide, high = max(_LEAST_WIDTH, ceil(layout.width)), ceil(layout.height + banner)
    remark = f'<text x="16" y="52" font-size="12" fill="#4a5562">{escape(note)}</text>\n' if note else ""
    label = marking.label
    badge = width(label, _BADGE_SIZE) + 14
    told = one_line(title, 300)
    svg = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'role="img" aria-labelledby="graph-title graph-desc" font-family="{_FONT}">\n'
        f"{_words(f'{told} ({label})', picture)}"
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>\n'
        f'<text x="16" y="30" font-size="17" font-weight="700" fill="#1c2530">'
        f"{escape(fitted(told, 18, wide - badge - 48))}</text>\n"
        f'<rect x="{_n(wide - 16 - badge)}" y="13" width="{_n(badge)}" height="23" fill="{TLP_GROUND}"/>'
        f'<text x="{_n(wide - 16 - badge / 2)}" y="29" text-anchor="middle" font-size="{_BADGE_SIZE}" '
        f'font-weight="700" fill="{TLP_TEXT[marking]}">{escape(label)}</text>\n'
        f'{remark}<g transform="translate(0 {banner})">\n{"".join(_drawn(layout))}</g>\n</svg>\n'
    )
    return Drawing(svg, wide, high)


def inline_graph(picture: Picture, title: str) -> str:
    """The picture as an SVG element inside an HTML page, which gives it its size and may give it other colours."""
    layout = layout_of(picture)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(layout.width)}" '
        f'viewBox="0 0 {_n(layout.width)} {_n(layout.height)}" class="graph" '
        f'role="img" aria-labelledby="graph-title graph-desc" font-family="{_FONT}">\n'
        f"{_words(one_line(title, 300), picture)}{''.join(_drawn(layout))}</svg>\n"
    )


def described(picture: Picture) -> str:
    """The picture in a sentence, for those who cannot see it."""
    parts = []
    for section in Section:
        boxes = [box for box in picture.boxes if box.section is section]
        if boxes:
            parts.append(f"{section.title.lower()}: {sum(len(box.members) for box in boxes):,}")
    told = "; ".join(parts)
    return f"{told[:1].upper()}{told[1:]}; {len(picture.wires):,} connections drawn." if parts else "No objects."


def _words(title: str, picture: Picture) -> str:
    return (
        f'<title id="graph-title">{escape(title)}</title>\n<desc id="graph-desc">{escape(described(picture))}</desc>\n'
    )


def _drawn(layout: Layout) -> Iterator[str]:
    yield (
        '<defs><marker id="graph-arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="arrow" d="M0 0.8 7.5 4 0 7.2z" '
        'fill="#7d8896"/></marker></defs>\n'
    )
    for wire in layout.wires:
        yield _wire(wire)
    for placed in layout.boxes:
        yield _box(placed)
    for heading in layout.headings:
        yield (
            f'<text class="heading" x="{_n(heading.x)}" y="{_n(heading.y)}" font-size="{_HEADING_SIZE}" '
            f'font-weight="700" fill="#4a5562">{escape(heading.section.title)}</text>\n'
        )
    for wire in layout.wires:
        yield _label(wire)
    if not layout.boxes:
        yield '<text class="heading" x="16" y="30" font-size="12" fill="#4a5562">No objects</text>\n'


def _wire(placed: PlacedWire) -> str:
    start, one, other, end = placed.points
    shared = placed.wire.relation == SHARES
    stroke = 1.1 + min(1.4, log2(placed.wire.count) / 8)
    marker = "" if shared else f' marker-{"end" if placed.to_end else "start"}="url(#graph-arrow)"'
    dashed = f'class="wire shared" stroke="{_SHARED}" stroke-dasharray="5 4"'
    look = dashed if shared else 'class="wire" stroke="#b3bcc7"'
    return (
        f'<path {look} fill="none" stroke-width="{_n(stroke)}"{marker} '
        f'd="M{_p(start)}C{_p(one)} {_p(other)} {_p(end)}"><title>{escape(sentence(placed.wire))}</title></path>\n'
    )


def sentence(wire: Wire) -> str:
    """A wire in words: `Harbour Echo: uses: 4 techniques: Persuade (4)`."""
    if wire.relation == SHARES:
        return f"{wire.source.title} and {wire.target.title} share {wire.count:,} assets"
    times = f" ({wire.count:,})" if wire.count > 1 else ""
    return f"{wire.source.title}: {wire.relation}: {wire.target.title}{times}"


_WORDS: Mapping[str, str] = {"sighting-of": "counted", "where-sighted": "on"}
"""Names of references in words that say it to people."""


def _label(placed: PlacedWire) -> str:
    if not placed.label:
        return ""
    text = _WORDS.get(placed.label, placed.label)
    text = text if placed.wire.relation != SHARES else f"shares {placed.wire.count:,}"
    anchor = ' text-anchor="end"' if placed.label_to_left else ""
    x, y = placed.label_at
    return (
        f'<text class="label" x="{_n(x)}" y="{_n(y)}"{anchor} font-size="{_LABEL_SIZE}" fill="#4a5562" '
        f'stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke">'
        f"{escape(fitted(text, _LABEL_SIZE, GAP - 16))}</text>\n"
    )


def _box(placed: PlacedBox) -> str:
    box, x, y = placed.box, placed.x, placed.y
    accent = _ACCENTS.get(box.section, _PLAIN)
    case = box.section is Section.CASES
    room = BOX_WIDTH - 22
    badge = ""
    if box.is_group:
        number = f"{len(box.members):,}"
        ink = "#ffffff" if case else accent
        room -= width(number, _TITLE_SIZE) + 8
        badge = (
            f'<text class="badge" x="{_n(x + BOX_WIDTH - 10)}" y="{_n(y + 16)}" text-anchor="end" '
            f'font-size="{_TITLE_SIZE}" font-weight="700" fill="{ink}">{number}</text>'
        )
    stack = ""
    if box.is_group:
        stack = _rect(x + 3, y + 3, "box under", "#ffffff", "#c9d1da")
    whole = box.title if not box.note else f"{box.title} ({box.note})"
    if box.is_group:
        whole = f"{counted_title(box.title, len(box.members))}: {box.note}"
    fill, edge, text, note = ("#1b3a5c", "#1b3a5c", "#ffffff", "#d5deea") if case else _LIGHT
    name = "box case" if case else "box"
    return (
        f'<g class="node{" group" if box.is_group else ""}" data-box={quoteattr(visible(box.key))}>'
        f"<title>{escape(whole)}</title>{stack}"
        f"{_rect(x, y, name, fill, edge)}"
        f'<path class="accent {box.section.key}" d="M{_n(x + 1.5)} {_n(y + 4)}v{_n(HEIGHT - 8)}" stroke="{accent}" '
        f'stroke-width="3" stroke-linecap="round"/>'
        f'<text class="title" x="{_n(x + 11)}" y="{_n(y + 16)}" font-size="{_TITLE_SIZE}" fill="{text}">'
        f"{escape(fitted(_title_in_box(box.title, is_group=box.is_group), _TITLE_SIZE, room))}</text>{badge}"
        f'<text class="note" x="{_n(x + 11)}" y="{_n(y + 30)}" font-size="{_NOTE_SIZE}" fill="{note}">'
        f"{escape(fitted(box.note, _NOTE_SIZE, BOX_WIDTH - 22))}</text></g>\n"
    )


_LIGHT = ("#ffffff", "#c9d1da", "#1c2530", "#4a5562")


def counted_title(title: str, count: int) -> str:
    """A group's title, which begins with its number already or not."""
    return title if title.startswith(f"{count:,} ") else counted(title, count)


def _title_in_box(title: str, *, is_group: bool) -> str:
    """In the picture the number of a group stands at the right."""
    if not is_group:
        return title
    words = title.partition(" ")[2]
    if words.startswith("techniques: "):
        return words.removeprefix("techniques: ")
    return words[:1].upper() + words[1:]


def _rect(x: float, y: float, name: str, fill: str, stroke: str) -> str:
    return (
        f'<rect class="{name}" x="{_n(x)}" y="{_n(y)}" width="{_n(BOX_WIDTH)}" height="{_n(HEIGHT)}" rx="5" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")


def _p(point: tuple[float, float]) -> str:
    return f"{_n(point[0])} {_n(point[1])}"
