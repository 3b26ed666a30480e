"""Whether a server can start: its address and its certificate, tried before anything else is done."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from disarm_exchange.errors import UserError


def check_address(host: str, port: int, unix_socket: Path | None) -> None:
    """See that a server can listen there.

    Raises:
        UserError: it cannot.
    """
    if unix_socket is not None:
        if not unix_socket.absolute().parent.is_dir():
            raise UserError("there is no such folder", where=str(unix_socket.parent), fix="make it")
        return
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        fix = "is another server running there? choose another --port, or --host"
        raise UserError(f"cannot listen: {error.strerror}", where=where, fix=fix) from None


def check_certificate(cert: Path, key: Path, client_ca: Path | None) -> None:
    """See that a certificate, its key, and the authority for clients can be used.

    Raises:
        UserError: they cannot.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key, password=lambda: "")
    except (OSError, ValueError) as error:
        fix = "both in PEM, the key without a passphrase, and the key of this certificate"
        raise UserError(f"not a certificate and its key: {_words(error)}", where=f"{cert}, {key}", fix=fix) from None
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ValueError) as error:
            raise UserError(f"no certificate of an authority: {_words(error)}", where=str(client_ca)) from None


def _words(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return str(reason).partition(" (_ssl")[0]
