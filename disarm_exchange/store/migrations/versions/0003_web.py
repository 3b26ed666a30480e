"""The index behind the web pages, their sessions, and who operates the server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TRIGGERS = {
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

_TERM = sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "signing_keys",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "ended_sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_sessions")),
    )
    op.create_index(op.f("ix_ended_sessions_expires_at"), "ended_sessions", ["expires_at"])
    op.create_table(
        "operators",
        sa.Column("organisation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_operators_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_operators")),
    )
    op.create_table(
        "index_marks",
        sa.Column("collection", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("collection", name=op.f("pk_index_marks")),
    )
    op.create_table(
        "type_counts",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=250), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "type", "level", name=op.f("pk_type_counts")),
    )
    op.create_table(
        "standing_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("date_added", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=250), nullable=False),
        sa.Column("before", sa.SmallInteger(), nullable=True),
        sa.Column("after", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_changes")),
    )
    op.create_index(op.f("ix_standing_changes_collection_date_added"), "standing_changes", ["collection", "date_added"])
    op.create_table(
        "search_terms",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("term", _TERM, nullable=False),
        sa.Column("date_added", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "term", "date_added", name=op.f("pk_search_terms")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "technique_links",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("date_added", sa.BigInteger(), nullable=False),
        sa.Column("pattern", sa.String(length=300), nullable=False),
        sa.Column("user", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("findings", sa.BigInteger(), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=True),
        sa.Column("framework", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("collection", "date_added", "pattern", name=op.f("pk_technique_links")),
    )
    op.create_index(
        op.f("ix_technique_links_collection_pattern_date_added"),
        "technique_links",
        ["collection", "pattern", "date_added"],
    )
    op.create_index(
        op.f("ix_technique_links_collection_user_date_added"),
        "technique_links",
        ["collection", "user", "date_added"],
    )
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
