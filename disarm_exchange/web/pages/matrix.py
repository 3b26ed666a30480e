"""The DISARM matrix over everything that one may see."""

from __future__ import annotations

from collections.abc import Iterator

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.counting import count_techniques
from disarm_exchange.report.matrix import Matrix, Measure, matrix_from_counts, named_release, number
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.store.browsing import newest_entries
from disarm_exchange.store.index_reading import Said, all_links, state_of
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call

_MOST_PATTERNS = 5000
_STEPS = 6


def show_matrix(call: Call) -> Shown:
    """`/web/matrix/`; `show=all` with techniques that nothing uses, `by=findings` with the other number first."""
    matrix = matrix_for(call)
    asked = call.asked("by", 20)
    measure = next((one for one in Measure if one.value == asked), matrix.usual_measure)
    everything = call.asked("show", 10) == "all"
    behind = call.keep_up()
    highest = matrix.highest(measure)
    counts = matrix.counts()
    return Shown(
        "matrix.html",
        {
            "matrix": matrix if everything else matrix.only_used(),
            "everything": everything,
            "measure": measure.value,
            "heat": lambda count: heat(number(count, measure), highest),
            "shown": lambda count: number(count, measure),
            "highest": highest,
            "techniques": sum(1 for count in counts.values() if count.used),
            "behind": behind,
        },
    )


def matrix_for(call: Call) -> Matrix:
    """The matrix with counts of what the user may see; not worked out again while nothing has changed."""
    about = (tuple(call.numbers), call.clearance)
    state = state_of(call.tx, call.numbers)
    return call.site.matrices.get(about, state, lambda: _work_out(call))


def _work_out(call: Call) -> Matrix:
    """The same as `report` has it."""
    said = all_links(call.tx, call.numbers, clearance=call.clearance)
    counted = count_techniques(
        _objects(call, said), revoked=[one.link.user for one in said if one.link.kind == "revoked"]
    )
    catalogue = Catalogue.load(named_release(counted))
    return matrix_from_counts(counted.techniques, catalogue, names=counted.names, releases=counted.releases)


def heat(value: int, highest: int) -> int:
    """The step of the colour scale, 0 for nothing to 6: each step holds about twice as much as the one before."""
    if value <= 0:
        return 0
    step, reach = _STEPS, highest
    while step > 1 and value <= reach // 2:
        step, reach = step - 1, reach // 2
    return step


def _objects(call: Call, said: list[Said]) -> Iterator[StixObject]:
    """What the counting needs to know of the objects, each in its newest version."""
    newest: dict[str, Said] = {}
    lists: dict[str, dict[str, None]] = {}
    for one in said:
        if one.link.kind == "uses":
            known = newest.get(one.stix_id)
            if known is None or known.version_at < one.version_at:
                newest[one.stix_id] = one
        elif one.link.kind == "lists":
            lists.setdefault(one.stix_id, {}).setdefault(one.link.pattern)
    for one in newest.values():
        link = one.link
        evidence: StixObject = {"evidence_count": link.findings}
        if link.framework is not None:
            evidence["framework"] = link.framework
        use: StixObject = {
            "type": "relationship", "id": one.stix_id, "source_ref": link.user, "target_ref": link.pattern,
            "extensions": {EVIDENCE_EXTENSION: evidence},
        }  # fmt: skip
        if link.confidence is not None:
            use["confidence"] = link.confidence
        yield use
    for stix_id, patterns in lists.items():
        yield {"type": "report", "id": stix_id, "object_refs": list(patterns)}
    for place in call.places:
        for entry in newest_entries(
            call.tx, place.number, clearance=call.clearance, types=("attack-pattern",), limit=_MOST_PATTERNS
        ):
            yield entry.parse()
