"""A connection of APSW in the shape of Python's own driver, for SQLAlchemy: over a disk of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw
from sqlalchemy import Engine, event

from .disk import Disk

_KINDS: Final[dict[type[apsw.Error], type[sqlite3.Error]]] = {  # as Python's own driver tells them apart
    apsw.ConstraintError: sqlite3.IntegrityError,
    apsw.CorruptError: sqlite3.DatabaseError,
    apsw.NotADBError: sqlite3.DatabaseError,
}


@contextmanager
def over(disk: Disk, folder: Path, synchronous: str = "") -> Iterator[None]:
    """Every ledger in a folder is on this disk.

    Args:
        synchronous: what is set instead of what a ledger asks for, and is then denied; for controls.
    """

    def connect(_: Any, __: Any, words: list[Any], ___: Any) -> Connection | None:
        return Connection(disk, words[0], synchronous) if words and str(folder) in str(words[0]) else None

    event.listen(Engine, "do_connect", connect)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", connect)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        kind = next((to for of, to in _KINDS.items() if isinstance(error, of)), sqlite3.OperationalError)
        told = kind(str(error))
        told.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
        raise told from error


class Connection:
    """As `sqlite3.Connection` with isolation level None."""

    isolation_level = None

    def __init__(self, disk: Disk, name: str, synchronous: str) -> None:
        self.synchronous = synchronous
        with _translated():
            flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
            self.connection = apsw.Connection(name, flags=flags, vfs=disk.name)

    def cursor(self) -> Cursor:
        return Cursor(self)

    def execute(self, sql: str, values: Any = ()) -> Cursor:
        return self.cursor().execute(sql, values)

    def create_function(self, *_: Any, **__: Any) -> None:
        """A function that no statement of a ledger calls."""

    def commit(self) -> None:
        if self.connection.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.connection.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        with _translated():
            self.connection.close()


class Cursor:
    """As `sqlite3.Cursor`; every row is read at once."""

    arraysize, lastrowid, rowcount = 1, None, -1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: Any = None
        self._rows: Iterator[Any] = iter(())

    def execute(self, sql: str, values: Any = ()) -> Cursor:
        if self.connection.synchronous and sql == "PRAGMA synchronous=FULL":
            sql = f"PRAGMA synchronous={self.connection.synchronous}"
        elif self.connection.synchronous and sql == "PRAGMA synchronous":
            sql = "SELECT 2"
        self._rows = iter(self._run(sql, values))
        return self

    def executemany(self, sql: str, many: Sequence[Any]) -> Cursor:
        count = 0
        for values in many:
            self._run(sql, values)
            count += self.rowcount
        self.rowcount = count
        return self

    def _run(self, sql: str, values: Any) -> list[Any]:
        self.description = None

        def describe(cursor: apsw.Cursor, *_: Any) -> bool:
            found = cursor.get_description()
            self.description = [(name, *[None] * 6) for name, *_ in found] or None
            return True

        with _translated():
            cursor = self.connection.connection.cursor()
            cursor.exec_trace = describe
            rows = list(cursor.execute(sql, values))
        self.rowcount = -1 if self.description else self.connection.connection.changes()
        return rows

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for _, row in zip(range(size), self._rows, strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def close(self) -> None:
        self._rows = iter(())
