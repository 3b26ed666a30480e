"""The HTTP connection to one TAXII server: the place where every request of ours is made.

It has the shape that taxii2-client expects of a connection (`get`, `post`, `delete`, `close`), so that its `Server`,
`ApiRoot`, `Collection` and `Status` classes work over it, and adds what they lack: timeouts, retries,
limits, no way for credentials to leave the server they are meant for, and messages that people understand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

import orjson
import requests
from requests.auth import AuthBase
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,  # noqa: A004 - the name that requests gives it
    ConnectTimeout,
    RequestException,
    SSLError,
    Timeout,
)

from disarm_exchange import __version__
from disarm_exchange.taxii.client.addresses import checked_origin, is_loopback, origin, shown, with_slash
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError, fault_of_status, tls_fault
from disarm_exchange.taxii.client.retry import RETRIED_STATUS, RetryPolicy, retry_after
from disarm_exchange.taxii.client.secrets import Credentials

MEDIA_TYPE = "application/taxii+json;version=2.1"
"""Without a space after the semicolon: OpenTAXII refuses one."""

USER_AGENT = f"disarm-exchange/{__version__}"

_CHUNK = 64 << 10
_REDIRECTS = 5
_SHOWN = 300

Params = Mapping[str, object]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost.

    Args:
        connect: seconds to reach the server.
        read: seconds without a byte from it.
        total: seconds for one whole answer, so that a server cannot hold us by a byte a minute.
        size: bytes of one answer, unpacked.
        depth: levels of JSON in an answer or an object.
    """

    connect: float = 10.0
    read: float = 60.0
    total: float = 600.0
    size: int = 128 << 20
    depth: int = 100


@dataclass(frozen=True, slots=True)
class Transport:
    """How to reach a server.

    Args:
        insecure_http: allow plain http to another machine; to this one it always is.
        ca_file: certificate authorities to trust in place of the usual ones.
        client_cert: file with our certificate (and key, unless `client_key` names it).
        client_key: file with the key of the certificate.
        proxy: URL of an HTTP proxy, in place of what the environment says.
    """

    insecure_http: bool = False
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: the URL it came from, status, headers, and the whole body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class CutShortError(TaxiiError):
    """An answer that began and did not end, or a request whose answer never came: the server may have acted on it."""


class Connection:
    """A session with one server. Use `close`, or a `with` block.

    Raises:
        UserError: the URL is no http(s) address, carries credentials, or is plain http to another machine.
    """

    def __init__(
        self,
        url: str,
        *,
        credentials: Credentials | None = None,
        transport: Transport = Transport(),
        limits: Limits = Limits(),
        retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.origin = checked_origin(url, insecure_http=transport.insecure_http)
        self.limits = limits
        self.retry = retry or RetryPolicy()
        self._credentials = credentials
        self._clock = clock
        self.requests_made = 0
        self.session = requests.Session()
        self.session.auth = _Authorization(credentials)
        self.session.headers.update({"User-Agent": USER_AGENT, "Accept": MEDIA_TYPE})
        if is_loopback(self.origin[1]):
            self.session.trust_env = False  # no proxy between us and ourselves
        if transport.proxy:
            self.session.proxies = {"http": transport.proxy, "https": transport.proxy}
        if transport.ca_file:
            self.session.verify = transport.ca_file
        if transport.client_cert:
            key = transport.client_key
            self.session.cert = (transport.client_cert, key) if key else transport.client_cert

    def __enter__(self) -> Connection:
        """The connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close all sockets."""
        self.session.close()

    @property
    def has_credentials(self) -> bool:
        """Whether requests say who we are."""
        return self._credentials is not None

    # what taxii2-client calls

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, params: Params | None = None
    ) -> dict[str, object]:
        """GET a resource; its JSON object."""
        return self.ask("GET", url, self._resource, headers=headers, params=params)

    def post(
        self, url: str, headers: Mapping[str, str] | None = None, params: Params | None = None, data: bytes = b""
    ) -> dict[str, object]:
        """POST a body; the JSON object of the answer."""
        return self.ask("POST", url, self._resource, headers=headers, params=params, body=data)

    def delete(self, url: str, headers: Mapping[str, str] | None = None, params: Params | None = None) -> None:
        """DELETE a resource."""
        self.ask("DELETE", url, lambda answer: answer, headers=headers, params=params)

    # our own

    def ask(
        self,
        method: str,
        url: str,
        read: Callable[[Answer], T],
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        retry_cut: bool = True,
    ) -> T:
        """Make a request, and again if that may help; what `read` makes of the answer.

        Args:
            method: GET, POST or DELETE.
            url: an address on the server of this connection; a trailing slash is added where one is missing.
            read: reads the answer; it raises `CutShortError` for one that is incomplete.
            params: query parameters; each name is sent once.
            headers: further headers.
            body: the body of a POST.
            retry_cut: whether a request may be repeated whose answer was lost on the way.

        Raises:
            TaxiiError: no success after all attempts. `CutShortError` where the answer was lost.
        """
        target = self.on_this_server(with_slash(url))
        query = {name: _one_text(value) for name, value in (params or {}).items()}
        failures = 0
        while True:
            try:
                return read(self._attempt(method, target, query, headers or {}, body))
            except TaxiiError as fault:
                failures += 1
                again = fault.kind in (FaultKind.NETWORK, FaultKind.SLOW) or fault.status in RETRIED_STATUS
                if isinstance(fault, CutShortError) and not retry_cut:
                    again = False
                wait = self.retry.delay(failures) if fault.wait is None else fault.wait
                if not again or failures >= self.retry.attempts or wait > self.retry.longest:
                    raise
                self.retry.sleep(wait)

    def hide(self, text: str) -> str:
        """A text of the server's, made fit to be shown: no secret of ours, no control characters, not long."""
        if self._credentials is not None:
            text = self._credentials.hide(text)
        clean = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _SHOWN]).split())
        return clean if len(clean) <= _SHOWN else f"{clean[:_SHOWN]}…"

    def _attempt(
        self, method: str, url: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        for _ in range(_REDIRECTS + 1):
            self.requests_made += 1
            try:
                response = self.session.request(
                    method,
                    url,
                    params=dict(query),
                    headers=dict(headers),
                    data=body,
                    stream=True,
                    allow_redirects=False,
                    timeout=(self.limits.connect, self.limits.read),
                )
            except RequestException as error:
                raise self._network_fault(error, url) from None
            with response:
                if response.status_code not in (301, 302, 303, 307, 308):
                    return self._finish(response, url)
                url = self._redirected(method, url, response)
                if urlsplit(url).query:
                    query = {}
        raise TaxiiError(FaultKind.REDIRECT, "redirected in a circle", where=shown(url))

    def _finish(self, response: requests.Response, url: str) -> Answer:
        status = response.status_code
        failed = not 200 <= status < 300
        body = self._body(response, url, most=_CHUNK if failed else self.limits.size, cut=failed)
        if failed:
            wait = retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
            raise fault_of_status(status, shown(url), self._said(body), wait)
        return Answer(url, status, response.headers, body)

    def _body(self, response: requests.Response, url: str, *, most: int, cut: bool) -> bytes:
        """Read the body; one that is larger than `most` is a fault, or cut off there if `cut`."""
        started = self._clock()
        parts: list[bytes] = []
        size = 0
        try:
            for part in response.iter_content(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > most:
                    if cut:
                        break
                    raise TaxiiError(
                        FaultKind.ANSWER_TOO_LARGE,
                        f"the answer is larger than {most} bytes",
                        where=shown(url),
                        fix="ask for fewer objects a page (--limit)",
                    )
                if self._clock() - started > self.limits.total:
                    raise CutShortError(
                        FaultKind.SLOW, f"no end of the answer within {self.limits.total:g} s", where=shown(url)
                    )
        except RequestException as error:
            if cut:
                return b"".join(parts)
            raise self._network_fault(error, url) from None
        return b"".join(parts)

    def _network_fault(self, error: RequestException, url: str) -> TaxiiError:
        reason = self.hide(_root(error))
        low = reason.lower()
        if isinstance(error, SSLError):
            return tls_fault(reason, shown(url))
        if isinstance(error, ConnectTimeout):
            kind, problem, fix = FaultKind.SLOW, f"no connection within {self.limits.connect:g} s", "is it up?"
        elif isinstance(error, Timeout) or "timed out" in low:
            return CutShortError(FaultKind.SLOW, f"no answer within {self.limits.read:g} s", where=shown(url))
        elif isinstance(error, (ChunkedEncodingError, ConnectionError)):
            if not any(word in low for word in ("refused", "resolve", "not known", "unreachable", "no route")):
                return CutShortError(FaultKind.NETWORK, f"the connection was cut: {reason}", where=shown(url))
            kind, problem, fix = FaultKind.NETWORK, f"no connection: {reason}", "is it up? check the URL"
        else:
            kind, problem, fix = FaultKind.PROTOCOL, f"cannot be read: {reason}", ""
        return TaxiiError(kind, problem, where=shown(url), fix=fix)

    def _redirected(self, method: str, url: str, response: requests.Response) -> str:
        target = urljoin(url, response.headers.get("Location", ""))
        if origin(target) != self.origin:
            raise TaxiiError(
                FaultKind.REDIRECT,
                f"redirects to another server, {self.hide(shown(target))}, where our credentials must not go",
                where=shown(url),
                fix="if that server is meant, give its URL",
                status=response.status_code,
            )
        if method != "GET" and response.status_code not in (307, 308):
            raise TaxiiError(
                FaultKind.REDIRECT, f"answers {method} with a redirect", where=shown(url), status=response.status_code
            )
        return target

    def on_this_server(self, url: str) -> str:
        """The URL, if it is on the server that the credentials are for.

        A server behind a TLS proxy often names itself with `http:`; the same host is then asked over https.

        Raises:
            TaxiiError: it is on another server.
        """
        scheme, host, port = origin(url)
        if (scheme, host, port) == self.origin:
            return url
        if (self.origin[0], scheme) == ("https", "http") and host == self.origin[1] and port in (80, self.origin[2]):
            parts = urlsplit(url)
            netloc = host if self.origin[2] == 443 else f"{host}:{self.origin[2]}"
            return urlunsplit(("https", netloc, parts.path, parts.query, ""))
        raise TaxiiError(
            FaultKind.REDIRECT,
            f"points to another server, {self.hide(shown(url))}, where our credentials must not go",
            where=shown(urlunsplit((self.origin[0], f"{self.origin[1]}:{self.origin[2]}", "", "", ""))),
            fix="if that server is meant, give its URL",
        )

    def _resource(self, answer: Answer) -> dict[str, object]:
        try:
            found = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            kind = self.hide(answer.headers.get("Content-Type", "no content type"))
            raise TaxiiError(
                FaultKind.PROTOCOL,
                f"answers with no JSON object ({kind})",
                where=shown(answer.url),
                fix="is this a TAXII URL?",
            )
        return found

    def _said(self, body: bytes) -> str:
        """What the server's error message says (TAXII 2.1 section 3.6.1; OpenTAXII says `name`)."""
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            return ""
        if not isinstance(found, dict):
            return ""
        title, description = found.get("title") or found.get("name"), found.get("description")
        return self.hide(": ".join(text for text in (title, description) if isinstance(text, str) and text))


class _Authorization(AuthBase):
    """Sets our one header. Being there, it also keeps requests from looking for credentials in a .netrc file."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._header = credentials.as_header() if credentials else None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header:
            request.headers[self._header[0]] = self._header[1]
        return request


def _one_text(value: object) -> str:
    """A query parameter's value; taxii2-client wraps some in a tuple."""
    if isinstance(value, (tuple, list)):
        return ",".join(str(entry) for entry in value)
    return str(value)


def _root(error: BaseException) -> str:
    """The innermost reason, in words; requests wraps urllib3's errors, which wrap the system's."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = getattr(error, "reason", None) or next((arg for arg in error.args if isinstance(arg, Exception)), None)
        inner = inner or error.__cause__
        if not isinstance(inner, BaseException):
            break
        error = inner
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).rpartition(">: ")[2] or type(error).__name__
