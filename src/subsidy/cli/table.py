"""A roster as a table: CSV, its header the facts of a policy by name or by label, one claim a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..calculation.policy import Policy
from ..columns import (
    Encoding,
    header_of,
    names_of,
    no_facts,
    of_header,
    of_ignored,
    row_of,
    rows_of,
    value_of,
)
from ..errors import Also, Place, Problem, RequestError
from ..text import Text

__all__ = ["Encoding", "Table", "header_of", "no_facts", "one_claim_twice", "read", "row_of", "rows_of", "together"]


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        header: the first row, as it stands in the file.
        columns: the fact of each column; empty for one that is passed over.
        cells: every further row, as it stands in the file.
    """

    file: Path
    header: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    def place(self, index: int, fact: str) -> Place:
        """Where a fact of a row stands; its first column where it has none."""
        name = fact.partition("[")[0].partition(".")[0]
        if not name or name not in self.columns:
            return Place(str(self.file), "", row_of(index), 1)
        return Place(str(self.file), name, row_of(index), self.columns.index(name) + 1)

    def claims(self, policy: Policy) -> list[dict[str, Any]]:
        """The facts of every row; an empty cell states nothing."""
        known = policy.program.facts
        return [
            {
                name: value_of(known.get(name), cell)
                for name, cell in zip(self.columns, row, strict=True)
                if name and cell
            }
            for row in self.cells
        ]


def read(file: Path, encoding: Encoding, policy: Policy, ignored: Sequence[str] = ()) -> Table:
    """The table of a file.

    Args:
        ignored: the headers of columns that are no facts, to be passed over.

    Raises:
        RequestError: it cannot be read, has no row, or has columns that are no facts; all problems.
    """
    rows = rows_of(file, encoding)
    header = header_of(rows)
    names = names_of(policy)
    columns = tuple(names.get(cell, "") for cell in header)
    passed = dict.fromkeys(each.strip() for each in ignored)
    problems = [*of_ignored(passed, header, policy), *of_header(header, policy, passed)]
    problems += [Problem.of("R0703", name) for name in dict.fromkeys(columns) if name and columns.count(name) > 1]
    cells = tuple(row for row in rows[1:] if any(row))
    if not cells:
        problems.append(Problem.of("R0706", str(file)))
    for number, row in enumerate(rows[1:]):
        if row and any(row) and len(row) != len(header):
            problem = Problem.of("R0704", str(file), given=str(len(row)), wanted=str(len(header)))
            problems.append(replace(problem, place=Place(str(file), "", row_of(number), 1)))
    if problems:
        raise RequestError(problems)
    return Table(file, rows[0], columns, cells)


def one_claim_twice(keys: Sequence[tuple[str, ...]], table: Table, names: Text) -> list[Problem]:
    """Every row that is about the same claim as one above it."""
    first: dict[tuple[str, ...], int] = {}
    problems = []
    for index, key in enumerate(keys):
        other = first.setdefault(key, index)
        if other != index:
            problem = Problem.of("R0705", "", row=str(row_of(index)), other=str(row_of(other)), names=names)
            problems.append(replace(problem, place=table.place(index, "")))
    return problems


def together(found: Iterable[tuple[int, Problem]], table: Table) -> list[Problem]:
    """The problems of rows, each at its cell; what is the same in many rows once, with the rows."""
    rows: dict[tuple[Any, ...], tuple[Problem, list[int]]] = {}
    for index, problem in found:
        same = (problem.code, problem.where, tuple(sorted(problem.values.items(), key=lambda item: item[0])))
        rows.setdefault(same, (problem, []))[1].append(index)
    problems = []
    for problem, indexes in rows.values():
        rest = [str(row_of(index)) for index in indexes[1:]]
        also: tuple[Also, ...] = ()
        if rest:
            listed = "、".join(rest[:20]) + ("…" if len(rest) > 20 else "")
            listed_en = ", ".join(rest[:20]) + (", …" if len(rest) > 20 else "")
            zh, en = f"另有 {len(rest)} 行相同：{listed}", f"{len(rest)} more rows: {listed_en}"
            also = (Also(Text(zh, en), Place(str(table.file))),)
        problems.append(replace(problem, place=table.place(indexes[0], problem.where), also=also))
    return problems
