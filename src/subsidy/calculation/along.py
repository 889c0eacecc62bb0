"""A worked example moved along one fact: the same claim with another number or another day in it, all else alike.

The values of a fact that can be stated lie on a grid, one resolution apart, and are counted by index. Every amount is
calculated by the policy itself, and kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from ..catalogue.documents import Example
from ..dates import FIRST_DAY, LAST_DAY
from ..errors import SubsidyError
from ..exact import decimals, fen, parse_share, show
from ..language import program as p
from ..language.types import Date, Number
from .policy import Policy
from .result import Result
from .rising import figures

Ends = tuple[int, int]  # the least and the most that an amount can be, in fen


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a fact as it is stated, where it lies on the axis, and the amount there, as bounds."""

    value: str
    at: Fraction
    low: Decimal
    high: Decimal

    @property
    def is_determined(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Axis:
    """The values of a number, in the unit in which it is stated, or of a date: a day is a step of one."""

    fact: p.Fact
    low: Fraction
    step: Fraction
    last: int  # the index of the last value; the first has 0

    def at(self, index: int) -> Fraction:
        return self.low + index * self.step

    def text(self, index: int) -> str:
        if isinstance(self.fact.type, Date):
            return dt.date.fromordinal(int(self.at(index))).isoformat()
        return show(self.at(index), decimals(self.step.denominator) or 0)

    def below(self, figure: Fraction) -> int:
        """The index of the greatest value that is not above a figure, which need not be on the axis."""
        return floor((figure - self.low) / self.step)


def axis_of(policy: Policy, fact: p.Fact) -> Axis | None:
    """The axis of a fact; None where it is neither a number nor a date, or is stated only when money is released."""
    if fact.asked:
        return None
    if isinstance(fact.type, Number):
        first, last = ceil(fact.low / fact.resolution), floor(fact.high / fact.resolution)
        return Axis(fact, first * fact.resolution, fact.resolution, last - first) if first < last else None
    if isinstance(fact.type, Date):
        low, high = FIRST_DAY, LAST_DAY
        if fact.name == policy.program.dated_by:
            low, high = policy.first_day, policy.last_day or LAST_DAY
        return Axis(fact, Fraction(low.toordinal()), Fraction(1), high.toordinal() - low.toordinal())
    return None


class Along:
    """The amounts of one example along one axis. `limit` is how many claims may be calculated in all."""

    def __init__(self, policy: Policy, example: Example, axis: Axis, limit: int) -> None:
        self.policy, self.example, self.axis, self.limit = policy, example, axis, limit
        self._found: dict[int, Ends | None] = {}

    @property
    def is_spent(self) -> bool:
        return len(self._found) >= self.limit

    def result(self, index: int) -> Result | None:
        return calculated(self.policy, self.example, {self.axis.fact.name: self.axis.text(index)})

    def ends(self, index: int) -> Ends | None:
        """The amount; None where there is no such claim."""
        if index not in self._found:
            result = self.result(index)
            self._found[index] = None if result is None else ends(result)
        return self._found[index]

    def point(self, index: int) -> Point:
        found = self.ends(index)
        assert found is not None, "a point has an amount"
        return Point(self.axis.text(index), self.axis.at(index), fen(found[0]), fen(found[1]))

    @property
    def stated(self) -> int | None:
        """The index of what the example itself states; None where it does not state the fact."""
        given = self.example.facts.get(self.axis.fact.name)
        if given is None:
            return None
        if isinstance(self.axis.fact.type, Date):
            day = given if isinstance(given, dt.date) else dt.date.fromisoformat(str(given))
            return self.axis.below(Fraction(day.toordinal()))
        figure = parse_share(str(given))
        return None if figure is None else self.axis.below(figure)

    def named(self) -> Iterator[int]:
        """What the module itself speaks of, with the values beside it; the ends; and what the example states."""
        fact, last = self.axis.fact, self.axis.last
        found = [0, 1, last - 1, last]
        if self.stated is not None:
            found.append(self.stated)
        if isinstance(fact.type, Number):
            named = [figure / fact.scale for figure in figures(self.policy.program, fact)]
        else:
            named = [Fraction(day.toordinal()) for day in _days(self.policy.program)]
        for figure in named:
            index = self.axis.below(figure)
            found += [index - 1, index, index + 1, index + 2]
        yield from (index for index in found if 0 <= index <= last)


def calculated(policy: Policy, example: Example, changed: Mapping[str, Any]) -> Result | None:
    """The claim of an example with some facts changed; None where there is no such claim."""
    try:
        return policy.calculate_again({**example.facts, **changed}, example.under)
    except SubsidyError:
        return None


def ends(result: Result) -> Ends:
    found = result.total_in_fen()
    return found.low, found.high


def _days(program: p.Program) -> Iterator[dt.date]:
    """The days that a module speaks of."""
    nodes = [step.value for step in program.steps]
    nodes += [test.test for test in program.conditions] + [part.value for part in program.parts]
    for node in (each for root in nodes for each in p.walk(root)):
        if isinstance(node, p.Constant) and isinstance(node.value, dt.date):
            yield node.value
