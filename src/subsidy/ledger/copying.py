"""A copy of a ledger while it is written to: one state of it, as a file of SQLite."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, insert, select

from ..errors import Problem, RequestError
from . import tables as t
from .stores import Store

_ROWS: Final = 10_000


def copy(store: Store, target: Path) -> int:
    """Copy every table, as it is in one moment, into a new file; how many entries it has.

    The file has its name only once it is whole and on disk. The key that signs is not copied.

    Raises:
        RequestError: there is such a file already, or it cannot be written.
    """
    if target.exists():
        raise RequestError(Problem.of("R0525", str(target)))
    new = target.with_name(f".{target.name}.new")
    new.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{new}")
    try:
        with store.reading() as source, engine.begin() as copied:
            t.METADATA.create_all(copied)
            for table in t.METADATA.sorted_tables:
                rows = source.execution_options(yield_per=_ROWS).execute(select(table)).mappings()
                for some in rows.partitions(_ROWS):
                    copied.execute(insert(table), [dict(row) for row in some])
            size = copied.scalar(select(t.HEAD.c.size)) or 0
        _synced(new)
        new.rename(target)
        _synced(target.parent)
        return size
    except OSError as error:
        raise RequestError(Problem.of("R0526", str(target), detail=error.strerror or str(error))) from None
    finally:
        engine.dispose()
        new.unlink(missing_ok=True)


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
