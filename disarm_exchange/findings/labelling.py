"""Labels and parts for findings that have none: by their column of roles, or by the analyst's word for all inputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from disarm_exchange.findings.model import AMPLIFIER, IMPERSONATED, OPERATION, TARGET, VICTIM, Finding
from disarm_exchange.findings.reader import Record
from disarm_exchange.findings.roles import role_in_note
from disarm_exchange.findings.values.characters import tidy

_LABELS = {
    OPERATION: "operation asset",
    AMPLIFIER: "amplifier",
    TARGET: "target",
    IMPERSONATED: "impersonated party",
    VICTIM: "victim",
}
"""What a part is called as a label; rules know these (`mappings/rules/finding-words.json`)."""


def labels_of_role(role: str | None, cell: str = "") -> tuple[str, ...]:
    """The label path of a finding without labels: its part, and within it the words of its cell."""
    general = _LABELS.get(role or "")
    said = tidy(cell)[0]
    if general is None:
        return (said,) if said else ()
    return (general, said) if said and said.casefold() != general else (general,)


def labelled(records: Iterable[Record], role: str | None, label: str | None) -> Iterable[Record]:
    """The records, with a part and a label for findings of which their source says none.

    Args:
        records: as they were read.
        role: whose the values are, one of `roles.ROLES`; None where nobody says it.
        label: what to call findings without a label; None for what their part is called.
    """
    if role is None and label is None:
        return records
    return (_labelled(record, role, label) if isinstance(record, Finding) else record for record in records)


def _labelled(finding: Finding, role: str | None, label: str | None) -> Finding:
    said = finding.role or role_in_note(finding.note) or role
    labels = finding.labels or ((label,) if label is not None else labels_of_role(said))
    return replace(finding, role=said, labels=labels)
