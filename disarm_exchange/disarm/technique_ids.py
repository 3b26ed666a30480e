"""DISARM technique and tactic ids: what people type, and the form that is shown."""

from __future__ import annotations

import re

_TECHNIQUE = re.compile(r"\s*t\s*(\d{1,5})(?:\s*[.,_/-]\s*(\d{1,3}))?\s*", re.IGNORECASE)
_TACTIC = re.compile(r"\s*ta\s*(\d{1,3})\s*", re.IGNORECASE)
_PROPER = re.compile(r"T\d{4}(?:\.\d{3})?")
_LEADING = re.compile(r"\s*(t\d{4}(?:\.\d{3})?)(?=$|[\s_:–—-]|\.(?!\d))", re.IGNORECASE)


def proper_technique_id(typed: str) -> str | None:
    """The id as DISARM writes it (`T0143.002`) for what a person typed (`t143.2`, ` T0143 .002`); None if it is no id.

    Letter case, blanks and missing leading zeros are tolerated. Whether the technique exists is another question.
    """
    found = _TECHNIQUE.fullmatch(typed)
    if found is None:
        return None
    number, sub = found.groups()
    if int(number) > 9999:
        return None
    return f"T{int(number):04d}" + (f".{int(sub):03d}" if sub is not None else "")


def proper_tactic_id(typed: str) -> str | None:
    """The tactic id as DISARM writes it (`TA06`) for what a person typed (`ta6`); None if it is no tactic id."""
    found = _TACTIC.fullmatch(typed)
    return f"TA{int(found.group(1)):02d}" if found else None


def is_proper_technique_id(text: str) -> bool:
    """Whether the text is exactly a technique id as DISARM writes it."""
    return _PROPER.fullmatch(text) is not None


def leading_technique_id(label: str) -> tuple[str, str] | None:
    """The technique id that a label begins with, and the rest of the label; None if it begins with none.

    Serves column names and labels such as `T0022.001_ Amplify ...` and `T0143.002: Fabricated Persona`.
    """
    found = _LEADING.match(label)
    if found is None:
        return None
    return found.group(1).upper(), label[found.end() :].strip(" _:.-–—")
