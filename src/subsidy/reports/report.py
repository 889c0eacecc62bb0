"""A report as data: what the writers of HTML and of workbooks set out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ..text import Text

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
    """What is reported: its title, what it is about, whether all is well, its tables and samples."""

    title: Text
    verdict: Text
    is_clean: bool
    facts: tuple[tuple[Text, str], ...]
    tables: tuple[Table, ...]
    samples: tuple[Sample, ...] = ()
    mark: Text | None = None  # in the place of whether all is well, where that is not what it is about

    def in_order(self) -> tuple[Table, ...]:
        """The tables as they are read: what was found comes first."""
        return tuple(sorted(self.tables, key=lambda table: table.name != FINDINGS or not table.rows))
