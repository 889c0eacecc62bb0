"""Totals that a sheet states, beside the sums of the rows above them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import Problem
from ..exact import NUMBER
from ..language.types import Number
from .cells import THOUSANDS, written
from .grid import Block, Column
from .header import at
from .words import plain

if TYPE_CHECKING:
    from .sheet_roster import SheetRoster


_WIDE: Final = pa.decimal128(38, 9)


class Totals:
    """Sums of the columns of numbers: of all rows so far, and since the last total."""

    def __init__(self, roster: SheetRoster) -> None:
        self._grid = roster.grid
        self._heads = [e for e in roster.heads if e.fact and isinstance(roster.titles.fact(e.fact).type, Number)]
        self._all = {each.column: Decimal(0) for each in self._heads}
        self._since = dict(self._all)
        self._unknown: set[int] = set()

    def check(self, block: Block, totals: list[int], keep: NDArray[np.bool_]) -> list[Problem]:
        """What stated totals differ from; a total of all rows or of those since the last total is right."""
        found = []
        begin = 0
        for end in [*totals, len(keep)]:
            rows = np.flatnonzero(keep[begin:end]) + begin
            for head in self._heads:
                added = _sum(block.columns[head.column], rows)
                if added is None:
                    self._unknown.add(head.column)
                else:
                    self._all[head.column] += added
                    self._since[head.column] += added
            if end < len(keep):
                found += self._differing(block, end)
                self._since = dict.fromkeys(self._since, Decimal(0))
            begin = end + 1
        return found

    def _differing(self, block: Block, index: int) -> list[Problem]:
        found = []
        for head in self._heads:
            column = block.columns[head.column]
            said = _number(column[index] if isinstance(column, list) else column[index].as_py())
            whole, since = self._all[head.column], self._since[head.column]
            if said is not None and head.column not in self._unknown and said not in (whole, since):
                place = at(self._grid, int(block.numbers[index]), head.column)
                values = {"given": _plain(said), "all": _plain(whole), "since": _plain(since)}
                found.append(Problem("R0740", head.fact, values, place))
        return found


def _sum(column: Column, rows: NDArray[Any]) -> Decimal | None:
    """The sum of some rows; None where a cell is no plain number, and there is no telling."""
    if not isinstance(column, list):
        some = column.take(pa.array(rows))
        try:
            found = pc.sum(pc.if_else(pc.equal(some, ""), None, some).cast(_WIDE)).as_py()
        except pa.ArrowInvalid:
            return None if any(_number(each) is None for each in some.to_pylist() if each) else _added(some.to_pylist())
        return found or Decimal(0)
    cells = [column[row] for row in rows]
    return None if any(_number(cell) is None for cell in cells if cell not in ("", None)) else _added(cells)


def _added(cells: list[Any]) -> Decimal:
    return sum((_number(cell) or Decimal(0) for cell in cells), Decimal(0))


def _number(cell: Any) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    text = plain(written(cell))
    text = text.replace(",", "") if THOUSANDS.fullmatch(text) else text
    return Decimal(text) if NUMBER.fullmatch(text) else None


def _plain(value: Decimal) -> str:
    return format(value.normalize() if value else Decimal(0), "f")
