"""The tables that commands print for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from disarm_exchange.cli.safe_text import visible
from disarm_exchange.cli.table_style import folding, number, table_of
from disarm_exchange.convert.outcome import Outcome
from disarm_exchange.convert.summary import Summary
from disarm_exchange.disarm.catalogue import Catalogue

_UNMAPPED_SHOWN = 12


def conversion_tables(summary: Summary, release: str) -> Iterator[Table]:
    """Findings by outcome, techniques by tactic, and what stayed unmapped."""
    yield outcome_table(summary)
    if summary.techniques:
        yield tactic_table(summary, release)
    if summary.unmapped:
        yield _unmapped_table(summary)


def outcome_table(summary: Summary) -> Table:
    """Findings by outcome; the last row is their sum, which is the number of findings read."""
    table = table_of("Findings by outcome", folding("outcome"), number("findings"))
    for outcome in Outcome:
        table.add_row(outcome.value, f"{summary.outcomes.get(outcome, 0):,}")
    table.add_section()
    table.add_row("findings read", f"{summary.records:,}")
    return table


def tactic_table(summary: Summary, release: str) -> Table:
    """Techniques called, by DISARM tactic, with the number of findings behind them."""
    catalogue = Catalogue.load(release)
    techniques: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    for technique_id, count in summary.techniques.items():
        for tactic in catalogue.tactics_of(catalogue.technique(technique_id)):
            techniques[tactic.id] += 1
            findings[tactic.id] += count
    title = f"Techniques by tactic (DISARM {release})"
    table = table_of(title, folding("tactic"), number("techniques"), number("distinct findings"))
    for tactic in catalogue.tactics:
        if techniques[tactic.id]:
            table.add_row(f"{tactic.id} {tactic.name}", f"{techniques[tactic.id]:,}", f"{findings[tactic.id]:,}")
    return table


def _unmapped_table(summary: Summary) -> Table:
    table = table_of("No technique called", folding("label"), number("findings"), folding("reason"))
    rows = sorted(summary.unmapped.items(), key=lambda item: (-item[1], item[0]))
    for (label, reason), count in rows[:_UNMAPPED_SHOWN]:
        table.add_row(Text(visible(label or "(no label)")), f"{count:,}", Text(visible(reason)))
    if len(rows) > _UNMAPPED_SHOWN:
        table.caption = f"and {len(rows) - _UNMAPPED_SHOWN} more labels (--json lists them all)"
    return table
