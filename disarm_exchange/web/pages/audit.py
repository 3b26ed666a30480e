"""The audit log, newest first. For those who run the server."""

from __future__ import annotations

from disarm_exchange.store.audit import page_of_events
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call

_PAGE = 100


def show_audit(call: Call) -> Shown:
    """`/web/audit/`; `outcome` and `organisation` choose, `before` pages."""
    call.must_operate()
    outcome, organisation = call.asked("outcome", 10), call.asked("organisation", 250)
    events = page_of_events(
        call.tx,
        outcome=outcome if outcome in ("done", "denied") else None,
        organisation=organisation or None,
        before=call.asked_number("before"),
        limit=_PAGE + 1,
    )
    return Shown(
        "audit.html",
        {
            "events": [event for _, event in events[:_PAGE]],
            "outcome": outcome,
            "organisation": organisation,
            "older": events[_PAGE - 1][0] if len(events) > _PAGE else None,
            "before": call.asked_number("before"),
        },
    )
