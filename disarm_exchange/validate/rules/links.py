"""DX30x and DX60x: what a reference means for markings and revocation."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.index import BundleFinding, BundleIndex, Link, repeated
from disarm_exchange.validate.issue import Severity, shown
from disarm_exchange.validate.rule import BundleRule


def _findings(links: list[Link], index: BundleIndex, words: str) -> Iterable[BundleFinding]:
    names = index.names({number for link in links for number in (link.number, link.target)})
    told: set[int] = set()
    for link in links:
        if link.number in told:
            continue
        told.add(link.number)
        count = sum(1 for other in links if other.number == link.number) if len(links) < 1000 else 1
        more = f" and {count - 1} more" if count > 1 else ""
        own = link.colour.label if link.colour is not None else "no TLP"
        target = link.target_colour.label if link.target_colour is not None else "no TLP"
        yield BundleFinding(
            link.number,
            names[link.number],
            "",
            words.format(own=own, target=target, name=shown(names[link.target]) + more),
        )


class StricterInReport(BundleRule):
    """A report that names objects which fewer may see than the report."""

    code = "DX604"
    severity = Severity.ERROR
    title = "report wider than what it holds"
    why = "Whoever shares the report by its colour shares ids of objects that may not go there, or the objects."
    fix = "Give the report the strictest colour of its objects, or take them out of it."
    source = "FIRST TLP 2.0; field findings on leaks (opencti#6745)"
    reports_only = True

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Compare the colours along the references."""
        wider = [link for link in index.suspects() if _is_wider(link)]
        names = index.names({link.number for link in wider})
        chosen = [link for link in wider if names[link.number].startswith("report--") is self.reports_only]
        yield from _findings(chosen, index, "is {own} and names {name}, which is {target}")


class StricterThanReferrer(StricterInReport):
    """Another object that names one which fewer may see."""

    code = "DX605"
    severity = Severity.WARNING
    title = "object wider than what it refers to"
    why = "It goes to readers who may not have the other object: the reference dangles there and tells that it exists."
    fix = "Give both the same colour, or remove the reference."
    reports_only = False


def _is_wider(link: Link) -> bool:
    return link.colour is not None and link.target_colour is not None and link.colour < link.target_colour


class ReferenceToRevoked(BundleRule):
    """A reference to an object that its creator has taken back."""

    code = "DX306"
    severity = Severity.WARNING
    title = "reference to a revoked object"
    why = "The object is no longer valid; what is said with its help may not be either."
    fix = "Remove the reference, or revoke this object too."
    source = "STIX 2.1 section 3.6.1"
    spares_revoked = True

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Follow the references to revoked objects."""
        withdrawn = index.withdrawn()
        links = [link for link in index.suspects() if link.target_revoked and link.number not in withdrawn]
        yield from _findings(links, index, "refers to {name}, which is revoked")


class RelationshipTwice(BundleRule):
    """Two relationships that say the same under two ids."""

    code = "DX313"
    severity = Severity.WARNING
    title = "relationship given twice"
    why = "OpenCTI and others merge them or show the same edge twice; confidence and evidence then disagree."
    fix = "Keep one, with a deterministic id."
    source = "field findings on OpenCTI"
    spares_revoked = True
    watches = frozenset({"relationship"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._marks = array("q")
        self._numbers = array("q")

    def see(self, item: StixObject, number: int) -> None:
        """Remember a hash of the two ends, the type and the time."""
        ends = item["source_ref"], item["relationship_type"], item["target_ref"]
        self._marks.append(hash((*ends, item["start_time"]) if "start_time" in item else ends))
        self._numbers.append(number)

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Tell each that repeats an earlier one under another id."""
        twice = repeated(self._marks)
        if not twice:
            return
        pairs = [pair for pair in zip(self._marks, self._numbers, strict=True) if pair[0] in twice]
        names = index.names({number for _mark, number in pairs})
        first: dict[int, int] = {}
        for mark, number in pairs:
            other = first.setdefault(mark, number)
            if names[number] != names[other]:
                yield BundleFinding(number, names[number], "", f"says the same as {names[other]}")
