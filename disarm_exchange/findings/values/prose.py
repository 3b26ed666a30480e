"""Words: the values that stand in them, and whether they are a name or a text."""

from __future__ import annotations

import re
import unicodedata

from disarm_exchange.findings.values.model import Kind, Value, quick_value
from disarm_exchange.findings.values.refanging import refang, refang_spaced
from disarm_exchange.findings.values.tokens import read_token

_OPENING = "\"'`\u201c\u201d\u2018\u201e\u00ab\u2039([{<*\u300c\u300e\uff08"
_CLOSING = "\"'`\u201c\u201d\u2019\u2018\u00bb\u203a)]}>*,;:!?.\u2026\u300d\u300f\uff09\u3002\uff0c"
_POSSESSIVE = re.compile(r"['\u2019]s$")
_OF = ("'s", "\u2019s")
_MAY_HOLD = re.compile(r"[.@:#\[({\uff0e\u3002\uff03\uff20]")
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f\u061f\u0964](?:\s|$)")
_FORMULA_SIGNS = frozenset("=+-@|")
_MOST_NAME_WORDS = 9
_LONGEST_NAME = 100
_MOST_EMBEDDED = 1_000
_TWO_SCRIPTS = re.compile(r" [-\u2013\u2014/|(] ?")
_MOST_PART_WORDS = 4

_CONNECTING = (
    "a al an and at bin by da das de del den der des di do dos du e el en et for i il in la las le les los o of on or"
    " os our para per pro s san st su the their to und van vom von vs with y your & à é über d/b/a dba"
    " aka в и на о с та"
)
_SMALL_WORDS = frozenset(_CONNECTING.split(" "))
_ACTION_FOLLOWERS = frozenset(
    ("about", "as", "by", "from", "into", "on", "onto", "through", "to", "toward", "towards", "using", "via", "with")
)
_KINDS_WORTH_NOTING = frozenset(Kind) - {Kind.NAME, Kind.TEXT, Kind.EMPTY, Kind.ASSET_COUNT, Kind.AUDIENCE_COUNT}


def read_words(text: str, *, problem: str | None = None) -> Value:
    """A cell that is no value itself: a NAME (brand, persona, institution, title), or a TEXT with values embedded."""
    embedded = embedded_values(text)
    kind = Kind.NAME if not embedded and is_name(text) else Kind.TEXT
    return quick_value(kind, text, problem=problem, embedded=embedded)


def embedded_values(text: str) -> tuple[Value, ...]:
    """The values that stand in a sentence (white space normalised), in their order, each once.

    Domains, URLs, accounts, addresses, hashes, hashtags; defanged or not. An undefanged domain counts only in lower
    case behind its last dot: "ads.In" is a missing space.
    """
    if not any(sign in text for sign in ".@/#:") and not _has_long_word(text):
        return ()
    found: dict[tuple[Kind, str], Value] = {}
    for written in refang_spaced(text).split(" "):
        if len(written) < 32 and not _MAY_HOLD.search(written):
            continue
        word = refang(written)
        if len(word) < 2 or not ("." in word or "@" in word or ":" in word or word[0] == "#" or len(word) >= 32):
            continue
        token = trimmed(word)
        if len(token) < 2:
            continue
        value = read_token(token, in_prose=True, defanged=word != written)
        if value is not None and value.kind in _KINDS_WORTH_NOTING:
            found.setdefault((value.kind, value.text), value)
            if len(found) >= _MOST_EMBEDDED:
                break
    return tuple(found.values())


def is_name(text: str) -> bool:
    """Whether words read as a name rather than as a statement.

    A name is short, no sentence, and in scripts with capitals its words begin with one, small connecting words
    aside; a gerund or verb before a preposition ("Sharing on Facebook", "Posing as students") is a statement.
    A name given in two scripts ("Молдова сейчас - Moldova Acum") is one whatever its later words begin with.
    """
    if len(text) > _LONGEST_NAME or text[0] in _FORMULA_SIGNS or not _LETTER.search(text):
        return False
    words = text.split(" ")
    if len(words) > _MOST_NAME_WORDS or (len(words) > 2 and _SENTENCE_END.search(text)):
        return False
    if len(words) == 1 or _is_said_twice(text):
        return True
    if words[1].lower() in _ACTION_FOLLOWERS and _LETTER.match(words[1]) and words[1].islower():
        return False
    small = [word for word in words if _starts_small(word)]
    if not small:
        return True
    # "Akhbar Al Khaleej newspaper": a name, and what it is the name of.
    return small == [words[-1]] and len(words) > 2 and not words[0].endswith(("ing", "ed")) and words[-1].isalpha()


def _is_said_twice(text: str) -> bool:
    """Whether a few words stand beside the same in another script: sentences are not written so."""
    parts = _TWO_SCRIPTS.split(text.removesuffix(")"))
    if len(parts) != 2 or any(part.count(" ") >= _MOST_PART_WORDS for part in parts):
        return False
    first, second = (_script(part) for part in parts)
    return None not in (first, second) and first != second


def _script(part: str) -> str | None:
    """The script of a part that begins as a name does; None if it mixes scripts or begins small."""
    if not part or part[0].islower():
        return None
    scripts = {unicodedata.name(letter, "?").partition(" ")[0] for letter in part if letter.isalpha()}
    return scripts.pop() if len(scripts) == 1 else None


def _starts_small(word: str) -> bool:
    bare = word.strip(_OPENING + _CLOSING + "/-\u2013\u2014|&+")
    if not bare or not bare[0].islower() or bare.lower() in _SMALL_WORDS:
        return False
    return not any(character.isdigit() or character in "-_." for character in bare)


def trimmed(word: str) -> str:
    """A word without the quotes, brackets and stops around it; brackets that belong to a URL stay."""
    if word[-1:].isalnum() and word[:1].isalnum() and not word.endswith(_OF):
        return word
    token = _POSSESSIVE.sub("", word.lstrip(_OPENING))
    end = len(token)
    surplus = {close: token.count(close) - token.count(open_) for open_, close in ("()", "[]", "{}")}
    in_url = "/" in token
    while end and token[end - 1] in _CLOSING:
        last = token[end - 1]
        if in_url and (last == "*" or surplus.get(last, 1) <= 0):
            break
        if last in surplus:
            surplus[last] -= 1
        end -= 1
    return token[:end]


def _has_long_word(text: str) -> bool:
    return len(text) >= 32 and any(len(word) >= 32 for word in text.split(" "))
