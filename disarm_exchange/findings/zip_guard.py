"""Zip files from strangers: judged by their table of contents, and their XML for entities, before they are opened."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from disarm_exchange.errors import UserError

MAX_MEMBERS = 10_000
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
"""The most that all members together may have, unpacked. Sheets are streamed, so this bounds time, not memory."""

MAX_RATIO = 250
"""How many times larger a member may be than its packed form; real sheets stay below a hundred."""

RATIO_FROM_BYTES = 4 * 1024 * 1024
"""Smaller members may pack as well as they like."""

_ENCRYPTED = 0x1
_CHUNK = 1024 * 1024
_DECLARATIONS = tuple(
    text.encode(encoding) for text in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_LONGEST = max(len(mark) for mark in _DECLARATIONS)


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip file whose table of contents promises nothing hostile.

    Python's zipfile never unpacks more of a member than the table of contents says, so the promise binds.

    Raises:
        UserError: unreadable, no zip, encrypted, or it would unpack to more than the limits of this module.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, path)
            yield archive
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise UserError(
            f"is a damaged zip file: {error or 'it is not complete'}", where=str(path), fix="save or download it again"
        ) from None
    except (NotImplementedError, RuntimeError) as error:
        raise UserError(
            f"cannot be unpacked: {error}", where=str(path), fix="save it again without a password"
        ) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", where=str(path)) from None


def _check(archive: zipfile.ZipFile, path: Path) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise UserError(f"has more than {MAX_MEMBERS:,} parts", where=str(path), fix=_REMEDY)
    total = 0
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise UserError("is protected by a password", where=str(path), fix="save it without one")
        total += member.file_size
        if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            problem = (
                f"its part {member.filename!r} would unpack to {member.file_size:,} bytes from {member.compress_size:,}"
            )
            raise UserError(problem, where=str(path), fix=_REMEDY)
    if total > MAX_TOTAL_BYTES:
        raise UserError(f"would unpack to {total:,} bytes", where=str(path), fix=_REMEDY)


_REMEDY = "this looks like a zip bomb; if it is not, export the sheet as CSV"


def refuse_declarations(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse XML parts that declare entities or a document type: Office files have none, attacks by expansion do.

    Raises:
        UserError: there is one.
    """
    for member in archive.infolist():
        if member.filename.lower().endswith((".xml", ".rels", ".vml")):
            with archive.open(member) as stream:
                if _declares(stream):
                    raise UserError(
                        f"its part {member.filename!r} declares a document type or entities",
                        where=str(path),
                        fix=_NO_DTD,
                    )


_NO_DTD = "no program writes that into a sheet; do not open the file"


def _declares(stream: IO[bytes]) -> bool:
    tail = b""
    while chunk := stream.read(_CHUNK):
        window = tail + chunk
        if any(mark in window for mark in _DECLARATIONS):
            return True
        tail = window[-_LONGEST:]
    return False
