"""Refanging: the ways in which people make a value harmless, undone (`stix.defanging` is the way there).

ioc-fanger is not used here: it rewrites prose ("we met (at) 5 o'clock" becomes "met@5") and takes some 50
microseconds a cell. These rules touch a mark only where it stands inside something that looks like a value.
"""

from __future__ import annotations

import re

from disarm_exchange.stix.suffixes import top_level_domains

_OPEN = r"[\[({<\uff08\uff3b\uff5b\u3010]"
_CLOSE = r"[\])}>\uff09\uff3d\uff5d\u3011]"

_MARK = re.compile(rf"{_OPEN} ?(\.|dot|d0t|:|:?/{{1,2}}|@|at) ?{_CLOSE}", re.IGNORECASE)
_HALF_OPEN = re.compile(r"(?<=\w)(?:\[\.|\.\])(?=\w)")
_SPACED = re.compile(rf"(?<=\w) {_OPEN} ?(\.|dot|@|at) ?{_CLOSE} (?=\w)", re.IGNORECASE)
_SCHEME = re.compile(
    r"(?<![a-z0-9])(?:(h)(?:xx|\*\*|__|tx|xt|\[tt\]|\[xx\])(p)|(f)(?:x|\*)(p))(s?)(?=[\[({]?:|:|[\[({]?//)",
    re.IGNORECASE,
)
_ESCAPED_HOST = re.compile(r"(?:https?://)?[\w-]{1,63}(?:\\?\.[\w-]{1,63})*\\\.[A-Za-z]{2,24}/?", re.IGNORECASE)
_ESCAPED_DOT = re.compile(r"(?<=[A-Za-z0-9])\\\.(?=[A-Za-z0-9])")
_WIDE_DOT = re.compile(r"(?<=\w)[\uff0e\u3002\uff61](?=[a-zA-Z0-9])")
_HINT = re.compile(r"[\[({<\uff08\uff3b\uff5b\u3010]|\.\]|h(?:[x*_]{2}|tx|xt)p|f[x*]p|\w\\\.\w", re.IGNORECASE)
"""Without one of these nothing is defanged: a cheap look before the dear ones."""

_WIDE_HINT = re.compile("[\uff0e\u3002\uff61\uff20\uff1a\uff0f]")
_AFTER_AT = re.compile(rf"[\w-]{{1,63}}(?:\.| ?{_OPEN} ?(?:\.|dot) ?{_CLOSE} ?)[\w-]", re.IGNORECASE)
_DOT_MARKED = re.compile(rf"[\w-]{{1,63}} ?{_OPEN} ?(?:\.|dot) ?{_CLOSE}", re.IGNORECASE)
_NEXT_LABEL = re.compile(rf"([^\W_][\w-]{{0,62}})([.\uff0e\u3002\uff61]|{_OPEN})?")


def refang(text: str) -> str:
    """The text with every defanged value in it made whole again, and nothing else changed.

    Understood: `[.] (.) {.} <.> [dot] (dot) {dot}` and half a bracket (`[.` or `.]`), `a\\.b`; `[:] {:} [://] [/]`;
    `[at] (at) {at} [@] (@)`; schemes `hxxp hxxps h**p h__p htxp h[tt]p fxp`; full-width dots, signs and brackets;
    ` [.] ` and ` [dot] ` with spaces when a known ending follows. A mark with no value around it stays.
    """
    if not text.isascii() and _WIDE_HINT.search(text):
        text = _WIDE_DOT.sub(_wide_dot, text)
        text = text.replace("\uff20", "@") if "." in text else text
        text = text.replace("\uff1a\uff0f\uff0f", "://")
    if _HINT.search(text) is None:
        return text
    text = refang_spaced(text)
    text = _MARK.sub(_mark, text)
    text = _HALF_OPEN.sub(".", text)
    if "\\." in text:
        text = _escaped_dots(text)
    return _SCHEME.sub(_scheme, text)


def _escaped_dots(text: str) -> str:
    """Words of labels between `\\.` and nothing else are hosts so written; in a path or a sentence it stays."""
    return " ".join(_ESCAPED_DOT.sub(".", word) if _ESCAPED_HOST.fullmatch(word) else word for word in text.split(" "))


def refang_spaced(text: str) -> str:
    """The text with the marks replaced that have spaces around them (`name [at] example [dot] org`), no others."""
    if " [" in text or " (" in text or " {" in text:
        return _SPACED.sub(_spaced, text)
    return text


def _scheme(found: re.Match[str]) -> str:
    http, ftp = found.group(1), found.group(3)
    first, last = (http, found.group(2)) if http else (ftp, found.group(4))
    middle = "tt" if http else "t"
    return first + (middle.upper() if first.isupper() and last.isupper() else middle) + last + found.group(5)


def _wide_dot(found: re.Match[str]) -> str:
    # U+3002 ends sentences in Japanese and Chinese, so it counts only inside what looks like a host.
    before, after = found.string[: found.start()][-1:], found.string[found.end() : found.end() + 64]
    label = _NEXT_LABEL.match(after)
    if label is None:
        return found.group()
    more = label.group(2) is not None or label.group(1).lower() in top_level_domains()
    return "." if more and (before.isascii() or label.end() == len(after)) else found.group()


def _mark(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    body = found.group(1).lower()
    if body in {"@", "at"}:
        return "@" if _is_mail_part(before) and _AFTER_AT.match(text, end) else found.group()
    if body[-1] in ":/":
        doubled = text.startswith(found.group(), end)  # `[:][:]1`, an IPv6 address
        starts_well = doubled or before.isalnum() or before in (":", "]")
        ends_well = after.isalnum() or after in ("/", ":", "[", "@", "_") or (before == "]" and not after)
        return body if starts_well and ends_well else found.group()
    return "." if _is_label_part(before) and _is_label_part(after) else found.group()


def _spaced(found: re.Match[str]) -> str:
    text, end = found.string, found.end()
    if found.group(1) in {"@", "at", "AT", "At"}:
        # "We met (at) a.example" is a sentence; round marks are believed where the dots are marked as well.
        believed = found.group()[1] == "[" or (" " not in text[: found.start()] and _DOT_MARKED.match(text, end))
        return "@" if believed and _AFTER_AT.match(text, end) else found.group()
    label = _NEXT_LABEL.match(text, end)
    if label is None or not (label.group(2) or label.group(1).lower() in top_level_domains()):
        return found.group()
    return "."


def _is_label_part(character: str) -> bool:
    return character.isalnum() or character in {"-", "_"} if character else False


def _is_mail_part(character: str) -> bool:
    return character.isalnum() or character in set("._%+-") if character else False
