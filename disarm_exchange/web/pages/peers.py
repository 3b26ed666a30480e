"""The peers: lag, last error, history, and what is waiting to be shared. For those who run the server."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson

from disarm_exchange.report.shown import one_line, title_of
from disarm_exchange.store.runs import list_runs
from disarm_exchange.sync.outgoing import Item, Outgoing, plan
from disarm_exchange.sync.state import states
from disarm_exchange.web.door import Refused
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call

_RUNS = 20
_LISTED = 50


def show_peers(call: Call) -> Shown:
    """`/web/peers/`."""
    call.must_operate()
    config = call.site.sync_config()
    found = [] if config is None else states(call.site.database, config, now=datetime.now(UTC))
    return Shown("peers.html", {"configured": config is not None, "peers": found, "span": span})


def show_peer(call: Call) -> Shown:
    """`/web/peers/NAME/`: its history, and what would go to it now."""
    call.must_operate()
    config = call.site.sync_config()
    name = call.request.path_params["peer"]
    if config is None or name not in config.peers:
        raise Refused(404, "There is no such peer in the configuration.")
    peer = config.peers[name]
    now = datetime.now(UTC)
    state = next(one for one in states(call.site.database, config, now=now) if one.peer == name)
    shown: dict[str, object] = {"peer": peer, "state": state, "span": span, "planned": None}
    shown["runs"] = list_runs(call.tx, peer=name, limit=_RUNS)
    if peer.policy is not None and call.asked("preview", 5) == "yes":
        policy = config.policy(peer.policy)
        shown |= _planned(plan(call.site.database, peer, policy, config.identities, now=now, preview=True))
    return Shown("peer.html", shown)


def _planned(outgoing: Outgoing) -> dict[str, object]:
    """A plan, cut to what fits a page; of what would go no more is held at once than a part."""
    going: list[tuple[str, str, str, str, str]] = []
    staying: list[tuple[str, str, str]] = []
    rules: Counter[str] = Counter()
    would_go = 0
    for kept, part in outgoing.decisions():
        rules.update(one.rule for one in kept)
        staying += [(one.id, one.rule, one_line(one.reason, 300)) for one in kept[: _LISTED - len(staying)]]
        would_go += len(part)
        going += [_going(item) for item in part[: _LISTED - len(going)]]
    for found, rule in ((outgoing.refused, "not valid"), (outgoing.unrecallable, "cannot be recalled")):
        staying += [(stix_id, rule, one_line(reason, 300)) for stix_id, reason in found[:_LISTED]]
    return {
        "planned": {
            "considered": outgoing.considered,
            "would_go": would_go,
            "there_already": outgoing.held,
            "theirs": outgoing.theirs,
            "withheld": outgoing.withheld + len(outgoing.refused) + outgoing.unaddressed,
        },
        "rules": sorted(rules.items()),
        "going": going,
        "staying": staying,
    }


def _going(item: Item) -> tuple[str, str, str, str, str]:
    form = "recalled" if item.holding.how == "recalled" else "changed" if item.changed else "as it is"
    parcel = item.parcel
    return item.holding.source_id, parcel.kind, title_of(orjson.loads(parcel.raw)), parcel.version, form


def span(length: timedelta | None) -> str:
    """A span of time in its two largest units."""
    if length is None:
        return ""
    left = max(round(length.total_seconds()), 0)
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
