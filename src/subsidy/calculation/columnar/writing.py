"""What was found for the rows of a table, as Arrow columns: sums in CNY with two places, reasons, and problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Any, Final

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
from .ways import Found, Way

SUM: Final = pa.decimal128(38, 2)
_OPEN: Final = 2  # beside 0 and 1: not determined
PROBLEM: Final = pa.struct([("code", pa.string()), ("where", pa.string()), ("zh", pa.string()), ("en", pa.string())])


class Writer:
    """Which columns an answer has, and how they are made.

    Args:
        is_exact: whether every answer is one figure; otherwise there are columns for the least and the most.
        is_wide: whether figures may need more than 64 bits.

    Raises:
        RequestError: a step is unknown.
    """

    def __init__(self, policy: Policy, steps: Sequence[str], *, is_exact: bool, is_wide: bool) -> None:
        program, tests = policy.program, {test.name: index for index, test in enumerate(policy.program.conditions)}
        self.policy, self.is_exact, self.is_wide = policy, is_exact, is_wide
        known = [*policy.steps, *tests]
        problems = [
            Problem.of("R0120", f"steps.{name}", given=name, **hint(name, known)) for name in steps if name not in known
        ]
        if problems:
            raise RequestError(problems)
        self.steps = tuple(dict.fromkeys(name for name in steps if name in policy.steps))
        self.tests = {name: tests[name] for name in steps if name in tests}
        self.sums = ["amount"] if policy.pays else []
        self.sums += [f"parts.{part.name}" for part in program.parts]
        self.sums += [f"shares.{part.name}.{share.name}" for part in program.parts for share in part.shares]
        fields: list[tuple[str, pa.DataType]] = []
        for name in self.sums:
            fields.append((name, SUM))
            if not is_exact:
                fields += [(f"{name}.low", SUM), (f"{name}.high", SUM)]
        fields += [("eligible", pa.bool_()), ("reasons", pa.string())]
        for name in self.steps:
            fields.append((f"steps.{name}", self._type(policy.steps[name])))
        fields += [(f"conditions.{name}", pa.bool_()) for name in self.tests]
        fields += [("simulation", pa.bool_()), ("problems", pa.list_(PROBLEM))]
        self.schema = pa.schema(fields)
        self.required = [test.name for test in program.conditions if test.kind == "required"]

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
        made: dict[int, pa.Array] = {}  # one payer alone bears a part, and one part is the amount: one column thrice
        for name in self.sums:
            low, high = answers.low[name], answers.high[name]
            if id(low) not in made:
                made[id(low)] = _sums(low, answers.answered)
            if self.is_exact:
                columns.append(made[id(low)])
            else:
                columns.append(_sums(low, answers.answered & (low == high)))
                columns += [made[id(low)], _sums(high, answers.answered)]
        columns += [_verdicts(answers.eligible, answers), answers.said_reasons()]
        for name in self.steps:
            columns.append(pa.array(answers.steps[name], self._type(self.policy.steps[name])))
        columns += [_verdicts(answers.tests[name], answers) for name in self.tests]
        columns += [_verdicts(answers.simulated, answers), _problems(answers)]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


class Answers:
    """What is found for a piece of a table, row by row. Sums are in fen."""

    def __init__(self, size: int, writer: Writer) -> None:
        dtype: Any = object if writer.is_wide else np.int64
        self.size, self.writer = size, writer
        self.low: dict[str, NDArray[Any]] = {name: np.zeros(size, dtype) for name in writer.sums}
        self.high = self.low if writer.is_exact else {name: np.zeros(size, dtype) for name in writer.sums}
        self._is_own = True  # whether these are no columns of anybody else
        self.eligible = np.zeros(size, np.int8)  # or _OPEN
        self._reasons = np.zeros(size, np.int32)  # by their place in:
        self._words: dict[str, int] = {}
        self.steps: dict[str, NDArray[Any]] = {name: np.full(size, None, object) for name in writer.steps}
        self.tests = {name: np.zeros(size, np.int8) for name in writer.tests}
        self.simulated = np.zeros(size, np.int8)
        self.answered = np.zeros(size, bool)
        self.problems: dict[int, list[dict[str, str]]] = {}

    # — columns —

    def fill(
        self,
        policy: Policy,
        ways: Sequence[Way],
        found: Sequence[Found],
        plain: NDArray[np.bool_],
        rows: Any,
        *,
        is_simulated: bool,
    ) -> None:
        """Take in what was found for some rows, where it is `plain`."""
        at = slice(None) if rows is None else rows
        self.answered[at] = plain
        self.simulated[at] = is_simulated
        columns = [_sums_of(policy, each) for each in found]
        if rows is None:
            self._is_own = False
        else:
            self._own()
        for index, name in enumerate(self.writer.sums):
            every = [column[index] for column in columns]
            self._put(self.low, name, reduce(np.minimum, every), rows)
            if not self.writer.is_exact:
                self._put(self.high, name, reduce(np.maximum, every), rows)
        self.eligible[at] = _verdict([[each.tests[i] for i in policy.required] for each in found], len(plain))
        self._reasons[at] = self._failing(policy, found, len(plain))
        for name in self.writer.steps:
            self.steps[name][at] = _step(policy.steps[name], ways, found)
        for name, place in self.writer.tests.items():
            self.tests[name][at] = _verdict([[each.tests[place]] for each in found], len(plain))

    @staticmethod
    def _put(sums: dict[str, NDArray[Any]], name: str, column: NDArray[Any], rows: Any) -> None:
        if rows is None:
            sums[name] = column
        else:
            sums[name][rows] = column

    def _own(self) -> None:
        """Before single figures are changed: columns of our own."""
        if not self._is_own:
            self.low = {name: np.array(column) for name, column in self.low.items()}
            same = self.writer.is_exact
            self.high = self.low if same else {name: np.array(column) for name, column in self.high.items()}
            self._is_own = True

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
        places = pa.array(self._reasons, mask=~self.answered)
        return pa.array(list(self._words), pa.string()).take(places)

    # — single rows —

    def take(self, row: int, result: Result) -> None:
        """The answer of one claim."""
        self._own()
        self.answered[row] = True
        sums = [result.total_in_fen()] if self.writer.policy.pays else []
        in_fen = result.in_fen()
        sums += [sum_ for sum_, _ in in_fen] + [share for _, shares in in_fen for share in shares]
        for name, sum_ in zip(self.writer.sums, sums, strict=True):
            self.low[name][row] = sum_.low
            self.high[name][row] = sum_.high
        self.simulated[row] = result.is_simulation
        verdicts = result.verdicts
        self.eligible[row] = _OPEN if result.eligible is None else int(result.eligible)
        for name, place in self.writer.tests.items():
            holds = verdicts[place]
            self.tests[name][row] = _OPEN if holds is None else int(holds)
        failed = [
            test.name
            for test, holds in zip(self.writer.policy.program.conditions, verdicts, strict=True)
            if test.kind == "required" and holds is False
        ]
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
    return pa.array(verdicts == 1, pa.bool_(), mask=~(answers.answered & (verdicts != _OPEN)))


def _sums_of(policy: Policy, found: Found) -> list[Column]:
    """The amount, the parts and the shares of one way."""
    amount = [reduce(np.add, (found.parts[i] for i in policy.counted))] if policy.counted else []
    amount = amount or [np.zeros(len(found.is_plain), np.int64)] * policy.pays
    return [*amount, *found.parts, *(share for shares in found.shares for share in shares)]


def _verdict(ways: Sequence[Sequence[NDArray[np.bool_]]], size: int) -> NDArray[Any]:
    """1 where all tests hold in every way, 0 where one fails in each, 2 otherwise."""
    hold = [reduce(np.logical_and, tests, np.ones(size, bool)) for tests in ways]
    if len(hold) == 1:
        return hold[0].view(np.int8)
    return np.where(reduce(np.logical_and, hold), 1, np.where(reduce(np.logical_or, hold), _OPEN, 0))


def _step(step: p.Step, ways: Sequence[Way], found: Sequence[Found]) -> NDArray[Any]:
    """The values of a step as they are said; nothing where the ways differ."""
    made = []
    for way, each in zip(ways, found, strict=True):
        size = len(each.is_plain)
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


def _sums(fen: NDArray[Any], valid: NDArray[np.bool_]) -> pa.Array:
    """Sums in fen as decimals of CNY, without a look at each."""
    if fen.dtype == object:
        return pa.array(
            [Decimal(int(each)).scaleb(-2) if has else None for each, has in zip(fen, valid, strict=True)], SUM
        )
    words = np.empty((len(fen), 2), np.int64)
    words[:, 0] = fen
    np.right_shift(fen, 63, out=words[:, 1])
    bits = None if valid.all() else pa.array(valid).buffers()[1]
    return pa.Array.from_buffers(SUM, len(fen), [bits, pa.py_buffer(words)])


def _problems(answers: Answers) -> pa.Array:
    if not answers.problems:
        return pa.nulls(answers.size, pa.list_(PROBLEM))
    return pa.array([answers.problems.get(row) for row in range(answers.size)], pa.list_(PROBLEM))
