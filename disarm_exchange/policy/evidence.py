"""The rows of our evidence extension: they quote sources, so what is withheld or redacted must not stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

_DEFANGED = (("[.]", "."), ("(.)", "."), ("[:]", ":"), ("[at]", "@"), ("[@]", "@"), ("(at)", "@"), ("hxxp", "http"))


def quotes_evidence(item: Mapping[str, object]) -> bool:
    """Whether the object has evidence rows."""
    extensions = item.get("extensions")
    return isinstance(extensions, dict) and EVIDENCE_EXTENSION in extensions


def plain(text: str) -> str:
    """A defanged value as it is."""
    for defanged, itself in _DEFANGED:
        text = text.replace(defanged, itself)
    return text


def cut_rows(item: StixObject, tells: Callable[[str], bool]) -> StixObject | None:
    """The object without the rows that tell of something; their number is taken off the count too.

    Args:
        item: an object with evidence.
        tells: whether a text of a row tells of what must not be told.

    Returns:
        The object itself when no row tells; None when all do: then the call has no evidence that may be seen.
    """
    extensions = item["extensions"]
    assert isinstance(extensions, dict)
    evidence = extensions[EVIDENCE_EXTENSION]
    rows = evidence.get("evidence") if isinstance(evidence, dict) else None
    if not isinstance(rows, list):
        return item
    kept = [row for row in rows if not any(tells(plain(text)) for text in _texts(row))]
    if len(kept) == len(rows):
        return item
    if not kept:
        return None
    count = evidence.get("evidence_count")
    fewer = {"evidence_count": max(len(kept), count - (len(rows) - len(kept)))} if isinstance(count, int) else {}
    return {**item, "extensions": {**extensions, EVIDENCE_EXTENSION: {**evidence, "evidence": kept, **fewer}}}


def labels_only(item: StixObject) -> StixObject:
    """The object with nothing but the labels of its evidence rows; without the extension when none has a label."""
    extensions = item["extensions"]
    assert isinstance(extensions, dict)
    evidence = extensions[EVIDENCE_EXTENSION]
    rows = evidence.get("evidence") if isinstance(evidence, dict) else None
    listed = rows if isinstance(rows, list) else []
    labels = dict.fromkeys(str(row["label"]) for row in listed if isinstance(row, dict) and row.get("label"))
    rest = {name: value for name, value in extensions.items() if name != EVIDENCE_EXTENSION}
    if labels:
        rest[EVIDENCE_EXTENSION] = {**evidence, "evidence": [{"label": label} for label in labels]}
    result = {name: value for name, value in item.items() if name != "extensions"}
    return {**result, "extensions": rest} if rest else result


def _texts(row: object) -> list[str]:
    return [value for value in row.values() if isinstance(value, str)] if isinstance(row, dict) else []
