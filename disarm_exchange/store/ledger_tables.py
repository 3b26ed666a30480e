"""The tables of the ledger: what a case has exported so far, and from which records."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from disarm_exchange.store.tables import metadata

ledger_cases = Table(
    "ledger_cases",
    metadata,
    Column("case_id", String(100), primary_key=True),
    Column("name", Text, nullable=False),
    Column("last_run", Integer, nullable=False),
)

ledger_runs = Table(
    "ledger_runs",
    metadata,
    Column("case_id", String(100), nullable=False),
    Column("run", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("release", String(20), nullable=False),
    # JSON: the files read, and the counts of what the run changed.
    Column("inputs", Text, nullable=False),
    Column("changes", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "run"),
)

ledger_objects = Table(
    "ledger_objects",
    metadata,
    Column("case_id", String(100), nullable=False),
    Column("object_id", String(300), nullable=False),
    Column("type", String(250), nullable=False),
    # Over the object without its times: equal digests mean that nothing was said anew.
    Column("digest", LargeBinary(16), nullable=False),
    Column("created", String(40)),
    Column("modified", String(40)),
    Column("revoked", Boolean, nullable=False),
    Column("last_run", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("case_id", "object_id"),
    Index(None, "object_id"),
    Index(None, "case_id", "last_run"),
)

ledger_versions = Table(
    "ledger_versions",
    metadata,
    Column("case_id", String(100), nullable=False),
    Column("object_id", String(300), nullable=False),
    Column("run", Integer, nullable=False),
    Column("modified", String(40)),
    # new, changed or revoked
    Column("change", String(10), nullable=False),
    PrimaryKeyConstraint("case_id", "object_id", "run"),
)

ledger_records = Table(
    "ledger_records",
    metadata,
    Column("case_id", String(100), nullable=False),
    # Number of the account line within the case's newest run.
    Column("line", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("case_id", "line"),
)

ledger_sources = Table(
    "ledger_sources",
    metadata,
    Column("object_id", String(300), nullable=False),
    Column("case_id", String(100), nullable=False),
    Column("line", Integer, nullable=False),
    PrimaryKeyConstraint("object_id", "case_id", "line"),
)
