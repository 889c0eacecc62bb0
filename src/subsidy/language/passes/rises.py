"""Rises: what `rises_with` claims, shown where the formulas and the ranges of their values show it.

A value is constant in a fact, rises with it, falls with it, or nothing is known of it; all else is equal. Rising is
never falling: more of the fact is as much or more of the value. A flag rises from false to true, a choice along its
list. What is not shown is not thereby wrong: it is tried when the module is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from fractions import Fraction
from itertools import pairwise, product
from math import prod
from typing import Any, Final

from ...record import replace
from .. import program as p
from ..bounds import Bounds, Unprovable
from ..folding import Folded
from ..intervals import Interval
from ..proof import Proof
from ..types import Choice, Date, Flag, Month, Number, options
from ..work import UNPROVABLE, Work
from .range import static_bounds


class Way(Enum):
    """How a value goes with a fact."""

    CONSTANT = 0
    RISING = 1
    FALLING = -1
    UNKNOWN = None


CONSTANT, RISING, FALLING, UNKNOWN = Way
_TURNED: Final = {RISING: FALLING, FALLING: RISING, CONSTANT: CONSTANT, UNKNOWN: UNKNOWN}
# Which arguments a function of the calendar rises (1) and falls (-1) with; with any other, nothing is known.
_CALENDAR: Final = {
    **dict.fromkeys(("years_between", "age", "months_between", "months_count", "days_between"), (-1, 1)),
    **dict.fromkeys(("first_day", "last_day", "month_of", "year_start", "policy_year"), (1,)),
    **dict.fromkeys(("add_months", "add_days", "birthday"), (1, 1)),
}


def rises(work: Work) -> None:
    if work.program is None or work.has(*UNPROVABLE):
        return
    proved: dict[str, bool] = {}
    for index, name in enumerate(work.program.rises_with):
        ways = {_amount(work.program, folded, name, work.proof) for folded in work.folded}
        proved[name] = ways <= {CONSTANT, RISING}
        if ways == {CONSTANT}:
            work.problem("P0626", ("outcome", "rises_with", index), name=name)
    work.program = replace(work.program, rises=proved)


def _amount(program: p.Program, folded: Folded, fact: str, proof: Proof) -> Way:
    """How the amount goes with a fact under one choice of readings."""
    bounds = static_bounds(program, folded, proof)
    ways = _Ways(program, folded, bounds, fact, proof)
    try:
        for step in folded.steps:
            bounds.steps[step.name] = bounds.of(step.value)
            ways.steps[step.name] = ways.of(step.value)
        parts = [ways.part(part) for part in folded.parts if part.counted]
    except Unprovable:  # it was reported, or would cost too much to show
        return UNKNOWN
    return _together(parts)


def _is_about_rows(node: p.Node) -> bool:
    return any(isinstance(each, p.FieldValue | p.MonthValue) for each in p.walk(node))


def _together(ways: Iterable[Way]) -> Way:
    """How a value goes that rises with each of some values."""
    found = set(ways) - {CONSTANT}
    return CONSTANT if not found else found.pop() if len(found) == 1 else UNKNOWN


def _times(way: Way, low: Any, high: Any) -> Way:
    """How a product goes by one factor, where the other is between two ends."""
    if way is CONSTANT or low == high == 0:
        return CONSTANT
    return way if low >= 0 else _TURNED[way] if high <= 0 else UNKNOWN


class _Ways:
    def __init__(self, program: p.Program, folded: Folded, bounds: Bounds, fact: str, proof: Proof) -> None:
        self.program, self.folded, self.bounds, self.fact, self.proof = program, folded, bounds, fact, proof
        self.steps: dict[str, Way] = {}
        self._within: dict[tuple[Any, Any], Bounds] = {}

    def part(self, part: p.Part) -> Way:
        """The sum of a part, which is 0 where a condition fails: rising tests let it come, falling ones take it."""
        value = self.of(part.value)
        if part.decided:
            value = _together([value, RISING if part.decided == self.fact else CONSTANT])
        low, high = self.ends(part.value)
        tests = [self.of(test.test) for test in self.folded.conditions if test.concerns(part.name)]
        return _together([value, *(_times(way, low, high) for way in tests)])

    def ends(self, node: p.Node) -> tuple[Any, Any]:
        """The ends of a value with an order; of a choice, its places in the list."""
        value = self.bounds.of(node)
        if isinstance(value, Interval):
            return value.low, value.high
        order = (False, True) if isinstance(node.type, Flag) else getattr(node.type, "values", ())
        places = [order.index(each) for each in value if each in order]
        return min(places, default=0), max(places, default=len(order))

    def of(self, node: p.Node) -> Way:
        match node:
            case p.Constant() | p.FieldValue() | p.MonthValue():
                return CONSTANT  # the months that are gone through are looked at with them
            case p.FactValue(name=name):
                return RISING if name == self.fact else CONSTANT
            case p.StepValue(name=name):
                return self.steps[name]
            case p.Given(of=p.FactValue(name=name)):
                when = self.folded.when[name]  # a fact that does not apply is as if it were not given
                return CONSTANT if when is None or self.of(when) is CONSTANT else UNKNOWN
            case p.Given():
                return CONSTANT
            case p.Opposite(operand=operand) | p.Not(operand=operand):
                return _TURNED[self.of(operand)]
            case p.Operation():
                return self.operation(node)
            case p.Extreme(operands=operands) | p.Logic(operands=operands):
                return _together(self.of(operand) for operand in operands)
            case p.Round(operand=operand) | p.Classified(operand=operand):
                return self.of(operand)
            case p.Compare():
                return self.compared(node)
            case p.In(element=element):
                return CONSTANT if self.of(element) is CONSTANT else UNKNOWN
            case p.If(test=test, then=then, otherwise=otherwise):
                return self.branches(test, then, otherwise)
            case p.Ladder():
                return self.ladder(node)
            case p.ParameterValue():
                return self.parameter(node)
            case p.Call(function=function, arguments=arguments):
                signs = _CALENDAR.get(function, ())
                ways = [
                    way
                    if way is CONSTANT
                    else UNKNOWN
                    if index >= len(signs)
                    else _times(way, signs[index], signs[index])
                    for index, way in enumerate(map(self.of, arguments))
                ]
                return _together(ways)
            case p.Aggregate() | p.Position():
                return self.gathered(node)
            case _:
                raise AssertionError(node)

    def operation(self, node: p.Operation) -> Way:
        left, right = self.of(node.left), self.of(node.right)
        if left is right is CONSTANT:
            return CONSTANT
        if node.operator in "+-":
            return _together([left, right if node.operator == "+" else _TURNED[right]])
        if _is_about_rows(node):
            return UNKNOWN  # what a row may be is not known here
        if node.operator == "/":  # by what was proved to be above zero
            return _together([left, _times(_TURNED[right], *self.ends(node.left))])
        return _together([_times(left, *self.ends(node.right)), _times(right, *self.ends(node.left))])

    def compared(self, node: p.Compare) -> Way:
        left, right = self.of(node.left), self.of(node.right)
        if node.operator in {"==", "!="}:
            return CONSTANT if left is right is CONSTANT else UNKNOWN
        way = _together([left, _TURNED[right]])
        return way if node.operator in {">", ">="} else _TURNED[way]

    def branches(self, test: p.Node, then: p.Node, otherwise: p.Node) -> Way:
        """One branch or the other; where the fact decides which, the one that it goes over to lies above or below."""
        way, ways = self.of(test), _together([self.of(then), self.of(otherwise)])
        if way is CONSTANT:
            return ways
        is_ordered = isinstance(then.type, Number | Choice | Flag | Date | Month)
        if way is UNKNOWN or not is_ordered or any(_is_about_rows(each) for each in (test, then, otherwise)):
            return UNKNOWN
        first, last = (otherwise, then) if way is RISING else (then, otherwise)
        before, after = self.split(test)
        one, two = self.under(before, first), self.under(after, last)
        over = RISING if one[1] <= two[0] else FALLING if one[0] >= two[1] else UNKNOWN
        return _together([ways, over])

    def under(self, bounds: Bounds, node: p.Node) -> tuple[Any, Any]:
        kept, self.bounds = self.bounds, bounds
        try:
            return self.ends(node)
        finally:
            self.bounds = kept

    def split(self, test: p.Node) -> tuple[Bounds, Bounds]:
        """What can be before and after the fact passes the figure that a test compares it with."""
        match test:
            case (
                p.Compare(left=p.FactValue(name=self.fact), right=other)
                | p.Compare(left=other, right=p.FactValue(name=self.fact))
            ) if self.of(other) is CONSTANT:
                low, high = self.ends(other)
                least, most = self.ends(p.FactValue(other.type, other.span, self.fact))
                if least <= high and low <= most:
                    return self.within(least, min(most, high)), self.within(max(least, low), most)
        return self.bounds, self.bounds

    def within(self, low: Any, high: Any) -> Bounds:
        """Bounds in which the fact is between two ends."""
        if (low, high) not in self._within:
            bounds = static_bounds(self.program, self.folded, self.proof)
            bounds.facts = {**bounds.facts, self.fact: Interval(low, high)}
            self._within[low, high] = bounds
        bounds = self._within[low, high]
        for step in self.folded.steps[len(bounds.steps) : len(self.steps)]:
            bounds.steps[step.name] = bounds.of(step.value)
        return bounds

    def ladder(self, node: p.Ladder) -> Way:
        tests, values = [self.of(test) for test in node.tests], [self.of(value) for value in node.values]
        way = _together([*values, self.of(node.otherwise)])
        if _together(tests) is CONSTANT:
            return way
        if node.pick in {"first", "only"}:
            return self.rows(list(zip(node.tests, node.values, strict=True)), node.otherwise)
        if way not in {CONSTANT, RISING} or _together(tests) is not RISING:
            return UNKNOWN
        # More rows count as the fact rises: as much or more, where what counts if none does is not above them.
        least = min(self.ends(value)[0] for value in node.values)
        highest = Fraction(0) if isinstance(node.otherwise, p.Unreached) else self.ends(node.otherwise)[1]
        if node.pick == "sum" and least < 0:
            return UNKNOWN
        return RISING if isinstance(node.otherwise, p.Unreached) or highest <= least else UNKNOWN

    def rows(self, rows: Sequence[tuple[p.Node, p.Node]], otherwise: p.Node) -> Way:
        """The first row that holds, as branches; of rows that cover every case, the last needs no test."""
        if isinstance(otherwise, p.Unreached):
            rows, otherwise = rows[:-1], rows[-1][1]
        for test, value in reversed(rows):
            otherwise = p.If(value.type, value.span, test, value, otherwise)
        return self.of(otherwise)

    def parameter(self, node: p.ParameterValue) -> Way:
        """A look-up: along an axis on which the key rises, entries rise for every other key."""
        keys = [self.of(key) for key in node.keys]
        if _together(keys) is CONSTANT:
            return CONSTANT
        parameter = self.folded.parameters[node.name]
        if parameter.values is None or UNKNOWN in keys:
            return UNKNOWN
        is_whole = len(parameter.values) == prod(len(options(key)) for key in parameter.keys)
        if not is_whole and len(keys) - keys.count(CONSTANT) > 1:
            return UNKNOWN  # there may be no entry half way
        ways = []
        for axis, way in enumerate(keys):
            if way is not CONSTANT:
                steps = set[int]()
                for key in product(*(options(each) for each in parameter.keys[:axis] + parameter.keys[axis + 1 :])):
                    line = [(*key[:axis], at, *key[axis:]) for at in options(parameter.keys[axis])]
                    entries = [
                        self.place(parameter, parameter.values[each]) for each in line if each in parameter.values
                    ]
                    steps |= {(two > one) - (two < one) for one, two in pairwise(entries)}
                low, high = min(steps, default=0), max(steps, default=0)
                ways.append(_times(way, low, high))
        return _together(ways)

    def place(self, parameter: p.Parameter, entry: Any) -> Any:
        return parameter.type.values.index(entry) if isinstance(parameter.type, Choice) else entry

    def gathered(self, node: p.Aggregate | p.Position) -> Way:
        """Rows are the same whatever the fact is; which of them count, and what they give, may not be."""
        if isinstance(node, p.Position):
            parts = [each for each in (node.key, node.test) if each is not None]
            return CONSTANT if _together(self.of(each) for each in parts) is CONSTANT else UNKNOWN
        test = CONSTANT if node.test is None else self.of(node.test)
        if any(self.of(month) is not CONSTANT for month in node.months):
            return UNKNOWN
        if node.kind == "count":
            return test
        assert node.body is not None
        last = [] if node.otherwise is None else [self.of(node.otherwise)]
        way = _together([self.of(node.body), *last])
        return way if test is CONSTANT else UNKNOWN
