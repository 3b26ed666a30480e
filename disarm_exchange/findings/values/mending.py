"""Values that a line break tore apart: the space that a PDF left inside a URL or a hash.

A tear is mended only where it is certain; what is mended is reported in the value's `problem`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from disarm_exchange.findings.values.digests import read_hash
from disarm_exchange.findings.values.model import HASH_KINDS, Value
from disarm_exchange.findings.values.tokens import read_token
from disarm_exchange.stix.suffixes import top_level_domains

_URL_START = re.compile(r"(?:https?://)?(?:[\w-]{1,63}\.)+[a-z][\w-]{1,62}(?::\d{1,5})?/", re.IGNORECASE)
_URL_CHARACTERS = re.compile(r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]+")
_STRONG = re.compile(r"[/%=_]|-.*-|\.(?:html?|php|aspx?|jsp|pdf|apk|exe|zip|rar)$", re.IGNORECASE)
_WEAK = re.compile(r"[\w.]+-[\w.-]*|-[\w.-]+")
_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}")
_LONG_NUMBER = re.compile(r"\d{8,25}$")
_HEX_PIECE = re.compile(r"[0-9a-fA-F]{4,}")
_SCHEME_GAP = re.compile(r"(?:h\w{2}ps?|ftp) ?: ?// ?(?=\S)", re.IGNORECASE)
_DOT_GAP = re.compile(r"(\S+?)(?: \.|\. )([a-z]{2,24})((?:/\S*)?)")
_MOST_PIECES = 6
_SHORTEST_STRONG = 8

JOINED = "space inside the URL: joined"
JOINED_HASH = "space inside the hash: joined"


def mended_text(text: str) -> str | None:
    """A refanged cell of one URL with the spaces taken out of it; None where it is none or the tear is uncertain.

    Certain: the cell begins with a URL that has a path, and every later piece looks like more of a path and like
    no word of a sentence: `.../why-boyc ott-beijing-winter-olympics/`, `.../status/1562640310273 921025`.
    """
    gap = _SCHEME_GAP.match(text)
    if gap is not None and " " in gap.group():
        joined = gap.group().replace(" ", "") + text[gap.end() :]
        return joined if " " not in joined else mended_text(joined)
    dot = _DOT_GAP.fullmatch(text)
    if dot is not None and dot.group(2) in top_level_domains() and (dot.group(3) or "://" in dot.group(1)):
        return f"{dot.group(1)}.{dot.group(2)}{dot.group(3)}"
    pieces = text.split(" ")
    if not 2 <= len(pieces) <= _MOST_PIECES or not _URL_START.match(pieces[0]):
        return None
    if pieces[0][-1] in ".,;:)]}\"'" or not all(_URL_CHARACTERS.fullmatch(piece) for piece in pieces):
        return None
    return "".join(pieces) if _continues(pieces) else None


def mended_hash(text: str) -> Value | None:
    """The hash whose pieces make up the whole cell; None if they are not one."""
    pieces = text.split(" ")
    if not 2 <= len(pieces) <= _MOST_PIECES or not all(_HEX_PIECE.fullmatch(piece) for piece in pieces):
        return None
    if all(len(piece) == len(pieces[0]) and len(piece) >= 32 for piece in pieces):
        return None  # a list of hashes
    value = read_hash("".join(pieces))
    return value if value is not None and value.kind in HASH_KINDS and not value.text.isdigit() else None


def _continues(pieces: Sequence[str]) -> bool:
    later = pieces[1:]
    if any("://" in piece or piece[0] in "([#@&" or _DATE.fullmatch(piece) for piece in later):
        return False
    if len(later) == 1 and later[0].isdigit():
        number = _LONG_NUMBER.search(pieces[0])
        return number is not None and len(number.group()) + len(later[0]) <= 20
    if not _is_strong(later[-1]) or not all(_is_strong(piece) or _WEAK.fullmatch(piece) for piece in later):
        return False
    return all(read_token(piece, in_prose=True) is None for piece in later)


def _is_strong(piece: str) -> bool:
    return len(piece) >= _SHORTEST_STRONG and _STRONG.search(piece) is not None
