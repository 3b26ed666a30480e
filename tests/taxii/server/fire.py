"""The order promise under fire: many writers and readers at once, and a count of what each reader got.

The readers know nothing of our server; they can be pointed at any TAXII 2.1 collection.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from tests.store.objects import indicator
from tests.taxii.server.world import TAXII

Auth = tuple[str, str]


@dataclass(frozen=True)
class Style:
    """A way to page: over objects or manifests, by `next` where it is given or by date alone, with a limit."""

    endpoint: str
    by_next: bool
    limit: int

    def __str__(self) -> str:
        return f"{self.endpoint} by {'next' if self.by_next else 'date'}, limit {self.limit}"


STYLES = [
    Style(endpoint, by_next, limit)
    for endpoint in ("objects", "manifest")
    for by_next in (True, False)
    for limit in (7, 1000)
]


@dataclass(frozen=True)
class Target:
    """A collection that may be served at several addresses."""

    urls: Sequence[str]
    path: str
    auth: Auth


@dataclass
class Battle:
    """Writers and readers of one collection, until the writers are done and the readers have caught up."""

    target: Target
    written: set[str] = field(default_factory=set)
    writing: bool = True
    faults: list[str] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def write(self, seed: int, until: Callable[[int], bool]) -> None:
        """Post envelopes of new objects; what was cut off is posted again until it is accepted."""
        chance = random.Random(seed)
        client = _Patient(self.target, chance)
        rounds = 0
        while until(rounds):
            rounds += 1
            items = [
                {**indicator(0), "id": f"indicator--{UUID(int=chance.getrandbits(128), version=4)}"}
                for _ in range(chance.choice((1, 3, 20, 60)))
            ]
            answer = client.send("POST", "objects/", json={"objects": items})
            if answer.status_code != 202 or answer.json()["success_count"] != len(items):
                self.faults.append(f"POST: {answer.status_code} {answer.text[:200]}")
                return
            with self._guard:
                self.written.update(str(item["id"]) for item in items)

    def read(self, style: Style, seed: int) -> Counter[str]:
        """Poll until the writers are done and a last look brings nothing; how often each object came."""
        client = _Patient(self.target, random.Random(seed))
        found: Counter[str] = Counter()
        position = ""
        while True:
            last_look = not self.writing
            for answer in self._pages(client, style, position):
                found.update(item["id"] for item in answer.json().get("objects", []))
                position = answer.headers.get("x-taxii-date-added-last", position)
            if last_look:
                return found

    def _pages(self, client: _Patient, style: Style, position: str) -> Iterator[httpx.Response]:
        token = ""
        while True:
            params = {"limit": str(style.limit)}
            if position:
                params["added_after"] = position
            if token:
                params["next"] = token
            answer = client.send("GET", f"{style.endpoint}/", params=params)
            if answer.status_code != 200:
                self.faults.append(f"GET {style.endpoint}: {answer.status_code} {answer.text[:200]}")
                return
            yield answer
            page = answer.json()
            if not page.get("more"):
                return
            if style.by_next and "next" in page:
                token = page["next"]
            else:
                position = answer.headers["x-taxii-date-added-last"]

    def fight(self, *, writers: int, styles: Sequence[Style], until: Callable[[int], bool]) -> dict[str, Counter[str]]:
        """Run it all; what each reader got."""
        results: dict[str, Counter[str]] = {}

        def reader(number: int, style: Style) -> None:
            results[f"{number}: {style}"] = self.read(style, 1000 + number)

        writing = [threading.Thread(target=self.write, args=(seed, until)) for seed in range(writers)]
        reading = [threading.Thread(target=reader, args=pair) for pair in enumerate(styles)]
        for thread in (*reading, *writing):
            thread.start()
        for thread in writing:
            thread.join()
        self.writing = False
        for thread in reading:
            thread.join()
        return results

    def verdict(self, results: dict[str, Counter[str]]) -> dict[str, tuple[int, int]]:
        """How many objects each reader missed, and how many came to it more than once."""
        return {
            name: (len(self.written - found.keys()), sum(count > 1 for count in found.values()))
            for name, found in results.items()
        }


class _Patient:
    """A client that asks again, elsewhere if it can, when a server is gone."""

    def __init__(self, target: Target, chance: random.Random) -> None:
        self._target = target
        self._chance = chance
        self._client = httpx.Client(auth=target.auth, headers={"Accept": TAXII, "Content-Type": TAXII}, timeout=60)

    def send(self, method: str, tail: str, **options: object) -> httpx.Response:
        while True:
            url = self._chance.choice(self._target.urls)
            try:
                answer = self._client.request(method, f"{url}{self._target.path}{tail}", **options)  # type: ignore[arg-type]
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code != 503:
                return answer
            time.sleep(0.05)
