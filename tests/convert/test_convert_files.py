"""A conversion as a whole: complete, repeatable, independent of order, whole files or none."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import orjson
import pytest
import stix2

from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.convert.job import Job, convert_files
from disarm_exchange.convert.outcome import Outcome
from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import CaseDraft
from tests.convert.converting import OPTIONS, SAMPLES, convert, table
from tests.shared_data import needs_shared_data, real_tables


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_every_record_is_accounted_for_once(tmp_path: Path, sample: Path) -> None:
    done = convert(sample, out=tmp_path)
    summary = done.result.summary
    assert summary.records == len(done.lines) == sum(summary.outcomes.values())
    assert Counter(line["outcome"] for line in done.lines) == Counter(
        {outcome.value: count for outcome, count in summary.outcomes.items()}
    )
    assert all(line["reason"] for line in done.lines)
    assert all(line["mapping_reason"] for line in done.lines if line["outcome"] != "quarantine")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, sample: Path) -> None:
    first = convert(sample, out=tmp_path / "a")
    second = convert(sample, out=tmp_path / "b")
    assert first.raw == second.raw
    assert first.lines == second.lines


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_neither_order_nor_split_changes_the_objects(tmp_path: Path, sample: Path) -> None:
    header, *rows = sample.read_text(encoding="utf-8").splitlines()
    random.Random(7).shuffle(rows)
    cut = len(rows) // 3
    for name, part in (("all", rows), ("one", rows[:cut]), ("two", rows[cut:])):
        (tmp_path / f"{name}{sample.suffix}").write_text("\n".join((header, *part)) + "\n", encoding="utf-8")
    original = convert(sample, out=tmp_path / "a").by_id()
    shuffled = convert(tmp_path / f"all{sample.suffix}", out=tmp_path / "b").by_id()
    split = convert(tmp_path / f"two{sample.suffix}", tmp_path / f"one{sample.suffix}", out=tmp_path / "c").by_id()
    assert original == shuffled == split


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_stix2_parses_the_bundle_and_ids_are_unique(tmp_path: Path, sample: Path) -> None:
    done = convert(sample, out=tmp_path, model=Model.STIX)
    parsed = stix2.parse(done.raw, allow_custom=False)
    assert len(parsed.objects) == len(done.by_id()) == len(done.objects)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_stix2_parses_the_dad_cdm_objects_too_once_they_are_registered(tmp_path: Path, sample: Path) -> None:
    done = convert(sample, out=tmp_path)
    # In a process of its own: what is registered with stix2 stays registered.
    program = """
        import sys, stix2
        from disarm_exchange.stix.dadcdm import register
        classes = register()
        parsed = stix2.parse(open(sys.argv[1], "rb"), allow_custom=False)
        print(len(parsed.objects), sum(isinstance(item, classes["channel"]) for item in parsed.objects))
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(done.result.bundle)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [str(len(done.objects)), str(len(done.of_type("channel")))]
    assert done.of_type("channel")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_every_reference_resolves_and_the_report_lists_all(tmp_path: Path, sample: Path) -> None:
    done = convert(sample, out=tmp_path)
    known = done.by_id()
    for item in done.objects:
        for name, value in item.items():
            if name.endswith("_ref"):
                assert value in known, (item["id"], name)
            elif name.endswith("_refs"):
                assert isinstance(value, list)
                assert set(value) <= set(known), (item["id"], name)
    (report,) = done.of_type("report")
    unlisted = {"report", "marking-definition", "extension-definition"}
    assert set(report["object_refs"]) == {i for i, item in known.items() if item["type"] not in unlisted}  # type: ignore[call-overload]


def test_everything_carries_a_marking_and_a_creator(tmp_path: Path) -> None:
    done = convert(SAMPLES[0], out=tmp_path)
    for item in done.objects:
        if item["type"] == "marking-definition":
            continue
        assert item["object_marking_refs"], item["id"]
        if "created" in item:
            assert item["created_by_ref"], item["id"]


def test_output_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    bad = tmp_path / "late-fault.csv"
    bad.write_bytes(b"Tactic,Technique,Procedure,Indicator\n0,0.1,0.1.1,a[.]example\n" * 5000 + b"\xff\n")
    with pytest.raises(UserError, match="not UTF-8"):
        convert_files(Job((bad,), tmp_path / "out.json", options=OPTIONS, account=tmp_path / "account.jsonl"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["late-fault.csv"]


def test_what_cannot_be_read_is_kept_beside_the_bundle(tmp_path: Path) -> None:
    source = table(tmp_path / "f.csv", "0,0.6,0.6.2,a[.]example,,surplus,cells", "0,0.6,0.6.2,b[.]example,")
    result = convert_files(Job((source,), tmp_path / "out.json", options=OPTIONS))
    assert result.summary.outcomes == {Outcome.QUARANTINE: 1, Outcome.INDICATOR: 1}
    assert result.account == tmp_path / "out.json.quarantine.jsonl"
    (line,) = [orjson.loads(text) for text in result.account.read_bytes().splitlines()]
    assert (line["file"], line["record"], "a[.]example" in line["raw"]) == ("f.csv", 2, True)

    table(source, "0,0.6,0.6.2,b[.]example,")
    assert convert_files(Job((source,), tmp_path / "out.json", options=OPTIONS)).account is None
    assert not (tmp_path / "out.json.quarantine.jsonl").exists()


def test_the_date_of_the_records_stands_in_for_a_missing_date_of_publication(tmp_path: Path) -> None:
    undated = CaseDraft(name="X", producer=OPTIONS.producer)
    done = convert(SAMPLES[1], out=tmp_path, options=undated)
    (campaign,) = done.of_type("campaign")
    assert campaign["created"] == "2026-04-02T00:00:00.000Z"
    with pytest.raises(UserError, match="no date of publication"):
        convert(table(tmp_path / "f.csv", "0,0.6,0.6.2,b[.]example,"), out=tmp_path, options=undated)


@pytest.mark.parametrize("wrong", ["twice", "output-is-input", "output-is-directory", "no-directory"])
def test_paths_that_cannot_work_are_refused(tmp_path: Path, wrong: str) -> None:
    source = table(tmp_path / "f.csv", "0,0.6,0.6.2,b[.]example,")
    job = {
        "twice": Job((source, source), tmp_path / "o.json", options=OPTIONS),
        "output-is-input": Job((source,), source, options=OPTIONS),
        "output-is-directory": Job((source,), tmp_path, options=OPTIONS),
        "no-directory": Job((source,), tmp_path / "none" / "o.json", options=OPTIONS),
    }[wrong]
    before = source.read_bytes()
    with pytest.raises(UserError):
        convert_files(job)
    assert source.read_bytes() == before


@needs_shared_data
def test_every_real_table_converts_with_every_record_accounted_for(tmp_path: Path) -> None:
    tables = real_tables(".csv")
    assert len(tables) >= 41
    for number, path in enumerate(tables):
        done = convert(path, out=tmp_path / str(number))
        summary = done.result.summary
        assert summary.records == len(done.lines) == sum(summary.outcomes.values()), path
        assert summary.outcomes[Outcome.QUARANTINE] <= 1, path
        assert len(done.by_id()) == len(done.objects), path


@needs_shared_data
def test_csv_and_tsv_twins_give_the_same_objects(tmp_path: Path) -> None:
    def fold(path: Path) -> str:
        return "".join(character for character in path.stem.casefold() if character.isalnum())

    twins = {fold(path): path for path in real_tables(".tsv")}
    compared = 0
    for path in real_tables(".csv"):
        if fold(path) in twins:
            one = convert(path, out=tmp_path / f"{compared}c").by_id()
            other = convert(twins[fold(path)], out=tmp_path / f"{compared}t").by_id()
            assert one == other, path
            compared += 1
    assert compared == len(twins)
