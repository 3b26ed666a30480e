"""The rule files: sound, complete for the published kill chain, honest about the rest."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.confidence import MEDIUM
from disarm_exchange.disarm.mapping import Query, load_mapping
from disarm_exchange.disarm.rule_files import built_in_rule_files, check_rule_file, read_rule_file
from disarm_exchange.resources import data_folder
from tests.shared_data import SHARED_DATA, needs_shared_data, real_tables

FILES = built_in_rule_files()
MAPPING = load_mapping()
PROCEDURE = re.compile(r"meta-kc\.\d+\.\d+\.\d+")
PUBLISHED = 161


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_every_rule_file_is_sound(path: Path) -> None:
    rule_file, faults = check_rule_file(path)
    assert faults == []
    assert rule_file is not None
    assert all(rule.id.startswith(f"{rule_file.source}.") for rule in rule_file.rules)


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_both_schema_engines_accept_every_rule_file(path: Path) -> None:
    schema = json.loads((data_folder("schemas") / "mapping-rules.schema.json").read_text())
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(json.loads(path.read_text()))) == []


def test_every_technique_called_exists_in_the_release() -> None:
    catalogue = Catalogue.load("1.7")
    called = [entry.id for rule in MAPPING.rules.values() for entry in rule.techniques]
    assert len(called) > 500
    assert [key for key in called if catalogue.get(key) is None] == []


def test_every_label_is_mapped_or_says_why_not() -> None:
    for text in MAPPING.labels().values():
        verdict = MAPPING.match(Query((text,)))
        assert verdict.label_id is not None
        assert verdict.calls or len(verdict.reason) > len(text) + 20, text


def test_three_quarters_of_the_published_procedures_map_at_medium_or_better_by_their_label_alone() -> None:
    labels = {key: text for key, text in MAPPING.labels().items() if PROCEDURE.fullmatch(key)}
    assert len(labels) == PUBLISHED
    verdicts = {key: MAPPING.match(Query((text,))) for key, text in labels.items()}
    mapped = {key for key, verdict in verdicts.items() if any(c.confidence >= MEDIUM for c in verdict.calls)}
    assert len(mapped) / PUBLISHED >= 0.75, f"{len(mapped)} of {PUBLISHED}"
    for key in labels.keys() - mapped:
        assert verdicts[key].calls or ":" in verdicts[key].reason, key


@needs_shared_data
def test_the_published_list_is_the_one_that_the_rules_know() -> None:
    rows = _rows(SHARED_DATA / "meta" / "Online_Operations_Killchain-TTPs.csv")
    found = {MAPPING.match(Query(tuple(row))).label_id for row in rows}
    assert len(rows) == PUBLISHED
    assert found == {key for key in MAPPING.labels() if PROCEDURE.fullmatch(key)}


@needs_shared_data
def test_every_real_label_is_known_or_falls_back_with_a_reason() -> None:
    known: Counter[str] = Counter()
    for path in real_tables(".csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        layered = header[0].strip() == "Tactic"
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            labels = tuple(row[:3]) if layered else (row[0],)
            verdict = MAPPING.match(Query(labels, "text", None, row[4] if len(row) > 4 else "", row[3]))
            told = verdict.label_id is not None and "fell back" not in verdict.reason
            known["known" if told else "not known"] += 1
            assert verdict.calls or len(verdict.reason) > 40, labels
            if "fell back" in verdict.reason:
                assert all(call.confidence <= MEDIUM for call in verdict.calls), labels
    assert known["known"] / known.total() >= 0.99, known


@needs_shared_data
def test_the_whole_draft_is_reviewed() -> None:
    """Every label of the draft crosswalk that is a label (not a comment, which only refines one) is known."""
    with (SHARED_DATA / "crosswalk-draft.csv").open(encoding="utf-8", newline="") as lines:
        drafted = {
            row["source_label"] for row in csv.DictReader(lines) if row["source_taxonomy"] != "meta-comment-label"
        }
    assert len(drafted) > 400
    assert [label for label in drafted if MAPPING.match(Query((label,))).label_id is None] == []


def test_wide_sheet_columns_answer_by_id_whatever_their_name() -> None:
    for column, expected in [
        ("T0004_ Develop Competing Narratives", ["T0004"]),
        ("T0092.003_Create Community or Sup-Group", ["T0092.003"]),
        ("T0097_Create Personas", ["T0097"]),
        ("T0090_Create Inauthentic Accounts", ["T0143.002", "T0146"]),
        ("T0112_Email", ["T0153.001"]),
        ("T0106_Discussion Forums", ["T0151.009", "T0151.010"]),
    ]:
        assert sorted(call.technique_id for call in MAPPING.match(Query((column,))).calls) == expected


def test_a_retired_id_as_label_says_what_it_was() -> None:
    verdict = MAPPING.match(Query(("T0090_Create Inauthentic Accounts",)))
    assert all("T0090" in call.reason and "1.5" in call.reason for call in verdict.calls)
    gone = MAPPING.match(Query(("T0042 Seed Kernel of Truth",)))
    assert gone.calls == ()
    assert "nothing took its place" in gone.reason


def test_names_in_rule_files_are_checked() -> None:
    named = [
        entry
        for path in FILES
        for rule in json.loads(path.read_text())["rules"]
        for entry in rule.get("techniques", [])
    ]
    assert all("name" in entry for entry in named)
    assert read_rule_file(FILES[0]).release == "1.7"


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [row for row in list(csv.reader(lines))[1:] if any(cell.strip() for cell in row)]


def test_conditions_name_platforms_that_values_can_have() -> None:
    known = {entry["key"] for entry in _platforms()}
    asked = {
        platform
        for rule in MAPPING.rules.values()
        for condition in rule.when
        for criteria in (condition.asks, condition.unless)
        for platform in criteria.platforms
    }
    assert len(asked) > 60
    assert asked - known == set()


def _platforms() -> list[dict[str, str]]:
    content = json.loads((data_folder("mappings") / "values" / "platforms.json").read_text(encoding="utf-8"))
    listed: list[dict[str, str]] = content["platforms"]
    return listed


@pytest.mark.parametrize("label", ["Victim", "victims", "Target", "Targeted organisations", "victim website"])
def test_what_is_labelled_a_victim_is_a_victims_and_calls_nothing(label: str) -> None:
    verdict = MAPPING.match(Query((label,)))
    assert (verdict.value_role, verdict.calls) == ("victim", ())


@pytest.mark.parametrize("label", ["Impersonated outlet", "Impersonated brands", "Legitimate website"])
def test_what_is_labelled_impersonated_is_not_the_operations(label: str) -> None:
    verdict = MAPPING.match(Query((label,)))
    assert (verdict.value_role, verdict.calls) == ("impersonated", ())
