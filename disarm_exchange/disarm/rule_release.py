"""Rules under another DISARM release than they were written for."""

from __future__ import annotations

from dataclasses import replace

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.continuity import SURENESS, continued, named
from disarm_exchange.disarm.release_folder import release_key
from disarm_exchange.disarm.rule_files import TechniqueEntry


class NoPlaceError(Exception):
    """A release has no technique for what a rule calls. `refused`: the rule's author has to decide what to call now."""

    def __init__(self, reason: str, *, refused: bool) -> None:
        super().__init__(reason)
        self.refused = refused


def placed_entry(entry: TechniqueEntry, release: str, catalogue: Catalogue, *, follow: bool) -> TechniqueEntry:
    """What a rule of a release calls under another one.

    Args:
        entry: the technique, as the rule names it.
        release: the release that the rule was written for.
        catalogue: the release in use.
        follow: whether an id that a later release has no more, or has given to something else, is followed: to the
            technique of its name, else to its successor where there is exactly one, as surely as that one is known.

    Raises:
        NoPlaceError: the release in use has no such technique.
    """
    old = Catalogue.load(release)
    technique = old.technique(entry.id)
    same = continued(technique, old, catalogue)
    if same is not None:
        return replace(entry, id=same.id)
    if release_key(catalogue.release) < release_key(release):
        raise NoPlaceError(f"DISARM {catalogue.release} does not have {entry.id} yet", refused=False)
    retired = catalogue.retired(entry.id)
    if retired is not None and not follow:
        raise NoPlaceError(catalogue.explain(retired), refused=True)
    was = f"{entry.id} {technique.name} of DISARM {release}"
    other = named(technique.name, catalogue.techniques())
    if other is not None and follow:
        return replace(entry, id=other.id, reason=f"{entry.reason} ({was} is {other.id} in {catalogue.release}.)")
    if retired is None:
        now = catalogue.technique(entry.id).name
        raise NoPlaceError(f"DISARM {catalogue.release} has given {was} to something else ({now})", refused=True)
    if len(retired.successors) != 1:
        raise NoPlaceError(catalogue.explain(retired), refused=True)
    reason = f"{entry.reason} ({was} gave way to it: {retired.basis}.)"
    return TechniqueEntry(retired.successors[0], min(entry.confidence, SURENESS[retired.kind]), reason)
