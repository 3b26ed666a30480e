"""What can go wrong with a TAXII server, in words for people and in kinds for programs."""

from __future__ import annotations

from enum import Enum

from disarm_exchange.errors import UserError


class FaultKind(Enum):
    """What sort of fault, for those who decide what to do next."""

    NETWORK = "network"
    """No connection, no answer, or an answer cut short, after all retries."""
    SLOW = "slow"
    """No answer in time, after all retries."""
    TLS = "tls"
    """The other side could not prove who it is."""
    CREDENTIALS = "credentials"
    """401: not known there."""
    FORBIDDEN = "forbidden"
    """403, or the collection's can_read / can_write says no."""
    MISSING = "missing"
    """404, 405, 410."""
    MEDIA_TYPE = "media-type"
    """406, 415: another TAXII version, or none."""
    REFUSED = "refused"
    """400, 409, 422 and other 4xx: the server does not take this request."""
    TOO_LARGE = "too-large"
    """413: our request is too large for the server."""
    ANSWER_TOO_LARGE = "answer-too-large"
    """The server's answer is larger than we take."""
    BUSY = "busy"
    """429 or 503, after all retries, or with a longer wait than we grant."""
    SERVER = "server"
    """Other 5xx, after all retries."""
    REDIRECT = "redirect"
    """A redirect that we do not follow."""
    PROTOCOL = "protocol"
    """An answer that is no TAXII 2.1."""


class TaxiiError(UserError):
    """A request that did not succeed.

    Attributes:
        kind: what sort of fault.
        status: the HTTP status, 0 where there was none.
        wait: seconds after which the server wants to be asked again, where it said so.
    """

    def __init__(
        self,
        kind: FaultKind,
        problem: str,
        *,
        where: str = "",
        fix: str = "",
        status: int = 0,
        wait: float | None = None,
    ) -> None:
        super().__init__(problem, where=where, fix=fix)
        self.kind = kind
        self.status = status
        self.wait = wait


_BY_STATUS = {
    400: FaultKind.REFUSED,
    401: FaultKind.CREDENTIALS,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.MISSING,
    405: FaultKind.MISSING,
    406: FaultKind.MEDIA_TYPE,
    410: FaultKind.MISSING,
    413: FaultKind.TOO_LARGE,
    415: FaultKind.MEDIA_TYPE,
    429: FaultKind.BUSY,
    503: FaultKind.BUSY,
}

_SAID = {
    FaultKind.CREDENTIALS: ("the server does not accept these credentials", "check user, password or token"),
    FaultKind.FORBIDDEN: ("the server denies this user access", "ask its operator for the right"),
    FaultKind.MISSING: ("there is nothing at this address", "check the URL and the collection"),
    FaultKind.MEDIA_TYPE: ("the server does not speak TAXII 2.1 here", "check the URL, and which versions it offers"),
    FaultKind.TOO_LARGE: ("the request is too large for the server", "publish in smaller envelopes"),
    FaultKind.BUSY: ("the server is busy", "try again later"),
    FaultKind.SERVER: ("the server has a fault of its own", "try again later, or tell its operator"),
    FaultKind.REFUSED: ("the server refuses the request", ""),
}


def fault_of_status(status: int, where: str, said: str, wait: float | None = None) -> TaxiiError:
    """The fault for an HTTP status that is no success.

    Args:
        status: the HTTP status.
        where: the URL, without query and secrets.
        said: `title` and `description` of the server's error message (TAXII 2.1 section 3.6.1), cleaned, or empty.
        wait: seconds of Retry-After.
    """
    kind = _BY_STATUS.get(status, FaultKind.SERVER if status >= 500 else FaultKind.REFUSED)
    problem, fix = _SAID[kind]
    if not 400 <= status < 600:
        problem, fix = "unexpected answer", "is this a TAXII server?"
    details = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    return TaxiiError(kind, f"{problem} [{details}]", where=where, fix=fix, status=status, wait=wait)


_TLS_FIXES = {
    "has expired": "its operator has to renew the certificate; or is this machine's clock wrong?",
    "not yet valid": "is this machine's clock behind?",
    "mismatch": "the certificate is of another host: check the address",
}
_OUR_FILES = {
    "no certificate or crl": "the file of authorities to trust holds no certificate (ca_file, --ca-file; PEM)",
    "pem lib": "our certificate or its key cannot be read (client_cert, client_key; PEM)",
    "key values mismatch": "our certificate and its key do not belong together (client_cert, client_key)",
}


def tls_fault(reason: str, where: str) -> TaxiiError:
    """A fault of TLS: what the TLS library says, and what to do about it."""
    low = reason.lower()
    for words, problem in _OUR_FILES.items():
        if words in low:
            return TaxiiError(FaultKind.TLS, f"{problem}: {reason}", where=where)
    fix = next((fix for words, fix in _TLS_FIXES.items() if words in low), "")
    fix = fix or "check the address and the certificate; --ca-file (ca_file) names further authorities"
    return TaxiiError(FaultKind.TLS, f"no trust in the server: {reason}", where=where, fix=fix)
