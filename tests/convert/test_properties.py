"""What must hold for any case: order, repetition, splitting, and the smallest honest change."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.convert.job import Job, convert_files
from disarm_exchange.stix.bundle import StixObject
from tests.convert.converting import HEADER, OPTIONS

_PATHS = (
    "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains to support influence operations",
    "0. Acquiring assets,0.9 Acquiring social media accounts,0.9.1 Acquiring Facebook assets",
    "0. Acquiring assets,0.9 Acquiring social media accounts,0.9.4 Acquiring X / Twitter accounts",
    "8. Compromising assets,8.2 Compromising websites,8.2.1 Defacing websites ",
    "5. Evading detection,5.2 Camouflaging content,5.2.1 Using link shortening services",
    "9. Enabling longevity,9.5 Replacing infrastructure,9.5.3 Using redirect domains",
    "7. Targeted engagement,7.6 Posting about individuals or institutions,7.6.2 Posting positive content",
)
_CELLS = st.one_of(
    st.integers(0, 30).map(lambda n: f"site{n}[.]example"),
    st.integers(0, 30).map(lambda n: f"https://x[.]com/login_{n}"),
    st.integers(0, 9).map(lambda n: f"https://bit[.]ly/link{n}"),
    st.integers(1, 9999).map(lambda n: f"{n} accounts"),
    st.integers(0, 20).map(lambda n: f"They did thing number {n} again and again"),
    st.just(""),
)
_ROWS = st.lists(st.tuples(st.sampled_from(_PATHS), _CELLS).map(",".join), min_size=1, max_size=25)
_quickly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def objects(rows: list[list[str]], folder: Path, **job: object) -> dict[str, StixObject]:
    """The objects of the rows, each list of them as a file of its own."""
    inputs = []
    for number, part in enumerate(rows):
        path = folder / f"part{number}.csv"
        path.write_text("\n".join((HEADER, *(f"{row}," for row in part))) + "\n", encoding="utf-8")
        inputs.append(path)
    out = folder / "out.json"
    convert_files(Job(tuple(inputs), out, options=OPTIONS, **job))  # type: ignore[arg-type]
    return {item["id"]: item for item in orjson.loads(out.read_bytes())["objects"]}


@_quickly
@given(_ROWS, st.randoms(use_true_random=False))
def test_any_order_and_any_split_give_the_same_case(rows: list[str], chance: object) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = objects([rows], folder)
        shuffled = list(rows)
        chance.shuffle(shuffled)  # type: ignore[attr-defined]
        cut = len(rows) // 2
        assert objects([shuffled], folder) == whole
        parts = [part for part in (shuffled[:cut], shuffled[cut:]) if part]
        assert objects(parts, folder) == whole


@_quickly
@given(_ROWS, st.integers(0, 25))
def test_a_second_file_with_what_is_known_already_doubles_nothing(rows: list[str], known: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = objects([rows], folder)
        again = rows[:known]
        assert objects([rows, again] if again else [rows], folder) == whole
        assert objects([rows + again], folder) == whole


@_quickly
@given(_ROWS, _ROWS)
def test_through_the_ledger_only_what_differs_changes(before: list[str], after: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = str(folder / "ledger.db")
        first = objects([before], folder, ledger=ledger, as_of=datetime(2026, 6, 1, tzinfo=UTC))
        again = objects([before], folder, ledger=ledger, as_of=datetime(2026, 6, 2, tzinfo=UTC))
        assert again == first
        second = objects([after], folder, ledger=ledger, as_of=datetime(2026, 6, 3, tzinfo=UTC))
        plain_before, plain_after = objects([before], folder), objects([after], folder)
        for object_id, item in second.items():
            same = plain_before.get(object_id) == plain_after[object_id]
            if same:
                assert item == first[object_id]
            elif object_id in first and "modified" in item:
                assert item["modified"] == "2026-06-03T00:00:00.000Z"
                assert item["created"] == first[object_id]["created"]
            else:
                assert item == plain_after[object_id]
        assert set(second) == set(plain_after)
