"""What a pull into a file remembers of what came."""

from __future__ import annotations

from pathlib import Path

import orjson

from disarm_exchange.sync.pulled_file import Aside, Seen, SeenVersions


def test_a_version_is_new_once() -> None:
    seen = SeenVersions()
    assert seen.take("url--1", "v1", b"a") is Seen.NEW
    assert seen.take("url--1", "v2", b"a") is Seen.NEW
    assert seen.take("url--1", "v1", b"a") is Seen.SAME
    assert seen.take("url--1", "v1", b"b") is Seen.OTHER
    seen.close()


def test_what_is_put_aside_stands_in_a_file_and_an_old_file_goes_when_there_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    aside = Aside()
    aside.add([("url--1", "why", b'{"a":"\xff"}'), ("", "no id", b"")])
    aside.write(path)
    first, second = (orjson.loads(line) for line in path.read_bytes().splitlines())
    assert first == {"id": "url--1", "reason": "why", "object": '{"a":"\\xff"}'}
    assert second == {"id": "", "reason": "no id", "object": ""}
    Aside().write(path)
    assert not path.exists()
