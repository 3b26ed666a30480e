"""What is made unrecognisable for a recipient: kinds of personal values, and what becomes of each.

A pseudonym is HMAC-SHA-256 with the pair's key over the kind and the value, so the same value has the same pseudonym
for this recipient in every object and every exchange, nobody without the key can guess it, and two partners who share a
key can tell whether they look at the same account.
"""

from __future__ import annotations

import base64
import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

_LETTERS = 16


class Kind(StrEnum):
    """Kinds of personal values."""

    HANDLE = "handle"
    """What an account logs in or is addressed with."""
    USER_ID = "user-id"
    DISPLAY_NAME = "display-name"
    """What an account, an address or a person is called."""
    EMAIL = "email"
    PHONE = "phone"
    IP = "ip"


class Action(IntEnum):
    """What becomes of a value, in rising order of strictness: of two rules for one value the stricter counts."""

    KEEP = 0
    PSEUDONYM = 1
    MASK = 2
    """A word in its place: `[handle]`. Where the value is what makes the object, the object stays home."""
    DROP = 3
    """The property that holds it is left out; where it cannot be, the object stays home."""


_PREFIX = {
    Kind.HANDLE: "u-",
    Kind.USER_ID: "i-",
    Kind.DISPLAY_NAME: "n-",
    Kind.EMAIL: "e-",
    Kind.PHONE: "p-",
    Kind.IP: "a-",
}


@dataclass(frozen=True, slots=True)
class Redaction:
    """How personal values go to one recipient.

    Args:
        rules: what becomes of each kind; kinds that are not named are kept.
        key: the pair's secret key, at least 16 bytes; ids of changed objects are derived with it too.
        drop_texts: whether free texts (descriptions, notes' contents, evidence) are left out altogether, since a name
            that stands in no account object cannot be recognised in them.

    Raises:
        ValueError: the key is too short, or addresses (IP) are to have pseudonyms, which would be addresses of others.
    """

    rules: Mapping[Kind, Action]
    key: bytes = field(repr=False)
    drop_texts: bool = False

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("the key of a redaction has at least 16 bytes")
        if self.rules.get(Kind.IP) in (Action.PSEUDONYM, Action.MASK):
            raise ValueError("IP addresses can be kept or dropped")

    def action(self, kind: Kind) -> Action:
        """What becomes of values of that kind."""
        return self.rules.get(kind, Action.KEEP)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is ever changed."""
        return not self.drop_texts and all(action is Action.KEEP for action in self.rules.values())

    def replacement(self, kind: Kind, value: str) -> str:
        """What stands in the place of a value in a text."""
        if self.action(kind) is not Action.PSEUDONYM:
            return f"[{kind.value}]"
        letters = base64.b32encode(self.digest(kind.value, canonical(value))).decode().lower()[:_LETTERS]
        name = f"{_PREFIX[kind]}{letters}"
        return f"{name}@redacted.invalid" if kind is Kind.EMAIL else name

    def digest(self, purpose: str, text: str) -> bytes:
        """32 bytes that depend on the key, the purpose and the text."""
        return hmac.digest(self.key, f"{purpose}\x1f{text}".encode("utf-8", "surrogatepass"), "sha256")

    def new_id(self, old: str) -> str:
        """The id of an object that was changed for the recipient: the same for each of its versions."""
        digest = bytearray(self.digest("id", old.lower())[:16])
        digest[6] = (digest[6] & 0x0F) | 0x50
        digest[8] = (digest[8] & 0x3F) | 0x80
        text = digest.hex()
        kind = old.partition("--")[0]
        return f"{kind}--{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def canonical(value: str) -> str:
    """One spelling of a value: Unicode form, letter case, white space and a leading @ do not matter."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split()).removeprefix("@")
