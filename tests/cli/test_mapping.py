"""`disarm-exchange mapping`, run as a user runs it."""

from __future__ import annotations

import json
import re
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
    done = run("mapping", "suggest", "--text", "clickbait headlines", "--limit", "2", "--json", "--draft", draft)
    assert done.code == 0
    found = json.loads(done.out)
    assert found[0]["candidates"][0]["technique"] == "T0167.001"
    assert len(found[0]["candidates"]) == 2
    assert run("mapping", "check", draft).code == 0
    again = run("mapping", "suggest", "--text", "clickbait", "--draft", draft)
    assert (again.code, again.out) == (2, "")
    assert run("mapping", "suggest", "--text", "zzzz").code == 1


def findings(folder: Path, *rows: str) -> Path:
    """A table of findings in the kill-chain layout."""
    path = folder / "findings.csv"
    path.write_text("\n".join(("Tactic ,Technique,Procedure,Indicator,Comments", *rows)) + "\n", encoding="utf-8")
    return path


def test_coverage_shows_the_share_mapped_and_the_unmapped_by_count(tmp_path: Path) -> None:
    path = findings(
        tmp_path,
        "0. Acquiring assets,0.1 Acquiring IP addresses,0.1.1 Acquiring proxy IP addresses,192.0.2[.]44,",
        "7. Engaging,7.2 Followers,7.2.2 Acquiring Page followers,900 followers,",
        "1. New,1.9 Newer,Renting faces,hxxps://a[.]example/1,",
        "1. New,1.9 Newer,Renting  faces,hxxps://a[.]example/2,",
    )
    done = run("mapping", "coverage", path, "--by-file")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "4 findings in 1 file, DISARM 1.7"
    cells = [line.split() for line in lines]
    assert ["mapped", "1", "25.0", "%"] in cells
    assert ["unknown", "2", "50.0", "%"] in cells
    assert [str(path), "4", "25.0", "%"] in cells
    assert [re.split(r" {2,}", line)[:2] for line in lines[lines.index("Unmapped labels") + 2 :]] == [
        ["Renting faces", "2"],
        ["7.2.2 Acquiring Page followers", "1"],
    ]
    assert run("mapping", "coverage", path, "--fail-under", "25").code == 0
    assert run("mapping", "coverage", path, "--fail-under", "25.1").code == 1
    own = own_file(tmp_path, {**OWN, "rules": [{**OWN["rules"][0], "labels": ["Renting faces"]}]})  # type: ignore[index]
    told = json.loads(run("mapping", "coverage", path, "--mapping", own, "--json").out)
    assert (told["findings"], told["mapped"], told["share_mapped"], told["unknown_labels"]) == (4, 3, 0.75, 0)
    assert told["rules"]["own.signal"] == 2
    assert [one["findings"] for one in told["files"]] == [4]


def test_coverage_of_unreadable_files_is_an_error(tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("a,b\n1,2\n", encoding="utf-8")
    done = run("mapping", "coverage", odd)
    assert (done.code, done.out) == (2, "")
    assert str(odd) in done.err


def test_suggest_takes_the_labels_that_no_rule_knows_from_files(tmp_path: Path) -> None:
    path = findings(
        tmp_path,
        "1. New,1.9 Newer,Posing as retired generals,hxxps://x[.]com/one,AI profile pictures",
        "1. New,1.9 Newer,Posing as retired generals,hxxps://x[.]com/two,",
        "1. New,1.9 Newer,Zxqy,They amplified clickbait headlines,",
        "7. Engaging,7.2 Followers,7.2.2 Acquiring Page followers,900 followers,",
        "0. Acquiring assets,0.1 Acquiring IP addresses,0.1.1 Acquiring proxy IP addresses,192.0.2[.]44,",
    )
    draft = tmp_path / "draft.json"
    done = run("mapping", "suggest", path, "--json", "--draft", draft)
    assert done.code == 0
    told = json.loads(done.out)
    assert [(one["text"], one["is_label"], one["findings"]) for one in told] == [
        ("Posing as retired generals", True, 2),
        ("Zxqy", True, 1),
        ("They amplified clickbait headlines", False, 1),
    ]
    assert told[0]["candidates"][0]["technique"] == "T0143.002"
    assert "Posing as fictional" in told[0]["candidates"][0]["reasons"][0]
    assert "AI profile pictures" in told[0]["context"]
    assert [rule["labels"] for rule in json.loads(draft.read_text())["rules"]] == [[told[0]["text"]], ["Zxqy"]]
    assert run("mapping", "check", draft).code == 0
    before, after = (
        json.loads(run("mapping", "coverage", path, "--json", *more).out)["mapped"]
        for more in ((), ("--mapping", draft))
    )
    assert before == 1  # a draft counts for nothing until it is given
    assert after >= 3
    more = json.loads(run("mapping", "suggest", path, "--decided", "--json").out)
    assert "7.2.2 Acquiring Page followers" in {one["text"] for one in more}
    assert len(json.loads(run("mapping", "suggest", path, "--most", "1", "--json").out)) == 1


def test_files_that_the_rules_know_need_no_suggestion(tmp_path: Path) -> None:
    row = "0. Acquiring assets,0.1 Acquiring IP addresses,0.1.1 Acquiring proxy IP addresses,192.0.2[.]44,"
    done = run("mapping", "suggest", findings(tmp_path, row))
    assert (done.code, done.out) == (0, "")
    assert "a rule knows every label" in done.err
