"""What a block of records gives: groups of objects, figures, evidence, parts. Blocks are joined in `assembly`.

A block depends on its own records and on the parts known before only, so blocks may be made in any process.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from disarm_exchange.convert.account import AccountLine
from disarm_exchange.convert.evidence import Evidence
from disarm_exchange.convert.parts import Learnt
from disarm_exchange.convert.rendering import Group
from disarm_exchange.convert.summary import Summary
from disarm_exchange.validate.facts import Facts

RECORDS = 2_000
"""Records in a block: enough that handing it over costs little, few enough that it stays small."""


@dataclass(slots=True)
class Block:
    """The result of some records that stand together in one file."""

    groups: list[Group] = field(default_factory=list)
    """Objects in the order of the records, each group once within the block."""

    summary: Summary = field(default_factory=Summary)
    """Figures of the records; objects and techniques are counted when blocks are joined."""

    evidence: Evidence = field(default_factory=Evidence)
    learnt: Learnt = field(default_factory=Learnt)
    names: set[str] = field(default_factory=set)
    """Keys of the words that were written as names (see `parts.value_key`)."""

    position: int = 0
    """Bytes of the inputs that were read up to its end."""

    facts: Facts | None = None
    """What the rules about all objects must know of these, where they were validated already."""

    lines: list[AccountLine] = field(default_factory=list)
    """Account lines, of all records or of those in quarantine."""
