"""What each endpoint that reads answers (TAXII 2.1 sections 4 and 5), within one read transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from disarm_exchange.store import clock
from disarm_exchange.store.access import Access, ApiRoot, find_access_at, find_api_root, list_access, list_api_roots
from disarm_exchange.store.accounts import Organisation, User
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.query import Filter, Keyword
from disarm_exchange.store.reader import Page, has_match, read_bodies, read_records
from disarm_exchange.store.statuses import find_status
from disarm_exchange.taxii.server import resources
from disarm_exchange.taxii.server.envelopes import join_envelope
from disarm_exchange.taxii.server.errors import forbidden, not_found
from disarm_exchange.taxii.server.negotiation import TAXII_MEDIA_TYPE
from disarm_exchange.taxii.server.observing import OBJECTS, trace_of
from disarm_exchange.taxii.server.parameters import Question, read_question, write_next
from disarm_exchange.taxii.server.settings import ServerSettings

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,250}", re.ASCII)
_OBJECT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,249}--[0-9a-f-]{36}", re.ASCII)
_ALL_FIELDS = frozenset({"id", "type", "version", "spec_version"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a known user."""

    request: Request
    tx: Transaction
    user: User
    settings: ServerSettings

    def root(self) -> ApiRoot:
        """The API root in the path.

        Raises:
            Problem: 404.
        """
        name = self.request.path_params["root"]
        found = find_api_root(self.tx, name) if _NAME.fullmatch(name) else None
        if found is None:
            raise not_found()
        return found

    def access(self) -> Access:
        """The collection in the path, by id or alias, and what the user's organisation may do with it.

        Raises:
            Problem: 404, also where the organisation may do nothing with it.
        """
        root, name = self.request.path_params["root"], self.request.path_params["collection"]
        known = _NAME.fullmatch(root) and _NAME.fullmatch(name)
        found = find_access_at(self.tx, root, self.user.organisation.id, name) if known else None
        if found is None:
            raise not_found(denial=True)
        trace_of(self.request).collection = found.collection.id
        return found

    def readable(self) -> Access:
        """The collection in the path, for reading.

        Raises:
            Problem: 403 or 404.
        """
        access = self.access()
        if not access.can_read:
            raise forbidden("read from")
        return access

    def writable(self) -> Access:
        """The collection in the path, for adding objects.

        Raises:
            Problem: 403 or 404.
        """
        access = self.access()
        if not access.can_write:
            raise forbidden("write to")
        return access

    def object_id(self) -> str:
        """The object id in the path.

        Raises:
            Problem: 404, there can be no such object.
        """
        text: str = self.request.path_params["object_id"]
        if not _OBJECT_ID.fullmatch(text):
            raise not_found()
        return text

    def question(self, match: frozenset[str] = frozenset(), *, default: Keyword = Keyword.LAST) -> Question:
        """The query parameters.

        Raises:
            Problem: 400.
        """
        query = self.request.scope["query_string"].decode("latin-1")
        clearance = self.user.organisation.clearance
        return read_question(query, clearance=clearance, match=match, versions=(default,))

    def asked(self, match: frozenset[str], *, default: Keyword = Keyword.LAST) -> tuple[int, Question]:
        """The number of the collection in the path, for reading, and the question about it, recalls included.

        Raises:
            Problem: 400, 403 or 404.
        """
        access = self.readable()
        question = self.question(match, default=default)
        return access.collection.number, with_recalls(question, access, self.user.organisation)

    def limit(self, question: Question) -> int:
        """How many objects to answer with at most."""
        return min(question.limit or self.settings.page_limit, self.settings.page_limit)


def with_recalls(question: Question, access: Access, organisation: Organisation) -> Question:
    """The question, also about what is called back from the reader.

    What was called back before the reader was let in was never open to it. What has come since the access was looked up
    is for the next page, so that recalls and all else, which are read one after the other, are of one moment.
    """
    collection = access.collection
    recalled = (max(access.readable_after, organisation.cleared_after), collection.last_recall)
    return replace(question, filter=replace(question.filter, upto=collection.last_date_added, recalled=recalled))


def get_discovery(call: Call) -> Response:
    """Section 4.1."""
    return _taxii(resources.discovery(call.settings, list_api_roots(call.tx)))


def get_api_root(call: Call) -> Response:
    """Section 4.2."""
    return _taxii(resources.api_root(call.root()))


def get_status(call: Call) -> Response:
    """Section 4.3; only the organisation that published may ask."""
    status_id = call.request.path_params["status_id"]
    root = call.root()
    body = (
        find_status(call.tx, status_id, api_root_id=root.id, organisation_id=call.user.organisation.id)
        if _NAME.fullmatch(status_id)
        else None
    )
    if body is None:
        raise not_found()
    return _taxii(body)


def get_collections(call: Call) -> Response:
    """Section 5.1."""
    return _taxii(resources.collections(list_access(call.tx, call.root().id, call.user.organisation.id)))


def get_collection(call: Call) -> Response:
    """Section 5.2."""
    return _taxii(resources.collection(call.access()))


def get_manifest(call: Call) -> Response:
    """Section 5.3."""
    number, question = call.asked(_ALL_FIELDS)
    page = read_records(call.tx, number, question.filter, limit=call.limit(question))
    return _dated(resources.manifest(page), page.first, page.last, question.filter)


def get_objects(call: Call) -> Response:
    """Section 5.4."""
    number, question = call.asked(_ALL_FIELDS)
    return _envelope(_bodies(call, number, question), question.filter)


def get_object(call: Call) -> Response:
    """Section 5.6. An object, or a version asked for, that is not there or not for this reader: 404."""
    number, question = call.asked(frozenset({"version", "spec_version"}))
    question = _about(call, question)
    page = _bodies(call, number, question)
    if not page.items:
        _must_exist(call, number, question.filter)
    return _envelope(page, question.filter)


def get_versions(call: Call) -> Response:
    """Section 5.8."""
    number, question = call.asked(frozenset({"spec_version"}), default=Keyword.ALL)
    question = _about(call, question)
    page = read_records(call.tx, number, question.filter, limit=call.limit(question))
    if not page.items:
        _must_exist(call, number, question.filter)
    return _dated(resources.versions(page), page.first, page.last, question.filter)


def _about(call: Call, question: Question) -> Question:
    return replace(question, filter=replace(question.filter, ids=(call.object_id(),)))


def _must_exist(call: Call, number: int, wanted: Filter) -> None:
    if not has_match(call.tx, number, replace(wanted, added_after=None, spec_versions=None)):
        raise not_found()


def _bodies(call: Call, number: int, question: Question) -> Page[bytes]:
    page = read_bodies(call.tx, number, question.filter, limit=call.limit(question), max_bytes=call.settings.page_bytes)
    trace_of(call.request).objects = len(page.items)
    OBJECTS.labels("sent").inc(len(page.items))
    return page


def _taxii(body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, 200, headers=headers, media_type=TAXII_MEDIA_TYPE)


def _envelope(page: Page[bytes], wanted: Filter) -> Response:
    token = write_next(page.last) if page.more and page.last is not None else None
    body = join_envelope(page.items, more=page.more, next_token=token)
    return _dated(body, page.first, page.last, wanted)


def _dated(body: bytes, first: int | None, last: int | None, wanted: Filter) -> Response:
    """With the headers of section 3.2, which are there on an empty page too: then they repeat where the client stood,

    so that a client which keeps the last one as its checkpoint keeps a right one.
    """
    stood = wanted.added_after or 0
    return _taxii(
        body,
        {
            "X-TAXII-Date-Added-First": clock.to_text(stood if first is None else first),
            "X-TAXII-Date-Added-Last": clock.to_text(stood if last is None else last),
            # the promise of the API root once more, for clients that come straight here
            "X-Date-Added-In-Commit-Order": "true",
        },
    )
