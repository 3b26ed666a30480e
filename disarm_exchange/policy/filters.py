"""Filters: which of the objects that may be shared are wanted by, or meant for, a recipient.

A filter judges each object by what it says of itself. Observables have no labels, creators, confidence or dates of
change, and techniques are everybody's, so filters by those cannot judge them: such an object follows, that is, it goes
only when something that goes refers to it. Identities and definitions are not subject to filters by type unless they
are named in `not_types`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from disarm_exchange.policy.clearance import effective_marking
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import DISARM_SOURCE, is_project_object
from disarm_exchange.stix.timestamps import parse_timestamp

_ALWAYS = frozenset({"identity", "marking-definition", "extension-definition"})
_NOT_JUDGED = frozenset({"marking-definition", "extension-definition"})


@dataclass(frozen=True, slots=True)
class Filters:
    """What may pass. An empty field lets everything pass.

    Args:
        types: only these types.
        not_types: none of these types.
        techniques: of attack-patterns only those with these DISARM ids, or sub-techniques of them.
        not_techniques: none of those.
        labels: of objects that can have labels, only those with one of these.
        not_labels: none with one of these.
        creators: only objects created by one of these identities.
        not_creators: none of those.
        min_confidence: none that states a confidence (0 to 100) below this.
        max_age: none that was last modified longer ago than this.
        pass_on: of what others created nothing that is marked more strictly than this; None: as of what we created.
        own: STIX ids of our own organisation.
        recognise: tells the DISARM id of an attack-pattern, under whatever STIX id it comes; None: by its references to
            DISARM alone.
    """

    types: frozenset[str] = frozenset()
    not_types: frozenset[str] = frozenset()
    techniques: frozenset[str] = frozenset()
    not_techniques: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    not_labels: frozenset[str] = frozenset()
    creators: frozenset[str] = frozenset()
    not_creators: frozenset[str] = frozenset()
    min_confidence: int | None = None
    max_age: timedelta | None = None
    pass_on: Tlp | None = None
    own: frozenset[str] = frozenset()
    recognise: Callable[[Mapping[str, object]], str | None] | None = field(default=None, compare=False, repr=False)

    def refusal(self, item: Mapping[str, object], now: datetime) -> str | None:
        """Why the object does not pass, in words that name the filter; None when it does."""
        kind = item.get("type")
        if kind in self.not_types:
            return f"not_types has {kind}"
        if self.types and kind not in self.types and kind not in _ALWAYS:
            return f"types does not have {kind}"
        if kind in _NOT_JUDGED:
            return None
        shared = kind in _ALWAYS or is_project_object(item)
        return self._technique(item) or self._says(item, shared=shared) or (None if shared else self._age(item, now))

    def follows(self, item: Mapping[str, object]) -> bool:
        """Whether the object goes only when something that goes refers to it: it cannot be judged by itself."""
        one_sided = self.labels or self.creators or self.max_age is not None or self.pass_on is not None
        unjudged = "created" not in item or is_project_object(item)
        return bool(one_sided) and unjudged and item.get("type") not in _NOT_JUDGED

    def _technique(self, item: Mapping[str, object]) -> str | None:
        if item.get("type") != "attack-pattern" or not (self.techniques or self.not_techniques):
            return None
        told = self.recognise(item) if self.recognise is not None else None
        found = {told, told.partition(".")[0]} if told is not None else _technique_ids(item, self.recognise is None)
        barred = found & self.not_techniques
        if barred:
            return f"not_techniques has {min(barred)}"
        return None if not self.techniques or found & self.techniques else "techniques does not have it"

    def _says(self, item: Mapping[str, object], *, shared: bool) -> str | None:
        labels, creator, confidence = item.get("labels"), item.get("created_by_ref"), item.get("confidence")
        said = {label for label in labels if isinstance(label, str)} if isinstance(labels, list) else set()
        if said & self.not_labels:
            return f"not_labels has {min(said & self.not_labels)}"
        if creator in self.not_creators:
            return f"not_creators has {creator}"
        stated = confidence if isinstance(confidence, (int, float)) else None
        if self.min_confidence is not None and stated is not None and stated < self.min_confidence:
            return f"confidence {stated} is below {self.min_confidence}"
        judged = "created" in item and not shared
        if judged and self.labels and not said & self.labels:
            return "labels has none of its labels"
        if judged and self.creators and creator not in self.creators:
            return "creators does not have its creator"
        return self._onward(item) if judged else None

    def _onward(self, item: Mapping[str, object]) -> str | None:
        """What others created goes to third parties only as far as their marking lets it (TLP 2.0)."""
        if self.pass_on is None or item.get("created_by_ref") in self.own:
            return None
        strictest = effective_marking(item).tlp
        if strictest is not None and strictest <= self.pass_on:
            return None
        return f"pass_on is {self.pass_on.label}, and we did not create it"

    def _age(self, item: Mapping[str, object], now: datetime) -> str | None:
        changed = item.get("modified") or item.get("created")
        if self.max_age is None or not isinstance(changed, str):
            return None
        try:
            old = now - parse_timestamp(changed) > self.max_age
        except ValueError:
            return "its date of change cannot be read"
        return f"it is older than {self.max_age.days} days" if old else None


def _technique_ids(item: Mapping[str, object], by_looks: bool) -> set[str]:
    """The DISARM ids of an attack-pattern, each with the technique that it is a sub-technique of.

    Args:
        item: the attack-pattern.
        by_looks: whether ids that look like DISARM's count under whatever name of a source.
    """
    references = item.get("external_references")
    found: set[str] = set()
    for entry in references if isinstance(references, list) else []:
        if not isinstance(entry, dict):
            continue
        name, external = entry.get("source_name"), entry.get("external_id")
        # DISARM's own bundles call themselves mitre-attack; its ids have four digits after the T and a leading zero
        if isinstance(external, str) and (name == DISARM_SOURCE or (by_looks and external.startswith("T0"))):
            found |= {external, external.partition(".")[0]}
    return found
