"""The database: tables, engines (SQLite, PostgreSQL) and the one place that writes objects.

What may enter: SQLAlchemy Core and what must happen in one transaction. Nothing here knows of TAXII or HTTP.
"""
