"""DX70x: what should not be shared, or not so."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.defanging import live_links
from disarm_exchange.validate.guards import Guard, guarded_address, guarded_host, guarded_url
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.kinds import words
from disarm_exchange.validate.personal_data import personal_data
from disarm_exchange.validate.rule import NOTHING, Check, Facets, Found, ObjectRule

FREE_TEXT = words("description content abstract explanation objective name title summary")
"""Properties in which people write."""


class TextRule(ObjectRule):
    """What the rules about free text share."""

    keys = tuple(sorted(FREE_TEXT))

    @staticmethod
    def judge(pointer: str, text: str) -> Iterator[Finding]:
        """What is wrong with one text."""
        raise NotImplementedError

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the texts that are there; an observable's are data, not prose."""
        names = sorted(FREE_TEXT.intersection(keys)) if "created" in keys else []
        return partial(_texts, names, self.judge) if names else None


def _texts(names: list[str], judge: Callable[[str, str], Iterator[Finding]], item: StixObject) -> Found:
    found: list[Finding] = []
    for name in names:
        text = item[name]
        if isinstance(text, str) and ("@" in text or "://" in text or "+" in text or "00" in text):
            found += judge(f"/{name}", text)
    return found or NOTHING


class PersonalData(TextRule):
    """An e-mail address or a phone number in a text."""

    code = "DX701"
    severity = Severity.WARNING
    title = "personal data in free text"
    why = "Texts travel further than anybody plans and cannot be filtered like fields; the person never agreed."
    fix = "Take it out, or put it into an observable of its own with a marking that fits."
    source = "data protection (GDPR article 5); field findings misp#8767, misp#10019"

    @staticmethod
    def judge(pointer: str, text: str) -> Iterator[Finding]:
        """Each address and number, without repeating it in full."""
        for kind, value in personal_data(text):
            yield Finding(pointer, f"holds what looks like {'an' if kind[0] == 'e' else 'a'} {kind}: {value[:3]}…")


class LiveLink(TextRule):
    """A link in a text that a click would follow."""

    code = "DX702"
    severity = Severity.WARNING
    title = "live link in free text"
    why = "Somebody clicks it, in a report, a mail or a chat: the operation gains a visit and learns of it."
    fix = "Defang it (hxxps://a[.]example), or move it to external_references; --fix defangs."
    source = "common practice of sharing communities"

    @staticmethod
    def judge(pointer: str, text: str) -> Iterator[Finding]:
        """Each link that is not defanged."""
        for link in live_links(text):
            yield Finding(pointer, f"{shown(link)!r} is not defanged")


class GuardedIndicator(ObjectRule):
    """An indicator on a value that is not the operation's own."""

    code = "DX703"
    severity = Severity.ERROR
    title = "indicator on a guarded value"
    why = "Whoever blocks by it blocks a victim, a news outlet or a service that everybody uses."
    fix = "Drop the indicator; keep the observable if it is evidence."
    source = "the guard lists of this project (mappings/values/guards)"
    spares_revoked = True
    types = frozenset({"indicator"})

    def check(self, item: StixObject) -> Found:
        """Look up the hosts and addresses that the pattern compares with."""
        pattern = item["pattern"]
        if item["pattern_type"] != "stix" or not isinstance(pattern, str):
            return NOTHING
        single = _SINGLE.fullmatch(pattern)
        if single is not None and _guard(*single.groups()) is None:
            return NOTHING
        found = []
        for match in _COMPARISON.finditer(pattern):
            value = match.group(2).replace("\\'", "'").replace("\\\\", "\\")
            guard = _guard(match.group(1), value)
            if guard is not None:
                found.append(Finding("/pattern", f"{shown(value)!r}: {guard.title.lower()} ({guard.reason})"))
        return found


_SINGLE = re.compile(r"\[(domain-name|url|ipv4-addr|ipv6-addr):value = '([^'\\]*+)'\]")
"""What nine of ten indicators say."""
_COMPARISON = re.compile(r"(domain-name|url|ipv4-addr|ipv6-addr):value\s*+=\s*+'((?:[^'\\]|\\.)*+)'", re.DOTALL)


def _guard(observable: str, value: str) -> Guard | None:
    if observable == "domain-name":
        return guarded_host(value)
    if observable == "url":
        rest = value.partition("://")[2]
        host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0]
        bare = not rest.partition("/")[2]
        return guarded_host(host) if bare else guarded_url(host)
    return guarded_address(value)


class UnsupportedAttribution(ObjectRule):
    """An attribution that says neither why nor how sure."""

    code = "DX704"
    severity = Severity.WARNING
    title = "attribution without support"
    why = "Naming an actor has consequences for people and states; readers must be able to weigh it."
    fix = "Give confidence and a description or an external reference that says what it rests on."
    source = "field must M4: no attribution by default"
    spares_revoked = True
    types = frozenset({"relationship"})

    def check(self, item: StixObject) -> Found:
        """Look at attributed-to relationships."""
        if item["relationship_type"] not in _ATTRIBUTIONS:
            return NOTHING
        missing = [] if "confidence" in item else ["confidence"]
        if not any(name in item for name in ("description", "external_references", "extensions")):
            missing.append("a description or reference")
        return (Finding("", f"{item['relationship_type']} without {' and '.join(missing)}"),) if missing else NOTHING

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """The relationship, given which properties are there."""
        return Facets(("relationship_type",))


_ATTRIBUTIONS = words("attributed-to sponsored-by employed-by contracts-with authored-by")


class NamedPerson(ObjectRule):
    """An identity that is one person."""

    code = "DX705"
    severity = Severity.WARNING
    title = "identity of a person"
    why = "Personal data in shared intelligence needs a reason, a marking and a date to forget it by."
    fix = "Use identity_class group, organization or class, or make sure that naming the person is lawful and needed."
    source = "data protection (GDPR articles 5 and 6)"
    types = frozenset({"identity"})
    keys = ("identity_class",)

    def check(self, item: StixObject) -> Found:
        """Look at the class."""
        return (Finding("/identity_class", "is one person"),) if item["identity_class"] == "individual" else NOTHING


class Secret(ObjectRule):
    """A password in the clear."""

    code = "DX706"
    severity = Severity.ERROR
    title = "credential in the clear"
    why = "The specification rules out sharing credentials of people; whoever receives it can log in."
    fix = "Remove the property."
    source = "STIX 2.1 section 6.16"
    types = frozenset({"user-account", "artifact"})
    keys = ("credential", "decryption_key")

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """The key of an artifact is meant to be shared; the password of an account is not."""
        return self.check if object_type == "user-account" and "credential" in keys else None

    def check(self, item: StixObject) -> Found:
        """The property alone is enough."""
        return (Finding("/credential", "holds a credential"),)
