"""A backend for medallion 3 (the OASIS reference server): an existing medallion runs on our store.

In medallion's configuration:

    "backend": {
        "module": "disarm_exchange.taxii.server.medallion",
        "module_class": "ExchangeBackend",
        "database": "exchange.db",
        "organisation": "home"
    }

medallion does not tell its backend which user asks, so all its users have the rights and the clearance of one
organisation; and it parses and writes JSON itself, so objects come out equal, not byte for byte. What its own HTTP
layer gets wrong stays wrong. Paging, order, versions and levels are ours: nothing is lost or doubled, and everything
is still there after a restart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlencode

import orjson
from medallion.backends.base import Backend
from medallion.exceptions import ProcessingError

from disarm_exchange.errors import UserError
from disarm_exchange.store import clock
from disarm_exchange.store.access import Access, ApiRoot, find_access, find_api_root, list_access, list_api_roots
from disarm_exchange.store.accounts import Organisation, User, find_organisation
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.query import Filter, Keyword, chosen_versions, visible
from disarm_exchange.store.reader import Page, has_match, read_bodies, read_records
from disarm_exchange.store.statuses import find_status
from disarm_exchange.store.writer import delete_versions
from disarm_exchange.taxii.server import resources
from disarm_exchange.taxii.server.answers import with_recalls
from disarm_exchange.taxii.server.envelopes import join_envelope
from disarm_exchange.taxii.server.errors import Problem, not_found
from disarm_exchange.taxii.server.observing import Trace
from disarm_exchange.taxii.server.parameters import Question, read_question, write_next
from disarm_exchange.taxii.server.publishing import CheckObject, Publisher, accept_all, publish
from disarm_exchange.taxii.server.settings import ServerSettings

Resource = dict[str, object]
Headers = dict[str, str]
Item = TypeVar("Item")

_Reader = Callable[[Transaction, int, Filter, int], Page[Item]]


class ExchangeBackend(Backend):  # type: ignore[misc]
    """What medallion asks of a backend (`medallion.backends.base.Backend`), answered from our store."""

    def __init__(self, **options: object) -> None:
        """Open the database.

        Args:
            options: medallion's `backend` configuration: `database` (a path or a URL), `organisation` (a name).

        Raises:
            UserError: no such database or organisation.
        """
        self._settings = ServerSettings()
        self._check: CheckObject = accept_all
        self._database = Database.open(str(options.get("database", "")), create=False)
        name = str(options.get("organisation", ""))
        with self._database.read() as tx:
            if find_organisation(tx, name) is None:
                raise UserError("no such organisation", where=name, fix='set "organisation" in the backend section')
        self._name = name

    def server_discovery(self) -> Resource:
        """Section 4.1."""
        with self._reading() as (tx, _):
            return _parsed(resources.discovery(self._settings, list_api_roots(tx)))

    def get_api_root_information(self, api_root: str) -> Resource | None:
        """Section 4.2; None where there is no such API root."""
        with self._reading() as (tx, _):
            found = find_api_root(tx, api_root)
            return None if found is None else _parsed(resources.api_root(found))

    def get_status(self, api_root: str, status_id: str) -> Resource | None:
        """Section 4.3; None where there is no such status."""
        with self._reading() as (tx, organisation):
            root = _root(tx, api_root)
            body = find_status(tx, status_id, api_root_id=root.id, organisation_id=organisation.id)
            return None if body is None else _parsed(body)

    def get_collections(self, api_root: str) -> Resource:
        """Section 5.1."""
        with self._reading() as (tx, organisation):
            return _parsed(resources.collections(list_access(tx, _root(tx, api_root).id, organisation.id)))

    def get_collection(self, api_root: str, collection_id: str) -> Resource | None:
        """Section 5.2; None where there is no such collection."""
        with self._reading() as (tx, organisation):
            access = find_access(tx, _root(tx, api_root).id, organisation.id, collection_id)
            return None if access is None else _parsed(resources.collection(access))

    def get_object_manifest(
        self, api_root: str, collection_id: str, filter_args: Mapping[str, str], allowed_filters: Collection[str],
        limit: int,
    ) -> tuple[Resource, Headers]:  # fmt: skip
        """Section 5.3."""
        with self._asking(api_root, collection_id, filter_args, allowed_filters) as (tx, number, question):
            page = read_records(tx, number, question.filter, limit=limit)
            return _parsed(resources.manifest(page)), _headers(page, question)

    def get_objects(
        self, api_root: str, collection_id: str, filter_args: Mapping[str, str], allowed_filters: Collection[str],
        limit: int,
    ) -> tuple[Resource, Headers]:  # fmt: skip
        """Section 5.4."""
        with self._asking(api_root, collection_id, filter_args, allowed_filters) as (tx, number, question):
            return self._envelope(tx, number, question, limit)

    def add_objects(self, api_root: str, collection_id: str, objs: object, request_time: object) -> Resource:
        """Section 5.5."""
        items = objs.get("objects") if isinstance(objs, dict) else None
        if not isinstance(items, list) or not items:
            raise ProcessingError("The envelope holds no objects", 422)
        try:
            bodies = [json.dumps(item, ensure_ascii=False, allow_nan=False).encode() for item in items]
        except ValueError as error:
            raise ProcessingError("The envelope is not JSON", 422, error) from None
        with self._reading() as (tx, organisation):
            root = _root(tx, api_root)
            access = self._access(tx, organisation, root, collection_id)
        user = User(0, "medallion", organisation, disabled=False)
        status = publish(
            self._database,
            bodies,
            publisher=Publisher(user, root, access, Trace("", "medallion")),
            check_object=self._check,
            status_seconds=self._settings.status_seconds,
        )
        return _parsed(status)

    def get_object(
        self, api_root: str, collection_id: str, object_id: str, filter_args: Mapping[str, str],
        allowed_filters: Collection[str], limit: int,
    ) -> tuple[Resource, Headers]:  # fmt: skip
        """Section 5.6."""
        with self._asking(api_root, collection_id, filter_args, allowed_filters) as (tx, number, question):
            about = _about(tx, number, question, object_id)
            return self._envelope(tx, number, about, limit)

    def delete_object(
        self, api_root: str, collection_id: str, object_id: str, filter_args: Mapping[str, str],
        allowed_filters: Collection[str],
    ) -> None:  # fmt: skip
        """Section 5.7."""
        with self._asking(api_root, collection_id, filter_args, allowed_filters, Keyword.ALL) as (_, number, question):
            wanted = question.filter
        chosen = visible(wanted.clearance) & chosen_versions(wanted.versions, wanted.clearance)
        with self._database.write() as tx:
            if not delete_versions(tx, number, object_id, chosen):
                raise ProcessingError(f"Object '{object_id}' not found", 404)

    def get_object_versions(
        self, api_root: str, collection_id: str, object_id: str, filter_args: Mapping[str, str],
        allowed_filters: Collection[str], limit: int,
    ) -> tuple[Resource, Headers]:  # fmt: skip
        """Section 5.8."""
        with self._asking(api_root, collection_id, filter_args, allowed_filters, Keyword.ALL) as (tx, number, question):
            about = _about(tx, number, question, object_id)
            page = read_records(tx, number, about.filter, limit=limit)
            return _parsed(resources.versions(page)), _headers(page, question)

    @contextmanager
    def _reading(self) -> Iterator[tuple[Transaction, Organisation]]:
        """A transaction and our organisation as it is now; problems in medallion's own form."""
        try:
            with self._database.read() as tx:
                organisation = find_organisation(tx, self._name)
                if organisation is None or organisation.disabled:
                    raise not_found()
                yield tx, organisation
        except Problem as problem:
            raise ProcessingError(problem.description, problem.status) from None

    @contextmanager
    def _asking(
        self, api_root: str, collection_id: str, arguments: Mapping[str, str], allowed: Collection[str],
        default: Keyword = Keyword.LAST,
    ) -> Iterator[tuple[Transaction, int, Question]]:  # fmt: skip
        with self._reading() as (tx, organisation):
            access = self._access(tx, organisation, _root(tx, api_root), collection_id)
            question = read_question(
                urlencode(arguments), clearance=organisation.clearance, match=frozenset(allowed), versions=(default,)
            )
            yield tx, access.collection.number, with_recalls(question, access, organisation)

    def _access(self, tx: Transaction, organisation: Organisation, root: ApiRoot, collection_id: str) -> Access:
        access = find_access(tx, root.id, organisation.id, collection_id)
        if access is None:
            raise not_found()
        return access

    def _envelope(self, tx: Transaction, number: int, question: Question, limit: int) -> tuple[Resource, Headers]:
        page = read_bodies(tx, number, question.filter, limit=limit, max_bytes=self._settings.page_bytes)
        token = write_next(page.last) if page.more and page.last is not None else None
        return _parsed(join_envelope(page.items, more=page.more, next_token=token)), _headers(page, question)


def _root(tx: Transaction, name: str) -> ApiRoot:
    found = find_api_root(tx, name)
    if found is None:
        raise not_found()
    return found


def _about(tx: Transaction, number: int, question: Question, object_id: str) -> Question:
    wanted = replace(question.filter, ids=(object_id,))
    if not has_match(tx, number, replace(wanted, added_after=None, spec_versions=None)):
        raise not_found()
    return replace(question, filter=wanted)


def _headers(page: Page[Item], question: Question) -> Headers:
    stood = question.filter.added_after or 0
    return {
        "X-TAXII-Date-Added-First": clock.to_text(stood if page.first is None else page.first),
        "X-TAXII-Date-Added-Last": clock.to_text(stood if page.last is None else page.last),
    }


def _parsed(body: bytes) -> Resource:
    resource = orjson.loads(body)
    assert isinstance(resource, dict)
    return resource
