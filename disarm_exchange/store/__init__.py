"""The database: tables, engines (SQLite, PostgreSQL), the one place that writes objects.

What may enter: objects (dicts and their bytes) and who brought them. This room knows nothing of TAXII.

    with Database.open("exchange.db") as database:              # or postgresql://user@host/name
        with database.write() as tx:                            # all or nothing; `tx.nested()` is a savepoint
            collection = local_collection(tx, "from-acme")
            ingest_page(tx, collection, objects, Checkpoint("acme", "their-id", added_after, None))
        for stored in iter_objects(database, collection.number):
            stored.body, stored.parse()

- `database`: `Database.open/read/write/close`, `Transaction.nested`
- `access`: API roots, collections (`add_collection`, `local_collection`, `find_collection`), grants
- `accounts`: organisations, users, API tokens
- `incoming`: `read_object` (the structural check, and what is indexed), `ObjectError`
- `writer`: `add_objects`, `delete_versions`: the only place that gives out `date_added`
- `query`, `reader`: `Filter`, `read_bodies`, `read_records`, `iter_objects`, `latest_object`
- `pull`: `ingest_page`, checkpoints, quarantine
- `statuses`: status resources of publish requests
- `audit`: who wrote what, who was denied what; rows are only ever added
- `markings`, `mentions`, `versions`: the sharing level by which all reading is filtered
- `recalls`: what is called back from readers who could see an object and cannot any more
- `vocabulary`: techniques, platforms and places are shown with the objects that use them
- `browsing`, `index_reading`: what pages for people ask; `indexing` keeps the index behind them up with the collections
- `operators`, `sessions`: who runs the server; the log-in of the pages
- `schema`, `migrations`: which tables there are; a change of them is a migration and a new `HEAD`
- `checking`, `copying`: is all well; backup, and moving between SQLite and PostgreSQL
"""

from disarm_exchange.store.access import Collection, add_collection, find_collection, local_collection
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.incoming import Incoming, ObjectError, read_object, write_object
from disarm_exchange.store.pull import (
    Checkpoint,
    PageResult,
    add_to_quarantine,
    clear_checkpoint,
    get_checkpoint,
    ingest_page,
    list_quarantine,
    set_checkpoint,
)
from disarm_exchange.store.query import Filter, Keyword
from disarm_exchange.store.reader import StoredObject, iter_objects, latest_object
from disarm_exchange.store.writer import Outcome, Stored, add_objects

__all__ = [
    "Checkpoint",
    "Collection",
    "Database",
    "Filter",
    "Incoming",
    "Keyword",
    "ObjectError",
    "Outcome",
    "PageResult",
    "Stored",
    "StoredObject",
    "Transaction",
    "add_collection",
    "add_objects",
    "add_to_quarantine",
    "clear_checkpoint",
    "find_collection",
    "get_checkpoint",
    "ingest_page",
    "iter_objects",
    "latest_object",
    "list_quarantine",
    "local_collection",
    "read_object",
    "set_checkpoint",
    "write_object",
]
