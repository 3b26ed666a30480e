"""Attack-patterns that are the same DISARM technique under different STIX ids.

DISARM's own releases, MISP, OpenCTI and disarm2stix all gave the techniques ids of their own. The objects stay as they
came, each its creator's; they are recognised by external id, and counted as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.store import Database, iter_objects


class SameTechniques:
    """Which DISARM techniques some collections have, and under which STIX ids.

    Args:
        database: ours.
        collections: numbers of the collections.
    """

    def __init__(self, database: Database, collections: Iterable[int]) -> None:
        self._ids: dict[str, set[str]] = {}
        for number in collections:
            for stored in iter_objects(database, number, types=("attack-pattern",)):
                self._note(stored.parse())

    def take(self, items: Iterable[Mapping[str, object]]) -> dict[str, list[str]]:
        """Note received objects; the techniques that they bring under a further id, with all ids known now."""
        brought = {found for item in items if (found := self._note(item)) is not None}
        return {technique: sorted(self._ids[technique]) for technique in sorted(brought)}

    def under_several_ids(self) -> dict[str, list[str]]:
        """The techniques that are known under more than one STIX id, with the ids."""
        return {technique: sorted(ids) for technique, ids in sorted(self._ids.items()) if len(ids) > 1}

    def _note(self, item: Mapping[str, object]) -> str | None:
        """The technique, if this brings a further id of one that is known."""
        if item.get("type") != "attack-pattern":
            return None
        technique = technique_of(item)
        if technique is None:
            return None
        ids = self._ids.setdefault(technique, set())
        is_further = bool(ids) and str(item.get("id")) not in ids
        ids.add(str(item.get("id")))
        return technique if is_further else None
