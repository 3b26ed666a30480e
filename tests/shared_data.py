"""Where the real files lie that some tests need: `../shared/data`, beside the checkout. They are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real takedown files are not beside the checkout (../shared/data)"
)


def real_tables(suffix: str) -> list[Path]:
    """The published tables of that suffix, in order of their paths; empty where the data is absent."""
    return sorted((SHARED_DATA / "meta" / suffix.lstrip(".")).rglob(f"*{suffix}"))
