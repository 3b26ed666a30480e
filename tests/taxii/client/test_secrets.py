from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.taxii.client.secrets import Credentials, Secret, resolve_secret


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("geheim\r\n")
    assert resolve_secret("env:PASS", {"PASS": "geheim"}).reveal() == "geheim"
    assert resolve_secret(f"file:{tmp_path}/password").reveal() == "geheim"


@pytest.mark.parametrize("reference", ["geheim", "env:", "file:", "ENV:GEHEIM", "keyring:geheim", ""])
def test_a_secret_given_in_plain_is_refused_and_not_repeated(reference: str) -> None:
    with pytest.raises(UserError, match="by reference") as caught:
        resolve_secret(reference, {})
    assert "geheim" not in str(caught.value).lower()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="NOPE is not set"):
        resolve_secret("env:NOPE", {})
    with pytest.raises(UserError, match="cannot be read"):
        resolve_secret(f"file:{tmp_path}/nope")
    with pytest.raises(UserError, match="cannot be read"):
        resolve_secret(f"file:{tmp_path}")


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo", b"\xff\xfe", b"x" * 70_000])
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(UserError) as caught:
        resolve_secret(f"file:{tmp_path}/password")
    assert "two" not in str(caught.value)


def test_a_secret_does_not_show() -> None:
    credentials = Credentials(Secret("geheim"), user="anna")
    assert f"{credentials} {credentials!r} {credentials.secret} {credentials.secret!r}".count("***") == 4
    assert "geheim" not in f"{credentials} {credentials!r} {credentials.secret} {credentials.secret!r}"


def test_a_header_cannot_be_smuggled_in() -> None:
    with pytest.raises(UserError):
        Credentials(Secret("a\r\nX: y")).as_header()
    with pytest.raises(UserError):
        Credentials(Secret("a"), user="an:na").as_header()
