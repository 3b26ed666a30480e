"""Blocks converted in several processes, taken in order.

Every process reads the inputs itself and converts every nth block; what it passes over costs little. So nothing but
results goes between processes, one pipe each, and the one who is ahead waits: memory stays bounded.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from disarm_exchange.convert.block import Block
from disarm_exchange.convert.work import Work, converted
from disarm_exchange.errors import UserError
from disarm_exchange.findings.reader import OnRemark, Remark

_PATIENCE = 5.0
"""Seconds that a process gets to end by itself."""


class _End(NamedTuple):
    """A process has read everything."""

    blocks: int
    remarks: tuple[Remark, ...]


class _Failure(NamedTuple):
    """A process met an error of the user's."""

    problem: str
    where: str
    fix: str


def converted_by(work: Work, processes: int, remark: OnRemark) -> Iterator[Block]:
    """The blocks of the inputs in order, made by so many processes.

    Raises:
        UserError: as `converted`; or a process ended before its time.
    """
    with _team(work, processes) as team:
        number = 0
        while True:
            answer = _answer(*team[number % processes])
            if isinstance(answer, _Failure):
                raise UserError(answer.problem, where=answer.where, fix=answer.fix)
            if isinstance(answer, _End):
                for each in answer.remarks:
                    remark(each)
                return
            yield answer
            number += 1


def _answer(process: BaseProcess, answers: Connection) -> Block | _End | _Failure:
    try:
        answer = answers.recv()
    except (EOFError, OSError):  # killed between two answers, or in the middle of one
        process.join(_PATIENCE)
        raise UserError(
            f"a worker process ended before its time ({_cause(process.exitcode)})",
            where="convert --jobs",
            fix="if memory ran out, use fewer processes; --jobs 1 shows the fault where it happens",
        ) from None
    assert isinstance(answer, Block | _End | _Failure)
    return answer


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


@contextmanager
def _team(work: Work, processes: int) -> Iterator[list[tuple[BaseProcess, Connection]]]:
    context = multiprocessing.get_context("spawn")
    team: list[tuple[BaseProcess, Connection]] = []
    try:
        for place in range(processes):
            answers, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_serve, args=(work, place, processes, theirs), daemon=True)
            process.start()
            theirs.close()
            team.append((process, answers))
        yield team
    finally:
        for worker, answers in team:
            answers.close()
            worker.terminate()
        for worker, _ in team:
            worker.join(_PATIENCE)
            if worker.is_alive():
                worker.kill()
                worker.join()


def _serve(work: Work, place: int, processes: int, answers: Connection) -> None:
    """What a worker process does. It ends quietly when nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears Ctrl-C and ends the others
    remarks: list[Remark] = []
    blocks = 0
    try:
        try:
            for block in converted(work, lambda number: number % processes == place, remarks.append):
                blocks += 1
                if block is not None:
                    answers.send(block)
        except UserError as error:
            answers.send(_Failure(error.problem, error.where, error.fix))
            return
        answers.send(_End(blocks, tuple(remarks)))
    except BrokenPipeError:
        os._exit(0)
