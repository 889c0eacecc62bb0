"""The versions that a roster falls under: each row answered by its own, the answers in columns that fit all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..calculation.columnar.table import Through
from ..calculation.columnar.writing import PROBLEMS
from ..calculation.policy import Policy
from ..errors import Place, Problem, RequestError
from ..language import program as p
from ..sheets.roster import Piece, Roster
from ..text import Text
from .texts import values

NOBODY: Final = -1  # the version of rows on whose day none is in force
VERSION: Final = "version"  # the column that names it, where there are several


@dataclass(frozen=True)
class Split:
    """A piece with the version of each of its rows.

    Attributes:
        of: its place among the versions; `NOBODY` where none is in force.
        why: of rows without one.
    """

    piece: Piece
    of: NDArray[np.int64]
    why: Mapping[int, tuple[Problem, ...]]

    def __len__(self) -> int:
        return len(self.of)


@dataclass(frozen=True)
class Columns:
    """The columns of the answers of all versions.

    Attributes:
        sums, steps, tests: by name, in the order of the text; those that only an earlier version has come last.
        is_exact: whether every answer is one figure; otherwise there are columns for the least and the most.
        is_wide: whether figures may need more than 64 bits.
    """

    versions: tuple[Policy, ...]
    sums: tuple[str, ...]
    steps: tuple[str, ...]
    tests: tuple[str, ...]
    is_exact: bool
    is_wide: bool
    schema: pa.Schema

    @property
    def has_versions(self) -> bool:
        """Whether there are several, and a column names that of each row."""
        return len(self.versions) > 1

    def step(self, name: str) -> p.Step:
        """A step, as the last version has it that does."""
        return next(each.steps[name] for each in reversed(self.versions) if name in each.steps)

    def test(self, name: str) -> p.Condition:
        """A condition, as the last version has it that does."""
        every = (test for each in reversed(self.versions) for test in each.program.conditions)
        return next(test for test in every if test.name == name)

    def part(self, name: str) -> p.Part:
        """A part, as the last version has it that does."""
        every = (part for each in reversed(self.versions) for part in each.program.parts)
        return next(part for part in every if part.name == name)

    def share(self, part: str, name: str) -> p.Share:
        """A share of a part, as the last version has it that does."""
        every = (each for version in reversed(self.versions) for each in version.program.parts if each.name == part)
        return next(share for each in every for share in each.shares if share.name == name)


class Under:
    """A roster with the versions that its rows fall under.

    Args:
        versions: in the place of those of the roster, each under the name of its version.
        is_dated: whether each row falls under the version of its own day, where the roster knows it.

    Raises:
        FactsError: a fact that every claim states has no column.
        RequestError: no version has a reading or a step that was named; all problems.
    """

    def __init__(
        self,
        roster: Roster,
        *,
        readings: Mapping[str, str] | None = None,
        steps: Sequence[str] = (),
        versions: Sequence[Policy] | None = None,
        is_dated: bool = True,
    ) -> None:
        self.roster, self._pick = roster, roster.pick if is_dated else None
        self.versions = tuple(versions or roster.versions)
        self._places = {each.version: place for place, each in enumerate(self.versions)}
        self._throughs = _throughs(self.versions, roster.schema, readings or {}, steps)
        self.readings = [each.readings for each in self._throughs]
        self.columns = _columns(self._throughs)
        self._passed: Counter[tuple[int, str]] = Counter()
        self._first: dict[tuple[int, str], Place] = {}

    @property
    def schema(self) -> pa.Schema:
        """The columns of the answers."""
        return self.columns.schema

    @cached_property
    def names(self) -> tuple[frozenset[str], ...]:
        """The facts of the roster that each version knows."""
        every = self.roster.schema.names
        return tuple(frozenset(every) & each.program.facts.keys() for each in self.versions)

    # — which version —

    def splits(self, pieces: Iterable[Piece]) -> Iterator[Split]:
        """Every piece with the versions of its rows; at the end, what rows state that their version does not know."""
        for piece in pieces:
            split = self._split(piece)
            self._pass(split)
            yield split
        for (version, name), count in self._passed.items():
            label, place = self.roster.facts[name].label, self._first[version, name]
            said: dict[str, str | Text] = {
                "version": self.versions[version].version,
                "label": label,
                "count": f"{count:,}",
            }
            note = Problem("R0756", name, said, place)
            if note not in self.roster.notes:
                self.roster.notes.append(note)

    def _split(self, piece: Piece) -> Split:
        last, pick = len(self.versions) - 1, self._pick
        place = piece.facts.schema.get_field_index(self.versions[-1].program.dated_by)
        if pick is None or place < 0:
            return Split(piece, np.full(len(piece.rows), last), {})
        days, codes = values(self.versions[-1], piece.facts.schema.names[place], piece.facts.column(place))
        picked = [*map(pick, days), ()]
        found = [
            self._places[each.version] if isinstance(each, Policy) else NOBODY if each else last for each in picked
        ]
        coded = codes.fill_null(len(found) - 1).to_numpy(zero_copy_only=False)
        of = np.array(found, np.int64)[coded]
        why = {row: picked[coded[row]] for row in np.flatnonzero(of == NOBODY).tolist()}
        return Split(piece, of, why)

    def _pass(self, split: Split) -> None:
        """Count what rows state that their version does not know."""
        for version, known in enumerate(self.names):
            others = [each for each in self.roster.schema.names if each not in known]
            here = split.of == version if others else None
            for name in others:
                column = split.piece.facts.column(split.piece.facts.schema.get_field_index(name))
                rows = np.flatnonzero(here & column.is_valid().to_numpy(zero_copy_only=False))
                if len(rows):
                    at, row = self.roster.column_of(name, int(rows[0]), split.piece), split.piece.rows[int(rows[0])]
                    self._first.setdefault((version, name), self.roster.place(row.as_py(), at))
                    self._passed[version, name] += len(rows)

    # — answers —

    def answer(self, split: Split) -> pa.RecordBatch:
        """The answers of a piece, in the order of its rows."""
        every, order = list[pa.RecordBatch](), list[NDArray[np.int64]]()
        for version, through in enumerate(self._throughs):
            rows = np.flatnonzero(split.of == version)
            if not len(rows):
                continue
            facts = split.piece.facts
            if len(self.names[version]) < len(facts.schema.names):
                facts = facts.select([name for name in facts.schema.names if name in self.names[version]])
            answers = through.answer(facts if len(rows) == len(split) else facts.take(pa.array(rows)))
            every.append(self._fitted(version, answers))
            order.append(rows)
        without = np.array(sorted(split.why), np.int64)
        if len(without):
            every.append(self._nothing([split.why[row] for row in without.tolist()]))
            order.append(without)
        if len(every) == 1:
            return every[0]
        (joined,) = pa.Table.from_batches(every, self.schema).combine_chunks().to_batches()
        return joined.take(pa.array(np.argsort(np.concatenate(order))))

    def _fitted(self, version: int, answers: pa.RecordBatch) -> pa.RecordBatch:
        """The answers of one version in the columns of all."""
        if not self.columns.has_versions:
            return answers
        size, names = len(answers), set(answers.schema.names)
        found = []
        for each in self.schema:
            name = each.name
            if name not in names:
                name = name.removesuffix(".low").removesuffix(".high")  # a sum that is one figure is its own bounds
            if each.name == VERSION:
                found.append(pa.array([self.versions[version].version] * size, pa.string()))
            elif name in names:
                column = answers.column(answers.schema.get_field_index(name))
                found.append(column if column.type == each.type else column.cast(each.type))
            else:
                found.append(pa.nulls(size, each.type))
        return pa.RecordBatch.from_arrays(found, schema=self.schema)

    def _nothing(self, why: Sequence[tuple[Problem, ...]]) -> pa.RecordBatch:
        """The answers of rows under no version."""
        said = [
            [
                {"code": each.code, "where": each.where, "zh": each.message("zh"), "en": each.message("en")}
                for each in problems
            ]
            for problems in why
        ]
        columns = [
            pa.array(said, PROBLEMS) if each.name == "problems" else pa.nulls(len(said), each.type)
            for each in self.schema
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def _throughs(
    versions: Sequence[Policy], schema: pa.Schema, readings: Mapping[str, str], steps: Sequence[str]
) -> list[Through]:
    """Each version with what it knows of a roster and of what is asked; what none knows, the last one refuses.

    Raises:
        FactsError, RequestError: see `Under`.
    """
    every = [{*each.steps, *(test.name for test in each.program.conditions)} for each in versions]
    known = [each.interpretations.keys() for each in versions]
    found, problems, kind = list[Through](), list[Problem](), RequestError
    for place, version in enumerate(versions):
        is_last = place == len(versions) - 1

        def is_asked(name: str, of: Sequence[Any], place: int = place, is_last: bool = is_last) -> bool:
            return name in of[place] or (is_last and not any(name in each for each in of))

        columns = pa.schema([each for each in schema if each.name in version.program.facts])
        try:
            found.append(
                Through(
                    version,
                    columns,
                    readings={name: way for name, way in readings.items() if is_asked(name, known)},
                    steps=[name for name in steps if is_asked(name, every)],
                )
            )
        except RequestError as error:
            kind = type(error)
            problems += [each for each in error.problems if each not in problems]
    if problems:
        raise kind(problems)
    return found


def _columns(throughs: Sequence[Through]) -> Columns:
    """The columns of several versions: those of the last one, and what only others have where its like ends."""
    writers = [each.writer for each in throughs]
    in_order = list(reversed(writers))
    sums = tuple(dict.fromkeys(name for each in in_order for name in each.sums))
    steps = tuple(dict.fromkeys(name for each in in_order for name in each.steps))
    tests = tuple(dict.fromkeys(name for each in in_order for name in each.tests))
    is_exact = all(each.is_exact for each in writers)
    schema = writers[-1].schema
    if len(writers) > 1:
        types: dict[str, pa.DataType] = {}
        for each in (one for writer in in_order for one in writer.schema):
            types[each.name] = each.type if types.get(each.name, each.type) == each.type else pa.string()
        bounds = ("",) if is_exact else ("", ".low", ".high")
        names = [VERSION, *(f"{name}{bound}" for name in sums for bound in bounds), "eligible", "reasons"]
        names += [*(f"steps.{name}" for name in steps), *(f"conditions.{name}" for name in tests)]
        types |= {f"{name}{bound}": types[name] for name in sums for bound in bounds} | {VERSION: pa.string()}
        schema = pa.schema([(name, types[name]) for name in (*names, "simulation", "problems")])
    versions = tuple(each.policy for each in throughs)
    return Columns(versions, sums, steps, tests, is_exact, any(each.is_wide for each in writers), schema)
