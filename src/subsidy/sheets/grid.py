"""A file as rows of cells: a CSV in pieces, or one sheet of a workbook. Nothing is understood here."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from ..columns import Encoding
from ..errors import Problem, RequestError
from ..extras import needs
from ..text import Text
from . import plain_csv
from .odd_cells import Odd, odd_cells

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
TOP: Final = 40  # rows among which a header is looked for
Column: TypeAlias = Any  # pa.Array | list: of a CSV, texts; of a workbook, what calamine makes of its cells
SIDE: Final = (Text("示例", "Example"), Text("填写说明", "Notes on columns"), Text("可选项", "Choices"))
_CELL_MOST: Final = 1 << 24  # characters of a cell of a CSV


@dataclass(frozen=True)
class Block:
    """Some rows that follow each other. `ragged` has those that are as wide as no header, by their place."""

    numbers: np.ndarray[Any, np.dtype[np.int64]]
    columns: tuple[Column, ...]
    ragged: Mapping[int, int] = field(default_factory=dict)


@dataclass
class Grid(ABC):
    """A file of rows and columns; both are counted from 0 here.

    Attributes:
        top: the first rows, each as wide as it is.
        merged: the first and last row and column of cells that are merged.
        size: how many rows there are, empty ones too, where that is known.
    """

    file: Path
    sheet: str = ""
    top: list[tuple[Any, ...]] = field(default_factory=list)
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    size: int | None = None
    odd: Odd = field(default_factory=Odd)

    @abstractmethod
    def blocks(self, first: int, width: int, size: int) -> Iterator[Block]:
        """The rows from `first` on, so many at once, as many columns as `width` says."""


@dataclass
class Csv(Grid):
    """A CSV. From where it has no quote on, Arrow reads it, which then finds the same cells as Python does."""

    encoding: Encoding = "utf-8"
    plain_from: int | None = None  # a line

    def blocks(self, first: int, width: int, size: int) -> Iterator[Block]:
        if self.size is not None and first >= self.size:
            return
        if self.is_plain(first):
            for numbers, columns, ragged in plain_csv.blocks(self.file, self.encoding, first, width):
                for begin in range(0, len(numbers), size):
                    some = {at - begin: wide for at, wide in ragged.items() if begin <= at < begin + size}
                    yield Block(numbers[begin : begin + size], tuple(each.slice(begin, size) for each in columns), some)
            return
        begin = first
        rows = islice(_rows(self.file, self.encoding), first, None)
        while some_rows := list(islice(rows, size)):
            wide_of = {at: plain_csv.extent(row, width) for at, row in enumerate(some_rows) if row}
            ragged = {at: wide for at, wide in wide_of.items() if wide != width}
            even = [row if len(row) == width else (row + [""] * width)[:width] for row in some_rows]
            columns = [pa.array(column, pa.string()) for column in zip(*even, strict=True)]
            yield Block(np.arange(begin, begin + len(even)), tuple(columns), ragged)
            begin += len(even)

    def is_plain(self, first: int) -> bool:
        """Whether Arrow may read from a row on: no quote is there, and so many lines stand before it."""
        if self.plain_from is None or first < self.plain_from:
            return False
        above = self.top[:first] if self.plain_from else []
        return all("\n" not in cell for row in above for cell in row) and self.plain_from <= len(self.top)


@dataclass
class Book(Grid):
    """A sheet of a workbook, which is in memory."""

    rows: list[list[Any]] = field(default_factory=list)

    def blocks(self, first: int, width: int, size: int) -> Iterator[Block]:
        for begin in range(first, len(self.rows), size):
            some = self.rows[begin : begin + size]
            wide_of = {at: plain_csv.extent(row, width) for at, row in enumerate(some) if len(row) > width}
            ragged = {at: wide for at, wide in wide_of.items() if wide != width}
            even = [(row + [""] * width)[:width] for row in some]
            columns = [list(column) for column in zip(*even, strict=True)]
            yield Block(np.arange(begin, begin + len(some)), tuple(columns), ragged)


def open_grid(file: Path, sheet: str | None, encoding: Encoding) -> Grid:
    """The rows of a file.

    Raises:
        RequestError: it cannot be read, or has several sheets of which none was named.
    """
    if file.suffix.lower() in WORKBOOKS:
        return _book(file, sheet)
    known = plain_csv.scan(file, encoding)
    top = [tuple(row) for row in islice(_rows(file, encoding), TOP)]
    return Csv(file, top=top, size=known.lines, encoding=encoding, plain_from=known.plain_from)


def _rows(file: Path, encoding: Encoding) -> Iterator[list[str]]:
    """The rows of a CSV one after the other, each number what a spreadsheet shows beside it."""
    csv.field_size_limit(_CELL_MOST)
    try:
        with file.open(encoding=plain_csv.codec(encoding), newline="") as lines:
            yield from csv.reader(lines, strict=True)
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(Problem.of("R0701", str(file), encoding=encoding, detail=str(error))) from None


def _book(file: Path, sheet: str | None) -> Book:
    with needs("tables"):
        from python_calamine import CalamineError, CalamineWorkbook
    try:
        with CalamineWorkbook.from_path(file) as book:
            names = book.sheet_names
            beside = {text for each in SIDE for text in (each.zh, each.en)}  # as a template has beside its roster
            own = [each for each in names if each not in beside] or names
            if (sheet is None and len(own) > 1) or (sheet is not None and sheet not in names):
                raise RequestError(Problem.of("R0551", str(file), given=sheet or "–", allowed=", ".join(names)))
            name = sheet or own[0]
            found = book.get_sheet_by_name(name)
            rows = found.to_python(skip_empty_area=False)
            merged = found.merged_cell_ranges or ()
    except (CalamineError, OSError) as error:
        raise RequestError(Problem.of("R0555", str(file), detail=str(error))) from None
    odd = odd_cells(file, name)
    return Book(file, name, [tuple(row) for row in rows[:TOP]], merged, len(rows), odd, rows)
