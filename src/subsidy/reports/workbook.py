"""A report as a workbook: a summary, a sheet for each table with its chart, and the samples.

Sums are numbers, and exact: a cell of a workbook holds 15 significant digits, so a sum with more is written as text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ..errors import columns
from ..extras import needs
from ..text import Language, Text
from .files import whole
from .report import Cell, Chart, Report, Sample, Table
from .setting import CONTENTS, SAMPLES, Bars, bars, caption, each_cell, of_figures, said, verdict

with needs("audit"):
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

ROWS: Final = 1_048_576  # of a sheet
_DIGITS: Final = 15  # that a number in a workbook keeps
_SIGNS: Final = 32_767  # of a cell, in the units of UTF-16
_NAME: Final = 31  # of the name of a sheet, in the same
_TITLE: Final = 200  # of what is said of a chart
_LINE, _HIGHEST = 18, 409  # points: of a line, and of a row at most
_NARROW: Final = 9  # columns of a terminal
_NOTE_WIDE, _LINES_WIDE = 80, 120
_WIDE: Final = 60  # what is wider is wrapped
_BAR: Final = 26  # pixels that a bar is high, with the gap
MONEY, COUNT = "#,##0.00", "#,##0"
RIGHT: Final[Mapping[str, Any]] = MappingProxyType({"align": "right", "indent": 1})  # not up against the next column
FORMULA: Final = ("=", "+", "-", "@")  # with which a formula could begin
SUMMARY: Final = Text("总览", "Summary")
_ROWS: Final = Text("行数", "rows")
_NOTE: Final = Text("说明", "note")
_GOOD, _BAD = {"font_color": "#116329", "bg_color": "#E6F6EA"}, {"font_color": "#A40E26", "bg_color": "#FFEBE9"}
Listed = tuple[str, tuple[Text, int, Text | None]]  # a sheet, its title, its rows, what is said of it
_MADE: Final = dt.datetime(1980, 1, 1)  # noqa: DTZ001 – as all parts of the file say: the same report, the same bytes


def workbook(report: Report, language: Language, path: Path) -> None:
    """A report as a workbook.

    Raises:
        RequestError: it cannot be written.
    """
    with whole(path) as file:
        made = BytesIO()  # in memory, so that a full disk leaves nothing anywhere
        book = xlsxwriter.Workbook(made, {"in_memory": True})
        sheets = Sheets(book, report.title, language)
        sheets.write(report)
        book.close()
        file.write(made.getbuffer())


class Sheets:
    """The sheets of a workbook that is being written, and their formats.

    Every sheet is written row by row from the first on, so that the workbook may be one of constant memory.
    """

    def __init__(self, book: Any, title: Text, language: Language) -> None:
        self.book, self.language = book, language
        self.book.set_properties({"title": self.say(title), "created": _MADE})
        self.book.use_zip64()
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.names: list[str] = []

    def say(self, cell: Cell) -> str:
        return said(cell, self.language)

    def form(self, **properties: Any) -> Any:
        """A format; the same for the same properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"valign": "vcenter", **properties})
        return self.formats[key]

    def write(self, report: Report) -> None:
        """Every sheet of a report, its summary first."""
        tables = report.in_order()
        summary = self.sheet(SUMMARY)
        sheets = [self.sheet(table.title) for table in tables]
        samples = self.sheet(SAMPLES) if report.samples else None
        listed = [(table.title, len(table.rows), table.note) for table in tables]
        if report.samples:
            listed.append((SAMPLES, len(report.samples), None))
        self.summary(summary, report, list(zip(self.names[1:], listed, strict=True)))
        for sheet, table in zip(sheets, tables, strict=True):
            self.table(sheet, table)
        if samples is not None:
            self.samples(samples, report.samples)

    def sheet(self, title: Text) -> Worksheet:
        """A sheet that prints on A4, as wide as the paper."""
        name = _sheet_name(self.say(title), self.names)
        self.names.append(name)
        sheet: Worksheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_default_row(_LINE)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def cell(self, sheet: Worksheet, row: int, column: int, cell: Cell, **properties: Any) -> None:
        """A cell as what it is: a figure as a number where it is exact, anything else as text that is no formula."""
        is_figure = isinstance(cell, int | Decimal)
        if isinstance(cell, int | Decimal) and is_exact(cell):
            form = self.form(num_format=COUNT if isinstance(cell, int) else MONEY, **RIGHT, **properties)
            exact: Any = cell or 0  # a Decimal is written as it is, though its type is not named
            sheet.write_number(row, column, exact, form)
            return
        text = said(cell, self.language)
        if is_figure:
            properties |= RIGHT
        elif text.startswith(FORMULA):
            properties["quote_prefix"] = True  # it stays text also when somebody edits the cell
        sheet.write_string(row, column, cut(text, self.language), self.form(**properties))

    def summary(self, sheet: Worksheet, report: Report, listed: Sequence[Listed]) -> None:
        """What is reported and whether all is well, and the other sheets, each with its rows and what is said of it."""
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 12)
        sheet.set_column(2, 2, _NOTE_WIDE)
        sheet.set_row(0, 2 * _LINE)
        colours = _GOOD if report.is_clean else _BAD
        self.cell(sheet, 0, 0, report.title, bold=True, font_size=16)
        self.cell(sheet, 1, 0, verdict(report), bold=True, font_size=13, **colours)
        self.cell(sheet, 1, 1, report.verdict, **colours)
        sheet.write_blank(1, 2, None, self.form(**colours))
        row = 3
        for label, fact in report.facts:
            self.cell(sheet, row, 0, label, font_color="#57606A")
            self.cell(sheet, row, 1, fact)
            row += 1
        row += 1
        self.heads(sheet, (CONTENTS, _ROWS, _NOTE), [False, True, False], row=row)
        for name, (title, count, note) in listed:
            row += 1
            link = f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1"
            sheet.write_url(
                row, 0, link, self.form(font_color="#0B5CAD", underline=1), cut(self.say(title), self.language)
            )
            self.cell(sheet, row, 1, count)
            if note:
                self.cell(sheet, row, 2, note, text_wrap=True)
                self.high(sheet, row, [note], [_NOTE_WIDE])

    def heads(
        self, sheet: Worksheet, heads: Sequence[Text], figures: Sequence[bool], row: int = 0, start: int = 0
    ) -> None:
        for column, (head, is_right) in enumerate(zip(heads, figures, strict=True), start):
            align = RIGHT if is_right else {}
            self.cell(sheet, row, column, head, bold=True, bg_color="#F6F8FA", bottom=1, text_wrap=True, **align)

    def table(self, sheet: Worksheet, table: Table) -> None:
        """The head in the first row, so that other programs read it too; then the rows, what is left out, the total."""
        figures = of_figures(table)
        widths = _widths(table, self.language)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        shown = bars(table, table.chart) if table.chart else None
        block = (*shown.rows, shown.rest) if shown and shown.rest else ()
        self.heads(sheet, table.heads, figures)
        self.high(sheet, 0, table.heads, [width - 3 for width in widths])  # beside the sign of the filter
        if block and table.chart:
            heads = (table.heads[table.chart.name], table.heads[table.chart.amount])
            self.heads(sheet, heads, [False, True], start=_beside(table))
        rows = _fitting(table)
        for row, cells in enumerate(rows, 1):
            self.row(sheet, row, cells, figures)
            self.high(sheet, row, cells, widths)
            if row <= len(block):
                for column, cell in enumerate(block[row - 1], _beside(table)):
                    self.cell(sheet, row, column, cell)
        self.below(sheet, table, len(rows), figures)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(table.heads) - 1)
        if rows and table.chart and shown and all(is_exact(sum_) for _, sum_ in shown.rows):
            self.chart(sheet, table, table.chart, shown)

    def row(
        self, sheet: Worksheet, row: int, cells: Sequence[Cell], figures: Sequence[bool], **properties: Any
    ) -> None:
        for column, (cell, is_right) in enumerate(zip(cells, figures, strict=True)):
            self.cell(sheet, row, column, cell, **properties, **({} if is_right else {"text_wrap": True}))

    def high(self, sheet: Worksheet, row: int, cells: Sequence[Cell], widths: Sequence[int]) -> None:
        """Make a row as high as its longest text needs; not every program does it by itself."""
        texts = (columns(self.say(cell)) for cell in cells)
        lines = max(-(-text // (width - 2)) for text, width in zip(texts, widths, strict=False))
        if lines > 1:
            sheet.set_row(row, min(lines * _LINE, _HIGHEST))

    def below(self, sheet: Worksheet, table: Table, count: int, figures: Sequence[bool]) -> None:
        """What stands below the rows: that there are none, how many are left out, the total."""
        row = count + 1
        if left_out := len(table.rows) - count:
            zh, en = f"另有 {left_out:,} 行，工作表容纳不下", f"{left_out:,} more, for which a sheet has no room"
            self.cell(sheet, row, 0, Text(zh, en), bold=True)
            row += 1
        if table.note and not table.rows:
            self.cell(sheet, row, 0, table.note)
        if table.total:
            self.row(sheet, row, table.total, figures, bold=True, top=1)

    def chart(self, sheet: Worksheet, table: Table, chart: Chart, shown: Bars) -> None:
        """Bars of the rows themselves, or of the block beside them that has the largest and the rest."""
        start = _beside(table)
        name, sum_ = (start, start + 1) if shown.rest else (chart.name, chart.amount)
        last = len(shown.rows)
        drawn: Any = self.book.add_chart({"type": "bar"})
        drawn.add_series(
            {
                "name": self.say(table.heads[chart.amount])[:_TITLE],
                "categories": [sheet.name, 1, name, last, name],
                "values": [sheet.name, 1, sum_, last, sum_],
                "fill": {"color": "#2F6FB5"},
                "points": [{"fill": {"color": "#B3541E"}} if amount < 0 else None for _, amount in shown.rows],
                "gap": 40,
            }
        )
        title = self.say(caption(table, chart, shown))[:_TITLE]
        drawn.set_title({"name": title, "name_font": {"size": 11}, "overlay": False})
        drawn.set_legend({"none": True})
        # The first row on top; names at the edge, where bars of sums below zero do not cover them.
        drawn.set_y_axis({"reverse": True, "label_position": "low"})
        # From nought, or the length of a bar says nothing.
        sums = [amount for _, amount in shown.rows]
        ends = ({"min": 0} if min(sums) >= 0 else {}) | ({"max": 0} if max(sums) < 0 else {})
        lines = {"visible": True, "line": {"color": "#D0D7DE"}}
        drawn.set_x_axis(ends | {"num_format": COUNT, "label_position": "high", "major_gridlines": lines})
        drawn.set_size({"width": 760, "height": 110 + _BAR * last})
        if shown.rest:
            drawn.show_hidden_data()  # the block is no part of the table, and stays when that is filtered
        # Below a short table, so that both are printed at a size that is read; beside a long one.
        row, column = (0, start + 3) if shown.rest else (len(table.rows) + 4, 0)
        sheet.insert_chart(row, column, drawn, {"object_position": 3, "description": title})

    def samples(self, sheet: Worksheet, samples: Sequence[Sample]) -> None:
        """Every sample, its title and its lines one below the other."""
        sheet.set_column(0, 0, _LINES_WIDE)
        row = 0
        for sample in samples:
            self.cell(sheet, row, 0, sample.title, bold=True, bg_color="#F6F8FA", text_wrap=True)
            self.high(sheet, row, [sample.title], [_LINES_WIDE])
            for below, line in enumerate(sample.lines, row + 1):
                self.cell(sheet, below, 0, line, text_wrap=True)
                self.high(sheet, below, [line], [_LINES_WIDE])
            row += len(sample.lines) + 2


def _beside(table: Table) -> int:
    """The first column beside a table."""
    return len(table.heads) + 1


def _fitting(table: Table) -> tuple[tuple[Cell, ...], ...]:
    """The rows for which a sheet has room, below its head and above the total."""
    room = ROWS - 1 - bool(table.total)
    return table.rows if len(table.rows) <= room else table.rows[: room - 1]


def is_exact(figure: int | Decimal) -> bool:
    """Whether a cell holds a figure as it is: no more than 15 digits from the first to the fen."""
    if isinstance(figure, int):
        return abs(figure) < 10**_DIGITS
    return figure.is_finite() and int(figure.as_tuple().exponent) >= -2 and figure.adjusted() + 3 <= _DIGITS


def cut(text: str, language: Language) -> str:
    """A text that a cell holds; where it is longer, it is said how much is missing."""
    if len(text.encode("utf-16-le")) // 2 <= _SIGNS:
        return text
    kept = text[: _SIGNS // 2 - 100]
    rest = len(text) - len(kept)
    return kept + Text(f"……（另有 {rest:,} 字）", f"… ({rest:,} more characters)").in_(language)


def _sheet_name(title: str, taken: Sequence[str]) -> str:
    """A name that a sheet may have, and no other has, whatever its case."""
    clean = re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ") or "-"
    if clean.casefold() == "history":  # which Excel keeps for itself
        clean += "_"
    others = {name.casefold() for name in taken}
    for number in range(1, len(taken) + 2):
        mark = "" if number == 1 else f" ({number})"
        kept = clean
        while len((kept + mark).encode("utf-16-le")) // 2 > _NAME:
            kept = kept[:-1]
        if (name := kept.rstrip("' ") + mark).casefold() not in others:
            return name
    raise AssertionError(title)


def _widths(table: Table, language: Language) -> list[int]:
    """How wide each column is: all of its figures are seen, and words are wrapped where they are long."""
    wide = []
    for place, head in enumerate(table.heads):
        cells = (columns(said(cell, language)) for cell in each_cell(table, place))
        widest = max(columns(said(head, language)) + 3, *cells, _NARROW)  # with the sign of the filter
        wide.append(min(widest, _WIDE) + 2)
    if not table.rows:
        return wide
    if table.chart and bars(table, table.chart).rest:
        wide += [3, wide[table.chart.name], wide[table.chart.amount]]
    return wide
