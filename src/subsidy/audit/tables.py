"""The tables that a ledger keeps beside its log, in one state of it, held against those made anew from its entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from ..ledger import tables as t
from ..ledger.opening import failed
from ..ledger.rows import plain_rows
from ..ledger.stores import Store
from ..ledger.subjects import commitment
from .chains import Records, is_whole, standing, touched
from .findings import Finding
from .inspecting import SUMS, sum_of
from .processes import Crew
from .schemas import differences, schema_hash, schema_lines
from .sources import Row, Stored
from .trees import Tile, Tree, differs_at, leaf_of
from .work import COLUMNS, Work

SUMMED: Final = ("requests", "subjects")  # large ones, which are compared row by row only where their sums differ

_ROWS: Final = 5_000
_TILES: Final = 100  # in one statement: SQLite takes no deeper one than of a thousand
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


class Tables:
    """The tables of a ledger.

    Attributes:
        schema: SHA-256 over tables, constraints and indexes, once it was looked at.
    """

    def __init__(self, source: Stored) -> None:
        self.source, self.store = source, source.store
        self.schema = ""
        self._connection: Connection | None = None
        self._damages: Future[list[Finding]] | None = None
        self._appended: dict[str, Future[tuple[int | None, int]]] = {}
        self._standing: Future[tuple[Any, Records]] | None = None
        self._reading: list[Future[Any]] = []

    @contextmanager
    def snapshot(self) -> Iterator[list[Row]]:
        """One state of the ledger, to be compared; with the entries behind those that the source has in parts."""
        with self.source.held() as connection:
            self._connection = connection
            try:
                yield list(self.source.rows(self.source.size))
            finally:
                self._connection = None

    @property
    def connection(self) -> Connection:
        """That of the state which is compared."""
        assert self._connection is not None
        return self._connection

    def _tiles(self, connection: Connection, tiles: Sequence[Tile]) -> dict[tuple[int, int], Any]:
        c, found = t.TILES.c, dict[tuple[int, int], Any]()
        for begin in range(0, len(tiles), _TILES):
            some = tiles[begin : begin + _TILES]
            wanted = or_(*(and_(c.level == level, c.place == place) for level, place, _ in some))
            rows = connection.execute(select(c.level, c.place, c.hashes).where(wanted))
            found |= {(row.level, row.place): row.hashes for row in rows}
        return found

    def compare_tiles(self, tiles: Sequence[Tile]) -> Iterator[Finding]:
        """Tiles that were made anew."""
        if not tiles:
            return
        if self._connection is not None:
            stored = self._tiles(self._connection, tiles)
        else:
            with self.store.reading() as connection:
                stored = self._tiles(connection, tiles)
        for level, place, tile in tiles:
            there = stored.get((level, place))
            index = differs_at(tile, there if isinstance(there, bytes) else b"")
            if index is not None:
                position = leaf_of(level, place, index)
                code, where = ("V0107", f"entry.{position}") if level == 0 else ("V0122", f"tiles.{level}.{place}")
                yield Finding.of(code, position, where, level=str(level), place=str(place))

    def differences(self, work: Work, tree: Tree, *, is_whole: bool) -> Iterator[Finding]:
        """Everything of which there is little, that stands there otherwise than the entries say."""
        connection = self.connection
        lines = schema_lines(connection)
        self.schema = schema_hash(lines)
        said = {row.name: row.value for row in connection.execute(select(t.MEMORY))}
        yield from differences(connection, int(said["schema"]))
        if is_whole:
            yield from self.compare_tiles(list(tree.last()))
            count = connection.scalar(select(func.count()).select_from(t.TILES))
            if count != tree.tiles:
                yield Finding.of("V0122", None, "tiles", level="–", place=f"{count}, {tree.tiles}")
        for name, number, least in (("entries", "position", 0), ("checkpoints", "size", 1)):
            where = t.METADATA.tables[name].c[number]
            for value in connection.scalars(select(where).where(where < least).limit(_LISTED)):
                yield Finding.of("V0126", None, name, row=str(value))  # of no log, so on nobody's way
        head = [tuple(row) for row in connection.execute(select(t.HEAD.c.one, t.HEAD.c.size))]
        if head != [(1, tree.size)]:
            yield Finding.of("V0123", None, "head", given=str(head), wanted=str(tree.size))
        if sorted(said) != ["origin", "schema", "scope"]:
            yield Finding.of("V0124", None, "meta", given=", ".join(sorted(said)))
        yield from self.rows_of(work, "reversals", "releases", "texts")
        yield from self._persons(connection, work)

    def checkpoints_beyond(self, size: int) -> list[Any]:
        """The sizes of checkpoints of more entries than that."""
        c = t.CHECKPOINTS.c
        return list(self.connection.scalars(select(c.size).where(c.size > size).order_by(c.size)))

    def begin(self, crew: Crew, mark: bytes) -> None:
        """What needs no one state of SQLite: sums of what is only appended, and what it finds wrong in its file.

        The buckets as well, which hold if nothing is added until they are compared.
        """
        if self.store.is_sqlite:
            self._standing = crew.submit(standing_now, self.source.url, mark)
            self._damages = crew.submit(damages, self.source.url)
            self._appended = {name: crew.submit(appended, self.source.url, name, mark) for name in SUMMED}
            self._reading = [self._standing, self._damages, *self._appended.values()]

    def wait(self) -> None:
        """Until none of that reads any more, as nobody else may when one state is held."""
        wait(self._reading)

    def damages(self) -> list[Finding]:
        """What SQLite itself finds wrong in its file: pages, indexes, constraints; PostgreSQL has no such check."""
        return self._damages.result() if self._damages is not None else []

    def sums(self, crew: Crew, mark: bytes) -> dict[str, int]:
        """The sums of the rows of large tables, as `sum_of` makes them of what the entries say."""
        if not self.store.is_sqlite:  # others may read the same state
            snapshot = str(self.connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar())
            begun = {name: crew.submit(summed, self.source.url, snapshot, name, mark) for name in SUMMED}
            return {name: each.result() for name, each in begun.items()}
        found = dict[str, int]()
        for name, begun_ in self._appended.items():
            last, sum_ = begun_.result()
            found[name] = (sum_ + _sum(self.connection, name, mark, _behind(last))) % SUMS
        return found

    def has_chains(self, work: Work, crew: Crew, mark: bytes) -> bool:
        """Whether in every bucket the entries follow each other, and its row says what the last one left."""
        work.bring_chains(touched(work.touches(), mark))
        size, records = self._standing.result() if self._standing is not None else (None, {})
        if size is not None and size == self.connection.scalar(select(t.HEAD.c.size)):
            work.bring_chains(records)
        else:
            for records in crew.in_order(standing, ((rows, mark) for rows in _rows(self.connection, "buckets"))):
                work.bring_chains(records)
        return all(crew.in_order(is_whole, ((records,) for records in work.chains())))

    def rows_of(self, work: Work, *names: str) -> Iterator[Finding]:
        """The rows of some tables, each held against what the entries say."""
        for name in names:
            found = self.connection.execution_options(yield_per=_ROWS).execute(select(t.METADATA.tables[name]))
            columns = [column.name for column in t.METADATA.tables[name].columns]
            work.bring(name, columns, (list(some) for some in found.partitions(_ROWS)))
        yield from work.differences(names, _LISTED)

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


def _rows(connection: Connection, name: str, where: str = "") -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table, some at a time."""
    query = f"SELECT {COLUMNS[name]} FROM {name} {where}"  # noqa: S608 – names of our own
    found = connection.execution_options(yield_per=_ROWS).exec_driver_sql(query)
    yield from (list(map(tuple, some)) for some in found.partitions(_ROWS))


def _sum(connection: Connection, name: str, mark: bytes, where: str = "") -> int:
    return sum(sum_of(rows, mark) for rows in _rows(connection, name, where))


def summed(url: str, snapshot: str, name: str, mark: bytes) -> int:
    """The sum of the rows of a table of PostgreSQL, in a state that another connection has."""
    store = Store(url, read_only=True)
    try:
        with store.reading() as connection:
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            return _sum(connection, name, mark) % SUMS
    finally:
        store.close()


def _paged(store: Store, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table of SQLite, each with its number, some at a time, so that a writer goes on."""
    last: int | None = None
    while True:
        query = f"SELECT {COLUMNS[name]}, rowid FROM {name} {_behind(last)} ORDER BY rowid LIMIT {_ROWS}"  # noqa: S608
        with store.reading() as connection:
            rows = plain_rows(connection, query)
        if not rows or (last is not None and rows[-1][-1] <= last):
            return  # in a damaged file the same ones may come again and again
        last = rows[-1][-1]
        yield rows


def _behind(last: int | None) -> str:
    """The rows of SQLite behind a number; all where there is none, as somebody may have numbered one below zero."""
    return "" if last is None else f"WHERE rowid > {last}"


def appended(url: str, name: str, mark: bytes) -> tuple[int | None, int]:
    """The last row of a table of SQLite that is only appended to, and the sum of the rows up to it."""
    store, found = Store(url, read_only=True), 0
    last: int | None = None
    try:
        for rows in _paged(store, name):
            last = rows[-1][-1]
            found = (found + sum_of((row[:-1] for row in rows), mark)) % SUMS
        return last, found
    finally:
        store.close()


def standing_now(url: str, mark: bytes) -> tuple[Any, Records]:
    """The records of the buckets in SQLite, and how many entries there were before they were read."""
    store = Store(url, read_only=True)
    try:
        with store.reading() as connection:
            size = connection.scalar(select(t.HEAD.c.size))
        return size, standing((row[:-1] for rows in _paged(store, "buckets") for row in rows), mark)
    finally:
        store.close()


def damages(url: str) -> list[Finding]:
    """What SQLite finds wrong in a file."""
    store = Store(url, read_only=True)
    try:
        with store.reading() as connection:
            connection.exec_driver_sql("PRAGMA cache_size=-32768")  # KiB: it goes from every row to its indexes
            found = connection.exec_driver_sql(f"PRAGMA integrity_check({_LISTED})").all()
            return [Finding.of("V0130", None, "file", detail=str(row[0])) for row in found if row[0] != "ok"]
    finally:
        store.close()
