"""Many rows, as a driver takes and gives them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError

_TOGETHER: Final = 128  # rows in one statement; times the columns of any table, fewer values than SQLite takes in one


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, each with a value for every column in order.

    They are handed to the driver as they are: work on rows of parameters is most of what inserting them would take. The
    driver of SQLite lets other threads run at every step, so what has many rows is one step.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_insertion(connection.dialect, table), list(rows))
        return
    begin = 0
    while begin < len(rows):
        count = min(_TOGETHER, 1 << (len(rows) - begin).bit_length() - 1)  # so that few statements are ever prepared
        values = tuple(chain.from_iterable(rows[begin : begin + count]))
        connection.exec_driver_sql(_insertion(connection.dialect, table, count), values)
        begin += count


def plain_rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query, as the driver has them: to make others of them takes as long as to read them.

    Raises:
        DBAPIError: as of any other query.
    """
    cursor, error = connection.exec_driver_sql(query).cursor, connection.dialect.loaded_dbapi.Error
    assert cursor is not None, query
    try:
        return list(cursor.fetchall())
    except error as raised:  # SQLite meets what is damaged only where it comes to it
        raise DBAPIError.instance(query, None, raised, error) from raised


@lru_cache(maxsize=256)
def _insertion(dialect: Dialect, table: Table, rows: int = 1) -> str:
    """The statement that inserts rows by their values in order, as a driver takes it."""
    positional = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")  # type: ignore[call-arg]
    one = str(insert(table).compile(dialect=positional))
    values = one[one.rindex("(") :]
    return one + f", {values}" * (rows - 1)
