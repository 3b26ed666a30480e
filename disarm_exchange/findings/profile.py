"""Source profiles: how a layout's columns become findings (data under `mappings/sources/`)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from disarm_exchange.datafiles import load_json_file
from disarm_exchange.errors import UserError
from disarm_exchange.findings.account_layout import account_shape_from
from disarm_exchange.findings.columns import Column, fold_header, texts_of
from disarm_exchange.findings.report_rules import ReportRules, report_rules_from
from disarm_exchange.findings.rows import NO_RULES, Layout, RowRules, row_rules_from
from disarm_exchange.findings.table_layout import TableShape, table_shape_from
from disarm_exchange.findings.wide_layout import wide_shape_from
from disarm_exchange.resources import data_folder

__all__ = ["Column", "SourceProfile", "find_profile", "fold_header", "load_profile", "recognise", "shipped_profiles"]


REPORT = "markdown-report"
"""The layout of tables in reports."""


class Shape(Protocol):
    """What kind of table a layout is, with its columns."""

    def columns(self) -> tuple[Column, ...]:
        """All columns of the profile."""
        ...

    def layout(self, cells: Sequence[str], profile: SourceProfile) -> Layout | None:
        """Where the columns stand under that header; None if it is not of this layout."""
        ...


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """One file layout."""

    id: str
    title: str
    shape: Shape
    rules: RowRules = NO_RULES
    tab_quoting: bool = False
    records_at: tuple[str, ...] = ()
    """In JSON: the names that lead to the list of records; where they are not given, the first list that fits is it."""

    report: ReportRules | None = None
    """What is told of reports in Markdown around the tables; a profile with it is for such reports only."""

    def columns(self) -> tuple[Column, ...]:
        """All columns of the profile."""
        return self.shape.columns()

    def layout(self, header: Sequence[str]) -> Layout | None:
        """Where this profile's columns stand under that header; None if a required one is missing."""
        return self.shape.layout(header, self)


def load_profile(path: Path) -> SourceProfile:
    """A source profile from its JSON file.

    Raises:
        UserError: the file is not a valid profile.
    """
    return profile_from(load_json_file(path, "source-profile"), where=str(path))


def profile_from(content: dict[str, object], *, where: str) -> SourceProfile:
    """A source profile from a JSON object that is valid against the schema `source-profile`.

    Raises:
        UserError: a regular expression in it is none.
    """
    columns, layout, report = content["columns"], str(content["layout"]), content.get("report")
    assert isinstance(columns, dict)
    try:
        return SourceProfile(
            id=str(content["id"]),
            title=str(content["title"]),
            shape=_SHAPES[layout](content, columns),
            rules=row_rules_from(content),
            tab_quoting=bool(content.get("tab_quoting", False)),
            records_at=texts_of(content.get("records_at")),
            report=report_rules_from(report if isinstance(report, dict) else {}) if layout == REPORT else None,
        )
    except re.error as error:
        raise UserError(f"{error.pattern!r} is no regular expression: {error}", where=where) from None


_SHAPES: dict[str, Callable[[dict[str, object], dict[str, object]], Shape]] = {
    "table": table_shape_from,
    REPORT: table_shape_from,
    "wide-table": wide_shape_from,
    "account-archive": account_shape_from,
}


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


def recognise(header: Sequence[str], profiles: Sequence[SourceProfile], *, in_report: bool = False) -> Layout | None:
    """The layout of the profile that knows most columns of this header; None if no profile fits.

    Profiles of reports are asked first for tables in reports, and never elsewhere.
    """
    if in_report:
        layouts = [layout for profile in profiles if profile.report and (layout := profile.layout(header))]
        if layouts:
            return max(layouts, key=lambda layout: layout.matched)
    layouts = [layout for profile in profiles if not profile.report and (layout := profile.layout(header))]
    return max(layouts, key=lambda layout: layout.matched, default=None)


def expected_columns(profiles: Sequence[SourceProfile]) -> str:
    """What headers of tables would be known, for an error message."""
    return "; ".join(f"{profile.id}: {_expected(profile)}" for profile in profiles if not profile.report)


def _expected(profile: SourceProfile) -> str:
    needed = ", ".join(column.title for column in profile.columns() if column.required)
    if isinstance(profile.shape, TableShape) and profile.shape.least_columns > 1:
        shape = profile.shape
        single = (shape.platform, *shape.values, shape.login, shape.user_id)
        return f"{shape.least_columns} of {', '.join(column.title for column in single if column is not None)}"
    if isinstance(profile.shape, TableShape) and profile.shape.least_labels:
        return f"{needed} and some of {', '.join(column.title for column in profile.shape.labels)}"
    return needed
