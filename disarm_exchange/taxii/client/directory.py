"""Finding a collection: from any URL of a TAXII server that a person may have been given.

Understood are the URL of the server itself (discovery, TAXII 2.1 section 4.1), of an API root (4.2), of a collection
(5.2) or its objects (5.4). The resources are taxii2-client's, over our own connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from taxii2client.exceptions import TAXIIServiceException
from taxii2client.v21 import Collection, Server

from disarm_exchange.errors import UserError, did_you_mean
from disarm_exchange.taxii.client.addresses import shown, with_slash
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError

_COLLECTION = re.compile(r"(.*/)collections/(?:([^/]+)/(?:objects/|manifest/)?)?")
_NAME = re.compile(r"(?!\.+\Z)[A-Za-z0-9._~-]{1,250}")


@dataclass(frozen=True, slots=True)
class RemoteCollection:
    """A collection as its server describes it to us.

    Attributes:
        url: of the collection; ends with a slash.
        id: its id.
        title: its title, or an empty text.
        alias: its alias, or an empty text.
        can_read, can_write: what the server says that we may do.
        max_content_length: bytes that one request may have, as its API root says; 0 when it does not say.
        commit_order: whether its API root promises that nothing ever appears with a `date_added` before one shown
            already (`x_date_added_in_commit_order`, a property of this project's own server).
        resource: taxii2-client's own object for it.
    """

    url: str
    id: str
    title: str
    alias: str
    can_read: bool
    can_write: bool
    max_content_length: int
    commit_order: bool
    resource: Collection

    @property
    def objects_url(self) -> str:
        """Where its objects are read and added."""
        return f"{self.url}objects/"

    def require(self, *, write: bool) -> None:
        """See that the server lets us do what we are about to do.

        Raises:
            TaxiiError: it does not.
        """
        if not (self.can_write if write else self.can_read):
            what = "write to" if write else "read"
            raise TaxiiError(
                FaultKind.FORBIDDEN,
                f"we may not {what} this collection",
                where=shown(self.url),
                fix="ask its operator for the right, or choose another collection",
            )


def find_collection(
    connection: Connection, url: str, wanted: str | None = None, *, write: bool = False
) -> RemoteCollection:
    """The collection meant by a URL and, where the URL names none, an id, alias or title.

    Args:
        connection: to the server.
        url: of the server, an API root, a collection or its objects.
        wanted: the collection's id, alias or title. None: the only one that we may read (or write).
        write: whether it is to be written to.

    Raises:
        UserError: no such collection, or several to choose from; the message lists what is there.
        TaxiiError: the server cannot be asked, or its answers are no TAXII.
    """
    root_url, named = _of_collection(url)
    if root_url:
        roots = [_Root(with_slash(root_url))]
        if named and wanted and wanted != named:
            raise UserError(
                "the URL names one collection and --collection another", where=shown(url), fix="give only one of them"
            )
        wanted = named or wanted
    else:
        roots = list(_roots(connection, url))
    found = [entry for root in roots for entry in list_collections(connection, root)]
    if wanted is not None:
        matching = [entry for entry in found if entry.id == wanted]
        matching = matching or [entry for entry in found if wanted in (entry.alias, entry.title)]
        if not matching and len(roots) == 1 and _NAME.fullmatch(wanted):
            matching = _unlisted(connection, roots[0], wanted)
    else:
        matching = [entry for entry in found if (entry.can_write if write else entry.can_read)]
    if len(matching) == 1:
        return matching[0]
    listing = "; ".join(f"{entry.id} ({entry.title})" for entry in found[:20]) or "none"
    name = f"no collection {wanted!r} there" if wanted and not matching else "several collections to choose from"
    if not matching and wanted is None:
        name = "no collection there that we may use"
    titles = [part for entry in found for part in (entry.alias, entry.title) if part]
    fix = did_you_mean(wanted or "", titles, "name one with --collection")
    raise UserError(connection.hide(f"{name}; it has: {listing}"), where=shown(url), fix=connection.hide(fix))


def known_collection(connection: Connection, url: str, name: str) -> RemoteCollection | None:
    """A collection that was found before, without asking its server anything.

    What the server said of it and of its API root then (rights, sizes, promises) is not taken for true any more: rights
    show when it is read, and nothing is known of sizes and of the order of commits.

    Args:
        connection: to the server.
        url: of the collection.
        name: its id.

    Returns:
        The collection; None when the URL is not that of a collection of this id.
    """
    root = _Root(url.rpartition("collections/")[0])
    found = _described(connection, root, {"id": name}, _AboutRoot())
    return found if found is not None and found.url == url else None


@dataclass(frozen=True, slots=True)
class _Root:
    """An API root.

    Args:
        url: of it; ends with a slash.
        told: what it says of itself, if that is at hand.
    """

    url: str
    told: Mapping[str, object] | None = None


def list_collections(connection: Connection, root: _Root) -> list[RemoteCollection]:
    """The collections of an API root (TAXII 2.1 section 5.1), without those whose description makes no sense."""
    about = _about(connection, root)
    listed = connection.get(f"{root.url}collections/").get("collections", [])
    found = (_described(connection, root, info, about) for info in (listed if isinstance(listed, list) else []))
    return [entry for entry in found if entry is not None]


def _roots(connection: Connection, url: str) -> Sequence[_Root]:
    """The API roots at a URL: those of a server, the default one first, or the one that it is."""
    try:
        about = connection.get(url)
    except TaxiiError as fault:
        bare = urlsplit(url).path in ("", "/")
        if not bare or fault.kind not in (FaultKind.MISSING, FaultKind.PROTOCOL, FaultKind.MEDIA_TYPE):
            raise
        url = urlunsplit((*urlsplit(url)[:2], "/taxii2/", "", ""))
        about = connection.get(url)
    if "api_roots" not in about and ("versions" in about or "max_content_length" in about):
        return [_Root(with_slash(url), about)]
    named = about.get("api_roots")
    if not isinstance(named, list) or not all(isinstance(entry, str) for entry in named):
        raise TaxiiError(
            FaultKind.PROTOCOL,
            "neither a TAXII server nor an API root",
            where=shown(url),
            fix="give the URL of the server's /taxii2/, of an API root or of a collection",
        )
    try:
        server = Server(with_slash(url), conn=_Told(about))
        roots = [_Root(with_slash(root.url)) for root in server.api_roots]
        default = server.default.url if server.default is not None else None
    except (TAXIIServiceException, TypeError, ValueError) as error:
        raise _nonsense(connection, url, error) from None
    return sorted(roots, key=lambda root: root.url != default)


@dataclass(frozen=True, slots=True)
class _Told:
    """In place of a connection for a resource whose description is at hand: no second request for it."""

    description: dict[str, object]

    def get(self, _url: str, headers: Mapping[str, str] | None = None) -> dict[str, object]:
        return self.description


@dataclass(frozen=True, slots=True)
class _AboutRoot:
    max_content_length: int = 0
    commit_order: bool = False


def _about(connection: Connection, root: _Root) -> _AboutRoot:
    """What an API root says of itself (section 4.2.1); one that describes itself badly, or not at all, may still work.

    Read here and not by taxii2-client, which takes nothing from a description that lacks a title.
    """
    try:
        told = connection.get(root.url) if root.told is None else root.told
    except TaxiiError as fault:
        if fault.kind in (FaultKind.MISSING, FaultKind.FORBIDDEN, FaultKind.PROTOCOL):
            return _AboutRoot()
        raise
    most = told.get("max_content_length")
    known = most if isinstance(most, int) and not isinstance(most, bool) and most > 0 else 0
    return _AboutRoot(known, told.get("x_date_added_in_commit_order") is True)


def _described(connection: Connection, root: _Root, info: object, about: _AboutRoot) -> RemoteCollection | None:
    """A collection from its description; None when that makes no sense."""
    name = info.get("id") if isinstance(info, dict) else None
    if not isinstance(info, dict) or not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    url = f"{root.url}collections/{name}/"
    told = {"title": name, "can_read": True, "can_write": True, **info}
    try:
        resource = Collection(url, conn=connection, collection_info=told)
    except (TAXIIServiceException, TypeError):
        return None
    return RemoteCollection(
        url=url,
        id=name,
        title=connection.hide(str(told["title"])),
        alias=connection.hide(str(info.get("alias") or "")),
        can_read=told["can_read"] is True,
        can_write=told["can_write"] is True,
        max_content_length=about.max_content_length,
        commit_order=about.commit_order,
        resource=resource,
    )


def _unlisted(connection: Connection, root: _Root, name: str) -> list[RemoteCollection]:
    """A collection that the list leaves out, asked for by its own id or alias."""
    try:
        info = connection.get(f"{root.url}collections/{name}/")
    except TaxiiError as fault:
        if fault.kind is FaultKind.MISSING:
            return []
        raise
    found = _described(connection, root, info, _about(connection, root))
    return [] if found is None else [found]


def _of_collection(url: str) -> tuple[str, str | None]:
    """API root and collection of a URL below `/collections/`; an empty API root for any other URL."""
    parts = urlsplit(with_slash(url))
    match = _COLLECTION.fullmatch(parts.path)
    if match is None:
        return "", None
    return urlunsplit((parts.scheme, parts.netloc, match.group(1), "", "")), match.group(2)


def _nonsense(connection: Connection, url: str, error: Exception) -> TaxiiError:
    said = connection.hide(str(error))
    return TaxiiError(FaultKind.PROTOCOL, f"describes itself wrongly: {said}", where=shown(url))
