"""Work that only one transaction at a time may do."""

import zlib

from sqlalchemy import Connection, text

_OURS = 0x776179
"""Tells this program's advisory locks from those of others in the same PostgreSQL database."""


def one_at_a_time(connection: Connection, *what: str) -> None:
    """Wait for other transactions that do the same, and keep them waiting until this one ends.

    Whoever counts and then adds has to do so alone. In SQLite every transaction is alone as it is.

    Args:
        connection: In a transaction.
        what: Names the work.

    Raises:
        SQLAlchemyError: that took too long.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32("\n".join(what).encode(errors="surrogatepass")) - 2**31
        connection.execute(text("SELECT pg_advisory_xact_lock(:ours, :number)"), {"ours": _OURS, "number": number})
