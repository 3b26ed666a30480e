"""What all pages share, and what one request of a known user has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request

from disarm_exchange.report.matrix import Matrix
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.accounts import User
from disarm_exchange.store.browsing import Place, readable_places
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.index_reading import TAIL, unindexed
from disarm_exchange.store.operators import is_operator
from disarm_exchange.sync.config import SyncConfig
from disarm_exchange.web.door import Door, Refused
from disarm_exchange.web.keeping import Kept
from disarm_exchange.web.keeping_up import IndexKeeper
from disarm_exchange.web.sessions import Session, Sessions


@dataclass(frozen=True)
class Site:
    """The pages of one server process.

    Args:
        database: where everything is.
        door: who checks credentials.
        title: what the server is called.
        sync_config: reads the configuration of peers; None where there is none. Read at each use: it may change.
        secure: whether people reach the server by TLS even where the request does not say so (behind a proxy).
    """

    database: Database
    door: Door
    title: str = "disarm-exchange"
    sync_config: Callable[[], SyncConfig | None] = lambda: None
    secure: bool = False
    matrices: Kept[Matrix] = field(default_factory=Kept, init=False)
    keeper: IndexKeeper = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeper", IndexKeeper(self.database))

    @cached_property
    def sessions(self) -> Sessions:
        """Signs and checks sessions; the key is made at its first use."""
        return Sessions.of(self.database)

    def is_secure(self, request: Request) -> bool:
        """Whether the reader came by TLS."""
        return self.secure or request.url.scheme == "https"


@dataclass(frozen=True)
class Call:
    """A request of a known user, in one read transaction."""

    site: Site
    request: Request
    tx: Transaction
    user: User
    session: Session | None

    @property
    def clearance(self) -> int:
        """The strictest level that the user may see."""
        return int(self.user.organisation.clearance)

    @cached_property
    def places(self) -> list[Place]:
        """The collections that the user may read."""
        return readable_places(self.tx, self.user.organisation.id)

    @cached_property
    def numbers(self) -> list[int]:
        """Their numbers."""
        return [place.number for place in self.places]

    @cached_property
    def operates(self) -> bool:
        """Whether the user may see the pages of the operator.

        They tell of things of every marking, so the organisation must run the server and be cleared for all of them.
        """
        organisation = self.user.organisation
        return organisation.clearance is Tlp.RED and is_operator(self.tx, organisation.id)

    def keep_up(self) -> bool:
        """Have the index follow what was published since; whether it lags so much that this page lacks something."""
        lacking = unindexed(self.tx, self.numbers)
        if lacking:
            self.site.keeper.kick()
        return lacking > TAIL

    def must_operate(self) -> None:
        """For the pages of the operator.

        Raises:
            Refused: 403.
        """
        if not self.operates:
            raise Refused(403, "This page is for the people who run this server, cleared for TLP:RED.")

    def asked(self, name: str, longest: int = 500) -> str:
        """A query parameter, cut to size; empty where it is missing."""
        text = self.request.query_params.get(name, "")[:longest]
        return "" if "\0" in text else text

    def asked_number(self, name: str) -> int | None:
        """A query parameter that is a whole number; None where it is missing or none."""
        text = self.asked(name, 20)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
