"""DX22x: values with a syntax of their own: patterns, addresses."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_network

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.rule import NOTHING, Found, ObjectRule

MAX_PATTERN = 20_000
"""Characters of a pattern that its parser is asked to read; it is slow and recursive."""

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*+'", re.DOTALL)
_EQUAL = (
    r"(?:(?:domain-name|email-addr|ipv4-addr|ipv6-addr|url):value"
    r"|user-account:(?:account_type|account_login|user_id|display_name)) = '[^'\\\[\]]*+'"
)
_SIMPLE = re.compile(rf"\[{_EQUAL}(?: (?:AND|OR) {_EQUAL})*+\]")
"""What nine of ten indicators say; it parses whatever the values."""
_HEXADECIMAL = re.compile(r"'[0-9A-Fa-f]+'")
_COMMENT = "/*"


class BadPattern(ObjectRule):
    """A STIX pattern that does not parse."""

    code = "DX221"
    severity = Severity.ERROR
    title = "pattern does not parse"
    why = "Tools that match the indicator fail on it or drop it."
    fix = "Write it as STIX 2.1 section 9 has it: [domain-name:value = 'a.example']."
    source = "STIX 2.1 section 9, judged by stix2-patterns"
    types = frozenset({"indicator"})

    def check(self, item: StixObject) -> Found:
        """Parse the pattern, once for all patterns that differ only in their text literals."""
        if item["pattern_type"] != "stix":
            return NOTHING
        pattern = item["pattern"]
        assert isinstance(pattern, str)
        if _SIMPLE.fullmatch(pattern):
            return NOTHING
        if not pattern.strip():
            return (Finding("/pattern", "is empty"),)
        if len(pattern) > MAX_PATTERN:
            return (Finding("/pattern", f"{len(pattern):,} characters: too long to be looked at"),)
        version = item.get("pattern_version", "2.1")
        problem = _problem(_shape(pattern), "2.0" if version == "2.0" else "2.1")
        return (Finding("/pattern", problem),) if problem else NOTHING


def _shape(pattern: str) -> str:
    """The pattern with all its plain text literals made alike; what is matched in some other way is kept."""
    if "MATCHES" in pattern or "LIKE" in pattern or _COMMENT in pattern or "//" in _LITERAL.sub("", pattern):
        return pattern
    return _LITERAL.sub(_alike, pattern)


def _alike(match: re.Match[str]) -> str:
    text = match.group()
    # a typed constant (t'2020-01-01T00:00:00Z', h'AB', b'...') or a quoted name in a path keeps its text
    before = match.string[match.start() - 1 : match.start()]
    if before in ("t", "h", "b", ".") or re.search(r"\\(?![\\'])", text):
        return text
    if "hashes" in match.string:
        # the parser looks at hashes: what is hexadecimal keeps its length, all else its text
        return f"'{'0' * (len(text) - 2)}'" if _HEXADECIMAL.fullmatch(text) else text
    return "'x'"


@lru_cache(maxsize=8192)
def _problem(pattern: str, version: str) -> str:
    from stix2patterns.validator import run_validator  # noqa: PLC0415

    try:
        errors = run_validator(pattern, version)
    except RecursionError:
        return "nested too deep"
    except (AttributeError, LookupError, NameError, TypeError, ValueError) as error:
        return f"its parser gives up: {shown(str(error))}"
    return shown(str(errors[0]), 200) if errors else ""


class BadIpAddress(ObjectRule):
    """An address that is none."""

    code = "DX223"
    severity = Severity.ERROR
    title = "not an IPv6 address"
    why = "It matches no traffic."
    fix = "Write one address, or a network in CIDR notation."
    source = "STIX 2.1 section 6.11"
    types = frozenset({"ipv6-addr"})

    def check(self, item: StixObject) -> Found:
        """Let the standard library read it."""
        value = item["value"]
        assert isinstance(value, str)
        if ":" in value:
            try:
                ip_network(value.partition("%")[0], strict=False)
            except ValueError:
                pass
            else:
                return NOTHING
        return (Finding("/value", f"{shown(value)!r} is no IPv6 address"),)
