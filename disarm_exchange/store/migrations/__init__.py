"""The steps from each release's tables to the next (Alembic). `disarm-exchange db upgrade` runs them."""
