"""What was found for the rows of a table, as Arrow columns: sums in CNY with two places, reasons, and problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...dates import show_month
from ...errors import Problem, RequestError, hint
from ...exact import show
from ...language import program as p
from ...language.types import Choice, Date, Division, Flag, Month, Number
from ..policy import Policy
from ..result import Result
from .calendar import date_of
from .spaces import Column
from .ways import Found, Wanted, Way

Sums = Literal["decimal128", "decimal64"]  # how wide a column of sums is
SUM: Final = pa.decimal128(38, 2)
_TYPES: Final[Mapping[Sums, pa.DataType]] = {"decimal128": SUM, "decimal64": pa.decimal64(18, 2)}
_SHORT: Final = 10**16  # CNY, which 18 digits do not hold any more
At = slice | NDArray[np.int64]  # which rows of a piece
_OPEN: Final = 2  # beside 0 and 1: not determined
_BOUNDS: Final = ("", ".low", ".high")
PROBLEM: Final = pa.struct([("code", pa.string()), ("where", pa.string()), ("zh", pa.string()), ("en", pa.string())])
PROBLEMS: Final = pa.list_(PROBLEM)


class Writer:
    """Which columns an answer has, and how they are made.

    Args:
        steps: the steps and conditions that are wanted beside the others.
        only: the other columns that are wanted, of a sum with its bounds; all of them unless given. What is wrong with
            a row is always said.

    Raises:
        RequestError: a step or a column is unknown, or sums may be larger than their column; all problems.
    """

    def __init__(
        self, policy: Policy, steps: Sequence[str], *, only: Sequence[str] | None = None, sums: Sums = "decimal128"
    ) -> None:
        program, tests = policy.program, {test.name: index for index, test in enumerate(policy.program.conditions)}
        self.policy, self.sum_type = policy, _TYPES[sums]
        self.is_exact, self.is_wide = True, False
        known = [*policy.steps, *tests]
        every = ["amount"] if policy.pays else []
        every += [f"parts.{part.name}" for part in program.parts]
        every += [f"shares.{part.name}.{share.name}" for part in program.parts for share in part.shares]
        others = ["eligible", "reasons", "simulation"]
        asked = [*every, *others] if only is None else list(only)
        problems = [
            Problem.of("R0120", f"steps.{name}", given=name, **hint(name, known)) for name in steps if name not in known
        ]
        problems += [
            Problem.of("R0130", name, allowed=", ".join([*every, *others]), **hint(name, [*every, *others]))
            for name in asked
            if name not in every and name not in others
        ]
        self.sums = [name for name in every if name in asked]
        if sums == "decimal64" and "amount" in self.sums and _may_be_long(policy):
            problems.append(Problem.of("R0131", "amount"))
        if problems:
            raise RequestError(problems)
        self.others = [name for name in others if name in asked]
        self.steps = tuple(dict.fromkeys(name for name in steps if name in policy.steps))
        self.tests = {name: tests[name] for name in steps if name in tests}
        self.required = [test.name for test in program.conditions if test.kind == "required"]
        self.wanted = self._wanted()
        self.same = dict(_same(policy))  # one payer alone bears a part, and one part is the amount: one column for all

    def _wanted(self) -> Wanted:
        """What is to be computed for these columns."""
        program, policy = self.policy.program, self.policy
        tests = set(self.tests.values())
        if {"eligible", "reasons"} & set(self.others):
            tests |= {i for i, test in enumerate(program.conditions) if test.kind == "required"}
        if "eligible" in self.others:
            tests |= set(policy.required)
        parts = {i for i, part in enumerate(program.parts) if f"parts.{part.name}" in self.sums}
        if "amount" in self.sums:
            parts |= set(policy.counted)
        shares = {
            i
            for i, part in enumerate(program.parts)
            if any(f"shares.{part.name}.{share.name}" in self.sums for share in part.shares)
        }
        return Wanted(frozenset(tests), frozenset(parts), frozenset(shares), frozenset(self.steps))

    def settle(self, *, is_exact: bool, is_wide: bool) -> None:
        """Settle the columns.

        Args:
            is_exact: whether every answer is one figure; otherwise there are columns for the least and the most.
            is_wide: whether figures may need more than 64 bits.
        """
        self.is_exact, self.is_wide = is_exact, is_wide
        bounds = _BOUNDS[:1] if is_exact else _BOUNDS
        fields = [(f"{name}{bound}", self.sum_type) for name in self.sums for bound in bounds]
        types = {"eligible": pa.bool_(), "reasons": pa.string()}
        fields += [(name, types[name]) for name in self.others if name in types]
        fields += [(f"steps.{name}", self._type(self.policy.steps[name])) for name in self.steps]
        fields += [(f"conditions.{name}", pa.bool_()) for name in self.tests]
        fields += [(name, pa.bool_()) for name in self.others if name == "simulation"]
        self.schema = pa.schema([*fields, ("problems", PROBLEMS)])

    @staticmethod
    def _type(step: p.Step) -> pa.DataType:
        match step.type:
            case Flag():
                return pa.bool_()
            case Date():
                return pa.date32()
            case _:
                return pa.string()

    def batch(self, answers: Answers) -> pa.RecordBatch:
        """The columns of one piece."""
        columns: list[pa.Array] = []
        made: dict[str, list[pa.Array]] = {}
        for name in self.sums:
            of = self.same.get(name, name)
            if of not in made:
                low, high, has = answers.low[of], answers.high[of], answers.answered
                if not has.all():  # nothing of what stood in this memory may be read by anybody
                    low[~has] = high[~has] = 0
                made[of] = [self._sums(low, has if self.is_exact else has & (low == high))]
                if not self.is_exact:
                    made[of] += [self._sums(low, has), self._sums(high, has)]
            columns += made[of]
        if "eligible" in self.others:
            columns.append(_verdicts(answers.eligible, answers))
        if "reasons" in self.others:
            columns.append(answers.said_reasons())
        for name in self.steps:
            columns.append(pa.array(answers.steps[name], self._type(self.policy.steps[name])))
        columns += [_verdicts(answers.tests[name], answers) for name in self.tests]
        if "simulation" in self.others:
            columns.append(_verdicts(answers.simulated, answers))
        return pa.RecordBatch.from_arrays([*columns, _problems(answers)], schema=self.schema)

    def _sums(self, fen: NDArray[Any], valid: NDArray[np.bool_]) -> pa.Array:
        """Sums in fen as decimals of CNY, without a look at each."""
        if fen.dtype == object:
            found = [Decimal(int(each)).scaleb(-2) if has else None for each, has in zip(fen, valid, strict=True)]
            return pa.array(found, self.sum_type)
        bits = _bits_of(valid)
        if pa.types.is_decimal64(self.sum_type):
            words = np.ascontiguousarray(fen)
        else:
            words = _empty(2 * len(fen), np.int64).reshape(-1, 2)
            words[:, 0] = fen
            np.right_shift(fen, 63, out=words[:, 1])
        return pa.Array.from_buffers(self.sum_type, len(fen), [bits, pa.py_buffer(words)])


def _empty(size: int, dtype: Any) -> NDArray[Any]:
    """Room for a column, from the store of Arrow, which keeps what comes free for the next."""
    return np.empty(size, object) if dtype is object else np.frombuffer(pa.allocate_buffer(8 * size), dtype)


def _same(policy: Policy) -> Iterator[tuple[str, str]]:
    """The sums that are always those of a part, each with its name."""
    counted = [part.name for part in policy.program.parts if part.counted]
    if len(counted) == 1:
        yield "amount", f"parts.{counted[0]}"
    for part in policy.program.parts:
        if len(part.shares) == 1 and part.shares[0].value is None:
            yield f"shares.{part.name}.{part.shares[0].name}", f"parts.{part.name}"


def _may_be_long(policy: Policy) -> bool:
    """Whether an amount may have more than 18 digits. That of one part has no more than 17: the compiler sees to it."""
    ranges = policy.program.ranges
    return sum(max(map(abs, ranges[part.name])) for part in policy.program.parts if part.counted) >= _SHORT


class Answers:
    """What is found for a piece of a table, row by row. Sums are in fen."""

    def __init__(self, size: int, writer: Writer) -> None:
        dtype: Any = object if writer.is_wide else np.int64
        self.size, self.writer = size, writer
        names = dict.fromkeys(writer.same.get(name, name) for name in writer.sums)
        self.low: dict[str, NDArray[Any]] = {name: _empty(size, dtype) for name in names}
        self.high = self.low if writer.is_exact else {name: _empty(size, dtype) for name in names}
        others = writer.others
        self.eligible = np.zeros(size * ("eligible" in others), np.int8)  # or _OPEN
        self._reasons = np.zeros(size * ("reasons" in others), np.int32)  # by their place in:
        self._words: dict[str, int] = {}
        self.steps: dict[str, NDArray[Any]] = {name: np.full(size, None, object) for name in writer.steps}
        self.tests = {name: np.zeros(size, np.int8) for name in writer.tests}
        self.simulated = np.zeros(size * ("simulation" in others), np.int8)
        self.answered = np.zeros(size, bool)
        self.problems: dict[int, list[dict[str, str]]] = {}

    # — columns —

    def fill(
        self,
        policy: Policy,
        ways: Sequence[Way],
        found: Sequence[Found],
        plain: NDArray[np.bool_] | np.bool_,
        at: At,
        size: int,
        *,
        is_simulated: bool,
    ) -> None:
        """Take in what was found for some rows, where it is `plain`."""
        self.answered[at] = plain
        if "simulation" in self.writer.others:
            self.simulated[at] = is_simulated
        columns = [_sums_of(policy, each, size) for each in found]
        for name in self.low:
            every = [column[name] for column in columns]
            self.low[name][at] = every[0] if len(every) == 1 else reduce(np.minimum, every)
            if not self.writer.is_exact:
                self.high[name][at] = reduce(np.maximum, every)
        if "eligible" in self.writer.others:
            self.eligible[at] = _verdict([[each.tests[i] for i in policy.required] for each in found], size)
        if "reasons" in self.writer.others:
            self._reasons[at] = self._failing(policy, found, size)
        for name in self.writer.steps:
            self.steps[name][at] = _step(policy.steps[name], ways, found, size)
        for name, place in self.writer.tests.items():
            self.tests[name][at] = _verdict([[each.tests[place]] for each in found], size)

    def _failing(self, policy: Policy, found: Sequence[Found], size: int) -> NDArray[np.int32]:
        """Which required conditions fail in every way, as the place of their names."""
        tests = [(i, test.name) for i, test in enumerate(policy.program.conditions) if test.kind == "required"]
        codes = np.zeros(size, np.int64)
        names: list[str] = [""]
        for place, name in tests:  # each time, as many as there are of those before, and none of this one or this one
            fails = reduce(np.logical_and, [~each.tests[place] for each in found])
            if fails.any():
                kinds, codes = np.unique(codes + len(names) * fails, return_inverse=True)
                names = [
                    ", ".join(filter(None, (names[kind % len(names)], name if kind >= len(names) else "")))
                    for kind in kinds.tolist()
                ]
        return np.array([self._word(each) for each in names], np.int32)[codes.reshape(-1)]

    def _word(self, text: str) -> int:
        return self._words.setdefault(text, len(self._words))

    def said_reasons(self) -> pa.Array:
        """Which conditions fail, by name; nothing where there is no answer."""
        if list(self._words) == [""]:  # none does
            ends = np.zeros(self.size + 1, np.int32)
            return pa.Array.from_buffers(
                pa.string(), self.size, [_bits_of(self.answered), pa.py_buffer(ends), pa.py_buffer(b"")]
            )
        places = pa.array(self._reasons, mask=~self.answered)
        return pa.array(list(self._words), pa.string()).take(places)

    # — single rows —

    def take(self, row: int, result: Result) -> None:
        """The answer of one claim."""
        self.answered[row] = True
        sums = {"amount": result.total_in_fen()} if self.writer.policy.pays else {}
        for part, (sum_, shares) in zip(self.writer.policy.program.parts, result.in_fen(), strict=True):
            sums[f"parts.{part.name}"] = sum_
            for share, each in zip(part.shares, shares, strict=True):
                sums[f"shares.{part.name}.{share.name}"] = each
        for name in self.low:
            self.low[name][row] = sums[name].low
            self.high[name][row] = sums[name].high
        verdicts, others = result.verdicts, self.writer.others
        if "simulation" in others:
            self.simulated[row] = result.is_simulation
        if "eligible" in others:
            self.eligible[row] = _OPEN if result.eligible is None else int(result.eligible)
        for name, place in self.writer.tests.items():
            holds = verdicts[place]
            self.tests[name][row] = _OPEN if holds is None else int(holds)
        failed = [
            test.name
            for test, holds in zip(self.writer.policy.program.conditions, verdicts, strict=True)
            if test.kind == "required" and holds is False
        ]
        if "reasons" in others:
            self._reasons[row] = self._word(", ".join(failed))
        for name in self.writer.steps:
            possible = result.step(name).possible
            self.steps[name][row] = _said(possible[0]) if len(possible) == 1 else None

    def refuse(self, row: int, problems: Iterable[Problem]) -> None:
        """Why a row has no answer."""
        self.answered[row] = False
        for each in self.steps.values():
            each[row] = None
        self.problems[row] = [
            {"code": each.code, "where": each.where, "zh": each.message("zh"), "en": each.message("en")}
            for each in problems
        ]


def _verdicts(verdicts: NDArray[np.int8], answers: Answers) -> pa.Array:
    """Whether something holds, where that is determined."""
    valid = answers.answered & (verdicts != _OPEN)
    holds = np.packbits(verdicts == 1, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(verdicts), [_bits_of(valid), pa.py_buffer(holds)])


def _bits_of(valid: NDArray[np.bool_]) -> pa.Buffer | None:
    """Where there is something, as Arrow has it; None where there is everywhere."""
    return None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))


def _sums_of(policy: Policy, found: Found, size: int) -> dict[str, Column]:
    """The amount, the parts and the shares of one way, as far as they were computed."""
    sums: dict[str, Column] = {}
    if policy.pays and found.parts.keys() >= set(policy.counted):
        of = [found.parts[i] for i in policy.counted]
        sums["amount"] = reduce(np.add, of) if of else np.zeros(size, np.int64)
    for place, part in enumerate(policy.program.parts):
        if place in found.parts:
            sums[f"parts.{part.name}"] = found.parts[place]
        for share, each in zip(part.shares, found.shares.get(place, ()), strict=False):
            sums[f"shares.{part.name}.{share.name}"] = each
    return sums


def _verdict(ways: Sequence[Sequence[NDArray[np.bool_]]], size: int) -> NDArray[Any]:
    """1 where all tests hold in every way, 0 where one fails in each, 2 otherwise."""
    hold = [reduce(np.logical_and, tests, np.ones(size, bool)) for tests in ways]
    if len(hold) == 1:
        return hold[0].view(np.int8)
    return np.where(reduce(np.logical_and, hold), 1, np.where(reduce(np.logical_or, hold), _OPEN, 0))


def _step(step: p.Step, ways: Sequence[Way], found: Sequence[Found], size: int) -> NDArray[Any]:
    """The values of a step as they are said; nothing where the ways differ."""
    made = []
    for way, each in zip(ways, found, strict=True):
        column = np.broadcast_to(each.steps[step.name], size)
        different, places = np.unique(column, return_inverse=True)
        texts = np.array([_shown(step, way, value) for value in different.tolist()], object)
        made.append(texts[places.reshape(-1)])
    first = made[0]
    if len(made) == 1:
        return first
    first[~np.logical_and.reduce([each == first for each in made])] = None
    return first


def _shown(step: p.Step, way: Way, value: Any) -> Any:
    match step.type:
        case Number():
            number = Fraction(value, way.runner.ops[step.name].denominator)
            return _said(number)
        case Choice() | Division():
            return way.book.texts[value] if value >= 0 else None
        case Month():
            return show_month(value)
        case Date():
            return date_of(value)
        case _:
            return bool(value)


def _said(value: Any) -> Any:
    """A value of a step as a receipt has it."""
    if isinstance(value, Fraction):
        return show(value, 0)
    if isinstance(value, Decimal):
        return show(Fraction(value), 0)
    return value


def _problems(answers: Answers) -> pa.Array:
    if not answers.problems:
        return _no_problems(answers.size)
    return sparse(answers.problems, answers.size, PROBLEMS)


def sparse(found: Mapping[int, Sequence[Any]], size: int, type_: pa.ListType) -> pa.Array:
    """A column of lists with something in few rows, by their places."""
    rows = sorted(found)
    counts, there = np.zeros(size + 1, np.int32), np.zeros(size, bool)
    counts[np.array(rows, np.int64) + 1] = [len(found[row]) for row in rows]
    there[rows] = True
    inside = pa.array([each for row in rows for each in found[row]], type_.value_type)
    bits = np.packbits(there, bitorder="little")
    ends = np.cumsum(counts, dtype=np.int32)
    return pa.Array.from_buffers(type_, size, [pa.py_buffer(bits), pa.py_buffer(ends)], children=[inside])


@lru_cache(maxsize=2)
def _no_problems(size: int) -> pa.Array:
    """A column that says nothing; all pieces but the last have one size."""
    return sparse({}, size, PROBLEMS)  # `pa.nulls` has room for one in every row
