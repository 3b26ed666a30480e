"""TLS as TAXII 2.1 section 8.2.2 wants it, and client certificates (8.3.1)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest
import trustme

from tests.taxii.server.processes import ServerProcess


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that speaks TLS and asks clients for a certificate."""
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("localhost", "127.0.0.1")
    files = {"--tls-cert": folder / "cert.pem", "--tls-key": folder / "key.pem", "--tls-client-ca": folder / "ca.pem"}
    issued.cert_chain_pems[0].write_to_path(files["--tls-cert"])
    issued.private_key_pem.write_to_path(files["--tls-key"])
    authority.cert_pem.write_to_path(files["--tls-client-ca"])
    options = [str(part) for pair in files.items() for part in pair]
    process = ServerProcess(str(folder / "x.db"), folder / "log", options)
    process.start()
    yield process
    process.kill()


def context(authority: trustme.CA, *, certificate: bool = True) -> ssl.SSLContext:
    made = ssl.create_default_context()
    authority.configure_trust(made)
    if certificate:
        authority.issue_cert("client@partner.example").configure_cert(made)
    return made


def spoken(server: ServerProcess, made: ssl.SSLContext) -> tuple[str | None, str]:
    """The version and the cipher suite of a connection."""
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain,
        made.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        cipher = secured.cipher()
        assert cipher is not None
        return secured.version(), cipher[0]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_accepted(server: ServerProcess, authority: trustme.CA, version: ssl.TLSVersion) -> None:
    made = context(authority)
    made.minimum_version = made.maximum_version = version
    assert spoken(server, made)[0] == version.name.replace("_", ".")


@pytest.mark.parametrize(
    "suite", ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"]
)
def test_suites_that_rfc_7540_forbids_are_not_accepted(
    server: ServerProcess, authority: trustme.CA, suite: str
) -> None:
    made = context(authority)
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(f"{suite}:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        spoken(server, made)


def test_requests_over_tls_are_answered(server: ServerProcess, authority: trustme.CA) -> None:
    answer = httpx.get(f"https://localhost:{server.port}/taxii2/", verify=context(authority))
    assert answer.status_code == 401


def test_a_client_without_a_certificate_is_shut_out(server: ServerProcess, authority: trustme.CA) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"https://localhost:{server.port}/taxii2/", verify=context(authority, certificate=False))


def test_plain_http_is_not_answered(server: ServerProcess) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://localhost:{server.port}/taxii2/")
