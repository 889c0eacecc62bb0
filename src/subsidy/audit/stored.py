"""The tables that a ledger keeps beside its log, in one state of it, held against those made anew from its entries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from ..ledger import tables as t
from ..ledger.opening import failed
from ..ledger.stores import Store
from ..ledger.subjects import commitment
from .findings import Finding
from .schemas import differences, schema_hash, schema_lines
from .sources import Row, Stored
from .trees import Tree, differs_at, leaf_of
from .work import Work

_ROWS: Final = 5_000
_LISTED: Final = 20  # rows of a table that are said to be wrong
_ELSEWHERE: Final = (5, 6, 7, 9, 10, 13, 14)  # of SQLite: busy, locked, no memory, interrupted, I/O, full, cannot open


def damage(store: Store, error: DBAPIError | UnicodeDecodeError) -> Finding:
    """What is said of a database that cannot be read on: what it holds is not what a ledger has.

    Raises:
        ServiceError: it is for another reason, such as that it does not answer.
    """
    if isinstance(error, UnicodeDecodeError):  # SQLite names what is damaged by its bytes
        return Finding.of("V0130", None, "file", detail=str(error))
    is_elsewhere = isinstance(error, OperationalError | InterfaceError)
    if store.is_sqlite:  # which says the same of a table that is gone and of a disk that fails, but for the code
        is_elsewhere = getattr(error.orig, "sqlite_errorcode", 1) & 0xFF in _ELSEWHERE
    if is_elsewhere:
        raise failed(store, error) from None
    return Finding.of("V0130", None, "file", detail=str(error.orig))


class Kept:
    """The tables of a ledger.

    Attributes:
        schema: SHA-256 over tables, constraints and indexes, once it was looked at.
    """

    def __init__(self, source: Stored) -> None:
        self.source, self.store = source, source.store
        self.schema = ""
        self._connection: Connection | None = None

    @contextmanager
    def snapshot(self) -> Iterator[Iterator[Row]]:
        """One state of the ledger, to be compared; with the entries from where the source ended."""
        with self.store.reading() as connection:
            self._connection = connection
            try:
                yield self._rest(connection)
            finally:
                self._connection = None

    def _rest(self, connection: Connection) -> Iterator[Row]:
        c = t.ENTRIES.c
        wanted = select(c.position, c.kind, c.body, c.size).order_by(c.position)
        for row in connection.execute(wanted.where(c.position > self.source.last)):
            yield Row(*row)

    def _tile(self, connection: Connection, level: int, place: int) -> Any:
        c = t.TILES.c
        return connection.scalar(select(c.hashes).where(c.level == level, c.place == place))

    def compare_tile(self, level: int, place: int, tile: bytes) -> Iterator[Finding]:
        """A tile that was made anew."""
        if self._connection is not None:
            stored = self._tile(self._connection, level, place)
        else:
            with self.store.reading() as connection:
                stored = self._tile(connection, level, place)
        there = stored if isinstance(stored, bytes) else bytes(stored) if isinstance(stored, memoryview) else b""
        index = differs_at(tile, there)
        if index is not None:
            position = leaf_of(level, place, index)
            code, where = ("V0107", f"entry.{position}") if level == 0 else ("V0122", f"tiles.{level}.{place}")
            yield Finding.of(code, position, where, level=str(level), place=str(place))

    def differences(self, work: Work, tree: Tree, *, is_whole: bool) -> Iterator[Finding]:
        """Everything that stands there otherwise than the entries say."""
        connection = self._connection
        assert connection is not None
        lines = schema_lines(connection)
        self.schema = schema_hash(lines)
        said = {row.name: row.value for row in connection.execute(select(t.MEMORY))}
        yield from differences(connection, int(said["schema"]))
        yield from self._sound(connection)
        if is_whole:
            for level, place, tile in tree.last():
                yield from self.compare_tile(level, place, tile)
            count = connection.scalar(select(func.count()).select_from(t.TILES))
            if count != tree.tiles:
                yield Finding.of("V0122", None, "tiles", level="–", place=f"{count}, {tree.tiles}")
        head = [tuple(row) for row in connection.execute(select(t.HEAD.c.one, t.HEAD.c.size))]
        if head != [(1, tree.size)]:
            yield Finding.of("V0123", None, "head", given=str(head), wanted=str(tree.size))
        if sorted(said) != ["origin", "schema", "scope"]:
            yield Finding.of("V0124", None, "meta", given=", ".join(sorted(said)))
        for table in (t.REQUESTS, t.SUBJECTS, t.REVERSALS, t.RELEASES, t.TEXTS, t.BUCKETS):
            self._bring(connection, work, table)
        yield from work.differences(_LISTED)
        yield from self._persons(connection, work)

    def _sound(self, connection: Connection) -> Iterator[Finding]:
        """What SQLite itself finds wrong in its file: pages, indexes, constraints."""
        if connection.dialect.name != "sqlite":
            return
        for row in connection.exec_driver_sql(f"PRAGMA integrity_check({_LISTED})"):
            if row[0] != "ok":
                yield Finding.of("V0130", None, "file", detail=str(row[0]))

    def _bring(self, connection: Connection, work: Work, table: Table) -> None:
        """A table of the ledger, into the file in which it was made anew."""
        found = connection.execution_options(yield_per=_ROWS).execute(select(table))
        columns = [column.name for column in table.columns]
        work.bring(table.name, columns, (list(some) for some in found.partitions(_ROWS)))

    def _persons(self, connection: Connection, work: Work) -> Iterator[Finding]:
        """The identifiers in clear: each is what its commitment says, and only those that were erased are gone."""
        found = connection.execution_options(yield_per=_ROWS).execute(select(t.PERSONS))
        work.begin_persons()
        for some in found.partitions(_ROWS):
            for subject, clear, salt in some:
                try:
                    made = commitment(clear, bytes(salt))
                except (TypeError, AttributeError, ValueError):
                    made = ""
                if not isinstance(subject, str) or subject.rpartition("-")[2] != made:
                    yield Finding.of("V0132", None, "persons", subject=str(subject))
            work.take_persons([(row.subject,) for row in some])
        yield from work.persons(_LISTED)
