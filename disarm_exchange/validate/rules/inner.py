"""DX240, DX257, DX304: what stands inside extensions, parts of messages and translations."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.inner_references import inner_references
from disarm_exchange.validate.issue import Finding, Severity, pointer_to, shown
from disarm_exchange.validate.kinds import STIX_TYPES, type_of_id, words
from disarm_exchange.validate.rule import NOTHING, Check, Found, ObjectRule

_EXTENSIONS: Mapping[str, frozenset[str]] = {
    "file": words("archive-ext ntfs-ext pdf-ext raster-image-ext windows-pebinary-ext"),
    "network-traffic": words("http-request-ext icmp-ext socket-ext tcp-ext"),
    "process": words("windows-process-ext windows-service-ext"),
    "user-account": words("unix-account-ext"),
}
"""The extensions that STIX itself defines (sections 6.7, 6.12, 6.13, 6.16)."""


class ExtensionOfOtherType(ObjectRule):
    """An extension that STIX defines, on an object of another type than it is for."""

    code = "DX240"
    severity = Severity.ERROR
    title = "extension of another type"
    why = "Readers look for it only where the specification puts it; here its content is lost."
    fix = "Move the extension to an object of its type, or correct the type."
    source = "STIX 2.1 sections 6.7, 6.12, 6.13 and 6.16"
    types = STIX_TYPES
    keys = ("extensions",)

    def check(self, item: StixObject) -> Found:
        """Compare the names with those of the other types."""
        extensions = item["extensions"]
        assert isinstance(extensions, dict)
        return [
            Finding(f"/extensions/{name}", f"{name} is for {owner}, not for {item['type']}")
            for owner, names in _EXTENSIONS.items()
            if owner != item["type"]
            for name in sorted(names & extensions.keys())
        ]


class InnerReferenceToWrongType(ObjectRule):
    """A reference inside an extension or a part of a message that names an object of a type that cannot stand there."""

    code = "DX304"
    severity = Severity.ERROR
    title = "inner reference to the wrong type of object"
    why = "Readers follow the reference and find, say, a campaign where the file in the archive should be."
    fix = "Refer to an object of the type that the property asks for."
    source = "STIX 2.1 sections 6.6, 6.7, 6.12 and 6.13"
    types = words("email-message file network-traffic process")
    keys = ("extensions", "body_multipart")

    def check(self, item: StixObject) -> Found:
        """Follow the paths to references."""
        return [
            Finding(pointer, f"{shown(target)!r} does not name a {' or '.join(sorted(types))}")
            for pointer, target, types in inner_references(item)
            if type_of_id(target) not in types
        ]


_PROPERTY = re.compile(r"[a-z][a-z0-9_]{2,249}", re.ASCII)


class TranslationOfNothing(ObjectRule):
    """A translation of something that can be no property."""

    code = "DX257"
    severity = Severity.ERROR
    title = "translation of no property"
    why = "Each translation stands under the name of the property it translates; readers find no use for another."
    fix = "Use the names of the object's own text properties."
    source = "STIX 2.1 section 7.1"
    types = frozenset({"language-content"})
    keys = ("contents",)

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """Where there are contents."""
        return self.check if "contents" in keys else None

    def check(self, item: StixObject) -> Found:
        """Look at the names under each language."""
        contents = item["contents"]
        assert isinstance(contents, dict)
        return [
            Finding(pointer_to(("contents", language, name)), f"{shown(name)!r} can be no property")
            for language, texts in contents.items()
            if isinstance(texts, dict)  # what is none is the schema's to say
            for name in texts
            if not _PROPERTY.fullmatch(name)
        ] or NOTHING
