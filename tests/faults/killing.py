"""Killing a process (kill -9) at a step of its own: before or after a request, a statement, a commit."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.engine import Engine

from disarm_exchange.taxii.client.connection import Answer, Connection
from disarm_exchange.validate import check_object
from tests.sync.case import case


def _die_at(step: int) -> None:
    """Count what this process does from now on; at that step it kills itself."""
    left = [step]

    def point(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "begin", "commit"):
        event.listen(Engine, name, point)
    whole = Connection._attempt

    def attempt(self: Connection, method: str, *rest: object) -> Answer:
        point()
        answer = whole(self, method, *rest)  # type: ignore[arg-type]
        point()
        return answer

    Connection._attempt = attempt  # type: ignore[method-assign,assignment]


def warm_up() -> None:
    """Load the validator's schemas here, so that not every child process does so again."""
    for item in case(1):
        check_object(item, profile="stix")
        check_object(item, profile="exchange")
    check_object({"type": "url"}, profile="stix")


def run_apart(action: Callable[[], None], *, die_at: int = 0) -> bool:
    """Run an action in a process of its own, killed at a step if one is given; whether it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if die_at:
                _die_at(die_at)
            action()
            code = 0
        except BaseException:  # noqa: BLE001 - the parent learns of it by the exit code
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the action failed"
    return True


def steps(action: Callable[[], None], reset: Callable[[], None]) -> int:
    """How many steps the action has, found out by killing it at ever later ones; `reset` undoes it before each."""
    low, high = 1, 2
    while not _ends(action, reset, high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _ends(action, reset, middle):
            high = middle
        else:
            low = middle
    return low


def _ends(action: Callable[[], None], reset: Callable[[], None], step: int) -> bool:
    reset()
    return run_apart(action, die_at=step)
