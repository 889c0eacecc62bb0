"""Where the entries of an audit come from: the ledger itself, a copy of it, or an export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Protocol, Self

from sqlalchemy import select

from ..ledger import tables as t
from ..ledger.reading import Reader

_AT_ONCE: Final = 2048  # rows that are read in one transaction, so that a writer goes on


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

    def rows(self, first: int = 0) -> Iterator[Row]:
        """The entries from a position on, in order."""

    def checkpoints(self, behind: int = 0) -> Iterator[tuple[Any, Any]]:
        """Every checkpoint of more entries than that, as its size and its signed note, in order of size."""

    def close(self) -> None:
        """Let go of it."""


class Stored:
    """A ledger in SQLite or PostgreSQL, or a copy of one; also while somebody writes it.

    Raises:
        RequestError, ServiceError: as `Reader`.
    """

    def __init__(self, url: str) -> None:
        self.reader = Reader(url)
        self.store = self.reader.store
        self.shown, self.origin, self.scope = self.store.shown, self.reader.origin, self.reader.scope
        self.size = self.reader.size
        self.last = -1  # the position of the last entry that was read

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the ledger."""
        self.reader.close()

    def rows(self, first: int = 0) -> Iterator[Row]:
        """The entries from a position on, in order; some at a time, each time in a short transaction."""
        c = t.ENTRIES.c
        wanted = select(c.position, c.kind, c.body, c.size).order_by(c.position).limit(_AT_ONCE)
        last: Any = first - 1
        self.last = last
        while True:
            with self.store.reading() as connection:
                found = connection.execute(wanted.where(c.position > last)).all()
            if not found:
                return
            for row in found:
                yield Row(*row)
            last = self.last = found[-1].position

    def checkpoints(self, behind: int = 0) -> Iterator[tuple[Any, Any]]:
        """Every checkpoint of more entries than that, as its size and its signed note, in order of size."""
        c = t.CHECKPOINTS.c
        wanted = select(c.size, c.note).order_by(c.size).limit(_AT_ONCE)
        last: Any = behind
        while True:
            with self.store.reading() as connection:
                found = connection.execute(wanted.where(c.size > last)).all()
            if not found:
                return
            for row in found:
                yield row.size, row.note
            last = found[-1].size
