"""Where the header of a sheet is, and what its columns mean: the first rows in which the policy is understood."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from ..errors import Place, Problem, RequestError
from ..text import Text
from .cells import written
from .grid import Book, Grid
from .roster import Head, letters
from .titles import Meaning, Titles, is_asked, month_of
from .words import key, plain

_CELLS_SHOWN: Final = 8
_ROWS_SHOWN: Final = 6


@dataclass(frozen=True)
class Above:
    """What stands above a column, the rows of the header from the top."""

    column: int
    parts: tuple[Any, ...]

    @property
    def text(self) -> str:
        """The rows joined by a space."""
        return " ".join(dict.fromkeys(text for each in self.parts if (text := shown(each))))


@dataclass(frozen=True)
class Header:
    """A header as it was understood.

    Attributes:
        row: its first row, from 0.
        height: how many rows it has.
        heads: every column with a text, those that are no facts too.
        meanings: of columns that are facts, what their header said.
    """

    row: int
    height: int
    heads: tuple[Head, ...] = ()
    meanings: dict[int, Meaning] = field(default_factory=dict)
    months: dict[int, tuple[int | None, int]] = field(default_factory=dict)

    @property
    def understood(self) -> frozenset[str]:
        """The facts that its columns state."""
        return frozenset(each.fact.partition("[")[0] for each in self.heads if each.fact)


def shown(cell: Any) -> str:
    """A cell of a header as it is printed."""
    if isinstance(cell, dt.date):
        return cell.isoformat()[:10]
    return " ".join(written(cell).split()) if cell not in ("", None) else ""


def find(grid: Grid, titles: Titles, row: int | None, months_of: str) -> Header:
    """The header of a sheet.

    Args:
        row: the number of its first row, where somebody said it.
        months_of: the fact that columns of a month state, where no header above them does.

    Raises:
        RequestError: no row, or more than one, may be it.
    """
    required = frozenset(name for name, fact in titles.facts.items() if is_asked(fact))
    rows = range(len(grid.top)) if row is None else [row - 1] if 0 < row <= len(grid.top) else []
    found = [_best(grid, titles, each, months_of) for each in rows]
    for each in found:
        if required <= each.understood | ({titles.month} if each.months else set()):
            return each
    if row is not None and found:
        return found[0]
    best = max((len(each.understood) for each in found), default=0)
    likely = [each for each in found if len(each.understood) == best]
    if len(likely) == 2 and likely[0].row + 1 == likely[1].row and likely[0].height == 2:
        likely = likely[1:]
    if best >= 2 and len(likely) == 1:
        return likely[0]
    raise RequestError(_unclear(grid, titles))


def _best(grid: Grid, titles: Titles, row: int, months_of: str) -> Header:
    """A header that begins with a row: of this alone, or of two where more of these are understood."""
    one = _header(grid, titles, row, 1, months_of)
    if row + 1 >= len(grid.top) or not any(shown(cell) for cell in grid.top[row]):
        return one
    two = _header(grid, titles, row, 2, months_of)
    if _score(two) > max(_score(one), _score(_header(grid, titles, row + 1, 1, months_of))):
        return two
    goes_down = any(top == row and bottom == row + 1 for (top, _), (bottom, _) in grid.merged)
    return two if goes_down and _score(two) >= _score(one) > (0, 0) else one


def _score(header: Header) -> tuple[int, int]:
    return len(header.understood), len(header.months)


def _header(grid: Grid, titles: Titles, row: int, height: int, months_of: str) -> Header:
    heads: list[Head] = []
    meanings: dict[int, Meaning] = {}
    months: dict[int, tuple[int | None, int]] = {}
    above = _above(grid, row, height)
    exact = {titles.names.get(key(each.text)) for each in above}
    for each in above:
        if not each.text:
            continue
        month = month_of(each.parts[-1]) if titles.month else None
        if month is not None and (height == 1 or len({shown(part) for part in each.parts}) > 1 or months_of):
            over = titles.of(shown(each.parts[0])) if height > 1 else None
            fact = months_of or (over.path if over else "")
            months[each.column] = month
            if over and fact == over.path:
                meanings[each.column] = over
            heads.append(Head(each.column, each.text, fact, "month"))
            continue
        meaning = _meaning(titles, each)
        if meaning is not None and meaning.remark and meaning.path in exact:
            meaning = None
        if meaning is not None:
            meanings[each.column] = meaning
        heads.append(Head(each.column, each.text, meaning.path if meaning else ""))
    if len(months) < 2 and not months_of:  # a column of one month alone may be anything
        heads = [replace(each, fact="", month="") if each.column in months else each for each in heads]
        months = {}
    return Header(row, height, tuple(heads), meanings, months)


def _meaning(titles: Titles, above: Above) -> Meaning | None:
    """What the rows above a column say together, or the lowest of them alone."""
    texts = [shown(each) for each in above.parts if shown(each)]
    for text in (above.text, "".join(dict.fromkeys(texts)), texts[-1]):
        found = titles.of(text)
        if found is not None:
            return found
    return None


def _above(grid: Grid, row: int, height: int) -> list[Above]:
    rows = [list(grid.top[each]) for each in range(row, row + height)]
    width = max(map(len, rows))
    rows = [[*each, *[""] * (width - len(each))] for each in rows]
    spans = [(first[0] - row, first[1], last[1]) for first, last in grid.merged if row <= first[0] < row + height - 1]
    if height > 1:
        if spans or isinstance(grid, Book):
            for at, begin, end in spans:
                if 0 <= at < height - 1:
                    rows[at][begin : end + 1] = [rows[at][begin]] * (end + 1 - begin)
        else:
            for column in range(1, width):
                if not shown(rows[0][column]) and shown(rows[1][column]):
                    rows[0][column] = rows[0][column - 1]
    return [Above(column, tuple(each[column] for each in rows)) for column in range(width)]


def _unclear(grid: Grid, titles: Titles) -> Problem:
    """What was seen in the first rows."""
    lines: list[tuple[int, str]] = []
    for number, cells in enumerate(grid.top, start=1):
        texts = [shown(cell) for cell in cells if shown(cell)]
        if texts and len(lines) < _ROWS_SHOWN:
            lines.append((number, " | ".join(texts[:_CELLS_SHOWN]) + (" …" if len(texts) > _CELLS_SHOWN else "")))
    required = [fact for fact in titles.facts.values() if is_asked(fact)]
    return Problem.of(
        "R0710",
        str(grid.file),
        seen=Text(
            "；".join(f"第 {number} 行：{text}" for number, text in lines) or "没有内容",
            "; ".join(f"row {number}: {text}" for number, text in lines) or "nothing",
        ),
        wanted=Text("、".join(f.label.zh for f in required), ", ".join(f.name for f in required)),
    )


# — units and years —

_UNIT_LINE: Final = re.compile(r"(?<![报制管送])(?:计量|金额|货币)?单位\s*:\s*([^\s()]+)")
_YEAR: Final = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})\s*年")


def unit_lines(grid: Grid, header: Header) -> list[tuple[str, Place]]:
    """The units that lines above the header name, each where it stands."""
    found = []
    for row, column, text in _titles(grid, header):
        for line in _UNIT_LINE.finditer(plain(text)):
            found += [(unit, at(grid, row, column)) for unit in re.split("[、,;]", line[1]) if unit]
    return found


def years(grid: Grid, header: Header) -> dict[int, tuple[int, int]]:
    """The years that lines above the header name, each with the first cell in which it stands."""
    found: dict[int, tuple[int, int]] = {}
    for row, column, text in _titles(grid, header):
        for year in _YEAR.findall(plain(text)):
            found.setdefault(int(year), (row, column))
    return found


def title_rows(grid: Grid, header: Header) -> list[tuple[int, str]]:
    """The rows above the header in which something stands."""
    rows: dict[int, list[str]] = {}
    for row, _, text in _titles(grid, header):
        rows.setdefault(row, []).append(text)
    return [(row, " ".join(texts)) for row, texts in rows.items()]


def _titles(grid: Grid, header: Header) -> Sequence[tuple[int, int, str]]:
    cells = ((r, c, shown(cell)) for r in range(header.row) for c, cell in enumerate(grid.top[r]))
    return [each for each in cells if each[2]]


def at(grid: Grid, row: int, column: int) -> Place:
    """A cell by its row and column from 0."""
    address = f"{letters(column)}{row + 1}"
    return Place(str(grid.file), f"{grid.sheet}!{address}" if grid.sheet else address)


def factor_of(meaning: Meaning | None) -> Fraction:
    """What a header multiplies its figures by."""
    return meaning.factor if meaning is not None and meaning.factor is not None else Fraction(1)
