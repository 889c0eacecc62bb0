"""What one choice of readings answers: at a point, or between bounds where a number is open.

A `Result` is made of one answer, or of several where an interpretation was left open.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple, Protocol

from ..language import program as p
from ..language.bounds import Abstract, Bounds, Interval, Rows
from ..language.types import Number, Records
from .runner import FEN, Runner
from .scalar import HAND, Environment
from .shares import by_largest_remainder, with_residual

ZERO = Interval(0, 0)


class Answer(Protocol):
    """Tests and parts of one choice of readings. Parts and shares are in fen, both ends in."""

    @property
    def runner(self) -> Runner: ...
    @property
    def env(self) -> Environment: ...

    def refused(self) -> list[p.Guard]: ...
    def step(self, step: p.Step) -> Abstract: ...
    def test(self, index: int) -> frozenset[bool]: ...
    def part(self, index: int) -> Interval: ...
    def shares(self, index: int) -> list[Interval]: ...


class Point(NamedTuple):
    """Everything determined. `env` has the facts and steps as the runner left them."""

    runner: Runner
    env: Environment
    tests: tuple[bool, ...]
    parts: tuple[int, ...]

    def refused(self) -> list[p.Guard]:
        """The guards that do not hold: the facts contradict themselves."""
        return [guard for guard, holds in self.runner.guards if not holds(self.env)]

    def step(self, step: p.Step) -> Abstract:
        value = self.runner.step(step, self.env)
        return frozenset({value}) if isinstance(value, str | bool) else Interval(value, value)

    def test(self, index: int) -> frozenset[bool]:
        return frozenset({self.tests[index]})

    def part(self, index: int) -> Interval:
        return Interval(self.parts[index], self.parts[index])

    def shares(self, index: int) -> list[Interval]:
        part, total = self.runner.folded.parts[index], self.parts[index]
        if len(part.shares) == 1 and part.shares[0].value is None:
            return [Interval(total, total)]  # the ordinary case, without a copy of the values
        return [Interval(share, share) for share in split(part, total, values(self).of)]


def split(part: p.Part, total: int, value: Any) -> list[int]:
    """The shares of a part of `total` fen; `value` evaluates a node to a fraction."""
    if len(part.shares) == 1 and part.shares[0].value is None:
        return [total]
    if not any(share.residual for share in part.shares):
        return by_largest_remainder(total, [value(share.percent) for share in part.shares])
    stated = [
        None if share.residual else abs(total) * value(share.percent) if share.percent else value(share.value) * FEN
        for share in part.shares
    ]
    return with_residual(total, stated)


class Values(NamedTuple):
    """A runner with a list of values of its own: where a formula is looked through, row by row, to be explained."""

    runner: Runner
    env: Environment

    def of(self, node: p.Node) -> Any:
        """The value of a node, exactly."""
        return self.runner.value(node, self.env)


def values(answer: Answer) -> Values:
    """The values of an answer, copied, so that explaining never touches what others read."""
    return Values(answer.runner, list(answer.env))


class Span:
    """Something open: steps, tests and parts between bounds, by interval arithmetic in written order."""

    def __init__(self, runner: Runner, env: Environment) -> None:
        self.runner, self.env = runner, env
        folded, program = runner.folded, runner.program
        facts, given = abstract(program, env)
        bounds = Bounds(folded.parameters, program.class_of, facts, given)
        env.extend(HAND)
        for step in folded.steps:
            bounds.steps[step.name] = bounds.of(step.value)
            runner.settle(step.name, env)
        self._bounds = bounds
        self._tests: list[frozenset[bool]] = [bounds.of(test.test) for test in folded.conditions]
        required = [self._tests[i] for i, test in enumerate(folded.conditions) if test.kind == "required"]
        self._parts = [self._paid(bounds.of(part.value), required) for part in folded.parts]

    def refused(self) -> list[p.Guard]:
        """The guards that surely do not hold."""
        return [guard for guard, _ in self.runner.guards if self._bounds.of(guard.test) == {False}]

    @staticmethod
    def _paid(value: Interval, required: list[frozenset[bool]]) -> Interval:
        if any(True not in test for test in required):
            return ZERO
        low, high = floor(value.low * FEN), ceil(value.high * FEN)
        return Interval(min(low, 0), max(high, 0)) if any(False in test for test in required) else Interval(low, high)

    def step(self, step: p.Step) -> Abstract:
        return self._bounds.steps[step.name]

    def test(self, index: int) -> frozenset[bool]:
        return self._tests[index]

    def part(self, index: int) -> Interval:
        return self._parts[index]

    def shares(self, index: int) -> list[Interval]:
        """The exact shares where nothing that they rest on is open, otherwise bounds of each.

        A quota is rounded down from the least sum, and up from the greatest; beside a share that is a sum of its own,
        there may be nothing left for it.
        """
        part, total = self.runner.folded.parts[index], self._parts[index]
        if len(part.shares) == 1 and part.shares[0].value is None:
            return [total]
        stated = [node for share in part.shares if (node := share.percent or share.value) is not None]
        if total.is_point and all(self._bounds.of(node).is_point for node in stated):
            return [Interval(share, share) for share in split(part, total.low, lambda node: self._bounds.of(node).low)]
        any_value = any(share.value is not None for share in part.shares)
        found = []
        for share in part.shares:
            ends = list(total)
            if share.percent is not None:
                ends = [end * way for end in total for way in self._bounds.of(share.percent)]
            if share.percent is None or any_value:
                ends.append(0)
            found.append(Interval(floor(min(ends)), ceil(max(ends))))
        return found


def abstract(program: p.Program, env: Environment) -> tuple[dict[str, Abstract | Rows], dict[str, frozenset[bool]]]:
    """Validated facts as points, for interval arithmetic."""
    facts: dict[str, Abstract | Rows] = {}
    for fact, value in zip(program.facts.values(), env, strict=False):
        if isinstance(fact.type, Records):
            rows: list[dict[str, Abstract]] = [
                {field.name: _point(field, item) for field, item in zip(fact.fields, row, strict=True)}
                for row in value or ()
            ]
            facts[fact.name] = rows
        else:
            facts[fact.name] = _point(fact, value)
    given = {
        fact.name: frozenset({value is not None}) for fact, value in zip(program.facts.values(), env, strict=False)
    }
    return facts, given


def _point(fact: p.Fact, value: Any) -> Abstract:
    if value is None:
        return None
    if isinstance(fact.type, Number):
        exact = fact.scale * Fraction(value, fact.resolution.denominator)
        return Interval(exact, exact)
    return frozenset({value}) if isinstance(value, str | bool) else Interval(value, value)
