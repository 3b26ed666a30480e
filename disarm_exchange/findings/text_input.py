"""Text files from anywhere, opened with limits: no directory, no binary file, no endless line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from disarm_exchange.errors import UserError
from disarm_exchange.findings.encodings import binary_or_utf16, not_utf8

MAX_LINE_CHARACTERS = 4 * 1024 * 1024
"""A longer physical line is refused; it bounds the memory a hostile file can take."""

_HEAD_BYTES = 8192
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """Open a text file as UTF-8 (a byte order mark is skipped), or as UTF-16 where its mark says so.

    Line ends are left as they are, as the `csv` module wants it.

    Raises:
        UserError: no such file, a directory, empty, binary, or not readable; while reading: not UTF-8.
    """
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            yield stream
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise UserError(f"is broken UTF-16: {error.reason}", where=str(path), fix="save it as UTF-8") from None
        raise not_utf8(path) from None


def _encoding(path: Path) -> str:
    if path.is_dir():
        raise UserError("is a directory", where=str(path), fix="name the files in it")
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise UserError("no such file", where=str(path)) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if head.startswith(_UTF16_MARKS):
        return "utf-16"
    if b"\0" in head:
        raise binary_or_utf16(head, path)
    if not head.strip(codecs.BOM_UTF8 + b" \t\r\n"):
        raise UserError("is empty", where=str(path), fix="there is nothing to convert in it")
    return "utf-8-sig"


def bytes_read(stream: IO[str]) -> int:
    """How many bytes of the file were read so far; the stream reads ahead a little."""
    return int(stream.buffer.tell()) if isinstance(stream, TextIOWrapper) else 0


def bounded_lines(stream: IO[str], path: Path) -> Iterator[str]:
    """The physical lines of a stream, line ends kept.

    Raises:
        UserError: a line is longer than `MAX_LINE_CHARACTERS`.
    """
    number = 0
    while line := stream.readline(MAX_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_LINE_CHARACTERS:
            raise UserError(
                f"the line is longer than {MAX_LINE_CHARACTERS:,} characters",
                where=f"{path}:{number}",
                fix="this is no table of findings; check the export",
            )
        yield line
