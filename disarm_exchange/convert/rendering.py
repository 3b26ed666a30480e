"""Observables and what hangs on them, written as JSON without a dict in between: they are most of any large case.

A template for each type of observable holds what does not vary within a case; ids, pattern and title are filled in. The
bytes are those that `orjson` would give for the same objects.
"""

from __future__ import annotations

from typing import NamedTuple

import orjson

from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.observables import Observable
from disarm_exchange.stix.ids import KEY_SEPARATOR, UuidSeries
from disarm_exchange.validate import Issue

_INDICATED = ("indicator", "relationship", "relationship")
_OBSERVED = ("relationship",)


class Group(NamedTuple):
    """Objects that come together: the first one brings the others along."""

    types: tuple[str, ...]
    uuids: str
    """The UUIDs of their ids, 36 characters each, one after the other."""

    body: bytes
    """The objects as JSON, with the separator of the container between them."""

    issues: tuple[Issue, ...] | None = None
    """What is wrong with them, each by itself; None where nobody looked yet."""

    def first_id(self) -> str:
        """The id of the first of them."""
        return f"{self.types[0]}--{self.uuids[:36]}"

    def ids(self) -> list[str]:
        """Their ids."""
        return [f"{each}--{self.uuids[36 * at : 36 * at + 36]}" for at, each in enumerate(self.types)]


class Renderer:
    """Writes the observables of one case.

    Args:
        frame: the case's.
        separator: what stands between two objects; it ends with a line feed.
    """

    def __init__(self, frame: Frame, separator: bytes) -> None:
        self._separator = separator.decode()
        self._frame = frame
        lead = frame.namespace, frame.case_id
        self._indicator = UuidSeries(lead[0], "indicator", lead[1]).of
        self._based_on = UuidSeries(lead[0], "relationship", lead[1], "based-on").of
        self._indicates = UuidSeries(lead[0], "relationship", lead[1], "indicates").of
        self._related = UuidSeries(lead[0], "relationship", lead[1], "related-to").of
        self._to_case = KEY_SEPARATOR + frame.case_id
        self._with_indicator: dict[str, tuple[tuple[str, ...], str]] = {}
        self._without: dict[str, tuple[tuple[str, ...], str]] = {}

    def indicated(self, observable: Observable) -> Group:
        """An observable of the operation's own, and the indicator that finds it."""
        object_type, members, uuid, pattern, title = observable
        known = self._with_indicator.get(object_type)
        if known is None:
            known = self._with_indicator[object_type] = self._indicated_template(object_type)
        types, template = known
        sco_id = f"{object_type}--{uuid}"
        indicator = self._indicator(sco_id)
        indicator_id = f"indicator--{indicator}"
        based_on = self._based_on(f"{indicator_id}{KEY_SEPARATOR}{sco_id}")
        indicates = self._indicates(indicator_id + self._to_case)
        filled = template % (
            uuid, members,
            indicator, _text(title), _text(pattern),
            based_on, indicator, uuid,
            indicates, indicator,
        )  # fmt: skip
        return Group(types, f"{uuid}{indicator}{based_on}{indicates}", filled.encode())

    def observed(self, observable: Observable) -> Group:
        """An observable that belongs to the case and is nothing to detect by."""
        object_type, members, uuid, _, _ = observable
        known = self._without.get(object_type)
        if known is None:
            known = self._without[object_type] = self._observed_template(object_type)
        types, template = known
        related = self._related(f"{object_type}--{uuid}{self._to_case}")
        return Group(types, uuid + related, (template % (uuid, members, related, uuid)).encode())

    def _indicated_template(self, object_type: str) -> tuple[tuple[str, ...], str]:
        frame = self._frame
        indicator: dict[str, object] = {
            **frame.domain_object("indicator", "indicator--\0"),
            "name": "\1",
            "pattern": "\1",
            "pattern_type": "stix",
            "valid_from": frame.created,
        }
        objects = (
            self._sco(object_type),
            indicator,
            frame.relationship_with("relationship--\0", "based-on", "indicator--\0", f"{object_type}--\0"),
            frame.relationship_with("relationship--\0", "indicates", "indicator--\0", frame.case_id),
        )
        return (object_type, *_INDICATED), self._template(objects)

    def _observed_template(self, object_type: str) -> tuple[tuple[str, ...], str]:
        frame = self._frame
        link = frame.relationship_with("relationship--\0", "related-to", f"{object_type}--\0", frame.case_id)
        return (object_type, *_OBSERVED), self._template((self._sco(object_type), link))

    def _sco(self, object_type: str) -> dict[str, object]:
        return {
            "type": object_type,
            "spec_version": "2.1",
            "id": f"{object_type}--\0",
            "\2": "",
            "object_marking_refs": self._frame.markings,
        }

    def _template(self, objects: tuple[dict[str, object], ...]) -> str:
        """The objects as a text for `%`: places are held by control characters, which no part of a frame can have."""
        text = self._separator.join(orjson.dumps(item).decode() for item in objects).replace("%", "%%")
        return text.replace('"\\u0002":""', "%s").replace('"\\u0001"', "%s").replace("\\u0000", "%s")


def _text(text: str) -> str:
    return orjson.dumps(text).decode()
