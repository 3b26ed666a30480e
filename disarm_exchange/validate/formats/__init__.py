"""The forms in which issues are shown. One file a form; each writes as issues come and ends with a summary."""

from __future__ import annotations

from importlib import import_module

from disarm_exchange.validate.formats.base import Format, Tally, Write

_FORMATS = {
    "text": ("text", "Text"),
    "json": ("json_lines", "Json"),
    "jsonl": ("json_lines", "JsonLines"),
    "sarif": ("sarif", "Sarif"),
    "github": ("github", "GitHub"),
    "junit": ("junit", "JUnit"),
    "html": ("html", "Html"),
}

FORMATS = tuple(_FORMATS)
"""The names of all forms."""


def format_named(name: str, write: Write, *, colour: bool = False) -> Format:
    """The form of that name, writing through `write`; colour is for text only."""
    module, attribute = _FORMATS[name]
    make = getattr(import_module(f"{__name__}.{module}"), attribute)
    made = make(write, colour=colour) if name == "text" else make(write)
    assert isinstance(made, Format)
    return made


__all__ = ["FORMATS", "Format", "Tally", "Write", "format_named"]
