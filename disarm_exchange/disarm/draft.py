"""Suggestions written down as a rule file for a person to judge; nothing uses it until it is given as a mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from disarm_exchange.disarm.suggest import Suggestion
from disarm_exchange.disarm.words import words_of

_LONGEST_ID = 60


def draft_rules(release: str, suggested: Iterable[tuple[str, Sequence[Suggestion]]]) -> str:
    """The text of a rule file: a rule for each label, its candidates at low confidence; without any, unmapped.

    Args:
        release: the DISARM release of the suggestions.
        suggested: labels, each with its suggestions.
    """
    rules: list[dict[str, object]] = []
    seen: set[str] = set()
    for label, candidates in suggested:
        rule_id = _rule_id(label, seen)
        rule: dict[str, object] = {"id": rule_id, "labels": [label[:400]]}
        if candidates:
            rule["note"] = (
                "Suggested by likeness. Keep what is right, set its confidence, give the reason in own words."
            )
            rule["techniques"] = [
                {
                    "id": item.technique_id,
                    "name": item.name,
                    "confidence": "low",
                    "reason": f"Suggested: {item.reasons[0]}.",
                }
                for item in candidates
            ]
        else:
            rule["unmapped"] = "Nothing alike was found; say why DISARM has no counterpart, or call something."
        rules.append(rule)
    content = {
        "$schema": "urn:disarm-exchange:schema:mapping-rules",
        "source": "draft",
        "title": "Draft of mapping suggest, to be judged",
        "release": release,
        "rules": rules,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _rule_id(label: str, seen: set[str]) -> str:
    words = "-".join(re.findall(r"[a-z0-9]+", " ".join(words_of(label))))[:_LONGEST_ID].strip("-") or "label"
    rule_id, number = f"draft.{words}", 1
    while rule_id in seen:
        number += 1
        rule_id = f"draft.{words}-{number}"
    seen.add(rule_id)
    return rule_id
