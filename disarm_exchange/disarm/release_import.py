"""A release file of ours out of an official DISARM bundle, whatever its release.

The bundle says what there is; what came before it (retired ids, former names) follows from the releases at hand.
Successors are those that these know; beside them only a technique of exactly the same name is proposed. Nothing else is
guessed: DISARM's change notes are for people to read, and the file is for them to complete.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from disarm_exchange.datafiles import checked
from disarm_exchange.disarm.catalogue import Catalogue, Retired
from disarm_exchange.disarm.continuity import continued, counterpart, named
from disarm_exchange.disarm.official_bundle import BundleFacts, BundleTechnique
from disarm_exchange.disarm.release_folder import RELEASE_NAME, release_key
from disarm_exchange.errors import UserError

_REPOSITORY = re.compile(r"https://github\.com/[^/]+/[^/]+")
_NUMBERED = re.compile(r"frameworks-(\d)(\d)(?:-|/|$)")
_FOLLOWED = 10
"""So many successors of successors are followed at most."""


@dataclass(frozen=True, slots=True)
class ImportedRelease:
    """A release ready to be written; `notices` are what a person should know of it, one sentence each."""

    release: str
    content: dict[str, object]
    notices: tuple[str, ...]

    def text(self) -> str:
        """The release file, one record to a line."""
        return render(self.content)


def release_told_by(facts: BundleFacts, known: Sequence[Catalogue]) -> str | None:
    """The release that a bundle is of, if it tells: by its own id, or by the repository that its pages lie in."""
    for catalogue in known:
        if facts.bundle_id and catalogue.source.get("bundle") == facts.bundle_id:
            return catalogue.release
    found = {match.groups() for technique in facts.techniques for match in [_NUMBERED.search(technique.url)] if match}
    return ".".join(found.pop()) if len(found) == 1 else None


def release_from_bundle(
    facts: BundleFacts, release: str, known: Sequence[Catalogue], *, released: date | None = None, where: str = ""
) -> ImportedRelease:
    """The content of a release file, valid against its schema.

    Args:
        facts: what the bundle says.
        release: what the release is called.
        known: the releases at hand, for what came before.
        released: the release's date, if it is not that of the bundle's newest object.
        where: the bundle, for messages.

    Raises:
        UserError: no name for a release; no date, or one that is out of order; a bundle without what the schema wants.
    """
    if not RELEASE_NAME.fullmatch(release):
        raise UserError(f"{release!r} is no name for a release", where="--release", fix="write it as 1.8 or 1.8.1")
    known = sorted(known, key=lambda one: release_key(one.release))
    earlier = [one for one in known if release_key(one.release) < release_key(release)]
    notices: list[str] = []
    techniques = _without_doubles(facts, earlier, notices)
    day = _date_of(facts, release, known, released, where)
    url = _address(techniques, notices, where)
    content: dict[str, object] = {
        "release": release,
        "released": day.isoformat(),
        "source": {"repository": _repository(url), "bundle": facts.bundle_id},
        "technique_url": url,
        "tactics": tactic_rows(facts),
        "techniques": [technique_row(technique, [technique.stix_id]) for technique in techniques],
        "retired": [],
        "renamed": [],
        "retired_tactics": _retired_tactics(facts, earlier),
    }
    checked(content, "disarm-release", where=where or release)
    content["renamed"] = _renamed(Catalogue(content), known)
    content["retired"] = _Retirement(Catalogue(content), known).rows()
    return ImportedRelease(release, checked(content, "disarm-release", where=where or release), tuple(notices))


def tactic_rows(facts: BundleFacts) -> list[dict[str, object]]:
    """The tactics of a bundle as a release file has them."""
    return [
        {
            "id": tactic.id,
            "name": tactic.name,
            "short_name": tactic.shortname,
            "order": tactic.order,
            "stix_ids": [tactic.stix_id],
        }
        for tactic in facts.tactics
    ]


def technique_row(technique: BundleTechnique, stix_ids: Sequence[str]) -> dict[str, object]:
    """A technique as a release file has it, with the STIX ids that the release gave it."""
    return {
        "id": technique.id,
        "name": technique.name,
        "tactics": list(technique.tactic_ids),
        **({"parent": technique.parent_id} if technique.parent_id else {}),
        "stix_ids": list(stix_ids),
    }


def render(content: Mapping[str, object]) -> str:
    """JSON with one record a line, so that a comparison shows what changed."""
    parts = []
    for key, value in content.items():
        if isinstance(value, list) and value:
            rows = ",\n".join("    " + json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f"  {json.dumps(key)}: [\n{rows}\n  ]")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _renamed(new: Catalogue, known: Sequence[Catalogue]) -> list[dict[str, object]]:
    """The rows of techniques that had another name before, as far as the meaning can be seen to be the same."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    earlier = [one for one in known if release_key(one.release) < release_key(new.release)]
    for catalogue in known:
        for row in catalogue.renamed:
            technique = new.get(row.id)
            if technique is not None and technique.name == row.new and not _is_later(row.to_release, new.release):
                rows[row.id, row.old] = _renaming(row.id, row.old, row.new, row.from_release, row.to_release)
    for technique in earlier[-1].techniques() if earlier else ():
        same = continued(technique, earlier[-1], new)
        if same is not None and same.name != technique.name:
            row_of = _renaming(technique.id, technique.name, same.name, earlier[-1].release, new.release)
            rows.setdefault((technique.id, technique.name), row_of)
    return [rows[key] for key in sorted(rows)]


def _renaming(technique_id: str, old: str, new: str, from_release: str, to_release: str) -> dict[str, object]:
    return {"id": technique_id, "old": old, "new": new, "from_release": from_release, "to_release": to_release}


class _Retirement:
    """The ids that earlier releases had and a new one has not, with what the releases at hand know of successors."""

    def __init__(self, new: Catalogue, known: Sequence[Catalogue]) -> None:
        self._new = new
        self._known = known

    def rows(self) -> list[dict[str, object]]:
        """The rows for the release file, in order of id."""
        former = self._former()
        return [self._row(former[key]) for key in sorted(former) if self._new.get(key) is None]

    def _former(self) -> dict[str, Retired]:
        """Every id before this release, as it was when it was last seen."""
        found: dict[str, Retired] = {}
        for catalogue in self._known:
            for retired in catalogue.all_retired():
                if not _is_later(retired.last_release, self._new.release, or_same=True):
                    found.setdefault(retired.id, retired)
            if not _is_later(catalogue.release, self._new.release, or_same=True):
                for one in catalogue.techniques():
                    release = catalogue.release
                    found[one.id] = Retired(one.id, one.name, release, (), "none", "", one.stix_ids, release)
        return found

    def _row(self, former: Retired) -> dict[str, object]:
        successors, kind, basis = self._successors(former)
        return {
            "id": former.id,
            "name": former.name,
            "last_release": former.last_release,
            "successors": successors,
            "kind": kind,
            "basis": basis,
            "stix_ids": list(former.stix_ids),
        }

    def _successors(self, former: Retired) -> tuple[list[str], str, str]:
        known = self._known_row(former.id)
        if known is not None:
            found = self._here(known)
            if found:
                if len(found) >= len(known.successors):
                    return found, known.kind, known.basis
                rest = f"{known.basis}; DISARM {self._new.release} has not all of {', '.join(known.successors)}"
                return found, "weak-proposal", rest
        same_name = named(former.name, self._new.techniques())
        if same_name is not None:
            return [same_name.id], "proposal", "proposal; same name"
        if known is not None and not known.successors:
            return [], "none", known.basis
        return [], "none", "no successor is known here; see DISARM's notes on the release"

    def _known_row(self, technique_id: str) -> Retired | None:
        """What the newest release that knows successors says of a retired id."""
        rows = [row for one in self._known if (row := one.retired(technique_id)) is not None]
        return next((row for row in reversed(rows) if row.successors), rows[-1] if rows else None)

    def _here(self, retired: Retired, depth: int = 0) -> list[str]:
        """The successors as this release has them; in place of one that it has not, that one's own successors."""
        old = next(one for one in self._known if one.release == retired.release)
        found: list[str] = []
        for key in retired.successors:
            technique = old.get(key)
            here = counterpart(technique, old, self._new) if technique is not None else None
            if here is not None:
                found.append(here.id)
            elif depth < _FOLLOWED and (known := self._known_row(key)) is not None:
                found += self._here(known, depth + 1)
        return list(dict.fromkeys(found))


def _is_later(release: str, than: str, *, or_same: bool = False) -> bool:
    if not RELEASE_NAME.fullmatch(release):  # the facts know a bundle that was replaced within a day
        return False
    return release_key(release) > release_key(than) or (or_same and release_key(release) == release_key(than))


def _without_doubles(
    facts: BundleFacts, earlier: Sequence[Catalogue], notices: list[str]
) -> tuple[BundleTechnique, ...]:
    """Of techniques with one id the one whose name an earlier release gives it, else the first."""
    chosen = {technique.id: technique for technique in facts.techniques}
    for double in facts.doubles:
        first = chosen[double.id]
        before = {name for one in earlier if (technique := one.get(double.id)) for name in [technique.name]}
        if double.name in before and first.name not in before:
            chosen[double.id] = double
        taken, left = chosen[double.id], double if chosen[double.id] is first else first
        notices.append(f"{double.id} stands twice in the bundle: {taken.name!r} is taken, {left.name!r} is left out")
    return tuple(chosen[key] for key in sorted(chosen))


def _date_of(facts: BundleFacts, release: str, known: Sequence[Catalogue], released: date | None, where: str) -> date:
    """The day of the release. It has to lie between its neighbours', because it dates the techniques' versions."""
    day = released
    if day is None:
        try:
            day = date.fromisoformat(facts.modified[:10])
        except ValueError:
            raise UserError("does not say when it was made", where=where, fix="give --released 2026-01-21") from None
    for other in known:
        later = release_key(other.release) > release_key(release)
        if other.release != release and ((other.released <= day) if later else (other.released >= day)):
            order = "before" if later else "after"
            problem = f"is dated {day}, but DISARM {release} has to come {order} {other.release} ({other.released})"
            raise UserError(problem, where=where, fix="give the day on which it was published with --released")
    return day


def _address(techniques: Sequence[BundleTechnique], notices: list[str], where: str) -> str:
    """The address of technique pages, with {id} for the id; most techniques decide."""
    forms = Counter(
        technique.url.replace(technique.id, "{id}") for technique in techniques if technique.id in technique.url
    )
    if not forms:
        raise UserError("gives no web address for its techniques", where=where, fix="give DISARM's official bundle")
    url, count = forms.most_common(1)[0]
    if count < len(techniques):
        notices.append(f"{len(techniques) - count} techniques have other addresses than {url}")
    return url


def _repository(url: str) -> str:
    found = _REPOSITORY.match(url)
    return found.group() if found else url.partition("{id}")[0]


def _retired_tactics(facts: BundleFacts, earlier: Sequence[Catalogue]) -> list[dict[str, object]]:
    current = {tactic.id for tactic in facts.tactics}
    found: dict[str, dict[str, object]] = {}
    for catalogue in earlier:
        for gone in catalogue.retired_tactics:
            found.setdefault(
                gone.id,
                {
                    "id": gone.id,
                    "name": gone.name,
                    "last_release": gone.last_release,
                    "stix_ids": list(gone.stix_ids),
                },
            )
        for tactic in catalogue.tactics:
            found[tactic.id] = {
                "id": tactic.id,
                "name": tactic.name,
                "last_release": catalogue.release,
                "stix_ids": list(tactic.stix_ids),
            }
    return [found[key] for key in sorted(found) if key not in current]
