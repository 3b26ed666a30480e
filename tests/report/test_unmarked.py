"""Objects without a marking stay out; with `--unmarked-as` they are shown, and whatever is made of them says so."""

from __future__ import annotations

import zipfile
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from disarm_exchange.cli.app import app
from disarm_exchange.policy import Clearance, release, sharing_level
from disarm_exchange.report.source import Markings, Unmarked, open_source, source_of
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_objects, local_collection, read_object
from disarm_exchange.store.access import add_collection
from tests.report.making import item, technique

STATEMENT = "marking-definition--00000000-0000-4000-8000-000000000001"
SENTENCE = "Objects without a marking were treated as TLP:GREEN by the person who made this."
OUTPUTS = [
    ("report", "html"), ("report", "md"), ("heatmap", "svg"), ("heatmap", "html"), ("heatmap", "md"),
    ("heatmap", "json"), ("graph", "svg"), ("graph", "html"), ("graph", "mmd"), ("graph", "md"), ("graph", "json"),
    ("graph", "gexf"), ("graph", "graphml"), ("navigator", "json"), ("compare", "svg"), ("compare", "html"),
    ("compare", "md"), ("compare", "json"),
]  # fmt: skip


def statement() -> dict[str, object]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": STATEMENT,
        "created": "2026-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright A. Nother"},
    }


def foreign() -> list[dict[str, object]]:
    """A campaign that uses a technique, as a producer without TLP writes them: no marking, or terms alone."""
    campaign = item("campaign", 1, name="Unmarked")
    pattern = technique("T0049.001")
    link = item(
        "relationship", 1, relationship_type="uses", source_ref=campaign["id"], target_ref=pattern["id"],
        object_marking_refs=[STATEMENT],
    )  # fmt: skip
    for one in (campaign, pattern):
        one.pop("object_marking_refs", None)
    return [statement(), campaign, pattern, link]


def written(tmp_path: Path, objects: list[dict[str, object]]) -> Path:
    path = tmp_path / "foreign.json"
    path.write_bytes(orjson.dumps({"type": "bundle", "objects": objects}))
    return path


def test_what_carries_terms_alone_counts_as_unmarked_and_what_carries_an_unknown_marking_does_not() -> None:
    strange = item("campaign", 2, object_marking_refs=[STATEMENT[:-1] + "9"])
    part = item("campaign", 3, object_marking_refs=[])
    part["granular_markings"] = [{"marking_ref": Tlp.RED.marking_id, "selectors": ["name"]}]
    released = release([*foreign(), strange, part], Clearance(Tlp.AMBER, unmarked=Tlp.GREEN))
    assert [one["id"] for one in released.objects] == [one["id"] for one in foreign()]
    assert {one.id for one in released.withheld} == {strange["id"], part["id"]}


def test_above_the_ceiling_unmarked_objects_stay_out() -> None:
    released = release(foreign(), Clearance(Tlp.GREEN, unmarked=Tlp.AMBER))
    assert released.objects == []
    assert {one.reason for one in released.withheld} >= {"TLP:AMBER is above TLP:GREEN"}


def test_the_source_says_what_it_assumed_and_of_which_objects() -> None:
    source = source_of([*foreign(), item("campaign", 5)], unmarked=Unmarked(Tlp.GREEN))
    label = Markings(source).label
    assert (source.marking, source.note) == (Tlp.AMBER, SENTENCE)
    assert {label(one) for one in source.objects} == {"", "TLP:AMBER", "TLP:GREEN (unmarked)"}
    assert source_of([item("campaign", 5)], unmarked=Unmarked(Tlp.GREEN)).note == ""


@pytest.mark.parametrize(("command", "ending"), OUTPUTS)
def test_every_output_names_the_assumption(tmp_path: Path, command: str, ending: str) -> None:
    bundle, target = written(tmp_path, foreign()), tmp_path / f"out.{ending}"
    sides = [str(bundle), str(bundle)] if command == "compare" else [str(bundle)]
    done = CliRunner().invoke(app, [command, *sides, "-o", str(target), "--unmarked-as", "green"])
    assert (done.exit_code, done.exception) == (0, None)
    text = target.read_text(encoding="utf-8").replace("\\", "")
    assert "T0049.001" in text
    assert SENTENCE in text
    assert "TLP:GREEN" in text


def test_tables_say_of_each_row_that_it_was_unmarked(tmp_path: Path) -> None:
    bundle = written(tmp_path, foreign())
    rows, book = tmp_path / "rows.csv", tmp_path / "book.xlsx"
    for target, more in ((rows, ["--table", "relationships"]), (book, [])):
        done = CliRunner().invoke(app, ["export", str(bundle), "-o", str(target), "--unmarked-as", "green", *more])
        assert done.exit_code == 0
    assert rows.read_text(encoding="utf-8-sig").splitlines()[1].endswith("TLP:GREEN (unmarked)")
    with zipfile.ZipFile(book) as archive:
        assert SENTENCE in archive.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("command", ["report", "heatmap", "graph", "navigator", "compare", "export"])
def test_where_all_stays_out_nothing_is_written_and_the_option_is_named(tmp_path: Path, command: str) -> None:
    bundle = written(tmp_path, foreign())
    ending = {"report": "html", "export": "csv", "navigator": "json"}.get(command, "svg")
    target = tmp_path / f"out.{ending}"
    done = CliRunner().invoke(app, [command, str(bundle), "-o", str(target)])
    assert done.exit_code == 1
    assert not target.exists()
    assert "4 objects stay out" in done.stderr
    assert "no TLP marking on the whole object" in done.stderr
    assert "--unmarked-as green" in done.stderr


def test_where_all_is_above_the_ceiling_that_option_is_named(tmp_path: Path) -> None:
    bundle = written(tmp_path, [item("campaign", 1)])
    done = CliRunner().invoke(app, ["graph", str(bundle), "-o", str(tmp_path / "g.svg"), "--max-tlp", "green"])
    assert done.exit_code == 1
    assert "--max-tlp" in done.stderr
    assert "--unmarked-as" not in done.stderr


def test_what_a_collection_says_of_unmarked_objects_holds_for_pictures_of_it(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    incoming = [read_object(orjson.dumps(one)) for one in foreign()]
    with Database.open(path) as database, database.write() as tx:
        lenient = add_collection(tx, "Lenient", alias="lenient", unmarked_level=Tlp.CLEAR)
        strict = local_collection(tx, "strict")
        for collection in (lenient, strict):
            list(add_objects(tx, collection.number, incoming, source="local", level_of=sharing_level))
    source = open_source(path, collections=["lenient"])
    assert len(source.objects) == 4
    assert source.note == "Objects without a marking were treated as TLP:CLEAR as is set for their collection."
    assert open_source(path, collections=["strict"]).objects == []
    assert open_source(path).holds_nothing
    assert len(open_source(path, unmarked_as=Tlp.GREEN).objects) == 4
