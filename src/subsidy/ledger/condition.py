"""Whether claims can be determined just now: the writer, the disk, and whether the end of the log fits together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from ..errors import Problem
from . import tables as t
from .notes import BadNote, Verifier, opened
from .stores import name_of
from .tree import Tiles

if TYPE_CHECKING:
    from .stores import Store
    from .writer import Writer

CHECKS: Final = ("writer", "disk", "ledger")
_LONG: Final = 10.0  # seconds in which a batch is committed
MIB: Final = 1024 * 1024


def condition(store: Store, writer: Writer, least: int) -> Iterator[tuple[str, Problem]]:
    """What stands in the way, each with which of `CHECKS` it is of; in a few short reads.

    After a commit that failed, an empty one is tried: what can be read says nothing of what can be written.

    Args:
        least: bytes that the disk of a file must have free.
    """
    if not writer.is_alive:
        yield "writer", Problem.of("S0307", store.shown)
    if store.path is not None:
        yield from (("disk", problem) for problem in _disk(store.path, store.shown, least))
    before = writer.signer.verifier  # a key may be replaced meanwhile
    try:
        with store.reading() as connection:
            size, mark = connection.execute(select(t.HEAD.c.size, t.HEAD.c.writer)).one()
            wrong = _inconsistent(connection, size, [before, writer.signer.verifier])
    except SQLAlchemyError as error:
        yield "ledger", Problem.of("S0304", store.shown, detail=name_of(error))
        return
    if mark != writer.mark:
        yield "writer", Problem.of("S0303", store.shown)
    elif writer.busy_for > _LONG:
        yield "ledger", Problem.of("S0304", store.shown, detail=f"{writer.busy_for:.0f} s")
    elif (failed := writer.try_again()) is not None:
        yield "ledger", failed
    if wrong:
        yield "ledger", Problem.of("S0309", store.shown, detail=wrong)


def _disk(path: Path, shown: str, least: int) -> Iterator[Problem]:
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        yield Problem.of("S0304", shown, detail=error.strerror or type(error).__name__)
        return
    if free < least:
        yield Problem.of("S0308", shown, given=str(free // MIB), least=str(least // MIB))


def _inconsistent(connection: Connection, size: int, verifiers: Sequence[Verifier]) -> str:
    """What does not fit at the end of the log: its head, its last entry, its tree, or the checkpoint over them."""
    last = connection.scalar(select(func.max(t.ENTRIES.c.position)))
    if last is None or last + 1 != size:
        return f"head {size}, entries {0 if last is None else last + 1}"
    note = connection.scalar(select(t.CHECKPOINTS.c.note).where(t.CHECKPOINTS.c.size == size))
    if note is None:
        return f"checkpoint {size}"
    try:
        found = opened(note, verifiers)
        is_of_it = found.size == size and found.root == Tiles(connection, size).root
    except (BadNote, LookupError):
        is_of_it = False
    return "" if is_of_it else f"checkpoint {size}"
