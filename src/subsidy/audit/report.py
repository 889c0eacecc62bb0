"""A report of an audit as data: what the writers of HTML and of workbooks set out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..text import Text

Cell = str | int | Decimal | Text  # a Decimal is a sum in CNY with two places


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars: a sum for each row of a table, by the columns that hold the name and the sum."""

    name: int
    amount: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its head; `note` is said below its title, and stands alone where there are no rows."""

    name: str  # short and stable: the sheet of a workbook, the anchor of a page
    title: Text
    heads: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Text | None = None
    chart: Chart | None = None


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
