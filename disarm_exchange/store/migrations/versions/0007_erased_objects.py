"""Tombstones of what was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "erased_objects",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("stix_id", sa.String(length=300), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["collection"], ["collections.number"], name=op.f("fk_erased_objects_collection")),
        sa.PrimaryKeyConstraint("collection", "stix_id", name=op.f("pk_erased_objects")),
    )
