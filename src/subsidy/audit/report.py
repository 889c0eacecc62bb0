"""A report of an audit as data: what the writers of HTML and of workbooks set out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ..text import Text, plain
from .findings import Findings

Cell = str | int | Decimal | Text  # a Decimal is a sum in CNY, an int a count; the number of an entry is a str
FINDINGS: Final = "findings"  # the name of the table that comes first where it has rows


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars: a sum for each row of a table, by the columns that hold the name and the sum."""

    name: int
    amount: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its head; `note` is said below its title, and stands alone where there are no rows.

    Attributes:
        name: short and stable, no two alike in a report: the anchor of a page.
        title: what a page and the sheet of a workbook are headed by.
        total: a last row that is set apart, and is in no chart.
    """

    name: str
    title: Text
    heads: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Text | None = None
    chart: Chart | None = None
    total: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """An explanation in full, as lines."""

    title: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit says: its title, what it is about, whether all is well, its tables and samples."""

    title: Text
    verdict: Text
    is_clean: bool
    facts: tuple[tuple[Text, str], ...]
    tables: tuple[Table, ...]
    samples: tuple[Sample, ...] = ()

    def in_order(self) -> tuple[Table, ...]:
        """The tables as they are read: what was found comes first."""
        return tuple(sorted(self.tables, key=lambda table: table.name != FINDINGS or not table.rows))


def of_findings(findings: Findings) -> Table:
    """The table of what was found, in the order in which it was."""
    rows = []
    for finding in findings.listed:
        problem = finding.problem
        at: Cell = str(finding.position) if finding.position is not None else plain("—")
        message = Text(problem.message("zh"), problem.message("en"))
        rows.append((at, problem.code, message, Text(problem.help("zh"), problem.help("en"))))
    note, rest = None, findings.count - len(findings.listed)
    if not rows:
        note = Text("未发现问题。", "Nothing was found.")
    elif rest:
        note = Text(f"另有 {rest} 项没有列出。", f"{rest} more are not listed.")
    heads = (Text("条目", "entry"), Text("代码", "code"), Text("问题", "what is wrong"), Text("处理", "what to do"))
    return Table(FINDINGS, Text("发现的问题", "Findings"), heads, tuple(rows), note)
