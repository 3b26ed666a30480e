"""The wheel carries what the program needs to run away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_schemas_mappings_and_samples_travel_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("schemas", "mappings", "samples"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"disarm_exchange/_data/{path.relative_to(ROOT)}" in packed
    assert "disarm_exchange/py.typed" in packed


def test_templates_and_fonts_of_reports_travel_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for name in ("templates/report.html.j2", "templates/page.css.j2", "templates/page.js", "fonts/Roboto-Regular.ttf"):
        assert f"disarm_exchange/report/{name}" in packed


def test_the_demo_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(installed)
    program = (
        "import disarm_exchange, sys; print(disarm_exchange.__file__); from disarm_exchange.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "demo", "--output", "out", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert '"complete": true' in done.stdout
