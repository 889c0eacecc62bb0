"""A result as a workbook: the summary with its charts, problems, and every row; any number of rows in little memory.

Sums are numbers where a cell holds them exactly. Nothing that a roster says becomes a formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import IO, Any, Final

from ..errors import Problem, columns
from ..extras import needs
from ..reports.workbook import FORMULA, MONEY, RIGHT, ROWS, SUMMARY, Sheets, cut, is_exact
from ..text import Text, visible
from .layout import Column, heads
from .making import Making
from .outcome import SIMULATION
from .pieces import Answered, allowed, given
from .report import report_of, titles
from .shown import Shown

with needs("tables"):
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

RESULTS: Final = Text("结果", "Results")
PROBLEMS: Final = Text("问题", "Problems")
_NO_PROBLEMS: Final = Text("没有问题", "Nothing is wrong")
_HEADS: Final = (
    Text("行号", "row"),
    Text("单元格", "cell"),
    Text("列", "column"),
    Text("代码", "code"),
    Text("给出的", "given"),
    Text("允许的", "allowed"),
    Text("问题", "what is wrong"),
    Text("怎么办", "what to do"),
)
_WIDTHS: Final = (8, 11, 14, 8, 18, 20, 44, 40)
_LOOKED_AT: Final = 1000  # rows that say how wide a column is
_NARROW, _WIDE, _PROBLEMS_WIDE = 9, 40, 60
_PAPER: Final = 170  # as wide as a page is that can be read
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.([0-9]{1,9}))?")
_DIGITS: Final = 15  # that a number in a workbook keeps
_UPRIGHT: Final = 10  # columns that are read on paper held upright
_BAD: Final = "#FFF1E5"  # behind a row that was not computed

Write = Callable[[Worksheet, int, int, Any, bool], None]


class WorkbookResult:
    """A workbook that is being written; the rows come last, on as many sheets as they need."""

    def __init__(self, making: Making) -> None:
        self._book = xlsxwriter.Workbook(making.file, {"constant_memory": True, "tmpdir": str(making.folder)})
        outcome, language, of = making.outcome, making.language, making.columns
        self._outcome, self._language, self._of = outcome, language, of
        self._shown = Shown(outcome, language)
        self._heads = heads(of, language)
        title = Text("名单测算", "Roster calculated")
        self._sheets = Sheets(self._book, title, language)
        self._summary = self._sheets.sheet(SUMMARY)
        self._tables = [self._sheets.sheet(each) for each in titles(outcome)]
        self._problems, self._wrong = self._sheets.sheet(PROBLEMS), 0
        self._begin_problems()
        self._writes = [self._write_of(each) for each in of]
        self._widths = [max(columns(head) + 3, _NARROW) for head in self._heads]
        self._widths[-1] = _PROBLEMS_WIDE
        self._blank = self._sheets.form(bg_color=_BAD)
        self._results: list[tuple[Worksheet, int]] = []  # each with its rows
        self._rows = 0
        self._column_heads = {each.column: each.text for each in outcome.roster.heads}

    def take(self, answered: Answered) -> None:
        cells = [self._shown.column(answered, each).to_pylist() for each in self._of]
        if self._rows < _LOOKED_AT:
            self._look(cells)
        wrong = answered.problems
        for index, row in enumerate(zip(*cells, strict=True)):
            if not self._results or self._results[-1][1] == ROWS - 1:
                self._results.append((self._begin_results(), 0))
            sheet, count = self._results[-1]
            is_wrong = index in wrong
            for column, (cell, write) in enumerate(zip(row, self._writes, strict=True)):
                if cell is not None:
                    write(sheet, count + 1, column, cell, is_wrong)
                elif is_wrong:
                    sheet.write_blank(count + 1, column, None, self._blank)
            if is_wrong:
                self._sheets.high(sheet, count + 1, row[-1:], [_PROBLEMS_WIDE])
            self._results[-1] = (sheet, count + 1)
            self._rows += 1
        for index, problems in wrong.items():
            for each in problems:
                self._problem(answered.row(index), each)

    def close(self) -> None:
        outcome = self._outcome
        for note in outcome.roster.notes:
            self._problem(None, note)
        problems = self._end_problems()
        report = report_of(outcome, self._language)
        listed = [(table.title, len(table.rows), table.note) for table in report.tables]
        listed.append((PROBLEMS, problems, None))
        listed += [(RESULTS, count, None) for _, count in self._results]
        self._sheets.summary(self._summary, report, list(zip(self._sheets.names[1:], listed, strict=True)))
        for sheet, table in zip(self._tables, report.tables, strict=True):
            self._sheets.table(sheet, table)
            if len(table.heads) <= _UPRIGHT:
                sheet.set_portrait()  # on which the rows of a year and their chart are on one page
        # Bounds of sums that are all determined say nothing more.
        bounds = () if outcome.total.open else (".low", ".high")
        unneeded = {
            at
            for at, each in enumerate(self._of)
            if each.source == "answers" and each.kind == "sum" and each.name.endswith(bounds)
        }
        mark = SIMULATION.in_(self._language) if outcome.total.simulated else ""
        for sheet, count in self._results:
            for column, width in enumerate(self._widths):
                hidden = {"hidden": True} if column in unneeded else {}
                sheet.set_column(column, column, width, None, hidden)
            sheet.autofilter(0, 0, count, len(self._of) - 1)
            if mark:
                sheet.set_header(f"&C{mark}")
            seen = sum(width for column, width in enumerate(self._widths) if column not in unneeded)
            sheet.fit_to_pages(-(-seen // _PAPER), 0)
        self._book.close()

    def abandon(self) -> None:
        """Let go of the files of sheets that are not put together any more."""
        for sheet in self._book.worksheets():
            rows: IO[str] | None = sheet.row_data_fh
            if rows is not None:
                rows.close()

    # — results —

    def _begin_results(self) -> Worksheet:
        sheet = self._sheets.sheet(RESULTS)
        sheet.freeze_panes(1, 2)
        sheet.repeat_columns(0, 1)
        sheet.repeat_rows(0)
        figures = [each.kind in ("sum", "count", "number") for each in self._of]
        self._sheets.heads(sheet, [Text(head, head) for head in self._heads], figures)
        return sheet

    def _look(self, cells: list[list[Any]]) -> None:
        for column, values in enumerate(cells[:-1]):
            shown = (f"{each:,}" if isinstance(each, Decimal) else str(each) for each in values[:_LOOKED_AT] if each)
            room = 5 if self._of[column].kind == "number" else 3  # for the marks between thousands, and the margin
            widest = max((columns(each) + room for each in shown), default=0)
            self._widths[column] = min(max(self._widths[column], widest), _WIDE)

    def _write_of(self, column: Column) -> Write:
        """What writes the cells of a column."""
        form = self._sheets.form
        looks = {is_wrong: {"bg_color": _BAD} if is_wrong else {} for is_wrong in (False, True)}
        text = [form(**looks[each]) for each in (False, True)]
        quoted = [form(quote_prefix=True, **looks[each]) for each in (False, True)]
        money = [form(num_format=MONEY, **RIGHT, **looks[each]) for each in (False, True)]
        right = [form(**RIGHT, **looks[each]) for each in (False, True)]
        wrapped = [form(text_wrap=True, **looks[each]) for each in (False, True)]
        numbers = [
            [
                form(num_format="#,##0" + "." * (places > 0) + "0" * places, **RIGHT, **looks[each])
                for places in range(10)
            ]
            for each in (False, True)
        ]
        language = self._language

        def write_text(sheet: Worksheet, row: int, at: int, cell: str, is_wrong: bool) -> None:
            if not cell.isprintable():
                cell = visible(cell, keep="\n")
            if len(cell) > _LOOKED_AT:
                cell = cut(cell, language)
            sheet.write_string(row, at, cell, (quoted if cell.startswith(FORMULA) else text)[is_wrong])

        def write_sum(sheet: Worksheet, row: int, at: int, cell: Decimal, is_wrong: bool) -> None:
            if is_exact(cell):
                exact: Any = cell  # a Decimal is written as it is, though its type is not named
                sheet.write_number(row, at, exact, money[is_wrong])
            else:
                sheet.write_string(row, at, f"{cell:,.2f}", right[is_wrong])

        def write_number(sheet: Worksheet, row: int, at: int, cell: str, is_wrong: bool) -> None:
            found = _NUMBER.fullmatch(cell)
            if found is None or len(cell) - cell.count(".") - cell.count("-") > _DIGITS:
                write_text(sheet, row, at, cell, is_wrong)
            else:
                exact: Any = Decimal(cell)
                sheet.write_number(row, at, exact, numbers[is_wrong][len(found[1] or "")])

        def write_count(sheet: Worksheet, row: int, at: int, cell: int, is_wrong: bool) -> None:
            sheet.write_number(row, at, cell, right[is_wrong])

        def write_words(sheet: Worksheet, row: int, at: int, cell: str, is_wrong: bool) -> None:
            sheet.write_string(row, at, cut(visible(cell, keep="\n"), language), wrapped[is_wrong])

        by_kind: dict[str, Write] = {
            "sum": write_sum,
            "number": write_number,
            "count": write_count,
            "problems": write_words,
        }
        return by_kind.get(column.kind, write_text)

    # — problems —

    def _begin_problems(self) -> None:
        sheet = self._problems
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        self._sheets.heads(sheet, _HEADS, [False] * len(_HEADS))

    def _problem(self, row: int | None, problem: Problem) -> None:
        self._wrong += 1
        if self._wrong > ROWS - 2:
            return
        language, place = self._language, problem.place
        address = place.key if place else ""
        cells = (
            "" if row is None else str(row),
            address,
            self._column_heads.get(_column_of(address), ""),
            problem.code,
            given(problem, language),
            allowed(problem, language),
            problem.message(language),
            problem.help(language),
        )
        for column, cell in enumerate(cells):
            if cell:
                self._sheets.cell(self._problems, self._wrong, column, cell, text_wrap=True)
        self._sheets.high(self._problems, self._wrong, cells, _WIDTHS)

    def _end_problems(self) -> int:
        sheet, shown = self._problems, min(self._wrong, ROWS - 2)
        if left := self._wrong - shown:
            text = Text(f"另有 {left:,} 个，工作表容纳不下", f"{left:,} more, for which a sheet has no room")
            self._sheets.cell(sheet, shown + 1, 0, text, bold=True)
        if shown:
            sheet.autofilter(0, 0, shown, len(_HEADS) - 1)
        else:
            self._sheets.cell(sheet, 1, 0, _NO_PROBLEMS)
        return self._wrong


def _column_of(address: str) -> int:
    """The place of the column of a cell, the first being 0; -1 where it is none."""
    letters = address.rpartition("!")[2].rstrip("0123456789")
    place = 0
    for each in letters:
        place = place * 26 + ord(each) - ord("A") + 1
    return place - 1
