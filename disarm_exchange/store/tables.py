"""The tables. All moments are integers: microseconds since 1970-01-01T00:00:00Z.

SQLite and PostgreSQL hold the same tables; nothing here is special to one of them.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of exactly this type.
_Serial = BigInteger().with_variant(Integer, "sqlite")

# Alembic's own table: which revision of the tables below this database has.
schema_version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))

api_roots = Table(
    "api_roots",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("max_content_length", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

collections = Table(
    "collections",
    metadata,
    Column("number", _Serial, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    # No API root: a local collection, which no server shows.
    Column("api_root_id", BigInteger, ForeignKey("api_roots.id")),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("alias", String(250)),
    # The sharing level that objects without any marking have here; nobody sees them when it is null.
    Column("unmarked_level", SmallInteger),
    # The newest date_added given out. Whoever writes objects holds this row's lock until commit.
    Column("last_date_added", BigInteger, nullable=False),
    # The date_added of the newest recall (see recalls.py); 0: there never was one.
    Column("last_recall", BigInteger, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("api_root_id", "alias"),
)

object_versions = Table(
    "object_versions",
    metadata,
    Column("collection", BigInteger, ForeignKey("collections.number"), nullable=False),
    Column("date_added", BigInteger, nullable=False),
    Column("stix_id", String(300), nullable=False),
    Column("type", String(250), nullable=False),
    Column("spec_version", String(8), nullable=False),
    # `modified`, else `created`, as the object has it; null where it has neither (its version is date_added).
    Column("version", String(40)),
    Column("version_at", BigInteger, nullable=False),
    # How widely its own markings let it be shared (a TLP value, or NOBODY; see markings.py), and how widely it
    # is shared: that, or the level of a newer version or of an object that it mentions, whichever is strictest.
    Column("own_level", SmallInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    # Of shared vocabulary (see vocabulary.py): what its level would be if it were none. Readers from `ceiling` up see
    # this version in another, older row.
    Column("floor", SmallInteger),
    Column("ceiling", SmallInteger, nullable=False),
    # Whether it is the one row of its object for whoever wants the newest version; whether it is a row of that
    # version; the widest own_level among the older versions, or NONE.
    Column("newest", Boolean, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("older_level", SmallInteger, nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    # Who brought it: `org:NAME`, `peer:KEY`, `local`.
    Column("source", String(300), nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("collection", "date_added"),
    UniqueConstraint("collection", "stix_id", "version_at", "ceiling"),
    Index(None, "collection", "type", "date_added"),
    Index(None, "collection", "version_at", "date_added"),
    Index(None, "collection", "level", "date_added"),
)

recalls = Table(
    "recalls",
    metadata,
    Column("collection", BigInteger, ForeignKey("collections.number"), nullable=False),
    # Readers of exactly this clearance see it.
    Column("clearance", SmallInteger, nullable=False),
    Column("date_added", BigInteger, nullable=False),
    Column("stix_id", String(300), nullable=False),
    Column("type", String(250), nullable=False),
    Column("spec_version", String(8), nullable=False),
    Column("version", String(40), nullable=False),
    Column("version_at", BigInteger, nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("collection", "clearance", "date_added"),
    UniqueConstraint("collection", "stix_id", "clearance"),
    Index(None, "collection", "clearance", "type", "date_added"),
    Index(None, "collection", "clearance", "version_at", "date_added"),
)

mentions = Table(
    "mentions",
    metadata,
    Column("collection", BigInteger, ForeignKey("collections.number"), nullable=False),
    # 63 bits of the UUID of the object that is mentioned.
    Column("mentioned", BigInteger, nullable=False),
    # Of the version that mentions it.
    Column("date_added", BigInteger, nullable=False),
    PrimaryKeyConstraint("collection", "mentioned", "date_added"),
    sqlite_with_rowid=False,
)

statuses = Table(
    "statuses",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("api_root_id", BigInteger, ForeignKey("api_roots.id"), nullable=False),
    Column("organisation_id", BigInteger, ForeignKey("organisations.id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("name", String(250), nullable=False, unique=True),
    Column("clearance", SmallInteger, nullable=False),
    # The newest date_added there was when the clearance was last widened; 0: before the first.
    Column("cleared_after", BigInteger, nullable=False),
    Column("requests_per_minute", Integer),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("organisation_id", BigInteger, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("name", String(250), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    # The public half of the token, by which it is found and named; the secret half is only a hash.
    Column("id", String(32), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    Column("collection", BigInteger, ForeignKey("collections.number"), nullable=False),
    Column("organisation_id", BigInteger, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("can_read", Boolean, nullable=False),
    Column("can_write", Boolean, nullable=False),
    # The newest date_added of the collection when it became readable; 0: before the first.
    Column("readable_after", BigInteger, nullable=False),
    PrimaryKeyConstraint("collection", "organisation_id"),
    CheckConstraint("can_read OR can_write", name="not_empty"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("peer", String(300), nullable=False),
    Column("collection", String(500), nullable=False),
    Column("added_after", String(40)),
    Column("next", Text),
    Column("updated_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("peer", "collection"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("collection", BigInteger, ForeignKey("collections.number"), index=True),
    Column("peer", String(300), nullable=False),
    Column("stix_id", Text),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("action", String(40), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("organisation", String(250)),
    Column("user", String(250)),
    Column("client", String(100)),
    Column("collection", String(36)),
    Column("request_id", String(128)),
    Column("detail", Text, nullable=False),
)

APPEND_ONLY = {
    "sqlite": [
        f"""
        CREATE TRIGGER audit_events_no_{verb.lower()} BEFORE {verb} ON audit_events
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END
        """
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """
        CREATE FUNCTION audit_events_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit log is only ever added to'; END $$
        """,
        """
        CREATE TRIGGER audit_events_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        EXECUTE FUNCTION audit_events_refuse()
        """,
    ],
}
"""What makes the audit log refuse changes, for each kind of database."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(audit_events, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
