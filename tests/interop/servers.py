"""Real servers on loopback: medallion 3.0 (OASIS's own, as it comes from PyPI) and ours."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection
from disarm_exchange.store.access import add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation, add_user
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.retry import RetryPolicy
from disarm_exchange.taxii.client.secrets import Credentials, Secret
from disarm_exchange.taxii.server import create_app, run_server

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
FEEDBACK = "52892447-4d7e-4f70-b94d-d7f22742ff63"
USER, PASSWORD = "anna", "a good long password"
TAXII = "application/taxii+json;version=2.1"


@dataclass(frozen=True)
class Site:
    """A running server with one collection that `USER` may read and write."""

    url: str
    api_root: str

    def connect(self) -> Connection:
        retry = RetryPolicy(sleep=lambda _seconds: None)
        return Connection(self.url, credentials=Credentials(Secret(PASSWORD), user=USER), retry=retry)


@contextmanager
def medallion_site(page_size: int = 20, session_timeout: int = 30) -> Iterator[Site]:
    """A medallion with its memory backend; `Shared` and `Feedback` are empty."""
    import medallion
    from medallion.backends.memory_backend import MemoryBackend
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
            pass

    logging.getLogger("medallion").setLevel(logging.CRITICAL)
    app = medallion.application_instance
    app.taxii_config = {"max_page_size": page_size}
    app.users_backend = {USER: PASSWORD}
    app.medallion_backend = MemoryBackend(session_timeout=session_timeout, check_interval=0.02)
    app.medallion_backend.data = {
        "/discovery": {"title": "Medallion", "api_roots": ["/trust/"], "default": "/trust/"},
        "trust": {
            "information": {"title": "Trust", "versions": [TAXII], "max_content_length": 100_000},
            "status": [],
            "collections": [
                {
                    "id": collection,
                    "title": title,
                    "can_read": True,
                    "can_write": True,
                    "media_types": [],
                    "objects": [],
                    "manifest": [],
                }
                for collection, title in ((COLLECTION, "Shared"), (FEEDBACK, "Feedback"))
            ],
        },
    }
    with contextlib.suppress(ValueError, AssertionError):  # the application is one per process
        medallion.register_blueprints(app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}", "/trust/")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def own_site(folder: Path, clearance: Tlp = Tlp.RED) -> Iterator[Site]:
    """Our own server over SQLite, empty."""
    with Database.open(folder / "server.db") as database:
        with database.write() as tx:
            root = add_api_root(tx, "trust", "Trust")
            collection = add_collection(tx, "Shared", api_root=root, alias="shared", collection_id=COLLECTION)
            organisation = add_organisation(tx, "us", clearance=clearance)
            add_user(tx, organisation, USER, password=PASSWORD)
            set_grant(tx, collection, organisation.id, can_read=True, can_write=True)
        with run_server(create_app(database)) as url:
            yield Site(url, "/trust/")
