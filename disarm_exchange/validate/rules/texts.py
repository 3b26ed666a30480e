"""DX25x: texts: languages, blanks, selectors (STIX 2.1 sections 3.2, 7.1, 7.2.3)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.issue import Finding, Severity, escape, shown
from disarm_exchange.validate.kinds import words
from disarm_exchange.validate.languages import fault_of_tag, is_software_language
from disarm_exchange.validate.rule import NOTHING, Check, Facets, Found, ObjectRule


class NotALanguage(ObjectRule):
    """A language tag that is none."""

    code = "DX251"
    severity = Severity.ERROR
    title = "not a language"
    why = "Readers choose fonts, search and translation by it."
    fix = "Write a tag of RFC 5646: en, pt-BR, zh-Hans."
    source = "STIX 2.1 sections 3.2, 7.1 and 7.2.3, RFC 5646"
    keys = ("lang", "granular_markings", "contents", "languages")

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """`contents` and `languages` hold languages in one type only."""
        names = [name for name in ("lang", "granular_markings") if name in keys]
        names += [
            name
            for name, owner in (("contents", "language-content"), ("languages", "software"))
            if name in keys and object_type == owner
        ]
        return partial(_languages, names) if names else None

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """The language of the object, where no other is given."""
        return Facets(("lang",)) if not {"granular_markings", "contents", "languages"}.intersection(keys) else None


def _languages(names: list[str], item: StixObject) -> Found:
    found: list[Finding] = []
    for name in names:
        value = item[name]
        if isinstance(value, str):
            tags = [(f"/{name}", value)]
        elif isinstance(value, dict):
            tags = [(f"/{name}/{escape(tag)}", tag) for tag in value]
        else:
            assert isinstance(value, list)
            tags = [
                (f"/{name}/{place}", entry) if isinstance(entry, str) else (f"/{name}/{place}/lang", entry["lang"])
                for place, entry in enumerate(value)
                if isinstance(entry, str) or "lang" in entry
            ]
        found += [
            Finding(pointer, f"{shown(tag)!r} {fault}")
            for pointer, tag in tags
            if (fault := fault_of_tag(tag)) and not (name == "languages" and is_software_language(tag))
        ]
    return found or NOTHING


_NAMES = words("name title content abstract explanation persona_name statement")


class BlankText(ObjectRule):
    """A text that says nothing."""

    code = "DX252"
    severity = Severity.WARNING
    title = "blank text"
    why = "Readers show an object without a name; OpenCTI merges all objects of one name, also of the empty one."
    fix = "Say something, or leave the property out where it is optional."
    source = "STIX 2.1 section 3.1; measured on OpenCTI"
    keys = tuple(sorted(_NAMES))

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the texts that are there."""
        names = sorted(_NAMES.intersection(keys))
        return partial(_blank, names) if names else None


def _blank(names: list[str], item: StixObject) -> Found:
    return [
        Finding(f"/{name}", "is blank") for name in names if isinstance(text := item[name], str) and not text.strip()
    ] or NOTHING


class SelectorWithoutTarget(ObjectRule):
    """A granular marking of something that is not there."""

    code = "DX253"
    severity = Severity.ERROR
    title = "selector that selects nothing"
    why = "What was to be protected is not; the misspelt path hides it."
    fix = "Name a property or list entry that the object has: description, labels.[0]."
    source = "STIX 2.1 section 7.2.3.1"
    keys = ("granular_markings",)

    def check(self, item: StixObject) -> Found:
        """Follow each selector through the object."""
        markings = item["granular_markings"]
        assert isinstance(markings, list)
        return [
            Finding(f"/granular_markings/{place}/selectors/{position}", f"{shown(selector)!r} selects nothing here")
            for place, marking in enumerate(markings)
            for position, selector in enumerate(marking["selectors"])
            if not selects(item, selector)
        ]


def selects(item: object, selector: str) -> bool:
    """Whether a selector names something in the object."""
    for step in selector.split("."):
        if isinstance(item, dict):
            if step not in item:
                return False
            item = item[step]
        elif isinstance(item, list):
            number = step[1:-1]
            if not (step.startswith("[") and step.endswith("]") and number.isascii() and number.isdigit()):
                return False
            if len(number) > 9 or int(number) >= len(item):
                return False
            item = item[int(number)]
        else:
            return False
    return True


class EncodingWithoutText(ObjectRule):
    """An encoding of a text that is not there."""

    code = "DX254"
    severity = Severity.ERROR
    title = "encoding without its text"
    why = "The property with _enc says how another one was encoded, and that one is missing."
    fix = "Remove it, or add the text."
    source = "STIX 2.1 section 3.1"
    types = frozenset({"file", "directory"})
    keys = ("name_enc", "path_enc")

    def check(self, item: StixObject) -> Found:
        """Look for the property of the same name without the ending."""
        return [
            Finding(f"/{name}", f"there is no {name.removesuffix('_enc')}")
            for name in self.keys
            if name in item and name.removesuffix("_enc") not in item
        ]


class DeprecatedContainer(ObjectRule):
    """Observables inside observed-data, as STIX 2.0 had them."""

    code = "DX255"
    severity = Severity.WARNING
    title = "deprecated container of observables"
    why = "Many readers of 2.1 look only at object_refs and lose what is inside."
    fix = "Make each observable an object of its own and refer to it in object_refs."
    source = "STIX 2.1 section 4.14"
    types = frozenset({"observed-data"})
    keys = ("objects",)

    def check(self, item: StixObject) -> Found:
        """The property alone is enough."""
        return (Finding("/objects", "objects is deprecated"),)
