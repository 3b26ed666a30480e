"""A server that cannot start says why before it does anything."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from disarm_exchange.cli.listening import check_address, check_certificate
from disarm_exchange.cli.serve import command
from disarm_exchange.errors import UserError


@pytest.fixture
def tls(tmp_path: Path) -> tuple[Path, Path]:
    issued = trustme.CA().issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_a_port_in_use_is_told_and_no_database_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        options = ["--db", str(tmp_path / "new.db"), "--port", str(port)]
        with pytest.raises(UserError, match="cannot listen: Address already in use"):
            CliRunner().invoke(command, options, catch_exceptions=False)
    assert not (tmp_path / "new.db").exists()


def test_a_free_port_and_a_socket_in_a_folder_are_fine(tmp_path: Path) -> None:
    check_address("127.0.0.1", 0, None)
    check_address("127.0.0.1", 0, tmp_path / "x.sock")
    with pytest.raises(UserError, match="no such folder"):
        check_address("127.0.0.1", 0, tmp_path / "none" / "x.sock")


def test_a_certificate_needs_its_own_key(tls: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = tls
    check_certificate(cert, key, cert)
    with pytest.raises(UserError, match="not a certificate and its key"):
        check_certificate(key, key, None)
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(str(tmp_path / "other.pem"))
    with pytest.raises(UserError, match="not a certificate and its key"):
        check_certificate(cert, tmp_path / "other.pem", None)
    with pytest.raises(UserError, match="no certificate of an authority"):
        check_certificate(cert, key, key)
