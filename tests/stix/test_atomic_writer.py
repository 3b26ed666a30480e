"""Files appear whole or not at all, and nothing but a regular file is ever replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from disarm_exchange.stix.bundle import atomic_writer


def test_a_file_appears_only_when_the_block_ends_well(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    with pytest.raises(ZeroDivisionError), atomic_writer(target) as stream:
        stream.write(b"half")
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []
    with atomic_writer(target) as stream:
        stream.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with atomic_writer(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no regular file"), atomic_writer(pipe) as stream:
        stream.write(b"x")
    assert pipe.is_fifo()
