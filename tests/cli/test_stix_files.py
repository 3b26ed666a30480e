"""What is no STIX: findings are converted first, and a folder's other files are skipped with a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run

IDENTITY = {
    "type": "identity",
    "spec_version": "2.1",
    "id": "identity--11111111-1111-4111-8111-111111111111",
    "created": "2026-01-01T00:00:00.000Z",
    "modified": "2026-01-01T00:00:00.000Z",
    "name": "North Watch",
    "identity_class": "organization",
}
PROFILE = {"id": "ours", "title": "Ours", "layout": "table", "columns": {"value": {"names": ["a"], "type": "url"}}}


@pytest.mark.parametrize(
    "content",
    [
        "indicator_type,indicator_value\ndomain,a.example\n",
        '[{"indicator_type": "domain", "indicator_value": "a.example"}]',
        '{"labels": ["Domain"], "value": "a.example"}\n{"labels": ["Domain"], "value": "b.example"}\n',
    ],
)
def test_findings_are_converted_first(content: str, tmp_path: Path) -> None:
    path = tmp_path / "findings"
    path.write_text(content)
    done = run("validate", path)
    assert done.code == 2
    assert "holds findings" in done.err
    assert f"disarm-exchange convert {path}" in done.err


def test_a_folder_is_searched_for_stix_and_the_rest_is_named(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text(json.dumps(IDENTITY))
    (tmp_path / "profile.json").write_text(json.dumps(PROFILE))
    (tmp_path / "case.toml").write_text('name = "X"\n')
    done = run("validate", tmp_path, "--profile", "stix")
    assert done.code == 0, done
    assert "profile.json" in done.err
    assert "1 .toml" in done.err
    (tmp_path / "bundle.json").unlink()
    done = run("validate", tmp_path)
    assert (done.code, "no STIX" in done.err) == (2, True)


def test_broken_json_in_a_folder_is_still_broken(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text('{"type": "bundle", "objects": [')
    assert run("validate", tmp_path).code == 1


@pytest.mark.parametrize("command", ["heatmap", "graph"])
def test_a_picture_of_no_stix_is_an_error(command: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, 2]}')
    done = run(command, path, "-o", tmp_path / "a.svg")
    assert done.code == 2
    assert "no STIX objects" in done.err
    assert not (tmp_path / "a.svg").exists()
