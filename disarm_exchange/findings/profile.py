"""Source profiles: how a layout's columns become findings (data under `mappings/sources/`)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from disarm_exchange.datafiles import load_json_file
from disarm_exchange.errors import UserError
from disarm_exchange.resources import data_folder

_EDGE = re.compile(r"^[\W_]+|[\W_]+$")


def fold_header(cell: str) -> str:
    """A header cell as profiles compare it: letter case, inner spacing and punctuation at the ends do not matter."""
    return _EDGE.sub("", " ".join(cell.casefold().replace("_", " ").split()))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a profile: the folded names it goes by."""

    names: frozenset[str]
    title: str
    required: bool


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """One file layout."""

    id: str
    title: str
    labels: tuple[Column, ...]
    value: Column
    type: Column | None
    note: Column | None
    reported: Column | None
    date_formats: tuple[str, ...]
    tab_quoting: bool

    def columns(self) -> tuple[Column, ...]:
        """All columns of the profile."""
        single = (self.value, self.type, self.note, self.reported)
        return (*self.labels, *(column for column in single if column is not None))

    def layout(self, header: Sequence[str]) -> Layout | None:
        """Where this profile's columns stand under that header; None if a required one is missing."""
        folded = [fold_header(cell) for cell in header]
        taken: dict[Column, int] = {}
        for column in self.columns():
            place = next((i for i, name in enumerate(folded) if name in column.names), None)
            if place is None and column.required:
                return None
            if place is not None:
                taken[column] = place
        used = set(taken.values())

        def place_of(column: Column | None) -> int | None:
            return taken.get(column) if column is not None else None

        return Layout(
            profile=self,
            width=len(header),
            labels=tuple(taken[column] for column in self.labels if column in taken),
            value=taken[self.value],
            type=place_of(self.type),
            note=place_of(self.note),
            reported=place_of(self.reported),
            others=tuple((i, header[i].strip()) for i, name in enumerate(folded) if name and i not in used),
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """A profile applied to one header: the place of each column."""

    profile: SourceProfile
    width: int
    labels: tuple[int, ...]
    value: int
    type: int | None
    note: int | None
    reported: int | None
    others: tuple[tuple[int, str], ...]
    """Columns the profile does not know: they are kept in the note."""

    @property
    def matched(self) -> int:
        """How many columns of the file the profile knows."""
        return self.width - len(self.others)


def load_profile(path: Path) -> SourceProfile:
    """A source profile from its JSON file.

    Raises:
        UserError: the file is not a valid profile.
    """
    content = load_json_file(path, "source-profile")
    columns = content["columns"]
    assert isinstance(columns, dict)

    def column(name: str) -> Column | None:
        entry = columns.get(name)
        return _column(entry) if isinstance(entry, dict) else None

    value = column("value")
    assert value is not None
    formats = content.get("date_formats", ["%Y-%m-%d"])
    assert isinstance(formats, list)
    return SourceProfile(
        id=str(content["id"]),
        title=str(content["title"]),
        labels=tuple(_column(entry) for entry in columns.get("labels", [])),
        value=value,
        type=column("type"),
        note=column("note"),
        reported=column("reported"),
        date_formats=tuple(str(form) for form in formats),
        tab_quoting=bool(content.get("tab_quoting", False)),
    )


def _column(entry: dict[str, object]) -> Column:
    names = entry["names"]
    assert isinstance(names, list)
    return Column(frozenset(fold_header(name) for name in names), str(names[0]), bool(entry.get("required", True)))


@cache
def shipped_profiles() -> tuple[SourceProfile, ...]:
    """The profiles under `mappings/sources/`, by file name."""
    return tuple(load_profile(path) for path in sorted((data_folder("mappings") / "sources").glob("*.json")))


def find_profile(name: str) -> SourceProfile:
    """A shipped profile by its id, or one's own by the path of its file.

    Raises:
        UserError: neither.
    """
    for profile in shipped_profiles():
        if profile.id == name:
            return profile
    if name.endswith(".json") or "/" in name:
        return load_profile(Path(name))
    known = [profile.id for profile in shipped_profiles()]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}; or give the path of a profile"
    raise UserError(f"no source profile {name!r}", where="--source", fix=hint)


def recognise(header: Sequence[str], profiles: Sequence[SourceProfile]) -> Layout | None:
    """The layout of the profile that knows most columns of this header; None if no profile fits."""
    layouts = [layout for profile in profiles if (layout := profile.layout(header))]
    return max(layouts, key=lambda layout: layout.matched, default=None)
