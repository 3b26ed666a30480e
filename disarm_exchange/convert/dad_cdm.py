"""DAD-CDM objects beside plain STIX: channels, media outlets, personas and narratives, where the input carries them.

Which findings give which object is data (`mappings/models/dad-cdm.json`). Like all objects of a case each is a
function of its own key, so order and repetition do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.observables import account_type
from disarm_exchange.datafiles import load_json_file
from disarm_exchange.disarm.mapping import Verdict
from disarm_exchange.findings.values import Value, platform_named
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.defanging import defang, defang_text
from disarm_exchange.stix.extensions import EXTENSIONS

_LONGEST_NAME = 250
_ARTICLES = ("a ", "an ", "the ")


class Model(StrEnum):
    """Which objects a conversion gives."""

    STIX = "stix"
    """Plain STIX 2.1 only."""

    DAD_CDM = "dad-cdm"
    """DAD-CDM objects, and no note for what one of them says already."""

    BOTH = "both"
    """DAD-CDM objects beside all plain ones."""


@dataclass(frozen=True, slots=True)
class _Entry:
    type: str
    kinds: frozenset[str]
    techniques: tuple[str, ...]
    named_after: tuple[str, ...]

    def fits(self, kind: str, verdict: Verdict) -> bool:
        if kind not in self.kinds:
            return False
        if not self.techniques:
            return True
        return any(
            call.technique_id.startswith(wanted[:-1]) if wanted.endswith("*") else call.technique_id == wanted
            for call in verdict.calls
            for wanted in self.techniques
        )


@cache
def _entries() -> tuple[_Entry, ...]:
    content = load_json_file(data_folder("mappings") / "models" / "dad-cdm.json", "object-model")
    objects = content["objects"]
    assert isinstance(objects, list)
    return tuple(
        _Entry(
            each["type"],
            frozenset(each["kinds"]),
            tuple(each.get("techniques", ())),
            tuple(each.get("named_after", ())),
        )
        for each in objects
    )


def modelled(
    frame: Frame, value: Value, verdict: Verdict, observable_id: str | None = None, *, own: bool = True
) -> list[StixObject]:
    """The DAD-CDM object of a value, what ties it to the case, and the definition of its extension; or nothing.

    Args:
        frame: the case's.
        value: the value.
        verdict: what the mapping says of its finding.
        observable_id: the account that a channel belongs to.
        own: whether the value is the operation's own; if not, only what the operation told can be modelled.
    """
    kind = value.kind.value
    for entry in _entries():
        if not entry.fits(kind, verdict) or not (own or entry.type == "narrative"):
            continue
        name = _name(entry, value)
        if name:
            return list(_objects(entry.type, name, frame, value, observable_id))
    return []


def _name(entry: _Entry, value: Value) -> str:
    if entry.type == "channel":
        return value.login or value.user_id or ""
    text = " ".join(value.text.split())
    if not entry.named_after:
        return text
    folded = text.casefold()
    for start in entry.named_after:
        if folded.startswith(f"{start} "):
            rest = text[len(start) + 1 :].strip(" .")
            for article in _ARTICLES:
                if rest.casefold().startswith(article):
                    rest = rest[len(article) :]
            return rest
    return ""


def _objects(
    object_type: str, name: str, frame: Frame, value: Value, observable_id: str | None
) -> Iterator[StixObject]:
    extension = EXTENSIONS[object_type]
    yield extension.definition()
    object_id = frame.own(object_type, *(_channel_key(value) if object_type == "channel" else (name,)))
    item = frame.domain_object(object_type, object_id)
    item["name"] = _short(defang_text(name) if " " in name else defang(name))
    if object_type == "channel":
        item["channel_types"] = [value.kind.value]
        if value.platform is not None:
            item["description"] = f"{value.kind.value} on {platform_named(value.platform).name}"
    elif len(name) > _LONGEST_NAME:
        item["description"] = defang_text(name)
    item["extensions"] = {extension.id: extension.marker}
    yield item
    relation = "uses" if object_type in ("channel", "narrative") else _presents(object_type, frame)
    yield frame.relationship(relation, frame.case_id, object_id)
    if object_type == "channel" and observable_id is not None:
        yield frame.relationship("belongs-to", object_id, observable_id)


def _channel_key(value: Value) -> tuple[str, ...]:
    """What tells channels apart: a group and a page of one name are two, and each belongs to one account."""
    return account_type(value), value.kind.value, value.login or "", value.user_id or ""


def _presents(object_type: str, frame: Frame) -> str:
    """DOC-12B lets an intrusion set present itself as a persona; for all else STIX's `related-to` is honest."""
    is_set = frame.case_id.startswith("intrusion-set--")
    return "presents-as" if object_type == "persona" and is_set else "related-to"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1].rstrip() + "…"
