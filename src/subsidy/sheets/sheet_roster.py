"""A roster in a CSV or a sheet, a piece at a time: claims, what is wrong with cells, what was passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import Problem, RequestError
from ..language import program as p
from ..language.types import Number, Records
from .cells import Tell, teller
from .grid import Block, Column, Grid
from .header import at, shown
from .passing import Passed, Shape, passed_over, stated
from .records import gathered, record_type, told_rows
from .roster import PIECE, Head, Piece, Roster
from .telling import Read, read_column
from .titles import Titles
from .totals import Totals
from .words import key

_PASSED: Final = {"total": "R0730", "words": "R0731", "header": "R0741"}
Wrong = dict[int, list[Problem]]


@dataclass(frozen=True)
class Told:
    """A column of a fact: its head, the fact or the field of records, and what reads its cells."""

    head: Head
    fact: p.Fact
    tell: Tell

    @property
    def is_plain(self) -> bool:
        return self.head.factor == 1


@dataclass
class SheetRoster(Roster):
    """A roster in rows of cells."""

    grid: Grid = field(kw_only=True, repr=False)
    titles: Titles = field(kw_only=True, repr=False)
    first: int = 0  # the row of the first claim, from 0
    width: int = 0
    zeros: frozenset[str] = frozenset()  # the facts of which a blank says zero
    taken: tuple[tuple[str, int], ...] = ()  # the columns that go along, with their names
    before: tuple[Problem, ...] = ()  # the notes about the header

    def __post_init__(self) -> None:
        self.notes = list(self.before)
        words = {**self.titles.known.words, **_divisions(self.titles)}
        self.told = [self._column(each, words) for each in self.heads if each.fact]
        self._months = list(dict.fromkeys(each.month for each in self.heads if each.month))
        names = [each.fact.partition("[")[0] for each in self.heads if each.fact]
        self._names = list(dict.fromkeys([*names, *([self.titles.month] if self._months else [])]))

    def _column(self, head: Head, words: Mapping[str, Mapping[str, str]]) -> Told:
        fact = self.titles.fact(head.fact)
        units = self.titles.units(head.fact)
        return Told(head, fact, teller(fact, head.factor, units, words.get(head.fact, {})))

    @property
    def schema(self) -> pa.Schema:
        """The facts as texts, records as lists of texts."""
        facts = self.titles.facts
        return pa.schema(
            [
                (name, record_type(f) if isinstance((f := facts[name]).type, Records) else pa.string())
                for name in self._names
            ]
        )

    @property
    def carried(self) -> pa.Schema:
        """The columns that are no facts, as texts."""
        return pa.schema([(name, pa.string()) for name, _ in self.taken])

    @property
    def _shape(self) -> Shape:
        figures = {each.head.column for each in self.told if isinstance(each.fact.type, Number)}
        needed = {e.head.column for e in self.told if not e.fact.optional and e.fact.when is None}
        facts = frozenset(each.head.column for each in self.told)
        titles = {each.column: key(each.text) for each in self.heads}
        return Shape(facts, frozenset(needed - figures), titles)

    def pieces(self) -> Iterator[Piece]:
        """The rows, from the first on; every call begins anew, with the notes too."""
        claims, size = 0, max(PIECE // max(len(self._months), 1), 1)
        for piece in self.of(self.grid.blocks(self.first, self.width, size)):
            claims += len(piece.rows)
            yield piece
        if not claims:
            raise RequestError(Problem.of("R0706", str(self.file)))

    def of(self, blocks: Iterable[Block]) -> Iterator[Piece]:
        """What some of the rows state; the notes are those of them."""
        self.notes[:] = self.before
        state, shape = _State(Totals(self)), self._shape
        for block in blocks:
            piece = self._piece(block, shape, state)
            if piece is not None:
                yield piece
        for name, (count, place) in state.zeros.items():
            label = self.titles.facts[name].label
            self.notes.append(Problem("R0737", name, {"count": str(count), "label": label}, place))
        if state.without:
            self.notes.append(Problem.of("R0738", str(self.file), count=str(state.without)))

    def stated(self, fact: str) -> Iterator[pa.Array]:
        """The column of a fact alone; of a sheet with a column for each month, the months."""
        if self._months and fact == self.titles.month:
            yield pa.array(self._months, pa.string())
            return
        told = next(each for each in self.told if each.head.fact == fact)
        for block in self.grid.blocks(self.first, self.width, PIECE):
            yield read_column(told.fact, block.columns[told.head.column], told.tell, is_plain=told.is_plain).texts

    def _piece(self, block: Block, shape: Shape, state: _State) -> Piece | None:
        has = np.stack([stated(each) for each in block.columns])
        odd = self._odd(block)
        for index, cells in odd.items():
            for column in cells:
                has[column, index] = True
        over = passed_over(block, has, shape)
        keep: NDArray[np.bool_] = np.logical_or.reduce(has)
        keep[[each.index for each in over]] = False
        for at_index in block.ragged:
            keep[at_index] = keep[at_index] or has[:, at_index].any()
        self._note(block, over, keep, state)
        kept = np.flatnonzero(keep)
        if not len(kept):
            return None
        columns = block.columns if len(kept) == len(keep) else tuple(_some(each, keep) for each in block.columns)
        numbers = block.numbers[kept] + 1
        wrong: Wrong = {}
        places = {index: int(np.searchsorted(kept, index)) for index in {*block.ragged, *odd} if keep[index]}
        for index, wide in block.ragged.items():
            if index in places:
                problem = Problem.of("R0704", str(self.file), given=str(wide), wanted=str(self.width))
                wrong.setdefault(places[index], []).append(self._at(problem, int(block.numbers[index]), 0))
        oddly = {places[index]: cells for index, cells in odd.items() if index in places}
        reads = {each.head.column: self._read(each, columns, numbers, wrong, oddly, state) for each in self.told}
        carried = pa.RecordBatch.from_arrays([_as_texts(columns[at]) for _, at in self.taken], schema=self.carried)
        if not self.taken:
            carried = pa.RecordBatch.from_struct_array(pa.array([{}] * len(numbers), pa.struct([])))
        if not self._months:
            facts = self._facts(reads, len(numbers), wrong, numbers)
            return Piece(facts, pa.array(numbers, pa.int64()), carried, {n: tuple(each) for n, each in wrong.items()})
        return self._by_month(reads, numbers, carried, wrong, state)

    # — one claim a row —

    def _read(
        self, told: Told, columns: tuple[Column, ...], numbers: NDArray[Any], wrong: Wrong,
        odd: Mapping[int, Mapping[int, Problem]], state: _State,
    ) -> Read:  # fmt: skip
        """A column, what is wrong in it put where the claims have it; of columns of a month, that is done later."""
        column, fact = told.head.column, told.fact
        found = read_column(fact, columns[column], told.tell, is_plain=told.is_plain)
        for row, cells in odd.items():
            if column in cells:
                found.problems[row] = cells[column]
        for row, problem in list(found.problems.items()):
            placed = self._at(problem, int(numbers[row]) - 1, column)
            if placed.is_warning:
                self.notes.append(placed)
                del found.problems[row]
            else:
                found.problems[row] = placed
        if told.head.month:
            return found
        if "[" not in told.head.fact and isinstance(fact.type, Number) and found.texts.null_count:
            self._blanks(told, found, numbers, state)
        for row, problem in found.problems.items():
            wrong.setdefault(row, []).append(problem)
        return found

    def _blanks(self, told: Told, found: Read, numbers: NDArray[Any], state: _State) -> None:
        """Blanks in a column of numbers: zero where somebody said so, wrong where every claim states one."""
        fact, column = told.fact, told.head.column
        blank = [row for row in np.flatnonzero(found.texts.is_null()).tolist() if row not in found.problems]
        if fact.name in self.zeros:
            zero = np.zeros(len(numbers), bool)
            zero[blank] = True
            found.texts = pa.compute.if_else(pa.array(zero), "0", found.texts)
            if blank:
                count, place = state.zeros.get(fact.name, (0, at(self.grid, int(numbers[blank[0]]) - 1, column)))
                state.zeros[fact.name] = (count + len(blank), place)
        elif not fact.optional and fact.when is None:
            for row in blank:
                problem = Problem.of("R0715", fact.name, label=fact.label, word=fact.name)
                found.problems[row] = self._at(problem, int(numbers[row]) - 1, column)

    def _facts(self, reads: Mapping[int, Read], size: int, wrong: Wrong, numbers: NDArray[Any]) -> pa.RecordBatch:
        arrays = []
        for name in self._names:
            fact = self.titles.facts[name]
            mine = [each for each in self.told if each.head.fact.partition("[")[0] == name]
            if not isinstance(fact.type, Records):
                arrays.append(reads[mine[0].head.column].texts)
            elif mine[0].head.fact == name:
                texts = reads[mine[0].head.column].texts
                rows, problems = told_rows(fact, texts, self.policy.vocabulary.names)
                for row, found in problems.items():
                    placed = [self._at(each, int(numbers[row]) - 1, mine[0].head.column) for each in found]
                    wrong.setdefault(row, []).extend(placed)
                arrays.append(rows)
            else:
                arrays.append(gathered(fact, {each.head.fact: reads[each.head.column].texts for each in mine}, size))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    # — one claim a row and month —

    def _by_month(
        self, reads: Mapping[int, Read], numbers: NDArray[Any], carried: pa.RecordBatch, wrong: Wrong, state: _State
    ) -> Piece | None:  # fmt: skip
        size, months = len(numbers), self._months
        there = np.zeros((size, len(months)), bool)
        of_month = [each for each in self.told if each.head.month]
        for each in of_month:
            found = reads[each.head.column]
            there[:, months.index(each.head.month)] |= ~found.texts.is_null().to_numpy(zero_copy_only=False)
            there[list(found.problems), months.index(each.head.month)] = True
        lonely = ~there.any(axis=1)
        there[lonely & np.isin(np.arange(size), list(wrong)), 0] = True  # what is wrong with a row is not lost with it
        state.without += int((~there).sum())
        rows, which = np.nonzero(there)
        if not len(rows):
            return None
        places = {pair: place for place, pair in enumerate(zip(rows.tolist(), which.tolist(), strict=True))}
        spread: Wrong = {}
        for place, row in enumerate(rows.tolist()):
            if row in wrong:
                spread[place] = list(wrong[row])
        taken = pa.array(rows)
        single = {e.head.fact: reads[e.head.column].texts.take(taken) for e in self.told if not e.head.month}
        whose: dict[int, dict[str, int]] = {}
        for name in dict.fromkeys(each.head.fact for each in of_month):
            texts = np.full((len(months), size), None, object)
            for each in of_month:
                if each.head.fact == name:
                    month, found = months.index(each.head.month), reads[each.head.column]
                    texts[month] = found.texts.to_numpy(zero_copy_only=False)
                    for row, problem in found.problems.items():
                        spread.setdefault(places[row, month], []).append(problem)
                    for place in np.flatnonzero(which == month).tolist():
                        whose.setdefault(place, {})[name] = each.head.column
            single[name] = pa.array(texts[which, rows], pa.string())
        single[self.titles.month] = pa.array(months, pa.string()).take(pa.array(which))
        facts = pa.RecordBatch.from_arrays([single[name] for name in self._names], schema=self.schema)
        wrong_now = {place: tuple(each) for place, each in sorted(spread.items())}
        return Piece(facts, pa.array(numbers[rows], pa.int64()), carried.take(taken), wrong_now, whose)

    # — what is said of cells —

    def _odd(self, block: Block) -> dict[int, dict[int, Problem]]:
        """The cells of facts in a block with an error, or a formula that nobody computed."""
        odd = self.grid.odd
        if not odd.errors and not odd.uncomputed:
            return {}
        first, last = int(block.numbers[0]), int(block.numbers[-1])
        facts = {each.head.column: each.fact for each in self.told}
        found: dict[int, dict[int, Problem]] = {}
        for (row, column), text in odd.errors.items():
            if first <= row <= last and column in facts:
                problem = Problem.of("R0716", facts[column].name, given=text)
                found.setdefault(row - first, {})[column] = problem
        for row, column in odd.uncomputed:
            if first <= row <= last and column in facts:
                found.setdefault(row - first, {})[column] = Problem.of("R0717", facts[column].name)
        return found

    def _note(self, block: Block, over: list[Passed], keep: NDArray[np.bool_], state: _State) -> None:
        """What is passed over, and totals that are not the sum of what is above them."""
        for each in over:
            problem = Problem.of(_PASSED[each.kind], str(self.file), given=each.text)
            self.notes.append(self._at(problem, int(block.numbers[each.index]), each.column))
        self.notes += state.totals.check(block, [each.index for each in over if each.kind == "total"], keep)

    def _at(self, problem: Problem, row: int, column: int) -> Problem:
        """A problem at a cell, by its row and column from 0."""
        place = at(self.grid, row, column)
        if problem.code == "R0554":  # its words name the cell
            problem = Problem.of("R0554", problem.where, given=place.key.rpartition("!")[2])
        return replace(problem, place=place)


@dataclass
class _State:
    """What is counted while the pieces are read."""

    totals: Totals
    without: int = 0
    zeros: dict[str, tuple[int, Any]] = field(default_factory=dict)


def _divisions(titles: Titles) -> dict[str, dict[str, str]]:
    """Of each fact that is a division, the codes by name: its own, or with those above it; only where it is one."""
    from ..language.types import Division

    found: dict[str, dict[str, str]] = {}
    vocabulary = titles.policy.vocabulary
    for name, fact in titles.facts.items():
        if not isinstance(fact.type, Division):
            continue
        ways: dict[str, list[str]] = {}
        for code in fact.type.domain:
            division = vocabulary.divisions[code]
            above = vocabulary.divisions[division.parent].zh if division.parent in vocabulary.divisions else ""
            for way in {division.zh, division.en, above + division.zh, vocabulary.path(code)}:
                ways.setdefault(key(way), []).append(code)
        found[name] = {way: codes[0] for way, codes in ways.items() if len(codes) == 1}
    return found


def _some(column: Column, keep: NDArray[np.bool_]) -> Column:
    if isinstance(column, list):
        return [each for each, is_kept in zip(column, keep.tolist(), strict=True) if is_kept]
    return column.filter(pa.array(keep))


def _as_texts(column: Column) -> pa.Array:
    return pa.array([shown(each) for each in column], pa.string()) if isinstance(column, list) else column
