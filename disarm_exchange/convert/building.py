"""What values become: observables and their indicators, sightings, notes. Each a function of its own key alone."""

from __future__ import annotations

from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.observables import Observable
from disarm_exchange.disarm.mapping import Verdict
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.values import Value, platform_named, platforms_named
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.defanging import defang_text
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import platform_id, platform_identity


def indicated(frame: Frame, observable: Observable) -> list[StixObject]:
    """An observable of the operation's own, and the indicator that finds it."""
    item = frame.domain_object("indicator", frame.own("indicator", observable.id))
    item["name"] = observable.title
    item["pattern"] = observable.pattern
    item["pattern_type"] = "stix"
    item["valid_from"] = frame.created
    indicator_id = str(item["id"])
    return [
        _observed(frame, observable),
        item,
        frame.relationship("based-on", indicator_id, observable.id),
        frame.relationship("indicates", indicator_id, frame.case_id),
    ]


def observed(frame: Frame, observable: Observable) -> list[StixObject]:
    """An observable that belongs to the case and is nothing to detect by."""
    return [_observed(frame, observable), frame.relationship("related-to", observable.id, frame.case_id)]


def _observed(frame: Frame, observable: Observable) -> StixObject:
    return {
        "type": observable.type,
        "spec_version": "2.1",
        "id": observable.id,
        **observable.properties,
        "object_marking_refs": frame.markings,
    }


def sighted(frame: Frame, value: Value, platforms: tuple[str, ...]) -> list[StixObject]:
    """A number of assets: the case, sighted so many times on these platforms."""
    count = value.count
    assert count is not None
    key = (",".join(platforms), value.asset or "", str(count), str(value.approximate))
    item = frame.domain_object("sighting", frame.own("sighting", *key))
    where = " and ".join(platform_named(platform).name for platform in platforms)
    about = "about " if value.approximate else ""
    plural = "" if count == 1 else "s"
    item["description"] = f"{about}{count:,} {value.asset or 'asset'}{plural}{f' on {where}' if where else ''}"
    item["sighting_of_ref"] = frame.case_id
    item["count"] = count
    if platforms:
        item["where_sighted_refs"] = [platform_id(platform) for platform in platforms]
    return [*(platform_identity(platform, platform_named(platform).name) for platform in platforms), item]


def noted(frame: Frame, finding: Finding, value: Value, verdict: Verdict) -> list[StixObject]:
    """Words: a note on the case and on the techniques they speak for."""
    label = finding.labels[-1] if finding.labels else ""
    text = value.text or label
    content = f"{text}\n\n{finding.note}" if finding.note else text
    techniques = sorted({technique_stix_id(call.technique_id) for call in verdict.calls})
    item = frame.domain_object("note", frame.own("note", label, text, finding.note, *techniques))
    if label:
        item["abstract"] = label
    item["content"] = defang_text(content) or "(no text)"
    item["object_refs"] = [frame.case_id, *techniques]
    return [item]


def counted_platforms(finding: Finding, value: Value) -> tuple[str, ...]:
    """Where counted assets stood: the platforms the cell names, else those its labels name, innermost first."""
    named = platforms_named(finding.raw)
    if named:
        return tuple(sorted(named))
    if value.platform is not None:
        return (value.platform,)
    for label in reversed(finding.labels):
        named = platforms_named(label)
        if named:
            return tuple(sorted(named))
    return ()
