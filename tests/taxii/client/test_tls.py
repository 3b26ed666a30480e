"""TLS as the client keeps it: who is trusted, who we are, how old a TLS may be (taxii.md, client checks 1 to 4)."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from disarm_exchange.taxii.client.connection import Connection, Transport
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.taxii.client.scripted import ScriptedServer, in_turn, reply

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with the openssl command")


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a certificate of 127.0.0.1, one of another host, one of a client."""
    folder = tmp_path_factory.mktemp("papers")
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority")  # fmt: skip
    kinds = (
        ("server", "IP:127.0.0.1"),
        ("old", "IP:127.0.0.1"),
        ("other", "DNS:other.example"),
        ("client", "DNS:client"),
    )
    for name, alternative in kinds:
        openssl(folder, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")  # fmt: skip
        (folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "-1" if name == "old" else "30", "-out", f"{name}.pem", "-extfile", f"{name}.ext")  # fmt: skip
    return folder


@contextmanager
def secure(papers: Path, name: str = "server", *, ask_client: bool = False, oldest: bool = False) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / f"{name}.pem", papers / f"{name}.key")
    if ask_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(papers / "ca.pem")
    if oldest:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    server = ScriptedServer(in_turn(reply({"title": "fine"})), tls=context)
    try:
        yield server.url
    finally:
        server.close()


def ask(url: str, **transport: str) -> dict[str, object]:
    with Connection(url, transport=Transport(**transport), retry=RetryPolicy(attempts=1)) as connection:  # type: ignore[arg-type]
        return connection.get(url)


def test_a_server_of_a_named_authority_is_trusted(papers: Path) -> None:
    with secure(papers) as url:
        assert ask(url, ca_file=str(papers / "ca.pem")) == {"title": "fine"}


def test_a_server_that_nobody_vouches_for_is_not(papers: Path) -> None:
    with secure(papers) as url, pytest.raises(TaxiiError) as caught:
        ask(url)
    assert caught.value.kind is FaultKind.TLS
    assert "--ca-file" in str(caught.value)


def test_a_certificate_of_another_host_is_not_accepted(papers: Path) -> None:
    with secure(papers, "other") as url, pytest.raises(TaxiiError) as caught:
        ask(url, ca_file=str(papers / "ca.pem"))
    assert caught.value.kind is FaultKind.TLS
    assert "of another host" in caught.value.fix


def test_what_is_wrong_is_said_with_who_can_mend_it(papers: Path) -> None:
    good, ca = str(papers / "client.pem"), str(papers / "ca.pem")
    with secure(papers, "old") as url, pytest.raises(TaxiiError, match="expired") as caught:
        ask(url, ca_file=ca)
    assert "its operator has to renew" in caught.value.fix
    with secure(papers) as url:
        with pytest.raises(TaxiiError, match="holds no certificate"):
            ask(url, ca_file=str(papers / "server.key"))
        with pytest.raises(TaxiiError, match="our certificate or its key cannot be read"):
            ask(url, ca_file=ca, client_cert=str(papers / "server.ext"))
        with pytest.raises(TaxiiError, match="do not belong together"):
            ask(url, ca_file=ca, client_cert=good, client_key=str(papers / "server.key"))


def test_our_own_certificate_is_shown_where_one_is_asked_for(papers: Path) -> None:
    ours = {"client_cert": str(papers / "client.pem"), "client_key": str(papers / "client.key")}
    with secure(papers, ask_client=True) as url:
        assert ask(url, ca_file=str(papers / "ca.pem"), **ours) == {"title": "fine"}
        with pytest.raises(TaxiiError):
            ask(url, ca_file=str(papers / "ca.pem"))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_a_tls_older_than_1_2_is_refused(papers: Path) -> None:
    with secure(papers, oldest=True) as url, pytest.raises(TaxiiError):
        ask(url, ca_file=str(papers / "ca.pem"))
