"""What a source profile says of reports: how they state facts in the heading, and that they have no findings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from disarm_exchange.findings.columns import texts_of


@dataclass(frozen=True, slots=True)
class ReportRules:
    """How to compare what a report says in several places."""

    title: re.Pattern[str] | None = None
    """Its named groups are facts that the heading states."""

    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For each fact, the names (lower case) that it has in front matter."""

    empty: re.Pattern[str] | None = None
    """The sentence by which a report says that it has no findings."""

    unresolved: frozenset[str] = frozenset()
    """Link targets that are placeholders."""


def report_rules_from(content: dict[str, object]) -> ReportRules:
    """The member `report` of a profile file (schema `source-profile`)."""
    facts = content.get("facts", {})
    assert isinstance(facts, dict)
    return ReportRules(
        title=_pattern(content.get("title")),
        facts=tuple((str(fact), tuple(name.casefold() for name in texts_of(names))) for fact, names in facts.items()),
        empty=_pattern(content.get("empty")),
        unresolved=frozenset(texts_of(content.get("unresolved"))),
    )


def _pattern(text: object) -> re.Pattern[str] | None:
    return None if text is None else re.compile(str(text))
