"""The table of tombstones: what was erased, and does not come back with the next pull."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, PrimaryKeyConstraint, SmallInteger, String, Table

from disarm_exchange.store.tables import metadata

erased_objects = Table(
    "erased_objects",
    metadata,
    Column("collection", BigInteger, ForeignKey("collections.number"), nullable=False),
    Column("stix_id", String(300), nullable=False),
    # Versions up to this moment are not taken again; of an object without versions, none is.
    Column("upto", BigInteger, nullable=False),
    # How widely it was shared: whoever could not see it is not told that it was here.
    Column("level", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("collection", "stix_id"),
)
