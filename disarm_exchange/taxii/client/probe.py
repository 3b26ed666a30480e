"""Probing a partner's server: which rules of TAXII 2.1 it keeps, which not, and how this client copes.

Only reads. Each check makes a request or two; a check that cannot be made says why and is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from uuid import UUID

import orjson
from requests.exceptions import RequestException

from disarm_exchange.stix.timestamps import parse_timestamp
from disarm_exchange.taxii.client.connection import MEDIA_TYPE, Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.page import NotAPageError, Page, read_page

_MOST = 16 << 20
_SIX_DIGITS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_OFF = 60
"""Seconds by which two clocks may differ before it is worth a word."""


class Verdict(Enum):
    """What a check found."""

    KEPT = "kept"
    BROKEN = "broken"
    NOTED = "noted"
    """Allowed, but worth knowing."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of one check.

    Args:
        rule: the rule, in words, with its section.
        verdict: what was found.
        detail: what the server did.
        coping: what this client does about it; empty where there is nothing to do.
    """

    rule: str
    verdict: Verdict
    detail: str = ""
    coping: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"rule": self.rule, "verdict": self.verdict.value, "detail": self.detail, "coping": self.coping}


@dataclass(frozen=True, slots=True)
class _Heard:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def page(self) -> Page:
        if self.status != 200:
            raise _CannotSayError(f"answers {self.status}")
        try:
            return read_page(self.body, self.headers)
        except NotAPageError as problem:
            raise _CannotSayError(f"no page: {problem}") from None


class _CannotSayError(Exception):
    """A check could not be made."""


@dataclass(frozen=True, slots=True)
class _Probe:
    connection: Connection
    stranger: Connection
    """The same server without credentials."""
    collection: RemoteCollection
    knows_us: bool

    def ask(
        self, url: str, params: Mapping[str, str] | None = None, *, accept: str = MEDIA_TYPE, known: bool = True
    ) -> _Heard:
        connection = self.connection if known else self.stranger
        limits = connection.limits
        try:
            response = connection.session.get(
                connection.on_this_server(url),
                params=dict(params or {}),
                headers={"Accept": accept},
                allow_redirects=False,
                stream=True,
                timeout=(limits.connect, limits.read),
            )
            with response:
                body = b""
                for part in response.iter_content(64 << 10):
                    body += part
                    if len(body) > _MOST:
                        raise _CannotSayError("the answer is too large")
                return _Heard(response.status_code, response.headers, body)
        except RequestException as error:
            raise _CannotSayError(self.connection.hide(type(error).__name__)) from None

    def objects(self, params: Mapping[str, str] | None = None) -> _Heard:
        return self.ask(self.collection.objects_url, params)

    @property
    def root_url(self) -> str:
        return self.collection.url.rpartition("collections/")[0]


def probe(
    connection: Connection, stranger: Connection, collection: RemoteCollection, *, now: datetime | None = None
) -> Iterator[Probed]:
    """Check a server through one of its collections.

    Args:
        connection: to the server, with our credentials.
        stranger: to the same server, without any.
        collection: one that we may read; the fuller the better.
        now: this machine's time, for comparing clocks.

    Raises (on iteration):
        TaxiiError: the collection cannot be read at all.
    """
    collection.require(write=False)
    subject = _Probe(connection, stranger, collection, connection.has_credentials)
    for rule, coping, check in _CHECKS:
        try:
            detail = check(subject)
        except _CannotSayError as reason:
            yield Probed(rule, Verdict.SKIPPED, str(reason))
            continue
        if detail is None:
            yield Probed(rule, Verdict.KEPT)
        else:
            yield Probed(rule, Verdict.BROKEN, connection.hide(detail), coping)
    yield from _notes(subject, now or datetime.now(UTC))


# each check answers what is wrong, or None


def _discovery(probe: _Probe) -> str | None:
    scheme, host, port = probe.connection.origin
    heard = probe.ask(f"{scheme}://{host if ':' not in host else f'[{host}]'}:{port}/taxii2/")
    if heard.status in (401, 403):
        return None
    if heard.status != 200:
        return f"answers {heard.status} at /taxii2/"
    return None if _json(heard).get("title") else "gives no title at /taxii2/"


def _content_type(probe: _Probe) -> str | None:
    kind = probe.ask(probe.root_url).headers.get("Content-Type", "")
    return None if kind.replace(" ", "").lower() == MEDIA_TYPE else f"answers with {kind or 'none'}"


def _accept_without_version(probe: _Probe) -> str | None:
    status = probe.ask(probe.root_url, accept="application/taxii+json").status
    return None if status == 200 else f"answers {status}"


def _accept_with_space(probe: _Probe) -> str | None:
    status = probe.ask(probe.root_url, accept="application/taxii+json; version=2.1").status
    return None if status == 200 else f"answers {status}"


def _accept_unknown(probe: _Probe) -> str | None:
    status = probe.ask(probe.root_url, accept="application/taxii+json;version=9.9").status
    return None if status == 406 else f"answers {status}"


def _stranger(probe: _Probe) -> str | None:
    if not probe.knows_us:
        raise _CannotSayError("no credentials were given")
    heard = probe.ask(probe.collection.objects_url, {"limit": "1"}, known=False)
    if heard.status == 200:
        return "shows the objects to anyone"
    if heard.status == 404:
        return None  # it may hide what strangers must not see
    if heard.status != 401:
        return f"answers {heard.status}"
    return None if heard.headers.get("WWW-Authenticate") else "answers 401 without WWW-Authenticate"


def _error_body(probe: _Probe) -> str | None:
    heard = probe.ask(f"{probe.root_url}collections/{UUID(int=0)}/")
    if heard.status != 404:
        return f"answers {heard.status} for a collection that is not there"
    return None if _json(heard).get("title") else "answers 404 without an error message"


def _api_root(probe: _Probe) -> str | None:
    about = _json(probe.ask(probe.root_url))
    missing = [name for name in ("title", "versions", "max_content_length") if not about.get(name)]
    return f"does not give {', '.join(missing)}" if missing else None


def _collection_id(probe: _Probe) -> str | None:
    try:
        version = UUID(probe.collection.id).version
    except ValueError:
        return "its id is no UUID"
    return None if version == 4 else f"its id is a version {version} UUID"


def _limit(probe: _Probe) -> str | None:
    page = probe.objects({"limit": "1"}).page()
    return None if len(page.objects) <= 1 else f"sends {len(page.objects)} objects for limit=1"


def _date_headers(probe: _Probe) -> str | None:
    page = _filled(probe.objects({"limit": "2"}).page())
    dates = (page.first, page.last)
    if None in dates:
        return "; ".join(oddity for oddity in page.oddities if "Date-Added" in oddity)
    odd = [date for date in dates if date is not None and not _SIX_DIGITS.fullmatch(date)]
    return f"writes {odd[0]}, not six digits of a second" if odd else None


def _envelope(probe: _Probe) -> str | None:
    page = probe.objects({"limit": "1"}).page()
    return "sends a bundle" if page.members.get("type") == "bundle" else None


def _next(probe: _Probe) -> str | None:
    first = _more(probe)
    if first.next is None:
        return "says there is more and gives no `next`"
    heard = probe.objects({"limit": "1", "next": first.next})
    if heard.status != 200:
        return f"answers {heard.status} to its own `next`"
    second = heard.page()
    same = [entry.raw for entry in second.objects] == [entry.raw for entry in first.objects]
    return "gives the same page again" if same else None


def _next_again(probe: _Probe) -> str | None:
    token = _more(probe).next
    if token is None:
        raise _CannotSayError("gives no `next`")
    answers = [probe.objects({"limit": "1", "next": token}) for _ in range(2)]
    if answers[0].status != 200:
        raise _CannotSayError("does not take its own `next`")
    if answers[1].status != 200:
        return f"answers {answers[1].status} when the same `next` is asked for again"
    bodies = [[entry.raw for entry in heard.page().objects] for heard in answers]
    return None if bodies[0] == bodies[1] else "gives another page when the same `next` is asked for again"


def _added_after(probe: _Probe) -> str | None:
    page = _filled(probe.objects({"limit": "1"}).page())
    if page.last is None:
        raise _CannotSayError("gives no dates")
    after = probe.objects({"limit": "1", "added_after": page.last}).page()
    if after.first is not None and parse_timestamp(after.first) <= parse_timestamp(page.last):
        return f"sends an object of {after.first} for added_after={page.last}"
    return None


def _order(probe: _Probe) -> str | None:
    heard = probe.ask(f"{probe.collection.url}manifest/", {"limit": "100"})
    listed = _json(heard).get("objects", []) if heard.status == 200 else None
    if not isinstance(listed, list):
        raise _CannotSayError(f"the manifest answers {heard.status}")
    dates = [str(entry.get("date_added")) for entry in listed if isinstance(entry, dict)]
    return None if dates == sorted(dates) else "the manifest is not in the order of date_added"


def _own_dates(probe: _Probe) -> str | None:
    heard = probe.ask(f"{probe.collection.url}manifest/", {"limit": "100"})
    listed = _json(heard).get("objects", []) if heard.status == 200 else []
    dates = [str(entry.get("date_added")) for entry in (listed if isinstance(listed, list) else [])]
    if len(dates) < 2:
        raise _CannotSayError("fewer than two objects")
    most = max(dates.count(date) for date in set(dates))
    return None if most == 1 else f"{most} of {len(dates)} objects share one date_added"


def _bad_value(name: str, value: str) -> Callable[[_Probe], str | None]:
    def check(probe: _Probe) -> str | None:
        status = probe.objects({name: value}).status
        return None if status == 400 else f"answers {status} to {name}={value}"

    return check


def _match_type(probe: _Probe) -> str | None:
    page = probe.objects({"match[type]": "x-no-such-type-here", "limit": "5"}).page()
    return f"sends {page.objects[0].item.get('type')} objects" if page.objects else None


def _match_id(probe: _Probe) -> str | None:
    some = _filled(probe.objects({"limit": "1"}).page()).objects[0].item.get("id")
    page = probe.objects({"match[id]": str(some), "limit": "5"}).page()
    ids = {entry.item.get("id") for entry in page.objects}
    return None if ids == {some} else f"sends {len(ids)} different objects for one id"


_BY_DATE = "goes on by date, with the last moment repeated, and drops what it has already"
_CHECKS: tuple[tuple[str, str, Callable[[_Probe], str | None]], ...] = (
    ("discovery at /taxii2/ (4.1)", "takes the URL of an API root or a collection as well", _discovery),
    ("answers are application/taxii+json;version=2.1 (3.1)", "reads any JSON object", _content_type),
    ("Accept without a version is fine (3.1)", "always sends the version", _accept_without_version),
    ("Accept with a space before version is fine (RFC 9110)", "sends none", _accept_with_space),
    ("an unknown version is answered with 406 (3.1)", "asks for 2.1 only", _accept_unknown),
    ("strangers are answered with 401 and WWW-Authenticate (1.6.9)", "sends credentials from the start", _stranger),
    ("error messages have a title (3.6.1)", "shows whatever there is", _error_body),
    ("the API root gives title, versions, max_content_length (4.2)", "takes 8 MiB for the limit", _api_root),
    ("collection ids are version 4 UUIDs (2)", "takes any id", _collection_id),
    ("an envelope, not a bundle (3.7)", "reads both", _envelope),
    ("limit is kept (3.4)", "takes pages of any size up to 128 MiB", _limit),
    (
        "date headers with six digits (5.4)",
        "reads all STIX timestamps; without any, starts over each time",
        _date_headers,
    ),
    ("next leads to the next page (3.5)", _BY_DATE, _next),
    ("the same next gives the same page", "after a lost page " + _BY_DATE, _next_again),
    ("added_after is exclusive (3.4)", "drops what it has already", _added_after),
    ("objects come in the order of date_added (3.4)", "moves the checkpoint only at the end of a walk", _order),
    ("each object has a date_added of its own", "repeats the last moment when going on by date", _own_dates),
    ("limit=0 is answered with 400 (3.4)", "never sends it", _bad_value("limit", "0")),
    ("a malformed added_after is answered with 400 (3.4)", "never sends one", _bad_value("added_after", "yesterday")),
    ("match[type] is kept (3.4)", "keeps what comes", _match_type),
    ("match[id] is kept (3.4)", "does not depend on it", _match_id),
)


def _notes(probe: _Probe, now: datetime) -> Iterator[Probed]:
    """What is no fault and worth knowing."""
    scheme, host, _ = probe.connection.origin
    if scheme == "http":
        yield Probed("transport", Verdict.NOTED, f"plain http to {host}", "allowed to this machine, or when told")
    try:
        heard = probe.objects({"limit": "1"})
        theirs = parsedate_to_datetime(heard.headers.get("Date", ""))
    except (_CannotSayError, ValueError):
        yield Probed("clock", Verdict.NOTED, "sends no Date", "repeats the last 30 seconds on every pull")
        return
    apart = (theirs.astimezone(UTC) - now).total_seconds()
    if abs(apart) > _OFF:
        detail = f"its clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} ours"
        yield Probed("clock", Verdict.NOTED, detail, "uses the server's own times only")


def _json(heard: _Heard) -> dict[str, object]:
    try:
        found = orjson.loads(heard.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _filled(page: Page) -> Page:
    if not page.objects:
        raise _CannotSayError("the collection is empty")
    return page


def _more(probe: _Probe) -> Page:
    page = _filled(probe.objects({"limit": "1"}).page())
    if not page.more:
        raise _CannotSayError("the collection has only one page")
    return page
