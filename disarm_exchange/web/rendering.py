"""From what a page shows to HTML: templates that escape everything, and the headers that every page has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from disarm_exchange.report.kinds import words_for
from disarm_exchange.report.shown import cut, one_line, prose, visible
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.web.assets import asset_url

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Vary": "Accept, Authorization, Cookie",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows.

    Args:
        template: its name.
        values: for the template.
        status: the HTTP status.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


def render(shown: Shown, frame: Mapping[str, object]) -> HTMLResponse:
    """A page as a response.

    Args:
        shown: the page.
        frame: what the frame around every page needs: title, user, token, ...
    """
    text = _environment().get_template(shown.template).render({**frame, **shown.values})
    return HTMLResponse(text, shown.status, headers=HEADERS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("disarm_exchange.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "moment": moment,
        "number": number,
        "line": one_line,
        "plain": plain,
        "prose": prose,
        "visible_lines": visible_lines,
        "clock": clock,
        "tlp": tlp_badge,
        "kind": kind_word,
    }
    environment.globals |= {"asset": asset_url, "object_url": object_url, "link": link}
    return environment


def moment(microseconds: int | None) -> Markup:
    """A moment in UTC, to the minute; the whole of it stands in the element for programs and on hovering."""
    if microseconds is None:
        return Markup("")
    try:
        at = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return Markup("")
    full = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(full, at.strftime("%Y-%m-%d %H:%M"))


def clock(at: datetime | None) -> Markup:
    """The same for a moment that is no number."""
    return moment(None if at is None else (at - _EPOCH) // timedelta(microseconds=1))


def visible_lines(text: str) -> str:
    """A text of several lines in which no character hides or reorders anything."""
    return "\n".join(visible(line) for line in text.split("\n"))


def number(value: int) -> str:
    """A number with thousands apart."""
    return f"{value:,}"


def plain(text: str, longest: int = 300) -> str:
    """A text of our own as one line, not defanged: the address of a client or of a peer is there to be used."""
    return cut(visible(" ".join(text[: 2 * longest].split())), longest)


def tlp_badge(level: int) -> Markup:
    """A level as the colour it is."""
    try:
        colour = Tlp(level)
    except ValueError:
        return Markup('<span class="tlp tlp-none">not shared</span>')
    name = colour.token.replace("+", "-")
    return Markup('<span class="tlp tlp-{}">{}</span>').format(name, colour.label)


def kind_word(name: str, count: int = 1) -> str:
    """The word for a type, in one or in many."""
    return words_for(one_line(name), count)


def object_url(stix_id: str, **query: object) -> str:
    """The page of an object."""
    return link(f"/web/objects/{quote(stix_id, safe='')}/", **query)


def link(path: str, **query: object) -> str:
    """A path with a query; parts that are None or empty are left out."""
    given = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
