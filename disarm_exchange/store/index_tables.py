"""The tables of the index: what searching and counting need beyond the objects themselves.

The index follows each collection in the order of `date_added`, some time after publishing, and may be thrown away and
built again. Rows of it say only what the content of a version says, which never changes; how widely a version is
shared and whether it is the newest is always asked of `object_versions`. Counts by type cannot be asked live at a
million objects: they are kept, and every change of the standing of a version that is counted already is noted by a
trigger until the index takes it in.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    event,
)

from disarm_exchange.store.tables import metadata, object_versions

_Serial = BigInteger().with_variant(Integer, "sqlite")
# Compared byte by byte, so that a prefix is a range.
_Term = String(100).with_variant(String(100, collation="C"), "postgresql")

index_marks = Table(
    "index_marks",
    metadata,
    Column("collection", BigInteger, primary_key=True, autoincrement=False),
    # The date_added of the newest version that is in the index.
    Column("upto", BigInteger, nullable=False),
)

type_counts = Table(
    "type_counts",
    metadata,
    Column("collection", BigInteger, nullable=False),
    Column("type", String(250), nullable=False),
    Column("level", SmallInteger, nullable=False),
    # How many objects, each in its newest version.
    Column("objects", BigInteger, nullable=False),
    PrimaryKeyConstraint("collection", "type", "level"),
)

standing_changes = Table(
    "standing_changes",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("collection", BigInteger, nullable=False),
    Column("date_added", BigInteger, nullable=False),
    Column("type", String(250), nullable=False),
    # The level at which the version counted before and after; null: not at all (not the newest, deleted).
    Column("before", SmallInteger),
    Column("after", SmallInteger),
    Index(None, "collection", "date_added"),
)

search_terms = Table(
    "search_terms",
    metadata,
    Column("collection", BigInteger, nullable=False),
    # A word of a name, or `=` and a whole value.
    Column("term", _Term, nullable=False),
    # Of the version that has it.
    Column("date_added", BigInteger, nullable=False),
    PrimaryKeyConstraint("collection", "term", "date_added"),
    sqlite_with_rowid=False,
)

technique_links = Table(
    "technique_links",
    metadata,
    Column("collection", BigInteger, nullable=False),
    # Of the version that says so.
    Column("date_added", BigInteger, nullable=False),
    # The attack-pattern, and who uses it (`uses`) or names it (`lists`); `revoked`: the object itself, twice.
    Column("pattern", String(300), nullable=False),
    Column("user", String(300), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("findings", BigInteger, nullable=False),
    Column("confidence", SmallInteger),
    Column("framework", String(20)),
    PrimaryKeyConstraint("collection", "date_added", "pattern"),
    Index(None, "collection", "pattern", "date_added"),
    Index(None, "collection", "user", "date_added"),
)

STANDING_TRIGGERS = {
    "sqlite": [
        """
        CREATE TRIGGER object_versions_standing_changed AFTER UPDATE OF level, newest ON object_versions
        WHEN (OLD.level <> NEW.level OR OLD.newest <> NEW.newest)
             AND EXISTS (SELECT 1 FROM index_marks WHERE collection = NEW.collection)
        BEGIN
          INSERT INTO standing_changes (collection, date_added, type, before, after)
          VALUES (NEW.collection, NEW.date_added, NEW.type,
                  CASE WHEN OLD.newest THEN OLD.level END, CASE WHEN NEW.newest THEN NEW.level END);
        END
        """,
        """
        CREATE TRIGGER object_versions_standing_ended AFTER DELETE ON object_versions
        WHEN OLD.newest AND EXISTS (SELECT 1 FROM index_marks WHERE collection = OLD.collection)
        BEGIN
          INSERT INTO standing_changes (collection, date_added, type, before, after)
          VALUES (OLD.collection, OLD.date_added, OLD.type, OLD.level, NULL);
        END
        """,
    ],
    "postgresql": [
        """
        CREATE FUNCTION object_versions_note_standing() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
          IF EXISTS (SELECT 1 FROM index_marks WHERE collection = OLD.collection) THEN
            INSERT INTO standing_changes (collection, date_added, type, before, after)
            VALUES (OLD.collection, OLD.date_added, OLD.type,
                    CASE WHEN OLD.newest THEN OLD.level END,
                    CASE WHEN TG_OP = 'UPDATE' AND NEW.newest THEN NEW.level END);
          END IF;
          RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER object_versions_standing_changed AFTER UPDATE OF level, newest ON object_versions
        FOR EACH ROW WHEN (OLD.level <> NEW.level OR OLD.newest <> NEW.newest)
        EXECUTE FUNCTION object_versions_note_standing()
        """,
        """
        CREATE TRIGGER object_versions_standing_ended AFTER DELETE ON object_versions
        FOR EACH ROW WHEN (OLD.newest) EXECUTE FUNCTION object_versions_note_standing()
        """,
    ],
}
"""What notes changes of standing, for each kind of database."""

standing_changes.add_is_dependent_on(object_versions)
for _dialect, _statements in STANDING_TRIGGERS.items():
    for _statement in _statements:
        event.listen(standing_changes, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
