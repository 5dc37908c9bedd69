"""Rows under seal, in transactions: found only where their seal fits, and sealed anew with every change."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, insert, select, update

from server.store.seals import Seals


def add(connection: Connection, seals: Seals, table: Table, values: Mapping[str, Any]) -> None:
    """Keep a new row."""
    connection.execute(insert(table).values(**values, seal=seals.seal(table.name, values)))


def find(
    connection: Connection, seals: Seals, table: Table, where: ColumnElement[bool], *, alone: bool = False
) -> RowMapping | None:
    """Return the one row that a condition finds; None where there is none whose seal fits.

    Args:
        connection: In a transaction.
        seals: Tells whether it does.
        table: Where to look.
        where: Finds one row at the most.
        alone: Whether nobody else may change it until the transaction ends.
    """
    query = select(table).where(where)
    row = connection.execute(query.with_for_update() if alone else query).mappings().first()
    return row if row is not None and seals.fits(table.name, row) else None


def change(connection: Connection, seals: Seals, table: Table, row: RowMapping, values: Mapping[str, Any]) -> None:
    """Change a row that was found alone."""
    seal = seals.seal(table.name, {**row, **values})
    connection.execute(update(table).where(table.c.id == row["id"]).values(**values, seal=seal))
