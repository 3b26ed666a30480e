"""Text that is not UTF-8: where it is not, what it looks like, and what to do."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from disarm_exchange.errors import UserError

_LINE = 4 * 1024 * 1024
_AROUND = 20
_LEAST_ZEROS = 8
_CYRILLIC = re.compile(rb"[\xc0-\xff]{4,}")
_REMEDY = 'or save it in Excel as "CSV UTF-8 (Comma delimited)"'


def known_encoding(name: str) -> str:
    """The codec of that name.

    Raises:
        UserError: Python knows none, or it is none of text.
    """
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError):
        raise UserError(
            f"no encoding {name!r} is known", where="--encoding", fix="for example cp1252, latin-1, cp1251, utf-16"
        ) from None
    return codec.name


def not_utf8(path: Path) -> UserError:
    """What to raise for a file that is not UTF-8: with the line, the byte, and how the place would read otherwise."""
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(_LINE):
            number += 1
            try:
                line.decode()
            except UnicodeDecodeError as error:
                guess, title = likely_encoding(line)
                shown = line[max(0, error.start - _AROUND) : error.start + _AROUND].decode(guess, "replace").strip()
                return UserError(
                    f"byte 0x{line[error.start]:02x} is not UTF-8 text (byte {error.start + 1} of the line); "
                    f"as {title} it would read {shown!r}",
                    where=f"{path}:{number}",
                    fix=f"if that is right, give --encoding {guess}; {_REMEDY}",
                )
    return UserError("is not UTF-8 text", where=str(path), fix=f"give --encoding; {_REMEDY}")


def likely_encoding(line: bytes) -> tuple[str, str]:
    """What a line may be encoded in that is not UTF-8, and what people call that: a guess to be shown, not taken."""
    if _CYRILLIC.search(line):
        return "cp1251", "Windows-1251 (Cyrillic)"
    try:
        line.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1", "Latin-1"
    return "cp1252", "Windows-1252 (Excel's plain CSV)"


def binary_or_utf16(head: bytes, path: Path) -> UserError:
    """What to raise for a file with zero bytes: UTF-16 without its mark has them in every second place."""
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if max(odd, even) >= max(len(head) // 4, _LEAST_ZEROS) and not min(odd, even):
        name = "utf-16-le" if odd else "utf-16-be"
        return UserError(
            "looks like UTF-16 without its byte order mark",
            where=str(path),
            fix=f"if that is right, give --encoding {name}; {_REMEDY}",
        )
    return UserError("is a binary file", where=str(path), fix="export it as CSV, TSV or JSON")
