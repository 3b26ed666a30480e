"""Text from findings on a terminal: what could move the cursor, hide or reorder text is shown by its number."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """The text with control, format and unassigned characters as `\\u202e`; letters of all scripts stay."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\u200c\u200d" or character.isprintable():
        return character  # joiners are part of Persian and Indic writing, and of emoji
    if unicodedata.category(character) == "Zs":
        return " "
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
