"""A collection served over real HTTP with the faults that real servers have, each one to be switched on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.taxii.client.scripted import Asked, Reply

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


def moment(number: float) -> str:
    """That many seconds after the beginning, as TAXII writes it."""
    return (BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Quirks:
    """What the server does wrong."""

    gives_next: bool = True
    inclusive: bool = False
    ignores_limit: bool = False
    ignores_next: bool = False
    ignores_added_after: bool = False
    always_more: bool = False
    no_dates: bool = False
    most: int = 1000
    bundle: bool = False
    token: str = "p{}"
    unordered: bool = False
    spends_tokens: bool = False
    """Like medallion: one token for the whole walk; asking again gives the next page."""


@dataclass
class Collection:
    """Objects with their dates; a responder for `scripted`."""

    objects: list[tuple[float, dict[str, object]]]
    quirks: Quirks = field(default_factory=Quirks)
    server_time: str = "Tue, 01 Dec 2026 00:00:00 GMT"
    _walks: dict[str, list[tuple[float, dict[str, object]]]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Reply:
        quirks = self.quirks
        limit = len(self.objects) + 1 if quirks.ignores_limit else min(int(asked["limit"] or 10**9), quirks.most)
        token = asked["next"]
        if quirks.spends_tokens and token is not None:
            if token not in self._walks:
                return Reply(b'{"title":"next not valid"}', 400)
            rest = self._walks[token]
        else:
            rest = self._matching(asked)
            if token is not None and not quirks.ignores_next:
                rest = rest[int(token.strip("p-")) :]
        page, left = rest[:limit], rest[limit:]
        more = bool(left) or quirks.always_more
        content: dict[str, object] = {"objects": [item for _, item in page]} if page else {}
        if quirks.bundle:
            content |= {"type": "bundle", "id": "bundle--1"}
        if more:
            content["more"] = True
        if more and quirks.gives_next:
            if quirks.spends_tokens:
                content["next"] = token = token or f"{len(self._walks):032x}"
                self._walks[token] = left
            else:
                done = int(token.strip("p-")) if token and not quirks.ignores_next else 0
                content["next"] = quirks.token.format(done + len(page))
        headers = {"Date": self.server_time}
        if page and not quirks.no_dates:
            headers["X-TAXII-Date-Added-First"] = moment(page[0][0])
            headers["X-TAXII-Date-Added-Last"] = moment(page[-1][0])
        return Reply(json.dumps(content).encode(), 200, headers)

    def _matching(self, asked: Asked) -> list[tuple[float, dict[str, object]]]:
        after = asked["added_after"]
        rest = self.objects if self.quirks.unordered else sorted(self.objects, key=lambda entry: entry[0])
        if after is None or self.quirks.ignores_added_after:
            return list(rest)
        return [
            (date, item)
            for date, item in rest
            if moment(date) > after or (self.quirks.inclusive and moment(date) == after)
        ]


def numbered(dates: Sequence[float], begin: int = 0) -> list[tuple[float, dict[str, object]]]:
    """One object for each date."""
    return [
        (
            date,
            {
                "type": "url",
                "id": f"url--00000000-0000-4000-8000-{begin + number:012d}",
                "value": f"https://a/{number}",
            },
        )
        for number, date in enumerate(dates)
    ]
