"""What MISP's attribute types and object templates are as findings: data in `mappings/misp/findings.json`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from disarm_exchange.datafiles import load_json_file
from disarm_exchange.findings.columns import texts_of
from disarm_exchange.findings.values import Kind
from disarm_exchange.resources import data_folder

_TAG = re.compile(r'misp-galaxy:([^=]+)="(.*)"', re.DOTALL)
_TECHNIQUE_ID = re.compile(r"T\d{4}(?:\.\d{3})?")


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """What the values of one attribute type are; exactly one of the first four is set."""

    types: tuple[str | None, ...] = ()
    """The type of each part of the value, None for a part that is no value."""

    platform: str | None = None
    words: bool = False
    closed: str | None = None
    """Why the values are not taken."""

    role: str | None = None
    """The part that the value plays in the case, where the type says so."""


@dataclass(frozen=True, slots=True)
class AccountRule:
    """Where an object template has the account that it describes."""

    kind: Kind
    label: str
    platform: str | None
    platform_from: str | None
    login: tuple[str, ...]
    user_id: tuple[str, ...]
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MispMapping:
    """The whole data file."""

    galaxies: frozenset[str]
    attributes: dict[str, AttributeRule]
    accounts: dict[str, AccountRule]
    closed_objects: frozenset[str]
    victim_categories: frozenset[str]

    def technique_of_tag(self, tag: str) -> str | None:
        """The name of the DISARM technique that a galaxy tag speaks of; None if it speaks of something else."""
        found = _TAG.fullmatch(tag.strip())
        return found[2] if found is not None and found[1].strip() in self.galaxies else None

    def techniques(self, item: dict[str, object]) -> dict[str, str]:
        """The labels of the DISARM techniques on an event, object or attribute, by name: from its tags and clusters."""
        found: dict[str, str] = {}
        for tag in _names(item.get("Tag"), "name"):
            name = self.technique_of_tag(tag)
            if name is not None:
                found[name] = name
        for galaxy in dicts_of(item.get("Galaxy")):
            if str(galaxy.get("type")) not in self.galaxies:
                continue
            for cluster in dicts_of(galaxy.get("GalaxyCluster")):
                name = str(cluster.get("value") or "")
                technique_id = _technique_id(cluster.get("meta"))
                if name and technique_id is not None:
                    found[name] = f"{technique_id} {name}"
        return found


def _technique_id(meta: object) -> str | None:
    ids = meta.get("external_id") if isinstance(meta, dict) else None
    for text in ids if isinstance(ids, list) else [ids]:
        if isinstance(text, str) and _TECHNIQUE_ID.fullmatch(text):
            return text
    return None


def dicts_of(items: object) -> list[dict[str, object]]:
    """Those of a list's elements that are objects; none of what is no list."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _names(items: object, key: str) -> list[str]:
    return [name for item in dicts_of(items) if isinstance(name := item.get(key), str)]


def tags_of(item: dict[str, object]) -> list[str]:
    """The names of the tags on an event, object or attribute."""
    return _names(item.get("Tag"), "name")


def attributes_of(item: dict[str, object]) -> list[dict[str, object]]:
    """The attributes of an object."""
    return dicts_of(item.get("Attribute"))


@cache
def misp_mapping() -> MispMapping:
    """The mapping as shipped."""
    content = load_json_file(data_folder("mappings") / "misp" / "findings.json", "misp-mapping")
    attributes, accounts = content["attributes"], content["accounts"]
    assert isinstance(attributes, dict)
    assert isinstance(accounts, dict)
    return MispMapping(
        galaxies=frozenset(texts_of(content["galaxies"])),
        attributes={name: _attribute_rule(entry) for name, entry in attributes.items()},
        accounts={name: _account_rule(entry) for name, entry in accounts.items()},
        closed_objects=frozenset(texts_of(content["closed_objects"])),
        victim_categories=frozenset(texts_of(content["victim_categories"])),
    )


def _attribute_rule(entry: dict[str, object]) -> AttributeRule:
    types = entry.get("types", [])
    assert isinstance(types, list)
    return AttributeRule(
        types=tuple(None if each is None else str(each) for each in types),
        platform=_text(entry.get("platform")),
        words=entry.get("words") is True,
        closed=_text(entry.get("closed")),
        role=_text(entry.get("role")),
    )


def _account_rule(entry: dict[str, object]) -> AccountRule:
    return AccountRule(
        kind=Kind(str(entry["kind"])),
        label=str(entry["label"]),
        platform=_text(entry.get("platform")),
        platform_from=_text(entry.get("platform_from")),
        login=texts_of(entry.get("login")),
        user_id=texts_of(entry.get("id")),
        address=texts_of(entry.get("address")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
