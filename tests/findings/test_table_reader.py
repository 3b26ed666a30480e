"""Tables become findings record by record; nothing is dropped in silence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.profile import shipped_profiles
from disarm_exchange.findings.table_reader import read_table
from disarm_exchange.findings.values import Kind
from tests.shared_data import needs_shared_data, real_tables

KILL_CHAIN = "Tactic ,Technique,Procedure,Indicator,Notes\r\n"


def read(path: Path, text: str) -> list[Finding | Unreadable]:
    path.write_bytes(text.encode())
    return list(read_table(path, shipped_profiles()))


def findings(path: Path, text: str) -> list[Finding]:
    records = read(path, text)
    assert all(isinstance(record, Finding) for record in records)
    return [record for record in records if isinstance(record, Finding)]


def test_a_record_keeps_label_path_raw_cell_value_note_and_place(tmp_path: Path) -> None:
    text = KILL_CHAIN + ',,,,\r\n0. A,0.6 B,"0.6.1 C,\nto D", evil[.]example ," a\nnote "\r\n'
    (record,) = findings(tmp_path / "f.csv", text)
    assert record.labels == ("0. A", "0.6 B", "0.6.1 C, to D")
    assert record.raw == " evil[.]example "
    assert (record.value.kind, record.value.text) == (Kind.DOMAIN, "evil.example")
    assert record.note == "a note"
    assert (record.file, record.record) == ("f.csv", 3)


def test_a_blank_procedure_shortens_the_path(tmp_path: Path) -> None:
    (record,) = findings(tmp_path / "f.csv", KILL_CHAIN + "1. A,1.2 B,,Posing as a pilot,\r\n")
    assert record.labels == ("1. A", "1.2 B")


def test_tab_separated_cells_take_quotes_as_they_are(tmp_path: Path) -> None:
    text = 'Tactic\tTechnique\tProcedure\tIndicator\n0. A\t0.1 B\t"0.1.1\t"quoted" words\n'
    (record,) = findings(tmp_path / "f.tsv", text)
    assert record.labels[-1] == '"0.1.1'
    assert record.raw == '"quoted" words'


def test_the_flat_layout_types_its_values_and_dates_them(tmp_path: Path) -> None:
    text = "indicator_type,indicator_value,comment,ds\nmd5,9e107d9d372bb6826bd81d3542a419d6,Sample,2023-05-03\n"
    (record,) = findings(tmp_path / "f.csv", text)
    assert record.labels == ("md5",)
    assert record.value.kind is Kind.MD5
    assert record.reported == date(2023, 5, 3)


@pytest.mark.parametrize("separator", [";", "|"])
def test_other_separators_are_recognised(tmp_path: Path, separator: str) -> None:
    text = "Tactic,Technique,Procedure,Indicator\n0. A,0.1 B,0.1.1 C,evil[.]example\n".replace(",", separator)
    (record,) = findings(tmp_path / "f.csv", text)
    assert record.value.text == "evil.example"


def test_unknown_columns_are_kept_in_the_note(tmp_path: Path) -> None:
    text = "Tactic,Technique,Procedure,Indicator,Comments,Analyst\n0,0.1,0.1.1,evil[.]example,seen,kim\n"
    (record,) = findings(tmp_path / "f.csv", text)
    assert record.note == "seen; Analyst: kim"


def test_what_a_short_link_leads_to_is_read_from_the_note(tmp_path: Path) -> None:
    text = KILL_CHAIN + "7,7.9,7.9.1,https://bit[.]ly/abc,redirects to: http://evil[.]example/a.apk\r\n"
    (record,) = findings(tmp_path / "f.csv", text)
    assert [value.text for value in record.more] == ["http://evil.example/a.apk"]


def test_rows_of_the_wrong_width_are_kept_as_unreadable(tmp_path: Path) -> None:
    records = read(tmp_path / "f.csv", KILL_CHAIN + "0,0.1,0.1.1,a[.]example\r\n0,0.1,0.1.1,b[.]example,n,more\r\n")
    short, long = records
    assert isinstance(short, Finding)  # only trailing cells are missing
    assert isinstance(long, Unreadable)
    assert "the row has 6 cells, the header 5" in long.reason
    assert "b[.]example" in long.raw
    assert long.record == 3


def test_a_quote_that_never_closes_is_one_unreadable_record(tmp_path: Path) -> None:
    records = read(tmp_path / "f.csv", KILL_CHAIN + '0,0.1,0.1.1,a[.]example,\r\n0,0.1,"0.1.1,b[.]example,\r\n')
    assert [type(record) for record in records] == [Finding, Unreadable]
    assert records[1].record == 3


def test_a_typed_value_that_contradicts_its_type_is_unreadable(tmp_path: Path) -> None:
    text = "indicator_type,indicator_value,comment,ds\nmd5,not a hash,c,2023-05-03\nmd5,,c,2023-05-03\n"
    records = read(tmp_path / "f.csv", text)
    assert [type(record) for record in records] == [Unreadable, Unreadable]
    assert "md5" in records[0].reason  # type: ignore[union-attr]


def test_an_unknown_header_is_refused_with_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no source profile knows this header: a, b") as caught:
        read(tmp_path / "f.csv", "a,b\n1,2\n")
    assert "meta-kill-chain: Indicator and some of Tactic, Technique, Procedure" in caught.value.fix


@needs_shared_data
def test_every_non_blank_record_of_every_real_table_is_read() -> None:
    for suffix in (".csv", ".tsv"):
        for path in real_tables(suffix):
            records = list(read_table(path, shipped_profiles()))
            assert records, path
            unread = [record for record in records if isinstance(record, Unreadable)]
            # One published row is typed as a domain and holds a fragment of a hash: kept, with its reason.
            assert [record.reason for record in unread if "but reads as" not in record.reason] == [], path
            assert len(unread) <= 1, path


@needs_shared_data
def test_csv_and_tsv_twins_read_alike() -> None:
    by_name = {fold(path): path for path in real_tables(".tsv")}
    pairs = [(path, by_name[fold(path)]) for path in real_tables(".csv") if fold(path) in by_name]
    assert len(pairs) == len(by_name)
    for one, other in pairs:
        left = [words(record) for record in read_table(one, shipped_profiles())]
        right = [words(record) for record in read_table(other, shipped_profiles())]
        assert left == right, one


def fold(path: Path) -> str:
    return "".join(character for character in path.stem.casefold() if character.isalnum())


def words(record: Finding | Unreadable) -> tuple[object, ...]:
    if isinstance(record, Unreadable):
        return (record.raw, record.reason, record.record)
    return (record.labels, record.raw.split(), record.value, record.note, record.record, record.reported)


@pytest.mark.parametrize(
    ("label", "cell", "kind"),
    [
        ("0.9.8 Acquiring accounts on online forums", "https://board[.]example/some_name", Kind.ACCOUNT),
        ("7.9.1 Distributing malicious links", "https://board[.]example/some_name", Kind.URL),
        ("6.2.4 Amplifying with likely fake accounts on X/Twitter", "Sharing on X / Twitter", Kind.TEXT),
    ],
)
def test_a_label_that_speaks_of_accounts_makes_a_lone_address_one(
    tmp_path: Path, label: str, cell: str, kind: Kind
) -> None:
    (record,) = findings(tmp_path / "f.csv", KILL_CHAIN + f"0. A,0.9 B,{label},{cell},\r\n")
    assert record.value.kind is kind
