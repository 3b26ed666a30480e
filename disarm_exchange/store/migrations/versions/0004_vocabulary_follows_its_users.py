"""Shared vocabulary is shown with its users; versions are found by their moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_OLD = "uq_object_versions_collection_stix_id_version_at"
_NEW = "uq_object_versions_collection_stix_id_version_at_ceiling"


def upgrade() -> None:
    """To this revision. What is stored keeps its level: those who may see it may have read it already."""
    connection = op.get_bind()
    # On SQLite the table is made anew, and its triggers go with the old one.
    triggers: list[str] = []
    if connection.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'object_versions'"
        triggers = [str(sql) for (sql,) in connection.exec_driver_sql(query)]
    with op.batch_alter_table("object_versions") as batch:
        batch.add_column(sa.Column("floor", sa.SmallInteger(), nullable=True))
        batch.add_column(sa.Column("ceiling", sa.SmallInteger(), nullable=False, server_default="10"))
        batch.add_column(sa.Column("current", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.drop_constraint(_OLD, type_="unique")
        batch.create_unique_constraint(_NEW, ["collection", "stix_id", "version_at", "ceiling"])
    op.execute("UPDATE object_versions SET current = newest WHERE newest")
    op.create_index(
        op.f("ix_object_versions_collection_version_at_date_added"),
        "object_versions",
        ["collection", "version_at", "date_added"],
    )
    for statement in triggers:
        op.execute(statement)
