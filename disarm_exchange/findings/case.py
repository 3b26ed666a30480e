"""The case: the operation that all findings of one conversion belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path

from disarm_exchange.datafiles import load_toml_file
from disarm_exchange.errors import UserError
from disarm_exchange.stix.markings import Tlp, parse_tlp

CASE_FILE_NAME = "case.toml"
DEFAULT_TLP = Tlp.AMBER_STRICT
"""Where nobody said who may see a case: the producer's own organisation only."""


class CaseKind(StrEnum):
    """What the case is in STIX."""

    CAMPAIGN = "campaign"
    INTRUSION_SET = "intrusion-set"


@dataclass(frozen=True, slots=True)
class Reference:
    """A public text about the case."""

    url: str
    source_name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Producer:
    """The organisation that shares the findings."""

    name: str
    id: str | None = None
    """Its STIX identity; derived from the name where it has none."""

    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is said of the operation as a whole. Nothing here is ever filled in by guessing."""

    name: str
    producer: Producer
    published: datetime
    """When the findings are published (UTC); the `created` of the case's objects."""

    tlp: Tlp = DEFAULT_TLP
    kind: CaseKind = CaseKind.CAMPAIGN
    aliases: tuple[str, ...] = ()
    description: str | None = None
    origin: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    references: tuple[Reference, ...] = ()
    role: str | None = None
    """Whose the values are where neither a record nor a rule says so (one of `roles.ROLES`)."""

    label: str | None = None
    """The label of findings that have none."""


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What is known of a case so far, from a file or from options; `complete` makes a `Case` of it."""

    name: str | None = None
    producer: Producer | None = None
    published: datetime | None = None
    tlp: Tlp | None = None
    kind: CaseKind | None = None
    aliases: tuple[str, ...] = ()
    description: str | None = None
    origin: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    references: tuple[Reference, ...] = ()
    role: str | None = None
    label: str | None = None

    def overridden_by(self, options: CaseDraft) -> CaseDraft:
        """This draft with everything that the options say put in place."""
        said = {
            name: value for name in self.__dataclass_fields__ if (value := getattr(options, name)) not in (None, ())
        }
        return replace(self, **said)

    def complete(self) -> Case:
        """The case.

        Raises:
            UserError: the name, the producer or the date of publication is missing, or the dates contradict each other.
        """
        if self.name is None or not self.name.strip():
            raise UserError(
                "the case has no name", fix="give --case FILE, a case.toml beside the input, or --case-name"
            )
        if self.producer is None or not self.producer.name.strip():
            raise UserError("the case has no producer", fix="give --producer NAME, or [producer] in the case file")
        if self.published is None:
            raise UserError(
                "the case has no date of publication",
                fix="give --published YYYY-MM-DD, or `published` in the case file",
            )
        if self.first_seen and self.last_seen and self.last_seen < self.first_seen:
            raise UserError("the case was last seen before it was first seen", fix="check first_seen and last_seen")
        return Case(
            name=" ".join(self.name.split()),
            producer=self.producer,
            published=self.published,
            tlp=DEFAULT_TLP if self.tlp is None else self.tlp,
            kind=self.kind or CaseKind.CAMPAIGN,
            aliases=self.aliases,
            description=self.description,
            origin=self.origin,
            targets=self.targets,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            references=self.references,
            role=self.role,
            label=self.label,
        )


def load_case(path: Path) -> CaseDraft:
    """A case file (TOML, `schemas/case.schema.json`).

    Raises:
        UserError: unreadable, not TOML, not as the schema says, or a date that does not exist.
    """
    content = load_toml_file(path, "case")
    producer = content.get("producer")
    references = content.get("references", [])
    assert isinstance(references, list)
    tlp = content.get("tlp")
    kind = content.get("kind")
    return CaseDraft(
        name=_text(content.get("name")),
        producer=Producer(**producer) if isinstance(producer, dict) else None,
        published=_moment(content.get("published"), path, "published"),
        tlp=parse_tlp(str(tlp)) if tlp is not None else None,
        kind=CaseKind(str(kind)) if kind is not None else None,
        aliases=_texts(content.get("aliases")),
        description=_text(content.get("description")),
        origin=_texts(content.get("origin")),
        targets=_texts(content.get("targets")),
        first_seen=_moment(content.get("first_seen"), path, "first_seen"),
        last_seen=_moment(content.get("last_seen"), path, "last_seen"),
        references=tuple(
            Reference(entry["url"], entry.get("source_name") or _host(entry["url"]), entry.get("description"))
            for entry in references
        ),
        role=_text(content.get("role")),
        label=_text(content.get("label")),
    )


def find_case_file(inputs: Sequence[Path]) -> Path | None:
    """The `case.toml` beside the inputs, if there is one.

    Raises:
        UserError: the inputs lie beside different case files, but all inputs of one call belong to one case.
    """
    found = sorted({file for path in inputs if (file := path.parent / CASE_FILE_NAME).is_file()})
    if len(found) > 1:
        names = ", ".join(str(file) for file in found)
        raise UserError(
            f"the inputs belong to different cases: {names}", fix="convert each case by itself, or give --case"
        )
    return found[0] if found else None


def parse_moment(text: str) -> datetime:
    """A day (midnight UTC) or a moment with its zone, as UTC.

    Raises:
        ValueError: neither, or no such day.
    """
    text = text.strip()
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone, for example 2024-05-29T12:00:00Z")
    return moment.astimezone(UTC)


def _moment(value: object, path: Path, name: str) -> datetime | None:
    if value is None:
        return None
    try:
        return parse_moment(value.isoformat() if isinstance(value, date) else str(value))
    except ValueError as error:
        raise UserError(f"{name}: {error}", where=str(path)) from None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _host(url: str) -> str:
    return url.split("/")[2].removeprefix("www.")
