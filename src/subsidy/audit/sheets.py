"""A sheet of payments, from a workbook or a CSV: its cells with their addresses, and what they say, never guessed.

A number of a workbook is a binary float there; it is taken by its 15 significant digits, which is all that Excel keeps.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ..calculation.policy import Policy
from ..columns import Encoding, names_of, of_header, of_ignored, rows_of, value_of
from ..errors import Place, Problem, RequestError, hint
from ..extras import needs
from ..language import program as p
from ..language.types import Id, Month
from ..sheets.cells import DIGITS, exact, written

_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
_SUM: Final = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the number that a spreadsheet shows beside it."""

    number: int
    cells: tuple[Any, ...]


@dataclass(frozen=True)
class Sheet:
    """A sheet as it was read.

    Attributes:
        name: of the sheet; empty for a CSV.
        columns: the fact of each column; empty for one that is none.
        facts: the facts by name, of whichever version has them.
        paid: which column has what was paid.
    """

    file: Path
    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    facts: Mapping[str, p.Fact]
    paid: int

    def address(self, row: int, column: int) -> str:
        """A cell as a spreadsheet names it."""
        return f"{_letters(column)}{row}"

    def at(self, problem: Problem, row: int, column: int) -> Problem:
        """A problem at a cell."""
        address = self.address(row, column)
        return replace(problem, place=Place(str(self.file), f"{self.name}!{address}" if self.name else address))

    def at_fact(self, problem: Problem, row: int) -> Problem:
        """A problem at the cell of the fact that it is about; in the first column where the sheet has none."""
        name = problem.where.partition("[")[0].partition(".")[0]
        return self.at(problem, row, self.columns.index(name) if name and name in self.columns else 0)

    def facts_of(self, row: Row) -> tuple[dict[str, Any], list[Problem]]:
        """What a row states, and what of it cannot be taken; an empty cell states nothing."""
        found: dict[str, Any] = {}
        problems = list[Problem]()
        for column, (name, cell) in enumerate(zip(self.columns, row.cells, strict=True)):
            if not name or cell == "" or cell is None:
                continue
            fact = self.facts[name]
            if is_spoilt(fact, cell):
                given = self.address(row.number, column)
                problems.append(self.at(Problem.of("R0554", name, given=given), row.number, column))
            found[name] = value(fact, cell)
        return found, problems

    def paid_in(self, row: Row) -> Decimal | Problem:
        """What was paid by a row in CNY with two places, or why that cannot be said."""
        found = money(row.cells[self.paid])
        if found is not None:
            return found
        cell = row.cells[self.paid]
        address = self.address(row.number, self.paid)
        given = "" if cell is None else written(cell)
        problem = Problem.of("V0309", address, given=given) if given else Problem.of("V0310", address)
        return self.at(problem, row.number, self.paid)


def money(cell: Any) -> Decimal | None:
    """A sum of money in a cell; None where it is none, or has parts of a fen. Nothing is rounded."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    if isinstance(cell, str):
        text = unicodedata.normalize("NFKC", cell).strip()
        return Decimal(text.replace(",", "")).quantize(Decimal("0.01")) if _SUM.fullmatch(text) else None
    found = exact(cell)
    whole = found.quantize(Decimal("0.01")) if found.is_finite() and abs(found) < 10**DIGITS else None
    return whole if whole is not None and whole == found else None


def value(fact: p.Fact, cell: Any) -> Any:
    """A cell as a fact."""
    match cell:
        case bool():
            return cell
        case dt.datetime() if cell.time() == dt.time():
            return value(fact, cell.date())
        case dt.datetime():
            return cell.isoformat()
        case dt.date():
            return cell.isoformat()[:7] if isinstance(fact.type, Month) and cell.day == 1 else cell.isoformat()
        case str():
            return value_of(fact, cell)
        case _:
            return written(cell)


def is_spoilt(fact: p.Fact, cell: Any) -> bool:
    """Whether a cell is an identifier of which a spreadsheet has changed the last digits."""
    return isinstance(fact.type, Id) and isinstance(cell, float) and abs(cell) >= 10**DIGITS


def read(
    file: Path,
    versions: Sequence[Policy],
    paid: str,
    *,
    sheet: str | None = None,
    encoding: Encoding = "utf-8",
    ignored: Sequence[str] = (),
    header_row: int = 1,
) -> Sheet:
    """The sheet of a file.

    Args:
        versions: of the policy that was paid; a column may be a fact of any of them.
        paid: the header of the column with what was paid.
        sheet: of a workbook that has several.
        ignored: the headers of columns that are no facts.
        header_row: the number of the row that has the headers; whatever stands above it is passed over.

    Raises:
        RequestError: it cannot be read, or has columns that are no facts; all problems.
    """
    name, raw = _rows(file, sheet, encoding)
    header = tuple(written(cell).strip() for cell in raw[header_row - 1]) if len(raw) >= header_row else ()
    numbered = [Row(number, tuple(row)) for number, row in enumerate(raw[header_row:], start=header_row + 1)]
    numbered = [row for row in numbered if any(cell not in ("", None) for cell in row.cells)]
    width = max((i + 1 for i, head in enumerate(header) if head or any(_has(row, i) for row in numbered)), default=0)
    header = header[:width]
    names: dict[str, str] = {}
    facts: dict[str, p.Fact] = {}
    for version in versions:
        names |= names_of(version)
        facts |= version.program.facts
    latest = versions[-1]
    passed = dict.fromkeys(each.strip() for each in ignored)
    paid = paid.strip()
    unknown = tuple(each for each in header if each not in names and each != paid)
    problems = [*of_ignored([each for each in passed if each != paid], header, latest)]
    problems += of_header(unknown, latest, passed)
    columns = tuple("" if head == paid else names.get(head, "") for head in header)
    problems += [Problem.of("R0703", each) for each in dict.fromkeys(columns) if each and columns.count(each) > 1]
    if header.count(paid) != 1:
        listed = ", ".join(header)
        problems.append(
            Problem.of("R0553", str(file), given=paid)
            if paid in header
            else Problem.of("R0552", str(file), given=paid, allowed=listed, **hint(paid, header))
        )
    if not numbered:
        problems.append(Problem.of("R0706", str(file)))
    for row in numbered:
        if not _fits(row, len(header)):
            problem = Problem.of("R0704", str(file), given=str(len(row.cells)), wanted=str(len(header)))
            problems.append(
                replace(problem, place=Place(str(file), f"{name}!A{row.number}" if name else f"A{row.number}"))
            )
    if problems:
        raise RequestError(problems)
    rows = tuple(Row(row.number, row.cells[: len(header)]) for row in numbered)
    return Sheet(file, name, header, rows, columns, facts, header.index(paid))


def _has(row: Row, column: int) -> bool:
    return column < len(row.cells) and row.cells[column] not in ("", None)


def _fits(row: Row, width: int) -> bool:
    """Whether a row has a cell for each header, and nothing behind them."""
    return len(row.cells) >= width and not any(cell not in ("", None) for cell in row.cells[width:])


def _rows(file: Path, sheet: str | None, encoding: Encoding) -> tuple[str, list[Sequence[Any]]]:
    """The name of the sheet and its rows from the first on, empty ones too."""
    if file.suffix.lower() not in _WORKBOOKS:
        return "", list(rows_of(file, encoding))
    with needs("audit"):
        from python_calamine import CalamineError, CalamineWorkbook
    try:
        with CalamineWorkbook.from_path(file) as book:
            names = book.sheet_names
            if (sheet is None and len(names) > 1) or (sheet is not None and sheet not in names):
                listed = ", ".join(names)
                raise RequestError(Problem.of("R0551", str(file), given=sheet or "–", allowed=listed))
            name = sheet or names[0]
            return name, list(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
    except CalamineError as error:
        raise RequestError(Problem.of("R0555", str(file), detail=str(error))) from None


def _letters(column: int) -> str:
    """The letters of a column, the first being A."""

    def digits(rest: int) -> Iterator[str]:
        while rest >= 0:
            yield chr(ord("A") + rest % 26)
            rest = rest // 26 - 1

    return "".join(digits(column))[::-1]
