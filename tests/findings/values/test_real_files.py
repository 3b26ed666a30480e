"""Every cell of the published takedown files: read without error, alike in their twins, counted by kind."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from disarm_exchange.findings.values import Kind, Value, read_cell, read_typed, redirect_targets
from tests.shared_data import SHARED_DATA, needs_shared_data, real_tables

pytestmark = needs_shared_data


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".tsv":
            return [line.rstrip("\r\n").split("\t") for line in file]
        return list(csv.reader(file))


def is_flat(table: list[list[str]]) -> bool:
    return table[0][0].strip() == "indicator_type"


def kill_chain_cells() -> Iterator[str]:
    for path in real_tables(".csv"):
        table = rows(path)
        if table[0][0].strip() == "Tactic" and len(table[0]) > 3:
            yield from (row[3] for row in table[1:] if any(row))


def read_row(row: list[str], *, flat: bool) -> tuple[tuple[Value, ...], ...]:
    if flat:
        return ((read_typed(row[1], row[0]),),)
    return tuple(read_cell(cell) for cell in row[3:])


def twin_key(path: Path) -> str:
    return re.sub(r"\W|_", "", path.stem).lower()


def test_csv_and_tsv_twins_read_alike() -> None:
    twins = {twin_key(path): path for path in real_tables(".tsv")}
    assert len(twins) == 41
    for path in real_tables(".csv"):
        table, twin = rows(path), rows(twins[twin_key(path)])
        assert len(table) == len(twin), path.name
        for row, other in zip(table, twin, strict=True):
            assert read_row(row, flat=is_flat(table)) == read_row(other, flat=is_flat(table)), (path.name, row)


def test_json_twins_read_alike() -> None:
    files = real_tables(".json")
    assert files
    tables = {twin_key(path): path for path in real_tables(".csv")}
    for path in files:
        records = json.loads(path.read_text(encoding="utf-8"))
        table = rows(tables[twin_key(path)])[1:]
        for record, row in zip(records, table, strict=True):
            assert read_typed(record["indicator_value"], record["indicator_type"]) == read_typed(row[1], row[0])


def test_every_cell_of_every_table_reads() -> None:
    cells = [cell for path in real_tables(".csv") for row in rows(path) for cell in row]
    assert len(cells) > 30_000
    for cell in cells:
        assert read_cell(cell)
        redirect_targets(cell)


def test_values_in_markdown_reports_keep_their_type() -> None:
    found = Counter[tuple[str, Kind]]()
    for path in sorted((SHARED_DATA / "meta").glob("*.md")):
        for kind, cell in re.findall(
            r"^\| (Domain|Social Media Account|URL|Proxy IP) \| `([^`]+)` \|", path.read_text("utf-8"), re.M
        ):
            value = read_typed(cell, kind)
            assert value.problem is None, cell
            found[kind, value.kind] += 1
    assert found["Domain", Kind.DOMAIN] == 2
    assert sum(found.values()) == 14


def test_kinds_of_the_flat_layout() -> None:
    found = Counter[tuple[str, str]]()
    for path in real_tables(".csv"):
        table = rows(path)
        if is_flat(table):
            found.update((row[0], read_typed(row[1], row[0]).kind.value) for row in table[1:])
    assert found["domain_name", "domain"] == 872
    assert found["domain_name", "name"] == 1  # a cell that lost its domain: fbc8213450838f7ae251d4
    assert found["android_package_name", "app"] == 355
    assert found["ios_app_id", "app"] == 47
    assert found["md5", "md5"] == 13
    assert found["sha256", "sha256"] == 35
    assert found["cib_url", "petition"] == 21
    assert found["telegram_url", "channel"] == 14
    assert found["telegram_url", "post"] == 1
    assert found["ip", "ipv4"] == 1


def test_kinds_of_the_kill_chain_layout() -> None:
    found = Counter(read_cell(cell)[0].kind for cell in kill_chain_cells())
    on_platforms = (Kind.ACCOUNT, Kind.CHANNEL, Kind.GROUP, Kind.POST, Kind.VIDEO, Kind.INVITE, Kind.PETITION)
    assert found[Kind.DOMAIN] == 6_278
    assert sum(found[kind] for kind in on_platforms) == 564
    assert found[Kind.ASSET_COUNT] == 98
    assert found[Kind.AUDIENCE_COUNT] == 47
    assert found[Kind.AD_SPEND] == 19
    assert (found[Kind.SHA256], found[Kind.MD5], found[Kind.EMAIL], found[Kind.APP]) == (16, 6, 2, 4)
    assert (found[Kind.HASHTAG], found[Kind.EMPTY]) == (4, 6)
    assert found[Kind.PHONE] == found[Kind.WALLET] == found[Kind.IPV6] == found[Kind.SHA1] == 0


def test_no_domain_that_a_team_took_down_is_guarded_by_mistake() -> None:
    guarded = [
        cell for cell in kill_chain_cells() for value in read_cell(cell) if value.kind is Kind.DOMAIN and value.guard
    ]
    assert guarded == []


def test_twenty_notes_say_where_a_short_link_leads() -> None:
    led = 0
    for path in real_tables(".csv"):
        table = rows(path)
        if not is_flat(table):
            led += sum(bool(redirect_targets(note)) for row in table[1:] for note in row[4:])
    assert led == 20
