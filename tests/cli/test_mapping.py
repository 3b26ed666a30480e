"""`disarm-exchange mapping`, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import run

OWN = {
    "source": "own",
    "title": "Ours",
    "release": "1.7",
    "rules": [
        {
            "id": "own.signal",
            "labels": ["Coordinating on Signal"],
            "techniques": [{"id": "T0151.006", "confidence": "high", "reason": "a room of their own"}],
        }
    ],
}


def own_file(folder: Path, content: object) -> Path:
    path = folder / "own.json"
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return path


def test_a_finding_is_tried_out_with_every_rule_that_spoke() -> None:
    done = run(
        "mapping", "test", "0.9.8 Acquiring accounts on online forums", "--kind", "account", "--platform", "reddit"
    )
    assert done.code == 0
    assert "T0151.010 Community Forum Platform: high, platform.community-forum" in done.out
    assert "meta-kc.0.9.8.petition: silent, needs" in done.out
    assert "platform.wiki" not in done.out


def test_nothing_called_ends_with_1_and_a_reason() -> None:
    done = run("mapping", "test", "7.2.2 Acquiring Page followers", "--json")
    assert done.code == 1
    assert "a measurement of the audience" in json.loads(done.out)["reason"]


def test_own_rules_take_precedence(tmp_path: Path) -> None:
    own = own_file(tmp_path, OWN)
    done = run("mapping", "test", "3.6.5 Coordinating on Signal", "--mapping", own, "--json")
    assert [call["technique"] for call in json.loads(done.out)["calls"]] == ["T0151.006"]
    checked = run("mapping", "check", own)
    assert checked.code == 0
    assert "own.signal speaks for the label 'Coordinating on Signal' before meta-kc.3.6.5" in checked.out


def test_check_names_every_fault_with_its_line(tmp_path: Path) -> None:
    rules = [
        {"id": "own.a", "labels": ["a"], "techniques": [{"id": "T0090", "confidence": "low", "reason": "we think so"}]},
        {"id": "own.a", "labels": ["b"]},
    ]
    own = own_file(tmp_path, {**OWN, "rules": rules})
    done = run("mapping", "check", own)
    assert done.code == 1
    assert len(done.out.splitlines()) == 3
    assert f"{own}:12: own.a: T0090 (Create Inauthentic Accounts) is not in DISARM 1.7" in done.out
    assert f"{own}:19: own.a: this id is given twice" in done.out
    dangling = own_file(tmp_path, {**OWN, "rules": [{"id": "own.a", "of": ["own.b"], "value_role": "victim"}]})
    assert run("mapping", "check", dangling).code == 1


def test_a_rule_is_shown_by_its_id() -> None:
    done = run("mapping", "show", "meta-kc.0.9.7")
    assert done.code == 0
    assert "0.9.7 Acquiring Telegram channels" in done.out
    assert "Refined by  meta-kc.0.9.7.channel" in done.out
    missing = run("mapping", "show", "meta-kc.0.9.99")
    assert missing.code == 2
    assert "no rule 'meta-kc.0.9.99'" in missing.err


def test_suggestions_are_ranked_and_drafts_never_overwrite(tmp_path: Path) -> None:
    draft = tmp_path / "draft.json"
    done = run("mapping", "suggest", "clickbait headlines", "--limit", "2", "--json", "--draft", draft)
    assert done.code == 0
    found = json.loads(done.out)
    assert found[0]["candidates"][0]["technique"] == "T0167.001"
    assert len(found[0]["candidates"]) == 2
    assert run("mapping", "check", draft).code == 0
    again = run("mapping", "suggest", "clickbait", "--draft", draft)
    assert (again.code, again.out) == (2, "")
    assert run("mapping", "suggest", "zzzz").code == 1
