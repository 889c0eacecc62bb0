"""Operations as expressions of a query: what `calculation.columnar.kernel` makes of them over columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ...errors import Problem, RequestError
from ...language import program as p
from ...language.bounds import MONTHS_LIMIT
from ...language.lowering import Op, is_month, members
from ...language.passes.width import Widths
from ...language.types import Division, Month
from ...rounding import Mode
from ...text import Text
from . import calendar
from . import words as w
from .dialects import Dialect
from .words import Sql

Naming = Callable[[str], Sql]
_AGAIN: Final = frozenset({"quotient", "call", "first", "last", "table", "class", "highest", "in"})
POSITIONS: Final = Text("在同类记录中的序位（position）", "a place among records (position)")
LARGE: Final = Text(
    "过大的公式：其中反复写到同一部分", "a formula so large, with parts that stand in it again and again"
)
_MOST: Final = 4_000  # words in what stands several times in a formula
LISTS: Final = Text("记录（records）", "records")


def unsaid(what: Text, dialect: Dialect) -> RequestError:
    """The error of what an engine cannot say exactly."""
    return RequestError(Problem.of("R0762", "policy", what=what, dialect=dialect.name))


class Emitter:
    """Makes expressions of operations.

    Args:
        fact, given, step: the columns of a fact, of whether it is stated, and of a step.
        may_lack: the facts that need not be stated.
    """

    def __init__(
        self, program: p.Program, dialect: Dialect, fact: Naming, given: Naming, step: Naming, may_lack: frozenset[str]
    ) -> None:
        self.facts: Mapping[str, p.Fact] = program.known
        self.dialect, self.may_lack = dialect, may_lack
        self._fact, self._given_column, self._step = fact, given, step
        self._widths = Widths(program)
        self._months: set[str] = set()  # the steps that are months
        self._records: list[tuple[str, str]] = []  # at hand: of which fact, under which name
        self._month: list[str] = []

    def step(self, step: p.Step, op: Op) -> Sql:
        """The formula of a step, which those behind it may name."""
        if isinstance(step.type, Month):
            self._months.add(step.name)
        self._widths.of_formula(step.name, op)
        return self.formula(op)

    def formula(self, op: Op) -> Sql:
        """The expression of an operation and all below it.

        Raises:
            RequestError: the engine cannot say it exactly.
        """
        value = op.value
        match op.kind:
            case "constant":
                return constant(value)
            case "fact":
                return self._fact(value)
            case "field":
                return self._field(op)
            case "step":
                return self._step(value)
            case "month":
                return w.column(self._month[-1])
            case "given":
                return self._given(op.args[0])
            case "position":
                raise unsaid(POSITIONS, self.dialect)
            case "months" | "sum" | "count" | "any" | "all" | "least" | "greatest":
                return self._gathered(op)
        args = [self.formula(arg) for arg in op.args]
        if op.kind in _AGAIN:
            for arg in args:
                self._check(arg)
        match op.kind:
            case "add":
                return w.plus(*args)
            case "subtract":
                return w.minus(*args)
            case "multiply":
                return w.times(*args)
            case "scale":
                return w.times(args[0], w.big(value))
            case "negate":
                return w.negated(args[0])
            case "min":
                return w.least(args)
            case "max":
                return w.greatest(args)
            case "and":
                return w.both(args)
            case "or":
                return w.either(args)
            case "not":
                return w.denied(args[0])
            case "first" | "last":
                ranks = [ranked(value, each) for each in args]
                return named(value, w.least(ranks) if op.kind == "first" else w.greatest(ranks))
            case "table":
                return table(args, value)
            case "round":
                factor, divisor, mode = value
                known = factor > 0 and self._is_never_below(op.args[0])
                return self.rounded(_times(args[0], factor), divisor, mode, is_positive=known)
            case "quotient":
                factor, divisor, mode = value
                known = factor > 0 and self._is_never_below(op.args[0])
                by = _times(w.greatest([args[1], w.big(1)]), divisor)
                return self.rounded(_times(args[0], factor), by, mode, is_positive=known)
            case "==" | "!=" | "<" | "<=" | ">" | ">=":
                return self._compared(op, args)
            case "in":
                return self._among(op, args[0])
            case "class":
                beyond, names = value
                pairs = [
                    (w.compared("<", args[0], w.big(end)), w.text(name))
                    for end, name in zip(beyond, names[:-1], strict=True)
                ]
                return w.cases(pairs, w.text(names[-1]))
            case "if":
                return w.chosen(*args)
            case "call":
                return self._called(op, args)
            case "highest":
                return self._highest(args, value)
        raise AssertionError(op.kind)

    def _check(self, value: Sql) -> None:
        """Whether a formula may stand several times in another: an engine has no name for it.

        Raises:
            RequestError: it is so large that the query would be beyond reading.
        """
        if next(islice(value.walk(), _MOST, None), None) is not None:
            raise unsaid(LARGE, self.dialect)

    # — numbers —

    def rounded(self, number: Sql, divisor: int | Sql, mode: Mode, *, is_positive: bool = False) -> Sql:
        """As `rounding.divide`. The divisor is positive; `is_positive` says that the number is never below zero."""
        self._check(number)
        by = w.big(divisor) if isinstance(divisor, int) else divisor
        half = w.big(divisor // 2) if isinstance(divisor, int) else self.dialect.divided(by, w.big(2))

        def up(size: Sql) -> Sql:
            return self.dialect.divided(w.plus(size, w.minus(by, w.big(1))), by)

        def down(size: Sql) -> Sql:
            return self.dialect.divided(size, by)

        def half_up(size: Sql) -> Sql:
            return self.dialect.divided(w.plus(size, half), by)

        def half_even(size: Sql) -> Sql:
            found = down(size)
            rest = w.minus(size, w.times(found, by))
            left = w.minus(by, rest)
            is_odd = w.compared(
                "==", w.minus(found, w.times(self.dialect.divided(found, w.big(2)), w.big(2))), w.big(1)
            )
            is_more = w.either([w.compared(">", rest, left), w.both([w.compared("==", rest, left), is_odd])])
            return w.plus(found, w.chosen(is_more, w.big(1), w.big(0)))

        ways: dict[Mode, tuple[Callable[[Sql], Sql], Callable[[Sql], Sql]]] = {  # of what is not below zero, and is
            "floor": (down, up), "ceil": (up, down), "down": (down, down), "up": (up, up),
            "half_up": (half_up, half_up), "half_even": (half_even, half_even),
        }  # fmt: skip
        above, below = ways[mode]
        if is_positive:
            return above(number)
        return w.chosen(w.compared("<", number, w.big(0)), w.negated(below(w.negated(number))), above(number))

    def _is_never_below(self, op: Op) -> bool:
        if self._month:
            return False
        reach = self._widths.of(op)
        return reach is not None and bool(reach[0] >= 0)

    def _highest(self, args: Sequence[Sql], order: Mapping[str, int] | None) -> Sql:
        """The greatest of the values whose tests hold; what stands last, if none does."""
        tests, values, otherwise = args[:-1:2], args[1::2], args[-1]
        of = values if order is None else [ranked(order, each) for each in values]
        best = w.greatest([w.cases([(test, value)]) for test, value in zip(tests, of, strict=True)])
        if order is None:
            return w.coalesced(best, otherwise)
        return w.coalesced(named(order, best), otherwise)

    # — what may be absent —

    def _may_lack(self, op: Op) -> bool:
        if op.kind == "field":
            rows, place = op.value
            field: p.Fact = self.facts[rows].fields[place]
            return field.optional
        return op.kind == "fact" and op.value in self.may_lack

    def _given(self, op: Op) -> Sql:
        if op.kind == "fact":
            return self._given_column(op.value)
        return w.member(self._record(op.value[0]), f"{self._name(op)} given")

    def _field(self, op: Op) -> Sql:
        return w.member(self._record(op.value[0]), self._name(op))

    def _name(self, op: Op) -> str:
        rows, place = op.value
        field: p.Fact = self.facts[rows].fields[place]
        return field.name

    def _record(self, rows: str) -> str:
        return next(name for of, name in reversed(self._records) if of == rows)

    def _compared(self, op: Op, args: Sequence[Sql]) -> Sql:
        """What is absent is equal to nothing but another that is absent."""
        if op.value is not None:
            return w.compared(op.kind, *(ranked(op.value, each) for each in args))
        if op.kind not in {"==", "!="}:
            return w.compared(op.kind, *args)
        same = w.compared("==", *args)
        lacking = [self._given(arg) for arg in op.args if self._may_lack(arg)]
        if len(lacking) == 1:
            same = w.both([lacking[0], same])
        elif lacking:
            here, there = lacking
            same = w.either([w.both([here, there, same]), w.both([w.denied(here), w.denied(there)])])
        if op.kind == "==":
            return same
        return w.denied(same) if lacking else w.compared("!=", *args)

    def _among(self, op: Op, value: Sql) -> Sql:
        found = w.among(value, [constant(each) for each in members(op)])
        return w.both([self._given(op.args[0]), found]) if self._may_lack(op.args[0]) else found

    # — the calendar —

    def _called(self, op: Op, args: Sequence[Sql]) -> Sql:
        if isinstance(op.value, Mapping):  # class(place): a table of the divisions, of which few may be the place
            domain = self._domain(op.args[0])
            return table(args, {code: op.value[code] for code in domain if code in op.value} or op.value)
        if op.value == "months_between" and is_month(op.args[0], self.facts, self._months):
            return calendar.months_apart(self.dialect, *args)
        found: Sql = calendar.FUNCTIONS[op.value](self.dialect, *args)
        return found

    def _domain(self, op: Op) -> tuple[str, ...]:
        """The divisions that a place may be; none where that is not known."""
        if op.kind not in {"fact", "field"}:
            return ()
        fact = self.facts[op.value] if op.kind == "fact" else self.facts[op.value[0]].fields[op.value[1]]
        return fact.type.domain if isinstance(fact.type, Division) else ()

    # — records and months —

    def _gathered(self, op: Op) -> Sql:
        if not self.dialect.has_lists:
            raise unsaid(LISTS, self.dialect)
        if op.kind == "months":
            first, last = (self.formula(arg) for arg in op.args[:2])
            end = w.least([last, w.plus(first, w.big(MONTHS_LIMIT - 1))])
            rows, record, kind, inner = (
                self.dialect.months(first, end),
                f"m{len(self._month) + 1}",
                op.value,
                op.args[2:],
            )
            self._month.append(record)
            found = self._of(kind, rows, record, inner, self._month.pop)
        else:
            rows, record, kind, inner = self._fact(op.value), f"r{len(self._records) + 1}", op.kind, op.args
            self._records.append((op.value, record))
            found = self._of(kind, rows, record, inner, self._records.pop)
        return found

    def _of(self, kind: str, rows: Sql, record: str, args: Sequence[Op], leave: Callable[[], Any]) -> Sql:
        """What is gathered of records or months; `otherwise` is of what is around them."""
        test = self.formula(args[0])
        body = self.formula(args[1]) if len(args) > 1 else None
        leave()
        otherwise = self.formula(args[2]) if len(args) > 2 else None
        engine = self.dialect

        def kept(test: Sql) -> Sql:
            return rows if test == w.truth(True) else engine.kept(rows, record, test)

        if kind == "count":
            return engine.counted(kept(test))
        assert body is not None
        match kind:
            case "sum":
                return engine.summed(engine.made(kept(test), record, body))
            case "any":
                return w.compared(">", engine.counted(kept(w.both([test, body]))), w.big(0))
            case "all":
                return w.compared("==", engine.counted(kept(w.both([test, w.denied(body)]))), w.big(0))
        assert otherwise is not None
        pick = engine.least_of if kind == "least" else engine.greatest_of
        return w.coalesced(pick(engine.made(kept(test), record, body)), otherwise)


def constant(value: Any) -> Sql:
    """A constant of the language."""
    if isinstance(value, bool):
        return w.truth(value)
    if isinstance(value, dt.date):
        return w.day(value)
    return w.text(value) if isinstance(value, str) else w.big(int(value))


def _times(number: Sql, factor: int) -> Sql:
    return number if factor == 1 else w.times(number, w.big(factor))


def ranked(order: Mapping[str, int], value: Sql) -> Sql:
    """The place of a text in an order."""
    return table([value], order)


def named(order: Mapping[str, int], rank: Sql) -> Sql:
    """The text at a place in an order."""
    return table([rank], {place: name for name, place in order.items()})


def table(keys: Sequence[Sql], values: Mapping[Any, Any]) -> Sql:
    """What stands in a table under keys; keys of one value stand together."""
    of_value: dict[Any, list[Any]] = {}
    for key, value in values.items():
        of_value.setdefault((type(value), value), []).append(key)
    pairs = []
    for (_, value), same in of_value.items():
        if len(keys) == 1:
            names = [constant(key) for key in same]
            test = w.compared("==", keys[0], names[0]) if len(names) == 1 else w.among(keys[0], names)
        else:
            test = w.either(
                w.both(w.compared("==", key, constant(each)) for key, each in zip(keys, every, strict=True))
                for every in same
            )
        pairs.append((test, constant(value)))
    return w.cases(pairs)
