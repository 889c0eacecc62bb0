"""What every amount of a policy is a multiple of, so that a published sum can be shown to be none of whole amounts.

Of each formula the largest number is found of which its value is surely a multiple, from the steps of its facts, its
figures and its roundings. Where that cannot be said, as of a quotient by a fact, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

from ..calculation.policy import Policy
from ..language import program as p
from ..language.folding import OPEN, Folded
from ..language.types import Number

_NOTHING = Fraction(0)  # what is a multiple of nought is nought


def quantum_of(policy: Policy, readings: Mapping[str, str], choices: Mapping[str, str]) -> Fraction | None:
    """The largest sum in CNY of which every amount is surely a multiple; None where that cannot be said.

    Args:
        choices: what the claims in question all state, of facts by name.
    """
    if policy.stands_by:  # an adoption may read otherwise than the text recommends
        readings = dict.fromkeys(policy.interpretations, OPEN) | dict(readings)
    found = [_Multiples(policy, runner.folded, choices).amount() for runner in policy.runners(readings)]
    whole = _common(found)
    return whole or None


def _common(every: Iterable[Fraction | None]) -> Fraction | None:
    """What is a divisor of all; None where one is not known."""
    found = list(every)
    known = [each for each in found if each is not None]
    return reduce(_gcd, known, _NOTHING) if len(known) == len(found) else None


def _gcd(one: Fraction, two: Fraction) -> Fraction:
    below = lcm(one.denominator, two.denominator)
    return Fraction(gcd(int(one * below), int(two * below)), below)


class _Multiples:
    """One way to read a policy, with what its claims state."""

    def __init__(self, policy: Policy, folded: Folded, choices: Mapping[str, str]) -> None:
        self.policy, self.folded, self.choices = policy, folded, choices
        self._steps: dict[str, Fraction | None] = {}
        for step in folded.steps:
            self._steps[step.name] = self.of(step.value) if isinstance(step.type, Number) else None

    def amount(self) -> Fraction | None:
        """Of the sum of all parts that count."""
        return _common(self._part(self.folded.parts[place]) for place in self.policy.counted)

    def _part(self, part: p.Part) -> Fraction | None:
        if part.decided:
            return self._fact(self.policy.program.facts[part.decided])
        return self.of(part.value)

    @staticmethod
    def _fact(fact: p.Fact) -> Fraction | None:
        return fact.resolution if isinstance(fact.type, Number) and fact.scale == 1 else None

    def of(self, node: p.Node) -> Fraction | None:
        """Of what a formula's value is a multiple."""
        match node:
            case p.Unreached():
                return _NOTHING
            case p.Constant(value=Fraction() as value):
                return abs(value)
            case p.FactValue():
                return self._fact(self.policy.program.known[node.name])
            case p.FieldValue():
                fields = self.policy.program.known[node.rows].fields
                return self._fact(next(each for each in fields if each.name == node.name))
            case p.StepValue():
                return self._steps[node.name]
            case p.ParameterValue():
                return self._parameter(node)
            case p.Operation(operator="+" | "-"):
                return _common((self.of(node.left), self.of(node.right)))
            case p.Operation():
                return self._product(node)
            case p.Opposite():
                return self.of(node.operand)
            case p.Extreme():
                return _common(map(self.of, node.operands))
            case p.If():
                return _common((self.of(node.then), self.of(node.otherwise)))
            case p.Ladder():
                return _common((*map(self.of, node.values), self.of(node.otherwise)))
            case p.Round():
                inner = self.of(node.operand)
                return inner if inner is not None and not inner % node.quantum else node.quantum
            case p.Aggregate(kind="sum" | "min" | "max") if node.body is not None:
                return _common((self.of(node.body), *([self.of(node.otherwise)] if node.otherwise else [])))
            case p.Aggregate(kind="count") | p.Position():
                return Fraction(1)
            case p.Call() if isinstance(node.type, Number):
                return Fraction(1)  # days, months and years are whole
            case _:
                return None

    def _product(self, node: p.Operation) -> Fraction | None:
        left = self.of(node.left)
        if node.operator == "*":
            right = self.of(node.right)
            if _NOTHING in (left, right):
                return _NOTHING
            return None if left is None or right is None else left * right
        by = self._alone(node.right)
        return None if left is None or not by else left / abs(by)

    def _alone(self, node: p.Node) -> Fraction | None:
        """The value of a divisor, where it is one figure."""
        if isinstance(node, p.Constant) and isinstance(node.value, Fraction):
            return node.value
        values = self._values(node) if isinstance(node, p.ParameterValue) else []
        return values[0] if len(set(values)) == 1 else None

    def _parameter(self, node: p.ParameterValue) -> Fraction | None:
        values = self._values(node)
        return _common(map(abs, values)) if values else None

    def _values(self, node: p.ParameterValue) -> list[Fraction]:
        """The figures that it may have, with what the claims state; none where it is open."""
        table = self.folded.parameters[node.name].values
        if table is None:
            return []
        keys = [self._key(key) for key in node.keys]
        return [
            value
            for cell, value in table.items()
            if isinstance(value, Fraction) and all(key in (None, each) for key, each in zip(keys, cell, strict=True))
        ]

    def _key(self, node: p.Node) -> str | None:
        if isinstance(node, p.FactValue):
            return self.choices.get(node.name)
        return node.value if isinstance(node, p.Constant) and isinstance(node.value, str) else None
