"""A copy of a ledger while it is written to: one state of it, as a file of SQLite."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select, create_engine, insert, select

from ..errors import Problem, RequestError
from . import tables as t
from .stores import Store

_ROWS: Final = 5_000


def copy(store: Store, target: Path, progress: Callable[[int, int], None] = lambda _, __: None) -> int:
    """Copy a ledger, as it is in one moment, into a new file; how many entries it has.

    The file has its name only once it is whole and on disk. The key that signs is not copied.

    Args:
        progress: is told how many entries of how many are copied.

    Raises:
        RequestError: there is such a file already, or it cannot be written.
    """
    if target.exists():
        raise RequestError(Problem.of("R0525", str(target)))
    new = target.with_name(f".{target.name}.new")
    new.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{new}")
    try:
        new.touch(mode=0o600)  # for the operator alone, as the ledger itself
        with engine.begin() as copied:
            t.METADATA.create_all(copied)
            size = _copy(store, copied, progress)
        synced(new)
        new.rename(target)
        synced(target.parent)
    except OSError as error:
        raise RequestError(Problem.of("R0526", str(target), detail=error.strerror or str(error))) from None
    finally:
        engine.dispose()
        new.unlink(missing_ok=True)
    return size


def _copy(store: Store, copied: Connection, progress: Callable[[int, int], None]) -> int:
    """First the entries, which never change, in parts, so that the writer goes on; then the rest in one moment."""
    done, size = 0, _size(store)
    position = t.ENTRIES.c.position
    while done < size:
        with store.reading() as source:
            _move(source, copied, t.ENTRIES, select(t.ENTRIES).where(position >= done, position < done + _ROWS))
        done = min(done + _ROWS, size)
        progress(done, size)
    with store.reading() as source:
        _move(source, copied, t.ENTRIES, select(t.ENTRIES).where(position >= done))
        for table in t.METADATA.sorted_tables:
            if table is not t.ENTRIES:
                _move(source, copied, table, select(table))
    return int(copied.scalar(select(t.HEAD.c.size)) or 0)


def _size(store: Store) -> int:
    with store.reading() as source:
        return int(source.scalar(select(t.HEAD.c.size)) or 0)


def _move(source: Connection, copied: Connection, table: Any, rows: Select[Any]) -> None:
    found = source.execution_options(yield_per=_ROWS).execute(rows).mappings()
    for some in found.partitions(_ROWS):
        copied.execute(insert(table), [dict(row) for row in some])


def synced(path: Path) -> None:
    """See that a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
