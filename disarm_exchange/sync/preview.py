"""What would go to a peer and what not, for people to read before anything is sent. Writes nothing, asks nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from disarm_exchange.policy import Withheld
from disarm_exchange.store import Database
from disarm_exchange.sync.config import Peer, SyncConfig
from disarm_exchange.sync.outgoing import Item, Outgoing, plan


@dataclass(slots=True)
class Preview:
    """A plan in words. It is decided while `decisions` is iterated over; its counts are right at the end of that.

    Args:
        peer: the recipient.
        policy: the name of the policy.
        outgoing: the plan.
        going: how many objects would go, revocations of recalled objects included.
        rules: how many objects each rule keeps home.
    """

    peer: str
    policy: str
    outgoing: Outgoing
    going: int = 0
    rules: Counter[str] = field(default_factory=Counter)

    def decisions(self) -> Iterator[Withheld | Item]:
        """What would stay, and after that what would go; once."""
        for staying, going in self.outgoing.decisions():
            self.rules.update(one.rule for one in staying)
            yield from staying
            self.going += len(going)
            yield from going

    def counts(self) -> dict[str, int]:
        """How many objects of each fate."""
        outgoing = self.outgoing
        return {
            "considered": outgoing.considered,
            "would_go": self.going,
            "there_already": outgoing.held,
            "theirs": outgoing.theirs,
            "no_feedback": outgoing.unaddressed,
            "withheld": self.rules.total(),
            "stays_there": outgoing.stays_there,
            "not_valid": len(outgoing.refused),
            "cannot_be_recalled": len(outgoing.unrecallable),
        }

    def json(self) -> Iterator[bytes]:
        """As JSON, piece by piece, one object a line; the counts come last, since only then are they known.

        Each object that would go stands in it in the form in which it would; each that would not, with the rule.
        """
        yield b'{\n"peer": %b,\n"policy": %b,\n"withheld": [' % (orjson.dumps(self.peer), orjson.dumps(self.policy))
        lines = _Lines()
        before: type[Withheld | Item] = Withheld
        for one in self.decisions():
            if isinstance(one, Withheld):
                told: dict[str, object] = {"id": one.id, "version": one.version, "rule": one.rule, "reason": one.reason}
                yield lines.line(told)
            else:
                if before is Withheld:
                    before = Item
                    yield lines.next_list("would_go")
                yield lines.line(_going(one))
        if before is Withheld:
            yield lines.next_list("would_go")
        for name, remarks in (
            ("not_valid", self.outgoing.refused),
            ("cannot_be_recalled", self.outgoing.unrecallable),
        ):
            yield lines.next_list(name)
            for stix_id, reason in remarks:
                yield lines.line({"id": stix_id, "reason": reason})
        yield lines.end() + b',\n"counts": %b\n}\n' % orjson.dumps(self.counts())


class _Lines:
    """The entries of one JSON list after the other."""

    def __init__(self) -> None:
        self._count = 0

    def line(self, entry: dict[str, object]) -> bytes:
        self._count += 1
        return (b",\n  " if self._count > 1 else b"\n  ") + orjson.dumps(entry)

    def end(self) -> bytes:
        return b"\n]" if self._count else b"]"

    def next_list(self, name: str) -> bytes:
        text = self.end() + b',\n"%b": [' % name.encode()
        self._count = 0
        return text


def _going(one: Item) -> dict[str, object]:
    return {
        "id": one.parcel.id,
        "version": one.parcel.version,
        "type": one.parcel.kind,
        "to": one.to,
        "made_from": one.holding.source_id,
        "changed": one.changed,
        "recall": one.holding.how == "recalled",
        "object": one.parcel.raw.decode(),
    }


def preview(database: Database, config: SyncConfig, peer: Peer, *, now: datetime) -> Preview:
    """Plan a push without carrying it out.

    Raises:
        UserError: the peer has no policy, or a collection or key that it names is not there.
    """
    name = peer.policy or ""
    policy = config.policy(name)
    return Preview(peer.name, name, plan(database, peer, policy, config.identities, now=now, preview=True))
