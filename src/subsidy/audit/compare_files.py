"""The differences of a comparison as a file: a workbook or a CSV, every row that is not as it should be."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ..extras import needs
from ..text import Language, Text
from .comparing import Comparison, Difference

HEADS: Final = (
    Text("行", "row"),
    Text("单元格", "cell"),
    Text("代码", "code"),
    Text("实付", "paid"),
    Text("应付（下限）", "due (least)"),
    Text("应付（上限）", "due (most)"),
    Text("差额", "difference"),
    Text("版本", "version"),
    Text("月份", "month"),
    Text("条款", "clause"),
    Text("说明", "what is wrong"),
)


def write(comparison: Comparison, target: Path, language: Language) -> None:
    """Write the differences; the file has its name only once it is whole."""
    new = target.with_name(f".{target.name}.new")
    try:
        if target.suffix.lower() == ".xlsx":
            _workbook(comparison, new, language)
        else:
            with new.open("w", encoding="utf-8-sig", newline="") as file:  # with the mark by which Excel knows UTF-8
                rows = csv.writer(file)
                rows.writerow([head.in_(language) for head in HEADS])
                rows.writerows([_inert(cell) for cell in _cells(each, language)] for each in comparison.differences)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _workbook(comparison: Comparison, target: Path, language: Language) -> None:
    with needs("audit"):
        import xlsxwriter
    with xlsxwriter.Workbook(str(target), {"constant_memory": True, "in_memory": False}) as book:
        bold, sum_ = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet({"zh": "差异", "en": "differences"}[language])
        sheet.freeze_panes(1, 0)
        sheet.set_column(2, 9, 14)
        sheet.set_column(10, 10, 80)
        for column, head in enumerate(HEADS):
            sheet.write_string(0, column, head.in_(language), bold)
        for row, each in enumerate(comparison.differences, start=1):
            for column, cell in enumerate(_cells(each, language)):
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell)  # never a formula, whatever it begins with
                elif cell is not None:
                    sheet.write_number(row, column, cell, sum_ if isinstance(cell, Decimal) else None)


def _cells(each: Difference, language: Language) -> Iterator[Any]:
    yield each.row
    yield each.cell
    yield each.finding.code
    yield from (each.paid, each.low, each.high, each.difference)
    yield from (each.version, each.month, each.clause)
    yield each.finding.message(language)


def _inert(cell: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
