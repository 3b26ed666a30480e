"""The same objects as one bundle, as JSON Lines, and as TAXII envelopes."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from disarm_exchange.convert.job import Job, convert_files
from disarm_exchange.stix import bundle
from disarm_exchange.stix.bundle import Container
from tests.convert.converting import OPTIONS, SAMPLES, convert


def written(tmp_path: Path, container: Container) -> list[dict[str, object]]:
    out = tmp_path / f"out.{container.value}"
    convert_files(Job((SAMPLES[0],), out, options=OPTIONS, container=container))
    return [orjson.loads(line) for line in out.read_bytes().splitlines()]


def test_json_lines_hold_the_objects_of_the_bundle_in_order(tmp_path: Path) -> None:
    assert written(tmp_path, Container.JSONL) == convert(SAMPLES[0], out=tmp_path / "b").objects


def test_envelopes_hold_them_too_and_stay_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "ENVELOPE_OBJECTS", 7)
    monkeypatch.setattr(bundle, "ENVELOPE_BYTES", 3000)
    envelopes = written(tmp_path, Container.ENVELOPES)
    objects = [item for envelope in envelopes for item in envelope["objects"]]  # type: ignore[attr-defined]
    assert objects == convert(SAMPLES[0], out=tmp_path / "b").objects
    assert all(set(envelope) == {"objects"} for envelope in envelopes)
    for envelope in envelopes:
        held = envelope["objects"]
        assert isinstance(held, list)
        assert len(held) <= 7
        assert len(held) == 1 or sum(len(orjson.dumps(item)) for item in held) <= 3000
