"""A run over files: settings in, issues out in one form, and whether the run failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from pathlib import Path

from disarm_exchange.stix.progress import OnStep, Step, bytes_in
from disarm_exchange.stix.reading import read_objects
from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.files import FileCheck, expand
from disarm_exchange.validate.fixes import Change, fix_file
from disarm_exchange.validate.formats import Tally, format_named
from disarm_exchange.validate.settings import Settings


class Outcome(Enum):
    """How a run ended."""

    PASSED = "passed"
    FAILED = "failed"


def check_files(
    paths: Iterable[str],
    settings: Settings,
    form: str,
    write: Callable[[str], object],
    *,
    on_step: OnStep | None = None,
) -> Outcome:
    """Check files and directories and write every issue at or above the threshold, then a summary.

    Args:
        paths: files, directories, `-`.
        settings: what is asked of them.
        form: the form of the output.
        write: takes it.
        on_step: is told how far the run is, over all files.

    Raises:
        UserError: a path does not exist or cannot be read, or a setting names no profile, rule or release.
    """
    files = list(expand(paths))
    known = _known(settings.known)
    validators: dict[tuple[object, ...], Validator] = {}
    output = format_named(form, write, colour=form == "text" and sys.stdout.isatty())
    tally = Tally(files=len(files))
    outcome = Outcome.PASSED
    # a wrong setting is told before the first byte of output
    checks = [(path, _validator(settings.of_file(path), known, validators)) for path in files]
    output.begin()
    size = None if on_step is None else bytes_in(*files)
    before = 0
    for path, validator in checks:
        output.file(path)
        on_read = None if on_step is None else partial(_told, on_step, before, tally.objects, size)
        check = FileCheck(validator, on_read)
        for placed in check.check(path):
            if placed.issue.severity >= settings.fail_on:
                outcome = Outcome.FAILED
            if placed.issue.severity >= settings.threshold:
                tally.count(placed)
                output.issue(placed)
        tally.objects += check.objects
        before += 0 if size is None else Path(path).stat().st_size
    output.end(tally)
    return outcome


def _told(on_step: OnStep, before: int, objects: int, size: int | None, read: int, count: int) -> None:
    on_step(Step("checking", objects + count, read=before + read, size=size))


def fix_files(paths: Iterable[str]) -> Iterator[tuple[str, Change]]:
    """Mend files in place; every change with the file it was made in.

    Raises:
        UserError: a file cannot be read or written, or is no JSON.
    """
    for path in expand(paths):
        for change in fix_file(Path(path)):
            yield path, change


def _known(files: Iterable[Path]) -> frozenset[str]:
    return frozenset(str(item["id"]) for path in files for item in read_objects(path) if "id" in item)


def _validator(settings: Settings, known: frozenset[str], made: dict[tuple[object, ...], Validator]) -> Validator:
    key = (settings.profile, settings.select, settings.ignore, settings.framework)
    if key not in made:
        made[key] = Validator(
            settings.profile,
            select=settings.select,
            ignore=settings.ignore,
            known=known,
            framework=settings.framework,
        )
    return made[key]
