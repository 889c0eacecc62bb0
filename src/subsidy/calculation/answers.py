"""What one choice of readings answers: at a point, or between bounds where a number is open.

A `Result` is made of one answer, or of several where an interpretation was left open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple, Protocol

from ..language import program as p
from ..language.bounds import Bounds, Rows
from ..language.intervals import Abstract, Interval
from ..language.types import Number, Records
from .runner import FEN, Runner
from .scalar import HAND, Environment
from .shares import by_largest_remainder, with_residual

ZERO = Interval(0, 0)
ALWAYS: frozenset[bool] = frozenset({True})


class InstalmentAnswer(NamedTuple):
    """An instalment: whether it exists, its sum and shares in fen, and the day on which it falls due, if it has one."""

    exists: frozenset[bool]
    sum: Interval
    shares: list[Interval]
    due: Abstract


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
    def instalments(self, index: int) -> list[InstalmentAnswer]: ...
    def bounds_of(self, node: p.Node) -> Interval: ...
    def left_open(self, index: int, *, in_split: bool) -> frozenset[str]: ...
    def released(self, test: p.Node, asked: Mapping[str, Any]) -> frozenset[bool]: ...


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

    def bounds_of(self, node: p.Node) -> Interval:
        value = values(self).of(node)
        return Interval(value, value)

    def left_open(self, index: int, *, in_split: bool) -> frozenset[str]:  # noqa: ARG002 — nothing of it is open
        return frozenset()

    def shares(self, index: int) -> list[Interval]:
        part, total = self.runner.folded.parts[index], self.parts[index]
        if len(part.shares) == 1 and part.shares[0].value is None and not part.instalments:
            return [Interval(total, total)]  # the ordinary case, without a copy of the values
        return [Interval(share, share) for share in split_in_all(part, total, values(self).of)]

    def instalments(self, index: int) -> list[InstalmentAnswer]:
        part, total = self.runner.folded.parts[index], self.parts[index]
        return exact_instalments(part, total, values(self).of) if part.instalments else []

    def released(self, test: p.Node, asked: Mapping[str, Any]) -> frozenset[bool]:
        return frozenset({self.runner.value(test, [*self.env, *asked.values()])})


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


def split_in_all(part: p.Part, total: int, value: Any) -> list[int]:
    """What each payer pays of a part: where it comes in instalments, the sum of what is paid of each."""
    if not part.instalments:
        return split(part, total, value)
    shares = [each.shares for each in exact_instalments(part, total, value)]
    return [sum(share.low for share in payer) for payer in zip(*shares, strict=True)]


def payable(part: p.Part, total: Interval, shares: Sequence[Interval]) -> Interval:
    """What is paid out of a sum: the shares that are not their payers' own, which is also the sum without those."""
    own = [found for share, found in zip(part.shares, shares, strict=True) if share.own]
    if not own:
        return total
    paid = [found for share, found in zip(part.shares, shares, strict=True) if not share.own]
    low = max(sum(each.low for each in paid), total.low - sum(each.high for each in own))
    high = min(sum(each.high for each in paid), total.high - sum(each.low for each in own))
    return Interval(low, high)


def exact_instalments(part: p.Part, total: int, value: Any) -> list[InstalmentAnswer]:
    """The instalments of a part of `total` fen: each rounded to the fen in order, and one takes what is left."""
    there = [each.when is None or value(each.when) for each in part.instalments]
    taker = takes_remainder(part.instalments, there)
    stated = [
        None if index == taker
        else Fraction(0) if not there[index]
        else abs(total) * value(each.share) if each.share is not None
        else value(each.value) * FEN
        for index, each in enumerate(part.instalments)
    ]  # fmt: skip
    found = []
    for each, exists, sum_ in zip(part.instalments, there, with_residual(total, stated), strict=True):
        due = value(each.due) if exists and each.due is not None else None
        found.append(
            InstalmentAnswer(
                frozenset({exists}),
                Interval(sum_, sum_),
                [Interval(share, share) for share in split(part, sum_, value)],
                None if due is None else Interval(due, due),
            )
        )
    return found


def takes_remainder(instalments: Sequence[p.Instalment], there: Sequence[bool]) -> int:
    """Which instalment takes what rounding leaves: of those that exist, the one that says so, or the last."""
    last = max(index for index, exists in enumerate(there) if exists)
    return next((i for i, each in enumerate(instalments) if each.remainder and there[i]), last)


class Values(NamedTuple):
    """A runner with a list of values of its own: where a formula is looked through, row by row, to be explained."""

    runner: Runner
    env: Environment

    def of(self, node: p.Node) -> Any:
        """The value of a node, exactly."""
        return self.runner.value(node, self.env)

    def knows(self, node: p.Node) -> bool:
        """Whether a node has a value here: nothing is open that it rests on, in the branches that are taken."""
        match node:
            case p.StepValue(name=name):
                return self.env[self.runner.slots.steps[name]] is not None
            case p.ParameterValue(name=name) if name in self.runner.folded.open_parameters:
                return False
            case p.If(test=test, then=then, otherwise=otherwise):
                return self.knows(test) and self.knows(then if self.of(test) else otherwise)
            case p.Ladder(values=found, otherwise=otherwise):
                rows = self.counted(node)
                return rows is not None and all(self.knows(each) for each in [found[i] for i in rows] or [otherwise])
            case p.Logic(operator=operator, operands=operands):
                for operand in operands:
                    if not self.knows(operand):
                        return False
                    if self.of(operand) is (operator == "or"):
                        break
                return True
            case p.Aggregate() | p.Position():  # no row is at hand, so no branch in it is taken, be it of a key
                return all(self._is_closed(each) for each in p.walk(node))
            case _:
                return all(self.knows(child) for child in p.children(node))

    def _is_closed(self, node: p.Node) -> bool:
        """Whether a node is in itself nothing open."""
        if isinstance(node, p.StepValue):
            return self.env[self.runner.slots.steps[node.name]] is not None
        return not (isinstance(node, p.ParameterValue) and node.name in self.runner.folded.open_parameters)

    def counted(self, node: p.Ladder) -> list[int] | None:
        """The rows of a ladder that count, from 0; none where it is the otherwise, None where that is open."""
        holding = []
        for index, test in enumerate(node.tests):
            if not self.knows(test):
                return None
            if self.of(test):
                holding.append(index)
                if node.pick in {"first", "only"}:  # what stands behind the row that counts is not looked at
                    break
        if node.pick != "highest" or len(holding) < 2:
            return holding
        if not all(self.knows(node.values[index]) for index in holding):
            return None
        order = getattr(node.type, "values", None)
        found = {index: self.of(node.values[index]) for index in holding}
        return [max(holding, key=lambda index: order.index(found[index]) if order else found[index])]


def values(answer: Answer) -> Values:
    """The values of an answer, copied, so that explaining never touches what others read.

    A step that may rest on something open has its value where it does not here.
    """
    runner = answer.runner
    at = Values(runner, list(answer.env))
    for step in runner.folded.steps if runner.may_be_open else ():
        place = runner.slots.steps[step.name]
        if at.env[place] is None and at.knows(step.value):
            at.env[place] = runner.again(step, at.env)
    return at


class Span:
    """Something open: steps, tests and parts between bounds, by interval arithmetic in written order."""

    def __init__(self, runner: Runner, env: Environment) -> None:
        self.runner, self.env = runner, env
        folded, program = runner.folded, runner.program
        facts, given = abstract(list(program.facts.values()), env)
        bounds = Bounds(folded.parameters, program.class_of, facts, given)
        env.extend(HAND)
        for step in folded.steps:
            bounds.steps[step.name] = bounds.of(step.value)
            runner.settle(step.name, env)
        self._bounds = bounds
        self._opened: dict[int, frozenset[str]] = {}  # by the identity of a node of the program
        self._shares: dict[int, list[Interval]] = {}  # by part, as they are asked for again and again
        self._instalments: dict[int, list[InstalmentAnswer]] = {}
        self._tests: list[frozenset[bool]] = [bounds.of(test.test) for test in folded.conditions]
        self._parts = [self._paid(self._sum(part), self._required(part)) for part in folded.parts]

    def _sum(self, part: p.Part) -> Interval:
        """The sum of a part; where it is to be decided and was not, anything up to the ceiling."""
        found: Interval = self._bounds.of(part.value)
        if not part.decided:
            return found
        decided = self._bounds.facts[part.decided]
        return decided if isinstance(decided, Interval) else Interval(0, found.high)

    def _required(self, part: p.Part) -> list[frozenset[bool]]:
        conditions = self.runner.folded.conditions
        return [found for test, found in zip(conditions, self._tests, strict=True) if test.concerns(part.name)]

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

    def left_open(self, index: int, *, in_split: bool) -> frozenset[str]:
        """The parameters that leave the sum of a part open, or also what its payers and instalments make of it."""
        part = self.runner.folded.parts[index]
        nodes: list[p.Node | None] = []
        if not self._parts[index].is_point:
            nodes += [part.value, *(test.test for test in self.runner.folded.conditions if test.concerns(part.name))]
        if in_split and not self._is_split(index):
            nodes += [node for share in part.shares for node in (share.percent, share.value)]
            nodes += [node for each in part.instalments for node in (each.share, each.value, each.when, each.due)]
        return frozenset[str]().union(*(self._open_in(node) for node in nodes if node is not None))

    def _is_split(self, index: int) -> bool:
        """Whether every share and every instalment of a part is certain."""
        found: list[Abstract] = [*self.shares(index)]
        for each in self.instalments(index):
            found += [each.sum, *each.shares, each.exists, each.due]
        return all(_is_certain(each) for each in found)

    def _open_in(self, node: p.Node) -> frozenset[str]:
        """The open parameters that a node reads where it is not certain; what it does not come to is not read."""
        if id(node) in self._opened:
            return self._opened[id(node)]
        read: set[str] = set()

        def seen(inner: p.Node, _: Abstract) -> None:
            if isinstance(inner, p.ParameterValue) and self._bounds.parameters[inner.name].values is None:
                read.add(inner.name)
            elif isinstance(inner, p.StepValue):
                read.update(self._open_in(steps[inner.name]))

        steps = {step.name: step.value for step in self.runner.folded.steps}
        bounds = Bounds(
            self._bounds.parameters, self._bounds.class_of, self._bounds.facts, self._bounds.given, on_step=seen
        )
        bounds.steps = self._bounds.steps
        found = frozenset[str]() if _is_certain(bounds.of(node)) else frozenset(read)
        self._opened[id(node)] = found
        return found

    def bounds_of(self, node: p.Node) -> Interval:
        """What a number can be."""
        found: Interval = self._bounds.of(node)
        return found

    def shares(self, index: int) -> list[Interval]:
        """The exact shares where nothing that they rest on is open, otherwise bounds of each.

        A quota is rounded down from the least sum, and up from the greatest; beside a share that is a sum of its own,
        there may be nothing left for it.
        """
        if index not in self._shares:
            self._shares[index] = self._shares_of(index)
        return self._shares[index]

    def _shares_of(self, index: int) -> list[Interval]:
        part, total = self.runner.folded.parts[index], self._parts[index]
        if len(part.shares) == 1 and part.shares[0].value is None:
            return [total]
        if self._is_exact(part, total):
            return [Interval(share, share) for share in split_in_all(part, total.low, self._certain)]
        return self._split(part, total, len(part.instalments))

    def _is_exact(self, part: p.Part, total: Interval) -> bool:
        """Whether a sum is certain, and all by which it is split."""
        stated = [node for share in part.shares if (node := share.percent or share.value) is not None]
        stated += [n for each in part.instalments for n in (each.share, each.value) if n is not None]
        whens = [self._bounds.of(each.when) for each in part.instalments if each.when is not None]
        certain = all(self._bounds.of(node).is_point for node in stated) and all(len(when) == 1 for when in whens)
        return total.is_point and certain

    def _certain(self, node: p.Node) -> Any:
        """The value of a node that is certain."""
        found = self._bounds.of(node)
        return found.low if isinstance(found, Interval) else next(iter(found))

    def _split(self, part: p.Part, total: Interval, times: int = 0) -> list[Interval]:
        """Bounds of each share of a sum, which may be rounded several `times`."""
        any_value = any(share.value is not None for share in part.shares)
        found = []
        for share in part.shares:
            ends = list(total)
            if share.percent is not None:
                ends = [end * way for end in total for way in self._bounds.of(share.percent)]
            if share.percent is None or any_value:
                ends.append(0)
            low, high = floor(min(ends)) - times, ceil(max(ends)) + times
            found.append(Interval(max(low, min(total.low, 0)), min(high, max(total.high, 0))))
        return found

    def instalments(self, index: int) -> list[InstalmentAnswer]:
        """The exact instalments where nothing that they rest on is open, otherwise bounds of each.

        Each lies between nothing and its share of the sum; one that may take what the others leave, up to all of it.
        """
        if index not in self._instalments:
            self._instalments[index] = self._instalments_of(index)
        return self._instalments[index]

    def _instalments_of(self, index: int) -> list[InstalmentAnswer]:
        part, total = self.runner.folded.parts[index], self._parts[index]
        there = [self._bounds.of(each.when) if each.when is not None else ALWAYS for each in part.instalments]
        is_exact, found = self._is_exact(part, total), []
        exact = exact_instalments(part, total.low, self._certain) if part.instalments and is_exact else []
        for number, (each, exists) in enumerate(zip(part.instalments, there, strict=True)):
            due = self._bounds.of(each.due) if each.due is not None and True in exists else None
            if exact:
                found.append(exact[number]._replace(due=due))
                continue
            ends = [*total, 0]
            if each.share is not None and not self._may_take_remainder(part, number, there):
                ends = [0, *(end * way for end in total for way in self._bounds.of(each.share))]
            sum_ = Interval(floor(min(ends)), ceil(max(ends))) if True in exists else ZERO
            shares = [sum_] if len(part.shares) == 1 else self._split(part, sum_)
            found.append(InstalmentAnswer(exists, sum_, shares, due))
        return found

    @staticmethod
    def _may_take_remainder(part: p.Part, number: int, there: Sequence[frozenset[bool]]) -> bool:
        later = there[number + 1 :]
        return part.instalments[number].remainder or all(False in exists for exists in later)

    def released(self, test: p.Node, asked: Mapping[str, Any]) -> frozenset[bool]:
        """Whether the test of an instalment holds, with the facts that were asked for it."""
        facts, given = abstract(list(self.runner.program.asked.values()), list(asked.values()))
        bounds = Bounds(
            self._bounds.parameters, self._bounds.class_of,
            {**self._bounds.facts, **facts}, {**self._bounds.given, **given},
        )  # fmt: skip
        bounds.steps = self._bounds.steps
        found: frozenset[bool] = bounds.of(test)
        return found


def _is_certain(found: Abstract) -> bool:
    return found.is_point if isinstance(found, Interval) else found is None or len(found) == 1


def abstract(
    declared: Collection[p.Fact], env: Environment
) -> tuple[dict[str, Abstract | Rows], dict[str, frozenset[bool]]]:
    """Validated facts as points, for interval arithmetic."""
    facts: dict[str, Abstract | Rows] = {}
    for fact, value in zip(declared, env, strict=False):
        if isinstance(fact.type, Records):
            rows: list[dict[str, Abstract]] = [
                {field.name: _point(field, item) for field, item in zip(fact.fields, row, strict=True)}
                for row in value or ()
            ]
            facts[fact.name] = rows
        else:
            facts[fact.name] = _point(fact, value)
    given = {fact.name: frozenset({value is not None}) for fact, value in zip(declared, env, strict=False)}
    return facts, given


def _point(fact: p.Fact, value: Any) -> Abstract:
    if value is None:
        return None
    if isinstance(fact.type, Number):
        exact = fact.scale * Fraction(value, fact.resolution.denominator)
        return Interval(exact, exact)
    return frozenset({value}) if isinstance(value, str | bool) else Interval(value, value)
