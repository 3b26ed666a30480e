"""The TAXII resources (TAXII 2.1 sections 4 and 5) as JSON. Absent properties are left out, lists are never empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from disarm_exchange.store import clock
from disarm_exchange.store.access import Access, ApiRoot
from disarm_exchange.store.reader import Page, Record
from disarm_exchange.taxii.server.negotiation import STIX_MEDIA_TYPE, TAXII_MEDIA_TYPE
from disarm_exchange.taxii.server.parameters import write_next
from disarm_exchange.taxii.server.settings import ServerSettings


def discovery(settings: ServerSettings, roots: Sequence[ApiRoot]) -> bytes:
    """The discovery resource (section 4.1.1); the oldest API root is the default."""
    urls = [f"{(settings.public_url or '').rstrip('/')}/{root.name}/" for root in roots]
    return _json(
        title=settings.title,
        description=settings.description,
        contact=settings.contact,
        default=urls[0] if urls else None,
        api_roots=urls or None,
    )


def api_root(root: ApiRoot) -> bytes:
    """The API root resource (section 4.2.1), with a promise that clients of ours rely on (DESIGN, decision 6)."""
    return _json(
        title=root.title,
        description=root.description,
        versions=[TAXII_MEDIA_TYPE],
        max_content_length=root.max_content_length,
        x_date_added_in_commit_order=True,
    )


def collections(accesses: Sequence[Access]) -> bytes:
    """The collections resource (section 5.1.1)."""
    return _json(collections=[_collection(access) for access in accesses] or None)


def collection(access: Access) -> bytes:
    """The collection resource (section 5.2.1), as the asking organisation may use it."""
    return orjson.dumps(_collection(access))


def manifest(page: Page[Record]) -> bytes:
    """The manifest resource (section 5.3.1), with `next` as envelopes have it."""
    records = [
        {
            "id": record.stix_id,
            "date_added": clock.to_text(record.date_added),
            "version": record.version,
            "media_type": STIX_MEDIA_TYPE,
        }
        for record in page.items
    ]
    return _json(more=page.more or None, next=_next(page), objects=records or None)


def versions(page: Page[Record]) -> bytes:
    """The versions resource (section 5.8.1), with `next` as envelopes have it."""
    return _json(more=page.more or None, next=_next(page), versions=[record.version for record in page.items] or None)


class StatusDetails(NamedTuple):
    """One object of a publish request (section 4.3.1)."""

    id: str
    version: str
    message: str | None = None


def status(
    status_id: str, received_at: int, successes: Sequence[StatusDetails], failures: Sequence[StatusDetails]
) -> bytes:
    """The status resource (section 4.3.1) of a request that is done."""
    return _json(
        id=status_id,
        status="complete",
        request_timestamp=clock.to_text(received_at),
        total_count=len(successes) + len(failures),
        success_count=len(successes),
        successes=[_details(one) for one in successes] or None,
        failure_count=len(failures),
        failures=[_details(one) for one in failures] or None,
        pending_count=0,
    )


def _details(one: StatusDetails) -> dict[str, str]:
    if one.message is None:
        return {"id": one.id, "version": one.version}
    return {"id": one.id, "version": one.version, "message": one.message}


def _collection(access: Access) -> dict[str, object]:
    shown = access.collection
    return {
        "id": shown.id,
        "title": shown.title,
        **({"description": shown.description} if shown.description else {}),
        **({"alias": shown.alias} if shown.alias else {}),
        "can_read": access.can_read,
        "can_write": access.can_write,
        "media_types": [STIX_MEDIA_TYPE],
    }


def _next(page: Page[Record]) -> str | None:
    return write_next(page.last) if page.more and page.last is not None else None


def _json(**properties: object) -> bytes:
    return orjson.dumps({name: value for name, value in properties.items() if value is not None})
