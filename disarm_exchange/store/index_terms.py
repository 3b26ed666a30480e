"""What the index says of one object: the words and values it is found by, and the techniques it uses or names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

_MOST_WORDS = 40
_LONGEST_WORD = 60
_LONGEST_VALUE = 90
_MOST_VALUES = 50
_MOST_LISTED = 2000
_LONGEST_NAMES = 4000
_LONGEST_PATTERN = 64 * 1024
_LARGEST = 2**62

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"=\s*'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NAMELESS = frozenset({"relationship", "indicator", "extension-definition", "language-content", "observed-data"})
_VALUE_KEYS = ("value", "account_login", "user_id", "url", "name")
_PATTERN = "attack-pattern--"
# As `report.counting` has it: the framework's own structure, and what is done against it, use no technique.
_NOT_USERS = (_PATTERN, "course-of-action--")


class Link(NamedTuple):
    """That an object uses (`uses`), or names (`lists`), a technique; or is itself `revoked`."""

    pattern: str
    user: str
    kind: str
    findings: int = 0
    confidence: int | None = None
    framework: str | None = None


def words(text: str) -> list[str]:
    """The words of a text as they are compared: no case, no accents, each once."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    found = dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(plain))
    return list(found)[:_MOST_WORDS]


def value_term(value: str) -> str:
    """A whole value as one term; a long one by its digest."""
    folded = "".join(value.casefold().split("\0"))
    if len(folded) <= _LONGEST_VALUE:
        return "=" + folded
    return "=#" + blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def terms_of(item: StixObject) -> list[str]:
    """All terms of an object."""
    kind = item.get("type")
    found: dict[str, None] = {}
    if kind == "indicator":
        pattern = item.get("pattern")
        if isinstance(pattern, str):
            for quoted in _QUOTED.findall(pattern[:_LONGEST_PATTERN])[:_MOST_VALUES]:
                found.setdefault(value_term(_ESCAPED.sub(r"\1", quoted)))
    elif "created" not in item:
        found.update(dict.fromkeys(value_term(value) for value in _values(item)))
    elif kind not in _NAMELESS:
        found.update(dict.fromkeys(words(" ".join(_names(item))[:_LONGEST_NAMES])))
    return list(found)


def _names(item: StixObject) -> Iterator[str]:
    for key in ("name", "aliases", "x_mitre_id"):
        value = item.get(key)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (one for one in value if isinstance(one, str))
    references = item.get("external_references")
    if item.get("type") == "attack-pattern" and isinstance(references, list):
        for reference in references:
            if isinstance(reference, Mapping) and isinstance(reference.get("external_id"), str):
                yield str(reference["external_id"])


def _values(item: StixObject) -> Iterator[str]:
    for key in _VALUE_KEYS:
        value = item.get(key)
        if isinstance(value, str) and value:
            yield value
    hashes = item.get("hashes")
    if isinstance(hashes, Mapping):
        yield from (one for one in list(hashes.values())[:_MOST_VALUES] if isinstance(one, str))


def links_of(item: StixObject) -> list[Link]:
    """What an object says of the use of techniques; by pattern, each once."""
    own = str(item.get("id"))
    if item.get("revoked") is True:
        return [Link(own, own, "revoked")]
    if item.get("type") == "relationship":
        link = _use(item)
        return [] if link is None else [link]
    refs = item.get("object_refs")
    if not isinstance(refs, list):
        return []
    patterns = dict.fromkeys(ref for ref in refs if isinstance(ref, str) and ref.startswith(_PATTERN))
    return [Link(ref, own, "lists") for ref in list(patterns)[:_MOST_LISTED]]


def _use(item: StixObject) -> Link | None:
    source, target = item.get("source_ref"), item.get("target_ref")
    if not isinstance(source, str) or not isinstance(target, str):
        return None
    if target.startswith(_PATTERN):
        user, pattern = source, target
    elif source.startswith(_PATTERN) and item.get("relationship_type") == "related-to":
        user, pattern = target, source
    else:
        return None
    if user.startswith(_NOT_USERS) or max(len(user), len(pattern)) > 300:
        return None
    extensions = item.get("extensions")
    evidence = extensions.get(EVIDENCE_EXTENSION) if isinstance(extensions, Mapping) else None
    said: Mapping[str, object] = evidence if isinstance(evidence, Mapping) else {}
    count, framework, confidence = said.get("evidence_count"), said.get("framework"), item.get("confidence")
    return Link(
        pattern,
        user,
        "uses",
        count if _is_number(count) and isinstance(count, int) and 0 < count < _LARGEST else 0,
        confidence if _is_number(confidence) and isinstance(confidence, int) and 0 <= confidence <= 100 else None,
        framework[:20] if isinstance(framework, str) and "\0" not in framework else None,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
