"""All tables of the database, registered in one place: what is imported here is created and migrated."""

from disarm_exchange.store import ledger_tables, tables

metadata = tables.metadata

__all__ = ["ledger_tables", "metadata", "tables"]
