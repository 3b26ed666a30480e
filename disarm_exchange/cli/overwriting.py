"""No command writes its result over what it reads."""

from __future__ import annotations

from pathlib import Path

from disarm_exchange.errors import UserError


def refuse_overwriting(target: Path | None, *read: str | Path | None) -> None:
    """Stop before a file that is read here is replaced; `-` and URLs of databases are no files.

    Raises:
        UserError: the target is one of them, by whatever path.
    """
    if target is not None and target.resolve() in {Path(each).resolve() for each in read if each is not None}:
        raise UserError("is an input too", where=str(target), fix="write to another file")
