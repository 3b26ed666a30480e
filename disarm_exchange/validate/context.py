"""What rules may know besides the object in hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Context:
    """The settings of one run, given to every rule when it is made."""

    matrices: tuple[str, ...] = ("stix", "dad-cdm", "incident", "exchange")
    """Which relationship matrices hold, by their folder under `schemas/`."""
    framework: str = "1.7"
    """The DISARM release that technique ids are looked up in unless the object names another."""
    known_ids: Collection[str] = field(default_factory=frozenset)
    """Ids of objects that the receiver has already: references to them are resolved."""
