"""The shared vocabulary that a case refers to and the ledger does not keep: techniques, platforms, places, definitions.

It belongs to no case and has one content for everybody, so it can be made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache

import pycountry

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.disarm.revision import technique_object
from disarm_exchange.policy.references import mentioned_ids
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.extensions import used_definitions
from disarm_exchange.stix.places import REGIONS, find_place
from disarm_exchange.stix.platforms import known_platforms
from disarm_exchange.stix.project import location, platform_id, platform_identity, project_identity

_KOSOVO = "XK"
"""Not in ISO 3166-1, and in use (see `stix.places`)."""


def vocabulary_of(objects: Collection[StixObject], catalogue: Catalogue) -> Iterator[StixObject]:
    """The shared objects that some objects refer to and that are not among them, in the order of the references.

    Args:
        objects: of one case.
        catalogue: the release that its techniques are of.
    """
    here = {item.get("id") for item in objects}
    refs = dict.fromkeys(ref for item in objects for ref in mentioned_ids(item) if ref not in here)
    for ref in refs:
        found = _made(ref, catalogue)
        if found is not None:
            yield found
    yield project_identity()
    yield from used_definitions(objects)


def _made(ref: str, catalogue: Catalogue) -> StixObject | None:
    kind = ref.partition("--")[0]
    if kind == "attack-pattern":
        technique_id = technique_of({"type": kind, "id": ref})
        technique = catalogue.get(technique_id) if technique_id is not None else None
        return technique_object(technique, catalogue) if technique is not None else None
    if kind == "identity":
        return _platforms().get(ref)
    return _places().get(ref) if kind == "location" else None


@cache
def _platforms() -> dict[str, StixObject]:
    return {platform_id(one.key): platform_identity(one.key, one.name) for one in known_platforms()}


@cache
def _places() -> dict[str, StixObject]:
    codes = [*(str(country.alpha_2) for country in pycountry.countries), _KOSOVO]
    found = (find_place(text) for text in (*sorted(REGIONS), *codes))
    items = (location(place.name, country=place.country, region=place.region) for place in found if place is not None)
    return {str(item["id"]): item for item in items}
