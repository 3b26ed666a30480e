"""SARIF and JUnit have the shape that their readers know, whatever is shown; over every broken file of the rules."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from disarm_exchange.cli.validate import command

HERE = Path(__file__).parent
RULES = HERE / "rules"
SARIF = jsonschema_rs.Draft202012Validator(
    json.loads((HERE / "forms" / "sarif.schema.json").read_text()), validate_formats=True
)
ATTRIBUTES = {
    "testsuites": {"name"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"classname", "name"},
    "failure": {"type", "message"},
    "system-out": set(),
}
"""What Jenkins, GitLab and GitHub read of the elements that we write."""
INSIDE = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": {"failure", "system-out"}}


def output(form: str, *arguments: object) -> str:
    arguments_ = [*map(str, arguments), "--threshold", "info", "--format", form]
    return CliRunner().invoke(command, arguments_, standalone_mode=False).output


@pytest.fixture
def odd_name(tmp_path: Path) -> Path:
    path = tmp_path / "a b #ü & \"<'>.json"
    path.write_text('[{"type":"x-\x7f","id":"\\u0001\\ufffe","name":"\\u0000"},{}]')
    return path


def test_sarif_of_everything_that_can_be_found_fits_the_standard(odd_name: Path) -> None:
    log = json.loads(output("sarif", RULES, odd_name))
    assert [str(error) for error in SARIF.iter_errors(log)] == []
    (run,) = log["runs"]
    met = {result["ruleId"] for result in run["results"]}
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == met
    assert len(met) > 80


def test_sarif_of_nothing_fits_the_standard_too() -> None:
    log = json.loads(output("sarif", RULES / "DX801.fixed.json", "--ignore", "DX8"))
    assert SARIF.is_valid(log)
    assert log["runs"][0]["results"] == []


def elements(parent: ElementTree.Element) -> list[ElementTree.Element]:
    return [parent, *(element for child in parent for element in elements(child))]


def test_junit_has_the_elements_attributes_and_counts_that_build_servers_read(odd_name: Path) -> None:
    root = ElementTree.fromstring(output("junit", RULES, odd_name))
    for element in elements(root):
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set())
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) >= 1
        assert int(suite.attrib["failures"]) == len(suite.findall(".//failure"))
    assert {suite.attrib["name"] for suite in root} >= {str(path) for path in RULES.iterdir()} | {str(odd_name)}
    assert sum(int(suite.attrib["failures"]) for suite in root) > 100
