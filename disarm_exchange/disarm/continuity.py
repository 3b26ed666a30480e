"""Whether an id means the same in two releases.

DISARM has given ids to other techniques: most of T0161 to T0169 mean something else in 2.0 than in 1.7. So an id is
followed from one release to another only where the name says that it is the same technique.
"""

from __future__ import annotations

from collections.abc import Iterable

from disarm_exchange.disarm.catalogue import Catalogue, Technique, known_releases
from disarm_exchange.disarm.confidence import HIGH, LOW, MEDIUM
from disarm_exchange.disarm.labels import squashed
from disarm_exchange.disarm.words import stems_of

_ALIKE = 0.5
"""How much of two names must be the same words for the later one to be a new wording of the earlier one."""

SURENESS = {"documented": HIGH, "practice": HIGH, "proposal": MEDIUM, "weak-proposal": LOW, "none": 0}
"""How sure a technique can at most be that took the place of a retired one, by the kind of its successors."""


def continued(technique: Technique, old: Catalogue, new: Catalogue) -> Technique | None:
    """The technique of `new` that a technique of `old` still is, under the same id; None if it is there no more."""
    other = new.get(technique.id)
    if other is None or other.name.casefold() == technique.name.casefold():
        return other
    if (technique.id, technique.name) in new.former_names() or (technique.id, other.name) in old.former_names():
        return other
    if named(technique.name, new.techniques()) or named(other.name, old.techniques()):
        return None  # names have been passed on from id to id
    return other if alike(technique.name, other.name) else None


def counterpart(technique: Technique, old: Catalogue, new: Catalogue) -> Technique | None:
    """The technique of `new` that a technique of `old` is: under the same id, else the only one of exactly its name."""
    same = continued(technique, old, new)
    return same if same is not None else named(technique.name, new.techniques())


def meant(technique_id: str, name: str, catalogue: Catalogue, release: str | None = None) -> Technique | None:
    """The technique of a release that somebody means by an id and a name of whatever release.

    None if the release has no such id, or has given it to something else than what was meant. A name that no release
    gives the id is somebody's own and changes nothing.

    Args:
        technique_id: the id.
        name: the name beside it.
        catalogue: the release in which it is looked for.
        release: the release that the id is of, if that is told.
    """
    current = catalogue.get(technique_id)
    if current is None or release == catalogue.release or squashed(name) == squashed(current.name):
        return current
    meanings = meanings_of(technique_id, name, release)
    return current if not meanings or any(continued(found, one, catalogue) for one, found in meanings) else None


def meanings_of(technique_id: str, name: str, release: str | None = None) -> list[tuple[Catalogue, Technique]]:
    """What an id and a name stand for, oldest release first: in the release told, else wherever it has that name."""
    if release in known_releases():
        told = Catalogue.load(str(release))
        technique = told.get(technique_id)
        return [(told, technique)] if technique is not None else []
    wanted = squashed(name)
    releases = map(Catalogue.load, known_releases())
    return [(one, found) for one in releases if (found := one.get(technique_id)) and squashed(found.name) == wanted]


def named(name: str, techniques: Iterable[Technique]) -> Technique | None:
    """The one technique of that name; None if there is none or more than one."""
    found = [technique for technique in techniques if technique.name.casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None


def alike(old: str, new: str) -> bool:
    """Whether one name is another wording of the other: at least half of all their words are in both."""
    first, second = set(stems_of(old)), set(stems_of(new))
    together = first | second
    return bool(together) and len(first & second) / len(together) >= _ALIKE
