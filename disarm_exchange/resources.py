"""Where the data folders `schemas/`, `mappings/` and `samples/` lie: in the wheel, or in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def data_folder(name: str) -> Path:
    """The folder of that name ("schemas", "mappings", "samples").

    An installed wheel carries a copy inside the package; a checkout (or an editable install) has the
    folder beside the package.

    Raises:
        FileNotFoundError: the installation is damaged and has neither.
    """
    for base in (_PACKAGE / "_data", _PACKAGE.parent):
        folder = base / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"this installation lacks its data folder {name!r}: install disarm-exchange again")
