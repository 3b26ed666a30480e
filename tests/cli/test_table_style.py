"""Tables on terminals, wide and narrow, and in pipes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_exchange.cli.table_style import add_row, folding, number, plain_lines, table_of, whole
from tests.cli.running import run
from tests.cli.terminal import on_terminal

SAMPLE = Path(__file__).parents[2] / "samples" / "harbour-echo" / "findings.csv"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    assert run("convert", SAMPLE, "-o", folder / "b.json", "--ledger", folder / "cases.db").code == 0
    return folder / "cases.db"


def test_in_a_pipe_columns_stand_in_line_and_nothing_is_drawn() -> None:
    table = table_of("Things", whole("id"), number("objects"), folding("what"))
    add_row(table, "a-1", 1234567, "first\x1b[2J")
    add_row(table, "b-22", 5, True)
    assert list(plain_lines(table)) == [
        "Things",
        "id      objects  what",
        "a-1   1,234,567  first\\u001b[2J",
        "b-22          5  yes",
    ]


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_ids_are_whole_lines_of_text_at_any_width(columns: int, ledger: Path) -> None:
    told = json.loads(run("case", "diff", "Harbour Echo", "--ledger", ledger, "--json").out)["objects"]
    code, shown = on_terminal("case", "diff", "Harbour Echo", "--ledger", ledger, columns=columns, cwd=ledger.parent)
    assert code == 0
    assert [one["id"] for one in told if not any(one["id"] in line for line in shown.splitlines())] == []
    assert ("\nid  " in shown) == (columns == 60)  # each row is lines of name and value there
