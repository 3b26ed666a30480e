"""The main job from end to end, on the sample cases: what `demo` runs.

North Watch converts its findings, checks them, and publishes them to its own TAXII server, which this process runs on
loopback. South Desk subscribes to it and pulls. Both are real: two databases, HTTP between them, passwords.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from disarm_exchange.convert.job import Job, Result, convert_files
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Clearance
from disarm_exchange.report.content import content_of
from disarm_exchange.report.graph import graph_of
from disarm_exchange.report.html_report import html_report
from disarm_exchange.report.source import open_source
from disarm_exchange.report.unmapped import Unmapped
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.reading import read_records
from disarm_exchange.store import Database, add_collection, find_collection, iter_objects
from disarm_exchange.store.access import add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation, add_user
from disarm_exchange.sync.publish import PublishReport, publish
from disarm_exchange.sync.pull import PullReport, pull_into_database
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import find_collection as find_remote
from disarm_exchange.taxii.client.secrets import Credentials, Secret
from disarm_exchange.taxii.server import create_app, run_server
from disarm_exchange.taxii.server.checking import refusal_of
from disarm_exchange.validate import Severity, validate

SAMPLES = ("harbour-echo/findings.csv", "paper-lantern/findings.tsv")
_PRODUCER, _CONSUMER = "north-watch", "south-desk"
_ROOT, _ALIAS = "exchange", "takedowns"
_LOCAL = "from-north-watch"


@dataclass(slots=True)
class Journey:
    """What happened, step by step.

    Attributes:
        conversions: one per sample case.
        errors: of the validation, over all bundles.
        published: one report per bundle.
        pulled: the first pull of the second organisation.
        again: its second pull, which finds nothing new.
        sent: (id, version) of every object published.
        received: (id, version) of every object the second organisation holds.
        report: the page that South Desk makes of what it received.
        identical: whether they are the same objects, byte for byte.
        seconds: by step.
    """

    conversions: list[Result] = field(default_factory=list)
    errors: int = 0
    published: list[PublishReport] = field(default_factory=list)
    pulled: PullReport | None = None
    again: PullReport | None = None
    sent: set[tuple[str, str]] = field(default_factory=set)
    received: list[tuple[str, str]] = field(default_factory=list)
    report: Path | None = None
    identical: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the second organisation holds exactly what was published, each object once."""
        return (
            self.errors == 0
            and all(report.complete for report in self.published)
            and self.identical
            and len(self.received) == len(self.sent)
            and self.again is not None
            and self.again.new == 0
        )


def run_journey(folder: Path, on_step: Callable[[str], None]) -> Journey:
    """Run it in a folder, made where there is none; files of an earlier run are replaced.

    Args:
        folder: where bundles, accounts and the two databases go.
        on_step: is told the name of each step as it begins.

    Raises:
        UserError: the folder cannot be used.
    """
    _prepare(folder)
    journey = Journey()

    @contextmanager
    def step(name: str) -> Iterator[None]:
        on_step(name)
        begun = time.perf_counter()
        yield
        journey.seconds[name] = time.perf_counter() - begun

    with step("convert"):
        journey.conversions = [_convert(data_folder("samples") / sample, folder) for sample in SAMPLES]
    bundles = [result.bundle for result in journey.conversions]
    with step("validate"):
        journey.errors = sum(_errors(bundle) for bundle in bundles)
    with Database.open(folder / f"{_PRODUCER}.db") as ours, Database.open(folder / f"{_CONSUMER}.db") as theirs:
        passwords = _open_house(ours)
        with run_server(create_app(ours, check_object=refusal_of)) as url:
            with step("publish"), _connect(url, _PRODUCER, passwords) as connection:
                collection = find_remote(connection, f"{url}/taxii2/", _ALIAS, write=True)
                journey.published = [
                    publish(bundle, connection, collection, Clearance(Tlp.AMBER)) for bundle in bundles
                ]
            with _connect(url, _CONSUMER, passwords) as connection:
                collection = find_remote(connection, f"{url}/taxii2/", _ALIAS)
                with step("pull"):
                    journey.pulled = pull_into_database(connection, collection, theirs, alias=_LOCAL)
                with step("pull again"):
                    journey.again = pull_into_database(connection, collection, theirs, alias=_LOCAL)
        with step("compare"):
            _compare(journey, bundles, theirs)
    with step("report"):
        journey.report = _report(folder)
    return journey


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (_PRODUCER, _CONSUMER):
            for suffix in (".db", ".db-wal", ".db-shm"):
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"cannot be used: {error.strerror}", where=str(folder)) from None


def _convert(findings: Path, folder: Path) -> Result:
    name = findings.parent.name
    return convert_files(Job((findings,), folder / f"{name}.json", account=folder / f"{name}.account.jsonl"))


def _errors(bundle: Path) -> int:
    issues = validate((record.item for record in read_records(bundle)), profile="exchange")
    return sum(issue.severity is Severity.ERROR for issue in issues)


def _open_house(database: Database) -> dict[str, Secret]:
    """The producer's server: one collection that it writes and its partner reads."""
    passwords = {name: Secret(secrets.token_urlsafe(24)) for name in (_PRODUCER, _CONSUMER)}
    with database.write() as tx:
        root = add_api_root(tx, _ROOT, title="Exchange")
        collection = add_collection(tx, title="Takedowns", alias=_ALIAS, api_root=root)
        for name, may_write in ((_PRODUCER, True), (_CONSUMER, False)):
            organisation = add_organisation(tx, name, clearance=Tlp.AMBER)
            add_user(tx, organisation, name, password=passwords[name].reveal())
            set_grant(tx, collection, organisation.id, can_read=True, can_write=may_write)
    return passwords


def _connect(url: str, user: str, passwords: dict[str, Secret]) -> Connection:
    return Connection(url, credentials=Credentials(passwords[user], user=user))


def _compare(journey: Journey, bundles: list[Path], theirs: Database) -> None:
    sent = {}
    for bundle in bundles:
        for record in read_records(bundle):
            assert isinstance(record.item, dict)
            sent[_key(record.item)] = record.raw
    with theirs.read() as tx:
        local = find_collection(tx, _LOCAL)
    assert local is not None
    received = [(_key(stored.parse()), stored.body) for stored in iter_objects(theirs, local.number)]
    journey.sent = set(sent)
    journey.received = [key for key, _ in received]
    journey.identical = dict(received) == sent


def _report(folder: Path) -> Path:
    database, page = folder / f"{_CONSUMER}.db", folder / "report.html"
    source = open_source(database, collections=[_LOCAL])
    content = content_of(source, "Received from North Watch")
    page.write_text(html_report(content, graph_of(source.objects), Unmapped(), database.name), encoding="utf-8")
    return page


def _key(item: dict[str, object]) -> tuple[str, str]:
    return str(item["id"]), str(item.get("modified") or item.get("created") or "")
