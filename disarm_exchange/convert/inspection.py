"""What is written is validated on its way out: each object by itself where it is made, all together where they meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import orjson

from disarm_exchange.convert.rendering import Group
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate import Issue, Severity, Validator
from disarm_exchange.validate.engine import Watch

PROFILE = "exchange"


class Inspector:
    """Validates the objects of a case one by one.

    Args:
        release: the DISARM release that technique ids are looked up in.
        separator: what stands between the objects of a group.
    """

    def __init__(self, release: str, separator: bytes) -> None:
        self._validator = Validator(PROFILE, framework=release)
        self._separator = separator

    def inspected(self, groups: list[Group]) -> list[Group]:
        """The groups with what is wrong with their objects."""
        check, separator = self._validator.check, self._separator
        return [
            group._replace(issues=tuple([issue for one in group.body.split(separator) for issue in check(parsed(one))]))
            for group in groups
        ]


class Inspection:
    """The validation of a whole case: takes every object in the order in which it is written.

    Args:
        release: the DISARM release that technique ids are looked up in.
        separator: what stands between the objects of a group.
        write: is given every issue of severity warning or error as a line of JSON.
    """

    def __init__(self, release: str, separator: bytes, write: Callable[[bytes], object]) -> None:
        self._watch = Watch(Validator(PROFILE, framework=release))
        self._separator = separator
        self._write = write
        self._number = 0
        self.counts: Counter[Severity] = Counter()
        """Issues by severity."""

    @property
    def fit(self) -> bool:
        """Whether the objects may be shared: no issue is an error."""
        return not self.counts[Severity.ERROR]

    def take(self, group: Group) -> None:
        """The next objects; those that were checked one by one before are not checked again."""
        watch, issues = self._watch, group.issues
        first = self._number
        for body in group.body.split(self._separator):
            if issues is None:
                self._tell(watch.see(parsed(body), self._number))
            else:
                watch.note(parsed(body), self._number)
            self._number += 1
        if issues:
            self._tell([replace(issue, number=first) for issue in issues])

    def take_object(self, item: StixObject) -> None:
        """The next object, where it is no group of a converter's."""
        self._tell(self._watch.see(item, self._number))
        self._number += 1

    def finish(self) -> None:
        """What is wrong with all of them together."""
        for issue in self._watch.finish():
            self._tell([issue])

    def close(self) -> None:
        """Give back what was held on disk."""
        self._watch.close()

    def _tell(self, issues: list[Issue]) -> None:
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
