"""Where the entries of an audit come from: the ledger itself, a copy of it, or an export."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Protocol, Self

from sqlalchemy import Connection, func, select

from ..errors import Problem, RequestError
from ..ledger import tables as t
from ..ledger.notes import BadNote, read_checkpoint
from ..ledger.opening import faults
from ..ledger.reading import Reader
from ..ledger.rows import plain_rows
from ..ledger.stores import Store

FORMAT: Final = "subsidy-ledger-export-1"
_AT_ONCE: Final = 2048  # rows that are read in one transaction, so that a writer goes on
_PLAIN: Final = "SELECT position, kind, body, size FROM entries"
_IN_ONE: Final = 500  # values in one statement
PART: Final = 1024  # entries that are worked at together
_LONGEST: Final = 1 << 25  # bytes of a line; the longest that a ledger has is a text of about a megabyte
_SQLITE: Final = b"SQLite format 3\0"
_GZIP: Final = b"\x1f\x8b"


class Row(NamedTuple):
    """An entry as it lies there. Whoever altered it may have put anything there, so nothing is sure of its types.

    Attributes:
        position: where it stands, from 0.
        kind: what it is, as its row says.
        content: its canonical JSON, the leaf of the log: bytes.
        size: of the tree at the checkpoint that was answered with it.
    """

    position: Any
    kind: Any
    content: Any
    size: Any


class Span(NamedTuple):
    """Entries of a stored ledger, from `first` to before `end`; to be read where they are worked at."""

    url: str
    first: int
    end: int


Part = Span | list[Row]
_readers: dict[str, Store] = {}  # of this process, by address


def rows_of(part: Part) -> list[Row]:
    """The entries of a part."""
    if not isinstance(part, Span):
        return part
    store = _readers.get(part.url)
    if store is None:
        store = _readers[part.url] = Store(part.url, read_only=True)
    with store.reading() as connection:
        where = f"WHERE position >= {part.first} AND position < {part.end}"
        return list(map(Row._make, plain_rows(connection, f"{_PLAIN} {where} ORDER BY position")))


class Source(Protocol):
    """What an audit reads.

    Attributes:
        shown: the address, without a password.
        origin: the name of the log.
        scope: the division whose bureau determined.
        size: how many entries it says it has.
    """

    shown: str
    origin: str
    scope: str
    size: int

    def parts(self, first: int = 0) -> Iterator[Part]:
        """The entries from a position on, some at a time, to be read or worked at elsewhere."""

    def of_kinds(self, *kinds: str) -> Iterator[Row]:
        """The entries that are of some kinds, in order."""

    def contents(self, positions: Collection[int]) -> dict[int, bytes]:
        """The canonical JSON of some entries, of those that are there."""

    def rows(self, first: int = 0) -> Iterator[Row]:
        """The entries from a position on, in order."""

    def checkpoints(self, behind: int = 0) -> Iterator[tuple[Any, Any]]:
        """Every checkpoint of more entries than that, as its size and its signed note, in order of size."""

    def latest(self) -> Any:
        """The signed note of the latest checkpoint; empty where there is none."""

    def close(self) -> None:
        """Let go of it."""


class Stored:
    """A ledger in SQLite or PostgreSQL, or a copy of one; also while somebody writes it.

    Raises:
        RequestError, ServiceError: as `Reader`.
    """

    def __init__(self, url: str) -> None:
        self.url, self.reader = url, Reader(url)
        self.store = self.reader.store
        self.shown, self.origin, self.scope = self.store.shown, self.reader.origin, self.reader.scope
        self._held: Connection | None = None
        with (
            faults(self.store),
            self._reading() as connection,
        ):  # counted: where somebody altered the head, it may say anything
            self.size = connection.scalar(select(func.count()).select_from(t.ENTRIES)) or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the ledger, also where this process read its parts: what is there next may be another one."""
        self.reader.close()
        parts = _readers.pop(self.url, None)
        if parts is not None:
            parts.close()

    @contextmanager
    def held(self) -> Iterator[Connection]:
        """One state of the ledger, in which all is read until the end.

        While it lasts nothing is read otherwise: a writer of SQLite that waits for its end lets no new reader in.
        """
        with self.store.reading() as connection:
            self._held = connection
            try:
                yield connection
            finally:
                self._held = None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._held is not None:
            yield self._held
        else:
            with self.store.reading() as connection:
                yield connection

    def parts(self, first: int = 0) -> Iterator[Part]:
        """The entries from a position on, up to as many as there are; others may stand behind them."""
        for begin in range(first, self.size, PART):
            yield Span(self.url, begin, min(begin + PART, self.size))

    def of_kinds(self, *kinds: str) -> Iterator[Row]:
        """The entries that are of some kinds, in order."""
        c = t.ENTRIES.c
        with self._reading() as connection:
            wanted = select(c.position, c.kind, c.body, c.size).where(c.kind.in_(kinds), c.position >= 0)
            found = connection.execute(wanted.order_by(c.position)).all()
        for row in found:
            yield Row(*row)

    def contents(self, positions: Collection[int]) -> dict[int, bytes]:
        """The canonical JSON of some entries, of those that are there."""
        found, rest, c = dict[int, bytes](), iter(positions), t.ENTRIES.c
        with self._reading() as connection:
            while some := list(islice(rest, _IN_ONE)):
                rows = connection.execute(select(c.position, c.body).where(c.position.in_(some)))
                found |= {row.position: row.body for row in rows if isinstance(row.body, bytes)}
        return found

    def rows(self, first: int = 0) -> Iterator[Row]:
        """The entries from a position on, in order; some at a time, each time in a short transaction."""
        c = t.ENTRIES.c
        wanted = select(c.position, c.kind, c.body, c.size).order_by(c.position).limit(_AT_ONCE)
        last: Any = first - 1
        while True:
            with self._reading() as connection:
                found = connection.execute(wanted.where(c.position > last)).all()
            if not found:
                return
            for row in found:
                yield Row(*row)
            if not _is_behind(last, found[-1].position):
                return
            last = found[-1].position

    def checkpoints(self, behind: int = 0) -> Iterator[tuple[Any, Any]]:
        """Every checkpoint of more entries than that, as its size and its signed note, in order of size."""
        c = t.CHECKPOINTS.c
        wanted = select(c.size, c.note).order_by(c.size).limit(_AT_ONCE)
        last: Any = behind
        while True:
            with self._reading() as connection:
                found = connection.execute(wanted.where(c.size > last)).all()
            if not found:
                return
            for row in found:
                yield row.size, row.note
            if not _is_behind(last, found[-1].size):
                return
            last = found[-1].size

    def latest(self) -> Any:
        """The signed note of the latest checkpoint; empty where there is none."""
        c = t.CHECKPOINTS.c
        with self._reading() as connection:
            found = connection.scalar(select(c.note).order_by(c.size.desc()).limit(1))
        return "" if found is None else found


class Exported:
    """An export of a whole ledger: a file of JSON Lines, gzipped or not, whatever became of it since.

    A line that is damaged is a row without a position, so whoever audits it finds an entry that is none.

    Raises:
        RequestError: it cannot be read, does not begin as an export does, or is a part of a ledger.
    """

    def __init__(self, path: str | Path) -> None:
        self.path, self.shown = Path(path), str(path)
        try:
            with closing(self._lines()) as lines:
                head = _object(next(lines, b""))
        except OSError as error:
            raise RequestError(Problem.of("R0541", self.shown, detail=error.strerror or str(error))) from None
        origin, scope, size, part = (head.get(name) for name in ("origin", "scope", "size", "part"))
        is_head = isinstance(origin, str) and isinstance(scope, str) and type(size) is int
        if head.get("format") != FORMAT or not is_head:
            raise RequestError(Problem.of("R0542", self.shown, wanted=FORMAT))
        if part is not None:
            raise RequestError(Problem.of("R0543", self.shown))
        self.origin, self.scope, self.size = str(origin), str(scope), int(str(size))
        self._latest = head.get("checkpoint")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it: each reading has closed the file behind itself."""

    def parts(self, first: int = 0) -> Iterator[Part]:
        """The entries from a position on, some at a time."""
        rows = self.rows(first)
        while part := list(islice(rows, PART)):
            yield part

    def of_kinds(self, *kinds: str) -> Iterator[Row]:
        """The entries that are of some kinds, in order."""
        return (row for row in self.rows() if row.kind in kinds)

    def contents(self, positions: Collection[int]) -> dict[int, bytes]:
        """The canonical JSON of some entries, of those that are there; each line is looked at."""
        if not positions:
            return {}
        return {row.position: row.content for row in self.rows() if row.position in positions}

    def rows(self, first: int = 0) -> Iterator[Row]:
        """The entries from a position on, as the lines have them; a damaged line has no position."""
        for data, line in self._read():
            if "checkpoint" in data:
                continue
            row = _row(data, line)
            if type(row.position) is not int or row.position >= first:
                yield row

    def checkpoints(self, behind: int = 0) -> Iterator[tuple[Any, Any]]:
        """Every checkpoint of more entries than that, as its size and its note; the size is None where it has none."""
        for data, _ in self._read():
            if "checkpoint" in data:
                note = data["checkpoint"]
                size = _size_of(note)
                if size is None or size > behind:
                    yield size, note

    def latest(self) -> Any:
        """The signed note of the latest checkpoint, as the first line has it."""
        return self._latest

    def _read(self) -> Iterator[tuple[Mapping[str, Any], bytes]]:
        """Every line behind the first; as nothing where it is no object."""
        with closing(self._lines()) as lines:
            next(lines, None)
            for line in lines:
                yield _object(line), line

    def _lines(self) -> Generator[bytes, None, None]:
        with self.path.open("rb") as raw:
            is_gzip = raw.read(2) == _GZIP
            raw.seek(0)
            file: IO[bytes] = gzip.GzipFile(fileobj=raw) if is_gzip else raw  # type: ignore[assignment]  # a reader
            try:
                while line := file.readline(_LONGEST):
                    yield line
            except (EOFError, gzip.BadGzipFile, zlib.error):
                yield b""  # what was packed is damaged from here on


def _is_behind(last: Any, now: Any) -> bool:
    """Whether reading goes on; by a damaged index, the same rows would come again and again."""
    return isinstance(now, int | float) and now > last


def _object(line: bytes) -> Mapping[str, Any]:
    """A line as an object; an empty one where it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _row(data: Mapping[str, Any], line: bytes) -> Row:
    """The row of a line; its content is the line itself where it is none."""
    entry, packed = data.get("entry"), data.get("base64")
    content = line
    if isinstance(entry, str):
        content = entry.encode("utf-8", "surrogatepass")
    elif isinstance(packed, str):
        try:
            content = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            return Row(None, None, line, None)
    else:
        return Row(None, None, line, None)
    return Row(data.get("position"), data.get("kind"), content, data.get("size"))


def _size_of(note: Any) -> int | None:
    try:
        return read_checkpoint(note).size if isinstance(note, str) else None
    except BadNote:
        return None


def opened_source(address: str) -> Stored | Exported:
    """What an address names: a ledger by its URL, or a file that is a ledger of SQLite or an export.

    Raises:
        RequestError, ServiceError: there is none.
    """
    if "://" in address:
        return Stored(address)
    try:
        with Path(address).open("rb") as file:
            is_ledger = file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise RequestError(Problem.of("R0541", address, detail=error.strerror or str(error))) from None
    return Stored(f"sqlite:///{address}") if is_ledger else Exported(address)
