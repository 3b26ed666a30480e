"""A bundle under another DISARM release: retired techniques give way to their successors, names and releases follow.

Objects are dicts; nothing is read or written here. Only objects of the producers named are changed, each with a new
`modified`; what is somebody else's, and what no evidence and no rule decides, stays as it is and is listed.

- A relationship whose technique stays keeps its id. One whose technique is retired is revoked, and a new one takes its
  place for each successor, with the id that converting the case anew would give.
- Our own technique objects become those of the release. A foreign one that is out of date is not touched: our
  relationships refer to ours instead, and it is left out when nothing refers to it any more.
- Reports and other lists name the new relationships and techniques; a note about one technique follows if there is
  just one to follow to.

The source is gone through several times, so that memory holds only what concerns techniques.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.disarm.migration_report import Conflict, Left, MigrationReport, Move
from disarm_exchange.disarm.migration_source import SIDES, Pattern, TechniqueUse, creator_of
from disarm_exchange.disarm.revision import (
    is_up_to_date,
    merged_link,
    moved_link,
    moved_link_id,
    references,
    relabelled_link,
    revised,
    successor_id,
    technique_object,
    updated_pattern,
    with_references,
)
from disarm_exchange.disarm.succession import Choice, Standing, Succession
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.markings import Tlp, marking_definition
from disarm_exchange.stix.project import project_identity

_LISTS = frozenset({"report", "grouping", "observed-data"})
"""Types whose `object_refs` say that things belong together; elsewhere a reference says something of one thing."""


class Migration:
    """A migration planned: `report` says what comes of it, `objects` gives the result."""

    def __init__(
        self,
        source: Iterable[StixObject],
        catalogue: Catalogue,
        *,
        now: str,
        producers: Collection[str | None] | None = None,
        mapping: TechniqueMapping | None = None,
    ) -> None:
        """Plan a migration.

        Args:
            source: the objects; it is gone through several times.
            catalogue: the release to go to.
            now: the STIX timestamp that changed objects get as `modified`.
            producers: the identities whose objects may be changed (None among them: objects without a creator); if
                not given, the one creator of the relationships to techniques.
            mapping: the rules of that release, for what has several successors.

        Raises:
            UserError: the relationships are of several creators and no producers are given; an object to be changed
                has no proper `modified`.
        """
        self._source = source
        self._catalogue = catalogue
        self._now = now
        self._succession = Succession(catalogue, mapping)
        self.report = MigrationReport(catalogue.release)
        self._changed: dict[str, StixObject] = {}
        self._added: dict[str, StixObject] = {}
        self._went: dict[str, tuple[str, ...]] = {}
        """Relationships that were moved, with those in their place."""
        self._instead: dict[str, tuple[str, ...]] = {}
        """Technique objects that nothing of ours refers to any more, with those in their place."""
        self._said: dict[tuple[str | None, str, str, str], str] = {}
        """What our relationships say, with the id of the first that says it."""
        self._still_named: set[str] = set()
        self._needed: list[str] = []
        try:
            self._use = TechniqueUse(source, catalogue)
            self._producers = frozenset(producers) if producers is not None else self._told_producers()
            self.report.producers = tuple(sorted(self._producers, key=str))
            self._plan_links()
            self._plan_patterns()
            self._plan_the_rest()
        except RecursionError:
            raise UserError("an object is nested too deep") from None

    def objects(self) -> Iterator[StixObject]:
        """The objects after the migration: those of the source in their order, then what is new."""
        for item in self._source:
            if not self._is_left_out(str(item.get("id"))):
                yield self._rewritten(item) or item
        yield from self._additions()

    def _additions(self) -> Iterator[StixObject]:
        if self._needed:
            for item in (marking_definition(Tlp.CLEAR), project_identity()):
                if item["id"] not in self._use.present:
                    yield item
        for technique_id in self._needed:
            yield technique_object(self._catalogue.technique(technique_id), self._catalogue)
        for object_id in sorted(self._added):
            yield self._added[object_id]

    def _told_producers(self) -> frozenset[str | None]:
        creators = self._use.creators()
        if len(creators) > 1:
            names = ", ".join(sorted(name or "objects without a creator" for name in creators))
            raise UserError(f"techniques are named by several producers: {names}", fix="say which you are")
        return frozenset(creators)

    def _is_ours(self, item: StixObject) -> bool:
        return creator_of(item) in self._producers

    def _plan_links(self) -> None:
        links = [(link, self._use.patterns_of(link)[0]) for link in self._use.live_links()]
        for link, pattern in links:
            if pattern.standing.kept is not None and self._is_ours(link):
                self._keep(link)
        for link, pattern in links:
            if pattern.standing.kept is None:
                self._move(link, pattern)

    def _keep(self, link: StixObject) -> None:
        ends: dict[str, object] = {}
        for side in SIDES:
            end = self._end_now(str(link.get(side)))
            if end != link.get(side):
                ends[side] = end
        changed = relabelled_link(link, ends, self._catalogue.release, self._now)
        if changed is not None:
            self._changed[str(link["id"])] = changed
        self._said.setdefault(_key(changed or link), str(link["id"]))

    def _end_now(self, end: str) -> str:
        """What a relationship of ours refers to in place of a technique object: ours, where that is out of date."""
        pattern = self._use.patterns.get(end)
        if pattern is None or pattern.standing.kept is None or pattern.shared or self._is_ours(pattern.item):
            return end
        if is_up_to_date(pattern.item, pattern.standing.kept, self._catalogue):
            return end
        return technique_stix_id(pattern.standing.kept.id)

    def _move(self, link: StixObject, pattern: Pattern) -> None:
        standing, object_id = pattern.standing, str(link["id"])
        if not self._is_ours(link):
            pattern.stays = True
            self._conflict(link, standing)
            return
        decision = self._succession.decide(standing, link)
        if not decision.choices:
            pattern.stays = pattern.undecided = True
            self._leave(object_id, standing, decision.reason)
            return
        side = next(side for side in SIDES if str(link.get(side)) in self._use.patterns)
        made = tuple(dict.fromkeys(self._made(link, side, choice) for choice in decision.choices))
        self._changed[object_id] = revised(link, self._now, revoked=True)
        self._went[object_id] = made
        successors = tuple(choice.technique_id for choice in decision.choices)
        pattern.went_to.update(successors)
        self.report.moved.append(Move(object_id, standing.technique_id, standing.name, successors, decision.by, made))

    def _made(self, link: StixObject, side: str, choice: Choice) -> str:
        """Make the relationship for one choice, or add its evidence to one that says the same; the id of either."""
        object_id = moved_link_id(link, side, choice.technique_id)
        while object_id in self._use.revoked:
            object_id = successor_id(object_id)
        new = moved_link(link, side, choice, object_id, self._catalogue.release, self._now)
        known = self._said.setdefault(_key(new), object_id)
        if known in self._added:
            self._added[known] = merged_link(self._added[known], new)
        elif known in self._use.links:
            before = self._changed.get(known) or revised(self._use.links[known], self._now)
            self._changed[known] = merged_link(before, new)
        else:
            self._added[known] = new
        return known

    def _plan_patterns(self) -> None:
        for object_id, pattern in sorted(self._use.patterns.items()):
            kept = pattern.standing.kept
            if kept is None:
                self._plan_gone(object_id, pattern)
            elif pattern.shared:
                item = technique_object(kept, self._catalogue)
                if item["id"] == object_id and str(item["modified"]) > str(pattern.item.get("modified")):
                    self._changed[object_id] = item
            elif self._is_ours(pattern.item):
                if not pattern.item.get("revoked") and not is_up_to_date(pattern.item, kept, self._catalogue):
                    self._changed[object_id] = updated_pattern(pattern.item, kept, self._catalogue, self._now)
            elif self._end_now(object_id) != object_id:
                self._instead[object_id] = (self._end_now(object_id),)

    def _plan_gone(self, object_id: str, pattern: Pattern) -> None:
        if not pattern.links:  # only lists and notes name it
            choices = self._succession.decide(pattern.standing, {}).choices
            if len(choices) == 1:
                pattern.went_to.add(choices[0].technique_id)
        if pattern.went_to and not pattern.stays:
            self._instead[object_id] = tuple(technique_stix_id(one) for one in sorted(pattern.went_to))

    def _plan_the_rest(self) -> None:
        """Find what goes on naming retired techniques, and which technique objects are named in the end; count."""
        counts = self.report.counts
        named: set[str] = set()
        for item in self._source:
            changed = self._rewritten(item, self._note_open_ends)
            named.update(one for one in references(changed or item) if one.startswith("attack-pattern--"))
            counts["unchanged" if changed is None else "revoked" if changed.get("revoked") else "updated"] += 1
        named.update(one for item in self._added.values() for one in references(item))
        self._still_named = named.intersection(self._instead)
        used = {one for pattern in self._use.patterns.values() for one in pattern.went_to}
        used |= {pattern.standing.kept.id for pattern in self._use.patterns.values() if pattern.standing.kept}
        absent = {one: technique_stix_id(one) for one in used if technique_stix_id(one) not in self._use.present}
        self._needed = sorted(one for one, object_id in absent.items() if object_id in named)
        counts["replaced"] = sum(map(self._is_left_out, self._instead))
        counts["unchanged"] -= counts["replaced"]
        counts["new"] = sum(1 for _ in self._additions())

    def _is_left_out(self, object_id: str) -> bool:
        """Whether it is a technique object out of date that something referred to before, and nothing does now."""
        if object_id not in self._instead or object_id in self._still_named:
            return False
        pattern = self._use.patterns[object_id]
        return bool(pattern.links) and pattern.standing.kept is not None

    def _rewritten(
        self, item: StixObject, on_open: Callable[[StixObject, list[str]], None] | None = None
    ) -> StixObject | None:
        """The new version of an object of the source; None if it stays as it is."""
        object_id = str(item.get("id"))
        if not self._use.is_newest(item):
            return None
        if object_id in self._changed:
            return self._changed[object_id]
        if object_id in self._use.links or object_id in self._use.patterns:
            return None
        if "modified" not in item or item.get("revoked"):
            return None
        if on_open is not None:
            on_open(item, [one for one in references(item) if one in self._went or self._is_gone(one)])
        changed = with_references(item, lambda one: self._in_place_of(one, in_list=item.get("type") in _LISTS))
        return revised(changed, self._now) if changed is not None and self._is_ours(item) else None

    def _in_place_of(self, reference: str, *, in_list: bool) -> Sequence[str] | None:
        new = self._went.get(reference) or self._instead.get(reference)
        pattern = self._use.patterns.get(reference)
        if new is None and pattern is not None and pattern.went_to:
            new = tuple(technique_stix_id(one) for one in sorted(pattern.went_to))
            if in_list:  # what others say of the old technique, or nobody decides, still belongs to the list
                return (reference, *new)
            if pattern.undecided:
                return None
        return new if new is not None and (in_list or len(new) == 1) else None

    def _is_gone(self, object_id: str) -> bool:
        pattern = self._use.patterns.get(object_id)
        return pattern is not None and pattern.standing.kept is None

    def _note_open_ends(self, item: StixObject, gone: list[str]) -> None:
        """List an object that goes on referring to something retired."""
        in_list = item.get("type") in _LISTS
        if gone and not self._is_ours(item):
            standings = [self._use.patterns[one].standing for one in gone if one in self._use.patterns]
            self._conflict(item, standings[0] if standings else None)
            return
        for one in dict.fromkeys(gone):
            pattern = self._use.patterns.get(one)
            if pattern is None or self._in_place_of(one, in_list=in_list) is not None or (in_list and pattern.links):
                continue  # it follows, or the relationship itself is listed
            reason = pattern.standing.reason
            if pattern.went_to:
                reason += f"; the relationships went to {', '.join(sorted(pattern.went_to))}"
            self._leave(str(item.get("id")), pattern.standing, reason)

    def _leave(self, object_id: str, standing: Standing, reason: str) -> None:
        self.report.left.append(Left(object_id, standing.technique_id, standing.name, reason, standing.successors))

    def _conflict(self, item: StixObject, standing: Standing | None) -> None:
        reason = standing.reason if standing is not None else "refers to a relationship that is revoked now"
        technique_id = standing.technique_id if standing is not None else ""
        self.report.conflicts.append(Conflict(str(item.get("id")), creator_of(item), technique_id, reason))


def _key(link: StixObject) -> tuple[str | None, str, str, str]:
    ends = (str(link.get("source_ref")), str(link.get("relationship_type")), str(link.get("target_ref")))
    return (creator_of(link), *ends)
