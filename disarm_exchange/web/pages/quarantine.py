"""What waits in quarantine for a decision, and what is in conflict. For those who run the server."""

from __future__ import annotations

from disarm_exchange.report.shown import visible
from disarm_exchange.store.peers import list_conflicts
from disarm_exchange.store.pull import list_quarantine
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call

_MOST = 200
_LONGEST = 4000


def show_quarantine(call: Call) -> Shown:
    """`/web/quarantine/`; `peer` shows only what came from one."""
    call.must_operate()
    peer = call.asked("peer", 100) or None
    waiting = list_quarantine(call.tx, peer=peer, limit=_MOST + 1)
    conflicts = list_conflicts(call.tx, peer=peer, limit=_MOST + 1)
    return Shown(
        "quarantine.html",
        {
            "peer": peer,
            "waiting": waiting[:_MOST],
            "conflicts": conflicts[:_MOST],
            "more": len(waiting) > _MOST or len(conflicts) > _MOST,
            "most": _MOST,
            "text_of": body_text,
        },
    )


def body_text(body: bytes) -> str:
    """Received bytes as harmless text, cut to size: they may be anything."""
    text = bytes(body[: _LONGEST + 1]).decode("utf-8", "backslashreplace")
    shown = "\n".join(visible(line) for line in text[:_LONGEST].split("\n"))
    return shown + ("…" if len(text) > _LONGEST else "")
