"""Cells that say how many: assets taken down, audiences reached. Only a cell that says so as a whole is a count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from disarm_exchange.findings.values.mentions import only_platforms, platforms_named
from disarm_exchange.findings.values.model import Kind, Value
from disarm_exchange.findings.values.numbers import Number, read_number, vocabulary

_MOST_WORDS = 80
_MOST_ADJECTIVES = 5
_NOUN_WORDS = 2
_OBJECT_WORDS = 14
_LEADING_LABEL = re.compile(r"^([A-Za-z][A-Za-z /-]{2,40}?) ?[:=] ?(\d[\d.,' ]{0,15}[kKmM]?)$")
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,15}", re.ASCII)
_GLUED = re.compile(r"(\d[\d,.]*)([A-Za-z]{3,})")
_STUCK_SENTENCE = re.compile(r"([a-z])\.([A-Z])")
_SEPARATORS = frozenset({"and", "&", "plus", ",", ";", "+"})
_PLACE_WORDS = frozenset({"on", "in", "across", "from", "at", "via"})
_PUNCTUATION = ".,;:!"


def may_count(text: str) -> bool:
    """A cheap look at the first word: whether reading a count is worth a try."""
    first = text[:1]
    if first.isdigit() or first in "~\u2248<>\u2264\u2265":
        return True
    word = text.partition(" ")[0].partition("-")[0].lower()
    return word in vocabulary().starters or text.find(":", 0, 48) > 0


def read_counts(cell: str) -> tuple[Value, ...]:
    """The count or counts that a cell (white space normalised) states; empty when it states something else.

    Understood: "104 accounts", "15 acounts", "About 110 accounts on Facebook and Instagram", "4 Facebook accounts,
    12 Pages and 21 Instagram accounts", "Pages: 12" (assets); "About 1.9 million accounts followed one or more of
    these Pages", "less than 100 accounts joined this Group", "12,000 followers" (audiences).
    """
    head, _, noun = cell.partition(" ")
    asset = vocabulary().asset_of.get(noun.lower())
    if asset is not None and _WHOLE.fullmatch(head):  # "104 accounts", nearly all there are
        return (Value(Kind.ASSET_COUNT, cell, count=int(head.replace(",", "")), asset=asset),)
    text = _LEADING_LABEL.sub(r"\2 \1", cell) if ":" in cell or "=" in cell else cell
    glued = _GLUED.fullmatch(text)
    if glued:
        text = f"{glued.group(1)} {glued.group(2)}"
    written = _STUCK_SENTENCE.sub(r"\1. \2", text).split(" ", _MOST_WORDS)
    words = [word.lower() for word in written]
    number = read_number(words, 0)
    if number is None:
        return ()
    audience = _audience(written, words, number, cell)
    if audience is not None:
        return (audience,)
    return _assets(written, words, cell)


def _assets(written: Sequence[str], words: Sequence[str], text: str) -> tuple[Value, ...]:
    found: list[Value] = []
    start = 0
    while start < len(words):
        number = read_number(words, start)
        if number is None:
            return ()
        noun = _noun(words, number.after)
        if noun is None:
            return ()
        asset, first, after = noun
        middle = " ".join(written[number.after : first])
        if not _is_description(middle):
            return ()
        end, place, remark = _place(written, words, after)
        if end is None:
            return ()
        named = platforms_named(middle) or platforms_named(" ".join(written[first:after])) or place
        said = " ".join(written[start:end]).rstrip(_PUNCTUATION)
        found.append(_count(Kind.ASSET_COUNT, said, number, asset=asset, platforms=named, remark=remark))
        start = end
        while start < len(words) and words[start].strip(_PUNCTUATION) in {"", *_SEPARATORS}:
            start += 1
    return (replace(found[0], text=text),) if len(found) == 1 else tuple(found)


def _noun(words: Sequence[str], start: int) -> tuple[str, int, int] | None:
    """The asset noun within the next few words: its meaning, its first word and the word behind it."""
    asset_of = vocabulary().asset_of
    best = None
    for at in range(start, min(start + _MOST_ADJECTIVES + 1, len(words))):
        for length in range(min(_NOUN_WORDS, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + length]).strip(_PUNCTUATION)
            if phrase in asset_of:
                # "media accounts", "Facebook Pages": the last noun of a run is the one that is counted.
                best = (asset_of[phrase], at, at + length)
                break
        if best is not None and (words[best[2] - 1][-1] in _PUNCTUATION or at >= best[2]):
            break
    return best


def _is_description(middle: str) -> bool:
    """Whether the words between number and noun are adjectives, asset nouns ("group accounts") or platforms."""
    if not middle:
        return True
    spoken = vocabulary()
    rest = [
        word
        for word in middle.lower().replace("/", " ").split()
        if word.strip(",") not in spoken.words.adjectives and word not in spoken.asset_of
    ]
    return not rest or bool(only_platforms(" ".join(middle.split()))) or bool(_all_platforms(middle, rest))


def _all_platforms(middle: str, rest: Sequence[str]) -> bool:
    named = only_platforms(" ".join(word for word in middle.split() if word.lower() in rest))
    return bool(named)


def _place(written: Sequence[str], words: Sequence[str], after: int) -> tuple[int | None, tuple[str, ...], str]:
    """Behind the noun: the end of the phrase, the platforms it names, a remark in brackets; no end if more is said."""
    if after >= len(words) or words[after - 1][-1] in ",;" or words[after] in _SEPARATORS:
        return after, (), ""
    rest = " ".join(written[after:])
    if words[after] in _PLACE_WORDS:
        for end in range(len(written), after + 1, -1):
            named = only_platforms(" ".join(written[after + 1 : end]).rstrip(_PUNCTUATION))
            if named and (end == len(written) or written[end - 1][-1] in ",;" or words[end] in _SEPARATORS):
                return end, named, ""
        return None, (), ""
    if rest.startswith("(") and rest.rstrip(_PUNCTUATION).endswith(")") and rest.count("(") == 1:
        inner = rest.rstrip(_PUNCTUATION)[1:-1]
        return len(written), only_platforms(inner), inner
    return None, (), ""


def _audience(written: Sequence[str], words: Sequence[str], number: Number, text: str) -> Value | None:
    spoken = vocabulary().words
    at = number.after
    while at < len(words) and (words[at] in spoken.adjectives or platforms_named(written[at])):
        at += 1
    if at >= len(words):
        return None
    noun = words[at].strip(_PUNCTUATION)
    if noun in spoken.people and at + 1 < len(words) and words[at + 1] in spoken.audience_verbs:
        followed = at + 2
    elif noun in spoken.audiences and (at + 1 == len(words) or words[at + 1] in {*_PLACE_WORDS, "of", "to", "for"}):
        followed = at + 1
    else:
        return None
    target = " ".join(written[followed : followed + _OBJECT_WORDS])
    sentence = re.split(r"[.,;](?:\s|$)", target, maxsplit=1)[0]
    asset = _followed_asset(sentence)
    named = platforms_named(sentence) or platforms_named(" ".join(written[number.after : at]))
    remark = _after_first_clause(" ".join(written[followed:]))
    return _count(Kind.AUDIENCE_COUNT, text, number, asset=asset, platforms=named, remark=remark)


def _followed_asset(sentence: str) -> str | None:
    """The last asset noun of "one or more of these Instagram accounts"."""
    asset_of = vocabulary().asset_of
    found = [asset_of[word] for word in sentence.lower().split() if word in asset_of]
    return found[-1] if found else None


def _after_first_clause(text: str) -> str:
    parts = re.split(r"[.,;](?:\s+|$)", text, maxsplit=1)
    return parts[1].strip() if len(parts) == 2 else ""


def _count(kind: Kind, text: str, number: Number, *, asset: str | None, platforms: Sequence[str], remark: str) -> Value:
    whole = number.value is not None and number.value == number.value.to_integral_value()
    return Value(
        kind,
        text,
        platform=platforms[0] if len(set(platforms)) == 1 else None,
        count=int(number.value) if number.value is not None and whole else None,
        approximate=number.approximate,
        asset=asset,
        remark=remark,
        problem=number.problem if number.value is None or whole else "not a whole number",
    )
