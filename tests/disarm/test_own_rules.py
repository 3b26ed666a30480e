"""Rule files of the user beside ours: precedence, refusals, and other DISARM releases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_exchange.disarm.mapping import Query, load_mapping
from disarm_exchange.errors import UserError
from tests.disarm.test_mapping import calls, kill_chain


def write(folder: Path, name: str, *rules: dict[str, object], release: str = "1.7") -> Path:
    path = folder / name
    content = {"source": "own", "title": "Ours", "release": release, "rules": list(rules)}
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return path


def call(technique_id: str, confidence: str = "high") -> dict[str, str]:
    return {"id": technique_id, "confidence": confidence, "reason": "because we say so"}


SIGNAL = kill_chain("3.6.5 Coordinating on Signal")


def test_an_own_rule_for_a_known_label_speaks_alone_and_is_announced(tmp_path: Path) -> None:
    own = write(
        tmp_path,
        "own.json",
        {"id": "own.signal", "labels": ["Coordinating on SIGNAL"], "techniques": [call("T0151.006")]},
    )
    mapping = load_mapping(extra=[own])
    assert calls(SIGNAL, mapping) == {"T0151.006": 85}
    assert mapping.match(SIGNAL).label_id == "meta-kc.3.6.5"
    assert mapping.notices == (
        f"{own}:6: own.signal speaks for the label 'Coordinating on SIGNAL' before meta-kc.3.6.5",
    )


def test_an_own_rule_with_conditions_leaves_the_rest_to_ours(tmp_path: Path) -> None:
    rule = {
        "id": "own.x",
        "labels": ["Acquiring X / Twitter accounts"],
        "when": {"kind": ["post"]},
        "techniques": [call("T0115")],
    }
    mapping = load_mapping(extra=[write(tmp_path, "own.json", rule)])
    label = "0.9.4 Acquiring X/Twitter accounts"
    assert calls(kill_chain(label, "post", "x"), mapping) == {"T0115": 85}
    assert calls(kill_chain(label, "account", "x"), mapping) == {"T0146": 85, "T0151.008": 85}


def test_an_own_rule_with_the_id_of_ours_takes_its_place(tmp_path: Path) -> None:
    own = write(tmp_path, "own.json", {"id": "meta-kc.3.6.5", "unmapped": "We do not map venues."})
    mapping = load_mapping(extra=[own])
    verdict = mapping.match(SIGNAL)
    assert verdict.calls == ()
    assert verdict.reason.endswith("We do not map venues.")
    assert mapping.notices[0].startswith(f"{own}:6: meta-kc.3.6.5 takes the place of the rule at ")
    assert "meta-kill-chain.json:" in mapping.notices[0]


def test_an_own_refinement_adds(tmp_path: Path) -> None:
    rule = {
        "id": "own.more",
        "of": ["meta-kc.3.6.5"],
        "when": {"words": ["burner phone*"]},
        "techniques": [call("T0128", "low")],
    }
    mapping = load_mapping(extra=[write(tmp_path, "own.json", rule)])
    with_words = kill_chain("3.6.5 Coordinating on Signal", text="They bought burner phones.")
    assert calls(with_words, mapping) == {**calls(SIGNAL), "T0128": 15}
    assert calls(SIGNAL, mapping) == calls(SIGNAL)


def test_of_two_own_files_the_later_one_wins(tmp_path: Path) -> None:
    first = write(
        tmp_path, "a.json", {"id": "own.a", "labels": ["Coordinating on Signal"], "techniques": [call("T0115")]}
    )
    second = write(
        tmp_path, "b.json", {"id": "own.b", "labels": ["Coordinating on Signal"], "techniques": [call("T0116")]}
    )
    assert calls(SIGNAL, load_mapping(extra=[first, second])) == {"T0116": 85}
    assert calls(SIGNAL, load_mapping(extra=[second, first])) == {"T0115": 85}


def test_own_labels_are_matched_as_tolerantly(tmp_path: Path) -> None:
    rule = {
        "id": "own.seeding",
        "labels": ["Narrative seeding"],
        "techniques": [call("T0082")],
        "include": ["platform.*"],
    }
    mapping = load_mapping(extra=[write(tmp_path, "own.json", rule)])
    assert calls(Query(("narative  SEEDING",), "post", "x"), mapping) == {"T0082": 85, "T0151.008": 85}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"id": "own.a", "labels": ["x"], "techniques": [call("T0090")]},
         r":12: own\.a: T0090 \(Create Inauthentic Accounts\) is not in DISARM 1\.7: last in 1\.5; use T0146"),
        ({"id": "own.a", "labels": ["x"], "techniques": [call("T0143.009")]},
         r":12: own\.a: T0143\.009 is no technique of DISARM 1\.7; nearest: T0143 "),
        ({"id": "own.a", "labels": ["x"], "techniques": [{**call("T0146"), "name": "Account"}]},
         r"T0146 is named 'Account Asset' in DISARM 1\.7, not 'Account'"),
        ({"id": "own.a", "labels": ["x"], "techniques": [call("T0146", "certain")]}, r":1[0-9]: .*certain"),
        ({"id": "own.a", "labels": ["x"]}, "the rule says nothing"),
        ({"id": "own.a", "labels": ["x"], "of": ["meta-kc.0.1"], "value_role": "victim"}, "either labels or of"),
        ({"id": "own.a", "labels": ["x"], "techniques": [call("T0146")], "unmapped": "not at all"}, "unmapped"),
        ({"id": "own.a", "labels": ["x"], "techniques": [call("T0146"), call("T0146")]}, "T0146 is called twice"),
        ({"id": "own.a", "of": ["own.missing"], "value_role": "victim"}, "refines own.missing, which is no rule"),
        ({"id": "own.a", "labels": ["x"], "include": ["nothing.*"]}, "includes nothing"),
        ({"id": "own.a", "labels": ["x"], "value_role": "friend"}, ":11: .*friend"),
        ({"id": "own.a", "labels": ["x"], "colour": "red", "unmapped": "not at all"}, "colour"),
    ],
)  # fmt: skip
def test_a_faulty_own_rule_is_refused_with_file_and_line(tmp_path: Path, rule: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message) as refusal:
        load_mapping(extra=[write(tmp_path, "own.json", rule)])
    assert str(tmp_path / "own.json") in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r":1: is not JSON"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b'{"source": "a", "source": "b"}', "'source' stands twice"),
        (b"[" * 100_000, "nested too deep|is not JSON"),
        (b"[]", "array|object"),
    ],
)
def test_what_is_no_rule_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "own.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        load_mapping(extra=[path])
    with pytest.raises(UserError, match="cannot be read"):
        load_mapping(extra=[tmp_path / "missing.json"])


def test_an_older_release_skips_what_it_does_not_have_and_says_so() -> None:
    old = load_mapping("1.6")
    assert {skip.technique_id for skip in old.skipped} >= {"T0166", "T0143.005", "T0168.008"}
    verdict = old.match(Query(("deepfake",)))
    assert verdict.calls == ()
    assert "DISARM 1.6 does not have T0166.001 yet" in verdict.reason
    assert calls(Query(("AI-generated text",)), old) == {"T0085": 50}
    assert calls(Query(("T0023_Distort Facts",)), old) == {"T0023": 85}
    assert calls(Query(("T0023_Distort Facts",))) == {"T0162": 50}
    assert load_mapping("1.7").skipped == ()


def test_rules_of_an_older_release_are_refused_where_it_was_retired(tmp_path: Path) -> None:
    own = write(tmp_path, "own.json", {"id": "own.a", "labels": ["x"], "techniques": [call("T0023")]}, release="1.6")
    assert calls(Query(("x",)), load_mapping("1.6", [own])) == {"T0023": 85}
    with pytest.raises(UserError, match=r"own\.json:6: own\.a: T0023 .* last in 1\.6; use T0162"):
        load_mapping("1.7", [own])
