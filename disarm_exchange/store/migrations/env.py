"""Alembic's entry: run the steps on the connection that `upgrade` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from disarm_exchange.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
