"""Cells that say how much was spent: "About $73,600 in spending for ads on Facebook, paid for mostly in US dollars."

The amount's currency is that of its own sign or word; what it "was paid in" is kept as the remark. A bare `$` is
the US dollar, as in the reports that publish such sums.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache

from disarm_exchange.findings.values.mentions import platforms_named
from disarm_exchange.findings.values.model import Kind, Value, joined_problems
from disarm_exchange.findings.values.numbers import read_number, vocabulary

_SPENT = re.compile(
    r"\b(?:in (?:ad |advertising |total )?(?:spend(?:ing)?|advertising|ads)|ad (?:spend(?:ing)?|budget)|spen[dt]"
    r"|spending|(?:on|for) (?:ads|advertising|advertisements)|worth of (?:ads|advertising))\b",
    re.IGNORECASE,
)
_ABOUT_ADS = re.compile(r"\b(?:ads?|advert\w*|promot\w+|boost\w*|campaigns?)\b", re.IGNORECASE)
_TEMPLATE = re.compile(r"(?:^|\s)(?:[^\s\w]{1,3} ?)(?:xx+|XX+|_{2,}|\?+|\.{3}|N+)(?=\s|$)")
_LATEST_WORD = 8
_LONGEST = 600
_MOST_WORDS = 60
_PAID_IN = re.compile(r"\bpaid (?:for )?(?:mostly |mainly |primarily |partly |largely )?(?:in|with)\b.*", re.IGNORECASE)


def may_spend(text: str) -> bool:
    """A cheap look: whether a sum of money is worth a search."""
    return len(text) <= _LONGEST and _SPENT.search(text) is not None and _ABOUT_ADS.search(text) is not None


def read_spending(text: str) -> Value | None:
    """The ad spend that a cell states near its beginning; None when it states none.

    An unfilled template ("Around $xx in spending for ads") has no amount and says so.
    """
    if not may_spend(text):
        return None
    written = text.split(" ", _MOST_WORDS)
    remark = _remark(text)
    named = platforms_named(text)
    platform = named[0] if len(named) == 1 else None
    for at in range(min(len(written), _LATEST_WORD + 1)):
        found = _money(written, at)
        if found is None:
            continue
        amount, currency, approximate, problem = found
        if any(_money(written, later) for later in range(at + 1, len(written))):
            amount, currency, problem = None, None, "several amounts"
        return Value(
            Kind.AD_SPEND,
            text,
            platform=platform,
            approximate=approximate or _is_rough(written, at),
            amount=None if amount is None else _plain(amount),
            currency=currency,
            remark=remark,
            problem=problem,
        )
    if _TEMPLATE.search(" ".join(written[: _LATEST_WORD + 1])):
        return Value(
            Kind.AD_SPEND,
            text,
            platform=platform,
            approximate=True,
            remark=remark,
            problem="unfilled template: no amount",
        )
    return None


def read_amount(text: str) -> Value | None:
    """A sum of money alone in its cell ("$4,000", "About 20 USD"), for a table that says it is ad spend."""
    written = text.split(" ", _MOST_WORDS)
    for at in range(min(len(written), 3)):
        found = _money(written, at)
        if found is not None:
            amount, currency, approximate, problem = found
            return Value(
                Kind.AD_SPEND,
                text,
                approximate=approximate or _is_rough(written, at),
                amount=None if amount is None else _plain(amount),
                currency=currency,
                problem=problem,
            )
    return None


def _money(written: Sequence[str], at: int) -> tuple[Decimal | None, str | None, bool, str | None] | None:
    """Amount, currency, whether it is rough, and what is doubtful, if a sum begins at that word."""
    word = written[at].strip("(),;")
    sign, rest = _leading_sign(word)
    words = [each.lower() for each in written]
    if sign is not None:
        numbers = [rest.lower(), *words[at + 1 :]] if rest else words[at + 1 :]
        number = read_number(numbers, 0)
        if number is None or not numbers[0][:1].isdigit():
            return None
        after = at + number.after + (0 if rest else 1)
        code, problem = _sign_currency(sign)
        explicit = _currency_word(words, after)[0]
        if explicit is not None and sign == "$":
            code, problem = explicit, None  # "$1,300 CAD"
        return number.value, code, number.approximate, joined_problems(number.problem, problem)
    bare, glued = _trailing_sign(word)
    number = read_number([bare.lower(), *words[at + 1 :]], 0) if bare[:1].isdigit() else None
    if number is None:
        return None
    if glued is not None:
        code, problem = _sign_currency(glued)
        return number.value, code, number.approximate, joined_problems(number.problem, problem)
    after = at + number.after
    code = _currency_word(words, after)[0]
    if code is None and after < len(written):
        sign = _leading_sign(written[after].strip("(),;."))[0]
        if sign is not None:
            code, problem = _sign_currency(sign)
            return number.value, code, number.approximate, joined_problems(number.problem, problem)
    return (number.value, code, number.approximate, number.problem) if code is not None else None


def _leading_sign(word: str) -> tuple[str | None, str]:
    for length in range(min(5, len(word)), 0, -1):
        if word[:length] in _signs():
            return word[:length], word[length:]
    return None, word


def _trailing_sign(word: str) -> tuple[str, str | None]:
    for length in range(min(5, len(word) - 1), 0, -1):
        if word[-length:] in _signs() and word[0].isdigit():
            return word[:-length], word[-length:]
    return word, None


def _sign_currency(sign: str) -> tuple[str | None, str | None]:
    code = _signs()[sign]
    return (code, None) if code else (None, f"{sign} stands for several currencies")


def _currency_word(words: Sequence[str], at: int) -> tuple[str | None, int]:
    for length in range(min(4, len(words) - at), 0, -1):
        code = _currency_words().get(" ".join(words[at : at + length]).strip(".,;()"))
        if code is not None:
            return code, at + length
    return None, at


def _is_rough(written: Sequence[str], at: int) -> bool:
    before = [word.lower() for word in written[max(0, at - 3) : at]]
    rough = vocabulary().words.approximate
    return any(" ".join(before[start:]) in rough for start in range(len(before)))


def _remark(text: str) -> str:
    found = _PAID_IN.search(text)
    return found.group().rstrip(".") if found else ""


def _plain(amount: Decimal) -> str:
    whole = amount.to_integral_value()
    return f"{whole:f}" if amount == whole else f"{amount.normalize():f}"


@cache
def _signs() -> Mapping[str, str]:
    words = vocabulary().words
    known = {sign: currency.code for currency in words.currencies for sign in currency.signs}
    return {**dict.fromkeys(words.ambiguous_signs, ""), **known}


@cache
def _currency_words() -> Mapping[str, str]:
    return {word: currency.code for currency in vocabulary().words.currencies for word in currency.words}
