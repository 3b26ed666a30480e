"""DX24x: objects that share an id (STIX 2.1 sections 2.9 and 3.6)."""

from __future__ import annotations

from collections.abc import Iterable

from disarm_exchange.validate.index import BundleFinding, BundleIndex, Version
from disarm_exchange.validate.issue import Severity, shown
from disarm_exchange.validate.kinds import SCO_TYPES
from disarm_exchange.validate.rule import BundleRule


class DifferentContent(BundleRule):
    """Two objects with one id and one modified time that say different things."""

    code = "DX241"
    severity = Severity.ERROR
    title = "one version, two contents"
    why = "Each reader keeps another of the two and never notices."
    fix = "Keep one, or give the later one a new modified time."
    source = "STIX 2.1 section 3.6: every representation of a version has the same properties and values"

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Compare the objects of one id and one modified time."""
        for group in index.repeated():
            first: dict[str, Version] = {}
            for version in group:
                other = first.setdefault(version.modified, version)
                if other.content != version.content:
                    yield BundleFinding(
                        version.number, version.object_id, "", f"says something else than object {other.number}"
                    )


class SameObjectTwice(BundleRule):
    """The very same object twice."""

    code = "DX242"
    severity = Severity.WARNING
    title = "object given twice"
    why = "It costs time and space; some readers count it twice."
    fix = "Keep one."
    source = "STIX 2.1 section 3.6"

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Compare the contents of the objects of one id."""
        for group in index.repeated():
            seen: dict[int, int] = {}
            for version in group:
                if version.content in seen:
                    words = f"is the same as object {seen[version.content]}"
                    yield BundleFinding(version.number, version.object_id, "", words)
                else:
                    seen[version.content] = version.number


class CreatedChanged(BundleRule):
    """Two versions of one object that were created at different times."""

    code = "DX243"
    severity = Severity.ERROR
    title = "created changed between versions"
    why = "created must not change; readers take the later version for another producer's or refuse it."
    fix = "Keep the created time of the first version."
    source = "STIX 2.1 section 3.6"

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Compare created over the versions of one id."""
        for group in index.repeated():
            first = group[0]
            for version in group[1:]:
                if version.created != first.created:
                    words = f"{shown(version.created)} here, {shown(first.created)} in object {first.number}"
                    yield BundleFinding(version.number, version.object_id, "/created", words)


class VersionAfterRevocation(BundleRule):
    """A version that comes after the object was revoked."""

    code = "DX244"
    severity = Severity.ERROR
    title = "version after revocation"
    why = "Revocation is for ever; readers that bring the object back show what its creator took back."
    fix = "Create a new object with a new id."
    source = "STIX 2.1 section 3.6.1"

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Look for a later modified time than that of a revoked version."""
        for group in index.repeated():
            revoked = min((version.modified for version in group if version.revoked), default=None)
            if revoked is None:
                continue
            for version in group:
                if version.modified > revoked and not version.revoked:
                    words = f"was revoked on {shown(revoked)}"
                    yield BundleFinding(version.number, version.object_id, "/modified", words)


class OneUuidTwoTypes(BundleRule):
    """One UUID in the ids of objects of two types."""

    code = "DX245"
    severity = Severity.ERROR
    title = "one UUID for two types"
    why = "A producer must not use a UUID twice; readers that key on the UUID alone mix the two up."
    fix = "Give one of them a UUID of its own."
    source = "STIX 2.1 section 2.9"

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Compare the types of all ids that share a UUID."""
        for group in index.sharing_uuid():
            first = group[0][1]
            for number, object_id in group[1:]:
                types = first.partition("--")[0], object_id.partition("--")[0]
                if types[0] != types[1] and not _by_chance(*types):
                    yield BundleFinding(number, object_id, "/id", f"its UUID is also that of {shown(first)}")


def _by_chance(first: str, second: str) -> bool:
    """Deterministic ids of two observables with one value (a URL and a domain, say) have one UUID by rule."""
    return first in SCO_TYPES and second in SCO_TYPES
