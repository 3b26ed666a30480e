"""Opening text from anywhere: what is no table is refused in one clear line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings import text_input
from disarm_exchange.findings.text_input import bounded_lines, open_text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\n", "is empty"),
        (b"PK\x03\x04\x00\x00rest", "is a binary file"),
        (b"Tactic,Technique\n\xff\xfe", "not UTF-8 text"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "findings.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=complaint) as caught, open_text(path) as stream:
        stream.read()
    assert caught.value.where.removesuffix(":2") == str(path)


def test_a_directory_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a directory"), open_text(tmp_path):
        pass
    with pytest.raises(UserError, match="no such file"), open_text(tmp_path / "none.csv"):
        pass


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_are_honoured(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "findings.csv"
    path.write_text("Türkiye,b\r\n", encoding=encoding, newline="")
    with open_text(path) as stream:
        assert stream.read() == "Türkiye,b\r\n"


def test_an_endless_line_is_refused_before_it_fills_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_input, "MAX_LINE_CHARACTERS", 10)
    lines = bounded_lines(io.StringIO("short\n" + "x" * 100), Path("f.csv"))
    assert next(lines) == "short\n"
    with pytest.raises(UserError, match="longer than 10 characters") as caught:
        next(lines)
    assert caught.value.where == "f.csv:2"
