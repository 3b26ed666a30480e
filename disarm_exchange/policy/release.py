"""The one function for every exit: what of a set of objects may go to a recipient, with no trace of the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from disarm_exchange.policy.clearance import Clearance, EffectiveMarking, effective_marking, refusal
from disarm_exchange.policy.evidence import cut_rows, quotes_evidence
from disarm_exchange.policy.matcher import Matcher
from disarm_exchange.policy.references import Links, links, mentioned_ids, mentioned_uuids, uuid_of, without
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import is_project_object
from disarm_exchange.stix.timestamps import parse_timestamp

_DEFINITIONS = ("marking-definition", "extension-definition")
_LISTS = ("report", "grouping", "note")
_QUOTED = ("value", "account_login", "user_id", "display_name")
"""Properties of observables whose values evidence rows may quote."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """One object version that stays home. For the sender's eyes only: its reason may name what is withheld.

    Args:
        id: the object's id, or an empty text when it has none.
        version: `modified`, else `created`, else an empty text.
        rule: which rule decided: `marking`, `filter`, `newer-version`, `reference`, `unused`, `malformed`.
        reason: the rule in words, for this object.
    """

    id: str
    version: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Released:
    """What may go out, and the sender's own account of what may not.

    Args:
        objects: in the order given; objects that mention nothing withheld are the very dicts given.
        withheld: what stays home, in the order given.
        trimmed: ids of objects that go out with references or rows of evidence cut, in the order given.
    """

    objects: list[StixObject]
    withheld: list[Withheld]
    trimmed: list[str]


def release(
    objects: Iterable[StixObject],
    clearance: Clearance,
    *,
    definitions: Mapping[str, StixObject] | None = None,
    elsewhere: Callable[[Collection[str]], Collection[str]] | None = None,
    pinned: Collection[str] = (),
    refuse: Callable[[StixObject], str | None] | None = None,
    follows: Callable[[StixObject], bool] | None = None,
    quoted: Callable[[str], bool] | None = None,
    keep_unused: bool = False,
) -> Released:
    """Decide what may go to a recipient. Pure: nothing given is changed, and equal input gives equal output.

    - An object goes when its effective marking is within the clearance (`effective_marking`, `refusal`), or that which
      the clearance has for objects without any.
    - Of several versions of one id the newest decides: when it must stay, its older versions stay too.
    - An object that needs a withheld one (`links`) is withheld too, and so on until nothing changes. Other references
      to withheld objects are cut: lists shortened, optional references dropped.
    - Marking definitions and extension definitions need no marking of their own: they go when something that goes
      refers to them, unless their own marking forbids it; then what refers to them stays home as well.
    - Once anything is withheld, shared vocabulary (techniques, platforms, places, organisations; CLEAR by nature) goes
      only when something else that goes uses it: a technique that only a withheld object uses would tell of it.
    - Rows of evidence that quote a withheld observable are cut from technique calls; a call without any stays home.
    - A reference to an object outside the set is kept: it is somebody else's, or was shared before.

    Args:
        objects: STIX objects.
        clearance: the recipient's.
        definitions: further marking definitions by id, known but not part of the set.
        elsewhere: for a set that is one page of a larger whole: given the ids that the set refers to and does not
            hold, the ids among them that are withheld from this recipient.
        pinned: ids of definitions that something already shared with the recipient refers to.
        refuse: says why an object is not meant for the recipient (see `filters`); None: it is.
        follows: whether an object is to go only when something that goes uses it.
        quoted: for a part of a larger whole: whether a text tells of an observable that is withheld elsewhere.
        keep_unused: for a part of a larger whole: leave in what nothing uses here; whoever has the whole decides.
    """
    work = Decision(list(objects), clearance, definitions or {}, follows, quoted)
    work.judge(refuse)
    if elsewhere is not None:
        held = {item.get("id") for item in work.items}
        outside = {ref for item in work.items for ref in mentioned_ids(item)} - held
        work.gone.update(uuid_of(ref) for ref in elsewhere(sorted(outside)))
    work.settle(pinned, keep_unused=keep_unused)
    out: list[StixObject] = []
    trimmed: list[str] = []
    for position, item in work.released():
        out.append(item)
        if item is not work.items[position]:
            trimmed.append(str(item["id"]))
    return Released(out, work.withheld(), trimmed)


def decide(objects: Sequence[StixObject], clearance: Clearance) -> Decision:
    """The same decision over objects that are read again and again, such as `PackedObjects`: none is kept."""
    work = Decision(objects, clearance, {}, None, None)
    work.judge(None)
    work.settle((), keep_unused=False)
    return work


class Decision:
    """One decision: per position in the sequence given, once decided, why an object stays. Made by `decide`."""

    def __init__(
        self,
        items: Sequence[StixObject],
        clearance: Clearance,
        definitions: Mapping[str, StixObject],
        follows: Callable[[StixObject], bool] | None,
        quoted: Callable[[str], bool] | None,
    ) -> None:
        self.items = items
        self.follows = follows
        self.quoted_elsewhere = quoted
        self.clearance = clearance
        self.definitions = {**definitions, **{str(item.get("id")): item for item in items if _is_marking(item)}}
        self.verdicts: dict[int, tuple[str, str]] = {}
        self.gone: set[str] = set()
        """UUIDs that must not be seen in what goes out."""
        self.positions: dict[str, int] = {}
        """By id the first position."""
        self.versions: dict[str, list[int]] = {}
        """By id all positions, of objects in several versions."""
        self.names: dict[str, str] = {}
        self.quoted = 0 if quoted is None else -1
        self.cut: dict[int, StixObject] = {}
        """Objects that lost rows of evidence, as they go out, by position."""

    def judge(self, refuse: Callable[[StixObject], str | None] | None) -> None:
        """First pass: each object by its own markings and the filters, then older versions by the newest."""
        for position, item in enumerate(self.items):
            identifier = item.get("id")
            if not isinstance(identifier, str) or not isinstance(item.get("type"), str):
                self.verdicts[position] = ("malformed", "no id or no type")
                continue
            if self.positions.setdefault(identifier, position) != position:
                self.versions.setdefault(identifier, [self.positions[identifier]]).append(position)
            marking = effective_marking(item, self.definitions)
            free = item["type"] in _DEFINITIONS and not marking.colours and not marking.unknown
            reason = None if free else refusal(self._assumed(marking), self.clearance)
            if reason is not None:
                self.verdicts[position] = ("marking", reason)
            elif refuse is not None and (words := refuse(item)) is not None:
                self.verdicts[position] = ("filter", words)
        for identifier, first in self.positions.items():
            positions = self.versions.get(identifier, (first,))
            refused = [position for position in positions if position in self.verdicts]
            if not refused:
                continue
            if len(positions) > 1:
                order = {position: version_order(self.items[position]) for position in positions}
                newest = max(order.values())
                if all(order[position] != newest for position in refused):
                    continue
                for position in positions:
                    self.verdicts.setdefault(position, ("newer-version", "its newest version must stay"))
            self.gone.add(uuid_of(identifier))

    def _assumed(self, marking: EffectiveMarking) -> EffectiveMarking:
        """The marking, or what unmarked objects are treated as having."""
        unmarked = self.clearance.unmarked
        if unmarked is None or not marking.is_unmarked:
            return marking
        return EffectiveMarking(unmarked, frozenset({unmarked}), ())

    def follow_references(self) -> None:
        """Second pass: what needs something withheld is withheld, until nothing changes. Linear in references."""
        index: dict[str, list[int]] = defaultdict(list)
        inside = {uuid: uuid for uuid in (*map(uuid_of, self.positions), *self.gone)}
        for position, item in self._all():
            for uuid in mentioned_uuids(item):
                known_uuid = inside.get(uuid)
                if known_uuid is not None and known_uuid != uuid_of(str(item.get("id"))):
                    index[known_uuid].append(position)
        known: dict[int, Links] = {}
        left: dict[int, list[int]] = {}
        queue = sorted(self.gone)
        while queue:
            lost = queue.pop()
            for position in index.get(lost, ()):
                if position in self.verdicts:
                    continue
                if position not in known:
                    known[position] = links(self._item(position))
                    left[position] = [len(group) for group in known[position].groups]
                needs = known[position]
                for number, group in enumerate(needs.groups):
                    left[position][number] -= lost in group
                if lost in needs.hard:
                    reason = f"it cannot go without {self._name(lost)}, which is withheld"
                elif 0 in left[position]:
                    reason = "all that it refers to is withheld"
                else:
                    continue
                queue.extend(self._withhold(position, reason))

    def _withhold(self, position: int, reason: str) -> list[str]:
        """Withhold one version, and its older ones; the UUIDs that are gone now and were not before."""
        self.verdicts[position] = ("reference", reason)
        identifier = str(self.items[position]["id"])
        siblings = self.versions.get(identifier, (position,))
        if uuid_of(identifier) in self.gone:
            return []
        if len(siblings) > 1:
            newest = max(version_order(self.items[sibling]) for sibling in siblings)
            if version_order(self.items[position]) != newest:
                return []
        for sibling in siblings:
            self.verdicts.setdefault(sibling, ("newer-version", "its newest version must stay"))
        self.gone.add(uuid_of(identifier))
        return [uuid_of(identifier)]

    def _name(self, uuid: str) -> str:
        if not self.names:
            self.names = {uuid_of(identifier): identifier for identifier in self.positions}
        return self.names.get(uuid, uuid)

    def settle(self, pinned: Collection[str], *, keep_unused: bool) -> None:
        """Second and third pass in turn until nothing changes."""
        while True:
            if self.gone:
                self.follow_references()
            before = len(self.gone)
            self._cut_evidence()
            if not keep_unused:
                self.gone |= self._drop_unused(pinned)
            if len(self.gone) == before:
                return

    def _cut_evidence(self) -> None:
        """Take rows that quote withheld observables out of technique calls; calls left without any stay."""
        values = {value for position in self.verdicts for value in quotable_values(self.items[position])}
        if len(values) == self.quoted:
            return
        self.quoted = len(values)
        matcher = Matcher((value, None) for value in values)
        elsewhere = self.quoted_elsewhere

        def tells(text: str) -> bool:
            return text in values or any(matcher.find(text)) or (elsewhere is not None and elsewhere(text))

        for position, item in self._all():
            if position in self.verdicts or not quotes_evidence(item):
                continue
            cut = cut_rows(item, tells)
            if cut is None:
                self._withhold(position, "all its evidence is withheld")
            elif cut is not item:
                self.cut[position] = cut

    def _drop_unused(self, pinned: Collection[str]) -> set[str]:
        """Third pass: definitions and vocabulary that nothing released uses would tell of what is withheld.

        Returns the UUIDs of what was dropped; lists that still name it are to be cut.
        """
        waiting: dict[str, list[int]] = defaultdict(list)
        needed = {uuid_of(identifier) for identifier in pinned}
        vocabulary = is_vocabulary if self.verdicts else is_definition

        def waits(item: StixObject) -> bool:
            return vocabulary(item) or (self.follows is not None and self.follows(item))

        for position, item in self._all():
            if position not in self.verdicts and waits(item):
                waiting[uuid_of(str(item["id"]))].append(position)
        for position, item in self._all() if waiting else ():
            if position not in self.verdicts and not waits(item):
                told = uses(item, lists=self.follows is None and vocabulary is is_definition)
                needed.update(uuid for uuid in told if uuid in waiting)
        queue = [uuid for uuid in waiting if uuid in needed]
        while queue:
            for position in waiting.pop(queue.pop(), ()):
                queue.extend(uuid for uuid in mentioned_uuids(self._item(position)) if uuid in waiting)
        for positions in waiting.values():
            for position in positions:
                self.verdicts[position] = ("unused", "nothing that goes out uses it")
        return set(waiting)

    def withheld(self) -> list[Withheld]:
        """What stays home, in order."""
        if not self.verdicts:
            return []
        return [
            Withheld(str(item.get("id") or ""), _version(item), *self.verdicts[position])
            for position, item in enumerate(self.items)
            if position in self.verdicts
        ]

    def released(self) -> Iterator[tuple[int, StixObject]]:
        """What goes, in order, each with its position and without references to what is gone; may be read again."""
        for position, item in self._all():
            if position not in self.verdicts:
                yield position, without(item, self.gone) if self._mentions_gone(item) else item

    def released_at(self, position: int) -> StixObject | None:
        """What goes from a position; None where it stays."""
        if position in self.verdicts:
            return None
        item = self._item(position)
        return without(item, self.gone) if self._mentions_gone(item) else item

    def _mentions_gone(self, item: StixObject) -> bool:
        return bool(self.gone) and not self.gone.isdisjoint(mentioned_uuids(item))

    def _item(self, position: int) -> StixObject:
        return self.cut[position] if position in self.cut else self.items[position]

    def _all(self) -> Iterator[tuple[int, StixObject]]:
        for position, item in enumerate(self.items):
            yield position, self.cut.get(position, item)


def quotable_values(item: Mapping[str, object]) -> list[str]:
    """The values of an observable that evidence rows may quote."""
    return [] if "created" in item else [value for name in _QUOTED if isinstance(value := item.get(name), str)]


def uses(item: Mapping[str, object], *, lists: bool = False) -> frozenset[str]:
    """The UUIDs that an object needs for what it says.

    Args:
        item: the object.
        lists: whether being listed counts; a list can be cut to what goes.
    """
    if lists or item["type"] not in _LISTS:
        return mentioned_uuids(item)
    return mentioned_uuids({key: value for key, value in item.items() if key != "object_refs"})


def is_definition(item: Mapping[str, object]) -> bool:
    """Whether it says what markings or extensions mean: it goes only when something that goes uses it."""
    return item["type"] in _DEFINITIONS


def is_vocabulary(item: Mapping[str, object]) -> bool:
    """Definitions, the project's shared objects, and organisations that stand for themselves."""
    return is_definition(item) or is_project_object(item) or item.get("created_by_ref") == item.get("id")


def _is_marking(item: Mapping[str, object]) -> bool:
    return item.get("type") == "marking-definition"


def _version(item: Mapping[str, object]) -> str:
    return str(item.get("modified") or item.get("created") or "")


def version_order(item: Mapping[str, object]) -> tuple[int, str]:
    """Sorts versions of one object by time; an unreadable time counts as newest, so that it decides."""
    text = _version(item)
    try:
        return (0, parse_timestamp(text).isoformat(timespec="microseconds") if text else "")
    except ValueError:
        return (1, text)
