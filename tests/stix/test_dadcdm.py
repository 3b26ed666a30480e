from __future__ import annotations

import subprocess
import sys
import textwrap

import orjson
import pytest

from disarm_exchange.stix.extensions import EXTENSIONS, extension_of, used_definitions
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.validate import check_object


def in_a_fresh_process(program: str) -> str:
    """Run a program of its own: the registry of stix2 is one per process, and no other test may see a change in it."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_module_registers_nothing() -> None:
    out = in_a_fresh_process(
        """
        import disarm_exchange.stix.dadcdm
        from stix2.registry import STIX2_OBJ_MAPS
        print("narrative" in STIX2_OBJ_MAPS["2.1"]["objects"])
        """
    )
    assert out.strip() == "False"


def test_registered_types_are_built_serialised_and_parsed_again() -> None:
    out = in_a_fresh_process(
        """
        import stix2
        from disarm_exchange.stix.dadcdm import register
        classes = register()
        assert register() == classes
        for name, cls in classes.items():
            item = cls(url="https://a.example/") if name == "media-content" else cls(name="a name")
            text = item.serialize()
            assert type(stix2.parse(text)) is cls, name
            print(text)
        """
    )
    made = [orjson.loads(line) for line in out.splitlines()]
    assert {item["type"] for item in made} == {
        "narrative", "channel", "event", "language", "persona", "media-outlet", "media-content",
    }  # fmt: skip
    for item in made:
        assert EXTENSIONS[item["type"]].id in item["extensions"]
        assert [issue.code for issue in check_object(item, profile="dad-cdm")] == []


def test_a_name_taken_by_another_library_is_the_users_error() -> None:
    out = in_a_fresh_process(
        """
        import stix2
        from stix2.properties import StringProperty
        from disarm_exchange.errors import UserError
        from disarm_exchange.stix.dadcdm import register

        @stix2.v21.CustomObject("channel", [("name", StringProperty())])
        class Other:
            pass

        try:
            register()
        except UserError as error:
            print(error)
        """
    )
    assert "channel" in out


@pytest.mark.parametrize("key", EXTENSIONS)
def test_every_extension_definition_is_valid_and_found_by_its_id(key: str) -> None:
    extension = EXTENSIONS[key]
    assert extension_of(extension.id) is extension
    assert check_object(extension.definition()) == []


def test_bundles_bring_the_definitions_that_they_use_and_no_others() -> None:
    narrative = {"type": "narrative", "extensions": {EXTENSIONS["narrative"].id: EXTENSIONS["narrative"].marker}}
    uses = {"type": "relationship", "extensions": {EVIDENCE_EXTENSION: {}, "extension-definition--x": {}}}
    ids = [item["id"] for item in used_definitions([narrative, uses, narrative, {"type": "url"}])]
    assert ids == sorted([EXTENSIONS["narrative"].id, EVIDENCE_EXTENSION])
