"""The heat map as one HTML page: the picture, and below it the same numbers as a table. No script, no request."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from disarm_exchange.report.heatmap import View, confidence_of, heatmap
from disarm_exchange.report.matrix import Cell, Column, Matrix
from disarm_exchange.report.palette import DARK, LIGHT, TLP_GROUND, TLP_TEXT, Palette, Theme
from disarm_exchange.report.shown import one_line

_NUMBER = ' class="number"'
_HEADINGS = ("tactic", "technique", "name", "objects", "findings", "confidence", "lists")


def heatmap_page(matrix: Matrix, view: View) -> str:
    """The page. The table has every technique that is used, whatever the picture shows beside them."""
    picture = heatmap(matrix, view, in_page=True)
    title = one_line(view.title, 160)
    rows = "\n".join(_row(column, cell) for column, cell in matrix.cells() if cell.count.used)
    body = (
        f"<h1>DISARM techniques: {escape(title)}</h1>\n"
        f'<div class="picture" tabindex="0" role="region" aria-label="Heat map">\n{picture.svg}</div>\n'
        f"<h2>The numbers as a table</h2>\n{table(_HEADINGS, rows)}"
    )
    return page(f"DISARM techniques: {title}", view, body)


def page(title: str, view: View, body: str) -> str:
    """A self-contained page around some HTML, with the banner of its marking above and below, on every printed page.

    Args:
        title: harmless text, not yet escaped.
        view: gives marking and theme.
        body: HTML.
    """
    banner = f'<p class="tlp">{escape(view.marking.label)}</p>'
    note = f'<p class="note">{escape(view.note)}</p>\n' if view.note else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} ({escape(view.marking.label)})</title>\n<style>{_style(view)}</style>\n</head>\n"
        f"<body>\n{banner}\n{note}<main>\n{body}\n</main>\n{banner}\n</body>\n</html>\n"
    )


def table(names: tuple[str, ...], rows: str) -> str:
    """A table with headings around rows of HTML; it scrolls by itself where the page is narrow."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    return (
        '<div class="table" tabindex="0" role="region" aria-label="The numbers">\n<table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def table_row(names: tuple[str, ...], cells: tuple[str, ...], numbers_from: int) -> str:
    """A row of cells that are HTML, each with its heading for narrow screens; from a place on they are numbers."""
    told = "".join(
        f'<td{_NUMBER if place >= numbers_from else ""} data-label="{escape(name)}">{cell}</td>'
        for place, (name, cell) in enumerate(zip(names, cells, strict=True))
    )
    return f"<tr>{told}</tr>"


def _row(column: Column, cell: Cell) -> str:
    count = cell.count
    told = (f"{count.objects:,}", f"{count.findings:,}", confidence_of(count), f"{count.lists:,}")
    link = f'<a href="{escape(cell.url)}" rel="noreferrer">{escape(cell.technique_id)}</a>'
    return table_row(_HEADINGS, (escape(column.name), link, escape(cell.name), *told), 3)


def _style(view: View) -> str:
    light, dark = "".join(_rules(LIGHT, view)), "".join(_rules(DARK, view))
    screens = {
        Theme.LIGHT: light,
        Theme.DARK: f"{light}@media screen{{{dark}}}",
        Theme.AUTO: f"{light}@media screen and (prefers-color-scheme: dark){{{dark}}}",
    }
    return screens[view.theme] + "".join(_print_rules(view.marking.label))


def _print_rules(label: str) -> Iterator[str]:
    """On paper: the marking above and below on every page, with its number (browsers with page margin boxes)."""
    yield "@media print{.picture,.table{overflow:visible}.picture svg{max-width:100%;height:auto}main{padding:0}"
    yield "tr{break-inside:avoid}thead{display:table-header-group}table{font-size:11px}.tlp{position:static}}"
    look = "font:bold 10pt system-ui,sans-serif"
    yield f'@page{{size:landscape;margin:16mm 10mm;@top-center{{content:"{label}";{look}}}'
    yield f'@bottom-center{{content:"{label}";{look}}}'
    yield '@bottom-right{content:"Page " counter(page) " of " counter(pages)}}'


def _rules(palette: Palette, view: View) -> Iterator[str]:
    yield f"body{{margin:0;background:{palette.paper};color:{palette.ink};font:15px/1.45 system-ui,sans-serif}}"
    yield "main{padding:0 1.5rem 1.5rem}h1{font-size:1.4rem}h2{font-size:1.1rem}"
    yield ".picture,.table{overflow-x:auto;max-width:100%}.picture svg{display:block}"
    yield f".tlp{{margin:0;padding:.3rem;text-align:center;font-weight:bold;background:{TLP_GROUND};"
    yield f"color:{TLP_TEXT[view.marking]};position:sticky;top:0;print-color-adjust:exact}}"
    yield ".note{margin:0;padding:.3rem .7rem;text-align:center;font-size:.85rem}"
    yield "table{border-collapse:collapse}th,td{padding:.25rem .7rem;text-align:left;vertical-align:top;"
    yield f"border-bottom:1px solid {palette.line}}}th,td:nth-child(2),.number{{white-space:nowrap}}"
    yield f".number{{text-align:right;font-variant-numeric:tabular-nums}}a{{color:{palette.ink}}}"
    yield "@media (max-width:40rem){main{padding:0 .7rem 1rem}h1{font-size:1.15rem;overflow-wrap:anywhere}"
    yield ".table table,.table tbody,.table tr,.table td{display:block}.table tr{padding:.4rem 0;"
    yield f"border-bottom:1px solid {palette.line}}}.table thead{{position:absolute;width:1px;height:1px;"
    yield "overflow:hidden;clip-path:inset(50%)}"
    yield ".table td,.table td.number{border:0;padding:.05rem 0 .05rem 8rem;position:relative;"
    yield "text-align:left;white-space:normal;overflow-wrap:anywhere}.table td:empty{display:none}"
    yield ".table td::before{content:attr(data-label);position:absolute;left:0}}"
