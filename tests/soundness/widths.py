"""An operation by operation evaluation that notes every whole number a columnar runner would meet.

It shares no code with the runners: both branches of an ``if`` are computed, rows that a test leaves out too, and what
stands for an absent number is an end of its range.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from subsidy import Policy, Result, dates
from subsidy.language import program as p
from subsidy.language.folding import Folded
from subsidy.language.lowering import OPEN_ENDS, Op
from subsidy.language.passes.width import Reach, Widths, formulas
from subsidy.language.types import Choice, Date, Division, Flag, Month, Number

INT64 = (-(2**63), 2**63 - 1)


class Noted(Widths):
    """The proved widths of every operation of one folded program, kept."""

    def __init__(self, program: p.Program, folded: Folded) -> None:
        super().__init__(program)
        self.seen: dict[int, tuple[Reach, tuple[Reach, ...]]] = {}
        self.formulas = list(formulas(program, folded))
        self.results = [self.of_formula(name, op) for name, op in self.formulas]

    def see(self, op: Op, found: Reach, way: tuple[Reach, ...]) -> None:
        super().see(op, found, way)
        self.seen[id(op)] = found, way


class Meter:
    """Evaluates operations on the facts of one claim. `odd` has what lies outside its proved range."""

    def __init__(self, program: p.Program, noted: Noted, facts: Mapping[str, Any], end: str) -> None:
        self.program, self.noted, self.end = program, noted, end
        self.facts = {
            name: self.stand_in(fact) if facts[name] is None else facts[name] for name, fact in program.known.items()
        }
        self.steps: dict[str, Any] = {}
        self.row: tuple[Any, ...] = ()
        self.month = 0
        self.met: list[int] = []
        self.odd: list[str] = []

    def stand_in(self, fact: p.Fact) -> Any:
        """Something for an absent fact: an end of what it may be."""
        is_low = self.end == "low"
        match fact.type:
            case Number():
                end = fact.low if is_low else fact.high
                return int(end * fact.resolution.denominator)
            case Choice(values=names) | Division(domain=names):
                return names[0 if is_low else -1]
            case Flag():
                return is_low
            case Date():
                return dates.FIRST_DAY if is_low else dates.LAST_DAY
            case Month():
                return dates.month_of(dates.FIRST_DAY if is_low else dates.LAST_DAY)
        return [] if fact.fields else "absent"

    def run(self) -> None:
        """Every formula in order."""
        for (name, op), proved in zip(self.noted.formulas, self.noted.results, strict=True):
            self.met = []
            self.steps[name] = self.of(op)
            self.check(f"{name} itself", self.steps[name], proved)
            fits = all(INT64[0] <= number <= INT64[1] for number in self.met)
            if not fits and name not in {each.name for each in self.program.wide}:
                self.odd.append(f"{name} is wide, and not said to be")

    def check(self, what: str, value: Any, proved: Reach) -> None:
        if isinstance(value, bool | str) or value is None:
            return
        if isinstance(value, int):
            self.met.append(value)
        if proved is None or not proved[0] <= value <= proved[1]:
            self.odd.append(f"{what}: {value} outside {proved}")

    def of(self, op: Op) -> Any:
        """The value of an operation; it and what is met on the way are checked."""
        value, way = self.met_in(op)
        found, proved = self.noted.seen[id(op)]
        self.check(op.kind, value, found)
        for place, numbers in enumerate(way):
            for number in numbers:
                self.check(f"{op.kind} on the way {place}", number, proved[place])
        return value

    def met_in(self, op: Op) -> tuple[Any, list[list[int]]]:
        """The value of an operation, and the numbers at each place on the way to it."""
        if op.kind == "months":
            return self.over(op.value, op.args[2:], self.each_month(op))
        if op.kind in {"sum", "count", "any", "all", "least", "greatest"}:
            return self.over(op.kind, op.args, self.each_row(op.value))
        if op.kind == "position":
            return self.position(op), []
        args = [self.of(arg) for arg in op.args]
        match op.kind:
            case "constant":
                return op.value, []
            case "fact":
                return self.facts[op.value], []
            case "field":
                field = self.program.known[op.value[0]].fields[op.value[1]]
                value = self.row[op.value[1]]
                return self.stand_in(field) if value is None else value, []
            case "step":
                return self.steps[op.value], []
            case "month":
                return self.month, []
            case "given":
                return self.end == "low", []
            case "add":
                return args[0] + args[1], []
            case "subtract":
                return args[0] - args[1], []
            case "multiply":
                return args[0] * args[1], []
            case "scale":
                return args[0] * op.value, []
            case "negate":
                return -args[0], []
            case "min" | "max":
                return (min if op.kind == "min" else max)(args), []
            case "first" | "last":
                return (min if op.kind == "first" else max)(args, key=op.value.__getitem__), []
            case "table":
                key = f"<{self.end}>" if OPEN_ENDS[0] in op.value else args[0] if len(args) == 1 else tuple(args)
                any_entry = next(iter(op.value.values()))  # for a key that stands in for an absent one, and has none
                return op.value.get(key, any_entry), []
            case "round":
                factor, divisor, mode = op.value
                return rounded(args[0] * factor, divisor, mode)
            case "quotient":
                factor, divisor, mode = op.value
                return rounded(args[0] * factor, args[1] * divisor, mode)
            case "==" | "!=":
                return (args[0] == args[1]) is (op.kind == "=="), []
            case "<" | "<=" | ">" | ">=":
                return self.compared(op, *args)
            case "and":
                return all(args), []
            case "or":
                return any(args), []
            case "not":
                return not args[0], []
            case "in":
                return args[0] in op.value, []
            case "class":
                beyond, names = op.value
                away = [args[0] - end for end in beyond]
                return names[sum(each >= 0 for each in away)], [list(beyond), away] if beyond else []
            case "if":
                return args[1] if args[0] else args[2], []
            case "highest":
                held = [value for test, value in zip(args[:-1:2], args[1::2], strict=True) if test] or args[-1:]
                return max(held, key=op.value.__getitem__ if op.value else None), []
            case "call":
                return self.called(op.value, args), []
        raise AssertionError(op.kind)

    def compared(self, op: Op, one: Any, two: Any) -> tuple[bool, list[list[int]]]:
        if op.value is not None:
            one, two = op.value[one], op.value[two]
        answer = {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[op.kind]
        return answer, [[one - two]] if isinstance(one, int) and op.value is None else []

    def called(self, name: Any, args: list[Any]) -> Any:
        if name == "class":
            return self.program.class_of[args[0]]
        try:
            return getattr(dates, name)(*args)
        except OverflowError:  # of a branch that is not taken
            return dt.date.max if args[1] > 0 else dt.date.min

    def each_row(self, rows: str) -> Iterator[None]:
        outer = self.row
        for row in self.facts[rows]:
            self.row = row
            yield
        self.row = outer

    def each_month(self, op: Op) -> Iterator[None]:
        first, last = self.of(op.args[0]), self.of(op.args[1])
        outer = self.month
        for month in range(first, min(last, first + 599) + 1):
            self.month = month
            yield
        self.month = outer

    def over(self, kind: str, args: tuple[Op, ...], each: Iterator[None]) -> tuple[Any, list[list[int]]]:
        found = []
        for _ in each:
            test, *values = [self.of(arg) for arg in args[:2]]
            if test:
                found += values or [1]
        match kind:
            case "count":
                return len(found), []
            case "sum":
                so_far = [sum(found[:count]) for count in range(len(found) + 1)]
                return so_far[-1], [so_far]
            case "any" | "all":
                return (any if kind == "any" else all)(found), []
        otherwise = self.of(args[2])
        return (min if kind == "least" else max)(found, default=otherwise), []

    def position(self, op: Op) -> int:
        here, key, place = self.row, self.of(op.args[0]), 1
        for other in self.facts[op.value]:
            if other is here:
                break
            self.row = other
            place += bool(self.of(op.args[1]) and self.of(op.args[0]) == key)
        self.row = here
        return place


def rounded(n: int, d: int, mode: str) -> tuple[int, list[list[int]]]:
    """n / d by its magnitude, as a column computes it, with the three numbers on the way."""
    size = abs(n)
    is_away = mode == "up" or (mode == "ceil" and n > 0) or (mode == "floor" and n < 0)
    most = d // 2 if mode == "half_up" else d - 1 if mode in {"up", "ceil", "floor"} else 0
    whole = (size + d // 2) // d if mode == "half_up" else (size + d - 1) // d if is_away else size // d
    if mode == "half_even":
        rest = size % d
        whole += rest > d - rest or (rest == d - rest and whole % 2 == 1)
    return (whole if n >= 0 else -whole), [[n], [d], [size + most]]


_NOTED: dict[int, tuple[Folded, Noted]] = {}


def noted(policy: Policy, folded: Folded) -> Noted:
    """The proved widths under one choice of readings, found once."""
    if id(folded) not in _NOTED:
        if len(_NOTED) >= 256:
            _NOTED.clear()
        _NOTED[id(folded)] = folded, Noted(policy.program, folded)
    return _NOTED[id(folded)][1]


def check_widths(policy: Policy, result: Result) -> list[str]:
    """The numbers outside their proved width that a columnar runner would meet on its way to a result."""
    odd = []
    for answer in result.answers:
        runner = answer.runner
        facts = dict.fromkeys(policy.program.asked) | {
            name: answer.env[runner.slots.facts[name]] for name in policy.program.facts
        }
        for end in ("low", "high"):
            meter = Meter(policy.program, noted(policy, runner.folded), facts, end)
            meter.run()
            odd += meter.odd
    return odd
