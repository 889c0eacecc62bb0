"""The report of a comparison: what was paid beside what was due, by version and by month, and every difference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ..errors import Problem
from ..reports.report import Cell, Chart, Report, Table
from ..text import Text
from .comparing import Comparison, Difference, Sums

_SUMS: Final = (
    Text("行数", "rows"),
    Text("相符", "same"),
    Text("实付", "paid"),
    Text("应付", "due"),
    Text("多付", "over"),
    Text("少付", "under"),
    Text("未定", "open"),
    Text("未重算", "not computed"),
)
_OVER: Final = 5  # the column of what was paid too much, behind the name


def report_of(comparison: Comparison) -> Report:
    """The report of a comparison."""
    count, total = len(comparison.differences), comparison.total
    verdict = Text("每一行都相符", "every row is as it should be")
    if count:
        zh = f"{total.rows} 行中有 {count} 行不符或不能确认：多付 {total.over} 元，少付 {total.under} 元"
        en = (
            f"{count} of {total.rows} rows differ or cannot be told: {total.over} CNY too much, "
            f"{total.under} CNY too little"
        )
        verdict = Text(zh, en)
    return Report(
        title=Text(f"支付核对：{comparison.title.zh}", f"Payments compared: {comparison.title.en}"),
        verdict=verdict,
        is_clean=comparison.is_clean,
        facts=(
            (Text("政策", "policy"), comparison.policy),
            (Text("支付表", "payments"), " ".join(filter(None, (comparison.file, comparison.sheet)))),
        ),
        tables=(
            _sums("versions", Text("按版本", "By version"), Text("版本", "version"), comparison.by_version),
            _sums("months", Text("按月", "By month"), Text("月份", "month"), comparison.by_month, total),
            Table(
                name="differences",
                title=Text("差异", "Differences"),
                heads=(
                    Text("单元格", "cell"),
                    Text("代码", "code"),
                    Text("实付", "paid"),
                    Text("应付", "due"),
                    Text("差额", "difference"),
                    Text("说明", "what is wrong"),
                ),
                rows=tuple(map(_difference, comparison.differences)),
                note=None if count else verdict,
            ),
            Table(
                name="notes",
                title=Text("注意", "Notes"),
                heads=(Text("行数", "rows"), Text("说明", "note")),
                rows=tuple((rows, _note(note)) for note, rows in comparison.notes),
            ),
        ),
    )


def _sums(name: str, title: Text, of: Text, sums: Mapping[str, Sums], total: Sums | None = None) -> Table:
    rows: list[tuple[Cell, ...]] = [(each or "–", *_cells(found)) for each, found in sums.items()]
    if total is not None:
        rows.append((Text("合计", "total"), *_cells(total)))
    chart = Chart(0, _OVER) if any(found.over for found in sums.values()) and total is None else None
    return Table(name, title, (of, *_SUMS), tuple(rows), chart=chart)


def _cells(sums: Sums) -> tuple[Cell, ...]:
    return sums.rows, sums.same, sums.paid, sums.due, sums.over, sums.under, sums.open, sums.unread


def _difference(each: Difference) -> tuple[Cell, ...]:
    due: Cell = ""
    if each.low is not None and each.high is not None:
        due = each.low if each.low == each.high else f"{each.low} – {each.high}"
    said = Text(each.finding.message("zh"), each.finding.message("en"))
    return each.cell, each.finding.code, _sum(each.paid), due, _sum(each.difference), said


def _sum(value: Decimal | None) -> Cell:
    return "" if value is None else value


def _note(note: Problem | Text) -> Text:
    if isinstance(note, Text):
        return note
    return Text(f"{note.code} {note.message('zh')}", f"{note.code} {note.message('en')}")
