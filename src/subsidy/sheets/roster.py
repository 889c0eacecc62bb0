"""A roster as it was read: columns of facts in pieces, each row with its number and each cell with its address."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..calculation.policy import Policy
from ..errors import Place, Problem
from ..language import program as p
from .together import together

PIECE = 1 << 16  # rows that are read at once

# Under which version a row falls by what it states of its day: none where there is none, and then why.
Pick = Callable[[Any], Policy | tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class Head:
    """A column as its header says.

    Attributes:
        column: its place in the file, from 0.
        text: what stands above it, the rows of a header joined by a space.
        fact: what it states, and of records which field of which (`visits[1].hours`); empty for one that is carried
            along.
        month: which month a column of a month states (2025-03); empty for others.
        factor: what its figures are multiplied by, as 10000 for 万元, or 1/100 for a percentage.
    """

    column: int
    text: str
    fact: str = ""
    month: str = ""
    factor: Fraction = Fraction(1)


@dataclass(frozen=True)
class Piece:
    """Some rows of a roster: one claim each, in the order of the file.

    Attributes:
        facts: a column for each fact, as `Policy.calculate_table` reads it.
        rows: the number of each claim's row as a spreadsheet shows it; of a sheet with a column for each month, the
            claims of a row have the same.
        columns: where something of a claim stands in a column that is not the one of its fact: of a claim, of a
            fact, the place of its column. Only for sheets with a column for each month.
        carried: the columns that are no facts, as texts, for the result.
        wrong: of claims by their place in this piece, the problems of cells that could not be read, each with its
            address. Such a claim states nothing for these facts, and is not computed.
    """

    facts: pa.RecordBatch
    rows: pa.Array  # int64
    carried: pa.RecordBatch
    wrong: Mapping[int, tuple[Problem, ...]] = field(default_factory=dict)
    columns: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


@dataclass
class Roster(ABC):
    """A roster whose header was understood.

    Attributes:
        sheet: of a workbook; empty for other files.
        heads: all columns with a header, in order.
        carried: the headers of those that are no facts, and go along to the result.
        size: how many rows there are to read, where that is known before.
        notes: what was understood in a way that somebody should look at, and what was passed over (a row of totals,
            a unit), each a problem of the severity `warning` with its cell address. Those of rows come while the
            pieces are read.
        others: the versions of the policy, beside it, of which a column may be a fact, too.
        pick: says of each day which version its rows fall under; without it, all fall under the policy.
    """

    file: Path
    policy: Policy
    sheet: str = ""
    heads: tuple[Head, ...] = ()
    size: int | None = None
    notes: list[Problem] = field(default_factory=list)
    others: tuple[Policy, ...] = ()
    pick: Pick | None = None

    @property
    def versions(self) -> tuple[Policy, ...]:
        """Every version of which a column may be a fact."""
        return (*self.others, self.policy)

    @cached_property
    def facts(self) -> Mapping[str, p.Fact]:
        """The facts of all versions."""
        return together(self.versions).facts

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """The columns of `Piece.facts`."""

    @property
    @abstractmethod
    def carried(self) -> pa.Schema:
        """The columns of `Piece.carried`."""

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """The rows, from the first on; every call begins anew.

        Raises:
            RequestError: the file cannot be read on; what is wrong with a row is said in the piece.
        """

    def stated(self, fact: str) -> Iterator[pa.Array]:
        """What the rows state of a fact, some at a time and not row by row; rows that are no claims may be among them.

        Raises:
            RequestError: the file cannot be read on.
        """
        for piece in self.pieces():
            yield piece.facts.column(piece.facts.schema.get_field_index(fact))

    def column_of(self, fact: str, index: int = -1, piece: Piece | None = None) -> int | None:
        """The place of the column that states a fact (`visits[0].hours` is one of `visits`), or None."""
        name = fact.partition("[")[0].partition(".")[0]
        own = piece.columns.get(index, {}) if piece is not None else {}
        if name in own:
            return own[name]
        found = {each.fact: each.column for each in reversed(self.heads) if each.fact}
        of_it = (
            column for each, column in sorted(found.items(), key=lambda item: item[1]) if each.startswith(f"{name}[")
        )
        return found.get(fact, found.get(name, next(of_it, None)))

    def place(self, row: int, column: int | None) -> Place:
        """A cell, by the number of its row and the place of its column; the first column where there is none."""
        address = f"{letters(column or 0)}{row}"
        return Place(str(self.file), f"{self.sheet}!{address}" if self.sheet else address)


def letters(column: int) -> str:
    """The letters of a column by its place, the first being A."""
    found = ""
    while column >= 0:
        found = chr(ord("A") + column % 26) + found
        column = column // 26 - 1
    return found
