"""Layouts are recognised by their header, whatever its spelling."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.profile import find_profile, load_profile, recognise, shipped_profiles

HEADERS = {
    "indicator_type,indicator_value,comment,ds": "flat-indicators",
    "Indicator Type,Indicator Value": "flat-indicators",
    "Tactic,Technique,Procedure,Indicator": "meta-kill-chain",
    "Tactic ,Technique,Procedure,Indicator": "meta-kill-chain",
    "Tactic,Technique,Procedure,Indicator,Comments": "meta-kill-chain",
    "Tactic,Technique,Procedure,Indicator,Commernts": "meta-kill-chain",
    "Tactic,Technique,Procedure,Indicator,Note": "meta-kill-chain",
    "Tactic ,Technique,Procedure,Indicator,Notes": "meta-kill-chain",
    "TACTIC,TECHNIQUE,PROCEDURE,INDICATOR": "meta-kill-chain",
}


@pytest.mark.parametrize("header", HEADERS)
def test_every_published_header_is_known(header: str) -> None:
    layout = recognise(header.split(","), shipped_profiles())
    assert layout is not None
    assert layout.profile.id == HEADERS[header]
    assert layout.others == ()


def test_a_column_nobody_knows_is_kept_by_name() -> None:
    layout = recognise(["Tactic", "Technique", "Procedure", "Indicator", "Analyst", ""], shipped_profiles())
    assert layout is not None
    assert layout.others == ((4, "Analyst"),)


def test_an_unknown_header_has_no_layout() -> None:
    assert recognise(["a", "b", "c"], shipped_profiles()) is None


def test_a_profile_of_ones_own_is_taken_by_path(tmp_path: Path) -> None:
    path = tmp_path / "ours.json"
    columns = {"labels": [{"names": ["What"]}], "value": {"names": ["Where"]}}
    path.write_text(json.dumps({"id": "ours", "title": "Ours", "layout": "table", "columns": columns}))
    layout = find_profile(str(path)).layout(["where", "WHAT"])
    assert layout is not None
    assert (layout.labels, layout.value) == ((1,), 0)


def test_a_misspelt_profile_name_gets_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean meta-kill-chain"):
        find_profile("meta-killchain")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ('{"id": "x"}', "title"),
        (
            '{"id": "x", "title": "t", "layout": "table", "columns": {"value": {"names": []}}}',
            "at /columns/value/names",
        ),
    ],
)
def test_a_broken_profile_is_refused_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(UserError, match=complaint):
        load_profile(path)
