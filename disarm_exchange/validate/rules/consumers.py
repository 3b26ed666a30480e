"""DX91x, DX92x: what OpenCTI and MISP do not read (measured on pycti 7.261026 and misp-stix 2026.10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import OPENCTI_EXTENSION
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.index import BundleFinding, BundleIndex
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.kinds import STIX_TYPES, Kind, words
from disarm_exchange.validate.matrix import matrix
from disarm_exchange.validate.rule import NOTHING, BundleRule, Found, ObjectRule, ShapeRule
from disarm_exchange.validate.rules.disarm import technique_references

_OPENCTI = "measured on pycti 7.261026"
_MISP = "measured on misp-stix 2026.10.12"


class OpenCtiTechniqueKey(ObjectRule):
    """A technique that OpenCTI would know by its name alone."""

    code = "DX911"
    severity = Severity.WARNING
    title = "technique without OpenCTI's key"
    why = "OpenCTI then keys on the name, and two pairs of DISARM techniques share one: they merge."
    fix = f"Add the extension {OPENCTI_EXTENSION} with the external id."
    source = _OPENCTI
    spares_revoked = True
    types = frozenset({"attack-pattern"})

    def check(self, item: StixObject) -> Found:
        """Look for the extension on objects that refer to DISARM."""
        extensions = item.get("extensions")
        if isinstance(extensions, dict) and OPENCTI_EXTENSION in extensions:
            return NOTHING
        reference = next(technique_references(item), None)
        if reference is None:
            return NOTHING
        return (Finding("", f"{reference.external_id} has no id in OpenCTI's extension"),)


class OpenCtiMediaContent(ShapeRule):
    """Media content without a URL."""

    code = "DX912"
    severity = Severity.ERROR
    title = "media content without URL"
    why = "OpenCTI makes its id from the URL and refuses the object without one."
    fix = "Add url."
    source = _OPENCTI
    types = frozenset({"media-content"})

    def check_shape(self, object_type: str, keys: Sequence[str]) -> Found:
        """Look for the property."""
        return NOTHING if "url" in keys else (Finding("", "'url' is missing"),)


class OpenCtiPersona(ShapeRule):
    """A persona as a domain object."""

    code = "DX913"
    severity = Severity.WARNING
    title = "persona that OpenCTI does not read"
    why = "For OpenCTI a persona is an observable with persona_name and persona_type."
    fix = "Send it in that form to OpenCTI."
    source = _OPENCTI
    types = frozenset({"persona"})

    def check_shape(self, object_type: str, keys: Sequence[str]) -> Found:
        """Look for the name that OpenCTI reads."""
        return NOTHING if "persona_name" in keys else (Finding("", "'persona_name' is missing"),)


class OpenCtiDrops(ShapeRule):
    """A type that OpenCTI does not read."""

    code = "DX914"
    severity = Severity.WARNING
    title = "type that OpenCTI drops"
    why = "The object and its relationships are lost on the way in."
    fix = "Say the same with a type that OpenCTI has, where there is one."
    source = _OPENCTI
    kinds = frozenset({Kind.SDO, Kind.SCO, Kind.CUSTOM})

    def check_shape(self, object_type: str, keys: Sequence[str]) -> Found:
        """Compare with the types that OpenCTI has."""
        if object_type in STIX_TYPES or object_type in _OPENCTI_TYPES:
            return NOTHING
        return (Finding("/type", f"OpenCTI has no {shown(object_type)}"),)


_OPENCTI_TYPES = words("narrative channel event media-content persona task")


class OpenCtiRelationship(ObjectRule):
    """A relationship that OpenCTI refuses between these types."""

    code = "DX915"
    severity = Severity.WARNING
    title = "relationship that OpenCTI refuses"
    why = "OpenCTI has a fixed list of what may join what; others are rejected on import."
    fix = "Use related-to, which joins anything."
    source = _OPENCTI
    spares_revoked = True
    types = frozenset({"relationship"})

    def check(self, item: StixObject) -> Found:
        """Only relationships of the DAD-CDM types are judged: the others are judged by DX311."""
        source, target = (str(item[end]).partition("--")[0] for end in ("source_ref", "target_ref"))
        if not {source, target} & _INFLUENCE:
            return NOTHING
        name = str(item["relationship_type"])
        if matrix(("opencti",)).allows(source, name, target):
            return NOTHING
        return (Finding("/relationship_type", f"OpenCTI has no {source} {shown(name)} {target}"),)


_INFLUENCE = words("narrative channel event media-content persona")
_NAMED = words(
    "campaign intrusion-set threat-actor identity malware tool narrative channel event infrastructure incident"
    " vulnerability course-of-action"
)


class OpenCtiMerges(BundleRule):
    """Two objects that OpenCTI takes for one."""

    code = "DX916"
    severity = Severity.WARNING
    title = "objects that OpenCTI merges"
    why = "OpenCTI computes its ids from type and name: objects of one name become one, whatever their ids."
    fix = "Give them different names, or make them one object."
    source = _OPENCTI
    spares_revoked = True
    watches = _NAMED

    MAX = 200_000

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._first: dict[int, tuple[int, str]] = {}
        self._twice: list[tuple[int, str, str]] = []

    def see(self, item: StixObject, number: int) -> None:
        """Remember the first object of each name."""
        name = item["name"]
        assert isinstance(name, str)
        object_id = str(item["id"])
        mark = hash((item["type"], item.get("identity_class"), " ".join(name.casefold().split())))
        first = self._first.get(mark)
        if first is None:
            if len(self._first) < self.MAX:
                self._first[mark] = (number, object_id)
        elif first[1] != object_id:
            self._twice.append((number, object_id, first[1]))

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Tell each that has the name of an earlier one."""
        for number, object_id, first in self._twice:
            yield BundleFinding(number, object_id, "/name", f"{first} has the same name")


class MispDrops(ShapeRule):
    """A type that MISP does not read."""

    code = "DX921"
    severity = Severity.WARNING
    title = "type that MISP drops"
    why = "misp-stix leaves the object and its relationships out, without a word."
    fix = "For MISP users send native MISP JSON, which has templates for narratives and accounts."
    source = _MISP
    kinds = frozenset({Kind.SDO, Kind.SCO, Kind.CUSTOM})

    def check_shape(self, object_type: str, keys: Sequence[str]) -> Found:
        """Types of STIX arrive, new types do not."""
        return NOTHING if object_type in STIX_TYPES else (Finding("/type", f"MISP has no {shown(object_type)}"),)


class MispReport(BundleRule):
    """A bundle that MISP makes an event without a name of."""

    code = "DX922"
    severity = Severity.WARNING
    title = "bundle without a report or grouping"
    why = "MISP makes one event of each report or grouping; without one the event has no title and no date of its own."
    fix = "Add a report over the objects."
    source = _MISP
    watches = frozenset({"report", "grouping"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen = False

    def see(self, item: StixObject, number: int) -> None:
        """One is enough."""
        self._seen = True

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Tell once if none passed."""
        if len(index) and not self._seen:
            yield BundleFinding(-1, "", "", "there is no report and no grouping")
