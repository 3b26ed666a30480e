"""Limits of requests: what a steady rate with a burst allows, in one process and over several."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from disarm_exchange.taxii.server.rates import RateLimiter, SharedRateLimiter

_ASK = """
import sys
from pathlib import Path
from disarm_exchange.taxii.server.rates import SharedRateLimiter
limiter = SharedRateLimiter(Path(sys.argv[1]), burst_seconds=10, clock=lambda: 1000.0)
print(sum(limiter.wait(7, 480) == 0 for _ in range(40)))
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("shared", [False, True])
def test_a_burst_then_the_steady_rate(tmp_path: Path, shared: bool) -> None:
    clock = Clock()
    limiter = (
        SharedRateLimiter(tmp_path / "rates", burst_seconds=10, clock=clock)
        if shared
        else RateLimiter(burst_seconds=10, clock=clock)
    )
    assert [limiter.wait(1, 60) for _ in range(10)] == [0.0] * 10
    assert limiter.wait(1, 60) == pytest.approx(1.0)
    assert limiter.wait(2, 60) == 0.0
    clock.now += 1.0
    assert [limiter.wait(1, 60) == 0.0 for _ in range(2)] == [True, False]
    assert [limiter.wait("a name", 60, count=False) for _ in range(20)] == [0.0] * 20
    assert [limiter.wait("a name", 60) for _ in range(10)] == [0.0] * 10
    assert limiter.wait("a name", 60, count=False) == pytest.approx(1.0)
    clock.now += 1000.0
    assert sum(limiter.wait(1, 60) == 0.0 for _ in range(100)) == 10


def test_processes_that_share_a_file_share_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "rates"
    asking = [
        subprocess.Popen([sys.executable, "-c", _ASK, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    granted = [int(process.communicate(timeout=60)[0]) for process in asking]
    assert sum(granted) == 80  # 480 a minute, ten seconds ahead
    limiter = SharedRateLimiter(path, burst_seconds=10, clock=lambda: 1000.0)
    assert limiter.wait(7, 480) == pytest.approx(0.125)
    limiter.close()
