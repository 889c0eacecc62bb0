"""A roster as a table: CSV, its header the facts of a policy by name or by label, one claim a row."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..calculation.policy import Policy
from ..errors import Also, Place, Problem, RequestError, nearest
from ..language import program as p
from ..language.types import Choice, Flag, Records
from ..text import Text
from . import facts

Encoding = Literal["utf-8", "gb18030"]
_FLAGS = {"是": "true", "否": "false", "yes": "true", "no": "false"}


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
            {name: _value(known.get(name), cell) for name, cell in zip(self.columns, row, strict=True) if name and cell}
            for row in self.cells
        ]


def row_of(index: int) -> int:
    """The number that a spreadsheet shows beside a row; the header has the first."""
    return index + 2


def read(file: Path, encoding: Encoding, policy: Policy, ignored: Sequence[str] = ()) -> Table:
    """The table of a file.

    Args:
        ignored: the headers of columns that are no facts, to be passed over.

    Raises:
        RequestError: it cannot be read, has no row, or has columns that are no facts; all problems.
    """
    rows = rows_of(file, encoding)
    header = header_of(rows)
    names = _names(policy)
    columns = tuple(names.get(cell, "") for cell in header)
    passed = dict.fromkeys(each.strip() for each in ignored)
    problems = [*_of_ignored(passed, header, policy), *_of_header(header, policy, passed)]
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


def rows_of(file: Path, encoding: Encoding) -> list[tuple[str, ...]]:
    """Every row of a file.

    Raises:
        RequestError: it is not CSV in that encoding.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(Problem.of("R0701", str(file), encoding=encoding, detail=str(error))) from None


def header_of(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What stands above the columns, without the spaces around it."""
    return tuple(cell.strip() for cell in rows[0]) if rows else ()


def no_facts(header: Iterable[str], policy: Policy) -> list[str]:
    """The headers that are no fact of a policy, in order."""
    names = _names(policy)
    return [cell for cell in dict.fromkeys(header) if cell not in names]


def _of_header(header: tuple[str, ...], policy: Policy, passed: Collection[str]) -> Iterator[Problem]:
    """A column that is no fact stops the roster unless it was named: it may be a fact that is misspelt."""
    shown = ", ".join(f"{name} ({policy.program.facts[name].label.zh})" for name in _stated(policy))
    for cell in no_facts(header, policy):
        if cell in passed:
            continue
        word, meant = _word(cell), nearest(cell, _names(policy))
        if meant is None:
            yield Problem.of("R0702", cell, allowed=shown, word=word)
        else:
            zh, en = f"是否想写 {meant}？否则加 --ignore {word}", f"did you mean {meant}? otherwise add --ignore {word}"
            yield Problem.of("R0702", cell, allowed=shown, word=word, hint=Text(zh, en))


def _of_ignored(passed: Iterable[str], header: tuple[str, ...], policy: Policy) -> Iterator[Problem]:
    names = _names(policy)
    for cell in passed:
        if cell in names:
            label = policy.program.facts[names[cell]].label
            yield Problem.of("R0708", cell, name=names[cell], label=label, word=_word(cell))
        elif cell not in header:
            yield Problem.of("R0709", cell, allowed=Text("、".join(header), ", ".join(header)), word=_word(cell))


def _word(cell: str) -> str:
    """A header as it is written on a command line."""
    return cell if cell.isalnum() else shlex.quote(cell)


def _stated(policy: Policy) -> list[str]:
    facts = policy.program.facts
    return [name for name, fact in facts.items() if fact.from_ledger is None and not fact.left_of and not fact.asked]


def _names(policy: Policy) -> Mapping[str, str]:
    """Which fact a header means: by its name, or by a label that no other fact has."""
    facts = policy.program.facts
    labels = [label for fact in facts.values() for label in (fact.label.zh, fact.label.en)]
    found = {
        label: name
        for name, fact in facts.items()
        for label in (fact.label.zh, fact.label.en)
        if labels.count(label) <= 1 + (fact.label.zh == fact.label.en)
    }
    return found | {name: name for name in facts}


def _value(fact: p.Fact | None, cell: str) -> Any:
    """A cell as a fact: a choice or a flag also by its label, records as JSON; everything else as text."""
    match fact.type if fact else None:
        case Choice(labels=labels):
            return next((value for value, label in labels.items() if cell in (label.zh, label.en)), cell)
        case Flag():
            return _FLAGS.get(cell, cell)
        case Records():
            return facts.read_rows(cell)
        case _:
            return cell


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
