"""Standard input and other encodings: copied, read as the same file would be, and gone afterwards."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.encodings import likely_encoding
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.profile import shipped_profiles
from disarm_exchange.findings.reading import read_findings
from disarm_exchange.findings.spooling import STANDARD_INPUT, spooled

ROWS = "platform,handle,notes\nX,abc_one,Müller grüßt\nX,abc_two,ok\n"


def notes(path: Path) -> list[str]:
    return [item.note for item in read_findings(path, shipped_profiles()) if isinstance(item, Finding)]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16-le", "utf-16-be", "cp850"])
def test_an_encoding_that_is_named_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(ROWS.encode(encoding))
    with spooled((path,), encoding) as (copy,):
        assert copy.name == "a.csv"
        assert notes(copy) == ["Müller grüßt", "ok"]
    assert not copy.exists()


def test_a_byte_order_mark_goes_before_what_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ROWS, encoding="utf-8-sig")
    with spooled((path,), "cp1252") as (same,):
        assert same == path
        assert notes(same) == ["Müller grüßt", "ok"]


def test_other_text_is_refused_with_line_byte_and_what_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(ROWS.encode("cp1252"))
    with pytest.raises(UserError) as caught:
        notes(path)
    assert caught.value.where == f"{path}:2"
    assert "byte 0xfc is not UTF-8 text (byte 12 of the line)" in caught.value.problem
    assert "Müller grüßt" in caught.value.problem
    assert "--encoding cp1252" in caught.value.fix
    assert "CSV UTF-8" in caught.value.fix


def test_utf16_without_its_mark_is_told_from_binary(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(ROWS.encode("utf-16-le"))
    with pytest.raises(UserError, match="looks like UTF-16") as caught:
        notes(path)
    assert "--encoding utf-16-le" in caught.value.fix
    path.write_bytes(b"\0\0\0\0abc\0\0")
    with pytest.raises(UserError, match="is a binary file"):
        notes(path)


def test_cyrillic_text_is_guessed_as_such() -> None:
    assert likely_encoding("канал,Привет".encode("cp1251"))[0] == "cp1251"
    assert likely_encoding("Müller".encode("cp1252"))[0] == "cp1252"
    assert likely_encoding(b"\x81\x8d")[0] == "latin-1"


@pytest.mark.parametrize(
    ("encoding", "complaint"),
    [("no-such", "no encoding"), ("rot13", "no encoding"), ("ascii", "is not written in ascii")],
)
def test_an_encoding_that_is_none_or_wrong_is_an_error(encoding: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ROWS, encoding="utf-8")
    with pytest.raises(UserError, match=complaint), spooled((path,), encoding):
        raise AssertionError("not reached")


def test_standard_input_is_read_like_a_file_and_errors_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ROWS.encode())))
    with spooled((STANDARD_INPUT,)) as (copy,):
        assert copy.name == "stdin"
        assert notes(copy) == ["Müller grüßt", "ok"]
    assert not copy.exists()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,2\n")))
    with pytest.raises(UserError, match="no source profile") as caught, spooled((STANDARD_INPUT,)) as (copy,):
        notes(copy)
    assert caught.value.where == "standard input:1"


def test_files_that_need_no_copy_are_left_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ROWS, encoding="utf-8")
    with spooled((path,)) as paths:
        assert paths == (path,)
