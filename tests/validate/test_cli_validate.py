from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from disarm_exchange.cli.validate import command
from tests.validate.bundles import exchange_bundle


def write(path: Path, objects: list[dict[str, object]], option: int | None = None) -> Path:
    bundle = {"type": "bundle", "id": "bundle--21bc09cb-1da5-449b-b854-4de54c9e6ca3", "objects": objects}
    path.write_bytes(orjson.dumps(bundle, option=option))
    return path


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], input=stdin, standalone_mode=False)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    objects = exchange_bundle()
    next(o for o in objects if o["type"] == "indicator")["pattern"] = "nonsense"
    return write(tmp_path / "broken.json", objects, option=orjson.OPT_INDENT_2)


def test_a_sound_bundle_ends_with_exit_code_0(tmp_path: Path) -> None:
    result = run(write(tmp_path / "good.json", exchange_bundle()))
    assert result.return_value == 0
    assert "0 errors" in result.output


def test_a_broken_bundle_ends_with_exit_code_1_and_says_where(broken: Path) -> None:
    result = run(broken)
    assert result.return_value == 1
    line = next(n for n, text in enumerate(broken.read_text().splitlines(), 1) if "nonsense" in text)
    assert f"{broken}:{line}:" in result.output
    assert "DX221" in result.output
    assert '"pattern": "nonsense"' in result.output
    assert "fix:" in result.output


def test_json_output_is_one_document_with_pointer_id_and_reason(broken: Path) -> None:
    report = orjson.loads(run(broken, "--json").output)
    (issue,) = report["issues"]
    assert issue["pointer"].startswith("/objects/")
    assert issue["pointer"].endswith("/pattern")
    assert issue["id"].startswith("indicator--")
    assert issue["code"] == "DX221"
    assert issue["reason"]
    assert report["summary"]["errors"] == 1


def test_directories_are_searched_and_standard_input_is_read(broken: Path, tmp_path: Path) -> None:
    assert orjson.loads(run(tmp_path, "--json").output)["summary"]["files"] == 1
    report = orjson.loads(run("-", "--json", stdin=broken.read_bytes()).output)
    assert [i["file"] for i in report["issues"]] == ["<stdin>"]


def test_the_end_of_the_run_finds_the_place_of_a_dangling_reference(tmp_path: Path) -> None:
    objects = exchange_bundle()
    note = next(o for o in objects if o["type"] == "note")
    note["object_refs"] = ["campaign--00000000-0000-4000-8000-000000000000"]
    path = write(tmp_path / "dangling.json", objects, option=orjson.OPT_INDENT_2)
    report = orjson.loads(run(path, "--json").output)
    (issue,) = report["issues"]
    assert issue["code"] == "DX302"
    assert "00000000-0000-4000" in path.read_text().splitlines()[issue["line"] - 1]
    assert issue["pointer"] == f"/objects/{objects.index(note)}/object_refs/0"


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b'{"type":"bundle","objects":[', b"[1]", b"nothing"])
def test_input_that_is_no_stix_is_an_issue_and_no_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    result = run(path)
    assert result.exception is None
    assert result.return_value == 1
    assert "error DX00" in result.output


def test_wrong_use_ends_with_exit_code_2(tmp_path: Path) -> None:
    for arguments in (["none.json"], ["--profile", "nice", "x"], ["--select", "ZZ", __file__], [str(tmp_path)]):
        program = Path(sys.executable).with_name("disarm-exchange")
        done = subprocess.run([program, "validate", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
