"""A table through a policy: piece by piece, each answered in columns but for the rows that need words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import FactsError, PolicyError, Problem, RequestError
from ...language.types import Month
from ..adopted import is_simulated
from ..facts import missing, unknown
from ..policy import Policy
from ..readers import as_readings, refuse
from .calendar import day_of
from .reading import Column as Read
from .reading import Reader
from .spaces import Held, Space
from .ways import book_of, way_of
from .writing import Answers, Writer

PIECE: Final = 1 << 16  # rows that are computed at once: what they take fits a processor's cache
Mask = NDArray[np.bool_]


def calculate_table(
    policy: Policy,
    data: Any,
    *,
    readings: Mapping[str, str] | None = None,
    steps: Sequence[str] = (),
    threads: int = 1,
) -> pa.Table:
    """Every row of a table, as `Policy.calculate_table` says."""
    table = data if isinstance(data, pa.Table) else pa.table(data)
    through = Through(policy, table.schema, readings=readings, steps=steps)
    pieces = (_piece(table, begin) for begin in range(0, table.num_rows, PIECE))
    return pa.Table.from_batches(list(through.answered(pieces, threads)), through.schema)


def _piece(table: pa.Table, begin: int) -> pa.RecordBatch:
    (batch,) = table.slice(begin, PIECE).combine_chunks().to_batches()
    return batch


class Through:
    """A policy with what a table is asked, made once for all of its pieces.

    Raises:
        FactsError: a column is no fact, or there is none for a fact that every claim states; all problems at once.
        RequestError: a reading or a step is unknown, or two columns are one fact.
    """

    def __init__(
        self, policy: Policy, schema: pa.Schema, *, readings: Mapping[str, str] | None = None, steps: Sequence[str] = ()
    ) -> None:
        self.policy, self.readings = policy, as_readings(readings)
        self._plans: dict[int, _Plan] = {}
        first = self._plan(policy)
        self.writer = Writer(policy, steps, is_exact=first.is_exact, is_wide=first.is_wide)
        self.schema = self.writer.schema
        self._reader = Reader(policy.program.facts, policy.vocabulary.names, book_of(policy.program), first.used)
        _check_columns(policy, schema.names)

    def answered(self, pieces: Iterable[pa.RecordBatch], threads: int = 1) -> Iterator[pa.RecordBatch]:
        """The answers of each piece, in order."""
        if threads <= 1:
            yield from map(self.answer, pieces)
            return
        with ThreadPoolExecutor(threads) as crew:
            waiting = []
            for piece in pieces:
                waiting.append(crew.submit(self.answer, piece))
                if len(waiting) > 2 * threads:
                    yield waiting.pop(0).result()
            for each in waiting:
                yield each.result()

    def answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The answers of a piece, row by row in its order."""
        read = self._reader.read(batch)
        sure: Mask = reduce(np.logical_and, (each.sure for each in read.values()))
        answers = Answers(len(batch), self.writer)
        for plan, rows in self._standing(read, sure, len(batch)):
            some = read if rows is None else {name: _some(each, rows) for name, each in read.items()}
            plain = plan.answer(some, answers, rows)
            if rows is None:
                sure = sure & plain
            else:
                sure[rows] &= plain
        for row in np.flatnonzero(~sure):
            self._in_words(batch, int(row), answers)
        return self.writer.batch(answers)

    def _plan(self, policy: Policy) -> _Plan:
        found = self._plans.get(id(policy))
        if found is None:
            found = self._plans[id(policy)] = _Plan(policy, self.readings)
        return found

    def _standing(
        self, read: Mapping[str, Read], sure: Mask, size: int
    ) -> Iterator[tuple[_Plan, NDArray[np.int64] | None]]:
        """The policy as it stands for each row, with the rows; None for all of them."""
        names = self.policy.stands_by
        if not names or not sure.any():
            yield self._plan(self.policy), None
            return
        held = [each.held for each in (read[name] for name in names) if isinstance(each.held, Held)]
        rows = np.flatnonzero(sure)
        keys, places = np.unique(np.stack([each.values[rows] for each in held]), axis=1, return_inverse=True)
        by_policy: dict[int, tuple[Policy, list[int]]] = {}
        for place, key in enumerate(keys.T):
            facts = {name: self._reader.shown(name, value) for name, value in zip(names, key.tolist(), strict=True)}
            stands = self.policy.standing_for({n: v for n, v in facts.items() if v is not None}, self.readings)
            by_policy.setdefault(id(stands), (stands, []))[1].append(place)
        for stands, some in by_policy.values():
            if len(by_policy) == 1 and len(rows) == size:
                yield self._plan(stands), None
            else:
                yield self._plan(stands), rows[np.isin(places.reshape(-1), some)]

    def _in_words(self, batch: pa.RecordBatch, row: int, answers: Answers) -> None:
        """A row as a single claim: what is wrong with it is said as it is said there."""
        facts = self._reader.given(batch, row)
        try:
            answers.take(row, self.policy.calculate(facts, readings=self.readings))
        except (RequestError, PolicyError) as error:
            answers.refuse(row, error.problems)


class _Plan:
    """A policy as it stands, with every way to read it."""

    def __init__(self, policy: Policy, readings: Mapping[str, str]) -> None:
        self.policy = policy
        runners = policy.runners(readings)
        self.is_simulated = is_simulated(policy, policy.chosen(readings))
        self.is_open = any(runner.folded.open_parameters for runner in runners)
        self.is_exact = len(runners) == 1 and not runners[0].may_be_open
        self.ways = [] if self.is_open else [way_of(runner) for runner in runners]
        self.is_wide = any(way.is_wide for way in self.ways)
        self.used = frozenset[str]().union(*(way.used for way in self.ways))
        first, last = policy.bounds
        is_month = isinstance(policy.program.facts[policy.program.dated_by].type, Month)
        self._dates = (first, last) if is_month else (day_of(first), day_of(last))

    def answer(self, read: Mapping[str, Read], answers: Answers, rows: NDArray[np.int64] | None) -> Mask:
        """Answer what can be answered in columns; which rows are."""
        dated = read[self.policy.program.dated_by].held
        assert isinstance(dated, Held)
        size = len(dated.values)
        if self.is_open:
            return np.zeros(size, bool)
        plain: Mask = reduce(np.logical_and, (each.sure for each in read.values()))
        plain = plain & (dated.values >= self._dates[0]) & (dated.values <= self._dates[1])
        facts = {name: each.held for name, each in read.items()}
        spaces = [Space(size, way.facts(facts)) for way in self.ways]
        for name, fact in self.policy.program.facts.items():
            given = facts[name].given
            if fact.when is not None:
                applies = [np.broadcast_to(way.when[name](at), size) for way, at in zip(self.ways, spaces, strict=True)]
                for at, here in zip(spaces, applies, strict=True):
                    at.leave_out(name, here)
                needed = np.logical_or.reduce(applies)
                plain &= ~given | needed
                plain &= given | ~needed | fact.optional
            elif not fact.optional:
                plain &= given
        found = [way.run(at) for way, at in zip(self.ways, spaces, strict=True)]
        for each in found:
            plain &= each.is_plain
        answers.fill(self.policy, self.ways, found, plain, rows, is_simulated=self.is_simulated)
        return plain


def _some(read: Read, rows: NDArray[np.int64]) -> Read:
    """What was read, of some rows."""
    held = read.held
    if isinstance(held, Held):
        return Read(Held(held.values[rows], held.given[rows], held.lacking), read.sure[rows])
    return Read(held.of(rows), read.sure[rows])


def _check_columns(policy: Policy, names: Sequence[str]) -> None:
    """Every column is a fact, and every fact that all claims state has one."""
    facts, later = policy.program.facts, policy.program.asked
    twice = [Problem.of("R0703", name) for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise RequestError(twice)
    problems = [missing(f) for n, f in facts.items() if n not in names and not f.optional and f.when is None]
    problems += [refuse("F0133", later[name], name).problems[0] for name in later if name in names]
    problems += unknown([name for name in names if name not in facts and name not in later], list(facts.values()))
    if problems:
        raise FactsError(problems)
