"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


# The audit log refuses changes.
_APPEND_ONLY = {
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


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "api_roots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("max_content_length", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_roots")),
        sa.UniqueConstraint("name", name=op.f("uq_api_roots_name")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=250), nullable=True),
        sa.Column("user", sa.String(length=250), nullable=True),
        sa.Column("client", sa.String(length=100), nullable=True),
        sa.Column("collection", sa.String(length=36), nullable=True),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"])

    op.create_table(
        "checkpoints",
        sa.Column("peer", sa.String(length=300), nullable=False),
        sa.Column("collection", sa.String(length=500), nullable=False),
        sa.Column("added_after", sa.String(length=40), nullable=True),
        sa.Column("next", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("peer", "collection", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "ledger_cases",
        sa.Column("case_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_ledger_cases")),
    )
    op.create_table(
        "ledger_objects",
        sa.Column("case_id", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=250), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created", sa.String(length=40), nullable=True),
        sa.Column("modified", sa.String(length=40), nullable=True),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "object_id", name=op.f("pk_ledger_objects")),
    )
    op.create_index(op.f("ix_ledger_objects_case_id_last_run"), "ledger_objects", ["case_id", "last_run"])
    op.create_index(op.f("ix_ledger_objects_object_id"), "ledger_objects", ["object_id"])

    op.create_table(
        "ledger_records",
        sa.Column("case_id", sa.String(length=100), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "line", name=op.f("pk_ledger_records")),
    )
    op.create_table(
        "ledger_runs",
        sa.Column("case_id", sa.String(length=100), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("release", sa.String(length=20), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "run", name=op.f("pk_ledger_runs")),
    )
    op.create_table(
        "ledger_sources",
        sa.Column("object_id", sa.String(length=300), nullable=False),
        sa.Column("case_id", sa.String(length=100), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "case_id", "line", name=op.f("pk_ledger_sources")),
    )
    op.create_table(
        "ledger_versions",
        sa.Column("case_id", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=300), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("modified", sa.String(length=40), nullable=True),
        sa.Column("change", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "object_id", "run", name=op.f("pk_ledger_versions")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("clearance", sa.SmallInteger(), nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name", name=op.f("uq_organisations_name")),
    )
    op.create_table(
        "collections",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("api_root_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("alias", sa.String(length=250), nullable=True),
        sa.Column("unmarked_level", sa.SmallInteger(), nullable=True),
        sa.Column("last_date_added", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["api_root_id"], ["api_roots.id"], name=op.f("fk_collections_api_root_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_collections")),
        sa.UniqueConstraint("api_root_id", "alias", name=op.f("uq_collections_api_root_id_alias")),
        sa.UniqueConstraint("id", name=op.f("uq_collections_id")),
    )
    op.create_table(
        "statuses",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("api_root_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["api_root_id"], ["api_roots.id"], name=op.f("fk_statuses_api_root_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_statuses_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statuses")),
    )
    op.create_index(op.f("ix_statuses_expires_at"), "statuses", ["expires_at"])

    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_users_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_index(op.f("ix_users_organisation_id"), "users", ["organisation_id"])

    op.create_table(
        "grants",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("can_read", sa.Boolean(), nullable=False),
        sa.Column("can_write", sa.Boolean(), nullable=False),
        sa.CheckConstraint("can_read OR can_write", name=op.f("ck_grants_not_empty")),
        sa.ForeignKeyConstraint(["collection"], ["collections.number"], name=op.f("fk_grants_collection")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_grants_organisation_id")),
        sa.PrimaryKeyConstraint("collection", "organisation_id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_organisation_id"), "grants", ["organisation_id"])

    op.create_table(
        "mentions",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("mentioned", sa.BigInteger(), nullable=False),
        sa.Column("date_added", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["collection"], ["collections.number"], name=op.f("fk_mentions_collection")),
        sa.PrimaryKeyConstraint("collection", "mentioned", "date_added", name=op.f("pk_mentions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "object_versions",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("date_added", sa.BigInteger(), nullable=False),
        sa.Column("stix_id", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=250), nullable=False),
        sa.Column("spec_version", sa.String(length=8), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=True),
        sa.Column("version_at", sa.BigInteger(), nullable=False),
        sa.Column("own_level", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("older_level", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["collection"], ["collections.number"], name=op.f("fk_object_versions_collection")),
        sa.PrimaryKeyConstraint("collection", "date_added", name=op.f("pk_object_versions")),
        sa.UniqueConstraint(
            "collection", "stix_id", "version_at", name=op.f("uq_object_versions_collection_stix_id_version_at")
        ),
    )
    op.create_index(
        op.f("ix_object_versions_collection_type_date_added"), "object_versions", ["collection", "type", "date_added"]
    )

    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("collection", sa.BigInteger(), nullable=True),
        sa.Column("peer", sa.String(length=300), nullable=False),
        sa.Column("stix_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["collection"], ["collections.number"], name=op.f("fk_quarantine_collection")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_collection"), "quarantine", ["collection"])

    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
    )
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
