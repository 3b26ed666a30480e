"""Labels as teams write them, taken apart: the number or id in front, and the text folded for comparing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from disarm_exchange.disarm.technique_ids import leading_technique_id
from disarm_exchange.disarm.words import folded

_NUMBER = re.compile(
    r"""\s*["'“”‘’(\[]*\s*
        (?: (?P<dotted>\d{1,2}(?:\s?\.\s?\d{1,2})+) \s*[.)]? (?=$|[\s_:–—\-"'“”‘’]|[^\W\d_])
          | (?P<plain>\d{1,2}) \s*[.)]? (?=$|[\s_:–—\-"'“”‘’])
        )""",
    re.VERBOSE,
)
_LONGEST_LABEL = 400


@dataclass(frozen=True, slots=True)
class LabelForm:
    """A label taken apart.

    Args:
        number: its number without needless zeros (`0.9.11.0` is `0.9.11`, `2.1.` is `2.1`), or None.
        technique_id: the DISARM id that it begins with, or None.
        key: its text without number, letters and digits only.
        whole_key: the same of all of it.
    """

    number: str | None
    technique_id: str | None
    key: str
    whole_key: str


def label_form(label: str) -> LabelForm:
    """Take a label apart; case, accents, spaces, line breaks, punctuation and quotes do not matter."""
    label = label[:_LONGEST_LABEL]
    whole = squashed(label)
    leading = leading_technique_id(label)
    if leading is not None:
        return LabelForm(None, leading[0], squashed(leading[1]), whole)
    found = _NUMBER.match(label)
    if found is None:
        return LabelForm(None, None, whole, whole)
    return LabelForm(_plain_number(found["dotted"] or found["plain"]), None, squashed(label[found.end() :]), whole)


def bare_label(label: str) -> str:
    """The text of a label without the number or DISARM id in front, as it was written."""
    leading = leading_technique_id(label)
    if leading is not None:
        return leading[1] or label.strip()
    found = _NUMBER.match(label)
    rest = label[found.end() :].strip(" \t\r\n_:–—-") if found else label.strip()
    return rest or label.strip()


def squashed(text: str) -> str:
    """The letters and digits of a text, folded, with nothing between them (`&` reads as `and`)."""
    return "".join(mark for mark in folded(text.replace("&", " and ")) if mark.isalnum())


def _plain_number(number: str) -> str:
    parts = [str(int(part)) for part in number.split(".")]
    while len(parts) > 3 and parts[-1] == "0":
        parts.pop()
    return ".".join(parts)
