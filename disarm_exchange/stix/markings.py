"""TLP 2.0 marking definitions as OASIS published them, and the older ids that mean the same.

Sources: STIX 2.1 section 7.2.1.4 (TLP 1), the OASIS TLP 2.0 extension of 2022-10-01, FIRST's TLP 2.0 (WHITE is CLEAR).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

TLP2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


class Tlp(IntEnum):
    """The colours of TLP 2.0, ordered from widest to narrowest sharing."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        """As one writes it: `TLP:AMBER+STRICT`."""
        return f"TLP:{self.token.upper()}"

    @property
    def token(self) -> str:
        """As options and configuration have it: `amber+strict`."""
        return self.name.lower().replace("_", "+")

    @property
    def marking_id(self) -> str:
        """The id of the TLP 2.0 marking definition."""
        return _TLP2_IDS[self]


_TLP2_IDS: Mapping[Tlp, str] = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

_OTHER_IDS: Mapping[str, Tlp] = {
    # TLP 1, STIX 2.1 section 7.2.1.4
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    # OpenCTI's own, from before TLP 2.0
    "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37": Tlp.AMBER_STRICT,
}

TLP_OF_MARKING: Mapping[str, Tlp] = {**{mid: tlp for tlp, mid in _TLP2_IDS.items()}, **_OTHER_IDS}
"""Every marking-definition id that means a TLP colour: TLP 2, TLP 1, OpenCTI's amber+strict."""


def parse_tlp(text: str) -> Tlp:
    """The colour named by an option or a configuration value; `white` is CLEAR, a leading `TLP:` is allowed.

    Raises:
        ValueError: no such colour.
    """
    token = text.strip().lower().removeprefix("tlp:").replace(" ", "")
    if token == "white":
        return Tlp.CLEAR
    for tlp in Tlp:
        if token == tlp.token:
            return tlp
    raise ValueError(f"unknown TLP colour {text!r}: use {', '.join(t.token for t in Tlp)}")


def marking_definition(tlp: Tlp) -> dict[str, object]:
    """The TLP 2.0 marking object, content for content as OASIS published it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": tlp.marking_id,
        "created": "2022-10-01T00:00:00.000Z",
        "name": tlp.label,
        "extensions": {TLP2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.token}},
    }
