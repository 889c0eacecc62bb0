"""Inserting rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, each with a value for every column in order.

    They are handed to the driver as they are: its own work on rows of parameters is most of what inserting them takes.
    """
    if rows:
        connection.exec_driver_sql(_insertion(connection.dialect, table), list(rows))


@lru_cache
def _insertion(dialect: Dialect, table: Table) -> str:
    """The statement that inserts a row by its values in order, as a driver takes it."""
    positional = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")  # type: ignore[call-arg]
    return str(insert(table).compile(dialect=positional))
