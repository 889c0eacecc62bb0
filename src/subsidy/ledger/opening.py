"""Opening a ledger: made anew, or checked to be one of this schema, with the key that signs it."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from ..errors import Problem, RequestError, ServiceError
from ..text import Text
from . import tables as t
from .batch import Batch, Entry
from .copying import synced
from .notes import BadNote, Checkpoint, Signer, Verifier
from .stores import FAULTS, Store, name_of, schema_of
from .tree import Tiles
from .writer import now

NAME: Final = "subsidy-ledger"
_SAID: Final = {"schema", "origin", "scope"}
_CUT_OFF: Final = Text("写入者在提交当中被中断", "its writer was stopped in the middle of a commit")
_ROLL_BACK: Final = Text(
    "启动服务，或运行任何写入台账的命令：未提交的随即回滚；不要移走台账旁的 -journal 文件",
    "start the service, or any command that writes to it: what was not committed is rolled back; leave the -journal "
    "where it is",
)


class Interrupted(ServiceError):
    """What a writer that was stopped left half done has to be rolled back: whoever opens the ledger to write does."""


def is_there(store: Store) -> bool:
    """Whether there is a file; a database of PostgreSQL is found out about when it is asked."""
    return store.path is None or store.path.is_file()


def is_empty(store: Store) -> bool:
    """Whether a ledger can be made here: there is no file yet, or no table. What holds something is left as it is."""
    if store.path is not None and not store.path.exists():
        return True
    with store.reading() as connection:
        return not inspect(connection).get_table_names()


def memory(store: Store, connection: Connection) -> dict[str, str]:
    """What a ledger says of itself: schema, origin, scope.

    Raises:
        ServiceError: it is no ledger, or of a newer schema; it is left as it is.
    """
    schema = schema_of(connection)
    if schema is None:
        raise ServiceError(Problem.of("S0306", store.shown))
    if schema > t.SCHEMA:
        raise ServiceError(Problem.of("S0305", store.shown, given=str(schema), known=str(t.SCHEMA)))
    kept = {row.name: row.value for row in connection.execute(select(t.MEMORY))}
    if not kept.keys() >= _SAID or not all(isinstance(each, str) for pair in kept.items() for each in pair):
        raise ServiceError(Problem.of("S0306", store.shown))
    return kept


@contextmanager
def faults(store: Store) -> Iterator[None]:
    """While a ledger is opened: whatever fails, its store is closed.

    Raises:
        ServiceError: the database does not answer, or is none.
    """
    try:
        yield
    except FAULTS as error:
        store.close()
        raise failed(store, error) from None
    except UnicodeDecodeError:  # by which SQLite names a part of the schema that is damaged
        store.close()
        raise ServiceError(Problem.of("S0306", store.shown)) from None
    except BaseException:
        store.close()
        raise


def failed(store: Store, error: SQLAlchemyError) -> ServiceError:
    """What is said when a database cannot be opened as a ledger."""
    if name_of(error) == "DatabaseError":  # itself and no kind of it: the file is none of SQLite
        return ServiceError(Problem.of("S0306", store.shown))
    if getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
        return Interrupted(Problem.of("S0304", store.shown, detail=_CUT_OFF, hint=_ROLL_BACK))
    return ServiceError(Problem.of("S0304", store.shown, detail=name_of(error)))


def create(store: Store, scope: str, key_file: Path) -> Signer:
    """Make the tables and the first entries in one transaction; the key that signs is made where there is none."""
    origin = f"{NAME}/{scope}/{secrets.token_hex(8)}"
    signer = read_key(key_file, origin) if is_key(key_file) else new_key(key_file, origin)
    if store.path is not None:
        store.path.touch(mode=0o600)  # for the operator alone; not before the key is there, or an empty file were left
    with store.writing() as connection:
        t.METADATA.create_all(connection)
        kept = {"schema": str(t.SCHEMA), "origin": origin, "scope": scope}
        connection.execute(insert(t.MEMORY), [{"name": name, "value": value} for name, value in kept.items()])
        connection.execute(insert(t.HEAD).values(one=1, size=0, writer=""))
        batch = Batch(connection, 0, Tiles(connection, 0), recorded=now())
        batch.add(Entry("opened", {"kind": "opened", "origin": origin, "scope": scope, "schema": t.SCHEMA}))
        batch.add(key_entry(signer.verifier, None))
        batch.write()
        note = Checkpoint(origin, batch.next, batch.tiles.root).signed([signer])
        connection.execute(insert(t.CHECKPOINTS).values(size=batch.next, note=note))
    return signer


def key_entry(verifier: Verifier, before: Verifier | None) -> Entry:
    """The entry from which on a key signs, in the place of another."""
    return Entry("key", {"kind": "key", "key": str(verifier), "replaces": str(before) if before else None})


def read_key(key_file: Path, origin: str) -> Signer:
    """The private key of a ledger.

    Raises:
        RequestError: the file is not there, or holds none.
    """
    try:
        return Signer.read(origin, key_file.read_bytes())
    except OSError as error:
        raise RequestError(Problem.of("R0516", str(key_file), detail=error.strerror or str(error))) from None
    except BadNote as error:
        raise RequestError(Problem.of("R0516", str(key_file), detail=str(error))) from None


def new_key(key_file: Path, origin: str) -> Signer:
    """A new private key in a file for the operator alone; one that is there is never overwritten.

    Raises:
        RequestError: there is one, or it cannot be written.
    """
    signer = Signer.new(origin)
    try:
        if not is_key(key_file):
            key_file.unlink(missing_ok=True)
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(signer.pem())
                file.flush()
                os.fsync(file.fileno())
            synced(key_file.parent)  # its name, too: without its key, a ledger has no writer any more
        except OSError:
            key_file.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RequestError(Problem.of("R0516", str(key_file), detail=error.strerror or str(error))) from None
    return signer


def is_key(key_file: Path) -> bool:
    """Whether there is something; an empty file was begun by a process that ended before it wrote it."""
    return key_file.exists() and not (key_file.is_file() and key_file.stat().st_size == 0)
