"""The amount over one fact, around a worked example: exact points, the pieces between them, and the cliffs.

What is searched: the figures of which the module speaks, with the values beside them, and samples over the whole range.
Between two of these the amount is tried against a line; where it does not lie on it, the place is halved, down to two
values that lie one resolution apart. Every amount is exact, but nothing here is a proof: a hole narrower than the
samples, at a figure that the module does not name, can be overlooked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from heapq import heappop, heappush
from itertools import pairwise
from math import ceil
from typing import Final

from ..catalogue.documents import Example
from ..exact import fen
from ..language import program as p
from ..language.types import Choice, Division, Flag, Number
from ..text import Text
from .along import Along, Ends, Point, axis_of, calculated, ends
from .deciders import Decider, deciders
from .policy import Policy

CLAIMS_LIMIT: Final = 4000  # calculations for a module
_CLAIMS_MOST: Final = 1000  # calculations for one fact
_SAMPLES: Final = 32  # over the range of a fact, beside the figures that the module names
_PROBES: Final = (500, 250, 750, 382, 854)  # at how many thousandths a piece is tried against a line
_BROKEN: Final = 10**30  # where a claim stands beside none: cut before all else
_BARS_MOST: Final = 24  # values of a list or places of a table that are still shown side by side


@dataclass(frozen=True, slots=True)
class Cliff:
    """Two neighbouring values of a fact between which the amount jumps, and what decides there, where it has a name."""

    fact: str
    before: Point
    after: Point
    decided_by: tuple[Decider, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Points without a cliff between them. `is_straight`: between two of them the amount was always on the line."""

    points: tuple[Point, ...]
    is_straight: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """The amount over a number or a date, from the least value to the greatest, all else as in the example.

    `stated` is the point of the example itself; None where it does not state the fact.
    """

    fact: str
    pieces: tuple[Piece, ...]
    cliffs: tuple[Cliff, ...]
    stated: Point | None

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(point for piece in self.pieces for point in piece.points)

    @property
    def is_straight(self) -> bool:
        return all(piece.is_straight for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Bar:
    """The amount at one value of a list, in fen; None where the example cannot be claimed with it."""

    value: str
    label: Text
    amount: Ends | None

    @property
    def bounds(self) -> tuple[Decimal, Decimal] | None:
        return None if self.amount is None else (fen(self.amount[0]), fen(self.amount[1]))


@dataclass(frozen=True, slots=True)
class Bars:
    """The amount at each value of a choice, a flag or a division, all else as in the example."""

    fact: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """How the amount moves around one example: over the fact that was picked, and the cliffs of every fact."""

    example: Example
    over: Curve | Bars | None
    cliffs: tuple[Cliff, ...]
    searched: tuple[str, ...]  # the facts in which cliffs were looked for
    uneven: tuple[str, ...]  # those of them in which not all were found: the amount turns too often


def moves(policy: Policy, over: str | None = None) -> Moves | None:
    """How the amount moves around the first worked example that is paid; None where there is none.

    `over` is the fact of the curve; unless given, the number whose whole range moves the amount most; where none does,
    the list that moves it most, then the date.
    """
    example = first_paid(policy)
    return None if example is None else around(policy, example, over)


def around(policy: Policy, example: Example, over: str | None = None) -> Moves:
    """How the amount moves around one example, whatever comes to be paid in it."""
    axes = [axis for fact in policy.program.facts.values() if (axis := axis_of(policy, fact)) is not None]
    limit = min(CLAIMS_LIMIT // max(len(axes), 1), _CLAIMS_MOST)
    curves = {axis.fact.name: _curve(Along(policy, example, axis, limit)) for axis in axes}
    main: Curve | Bars | None = None
    if over is not None:
        main = curves.get(over) or _bars(policy, example, policy.program.facts[over])
    else:
        facts = policy.program.facts
        numbers = [each for name, each in curves.items() if isinstance(facts[name].type, Number)]
        listed = (_bars(policy, example, fact) for fact in facts.values())
        main = _most(numbers) or _most([each for each in listed if each is not None]) or _most(curves.values())
    cliffs = tuple(cliff for curve in curves.values() for cliff in curve.cliffs)
    searched = tuple(name for name, each in curves.items() if each.pieces)
    uneven = tuple(name for name in searched if not curves[name].is_straight)
    return Moves(example, main, cliffs, searched, uneven)


def can_be_over(policy: Policy) -> tuple[str, ...]:
    """The facts over which a curve or bars can be drawn."""
    return tuple(
        fact.name
        for fact in policy.program.facts.values()
        if axis_of(policy, fact) is not None or _options(policy, fact)
    )


def first_paid(policy: Policy) -> Example | None:
    """The first worked example in which something is or may be paid."""
    if policy.pays:
        for example in policy.document.examples:
            result = calculated(policy, example, {})
            if result is not None and result.high > 0:
                return example
    return None


def _most(found: Iterable[Curve | Bars]) -> Curve | Bars | None:
    """What moves the amount most, the first of several; None where nothing does."""
    best: Curve | Bars | None = None
    most = 0
    for each in found:
        if isinstance(each, Curve):
            amounts = [(int(point.low * 100), int(point.high * 100)) for point in each.points]
        else:
            amounts = [bar.amount for bar in each.bars if bar.amount is not None]
        moved = max((high for _, high in amounts), default=0) - min((low for low, _ in amounts), default=0)
        if moved > most and len(set(amounts)) > 1:
            best, most = each, moved
    return best


# — lists —


def _bars(policy: Policy, example: Example, fact: p.Fact) -> Bars | None:
    """None where the fact is no list, or one too long to be shown."""
    options = _options(policy, fact)
    if not options:
        return None
    bars = []
    for value, label in options.items():
        result = calculated(policy, example, {fact.name: value == "true" if isinstance(fact.type, Flag) else value})
        bars.append(Bar(value, label, None if result is None else ends(result)))
    return Bars(fact.name, tuple(bars))


def _options(policy: Policy, fact: p.Fact) -> Mapping[str, Text]:
    match fact.type:
        case Choice(values=values, labels=labels) if len(values) <= _BARS_MOST:
            return {value: labels[value] for value in values}
        case Division(domain=domain) if len(domain) <= _BARS_MOST:
            return {code: policy.vocabulary.divisions[code].name for code in domain}
        case Flag():
            return {"false": Text("否", "no"), "true": Text("是", "yes")}
        case _:
            return {}


# — numbers and dates —


def _curve(along: Along) -> Curve:
    slack = slack_of(along.policy.program)
    borders, uneven = _searched(along, slack)
    pieces, cliffs, run = list[Piece](), list[Cliff](), list[int]()

    def close() -> None:
        if run:
            even = not any(pair in uneven for pair in pairwise(run))
            kept = _without_middles(along, run, slack) if even else run
            pieces.append(Piece(tuple(along.point(each) for each in kept), even))
            run.clear()

    for index in borders:
        if run and _is_cliff(along, run[-1], index, slack):
            before, after = run[-1], index
            close()
            decided = deciders(along.policy.program, along.result(before), along.result(after))
            cliffs.append(Cliff(along.axis.fact.name, along.point(before), along.point(after), decided))
        if along.ends(index) is None:
            close()
        else:
            run.append(index)
    close()
    stated = None if along.stated is None else along.point(along.stated)
    return Curve(along.axis.fact.name, tuple(pieces), tuple(cliffs), stated)


def _searched(along: Along, slack: int) -> tuple[list[int], set[tuple[int, int]]]:
    """The values at which the amount was cut, and the spans that may be uneven because the claims were used up.

    Where the amount is farthest off the line is cut first, so that the greatest jumps are found before the small ones.
    """
    last = along.axis.last
    borders = sorted({*along.named(), *(last * each // _SAMPLES for each in range(_SAMPLES))})
    waiting: list[tuple[int, int, int]] = []

    def look(a: int, b: int) -> None:
        if b - a > 1 and (bend := _bend(along, a, b)) > slack:
            heappush(waiting, (-bend, a, b))

    for a, b in pairwise(borders):
        look(a, b)
    while waiting and not along.is_spent:
        _, a, b = heappop(waiting)
        middle = (a + b) // 2
        borders.append(middle)
        look(a, middle)
        look(middle, b)
    return sorted(borders), {(a, b) for _, a, b in waiting}


def _bend(along: Along, a: int, b: int) -> int:
    """By how many fen at most, wherever it is tried, the amount is off the line from `a` to `b`."""
    one, two = along.ends(a), along.ends(b)
    most = 0
    for index in dict.fromkeys([*(a + (b - a) * part // 1000 for part in _PROBES), a + 1, b - 1]):
        found = along.ends(index)
        if found is None or one is None or two is None:
            if not found == one == two:
                return _BROKEN
        else:
            most = max(most, off_line((a, one), (b, two), (index, found)))
    return most


def off_line(first: tuple[int, Ends], last: tuple[int, Ends], between: tuple[int, Ends]) -> int:
    """By how many fen, rounded up, an amount is off the line between two others: the worse of its bounds."""
    (a, one), (b, two), (index, found) = first, last, between
    return max(
        -(-abs((found[end] - one[end]) * (b - a) - (two[end] - one[end]) * (index - a)) // (b - a)) for end in (0, 1)
    )


def slack_of(program: p.Program) -> int:
    """How many fen rounding may move an amount off its line: the multiples to which the module rounds sums, added."""
    nodes = [step.value for step in program.steps] + [part.value for part in program.parts]
    found = 0
    for node in (each for root in nodes for each in p.walk(root)):
        if isinstance(node, p.Round) and isinstance(node.type, Number) and node.type.unit is not None:
            found += ceil(node.quantum * 100) if ("CNY", 1) in node.type.unit.powers else 0
    return found + len(program.parts)


def _is_cliff(along: Along, before: int, after: int, slack: int) -> bool:
    """Whether the amount jumps from one value to the next: by more, or otherwise, than it moves on either side."""
    if after - before != 1:
        return False
    steps = [_step(along, index) for index in (before - 1, before, after)]
    jump, beside = steps[1], [each for each in (steps[0], steps[2]) if each is not None]
    if jump is None:
        return False
    for end in (0, 1):
        moved = [each[end] for each in beside] + ([0] if len(beside) < 2 else [])
        if abs(jump[end]) > slack and not min(moved) - slack <= jump[end] <= max(moved) + slack:
            return True
    return False


def _step(along: Along, index: int) -> Ends | None:
    """What one step from a value on adds to the amount."""
    if not 0 <= index < along.axis.last:
        return None
    one, two = along.ends(index), along.ends(index + 1)
    return None if one is None or two is None else (two[0] - one[0], two[1] - one[1])


def _without_middles(along: Along, run: list[int], slack: int) -> list[int]:
    """The values without those on a line with the ones beside them: exactly, if that leaves no more than rounding does.

    Where amounts are rounded, next to no three of them are on a line; where they are not, a bend is found to the step.
    """
    exact, rounded = (list(_bends(along, run, each)) for each in (0, slack))
    return exact if len(exact) <= len(rounded) else rounded


def _bends(along: Along, run: list[int], slack: int) -> Iterator[int]:
    amounts = [(index, found) for index in run if (found := along.ends(index)) is not None]
    start = 0
    yield run[0]
    while start < len(amounts) - 1:
        end = start + 1
        while end + 1 < len(amounts) and all(
            off_line(amounts[start], amounts[end + 1], each) <= slack for each in amounts[start + 1 : end + 1]
        ):
            end += 1
        yield run[end]
        start = end
