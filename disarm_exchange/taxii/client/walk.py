"""Walking through a collection, page by page, whatever the server makes of paging.

The rules of TAXII 2.1 (section 3.5): follow `next` with the same filters until `more` is false; without it, go on with
`added_after` from X-TAXII-Date-Added-Last. Servers keep them in their own ways, so a walk also

- repeats the last moment when it goes on by date: objects that share a `date_added` may be cut apart by a page's end;
- starts again by date when `next` is not valid any more, or when an answer was lost and the token is one that
  the server spends (a retry would silently skip a page);
- ends, or says what is wrong, where a server leads in a circle.

So pages may repeat objects, and nothing is left out. Each page comes with the checkpoint to store with it: the
`added_after` to go on from. It is made of the server's times only, never of the local clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b

from disarm_exchange.stix.timestamps import parse_timestamp
from disarm_exchange.taxii.client.addresses import shown
from disarm_exchange.taxii.client.connection import Answer, Connection, CutShortError
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from disarm_exchange.taxii.client.page import NotAPageError, Page, read_page

DEFAULT_LIMIT = 1000
"""Objects asked for in one page. Always sent: some servers need it beside `next`, others end too early without."""

ORDER_HEADER = "X-Date-Added-In-Commit-Order"
"""`true` in an answer of this project's own server: nothing ever appears there with a date before one shown already."""

_MOST_LIMIT = 20_000
_EMPTY_PAGES = 10
_OUT_OF_REACH = "cuts a page among objects of one date_added and gives no valid `next`: some may be out of reach"
_AHEAD = timedelta(hours=1)
"""By which dates of a server may be ahead of its clock: the header may come from another machine, or be minutes old."""

_MOMENT = timedelta(microseconds=1)
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a walk.

    Args:
        page: what came.
        checkpoint: the `added_after` from which a later walk goes on once this page is stored; None: from the start.
        final: whether the walk is through.
    """

    page: Page
    checkpoint: str | None
    final: bool


def canonical_moment(text: str) -> str:
    """A TAXII timestamp with exactly six digits of a second, as every server understands it.

    Raises:
        ValueError: not a timestamp.
    """
    return _text(parse_timestamp(text))


class Walk:
    """One walk through the objects of a collection; iterate over it once.

    Args:
        connection: to the server.
        objects_url: of the collection (`.../objects/`).
        added_after: where to go on from: an earlier walk's checkpoint. None: from the start.
        limit: objects asked for in a page.
        filters: further query parameters, such as `match[type]`.
        overlap: seconds by which the server's commits may come out of order. A server that gives out dates before
            it commits shows objects late, with dates already passed; until that much time (by the server's
            own clock) lies behind the last object, the checkpoint stays that much before it. 0 for a server known to be
            right; a server that promises it with an answer (`ORDER_HEADER`) is taken at its word for that answer.

    Raises (on iteration):
        TaxiiError: a page could not be had, or the server leads in a circle. Pages yielded before are sound.
    """

    def __init__(
        self,
        connection: Connection,
        objects_url: str,
        *,
        added_after: str | None = None,
        limit: int = DEFAULT_LIMIT,
        filters: Mapping[str, str] | None = None,
        overlap: float = 30.0,
    ) -> None:
        if limit < 1:
            raise ValueError("limit must be positive")
        self._connection = connection
        self._url = objects_url
        self._filters = dict(filters or {})
        self._overlap = timedelta(seconds=overlap)
        self._in_commit_order = False
        self._start = parse_timestamp(added_after) if added_after else None
        self._after = self._start
        self._limit = limit
        self._token: str | None = None
        self._spent_tokens = False
        self._last: datetime | None = None
        self._seen: set[bytes] = set()
        self._ordered = True
        self._by_date = False
        self._stuck = 0
        self._restarted_at: datetime | None = None
        self._restarts = 0
        self.oddities: dict[str, None] = {}
        """What the server did wrong, in words, each once."""

    def __iter__(self) -> Iterator[Step]:
        empty = 0
        page, server_time = self._fetch()
        if self._is_from_the_future(self._start, server_time):
            self._odd("has set its clock back: everything is asked for again")
            self._start = self._after = None
            page, server_time = self._fetch()
        while True:
            self.oddities.update(dict.fromkeys(page.oddities))
            final = not page.more
            if not page.objects and not final:
                empty += 1
                self._odd("sends an empty page that says there is more")
                final = page.next in (None, self._token) or empty >= _EMPTY_PAGES
            elif page.objects:
                empty = 0
                if self._is_circle(page) and not final and self._token is not None:
                    raise self._lost("`next` leads in a circle")
            before = self._last
            self._note_dates(page)
            yield Step(page, self._checkpoint(server_time, final=final), final)
            if final:
                return
            self._turn(page, before)
            page, server_time = self._fetch()

    def _is_from_the_future(self, moment: datetime | None, server_time: datetime | None) -> bool:
        """Whether a date of the server's is later than its clock: that was wrong then, or is now.

        What it adds from now on has earlier dates, and would never be seen by who asks for later ones. A server that
        promises order keeps its dates rising whatever its clock does.
        """
        if moment is None or server_time is None or self._in_commit_order:
            return False
        return moment - server_time > _AHEAD

    def _odd(self, words: str) -> None:
        self.oddities[words] = None

    def _lost(self, problem: str) -> TaxiiError:
        return TaxiiError(FaultKind.PROTOCOL, problem, where=shown(self._url), fix="tell the server's operator")

    # where the next page is

    def _turn(self, page: Page, before: datetime | None) -> None:
        """Set out for the next page."""
        self._by_date = False
        if page.next is not None:
            self._spent_tokens = self._spent_tokens or page.next == self._token or bool(_UUID.fullmatch(page.next))
            self._token = page.next
            return
        self._odd("says there is more and gives no `next`")
        if self._last is None or page.last is None:
            raise self._lost("says there is more, but gives neither `next` nor X-TAXII-Date-Added-Last")
        self._token = None
        self._by_date = True
        advanced = before is None or self._last > before
        self._stuck = 0 if advanced else self._stuck + 1
        if self._stuck == 0:
            self._after = self._last - _MOMENT
        elif self._stuck <= 6 and len(page.objects) >= self._limit and self._limit < _MOST_LIMIT:
            self._limit = min(_MOST_LIMIT, self._limit * 4)  # more objects share one moment than fit a page
        elif self._after is not None and self._after <= self._last:
            self._odd(_OUT_OF_REACH)
            self._after = self._last if self._after < self._last else self._last + _MOMENT
        else:
            raise self._lost("says there is more, and does not come forward")

    def _restart(self, reason: TaxiiError) -> None:
        """Leave the token and go on by date.

        Where that leads to the same moment again (all of a page shares it), first with larger pages, then behind it.

        Raises:
            TaxiiError: the reason given, when there is no date to go on by, or nothing helps.
        """
        if self._last is None or not self._ordered:
            raise reason
        self._restarts = self._restarts + 1 if self._last == self._restarted_at else 1
        self._restarted_at = self._last
        self._after = self._last - _MOMENT
        if self._restarts == 2:
            self._limit = max(self._limit, _MOST_LIMIT)
        elif self._restarts == 3:
            self._odd(_OUT_OF_REACH)
            self._after = self._last
        elif self._restarts > 3:
            raise reason
        self._token = None
        self._by_date = True
        self._seen.clear()

    def _is_circle(self, page: Page) -> bool:
        """Whether these very objects came before on this walk, and time has not moved on."""
        digest = blake2b(digest_size=16)
        for entry in page.objects:
            digest.update(len(entry.raw).to_bytes(8))
            digest.update(entry.raw)
        key = digest.digest()
        known = key in self._seen
        self._seen.add(key)
        last = _moment(page.last)
        return known and not (last is not None and self._last is not None and last > self._last)

    def _note_dates(self, page: Page) -> None:
        first, last = _moment(page.first), _moment(page.last)
        if first is not None and self._last is not None and first < self._last and not self._by_date:
            self._ordered = False
            self._odd("does not send objects in the order of date_added")
        if last is not None and (self._last is None or last > self._last):
            self._last = last

    def _checkpoint(self, server_time: datetime | None, *, final: bool) -> str | None:
        start = _text(self._start) if self._start else None
        if self._last is None or not (final or self._ordered):
            return start
        settled = server_time is not None and server_time - self._last > self._overlap
        reached = self._last if final else self._last - _MOMENT
        if self._overlap and not settled and not self._in_commit_order:
            reached = self._last - self._overlap
        if self._is_from_the_future(reached, server_time):
            assert server_time is not None
            reached = server_time - self._overlap
        return _text(reached if self._start is None else max(reached, self._start))

    # one page

    def _fetch(self) -> tuple[Page, datetime | None]:
        while True:
            params: dict[str, object] = {**self._filters, "limit": self._limit}
            if self._after is not None:
                params["added_after"] = _text(self._after)
            if self._token is not None:
                params["next"] = self._token
            spent = self._token is not None and self._spent_tokens
            try:
                return self._connection.ask("GET", self._url, self._read, params=params, retry_cut=not spent)
            except TaxiiError as fault:
                self._recover(fault, spent=spent)

    def _recover(self, fault: TaxiiError, *, spent: bool) -> None:
        """Change what is asked so that it may succeed.

        Raises:
            TaxiiError: the fault given, when nothing is left to try.
        """
        lost = isinstance(fault, CutShortError) and spent
        if fault.kind in (FaultKind.ANSWER_TOO_LARGE, FaultKind.SLOW) and self._limit > 1:
            self._limit = max(1, self._limit // 4)
            if not lost:
                return
        if lost:
            self._odd("keeps the state of `next` to itself: a page lost on the way cannot be asked for again")
        elif self._token is not None and fault.kind in (FaultKind.REFUSED, FaultKind.MISSING, FaultKind.SERVER):
            self._odd("forgets `next` in the middle of a walk")
        else:
            raise fault
        self._restart(fault)

    def _read(self, answer: Answer) -> tuple[Page, datetime | None]:
        try:
            page = read_page(answer.body, answer.headers, max_depth=self._connection.limits.depth)
        except NotAPageError as problem:
            kind = answer.headers.get("Content-Type", "no content type")
            words = f"no TAXII envelope: {problem} ({self._connection.hide(kind)})"
            if problem.cut:
                raise CutShortError(FaultKind.NETWORK, words, where=shown(self._url)) from None
            raise TaxiiError(FaultKind.PROTOCOL, words, where=shown(self._url), fix="is this a TAXII URL?") from None
        self._in_commit_order = answer.headers.get(ORDER_HEADER) == "true"
        return page, _http_date(answer)


def _moment(text: str | None) -> datetime | None:
    return parse_timestamp(text) if text else None


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _http_date(answer: Answer) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
