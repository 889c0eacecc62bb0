"""How the cells of a report are set, alike on a page and in a workbook: as words or as figures, and as bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ..text import Language, Text, visible
from .report import Cell, Chart, Report, Table

BARS: Final = 20  # rows that have a bar; the rest is said together, as a bar of it would dwarf all others
_LONGEST: Final = 20  # digits of a figure that are set out; what is longer than anyone pays is written with its power

CLEAN: Final = Text("未见异常", "Clean")
FOUND: Final = Text("发现问题", "Findings")
SAMPLES: Final = Text("示例", "Samples")
CONTENTS: Final = Text("目录", "Contents")


def verdict(report: Report) -> Text:
    """Whether all is well, in a word or two."""
    return report.mark or (CLEAN if report.is_clean else FOUND)


def said(cell: Cell | None, language: Language) -> str:
    """A cell as it is read: figures with their thousands set apart, sums to the fen, nothing that nobody sees."""
    match cell:
        case None:
            return ""
        case int():
            return f"{cell:,}"
        case Decimal():
            return _sum(cell)
        case Text():
            return visible(cell.in_(language))
        case _:
            return visible(cell)


def _sum(sum_: Decimal) -> str:
    """To the fen, and never rounded: a sum that is none, from a ledger that was altered, is shown as it is."""
    if not sum_.is_finite() or abs(sum_.adjusted()) > _LONGEST:
        return str(sum_)
    places = -int(sum_.as_tuple().exponent)
    return f"{sum_ or sum_.copy_abs():,.{max(places, 2)}f}"


def is_figure(cell: Cell) -> bool:
    """Whether a cell is a sum or a count."""
    return isinstance(cell, int | Decimal)


def of_figures(table: Table) -> list[bool]:
    """Which columns hold figures, and are set to the right."""
    rows = [*table.rows, table.total] if table.total else table.rows
    return [
        any(is_figure(row[place]) for row in rows) and all(is_figure(row[place]) or row[place] == "" for row in rows)
        for place in range(len(table.heads))
    ]


@dataclass(frozen=True, slots=True)
class Bars:
    """What a chart shows, in the order of the table: names and sums; of many the largest, and what the rest is."""

    rows: tuple[tuple[Cell, Decimal], ...]
    rest: tuple[Text, Decimal] | None = None


def bars(table: Table, chart: Chart) -> Bars:
    """The bars of a table: one for each row, or for the largest."""
    found = [(row[chart.name], amount) for row in table.rows if (amount := _drawn(row[chart.amount])) is not None]
    if len(found) <= BARS + 1:  # one left over is drawn, rather than called the rest
        return Bars(tuple(found))
    by_size = sorted(range(len(found)), key=lambda place: abs(found[place][1]), reverse=True)
    rest = sum((found[place][1] for place in by_size[BARS:]), Decimal("0.00"))
    name = Text(f"其余 {len(found) - BARS:,} 项合计", f"the other {len(found) - BARS:,} together")
    return Bars(tuple(found[place] for place in sorted(by_size[:BARS])), (name, rest))


def _drawn(cell: Cell) -> Decimal | None:
    """A figure that can be drawn."""
    found = Decimal(cell) if isinstance(cell, int | Decimal) else None
    return found if found is not None and found.is_finite() and abs(found.adjusted()) <= _LONGEST else None


def caption(table: Table, chart: Chart, shown: Bars) -> Text:
    """What is said of a chart: which table, which figure, and whether it is of the largest alone."""
    head = table.heads[chart.amount]
    zh, en = f"{table.title.zh}：{head.zh}", f"{table.title.en}: {head.en}"
    if shown.rest:
        zh, en = f"{zh}，{len(table.rows):,} 项中最大的 {BARS} 项", f"{en}, the largest {BARS} of {len(table.rows):,}"
    return Text(zh, en)


def counted(table: Table) -> Text:
    """How many rows there are."""
    count = len(table.rows)
    return Text(f"{count:,} 行", f"{count:,} row" if count == 1 else f"{count:,} rows")


def each_cell(table: Table, place: int) -> Iterator[Cell]:
    """The cells of a column, with that of the total."""
    yield from (row[place] for row in table.rows)
    if table.total:
        yield table.total[place]
