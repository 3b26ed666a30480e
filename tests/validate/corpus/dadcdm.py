"""DAD-CDM types and the Incident Extension Suite, as schemas/dad-cdm states them."""

from __future__ import annotations

from disarm_exchange.stix.extensions import EXTENSIONS, INCIDENT_CORE, INCIDENT_EVENT, INCIDENT_IMPACT, INCIDENT_TASK
from tests.validate.corpus.case import LATER, SEEN, Case, bad, good, ref, sco, sdo


def extended(object_type: str, **properties: object) -> dict[str, object]:
    extension = EXTENSIONS[object_type]
    make = sco if extension.kind == "new-sco" else sdo
    return make(object_type, **properties, extensions={extension.id: extension.marker})


def suite(object_type: str, extension: str, **properties: object) -> dict[str, object]:
    return sdo(object_type, **properties, extensions={extension: {"extension_type": "new-sdo"}})


def incident(**content: object) -> dict[str, object]:
    core = {"extension_type": "property-extension", "determination": "confirmed", "investigation_status": "open"}
    return sdo("incident", name="Takedown", extensions={INCIDENT_CORE: {**core, **content}})


def context(*values: str) -> dict[str, object]:
    extension = EXTENSIONS["intrusion-set"]
    return sdo("intrusion-set", name="Harbour", context=list(values), extensions={extension.id: extension.marker})


def under(key: str, object_type: str, **content: object) -> dict[str, object]:
    extensions = {EXTENSIONS[key].id: {"extension_type": "property-extension", **content}}
    if object_type == "impact":
        extensions[INCIDENT_IMPACT] = {"extension_type": "new-sdo"}
        return sdo("impact", impact_category="information", extensions=extensions)
    return sdo("incident", name="Takedown", extensions=extensions)


CASES: list[Case] = [
    good("a narrative has a name", extended("narrative", name="The harbour is closing")),
    good(
        "all properties of narrative",
        extended("narrative", name="a", description="b", aliases=["c"], narrative_types=["economy"]),
    ),
    bad("DX101", "name is required", extended("narrative", description="a")),
    bad("DX107", "narrative_types is not empty", extended("narrative", name="a", narrative_types=[])),
    bad("DX102", "aliases is a list", extended("narrative", name="a", aliases="b")),
    bad("DX107", "the name is not empty", extended("narrative", name="")),
    good("a channel has a name", extended("channel", name="Echo TV")),
    good(
        "all properties of channel",
        extended(
            "channel", name="a", description="b", aliases=["c"], channel_types=["page"], language_refs=[ref("language")]
        ),
    ),
    bad("DX101", "name is required", extended("channel", channel_types=["page"])),
    bad("DX104", "language_refs names languages", extended("channel", name="a", language_refs=[ref("narrative")])),
    good("an event has a name", extended("event", name="The election")),
    good(
        "all properties of event",
        extended(
            "event",
            name="a",
            description="b",
            aliases=["c"],
            event_types=["election"],
            start_time=SEEN,
            stop_time=LATER,
            context=["physical", "social"],
        ),
    ),
    good("an event of one moment", extended("event", name="a", start_time=SEEN, stop_time=SEEN)),
    bad("DX101", "name is required", extended("event", event_types=["election"])),
    bad(
        "DX211", "an event does not end before it begins", extended("event", name="a", start_time=LATER, stop_time=SEEN)
    ),
    bad("DX103", "context is closed", extended("event", name="a", context=["mental"])),
    good("a language has a name", extended("language", name="Dutch", aliases=["Nederlands"])),
    bad("DX101", "name is required", extended("language", aliases=["Nederlands"])),
    good("a persona has a name", extended("persona", name="Anna", persona_type="journalist")),
    bad("DX101", "name is required", extended("persona", persona_type="journalist")),
    good("OpenCTI's persona is an observable", sco("persona", persona_name="Anna", persona_type="journalist")),
    good("a media outlet has a name", extended("media-outlet", name="The Echo")),
    good("with identifiers", extended("media-outlet", name="The Echo", umid="echo-1", lei="5493001KJTIIGC8Y1R12")),
    bad("DX101", "name is required", extended("media-outlet", umid="echo-1")),
    bad("DX104", "lei is an LEI", extended("media-outlet", name="The Echo", lei="5493")),
    good("media content with a URL", extended("media-content", url="https://harbour-echo.example/a")),
    good("media content with a title", extended("media-content", title="The harbour")),
    good(
        "all properties of media-content",
        extended(
            "media-content",
            url="https://harbour-echo.example/a",
            title="The harbour",
            description="An article.",
            content="It will close.",
            media_category="article",
            publication_date=SEEN,
            language_refs=[ref("language")],
        ),
    ),
    bad("DX110", "one of url, title, content", extended("media-content", media_category="article")),
    bad("DX109", "url is a URL", extended("media-content", url="harbour-echo[.]example/a")),
    bad("DX104", "publication_date is a timestamp", extended("media-content", title="a", publication_date="March")),
    good("an intrusion set acts in society", context("social")),
    good("hack and leak acts in both", context("cyber", "social")),
    bad("DX103", "context is closed", context("mental")),
    bad("DX107", "context is not empty", context()),
    good("an incident with its core", incident(criticality=50, detection_methods=["human-review"])),
    bad("DX231", "determination is closed", incident(determination="perhaps")),
    bad("DX231", "criticality is at most 100", incident(criticality=101)),
    bad("DX231", "impact_refs names impacts", incident(impact_refs=[ref("event")])),
    good("an event of the suite has a status", suite("event", INCIDENT_EVENT, status="occurred")),
    bad("DX101", "status is required", suite("event", INCIDENT_EVENT, name="a")),
    bad("DX103", "status is closed", suite("event", INCIDENT_EVENT, status="maybe")),
    bad(
        "DX211",
        "end_time is later than start_time",
        suite("event", INCIDENT_EVENT, status="occurred", start_time=LATER, end_time=SEEN),
    ),
    good("an impact has a category", suite("impact", INCIDENT_IMPACT, impact_category="information")),
    bad("DX101", "impact_category is required", suite("impact", INCIDENT_IMPACT, description="a")),
    bad("DX106", "criticality is at most 100", suite("impact", INCIDENT_IMPACT, impact_category="a", criticality=101)),
    good("a task has an outcome", suite("task", INCIDENT_TASK, outcome="successful", name="Remove")),
    bad("DX101", "outcome is required", suite("task", INCIDENT_TASK, name="Remove")),
    bad("DX103", "outcome is closed", suite("task", INCIDENT_TASK, outcome="fine")),
    good("who coordinates", under("incident-entities", "incident", coordinating_refs=[ref("identity")])),
    bad(
        "DX231",
        "coordinating_refs names identities",
        under("incident-entities", "incident", coordinating_refs=[ref("tool")]),
    ),
    bad("DX231", "somebody coordinates or supports", under("incident-entities", "incident")),
    good("how many were reached", under("information-impact", "impact", reach=120000, engagement={"shares": 12})),
    bad("DX231", "reach is not negative", under("information-impact", "impact", reach=-1)),
    bad("DX231", "something was measured", under("information-impact", "impact")),
]
