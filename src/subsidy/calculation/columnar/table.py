"""A table through a policy: piece by piece, each answered in columns but for the rows that need words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import FactsError, PolicyError, Problem, RequestError
from ...language.types import Month, Records
from ..adopted import is_simulated
from ..facts import missing, unknown
from ..policy import Policy
from ..readers import as_readings, refuse
from .calendar import day_of
from .counting import inside
from .reading import Column as Read
from .reading import Reader
from .spaces import ALL, Held, Space, taken, whole
from .ways import Wanted, book_of, way_of
from .writing import Answers, At, Sums, Writer

PIECE: Final = 1 << 17  # rows that are computed at once: few enough for a processor's caches
READ: Final = 1 << 19  # rows that are read at once, at most
_AT_ONCE: Final = 256  # rows that are put into words before it is asked whether anybody wants them
Mask = NDArray[np.bool_]


def calculate_table(
    policy: Policy,
    data: Any,
    *,
    readings: Mapping[str, str] | None = None,
    steps: Sequence[str] = (),
    only: Sequence[str] | None = None,
    sums: Sums = "decimal128",
    threads: int = 1,
) -> pa.Table:
    """Every row of a table, as `Policy.calculate_table` says."""
    table = data if isinstance(data, pa.Table) else pa.table(data)
    through = Through(policy, table.schema, readings=readings, steps=steps, only=only, sums=sums)
    has_records = any(isinstance(fact.type, Records) for fact in policy.program.facts.values())
    size = PIECE if has_records else min(max(PIECE, -(-table.num_rows // max(threads, 1))), READ)
    pieces = (_piece(table, begin, size) for begin in range(0, table.num_rows, size))
    return pa.Table.from_batches(list(through.answered(pieces, threads)), through.schema)


def calculate_batches(
    policy: Policy, batches: Iterable[pa.RecordBatch], *, threads: int = 1, **asked: Any
) -> Iterator[pa.RecordBatch]:
    """A batch for each batch, as `Policy.calculate_batches` says."""
    every = iter(batches)
    first = next(every, None)
    if first is not None:
        same = (_like(each, first.schema, place) for place, each in enumerate(every, 1))
        yield from Through(policy, first.schema, **asked).answered(chain([first], same), threads)


def _like(batch: pa.RecordBatch, schema: pa.Schema, place: int) -> pa.RecordBatch:
    if not batch.schema.equals(schema):
        raise RequestError(Problem.of("R0794", f"batches[{place}]"))
    return batch


def _piece(table: pa.Table, begin: int, size: int) -> pa.RecordBatch:
    (batch,) = table.slice(begin, size).combine_chunks().to_batches()
    return batch


class Through:
    """A policy with what a table is asked, made once for all of its pieces.

    Raises:
        FactsError: a column is no fact, or there is none for a fact that every claim states; all problems at once.
        RequestError: a reading, a step or a column that is wanted is unknown, or two columns are one fact.
    """

    def __init__(
        self,
        policy: Policy,
        schema: pa.Schema,
        *,
        readings: Mapping[str, str] | None = None,
        steps: Sequence[str] = (),
        only: Sequence[str] | None = None,
        sums: Sums = "decimal128",
    ) -> None:
        self.policy, self.readings = policy, as_readings(readings)
        self.writer = _writer(policy, schema.names, steps, only, sums)
        self._plans: dict[int, _Plan] = {}
        first = self._plan(policy)
        self.writer.settle(is_exact=first.is_exact, is_wide=first.is_wide)
        self.schema = self.writer.schema
        self._reader = Reader(policy.program.facts, policy.vocabulary.names, book_of(policy.program))

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

    def answer(self, batch: pa.RecordBatch, is_wanted: Callable[[], bool] = lambda: True) -> pa.RecordBatch:
        """The answers of a piece, row by row in its order.

        Args:
            is_wanted: asked now and then; once nobody wants them, the rows that need words are left without answers.
        """
        read = self._reader.read(batch)
        answers = Answers(len(batch), self.writer)
        sure = _all(each.sure for each in read.values())
        for plan, rows in self._standing(read, sure, len(batch)):
            some = read if rows is None else {name: each.some(rows) for name, each in read.items()}
            plan.answer(some, answers, rows)
        for place, row in enumerate(np.flatnonzero(~answers.answered)):
            if not place % _AT_ONCE and not is_wanted():
                break
            self._in_words(batch, int(row), answers)
        return self.writer.batch(answers)

    def _plan(self, policy: Policy) -> _Plan:
        found = self._plans.get(id(policy))
        if found is None:
            found = self._plans[id(policy)] = _Plan(policy, self.readings, self.writer.wanted)
        return found

    def _standing(
        self, read: Mapping[str, Read], sure: Any, size: int
    ) -> Iterator[tuple[_Plan, NDArray[np.int64] | None]]:
        """The policy as it stands for each row, with the rows; None for all of them."""
        names = self.policy.stands_by
        if not names or not sure.any():
            yield self._plan(self.policy), None
            return
        held = [each.held for each in (read[name] for name in names) if isinstance(each.held, Held)]
        rows = np.flatnonzero(np.broadcast_to(sure, size))
        keys, places = _different([taken(each.values, rows) for each in held])
        by_policy: dict[int, tuple[Policy, list[int]]] = {}
        for place, key in enumerate(keys):
            facts = {name: self._reader.shown(name, value) for name, value in zip(names, key, strict=True)}
            stands = self.policy.standing_for({n: v for n, v in facts.items() if v is not None}, self.readings)
            by_policy.setdefault(id(stands), (stands, []))[1].append(place)
        for stands, some in by_policy.values():
            if len(by_policy) == 1 and len(rows) == size:
                yield self._plan(stands), None
            else:
                yield self._plan(stands), rows[np.isin(places, some)]

    def _in_words(self, batch: pa.RecordBatch, row: int, answers: Answers) -> None:
        """A row as a single claim: what is wrong with it is said as it is said there."""
        facts = self._reader.given(batch, row)
        try:
            answers.take(row, self.policy.calculate(facts, readings=self.readings))
        except (RequestError, PolicyError) as error:
            answers.refuse(row, error.problems)


class _Plan:
    """A policy as it stands, with every way to read it."""

    def __init__(self, policy: Policy, readings: Mapping[str, str], wanted: Wanted) -> None:
        self.policy = policy
        runners = policy.runners(readings)
        self.is_simulated = is_simulated(policy, policy.chosen(readings))
        self.is_open = any(runner.folded.open_parameters for runner in runners)
        self.is_exact = len(runners) == 1 and not runners[0].may_be_open
        self.ways = [] if self.is_open else [way_of(runner) for runner in runners]
        self.is_wide = any(way.is_wide for way in self.ways)
        self._wanted = [way.with_what_it_needs(wanted) for way in self.ways]
        first, last = policy.bounds
        self._idle = (
            policy.program.facts.keys()
            - frozenset[str]().union(*(way.used for way in self.ways))
            - {policy.program.dated_by}
        )  # at which no formula looks
        self._dated = policy.program.dated_by
        is_month = isinstance(policy.program.facts[policy.program.dated_by].type, Month)
        self._dates = (first, last) if is_month else (day_of(first), day_of(last))

    def answer(self, read: Mapping[str, Read], answers: Answers, rows: NDArray[np.int64] | None) -> None:
        """Answer what can be answered in columns, of all rows or of some of them."""
        if self.is_open:
            return
        size = answers.size if rows is None else len(rows)
        if size <= PIECE:
            self._answer(read, answers, ALL if rows is None else rows, size)
            return
        for begin in range(0, size, PIECE):
            at = slice(begin, min(begin + PIECE, size))
            some = {name: each if name in self._idle and each.is_plain else each.cut(at) for name, each in read.items()}
            self._answer(some, answers, at if rows is None else rows[at], at.stop - begin)

    def _answer(self, read: Mapping[str, Read], answers: Answers, at: At, size: int) -> None:
        checked = {name: each.checked(self._dates if name == self._dated else None) for name, each in read.items()}
        facts = {name: each.held for name, each in checked.items()}
        plain = _all(each.sure for each in checked.values())
        if read[self._dated].ends is None:
            dated = facts[self._dated]
            assert isinstance(dated, Held)
            plain = plain & inside(dated.raw, *self._dates)
        spaces = [Space(size, way.facts(facts)) for way in self.ways]
        for name, fact in self.policy.program.facts.items():
            given = facts[name].given
            if fact.when is not None:
                applies = [whole(way.when[name](space), size) for way, space in zip(self.ways, spaces, strict=True)]
                for space, here in zip(spaces, applies, strict=True):
                    space.leave_out(name, here)
                needed = np.logical_or.reduce(applies)
                plain = plain & (~given | needed) & (given | ~needed | fact.optional)
            elif not fact.optional:
                plain = plain & given
        ways = zip(self.ways, spaces, self._wanted, strict=True)
        found = [way.run(space, wanted) for way, space, wanted in ways]
        plain = _all([plain, *(each.is_plain for each in found)])
        answers.fill(self.policy, self.ways, found, plain, at, size, is_simulated=self.is_simulated)


def _different(columns: Sequence[NDArray[np.int64]]) -> tuple[list[tuple[int, ...]], NDArray[Any]]:
    """The different rows of some columns, and for each row which of them it is. They are days and places of texts."""
    joined = np.zeros(len(columns[0]), np.int64)
    spans: list[tuple[int, int]] = []
    for column in columns:
        least, most = int(column.min()), int(column.max())
        spans.append((least, most - least + 1))
        joined = joined * (most - least + 1) + (column - least)
    encoded = pa.array(joined).dictionary_encode()
    left, keys = encoded.dictionary.to_numpy(), list[NDArray[np.int64]]()
    for least, span in reversed(spans):
        keys.insert(0, left % span + least)
        left = left // span
    return list(zip(*(each.tolist() for each in keys), strict=True)), encoded.indices.to_numpy()


def _all(tests: Iterable[Mask | np.bool_]) -> Any:
    """Where all of them hold; one truth, where they are all such."""
    found: Any = np.True_
    for test in tests:
        if test is not np.True_:
            found = found & test
    return found


def _writer(
    policy: Policy, names: Sequence[str], steps: Sequence[str], only: Sequence[str] | None, sums: Sums
) -> Writer:
    """What writes the answers, if all that is asked for is known, every column is a fact, and every fact is there."""
    problems = list(_of_columns(policy, names))
    try:
        writer = Writer(policy, steps, only=only, sums=sums)
    except RequestError as error:
        raise RequestError([*error.problems, *problems]) from None
    if problems:
        raise (RequestError if problems[0].code == "R0703" else FactsError)(problems)
    return writer


def _of_columns(policy: Policy, names: Sequence[str]) -> list[Problem]:
    facts, later = policy.program.facts, policy.program.asked
    twice = [Problem.of("R0703", name) for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        return twice
    problems = [missing(f) for n, f in facts.items() if n not in names and not f.optional and f.when is None]
    problems += [refuse("F0133", later[name], name).problems[0] for name in later if name in names]
    return [*problems, *unknown([n for n in names if n not in facts and n not in later], list(facts.values()))]
