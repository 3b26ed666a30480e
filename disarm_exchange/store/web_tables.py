"""The tables behind the web pages' log-in, and who may see the pages of the operator."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table

from disarm_exchange.store.tables import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# Sessions live in signed cookies; only those that were ended before their time are written down, until then.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# The organisations that run this server.
operators = Table(
    "operators",
    metadata,
    Column("organisation_id", BigInteger, ForeignKey("organisations.id"), primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
)
