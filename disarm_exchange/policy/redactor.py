"""Carrying out a redaction over a set of objects, so that no text, pattern, reference or id tells what was there.

A changed object gets another id, the same for every version of it: the ids of observables are hashes of their values,
and those of indicators and relationships are made from such ids, so whoever guesses a value could verify the guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from disarm_exchange.policy.evidence import labels_only, quotes_evidence
from disarm_exchange.policy.matcher import Matcher
from disarm_exchange.policy.personal import EMAIL, FREE_TEXTS, IP, PHONE, standing
from disarm_exchange.policy.redaction import Action, Kind, Redaction, canonical
from disarm_exchange.policy.references import fitting_selectors
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import contributing_properties, sco_id
from disarm_exchange.stix.project import is_project_object

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

_NO_TEXTS = frozenset({
    "type", "id", "spec_version", "created", "modified", "first_observed", "last_observed", "valid_from", "valid_until",
    "published", "first_seen", "last_seen", "start_time", "stop_time", "hashes", "pattern_type", "pattern_version",
    "relationship_type", "identity_class", "account_type", "extension_type", "definition_type", "lang", "selectors",
})  # fmt: skip
"""Properties whose values are of the standard or of vocabularies."""

_MADE_OF_IDS = frozenset({"relationship", "sighting", "observed-data"})
"""Types whose own ids are made from the ids they refer to."""

_REQUIRED = frozenset({"name", "value", "pattern", "content", "persona_name", "url", "opinion", "path"})
_NOT_FREE = frozenset({"pattern", "value", "url", "path"})
_NEVER_SHARED = ("credential",)
_ACCOUNT_NAMES = {"account_login", "user_id"}
_LOOKS = ((EMAIL, Kind.EMAIL, False), (PHONE, Kind.PHONE, True), (IP, Kind.IP, True))
"""What can be told by its looks: pattern, kind, whether only in free texts."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A personal value: its kind, and itself in one spelling. `kind` None: a public value, to be left alone."""

    kind: Kind | None
    value: str


class Redactor:
    """A redaction, with the personal values that are known.

    Args:
        redaction: the rules and the key.
        known: all objects in which personal values may stand: those to be shared, and whatever else is at hand
            (the more accounts are known, the more is recognised in texts).
    """

    def __init__(self, redaction: Redaction, known: Iterable[Mapping[str, object]]) -> None:
        self._redaction = redaction
        strictest: dict[str, tuple[Action, Kind]] = {}
        public: set[str] = set()
        for item in known:
            if item.get("type") == "domain-name" and isinstance(item.get("value"), str):
                public.add(str(item["value"]))
            for _, kind, value in standing(item):
                action = redaction.action(kind)
                known_as = strictest.get(canonical(value))
                if action is not Action.KEEP and (known_as is None or action > known_as[0]):
                    strictest[canonical(value)] = (action, kind)
        self._strictest = strictest
        values = [(value, _Known(kind, value)) for value, (_, kind) in strictest.items()]
        # a domain is no person: an account named as a part of one does not spoil it
        domains = [(domain, _Known(None, domain)) for domain in public if canonical(domain) not in strictest]
        self._matcher: Matcher[_Known] = Matcher([*values, *domains])

    def refusal(self, item: Mapping[str, object]) -> str | None:
        """Why the object cannot go, since what must be left out is what makes it; None when it can."""
        if self._redaction.is_idle:
            return None
        trial = _Trial(self, item)
        trial.content()
        return trial.refused or None

    def apply(
        self, items: Sequence[StixObject], context: Iterable[StixObject] = ()
    ) -> tuple[list[StixObject], list[StixObject]]:
        """The objects as they go to the recipient, in order, and what they were made from; unchanged ones are the same.

        Objects that have become alike go once.

        Args:
            items: objects that `refusal` lets go.
            context: objects that the items refer to and that went before: their ids are changed alike.
        """
        if self._redaction.is_idle:
            return list(items), list(items)
        every = [*items, *context]
        contents = [_Trial(self, item).content() for item in every]
        ids = self._new_ids(every, contents)
        seen: set[tuple[str, str]] = set()
        shaped: list[StixObject] = []
        sources: list[StixObject] = []
        for item, content in zip(items, contents, strict=False):
            changed = _with_ids(content, ids)
            key = (str(changed["id"]), str(changed.get("modified", "")))
            if changed != item and key in seen:
                continue
            seen.add(key)
            shaped.append(item if changed == item else changed)
            sources.append(item)
        return shaped, sources

    def _new_ids(self, every: Sequence[StixObject], contents: Sequence[StixObject]) -> dict[str, str]:
        """Old UUID to new id for every object that must not be known by its own."""
        touched: dict[str, str] = {}
        pending = list(zip(every, contents, strict=True))
        while True:
            before = len(touched)
            rest: list[tuple[StixObject, StixObject]] = []
            for item, content in pending:
                old = str(item["id"])
                refs = {uuid.lower() for uuid in _UUID.findall(_reference_text(item))} - {old[-36:].lower()}
                if content != item or (depends_on_ids(item) and not refs.isdisjoint(touched)):
                    touched[old[-36:].lower()] = ""
                else:
                    rest.append((item, content))
            pending = rest
            if len(touched) == before:
                break
        ids: dict[str, str] = {}
        waiting = [
            (item, content)
            for item, content in zip(every, contents, strict=True)
            if str(item["id"])[-36:].lower() in touched
        ]
        for item, content in sorted(waiting, key=lambda pair: depends_on_ids(pair[0])):
            ids[str(item["id"])[-36:].lower()] = self._new_id(item, _with_ids(content, ids))
        return ids

    def _new_id(self, item: StixObject, content: StixObject) -> str:
        """The id of a changed object: of an observable the one that its new content has by STIX 2.1 section 2.9."""
        kind = str(item["type"])
        if contributing_properties(kind):
            try:
                return sco_id(kind, content)
            except ValueError:
                pass
        return self._redaction.new_id(str(item["id"]))

    def finds(self, text: str, *, free: bool) -> list[tuple[int, int, Kind, str]]:
        """Personal values in a text, in order: from where to where, kind, the value in one spelling.

        Args:
            text: any text.
            free: whether people write there what they like, so that numbers may be phone numbers.
        """
        taken = [
            (match.start, match.end, match.about.kind, match.about.value)
            for match in self._matcher.find(text)
            if match.about.kind is not None
        ]
        for pattern, kind, only_free in _LOOKS:
            if self._redaction.action(kind) is Action.KEEP or (only_free and not free):
                continue
            for found in pattern.finditer(text):
                start, end = found.span()
                taken = [place for place in taken if place[1] <= start or end <= place[0]]
                taken.append((start, end, kind, found.group()))
        return sorted(taken)

    def kind_of(self, value: str) -> tuple[Action, Kind] | None:
        """What is to become of a whole value, if it is a personal one that is known."""
        return self._strictest.get(canonical(value))


class _Trial:
    """One object on its way through a redaction."""

    def __init__(self, redactor: Redactor, item: Mapping[str, object]) -> None:
        self._redactor = redactor
        self._redaction = redactor._redaction
        self._item = item
        self._kind = str(item.get("type"))
        self._makes_the_id = frozenset(contributing_properties(self._kind))
        self._standing = frozenset(name for name, _, _ in standing(item))
        self._is_organisation = self._kind == "identity" and "name" not in self._standing
        self._is_its_own_creator = item.get("created_by_ref") == item.get("id")
        self.refused = ""

    def content(self) -> StixObject:
        """The object with new content and its old ids. Sets `refused` when something essential had to go."""
        item: StixObject = dict(self._item)
        if is_project_object(item):
            return item  # public vocabulary, everybody's
        if quotes_evidence(item):
            item = labels_only(item)
        result: StixObject = {}
        for name, value in item.items():
            kept = _GONE if name in _NEVER_SHARED else self._value(name, value)
            if kept is _GONE:
                self._leave_out(name)
            else:
                result[name] = kept
        if self._kind == "user-account" and not result.keys() & _ACCOUNT_NAMES and self._item.keys() & _ACCOUNT_NAMES:
            self.refused = "nothing is left of what the account is called"
        return fitting_selectors(item, result)

    def _leave_out(self, name: str) -> None:
        if name in self._makes_the_id | _REQUIRED and self._kind != "user-account":
            self.refused = self.refused or f"{name} must be left out, and the object cannot go without"

    def _value(self, name: str, value: object) -> object:
        if name in _NO_TEXTS or name.endswith(("_ref", "_refs")):
            return value
        if isinstance(value, str):
            if self._redaction.drop_texts and name in FREE_TEXTS:
                return _GONE
            return self._text(name, value)
        if isinstance(value, dict):
            inner = {
                key: self._value(str(key), entry)
                for key, entry in value.items()
                if not self._redactor.finds(str(key), free=False)
            }
            return {key: entry for key, entry in inner.items() if entry is not _GONE}
        if isinstance(value, list):
            kept = [entry for entry in (self._value(name, entry) for entry in value) if entry is not _GONE]
            return kept if kept or not value else _GONE
        return value

    def _text(self, name: str, text: str) -> object:
        known = self._redactor.kind_of(text)
        if name == "name" and self._is_organisation and (known is not None or self._is_its_own_creator):
            return text  # an account called like an organisation does not spoil its name
        whole = known if name in self._standing else None
        if whole is not None:
            found = [(0, len(text), whole[1], canonical(text))]
        else:
            free = name not in self._makes_the_id and name not in _NOT_FREE
            found = self._redactor.finds(text, free=free)
        if not found:
            return text
        strictest = max(self._redaction.action(kind) for _, _, kind, _ in found)
        exact = name == "pattern" or name in self._makes_the_id
        if strictest is Action.DROP or (strictest is Action.MASK and exact):
            return _GONE
        parts: list[str] = []
        position = 0
        for start, end, kind, value in found:
            if start >= position:
                parts += (text[position:start], self._redaction.replacement(kind, value))
                position = end
        return "".join((*parts, text[position:]))


_GONE = object()


def depends_on_ids(item: Mapping[str, object]) -> bool:
    """Whether the object's id is made from ids that it refers to."""
    kind = str(item.get("type"))
    return kind in _MADE_OF_IDS or any(name.endswith("_ref") for name in contributing_properties(kind))


def _reference_text(item: Mapping[str, object]) -> str:
    return " ".join(
        " ".join(str(entry) for entry in value) if isinstance(value, list) else str(value)
        for name, value in item.items()
        if name.endswith(("_ref", "_refs")) and name not in ("object_marking_refs", "created_by_ref")
    )


def _with_ids(item: StixObject, ids: Mapping[str, str]) -> StixObject:
    """The object with old ids replaced wherever they stand, keys and texts included."""
    if not ids:
        return item

    def swap(found: re.Match[str]) -> str:
        new = ids.get(found.group().lower())
        return found.group() if new is None else new[-36:]

    def walk(value: object) -> object:
        if isinstance(value, str):
            return _UUID.sub(swap, value)
        if isinstance(value, dict):
            return {_UUID.sub(swap, str(key)): walk(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [walk(entry) for entry in value]
        return value

    changed = walk(item)
    assert isinstance(changed, dict)
    return changed
