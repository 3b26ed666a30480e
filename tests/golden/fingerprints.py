"""Golden records without the data: what names a record, and what would give it away, as hashes.

As a program it turns expectations (JSON Lines on standard input, see the README beside it) into entries.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping

PLAIN = ("kind", "platform", "outcome", "techniques", "count")
HASHED = ("value", "login")

_PREFIX = 16
"""Hexadecimal digits kept of a hash of a value."""


def folded(text: str) -> str:
    """The text with every run of white space as one space, so that CSV and TSV twins agree."""
    return " ".join(text.split())


def record_key(label: str, cell: str) -> str:
    """What names a record: a SHA-256 over its innermost label and its raw cell, white space folded."""
    return hashlib.sha256(f"{folded(label)}\x1f{folded(cell)}".encode()).hexdigest()


def fingerprint(text: object) -> str | None:
    """The beginning of the SHA-256 of a text, white space folded; None for None."""
    return None if text is None else hashlib.sha256(folded(str(text)).encode()).hexdigest()[:_PREFIX]


def entry(facts: Mapping[str, object]) -> dict[str, object]:
    """The entry for the facts of a record, expected or found: members named as in the account of a run."""
    techniques = facts.get("techniques")
    plain = {name: facts.get(name) for name in PLAIN}
    plain["techniques"] = sorted(str(each) for each in techniques) if isinstance(techniques, list) else []
    return plain | {name: fingerprint(facts.get(name)) for name in HASHED}


def main() -> None:
    """Print entries for the expectations on standard input."""
    entries = {}
    for line in sys.stdin:
        facts = json.loads(line)
        entries[record_key(facts["label"], facts["cell"])] = entry(facts)
    json.dump(entries, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
