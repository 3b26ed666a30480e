"""The one interface of all readers: what a source is, and what reading it gives.

A reader yields a `Finding` for what a team found, an `Unreadable` for a record that is none, in the order of the
file. What concerns the source as a whole (a table that nobody knows, a heading that contradicts the text) is no
record: it goes to the `remark` callback of the source, so that it is said once and ends in no object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from disarm_exchange.errors import UserError
from disarm_exchange.findings.json_outline import JsonOutline, begins_json, outline
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.reading import open_source

if TYPE_CHECKING:
    from disarm_exchange.findings.profile import SourceProfile

HEAD_BYTES = 1024 * 1024
"""How much of a file is looked at to tell its format."""

Record = Finding | Unreadable
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a source that is no record of it."""

    text: str
    file: str
    record: int | None = None
    """The record or line it is about, if it is about one."""

    tlp: Tlp | None = None
    """The marking under which the source's producer shared it, where the remark is about that."""


OnRemark = Callable[[Remark], None]


def unheard(remark: Remark) -> None:
    """Takes a remark and says nothing: for passes over a source that somebody else reports on."""


@dataclass(frozen=True)
class Source:
    """A file to read, and how."""

    path: Path
    profiles: Sequence[SourceProfile]
    """The layouts that are looked for."""

    row: str | None = None
    """Of a sheet with one incident to a row: the only one to take, by name or by number."""

    remark: OnRemark = unheard

    @property
    def file(self) -> str:
        """The base name of the file."""
        return self.path.name

    @cached_property
    def head(self) -> bytes:
        """The first bytes of the file.

        Raises:
            UserError: no such file, a directory, or not readable.
        """
        with open_source(self.path) as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def json(self) -> JsonOutline | None:
        """What kind of JSON document the file is; None if it is none.

        Raises:
            UserError: it is one, but broken from the beginning, or not in UTF-8.
        """
        if self.head.startswith(_UTF16) and begins_json(self.text[:1000].encode(errors="replace")):
            raise UserError("is JSON in UTF-16", where=str(self.path), fix="save it as UTF-8, as JSON must be")
        return outline(self.path, self.head) if begins_json(self.head) else None

    @cached_property
    def text(self) -> str:
        """The beginning of the file as text; what cannot be decoded is replaced."""
        encoding = "utf-16" if self.head.startswith(_UTF16) else "utf-8-sig"
        return self.head.decode(encoding, errors="replace")

    def say(self, text: str, *, record: int | None = None, tlp: Tlp | None = None) -> None:
        """Remark on the source."""
        self.remark(Remark(text, self.file, record, tlp))


@dataclass(frozen=True, slots=True)
class Recognition:
    """Why a reader takes a file for one of its own."""

    why: str
    profile: str | None = None
    """The id of the source profile that knows its layout, where one does."""

    header: tuple[str, ...] = ()
    """The headings of its (first) table."""

    delimiter: str | None = None


class RecordBlock(Protocol):
    """Records that stand together in a source, not read before they are called for."""

    @property
    def position(self) -> int:
        """How many bytes of the source were read for it and all before it, about."""
        ...

    def records(self) -> Iterator[Record]:
        """The records, in order; to be called once, before the next block is asked for."""
        ...


class Reader(Protocol):
    """Reads the files of one format."""

    @property
    def title(self) -> str:
        """What the format is called."""
        ...

    def recognises(self, source: Source) -> Recognition | None:
        """Whether the file is of this format, judged by its content alone.

        Raises:
            UserError: the file is of the format, but so that it cannot be read.
        """
        ...

    def read(self, source: Source) -> Iterator[Record]:
        """The records of the file, in order.

        Raises:
            UserError: nothing of the file can be used, or it breaks on the way.
        """
        ...
