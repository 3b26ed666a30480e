"""What MISP's and OpenCTI's own importers make of a bundle with DAD-CDM objects beside plain STIX.

They run in processes of their own: both put types into the registry of stix2.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.stix.extensions import EXTENSIONS
from tests.convert.converting import SAMPLES, Converted, convert

needs_misp_stix = pytest.mark.skipif(
    importlib.util.find_spec("misp_stix_converter") is None, reason="misp-stix is not installed"
)
needs_pycti = pytest.mark.skipif(importlib.util.find_spec("pycti") is None, reason="pycti is not installed")

MISP_IMPORT = """
    import json, sys
    from misp_stix_converter import ExternalSTIX2toMISPParser
    from misp_stix_converter.tools.stix2_loading_helpers import load_stix2_file
    parser = ExternalSTIX2toMISPParser()
    parser.load_stix_bundle(load_stix2_file(sys.argv[1]))
    parser.parse_stix_bundle(single_event=True)
    event = parser.misp_event
    print(json.dumps({
        "attributes": sorted([a.type, str(a.value), bool(a.to_ids)] for a in event.attributes),
        "objects": sorted([o.name, sorted([a.object_relation, str(a.value)] for a in o.attributes)]
                          for o in event.objects),
        "galaxies": sorted({c.value for g in event.galaxies for c in g.clusters}),
        "errors": sorted({line for lines in parser.errors.values() for line in lines}),
    }))
"""

OPENCTI_SPLIT = """
    import json, sys
    from pycti import OpenCTIStix2Splitter
    expected, _, parts = OpenCTIStix2Splitter().split_bundle_with_expectations(open(sys.argv[1]).read())
    print(json.dumps(sorted(item["id"] for part in parts for item in json.loads(part)["objects"])))
"""


def run(program: str, bundle: Path) -> object:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(bundle)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    return convert(SAMPLES[0], out=tmp_path_factory.mktemp("both"))


@needs_misp_stix
def test_misp_takes_all_that_is_plain_and_only_names_what_it_does_not_know(both: Converted, tmp_path: Path) -> None:
    plain = convert(SAMPLES[0], out=tmp_path, model=Model.STIX)
    with_model, without = run(MISP_IMPORT, both.result.bundle), run(MISP_IMPORT, plain.result.bundle)
    assert isinstance(with_model, dict)
    assert isinstance(without, dict)
    assert without.pop("errors") == []
    unknown = with_model.pop("errors")
    new = {str(item["type"]) for item in both.objects} & EXTENSIONS.keys()
    assert new
    assert {line.rpartition(": ")[2] for line in unknown} == new
    assert with_model == without
    assert len(with_model["attributes"]) >= 10


@needs_pycti
def test_opencti_takes_what_it_knows_and_drops_the_rest_without_harm(both: Converted) -> None:
    kept = run(OPENCTI_SPLIT, both.result.bundle)
    assert isinstance(kept, list)
    known = both.by_id()
    outlets = {str(item["id"]) for item in both.of_type("media-outlet")}
    dropped = known.keys() - set(kept)
    assert outlets
    assert dropped == {
        key
        for key, item in known.items()
        if item["type"] == "extension-definition" or outlets & {key, item.get("source_ref"), item.get("target_ref")}
    }
