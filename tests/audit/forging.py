"""One who operates a ledger, has its database and even its keys, and writes another one over it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from subsidy.audit.checkpoints import Signing
from subsidy.audit.trees import Tree
from subsidy.catalogue.digest import canonical
from subsidy.ledger.merkle import leaf_hash
from subsidy.ledger.notes import Checkpoint, Signer


class Depth(IntEnum):
    """How far a change goes: the entries alone, their tree too, or the checkpoints too, signed with the real keys."""

    ENTRIES = 1
    TREE = 2
    SIGNED = 3


@dataclass(frozen=True)
class Kept:
    """An entry as its row has it."""

    kind: str
    body: bytes
    size: int

    @property
    def said(self) -> dict[str, Any]:
        """Its body."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def saying(self, **changed: Any) -> Kept:
        """The same with other content."""
        return replace(self, body=canonical({**self.said, **changed}))


class Forger:
    """Somebody with a connection that may change everything."""

    def __init__(self, connection: Connection, signers: Iterable[Signer]) -> None:
        self.connection = connection
        self.signers = {str(each.verifier): each for each in signers}

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def run(self, statement: str, **values: Any) -> list[Any]:
        """One statement; its rows."""
        found = self.connection.execute(text(statement), values)
        return list(found) if found.returns_rows else []

    def entries(self) -> list[Kept]:
        """All entries, in order."""
        return [Kept(kind, bytes(body), size) for kind, body, size in
                self.run("SELECT kind, body, size FROM entries ORDER BY position")]  # fmt: skip

    def write(self, entries: list[Kept], depth: Depth) -> None:
        """Other entries in the place of those that are there, and what follows from them as far as it goes."""
        if depth is Depth.SIGNED:
            entries = self._sign(entries)
        self.run("DELETE FROM entries")
        for at, each in enumerate(entries):
            self.run("INSERT INTO entries VALUES (:at, :kind, :body, :size)", at=at, **vars(each))
        if depth >= Depth.TREE:
            self._plant(entries)

    def _plant(self, entries: list[Kept]) -> None:
        tree = Tree()
        for each in entries:
            tree.append(leaf_hash(each.body))
        self.run("DELETE FROM tiles")
        for level, place, hashes in [*tree.filled, *tree.last()]:
            self.run("INSERT INTO tiles VALUES (:level, :place, :hashes)", level=level, place=place, hashes=hashes)
        self.run("UPDATE head SET size = :size", size=len(entries))

    def _sign(self, entries: list[Kept]) -> list[Kept]:
        """Checkpoints of the same sizes as before, as far as there are entries, and one of all."""
        [(origin,)] = self.run("SELECT value FROM meta WHERE name = 'origin'")
        before = [size for (size,) in self.run("SELECT size FROM checkpoints ORDER BY size")]
        sizes = sorted({size for size in before if size < len(entries)} | {len(entries)})
        self.run("DELETE FROM checkpoints")
        tree, signing = Tree(), Signing()
        for at, each in enumerate(entries):
            if each.kind == "key":
                list(signing.change(at, each.said["key"], each.said["replaces"]))
            tree.append(leaf_hash(each.body))
            if tree.size in sizes:
                note = Checkpoint(origin, tree.size, tree.root).signed([self.signers[key] for key in signing.due])
                self.run("INSERT INTO checkpoints VALUES (:size, :note)", size=tree.size, note=note)
                signing.signed()
        return [replace(each, size=next(size for size in sizes if size > at)) for at, each in enumerate(entries)]


@contextmanager
def forging(url: str, signers: Iterable[Signer]) -> Iterator[Forger]:
    """A forger of the ledger at an address."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    with engine.begin() as connection:
        yield Forger(connection, signers)
    engine.dispose()
