"""Subscribing to a server with a certificate of a private authority."""

from __future__ import annotations

import ssl
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from disarm_exchange.cli.subscribe import command
from disarm_exchange.errors import UserError
from disarm_exchange.sync.config import load_config
from tests.taxii.client.scripted import Asked, Reply, ScriptedServer, reply

FEED = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
RESOURCES: dict[str, object] = {
    "/api/": {"title": "R", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 1000},
    "/api/collections/": {"collections": [{"id": FEED, "title": "Feed", "can_read": True, "can_write": False}]},
    f"/api/collections/{FEED}/objects/": {},
}


def answer(asked: Asked) -> Reply:
    return reply(RESOURCES[asked.path])


def test_a_private_authority_is_trusted_from_then_on(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    config = tmp_path / "sync.toml"
    server = ScriptedServer(answer, tls=context)
    with closing(server):
        options = [f"{server.url}/api/", "--name", "feed", "--config", str(config), "--db", str(tmp_path / "x.db")]
        with pytest.raises(UserError, match="no trust in the server"):
            CliRunner().invoke(command, options, catch_exceptions=False)
        assert not config.exists()
        options += ["--ca-file", str(tmp_path / "ca.pem")]
        done = CliRunner().invoke(command, options, catch_exceptions=False, standalone_mode=False)
    assert done.return_value == 0
    assert load_config(config).peer("feed").transport.ca_file == str(tmp_path / "ca.pem")
