"""A copy or an export of a ledger that was kept: whether all that it has still stands there, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..text import Text
from .findings import Finding, Tick
from .sources import Exported, Row, Source, Stored, opened_source

_BEGINNINGS: Final = (b"SQLite format 3\0", b"\x1f\x8b", b"{")  # of a ledger, of what is gzipped, of an export
_TICK: Final = 1024

_OTHER: Final = Text("内容不同", "it has another content")
_GONE: Final = Text("台账中没有这一条", "the ledger does not have it")
_NEW: Final = Text("副本中没有这一条", "the copy does not have it")


@dataclass(frozen=True, slots=True)
class Compared:
    """A ledger beside a copy that was kept.

    Attributes:
        shown: the address of the copy.
        size: how many entries the copy has.
        differ: how many entries are not the same.
        findings: the first of them, or that it is a copy of something else.
    """

    shown: str
    size: int
    differ: int
    findings: tuple[Finding, ...]


def is_copy(given: str) -> bool:
    """Whether something that was kept is a ledger, or a file that begins as a copy or an export of one does."""
    if "://" in given:
        return True
    try:
        with Path(given).open("rb") as file:
            return file.read(16).startswith(_BEGINNINGS)
    except OSError:
        return False


def opened_copies(given: list[str]) -> list[Stored | Exported]:
    """The copies, open; before a long audit is begun.

    Raises:
        RequestError, ServiceError: one cannot be read.
    """
    found = list[Stored | Exported]()
    try:
        for each in given:
            found.append(opened_source(each))
    except BaseException:
        for copy in found:
            copy.close()
        raise
    return found


def compared(source: Source, copy: Source, tick: Tick = lambda _, __: None) -> Compared:
    """Hold every entry of a copy against the ledger; what the ledger has behind its end came later.

    Raises:
        ServiceError: a database failed.
    """
    if copy.origin != source.origin:
        other = Text(f"它是另一台账 {copy.origin} 的", f"it is of another log, {copy.origin}")
        return Compared(copy.shown, copy.size, 0, (Finding.of("V0115", None, "against", copy=copy.shown, what=other),))
    first: tuple[int | None, Text] | None = None
    differ = size = 0
    for size, (position, what) in enumerate(_differing(source, copy), start=1):
        if size % _TICK == 0:
            tick(min(size, copy.size), copy.size)
        if what is not None:
            differ += 1
            first = first or (position, what)
    if first is None:
        return Compared(copy.shown, size, 0, ())
    place, said = first
    if differ > 1:
        said = Text(f"{said.zh}；不同的共 {differ} 条", f"{said.en}; {differ} entries differ in all")
    return Compared(copy.shown, size, differ, (Finding.of("V0115", place, copy=copy.shown, what=said),))


def _differing(source: Source, copy: Source) -> Iterator[tuple[int | None, Text | None]]:
    """Every position of the copy, or of the ledger below the last one of it, with what differs there, if anything."""
    ours, theirs = source.rows(), copy.rows()
    one, two = next(ours, None), next(theirs, None)
    while two is not None:
        at, kept = _at(one), _at(two)
        if at is not None and kept is not None and at != kept:
            if at < kept:
                yield at, _NEW
                one = next(ours, None)
            else:
                yield kept, _GONE
                two = next(theirs, None)
            continue
        yield kept if kept is not None else at, _what(one, two)
        one, two = next(ours, None), next(theirs, None)


def _what(one: Row | None, two: Row) -> Text | None:
    """What differs in two entries of one place."""
    if one is None:
        return _GONE
    return None if (one.content, one.kind, one.position) == (two.content, two.kind, two.position) else _OTHER


def _at(row: Any) -> int | None:
    """Where a row stands; None where there is none, or it does not say."""
    return row.position if row is not None and type(row.position) is int else None
