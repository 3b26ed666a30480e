"""What else a finding says beside its own value: the domain behind `www.`, and where a short link leads."""

from __future__ import annotations

from disarm_exchange.convert.frame import Frame
from disarm_exchange.disarm.mapping import Verdict
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.values import Kind, Value, led_to, registered_domain
from disarm_exchange.stix.bundle import StixObject

_SHORT = "shorteners"
_HOST = "www."
_DOMAIN_ASSETS = "T0149."
_LED = "The finding says that the one redirects to the other."


def further_values(finding: Finding, verdict: Verdict) -> tuple[Value, ...]:
    """The other values of a finding.

    Who has the domain `a.example` has `www.a.example`: where the finding is called a domain asset (T0149) and names
    the host, the domain is meant as well. Nothing else is widened: not a host below another name, not a URL.
    """
    value = finding.value
    if value.kind is Kind.DOMAIN and value.text.startswith(_HOST) and value.login is None:
        bare = registered_domain(value)
        if bare is not None and any(call.technique_id.startswith(_DOMAIN_ASSETS) for call in verdict.calls):
            return (*finding.more, bare)
    return finding.more


def redirects_of(finding: Finding) -> tuple[Value, ...]:
    """Where the finding's own short link leads, by its cell or its note; nothing if it is no short link."""
    value = finding.value
    if value.guard is None or value.guard.list != _SHORT or not finding.more:
        return ()
    said = {(each.kind, each.text) for each in led_to(f"{finding.raw} {finding.note}")}
    return tuple(other for other in finding.more if (other.kind, other.text) in said and other.text != value.text)


def redirect(frame: Frame, link_id: str, target_id: str) -> StixObject:
    """The tie between a short link and its target.

    STIX knows `resolves-to` for what DNS answers (2.1, section 6.4); a redirect is none, so it is `related-to`.
    """
    item = frame.relationship("related-to", link_id, target_id)
    item["description"] = _LED
    return item
