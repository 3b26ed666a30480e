from __future__ import annotations

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.counting import TechniqueCount, count_techniques
from disarm_exchange.report.matrix import matrix_of
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

T1, T2 = technique_stix_id("T0114"), technique_stix_id("T0143.002")
CAMPAIGN = "campaign--11111111-1111-4111-8111-111111111111"
OTHER = "campaign--22222222-2222-4222-8222-222222222222"


def link(number: int, source: str, target: str, kind: str = "uses", **more: object) -> dict[str, object]:
    return {
        "type": "relationship",
        "id": f"relationship--00000000-0000-4000-8000-{number:012d}",
        "relationship_type": kind,
        "source_ref": source,
        "target_ref": target,
        **more,
    }


def evidence(count: int, framework: str = "1.7") -> dict[str, object]:
    return {EVIDENCE_EXTENSION: {"evidence_count": count, "framework": framework}}


def test_distinct_objects_findings_and_confidence_are_counted() -> None:
    counted = count_techniques(
        [
            link(1, CAMPAIGN, T1, confidence=40, extensions=evidence(3)),
            link(2, CAMPAIGN, T1, confidence=90, extensions=evidence(4)),
            link(3, OTHER, T1),
        ]
    )
    assert counted.techniques == {"T0114": TechniqueCount(objects=2, findings=7, lists=0, lowest=40, highest=90)}


def test_the_same_technique_under_other_ids_is_one() -> None:
    foreign = "attack-pattern--99999999-9999-4999-8999-999999999999"
    pattern = {
        "type": "attack-pattern",
        "id": foreign,
        "name": "Deliver Ads",
        "external_references": [{"source_name": "mitre-attack", "external_id": "T0114"}],
    }
    counted = count_techniques([link(1, CAMPAIGN, T1), link(2, CAMPAIGN, foreign), link(3, OTHER, foreign), pattern])
    assert counted.techniques["T0114"].objects == 2


def test_structure_defence_and_direction_do_not_count() -> None:
    action = "course-of-action--11111111-1111-4111-8111-111111111111"
    counted = count_techniques(
        [
            link(1, T2, T1, "subtechnique-of"),
            link(2, action, T1, "mitigates"),
            link(3, T1, CAMPAIGN, "targets"),
            link(4, T1, OTHER, "related-to"),
        ]
    )
    assert counted.techniques == {"T0114": TechniqueCount(objects=1)}


def test_revoked_relationships_users_and_patterns_do_not_count() -> None:
    revoked_campaign = {"type": "campaign", "id": OTHER, "revoked": True}
    counted = count_techniques(
        [link(1, CAMPAIGN, T1, revoked=True), link(2, OTHER, T1), revoked_campaign, link(3, CAMPAIGN, T2)],
        revoked=[T2],
    )
    assert counted.techniques == {"T0114": TechniqueCount()}


def test_lists_are_counted_apart() -> None:
    report = {"type": "report", "id": "report--11111111-1111-4111-8111-111111111111", "object_refs": [T1, T1, CAMPAIGN]}
    assert count_techniques([report]).techniques == {"T0114": TechniqueCount(lists=1)}


def test_the_matrix_takes_the_release_that_the_objects_name() -> None:
    objects = [link(1, CAMPAIGN, T1, extensions=evidence(1, "1.6"))]
    assert matrix_of(objects).release == "1.6"
    assert matrix_of(objects, Catalogue.load("1.7")).other_releases == ("1.6",)
    assert matrix_of([]).release == "1.7"


def test_techniques_outside_the_release_are_listed_apart() -> None:
    retired = Catalogue.load("1.7").all_retired()[0]
    matrix = matrix_of([link(1, CAMPAIGN, technique_stix_id(retired.id))], Catalogue.load("1.7"))
    assert [(one.technique_id, one.name, one.count.objects) for one in matrix.outside] == [
        (retired.id, retired.name, 1)
    ]
    assert "not in DISARM 1.7" in matrix.outside[0].remark
    assert matrix.counts() == {retired.id: TechniqueCount(objects=1)}


def test_every_technique_of_the_release_is_a_cell_under_its_tactic() -> None:
    catalogue = Catalogue.load("1.7")
    matrix = matrix_of([], catalogue)
    cells = [(column.tactic_id, cell.technique_id) for column, cell in matrix.cells()]
    assert sorted(cells) == sorted((tactic, one.id) for one in catalogue.techniques() for tactic in one.tactic_ids)
    assert [column.order for column in matrix.columns] == sorted(tactic.order for tactic in catalogue.tactics)
    assert matrix.only_used().columns == ()
