"""Width: how large the whole numbers are that a columnar program meets, and which formulas go beyond 64 bits.

Interval arithmetic over the lowered operations: not over the values of the policy, which `range` proves, but over the
whole numbers that stand for them, and over every number on the way to these. A columnar runner computes in int64 what
fits it, and in something wider what does not, which is slower and as exact; the scalar runner knows no limit.

What a columnar runner is held to, so that what is proved here holds for it:

- it meets at each operation the numbers of `intermediates`, and no others; both branches of an ``if`` are computed;
- a number that is absent, or was refused, stands in its column as one within the range of its fact, absent rows as
  none, and a divisor as one above zero; what the guards of the program refuse is refused before anything is computed
  from it, and no more months are gone through than the language allows;
- a figure that nobody has filled is one between its bounds, in hundredths or as finely as these are stated. Under a
  filled one the program is another, with widths of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import ceil, floor, lcm
from typing import Any, Final

from ... import dates
from ...rounding import Mode, divide
from .. import program as p
from ..bounds import MONTHS_LIMIT
from ..folding import Folded, every_way
from ..lowering import Op, lower, over
from ..types import Date, Month, Number

INT64: Final = 64
FEN: Final = 100

Reach = tuple[Any, Any] | None  # the least and the greatest of numbers, days or months; None for anything else
_DAYS: Final = (dt.date.min, dt.date.max)
_MONTHS: Final = (dates.month_of(dt.date.min), dates.month_of(dt.date.max))
_ENDS: Final = frozenset({"first_day", "last_day", "month_of", "year_start"})
_BETWEEN: Final = frozenset({"years_between", "months_between", "months_count", "days_between"})


def wide(program: p.Program) -> tuple[p.Wide, ...]:
    """The formulas of a program that do not fit 64 bits under some reading, each with its largest number."""
    found: dict[str, p.Wide] = {}
    for folded in every_way(program):
        for each in wide_under(program, folded):
            if each.name not in found or each.bits > found[each.name].bits:
                found[each.name] = each
    return tuple(found.values())


def wide_under(program: p.Program, folded: Folded) -> Iterator[p.Wide]:
    """The formulas of a program that do not fit 64 bits under one choice of readings, each with its largest number."""
    widths = Widths(program)
    for name, op in formulas(program, folded):
        widths.of_formula(name, op)
        bits, kind = widths.widest
        if bits > INT64:
            yield p.Wide(name, kind, bits)


def formulas(program: p.Program, folded: Folded) -> Iterator[tuple[str, Op]]:
    """The operations of every formula that a columnar runner computes, by name, in the order of evaluation.

    A step and a part are known to those behind them by their names; a part is counted in fen. Guards are not among
    them: they ask about dates and months under the tests of the formulas themselves.
    """
    steps: dict[str, Op] = {}

    def lowered(node: p.Node) -> Op:
        return lower(node, program.known, folded.parameters, steps)

    for name, when in folded.when.items():
        if when is not None:
            yield name, lowered(when)
    for step in folded.steps:
        steps[step.name] = lowered(step.value)
        yield step.name, steps[step.name]
    for test in folded.conditions:
        yield test.name, lowered(test.test)
    for measure in folded.measures:
        value, required = lowered(measure.value), lowered(measure.required)
        both = lcm(value.denominator, required.denominator)
        yield measure.name, Op("subtract", (over(required, both), over(value, both)), None, both)
        for day in (measure.by, measure.before):
            if day is not None:
                yield measure.name, lowered(day)
    for part in folded.parts:
        tests = [Op("step", (), test.name) for test in folded.conditions if test.concerns(part.name)]
        yield part.name, _total(program, part, tests, lowered)
        yield from _split(part, lowered)
    totals = [Op("step", (), part.name, FEN) for part in folded.parts if part.counted]
    if len(totals) > 1:
        yield "amount", reduce(lambda one, two: Op("add", (one, two), None, FEN), totals)


def _total(program: p.Program, part: p.Part, tests: Sequence[Op], lowered: Callable[[p.Node], Op]) -> Op:
    """What is paid of a part, in fen: 0 where a test fails; of one up to a ceiling what was decided, or all of that."""
    total = over(lowered(part.value), FEN)
    if part.decided:
        fact = program.facts[part.decided]
        decided = over(lowered(p.FactValue(fact.type, part.value.span, part.decided)), FEN)
        total = Op("if", (Op("<=", (decided, total)), decided, total), None, FEN)
    if tests:
        total = Op("if", (Op("and", tuple(tests)), total, Op("constant", (), 0, FEN)), None, FEN)
    return total


def _split(part: p.Part, lowered: Callable[[p.Node], Op]) -> Iterator[tuple[str, Op]]:
    """The shares and instalments of a part in fen, counted from its total. Each of these is split as the total is."""
    total = Op("step", (), part.name, FEN)

    def of_total(stated: Op, mode: Mode) -> Op:
        return Op("round", (Op("multiply", (total, stated)),), (1, stated.denominator, mode), FEN)

    def fen(node: p.Node) -> Op:
        return lowered(p.Round(node.type, node.span, node, Fraction(1, FEN), "half_up"))

    for each in part.instalments:
        if each.share is not None:
            yield each.name, of_total(lowered(each.share), "half_up")
        if each.value is not None:
            yield each.name, fen(each.value)
        for node in (each.due, each.when, each.test):
            if node is not None:
                yield each.name, lowered(node)
    if len(part.shares) == 1 and part.shares[0].value is None:
        return
    is_whole = not any(share.residual for share in part.shares)  # the remainders are compared, so over one denominator
    percents = {share.name: lowered(share.percent) for share in part.shares if share.percent is not None}
    common = lcm(*(op.denominator for op in percents.values()))
    for share in part.shares:
        if share.value is not None:
            yield f"{part.name}.{share.name}", fen(share.value)
        elif share.percent is not None:
            stated = percents[share.name]
            yield (
                f"{part.name}.{share.name}",
                of_total(over(stated, common), "down") if is_whole else of_total(stated, "half_up"),
            )


def intermediates(op: Op, args: Sequence[Reach], found: Reach) -> tuple[Reach, ...]:
    """The whole numbers that a columnar runner meets within an operation, on the way from `args` to what is `found`.

    round, quotient   n, the scaled numerator; the divisor; |n| plus what the mode adds before the division:
                      half_up d // 2, up, ceil and floor d - 1, else 0 (half_even compares rest with d - rest)
    sum               the sum so far, which lies between 0 and the whole
    < <= > >=         the difference of the two sides, whose sign is the answer
    class             the ends of the classes, and the differences from each, likewise
    """
    kind = op.value if op.kind == "months" else op.kind
    match kind:
        case "round" | "quotient":
            factor, divisor, mode = op.value
            numerator = _times(_numbers(args[0]), (factor, factor))
            by = (divisor, divisor) if op.kind == "round" else _times(_divisors(args[1]), (divisor, divisor))
            least, most = sorted(map(abs, numerator))
            if numerator[0] < 0 < numerator[1]:
                least = 0
            return numerator, by, (least + _added(by[0], mode), most + _added(by[1], mode))
        case "sum":
            low, high = _numbers(found)
            return ((min(low, 0), max(high, 0)),)
        case "<" | "<=" | ">" | ">=" if args[0] is not None and isinstance(args[0][0], int):
            one, two = map(_numbers, args)
            return ((one[0] - two[1], one[1] - two[0]),)
        case "class" if ends := op.value[0]:
            low, high = _numbers(args[0])
            return (ends[0], ends[-1]), (low - ends[-1], high - ends[0])
        case _:
            return ()


def _added(divisor: int, mode: Mode) -> int:
    return divisor // 2 if mode == "half_up" else 0 if mode in {"half_even", "down"} else divisor - 1


class Widths:
    """What each operation of a program under one reading can give; `widest` is the most bits that a formula takes."""

    def __init__(self, program: p.Program) -> None:
        self.program, self.ranges = program, program.ranges
        self.steps: dict[str, Reach] = {}
        self.month: Reach = None
        self.widest = (0, "")

    def of_formula(self, name: str, op: Op) -> Reach:
        """What a formula can give, no more than was proved of its value; the ones behind it may name it."""
        self.widest = (0, "")
        found = self.of(op)
        if found is not None and name in self.ranges and isinstance(found[0], int):
            low, high = self.ranges[name]
            found = max(found[0], ceil(low * op.denominator)), min(found[1], floor(high * op.denominator))
        self.steps[name] = found
        return found

    def of(self, op: Op) -> Reach:
        """What an operation can give. Every operation below it is seen on the way."""
        if op.kind == "months":
            return self._months(op)
        args = [self.of(arg) for arg in op.args]
        found = self._of(op, args)
        self.see(op, found, intermediates(op, args, found))
        return found

    def see(self, op: Op, found: Reach, way: tuple[Reach, ...]) -> None:
        """Keep the most bits that any of these numbers takes."""
        for each in (found, *way):
            if each is not None and isinstance(each[0], int):
                bits = max(_bits(each[0]), _bits(each[1]))
                if bits > self.widest[0]:
                    self.widest = (bits, op.kind)

    def _of(self, op: Op, args: Sequence[Reach]) -> Reach:
        value = op.value
        match op.kind:
            case "constant":
                return None if isinstance(value, bool | str) else (value, value)
            case "fact":
                return _fact(self.program.known[value])
            case "field":
                rows, index = value
                return _fact(self.program.known[rows].fields[index])
            case "step":
                return self.steps[value]
            case "month":
                return self.month
            case "table":
                entries = value.values()
                return None if isinstance(next(iter(entries)), str) else (min(entries), max(entries))
            case "add":
                one, two = map(_numbers, args)
                return one[0] + two[0], one[1] + two[1]
            case "subtract":
                one, two = map(_numbers, args)
                return one[0] - two[1], one[1] - two[0]
            case "multiply":
                return _times(*map(_numbers, args))
            case "scale":
                return _times(_numbers(args[0]), (value, value))
            case "negate":
                low, high = _numbers(args[0])
                return -high, -low
            case "min" | "max":
                pick = min if op.kind == "min" else max
                return pick(_numbers(arg)[0] for arg in args), pick(_numbers(arg)[1] for arg in args)
            case "round" | "quotient":
                numerator, by, _ = map(_numbers, intermediates(op, args, None))
                ends = [divide(n, d, value[2]) for n in numerator for d in by]
                return min(ends), max(ends)
            case "if":
                return _hull(args[1:])
            case "highest":
                return None if value is not None else _hull([*args[1:-1:2], args[-1]])
            case "call":
                return _called(value, args)
            case "count" | "sum" | "least" | "greatest":
                rows = self.program.known[value]
                may_lack = rows.optional or rows.when is not None or rows.asked  # then there are none in its column
                return self._gathered(op.kind, op.args[0], args, 0 if may_lack else rows.rows[0], rows.rows[1])
            case "position":
                return 1, max(1, self.program.known[value].rows[1])
            case _:
                return None

    def _months(self, op: Op) -> Reach:
        """As over rows, with the month at hand anything between both ends, and no more months than are allowed."""
        first, last = (_numbers(self.of(arg)) for arg in op.args[:2])
        least, most = (max(0, min(n, MONTHS_LIMIT)) for n in (last[0] - first[1] + 1, last[1] - first[0] + 1))
        outer, self.month = self.month, (first[0], max(first[0], last[1]))
        args = [self.of(arg) for arg in op.args[2:]]
        self.month = outer
        found = self._gathered(op.value, op.args[2], args, least, most)
        self.see(op, found, intermediates(op, args, found))
        return found

    def _gathered(self, kind: str, test: Op, args: Sequence[Reach], least: int, most: int) -> Reach:
        if not (test.kind == "constant" and test.value is True):
            least = 0
        match kind:
            case "count":
                return least, most
            case "sum":
                low, high = _numbers(args[1])
                return min(least * low, most * low), max(least * high, most * high)
            case "least" | "greatest":
                return _hull(args[1:])
            case _:
                return None


def _numbers(reach: Reach) -> tuple[Any, Any]:
    assert reach is not None
    return reach


def _divisors(reach: Reach) -> tuple[int, int]:
    """A divisor is above zero, which was proved of its value."""
    low, high = _numbers(reach)
    return max(low, 1), max(high, 1)


def _times(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    ends = [a * b for a in one for b in two]
    return min(ends), max(ends)


def _hull(found: Sequence[Reach]) -> Reach:
    if any(each is None for each in found):
        return None
    return min(_numbers(each)[0] for each in found), max(_numbers(each)[1] for each in found)


def _bits(number: int) -> int:
    """The bits of a number in two's complement, with its sign."""
    return (number if number >= 0 else ~number).bit_length() + 1


def _fact(fact: p.Fact) -> Reach:
    match fact.type:
        case Number():
            return ceil(fact.low * fact.resolution.denominator), floor(fact.high * fact.resolution.denominator)
        case Date():
            return dates.FIRST_DAY, dates.LAST_DAY
        case Month():
            return dates.month_of(dates.FIRST_DAY), dates.month_of(dates.LAST_DAY)
    return None


def _called(name: str | Mapping[str, str], args: Sequence[Reach]) -> Reach:
    """A function of the calendar between the ends of what it is asked; one that is not on the calendar is cut to it."""
    if isinstance(name, Mapping):  # class(place): a text
        return None
    if name in _ENDS:
        low, high = _numbers(args[0])
        function = getattr(dates, name)
        return function(low), function(high)
    if name in _BETWEEN:
        begin, end = map(_numbers, args)
        function = getattr(dates, name)
        return function(begin[1], end[0]), function(begin[0], end[1])
    match name:
        case "days_in":
            return 28, 31
        case "overlap_days":
            return 0, 31
        case "policy_year":
            return _later(_numbers(args[0])[0], -12), _numbers(args[0])[1]
        case "add_days":
            day, number = map(_numbers, args)
            return _days_later(day[0], number[0]), _days_later(day[1], number[1])
        case "add_months" | "birthday":
            day, number = map(_numbers, args)
            months = 12 if name == "birthday" else 1
            return _later(day[0], months * number[0]), _later(day[1], months * number[1])
    return None


def _later(day: dt.date, months: int) -> dt.date:
    month = dates.month_of(day) + months
    return _DAYS[0] if month < _MONTHS[0] else _DAYS[1] if month > _MONTHS[1] else dates.add_months(day, months)


def _days_later(day: dt.date, days: int) -> dt.date:
    return dt.date.fromordinal(max(1, min(day.toordinal() + days, _DAYS[1].toordinal())))
