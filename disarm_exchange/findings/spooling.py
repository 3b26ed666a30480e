"""Inputs that cannot be read where they are: standard input, and text in another encoding than UTF-8.

They are copied, a piece at a time, into files of their own that live as long as the work does. A copy has the name of
its input, so records are told by the same name.
"""

from __future__ import annotations

import codecs
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from disarm_exchange.errors import UserError
from disarm_exchange.findings.encodings import known_encoding

STANDARD_INPUT = Path("-")
STANDARD_INPUT_NAME = "stdin"
"""What standard input is called in accounts and remarks."""

_PIECE = 1024 * 1024
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@contextmanager
def spooled(inputs: Sequence[Path], encoding: str | None = None) -> Iterator[tuple[Path, ...]]:
    """The inputs as files that can be read several times, in UTF-8.

    Args:
        inputs: files; `-` is standard input.
        encoding: how the text is encoded in those that are not UTF-8 by their byte order mark; None for UTF-8.

    Raises:
        UserError: no such encoding, or a file that is not written in it. Within the block: of a copy the error names
            the input.
    """
    codec = known_encoding(encoding) if encoding is not None else None
    if codec is None and STANDARD_INPUT not in inputs:
        yield tuple(inputs)
        return
    folder = Path(tempfile.mkdtemp(prefix="disarm-exchange-"))
    try:
        paths = tuple(_copied(path, folder / str(place), codec) for place, path in enumerate(inputs))
        named = {str(copy): str(path) for copy, path in zip(paths, inputs, strict=True) if copy != path}
        try:
            yield paths
        except UserError as error:
            raise _of_input(error, named) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _of_input(error: UserError, named: dict[str, str]) -> UserError:
    where, problem = error.where, error.problem
    for copy, path in named.items():
        shown = "standard input" if path == str(STANDARD_INPUT) else path
        where, problem = where.replace(copy, shown), problem.replace(copy, shown)
    return UserError(problem, where=where, fix=error.fix)


def _copied(path: Path, folder: Path, codec: str | None) -> Path:
    if path == STANDARD_INPUT:
        folder.mkdir()
        copy = folder / STANDARD_INPUT_NAME
        with copy.open("wb") as target:
            _copy(sys.stdin.buffer, target, codec, "standard input")
        return copy
    if codec is None or not path.is_file():
        return path
    with path.open("rb") as source:
        head = source.read(8)
        if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, *_NO_TEXT)):
            return path  # it says itself what it is
        source.seek(0)
        folder.mkdir()
        copy = folder / path.name
        with copy.open("wb") as target:
            _copy(source, target, codec, str(path))
    return copy


def _copy(source: IO[bytes], target: IO[bytes], codec: str | None, name: str) -> None:
    if codec is None:
        shutil.copyfileobj(source, target, _PIECE)
        return
    decode = codecs.getincrementaldecoder(codec)().decode
    line = 1
    try:
        while piece := source.read(_PIECE):
            text = decode(piece)
            line += text.count("\n")
            target.write(text.encode())
        target.write(decode(b"", final=True).encode())
    except UnicodeError as error:
        raise UserError(
            f"is not written in {codec}: {error}", where=f"{name} after line {line}", fix="give another --encoding"
        ) from None
