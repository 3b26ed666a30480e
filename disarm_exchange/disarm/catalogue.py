"""The DISARM framework as data: one `Catalogue` for each release, any number of them side by side.

The facts lie under `mappings/disarm/`, one file for each release (schema `disarm-release`), and those of imported
releases in the user's own folder (see `release_folder`). A retired id is never passed off as a technique: `lookup` says
what it was, when it went and what may take its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from disarm_exchange.datafiles import load_json_file
from disarm_exchange.disarm.name_search import NameSearch, SearchHit
from disarm_exchange.disarm.release_folder import is_shipped, release_files
from disarm_exchange.disarm.technique_ids import proper_tactic_id, proper_technique_id
from disarm_exchange.disarm.words import words_of
from disarm_exchange.errors import UserError, did_you_mean

DEFAULT_RELEASE = "1.7"


@dataclass(frozen=True, slots=True)
class Tactic:
    """A tactic of a release; `order` is its place in the matrix, from 1."""

    id: str
    name: str
    shortname: str
    order: int
    stix_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique or sub-technique of a release.

    `stix_ids` are the ids it has in DISARM's official bundles of this release, which are not stable: match by `id`.
    """

    id: str
    name: str
    tactic_ids: tuple[str, ...]
    parent_id: str | None
    url: str
    stix_ids: tuple[str, ...]
    release: str


@dataclass(frozen=True, slots=True)
class Retired:
    """An id that an earlier release had and this one has not.

    `kind` says what sort of proposal the successors are: `documented` (DISARM says so), `practice` (DISARM re-tagged
    its own incidents so), `proposal` and `weak-proposal` (this project's reading), `none` (there is no successor).
    """

    id: str
    name: str
    last_release: str
    successors: tuple[str, ...]
    kind: str
    basis: str
    stix_ids: tuple[str, ...]
    release: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A technique that goes by another name since some release; what it means is the same."""

    id: str
    old: str
    new: str
    from_release: str
    to_release: str


@dataclass(frozen=True, slots=True)
class RetiredTactic:
    """A tactic that an earlier release had and this one has not."""

    id: str
    name: str
    last_release: str
    stix_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is no id of this release, retired ones included.

    `nearest` are the techniques closest to what was asked, best first; `elsewhere` the other releases that have the id.
    """

    asked: str
    proper_id: str | None
    nearest: tuple[Technique, ...]
    elsewhere: tuple[str, ...]
    release: str


def known_releases() -> tuple[str, ...]:
    """The releases whose facts are here, imported ones too, oldest first."""
    return tuple(release_files())


class Catalogue:
    """All techniques, tactics and retired ids of one DISARM release."""

    def __init__(self, content: Mapping[str, object]) -> None:
        """Take the content of a release file, valid against its schema; `load` is the usual way."""
        self.release: str = _text(content["release"])
        self.released: date = date.fromisoformat(_text(content["released"]))
        source = content["source"]
        self.source: Mapping[str, str] = source if isinstance(source, dict) else {}
        url = _text(content["technique_url"])
        self.tactics: tuple[Tactic, ...] = tuple(
            Tactic(
                id=_text(row["id"]),
                name=_text(row["name"]),
                shortname=_text(row["short_name"]),
                order=int(_text(row["order"])),
                stix_ids=_texts(row["stix_ids"]),
            )
            for row in _rows(content["tactics"])
        )
        self._techniques = {
            _text(row["id"]): Technique(
                id=_text(row["id"]),
                name=_text(row["name"]),
                tactic_ids=_texts(row["tactics"]),
                parent_id=_text(row["parent"]) if "parent" in row else None,
                url=url.replace("{id}", _text(row["id"])),
                stix_ids=_texts(row["stix_ids"]),
                release=self.release,
            )
            for row in _rows(content["techniques"])
        }
        self._retired = {
            _text(row["id"]): Retired(
                id=_text(row["id"]),
                name=_text(row["name"]),
                last_release=_text(row["last_release"]),
                successors=_texts(row["successors"]),
                kind=_text(row["kind"]),
                basis=_text(row["basis"]),
                stix_ids=_texts(row["stix_ids"]),
                release=self.release,
            )
            for row in _rows(content["retired"])
        }
        self.renamed: tuple[Renamed, ...] = tuple(
            Renamed(
                id=_text(row["id"]),
                old=_text(row["old"]),
                new=_text(row["new"]),
                from_release=_text(row["from_release"]),
                to_release=_text(row["to_release"]),
            )
            for row in _rows(content["renamed"])
        )
        """Names that techniques of this release had in earlier ones."""
        self.retired_tactics: tuple[RetiredTactic, ...] = tuple(
            RetiredTactic(
                id=_text(row["id"]),
                name=_text(row["name"]),
                last_release=_text(row["last_release"]),
                stix_ids=_texts(row["stix_ids"]),
            )
            for row in _rows(content["retired_tactics"])
        )
        self._tactics = {tactic.id: tactic for tactic in self.tactics}
        self._names: NameSearch | None = None

    @staticmethod
    def load(release: str = DEFAULT_RELEASE) -> Catalogue:
        """The catalogue of a release, read once.

        Raises:
            UserError: there is no such release here, or the file of an imported one is damaged.
        """
        files = release_files()
        if release not in files:
            remedy = f"known: {', '.join(files)}; others: disarm-exchange framework import BUNDLE"
            raise UserError(f"no DISARM release {release!r} here", fix=remedy)
        return _load(files[release])

    def get(self, technique_id: str) -> Technique | None:
        """The technique with exactly this id, or None."""
        return self._techniques.get(technique_id)

    def technique(self, technique_id: str) -> Technique:
        """The technique with this id, as a person may have typed it.

        Raises:
            UserError: the id is retired (with its successors) or unknown (with the nearest ids).
        """
        found = self.lookup(technique_id)
        if isinstance(found, Technique):
            return found
        raise UserError(self.explain(found))

    def retired(self, technique_id: str) -> Retired | None:
        """What is known of an id that this release no longer has; None if it is not a retired id."""
        return self._retired.get(technique_id)

    def lookup(self, typed: str) -> Technique | Retired | Unknown:
        """What an id stands for in this release; case, blanks and missing leading zeros do not matter."""
        proper = proper_technique_id(typed)
        if proper is not None:
            found = self._techniques.get(proper) or self._retired.get(proper)
            if found is not None:
                return found
        elsewhere = tuple(
            release
            for release in known_releases()
            if proper is not None and release != self.release and Catalogue.load(release).get(proper)
        )
        nearest = tuple(self._techniques[key] for key in self._search().nearest_ids(proper or typed))
        return Unknown(typed, proper, nearest, elsewhere, self.release)

    def explain(self, found: Retired | Unknown) -> str:
        """One sentence on why an id is not usable, and what to use in its place."""
        if isinstance(found, Retired):
            return (
                f"{found.id} ({found.name}) is not in DISARM {self.release}: last in {found.last_release}; "
                + self.successors_text(found)
            )
        asked = found.proper_id or repr(found.asked)
        place = f"; DISARM {' and '.join(found.elsewhere)} has it" if found.elsewhere else ""
        nearest = ", ".join(f"{technique.id} {technique.name}" for technique in found.nearest[:3])
        return f"{asked} is no technique of DISARM {self.release}{place}" + (f"; nearest: {nearest}" if nearest else "")

    def successors_text(self, retired: Retired) -> str:
        """The successors of a retired id in words, with what kind of proposal they are."""
        if not retired.successors:
            return f"no successor ({retired.basis})"
        names = ", ".join(f"{key} {self._techniques[key].name}" for key in retired.successors)
        basis = retired.basis if retired.kind in retired.basis else f"{retired.kind}: {retired.basis}"
        return f"use {names} ({basis})"

    def techniques(self, tactic: str | None = None) -> tuple[Technique, ...]:
        """All techniques in order of id, or those of one tactic (id, short name or name).

        Raises:
            UserError: no such tactic.
        """
        if tactic is None:
            return tuple(self._techniques.values())
        wanted = self.tactic(tactic).id
        return tuple(technique for technique in self._techniques.values() if wanted in technique.tactic_ids)

    def all_retired(self) -> tuple[Retired, ...]:
        """All retired ids that this release knows of."""
        return tuple(self._retired.values())

    def former_names(self) -> tuple[tuple[str, str], ...]:
        """Ids of this release with names that they had in earlier ones, the meaning being the same."""
        return tuple((row.id, row.old) for row in self.renamed if row.id in self._techniques)

    def children(self, technique_id: str) -> tuple[Technique, ...]:
        """The sub-techniques of a technique."""
        return tuple(technique for technique in self._techniques.values() if technique.parent_id == technique_id)

    def tactic(self, text: str) -> Tactic:
        """The tactic with this id (`TA06`, `ta6`), name or short name.

        Raises:
            UserError: no such tactic, with the list of those there are.
        """
        proper = proper_tactic_id(text)
        if proper in self._tactics:
            return self._tactics[proper]
        wanted = words_of(text)
        for tactic in self.tactics:
            if wanted == words_of(tactic.name):
                return tactic
        start = " ".join(wanted)
        beginning = [tactic for tactic in self.tactics if start and " ".join(words_of(tactic.name)).startswith(start)]
        if len(beginning) == 1:
            return beginning[0]
        listing = "there are: " + ", ".join(f"{tactic.id} {tactic.name}" for tactic in self.tactics)
        near = did_you_mean(text, (tactic.name for tactic in self.tactics), "")
        raise UserError(f"no tactic {text!r} in DISARM {self.release}", fix=f"{near} {listing}".strip())

    def tactics_of(self, technique: Technique) -> tuple[Tactic, ...]:
        """The tactics of a technique (one each in the releases so far)."""
        return tuple(self._tactics[key] for key in technique.tactic_ids)

    def phases(self, technique: Technique) -> tuple[str, ...]:
        """The short names of a technique's tactics, as kill chain phases want them."""
        return tuple(self._tactics[key].shortname for key in technique.tactic_ids)

    def technique_url(self, technique_id: str) -> str:
        """The public page of a technique.

        Raises:
            UserError: the id is retired or unknown.
        """
        return self.technique(technique_id).url

    def search(self, words: str, limit: int = 15) -> tuple[SearchHit, ...]:
        """Techniques and retired ids whose id or names (former ones too) fit the words, best first.

        Typing errors, word forms and the field's other words (`bot`, `sockpuppet`, `typosquatting`) are tolerated.
        """
        return self._search().search(words, limit)

    def _search(self) -> NameSearch:
        if self._names is None:
            entries = [(technique.id, technique.name, False) for technique in self._techniques.values()]
            entries += [(key, name, False) for key, name in self.former_names()]
            entries += [(retired.id, retired.name, True) for retired in self._retired.values()]
            self._names = NameSearch(entries)
        return self._names


@cache
def _load(path: Path) -> Catalogue:
    if is_shipped(path.stem):  # the tests hold these files against their schema
        return Catalogue(json.loads(path.read_text(encoding="utf-8")))
    content = load_json_file(path, "disarm-release")
    if content["release"] != path.stem:
        raise UserError(
            f"holds release {content['release']}", where=str(path), fix=f"name it {content['release']}.json"
        )
    return Catalogue(content)


def _text(value: object) -> str:
    return str(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
