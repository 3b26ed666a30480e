from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from disarm_exchange.cli.schema import command as schema_command
from disarm_exchange.cli.validate import command
from disarm_exchange.errors import UserError
from disarm_exchange.validate.fixes import FIXERS
from disarm_exchange.validate.handbook import rules_page
from disarm_exchange.validate.rule import all_rules

RULES = Path(__file__).parent / "rules"
BROKEN = RULES / "DX302.broken.json"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], standalone_mode=False)


def codes(result: Result) -> list[str]:
    return [issue["code"] for issue in json.loads(result.output)["issues"]]


def test_sarif_names_the_rules_that_were_met_and_the_places() -> None:
    log = json.loads(run(BROKEN, "--select", "DX302", "--format", "sarif").output)
    (one,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in one["tool"]["driver"]["rules"]] == ["DX302"]
    (result,) = one["results"]
    assert result["ruleId"] == "DX302"
    assert result["level"] == "error"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert "campaign--" in BROKEN.read_text().splitlines()[region["startLine"] - 1][region["startColumn"] - 1 :]


def test_junit_counts_a_failure_for_an_error_and_passes_a_sound_file() -> None:
    suites = ElementTree.fromstring(
        run(BROKEN, RULES / "DX302.fixed.json", "--select", "DX302", "--format", "junit").output
    )
    assert [len(suite.findall(".//failure")) for suite in suites] == [1, 0]
    assert all(suite.findall("testcase") for suite in suites)


def test_github_commands_stand_on_one_line_each() -> None:
    lines = run(BROKEN, "--select", "DX302", "--format", "github").output.splitlines()
    assert lines[0].startswith("::error file=")
    assert "title=DX302::" in lines[0]
    assert len(lines) == 2


def test_the_html_page_needs_nothing_from_elsewhere_and_escapes_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('[{"type": "<script>alert(1)</script>", "id": "a"}]')
    page = run(path, "--format", "html").output
    assert "<script" not in page
    assert "src=" not in page
    assert "href=" not in page
    HTMLParser().feed(page)


def test_json_lines_end_with_the_summary() -> None:
    *issues, last = map(json.loads, run(BROKEN, "--format", "jsonl").output.splitlines())
    assert last["summary"]["errors"] == len(issues)


def test_the_threshold_hides_and_fail_on_fails() -> None:
    warned = RULES / "DX303.broken.json"
    assert run(warned, "--select", "DX303").return_value == 0
    assert run(warned, "--select", "DX303", "--fail-on", "warning").return_value == 1
    assert "DX303" not in run(warned, "--select", "DX303", "--threshold", "error").output


def test_objects_that_the_receiver_has_are_not_missing() -> None:
    assert "DX302" in codes(run(BROKEN, "--json"))
    assert "DX302" not in codes(run(BROKEN, "--json", "--known", RULES / "DX302.fixed.json"))


def test_settings_come_from_a_file_and_the_command_line_wins(tmp_path: Path) -> None:
    settings = tmp_path / "disarm-exchange.toml"
    settings.write_text(
        '[validate]\nselect = ["DX302", "DX805"]\n[[validate.files]]\nmatch = "*.fixed.json"\nignore = ["DX8"]\n'
    )
    assert sorted(codes(run(BROKEN, "--json", "--config", settings))) == ["DX302", "DX805"]
    assert codes(run(RULES / "DX805.fixed.json", "--json", "--config", settings)) == []
    assert codes(run(BROKEN, "--json", "--config", settings, "--select", "DX302")) == ["DX302"]


def test_settings_are_found_in_the_folder_and_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.disarm-exchange.validate]\nselect = ["DX805"]\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert codes(run(BROKEN, "--json")) == ["DX805"]


@pytest.mark.parametrize("text", ["[validate]\ncolour = 3", "[validate]\nprofile = 'nice'", "validate = [", "[other]"])
def test_a_setting_that_is_none_is_the_users_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    assert isinstance(run(BROKEN, "--config", path).exception, UserError)


def test_an_unknown_release_is_the_users_error() -> None:
    assert isinstance(run(RULES / "DX502.broken.json", "--framework", "9.9").exception, UserError)


@pytest.mark.parametrize("code", sorted(set(FIXERS) - {"DX101"}))
def test_fix_mends_the_broken_file_and_says_so(tmp_path: Path, code: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes((RULES / f"{code}.broken.json").read_bytes())
    result = run(path, "--fix", "--json", "--select", code, "--threshold", "info")
    assert code in result.stderr
    assert json.loads(path.read_bytes()) != json.loads((RULES / f"{code}.broken.json").read_bytes())
    assert json.loads(result.stdout)["issues"] == []


def test_fix_adds_spec_version_only_where_nothing_speaks_for_2_0(tmp_path: Path) -> None:
    note = json.loads((RULES / "DX302.broken.json").read_bytes())["objects"][-1]
    del note["spec_version"]
    old = {"type": "campaign", "id": "campaign--1", "created": "2017-01-01T00:00:00.000Z", "name": "x"}
    path = tmp_path / "x.json"
    path.write_text(json.dumps([note, old], indent=2))
    run(path, "--fix")
    mended, still_old = json.loads(path.read_text())
    assert mended["spec_version"] == "2.1"
    assert list(mended)[:2] == ["type", "spec_version"]
    assert still_old == old


def test_fix_leaves_every_other_byte_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    campaign = '{"type": "campaign", "created": "x", "description": "see http://a.example/b"}'
    odd = f'[ {{"type":"x",  "id" : 1 }},\n\n  {campaign}\n]  \n'
    path.write_text(odd)
    run(path, "--fix")
    before, after = odd.split("{"), path.read_text().split("{")
    assert after[1] == before[1]
    assert "hxxp://a[.]example/b" in after[2]
    assert path.read_text().endswith("\n]  \n")


def test_fix_changes_nothing_in_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    text = '[{"type": "campaign", "created": "x", "description": "http://a.example/"}, {"a": }]'
    path.write_text(text)
    assert isinstance(run(path, "--fix").exception, UserError)
    assert path.read_text() == text


def test_rules_are_listed_and_explained() -> None:
    assert [line.split()[0] for line in run("--rules").output.splitlines()] == list(all_rules())
    assert all_rules()["DX302"].why in run("--explain", "dx302").output
    assert isinstance(run("--explain", "DX999").exception, UserError)


def test_the_page_of_rules_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "validation-rules.md"
    assert page.read_text(encoding="utf-8") == rules_page(), (
        "make it again: python -m disarm_exchange.validate.handbook"
    )


def test_schemas_are_listed_shown_and_exported(tmp_path: Path) -> None:
    names = [row["name"] for row in json.loads(CliRunner().invoke(schema_command, ["list", "--json"]).output)]
    assert {"evidence-extension", "dad-cdm/narrative", "stix/sdos/campaign"} <= set(names)
    shown = json.loads(CliRunner().invoke(schema_command, ["show", "dad-cdm/narrative"]).output)
    assert shown["$id"] == "urn:disarm-exchange:schema:dad-cdm:narrative"
    CliRunner().invoke(schema_command, ["export", str(tmp_path)], standalone_mode=False)
    written = sorted(tmp_path.rglob("*.schema.json"))
    assert len(written) == len(names)
    for path in written:
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_bytes()))
