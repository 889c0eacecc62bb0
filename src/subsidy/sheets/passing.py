"""Rows of a roster that are no claims: totals, words below the table, the header once more. None goes in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .grid import Block, Column
from .words import is_footer, is_total, key

Mask = NDArray[np.bool_]
Kind = Literal["total", "words", "header"]
_TOTALS: Final = ("计", "otal", "OTAL", "sum", "Sum", "SUM")  # one of them is in every word for a total
_COLONS: Final = (":", "：")  # one of them is in every text below a table
_FEW: Final = 4  # cells that a row with words below a table may have


@dataclass(frozen=True)
class Shape:
    """What of a sheet decides which rows are claims.

    Attributes:
        facts: the columns that state facts.
        keys: those of them that every claim states and that are no numbers.
        titles: what stands above each column, in one spelling.
    """

    facts: frozenset[int]
    keys: frozenset[int]
    titles: Mapping[int, str]


@dataclass(frozen=True)
class Passed:
    """A row that is passed over, by its place in the block, with the cell that says why."""

    index: int
    kind: Kind
    column: int
    text: str


def stated(column: Column) -> Mask:
    """Which cells have something, were it a sign for nothing."""
    if isinstance(column, list):
        return np.fromiter(
            (bool(each.strip()) if isinstance(each, str) else each is not None for each in column), bool, len(column)
        )
    found: Mask = pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
    return found


def passed_over(block: Block, has: Mask, shape: Shape) -> list[Passed]:
    """The rows that are no claims, of those in which something stands.

    Args:
        has: of each column, which cells have something.
    """
    size = len(block.numbers)
    may_be_total, may_be_footer = np.zeros(size, bool), np.zeros(size, bool)
    for column in block.columns:
        may_be_total |= _has(column, _TOTALS)
        may_be_footer |= _has(column, _COLONS)
    counts = has.sum(axis=0)
    facts = sorted(shape.facts)
    stating = has[facts].sum(axis=0) if facts else np.zeros(size, int)
    may_be_words = ((counts > 0) & (stating == 0)) | (may_be_footer & (counts <= _FEW))
    may_repeat = np.zeros(size, bool)
    first = min(shape.titles, default=None)
    if first is not None:
        may_repeat = _equals(block.columns[first], shape.titles[first])
    found = []
    for index in np.flatnonzero(may_be_total | may_be_words | may_repeat):
        cells = {place: _cell(block.columns[place], int(index)) for place in np.flatnonzero(has[:, index]).tolist()}
        kind = _kind(cells, shape)
        if kind is not None:
            found.append(Passed(int(index), *kind))
    return found


def _kind(cells: Mapping[int, Any], shape: Shape) -> tuple[Kind, int, str] | None:
    total = next((at for at, cell in cells.items() if isinstance(cell, str) and is_total(cell)), None)
    if total is not None and (total in shape.facts or not shape.keys or not shape.keys <= cells.keys()):
        return "total", total, str(cells[total]).strip()
    if not cells:
        return None
    first = next(iter(cells))
    texts = " ".join(str(cell).strip() for cell in cells.values())
    if len(cells) > 1 and all(key(str(cell)) == shape.titles.get(at) for at, cell in cells.items()):
        return "header", first, texts
    if all(isinstance(cell, str) and is_footer(cell) for cell in cells.values()):
        return "words", first, texts
    return ("words", first, texts) if len(cells) == 1 and first not in shape.facts else None


def _cell(column: Column, index: int) -> Any:
    return column[index] if isinstance(column, list) else column[index].as_py()


def _has(column: Column, signs: Sequence[str]) -> Mask:
    """Which cells are texts with one of some signs."""
    if isinstance(column, list):
        return np.fromiter(
            (isinstance(each, str) and any(sign in each for sign in signs) for each in column), bool, len(column)
        )
    whole, found = _bytes(column), np.zeros(len(column), bool)
    for sign in signs:
        if sign.encode() in whole:  # most have none, and that is seen at once
            found |= pc.match_substring(column, sign).to_numpy(zero_copy_only=False)
    return found


def _bytes(column: pa.Array) -> bytes:
    """All texts of a column, one behind the other."""
    _, places, data = column.buffers()
    if data is None:
        return b""
    ends = np.frombuffer(places, np.int32)[[column.offset, column.offset + len(column)]]
    return bytes(memoryview(data)[ends[0] : ends[1]])


def _equals(column: Column, title: str) -> Mask:
    if isinstance(column, list):
        return np.fromiter((isinstance(each, str) and key(each) == title for each in column), bool, len(column))
    found: Mask = pc.is_in(column, value_set=pa.array(_spellings(column, title), pa.string())).to_numpy(
        zero_copy_only=False
    )
    return found


def _spellings(column: pa.Array, title: str) -> Sequence[str]:
    """The texts of a column that are a title, however spaced."""
    some = column.filter(pc.match_substring(column, title[:1], ignore_case=True)) if title else column[:0]
    return [each for each in pc.unique(some).to_pylist() if key(each) == title] if len(some) < len(column) else []
