"""The peers: lag, last error, history, and what is waiting to be shared. For those who run the server."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson

from disarm_exchange.report.shown import one_line, title_of
from disarm_exchange.store.runs import list_runs
from disarm_exchange.sync.preview import preview
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
        shown |= _planned(preview(call.site.database, config, peer, now=now).to_dict())
    return Shown("peer.html", shown)


def _planned(said: dict[str, object]) -> dict[str, object]:
    """What a preview says, cut to what fits a page."""
    going, staying = _rows(said["would_go"]), _rows(said["withheld"])
    rules = Counter(str(row["rule"]) for row in staying)
    others = [
        (str(row["id"]), title, one_line(row["reason"], 300))
        for key, title in (("not_valid", "not valid"), ("cannot_be_recalled", "cannot be recalled"))
        for row in _rows(said[key])
    ]
    return {
        "planned": said["counts"],
        "rules": sorted(rules.items()),
        "going": [_going(row) for row in going[:_LISTED]],
        "staying": [
            *((str(row["id"]), str(row["rule"]), one_line(row["reason"], 300)) for row in staying[:_LISTED]),
            *others[:_LISTED],
        ],
    }


def _going(row: dict[str, object]) -> tuple[str, str, str, str, str]:
    item = orjson.loads(str(row["object"]))
    form = "recalled" if row["recall"] else "changed" if row["changed"] else "as it is"
    return str(row["made_from"]), str(row["type"]), title_of(item), str(row["version"]), form


def _rows(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


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
