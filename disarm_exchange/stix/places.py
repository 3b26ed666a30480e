"""Countries and regions as people name them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from disarm_exchange.resources import data_folder

REGIONS = frozenset(
    "africa eastern-africa middle-africa northern-africa southern-africa western-africa americas caribbean "
    "central-america latin-america-caribbean northern-america south-america asia central-asia eastern-asia "
    "southern-asia south-eastern-asia western-asia europe eastern-europe northern-europe southern-europe "
    "western-europe oceania antarctica australia-new-zealand melanesia micronesia polynesia".split()
)
"""STIX 2.1 section 10.18, region-ov."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1 alpha-2) or a region of STIX's vocabulary; exactly one of the two is set."""

    name: str
    country: str | None = None
    region: str | None = None


@cache
def _common_names() -> dict[str, str]:
    path = data_folder("mappings") / "places" / "country-names.json"
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return {name: code for name, code in names.items() if not name.startswith("$")}


def find_place(text: str) -> Place | None:
    """The country or region of that name or code; None where the text names neither (no guessing)."""
    folded = " ".join(text.split()).casefold()
    region = folded.replace(" ", "-")
    if region in REGIONS:
        return Place(name=region.replace("-", " ").title(), region=region)
    code = _common_names().get(folded)
    if code == "XK":
        return Place(name="Kosovo", country="XK")
    import pycountry  # noqa: PLC0415 - takes long to import, and few cases name a place

    try:
        entry = pycountry.countries.lookup(code or folded)
    except LookupError:
        return None
    return Place(name=str(getattr(entry, "common_name", entry.name)), country=str(entry.alpha_2))
