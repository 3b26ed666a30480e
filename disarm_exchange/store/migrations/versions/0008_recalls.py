"""Readers learn that an object they could see is marked more strictly: a revocation for them alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """To this revision. What was marked more strictly before is not called back: it is not known from whom."""
    op.create_table(
        "recalls",
        sa.Column("collection", sa.BigInteger(), nullable=False),
        sa.Column("clearance", sa.SmallInteger(), nullable=False),
        sa.Column("date_added", sa.BigInteger(), nullable=False),
        sa.Column("stix_id", sa.String(300), nullable=False),
        sa.Column("type", sa.String(250), nullable=False),
        sa.Column("spec_version", sa.String(8), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("version_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["collection"], ["collections.number"], name="fk_recalls_collection"),
        sa.PrimaryKeyConstraint("collection", "clearance", "date_added", name="pk_recalls"),
        sa.UniqueConstraint("collection", "stix_id", "clearance", name="uq_recalls_collection_stix_id_clearance"),
    )
    for column in ("type", "version_at"):
        columns = ["collection", "clearance", column, "date_added"]
        op.create_index(op.f(f"ix_recalls_{'_'.join(columns)}"), "recalls", columns)
    for table, column in (
        ("collections", "last_recall"),
        ("organisations", "cleared_after"),
        ("grants", "readable_after"),
    ):
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
