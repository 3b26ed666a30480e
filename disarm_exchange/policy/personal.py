"""Where personal values stand in STIX objects, and what they look like in texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from disarm_exchange.policy.redaction import Action, Kind, Redaction

_EMAIL_TEXT = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
EMAIL = re.compile(rf"(?<![\w.]){_EMAIL_TEXT}")
"""An e-mail address in a text."""

PHONE = re.compile(r"(?<![\w.+])(?!\d{4}-\d\d-\d\d(?!\d))(?:\+|00)?\d(?:[\s().-]{0,2}\d){7,16}(?![\w])")
"""A phone number in a free text: eight digits or more, with a few marks between."""

IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
"""An IPv4 address in a text."""

FREE_TEXTS = frozenset({
    "description", "content", "abstract", "explanation", "subject", "body", "statement", "contact_information",
    "objective", "goals", "x_opencti_description", "display_name",
})  # fmt: skip
"""Properties in which people write what they like."""

_STANDING: Mapping[str, Mapping[str, Kind]] = {
    "user-account": {
        "account_login": Kind.HANDLE,
        "user_id": Kind.USER_ID,
        "display_name": Kind.DISPLAY_NAME,
    },
    "email-addr": {"value": Kind.EMAIL, "display_name": Kind.DISPLAY_NAME},
    "ipv4-addr": {"value": Kind.IP},
    "ipv6-addr": {"value": Kind.IP},
    "persona": {"persona_name": Kind.DISPLAY_NAME, "name": Kind.DISPLAY_NAME},
}

_ID_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "user-account": (Kind.HANDLE, Kind.USER_ID, Kind.EMAIL, Kind.PHONE),
    "email-addr": (Kind.EMAIL,),
    "ipv4-addr": (Kind.IP,),
    "ipv6-addr": (Kind.IP,),
}

PERSONAL_TYPES = (*_STANDING, "identity")
"""Types in which personal values may stand."""


def may_be_redacted(object_type: str, redaction: Redaction) -> bool:
    """Whether the id of an observable of that type may be made from a value that is redacted."""
    kinds = _ID_KINDS.get(object_type, ())
    return any(redaction.action(kind) is not Action.KEEP for kind in kinds)


def standing(item: Mapping[str, object]) -> Iterator[tuple[str, Kind, str]]:
    """The personal values that an object has in properties made for them: property, kind, value.

    A login that is an e-mail address or a phone number is of that kind. The name of an identity is personal when
    the identity is a person.
    """
    kinds = dict(_STANDING.get(str(item.get("type")), {}))
    if item.get("type") == "identity" and item.get("identity_class") == "individual":
        kinds["name"] = Kind.DISPLAY_NAME
    for name, kind in kinds.items():
        value = item.get(name)
        if isinstance(value, str) and value.strip():
            yield name, _closer(kind, value), value
    aliases = item.get("aliases") if item.get("type") == "persona" else None
    for alias in aliases if isinstance(aliases, list) else []:
        if isinstance(alias, str) and alias.strip():
            yield "aliases", Kind.DISPLAY_NAME, alias


def _closer(kind: Kind, value: str) -> Kind:
    if kind in (Kind.HANDLE, Kind.USER_ID):
        if EMAIL.fullmatch(value):
            return Kind.EMAIL
        if value.startswith("+") and PHONE.fullmatch(value):
            return Kind.PHONE
    return kind
