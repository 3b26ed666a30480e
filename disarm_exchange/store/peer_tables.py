"""The tables of synchronisation: what each peer holds, where pushing left off, runs, leases, conflicts."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from disarm_exchange.store.tables import metadata

_Serial = BigInteger().with_variant(Integer, "sqlite")

peer_objects = Table(
    "peer_objects",
    metadata,
    Column("peer", String(100), nullable=False),
    # As the peer has it: id and version; of an object without versions the digest of its content.
    Column("stix_id", String(300), nullable=False),
    Column("version", String(80), nullable=False),
    # The object here that it was made from; redaction gives it another id there.
    Column("source_id", String(300), nullable=False),
    # How we know: `pulled` from there, `pushed` there, `recalled`: pushed as a revocation.
    Column("how", String(10), nullable=False),
    # Under which policy it was pushed (a fingerprint).
    Column("policy", String(16)),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("peer", "stix_id", "version"),
    Index(None, "peer", "source_id"),
)

push_marks = Table(
    "push_marks",
    metadata,
    Column("peer", String(100), nullable=False),
    Column("collection", BigInteger, nullable=False),
    # The newest date_added of the collection when all of it was last considered, and the policy then.
    Column("date_added", BigInteger, nullable=False),
    Column("policy", String(16), nullable=False),
    PrimaryKeyConstraint("peer", "collection"),
)

push_failures = Table(
    "push_failures",
    metadata,
    Column("peer", String(100), nullable=False),
    Column("stix_id", String(300), nullable=False),
    Column("version", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("peer", "stix_id", "version"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("peer", String(100), nullable=False),
    Column("stix_id", String(300), nullable=False),
    Column("version", String(80), nullable=False),
    # What is in conflict: `foreign-edit`, `claims-to-be-ours`, `risen`, `two-contents`.
    Column("kind", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("peer", "stix_id", "digest"),
)

found_collections = Table(
    "found_collections",
    metadata,
    Column("peer", String(100), nullable=False),
    # What was looked for (id, alias or title), and at which URL.
    Column("name", String(300), nullable=False),
    Column("asked", Text, nullable=False),
    # The collection's own URL and id.
    Column("url", Text, nullable=False),
    Column("collection", String(300), nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("peer", "name"),
)

peer_totals = Table(
    "peer_totals",
    metadata,
    Column("peer", String(100), primary_key=True),
    # What came from the peer and was kept, and the bytes of it, since it was last counted.
    Column("objects", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("peer", String(100), nullable=False),
    Column("worker", String(200), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    # `running`, `ok`, `partial`, `failed`.
    Column("outcome", String(10), nullable=False),
    Column("counts", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "peer", "started_at"),
)
