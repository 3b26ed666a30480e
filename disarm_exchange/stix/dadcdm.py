"""The DAD-CDM types as classes of the `stix2` library, for those who build or parse objects with it.

Nothing is registered by importing this module. The registry of `stix2` is one per process, and other libraries (pycti)
register some of these names too: `register()` is for programs that want our classes and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import stix2
from stix2.exceptions import DuplicateRegistrationError
from stix2.properties import (
    EnumProperty,
    ListProperty,
    ReferenceProperty,
    StringProperty,
    TimestampProperty,
)
from stix2.registry import STIX2_OBJ_MAPS

from disarm_exchange.errors import UserError
from disarm_exchange.stix.extensions import EXTENSIONS

Properties = list[tuple[str, object]]

_TEXTS: Callable[[], object] = lambda: ListProperty(StringProperty)  # noqa: E731
_CONTEXTS = ["cyber", "social", "physical"]


def _described(*more: tuple[str, object]) -> Properties:
    return [
        ("name", StringProperty(required=True)),
        ("description", StringProperty()),
        ("aliases", _TEXTS()),
        *more,
    ]


def _languages() -> tuple[str, object]:
    return ("language_refs", ListProperty(ReferenceProperty(valid_types="language", spec_version="2.1")))


def _domain_objects() -> Mapping[str, Properties]:
    return {
        "narrative": _described(("narrative_types", _TEXTS())),
        "channel": _described(("channel_types", _TEXTS()), _languages()),
        "event": _described(
            ("event_types", _TEXTS()),
            ("start_time", TimestampProperty()),
            ("stop_time", TimestampProperty()),
            ("context", ListProperty(EnumProperty(_CONTEXTS))),
        ),
        "language": [("name", StringProperty(required=True)), ("aliases", _TEXTS())],
        "persona": _described(("persona_type", StringProperty())),
        "media-outlet": _described(("umid", StringProperty()), ("lei", StringProperty())),
    }


def _media_content() -> Properties:
    return [
        ("title", StringProperty()),
        ("description", StringProperty()),
        ("content", StringProperty()),
        ("media_category", StringProperty()),
        ("url", StringProperty()),
        ("publication_date", TimestampProperty()),
        _languages(),
    ]


def register() -> Mapping[str, type]:
    """Register the DAD-CDM types with `stix2` and return their classes by type; a second call changes nothing.

    Afterwards `stix2.parse` gives objects of these classes, and the classes build objects that carry the extension of
    this project. `intrusion-set` keeps its class: its `context` comes under a toplevel-property-extension.

    Raises:
        UserError: another library has registered one of the names already.
    """
    if _CLASSES:
        return dict(_CLASSES)
    maps = STIX2_OBJ_MAPS["2.1"]
    taken = sorted({*_domain_objects(), "media-content"} & {*maps["objects"], *maps["observables"]})
    if taken:
        raise UserError(
            f"the stix2 library has {', '.join(taken)} from elsewhere already",
            fix="register the DAD-CDM types in a process that does not import pycti",
        )
    try:
        for name, properties in _domain_objects().items():
            decorate = stix2.v21.CustomObject(name, properties, EXTENSIONS[name].id)
            _CLASSES[name] = decorate(type(_class_name(name), (), {"__doc__": EXTENSIONS[name].title}))
        decorate = stix2.v21.CustomObservable(
            "media-content", _media_content(), ["url"], EXTENSIONS["media-content"].id
        )
        _CLASSES["media-content"] = decorate(type("MediaContent", (), {"__doc__": EXTENSIONS["media-content"].title}))
    except DuplicateRegistrationError as error:
        raise UserError(str(error), fix="register the DAD-CDM types before other libraries do") from None
    return dict(_CLASSES)


_CLASSES: dict[str, type] = {}


def _class_name(object_type: str) -> str:
    return "".join(part.capitalize() for part in object_type.split("-"))
