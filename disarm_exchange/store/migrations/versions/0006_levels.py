"""Pages of readers who may not see everything cost the same, however much is hidden from them."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """To this revision."""
    op.create_index(
        op.f("ix_object_versions_collection_level_date_added"),
        "object_versions",
        ["collection", "level", "date_added"],
    )
