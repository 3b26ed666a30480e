"""What changed from one release to another."""

from __future__ import annotations

from pathlib import Path

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.continuity import alike, continued, counterpart, meant
from disarm_exchange.disarm.official_bundle import read_official_bundle
from disarm_exchange.disarm.release_diff import diff_releases
from disarm_exchange.disarm.release_import import release_from_bundle
from tests.disarm.official import official_bundle

OLD, NEW = Catalogue.load("1.6"), Catalogue.load("1.7")


def later(folder: Path, *techniques: tuple[str, str, str]) -> Catalogue:
    """A release 1.8 with these techniques alone."""
    bundle = official_bundle(folder / "bundle.json", *techniques)
    return Catalogue(release_from_bundle(read_official_bundle(bundle), "1.8", [OLD, NEW]).content)


def test_from_1_6_to_1_7() -> None:
    found = diff_releases(OLD, NEW)
    assert len(found.added) == 67
    assert [one.old.id for one in found.removed] == [
        "T0023", "T0023.001", "T0023.002", "T0042", "T0044", "T0045", "T0085.001", "T0086.002", "T0086.003",
        "T0087.001", "T0087.002", "T0088.001", "T0088.002",
    ]  # fmt: skip
    assert found.removed[0].successors == ("T0162",)
    assert found.removed[3].successors == ()
    assert [(one.new.id, one.old.tactic_ids, one.new.tactic_ids) for one in found.moved] == [
        ("T0020", ("TA08",), ("TA09",)),
        ("T0046", ("TA08",), ("TA06",)),
    ]
    assert (found.renamed, found.reused, found.new_parent) == ((), (), ())
    assert [tactic.id for tactic in found.tactics_removed] == ["TA08"]
    assert (found.tactics_added, found.tactics_renamed) == ((), ())
    assert len(OLD.techniques()) + len(found.added) - len(found.removed) == len(NEW.techniques())


def test_backwards_and_against_itself() -> None:
    back = diff_releases(NEW, OLD)
    assert {one.old.id for one in back.removed} == {one.id for one in diff_releases(OLD, NEW).added}
    assert all(one.successors == () for one in back.removed)
    assert diff_releases(NEW, NEW).is_empty()
    assert not back.is_empty()


def test_renamed_moved_and_given_away(tmp_path: Path) -> None:
    new = later(
        tmp_path,
        ("T0097", "Presented Persona", "TA16"),
        ("T0117", "Linked Content", "TA06"),
        ("T0146", "Account Asset", "TA06"),
        ("T0153.003", "Online Advertising Platform", "TA15"),
    )
    found = diff_releases(NEW, new)
    assert [(one.old.name, one.new.name) for one in found.renamed] == [("Present Persona", "Presented Persona")]
    assert [(one.old.id, one.now_at) for one in found.reused] == [("T0117", None), ("T0153.003", None)]
    assert [one.new.id for one in found.moved] == ["T0146"]
    assert [(one.old.parent_id, one.new.parent_id) for one in found.new_parent] == []


def test_a_sub_technique_whose_parent_is_gone_has_a_new_parent(tmp_path: Path) -> None:
    (change,) = diff_releases(NEW, later(tmp_path, ("T0146.001", "Free Account Asset", "TA15"))).new_parent
    assert (change.old.parent_id, change.new.parent_id) == ("T0146", None)


def test_a_name_passed_on_to_another_id_is_told(tmp_path: Path) -> None:
    new = later(tmp_path, ("T0165", "AI-Generated Content", "TA06"), ("T0201", "Edited Content", "TA06"))
    (reuse,) = diff_releases(NEW, new).reused
    assert (reuse.old.id, reuse.now_at) == ("T0165", "T0201")
    assert continued(NEW.technique("T0165"), NEW, new) is None
    other = counterpart(NEW.technique("T0165"), NEW, new)
    assert other is not None
    assert other.id == "T0201"


def test_what_is_meant_by_an_id_and_a_name(tmp_path: Path) -> None:
    new = later(tmp_path, ("T0162", "Interact with Platform Features", "TA06"), ("T0097", "Presented Persona", "TA16"))
    assert meant("T0162", "Reframe Context", new) is None
    for technique_id, name in [("T0162", "interact  with platform features"), ("T0162", ""), ("T0162", "our own word"),
                               ("T0097", "Present Persona"), ("T0097", "PRESENTED PERSONA")]:  # fmt: skip
        found = meant(technique_id, name, new)
        assert found is not None
        assert found.id == technique_id
    assert meant("T0999", "x", new) is None


def test_names_are_alike_by_their_words() -> None:
    assert alike("Bait Legitimate Influencers", "Bait Influencer")
    assert alike("Hijack Existing Hashtag", "Flood Existing Hashtag")
    assert not alike("Compromised Persona", "Persona Presented across Platforms")
    assert not alike("", "")
