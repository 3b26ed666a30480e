"""What is written is validated on its way out: each object by itself where it is made, all together where they meet.

With each object come the facts (`validate.facts`) from which the rules about all objects together are shown to find
nothing; no object is parsed a second time for them. Only where that cannot be shown, what was written is read again,
and those rules see every object: the issues are those that `validate` finds in the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import orjson

from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.rendering import Group
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.validate import Issue, Severity, Validator
from disarm_exchange.validate.engine import Watch
from disarm_exchange.validate.facts import Facts, Gatherer
from disarm_exchange.validate.proof import Proof

PROFILE = "exchange"
_WIDTH = 16


class Inspector:
    """Validates the objects of a case one by one, and gathers what is to be known of them all.

    Args:
        release: the DISARM release that technique ids are looked up in.
        separator: what stands between the objects of a group.
        frame: the case's.
        tlp: the case's marking.
    """

    def __init__(self, release: str, separator: bytes, frame: Frame, tlp: Tlp) -> None:
        self.validator = Validator(PROFILE, framework=release)
        self._separator = separator
        ids = frame.ids
        self.gatherer = Gatherer(self.validator, tlp, lambda *ends: ids.of("relationship", *ends))

    def inspected(self, groups: list[Group]) -> tuple[list[Group], Facts]:
        """The groups with what is wrong with their objects, and the facts of them all."""
        issues = self.issues
        return [group._replace(issues=issues(group)) for group in groups], self.gatherer.facts()

    def issues(self, group: Group) -> tuple[Issue, ...]:
        """What is wrong with the objects of a group, each by itself."""
        items = [parsed(one) for one in group.body.split(self._separator)]
        return tuple(self.gatherer.checked(items, group.types, group.uuids))


class Inspection:
    """The validation of a whole case: takes every object in the order in which it is written.

    Args:
        inspector: checks those objects that were not checked where they were made.
        tlp: the case's marking.
        write: is given every issue of severity warning or error as a line of JSON.
    """

    def __init__(self, inspector: Inspector, tlp: Tlp, write: Callable[[bytes], object]) -> None:
        self._inspector = inspector
        self._proof = Proof(inspector.validator, tlp)
        self._write = write
        self._watch: Watch | None = None
        self._number = 0
        self.counts: Counter[Severity] = Counter()
        """Issues by severity."""

    @property
    def fit(self) -> bool:
        """Whether the objects may be shared: no issue is an error."""
        return not self.counts[Severity.ERROR]

    def take(self, groups: Iterable[Group], facts: Facts | None = None) -> None:
        """The next objects. Those that were checked where they were made come with the facts of them all."""
        proof, inspector = self._proof, self._inspector
        groups = list(groups)
        packed = bytes.fromhex("".join([group.uuids for group in groups]).replace("-", ""))
        end = 0
        for group in groups:
            types, issues = group.types, group.issues
            at, end = end, end + _WIDTH * len(types)
            proof.add(types, packed[at:end])
            if issues is None:
                issues = inspector.issues(group)
            if issues:
                self._tell(issues)
        if facts is not None:
            proof.join(facts)
        proof.join(inspector.gatherer.facts())
        for names in inspector.gatherer.reports():
            proof.report(names)

    def take_object(self, item: StixObject) -> None:
        """The next object, where it is no group of a converter's: then all of them are such objects."""
        if self._watch is None:
            self._watch = Watch(self._inspector.validator)
        self._tell(self._watch.see(item, self._number))
        self._number += 1

    def finish(self, written: Callable[[], Iterable[StixObject]]) -> None:
        """What is wrong with all of them together. `written` gives all objects again, as they were written."""
        watch = self._watch
        if watch is None:
            if not self._proof.finish():
                return
            watch = self._watch = Watch(self._inspector.validator)
            for number, item in enumerate(written()):
                watch.note(item, number)
        self._tell(watch.finish())

    def close(self) -> None:
        """Give back what was held on disk."""
        if self._watch is not None:
            self._watch.close()

    def _tell(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            self.counts[issue.severity] += 1
            if issue.severity > Severity.INFO:
                self._write(
                    orjson.dumps(
                        {
                            "code": issue.code,
                            "severity": issue.severity.label,
                            "object": issue.object_id,
                            "pointer": issue.pointer,
                            "reason": issue.reason,
                            "fix": issue.fix,
                        },
                        option=orjson.OPT_APPEND_NEWLINE,
                    )
                )


def parsed(body: bytes) -> StixObject:
    """An object that this program wrote."""
    item = orjson.loads(body)
    assert isinstance(item, dict)
    return item
