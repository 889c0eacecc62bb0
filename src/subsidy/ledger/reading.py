"""What can be read of a ledger: its entries, answers, checkpoints and keys; also while another process writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, select

from ..errors import Problem, RequestError, ServiceError
from . import tables as t
from .answers import Answer, answer_at
from .copying import copy
from .merkle import consistency_proof
from .notes import Verifier
from .opening import failed, faults, is_there, memory
from .stores import FAULTS, Store
from .tree import Tiles


class Reader:
    """A ledger that is open for reading, by as many as want to.

    Args:
        url: ``sqlite:///path`` or ``postgresql://…``.

    Attributes:
        scope: the division whose bureau determines.
        origin: the name of the log, as its checkpoints have it.

    Raises:
        RequestError: the address is none.
        ServiceError: there is no ledger, it is of a newer schema, or its database does not answer; the last also later,
            by whatever is read.
    """

    store: Store
    scope: str
    origin: str

    def __init__(self, url: str) -> None:
        self.store = Store(url, read_only=True)
        if not is_there(self.store):
            raise ServiceError(Problem.of("S0306", self.store.shown))
        with faults(self.store), self.store.reading() as connection:
            kept = memory(self.store, connection)
        self.scope, self.origin = kept["scope"], kept["origin"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the ledger."""
        self.store.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One state of the ledger.

        Raises:
            ServiceError: the database failed.
        """
        try:
            with self.store.reading() as connection:
                yield connection
        except FAULTS as error:
            raise failed(self.store, error) from None

    @property
    def size(self) -> int:
        """How many entries it has."""
        with self._reading() as connection:
            return connection.scalar(select(t.HEAD.c.size)) or 0

    def answer(self, position: int) -> Answer:
        """The answer with which the entry at a position was given.

        Raises:
            RequestError: there is none.
        """
        with self._reading() as connection:
            size = connection.scalar(select(t.HEAD.c.size)) or 0
            found = answer_at(connection, position) if 0 <= position < size else None
        if found is None:
            raise RequestError(Problem.of("R0507", "entry", given=str(position), allowed="0…"))
        return found

    def backup(self, target: str | Path) -> int:
        """Copy the ledger as it is now into a new file of SQLite, while it is written to; how many entries it has.

        Raises:
            RequestError: there is such a file already, or it cannot be written.
            ServiceError: the database failed.
        """
        try:
            return copy(self.store, Path(target))
        except FAULTS as error:
            raise failed(self.store, error) from None

    def entries(
        self, first: int = 0, limit: int = 100, *, kinds: tuple[str, ...] = ()
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """The entries from a position on; with `kinds`, those of these kinds alone."""
        with self._reading() as connection:
            c = t.ENTRIES.c
            wanted = select(c.position, c.body).where(c.position >= first)
            if kinds:
                wanted = wanted.where(c.kind.in_(kinds))
            found = connection.execute(wanted.order_by(c.position).limit(limit)).all()
        for row in found:
            yield row.position, json.loads(row.body)

    def checkpoint(self) -> str:
        """The latest signed note."""
        with self._reading() as connection:
            c = t.CHECKPOINTS.c
            return str(connection.scalar(select(c.note).order_by(c.size.desc()).limit(1)))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the log of `old` entries is the beginning of that of `new`.

        Raises:
            RequestError: it never had so many.
        """
        with self._reading() as connection:
            size = connection.scalar(select(t.HEAD.c.size)) or 0
            if not 0 <= old <= new <= size:
                raise RequestError(Problem.of("R0507", "entry", given=f"{old}, {new}", allowed=f"0…{size}"))
            return tuple(consistency_proof(old, new, Tiles(connection, new).node))

    def verifiers(self) -> list[Verifier]:
        """Every key that signed, from the first on."""
        with self._reading() as connection:
            c = t.ENTRIES.c
            bodies = connection.scalars(select(c.body).where(c.kind == "key").order_by(c.position)).all()
        return [Verifier.read(json.loads(body)["key"]) for body in bodies]
