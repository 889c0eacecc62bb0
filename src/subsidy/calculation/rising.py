"""Whether an amount falls where it is to rise: what `rises_with` claims, tried where it was not proved.

One claim after the other is calculated from each example, with more and more of one fact and all else equal. Which
figures are tried follows from the module: the ends of the range, what the fact is compared with, steps between. The
same module is always tried in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Final

from ..catalogue.documents import Example
from ..errors import Problem, SubsidyError
from ..exact import parse_share, show
from ..language import program as p
from ..language.folding import OPEN, combinations
from ..language.types import Number

if TYPE_CHECKING:
    from .policy import Policy

CLAIMS_LIMIT: Final = 400  # calculations for a module
_LEAST: Final = 16  # calculations for one fact in one example
_PARTS: Final = 40  # into which the range of a fact is cut


@dataclass(frozen=True, slots=True)
class Fall:
    """Two claims that differ in one fact alone, of which the one with more has less."""

    example: str
    readings: str
    less: str
    more: str
    before: tuple[Decimal, Decimal]
    after: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Rise:
    """A claim of `rises_with`: whether it was proved; if not, how many claims it was tried on, and where it fails."""

    fact: str
    is_proved: bool
    tried: int = 0
    fall: Fall | None = None


def rises(policy: Policy) -> tuple[Rise, ...]:
    """Each claim of `rises_with`, tried where it was not proved."""
    program = policy.program
    open_ = [name for name in program.rises_with if not program.rises[name]]
    limit = CLAIMS_LIMIT // max(len(open_), 1)
    return tuple(_tried(policy, name, limit) if name in open_ else Rise(name, True) for name in program.rises_with)


def falls(policy: Policy) -> Iterator[Problem]:
    """A problem for each claim of `rises_with` that does not hold."""
    for index, each in enumerate(rises(policy)):
        if (fall := each.fall) is not None:
            place = policy.origin.place(("outcome", "rises_with", index))
            yield Problem(
                "P0704",
                place.key,
                {
                    "name": each.fact,
                    "example": fall.example + (f" ({fall.readings})" if fall.readings else ""),
                    "less": fall.less,
                    "more": fall.more,
                    "one": _ends(fall.before),
                    "two": _ends(fall.after),
                },
                place,
            )


def _ends(amount: tuple[Decimal, Decimal]) -> str:
    low, high = amount
    return str(low) if low == high else f"{low} – {high}"


def _tried(policy: Policy, name: str, limit: int) -> Rise:
    tried = 0
    series = list(_series(policy))
    share = max(limit // max(len(series), 1), _LEAST)
    for example, readings in series[: limit // share]:
        best: list[tuple[str, tuple[Decimal, Decimal]]] = []  # the claims with the greatest low and high so far
        for value in _values(policy.program, name, example, share):
            try:
                result = policy.calculate_alone({**example.facts, name: value}, readings)
            except SubsidyError:  # there is no such claim
                continue
            tried += 1
            amount = result.low, result.high
            for end, (less, before) in enumerate(best):
                if amount[end] < before[end]:
                    return Rise(name, False, tried, Fall(example.name, _under(readings), less, value, before, amount))
            best = [(value, amount)] * 2  # it did not fall, so it has the most of both
    return Rise(name, False, tried)


def _series(policy: Policy) -> Iterator[tuple[Example, Mapping[str, str]]]:
    """Every example under its own readings, then under all others."""
    examples, items = policy.document.examples, policy.interpretations
    yield from ((example, example.under) for example in examples)
    defaults = {name: item.recommended or OPEN for name, item in items.items()}
    for readings in combinations(items, {}):
        yield from ((example, readings) for example in examples if readings != {**defaults, **example.under})


def _under(readings: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {reading}" for name, reading in readings.items())


def _values(program: p.Program, name: str, example: Example, share: int) -> list[str]:
    """What is tried of a fact, from the least to the greatest: what tells most first, as far as the share goes."""
    fact = program.known[name]
    low, high, step = fact.low, fact.high, fact.resolution
    given = parse_share(str(example.facts[name])) if name in example.facts else None
    found = dict.fromkeys([low, high] if given is None else [low, high, given, given + step])
    for figure in figures(program, fact):
        even = floor(figure / fact.scale / step) * step
        found |= dict.fromkeys([even, even + step, even - step])
    found |= dict.fromkeys(floor((low + (high - low) * part / _PARTS) / step) * step for part in range(_PARTS))
    return [show(value) for value in sorted([value for value in found if low <= value <= high][: max(share, 2)])]


def figures(program: p.Program, fact: p.Fact) -> Iterator[Fraction]:
    """The figures in the unit of a fact that the module speaks of: literals, parameters and the ends of classes."""
    nodes = [step.value for step in program.steps]
    nodes += [test.test for test in program.conditions]
    nodes += [part.value for part in program.parts]
    for node in (each for root in nodes for each in p.walk(root)):
        if node.type == fact.type and isinstance(node, p.Constant) and isinstance(node.value, Fraction):
            yield node.value
    for parameter in program.parameters.values():
        if parameter.type == fact.type:
            yield from (parameter.values or {(): parameter.low}).values()
    for bracket in program.brackets:
        if Number(bracket.unit) == fact.type:
            ends = [end for each in bracket.classes for end in (each.low, each.high)]
            yield from (end for end in ends if end is not None)
