"""The long forms: many mutants for the two engines, a million keys, memory over a long stream (`make torture`)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.files import FileCheck
from disarm_exchange.validate.precheck import Care, care
from tests.validate.corpus.case import sdo
from tests.validate.test_engines import disagreement, mutants

pytestmark = pytest.mark.torture

_PEAK = """
import sys
from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.files import FileCheck
check = FileCheck(Validator("exchange", ignore=("DX805",)))
assert sum(1 for _ in check.check(sys.argv[1])) == 0
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""


@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutants())
def test_the_engines_agree_on_many_mutants(item: StixObject) -> None:
    assert care(item) is not Care.NONE or disagreement(item) == ""


def test_a_million_keys_are_one_issue(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({**sdo("campaign", name="a"), **{f"k{number}": 1 for number in range(1_000_000)}}))
    codes = [issue.issue.code for issue in FileCheck(Validator("stix")).check(str(path))]
    assert codes == ["DX003"]


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
def test_memory_grows_by_little_over_a_long_stream(tmp_path: Path) -> None:
    peaks = []
    for count in (50_000, 450_000):
        path = tmp_path / f"{count}.json"
        with path.open("w", encoding="utf-8") as out:
            out.write('{"type":"bundle","id":"bundle--21bc09cb-1da5-449b-b854-4de54c9e6ca3","objects":[\n')
            for number in range(count):
                text = json.dumps({**sdo("campaign", name=f"Echo {number}"), "created_by_ref": None})
                item = json.loads(text)
                item["created_by_ref"] = item["id"].replace("campaign", "identity")
                item["type"], item["id"] = "identity", item["created_by_ref"]
                out.write(("" if number == 0 else ",\n") + json.dumps(item, separators=(",", ":")))
            out.write("\n]}\n")
        done = subprocess.run([sys.executable, "-c", _PEAK, path], capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    # kilobytes; 400,000 more objects of 400 bytes are 160,000 of them
    assert peaks[1] - peaks[0] < 60_000
