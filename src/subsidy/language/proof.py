"""What a proof may cost: the evaluations that it takes, and the digits of the numbers that come up in it.

Every module compiles in bounded time and memory, whatever its formulas make of each other: a chain of squares would
have numbers of 2^500 digits, and shares that rest on a dozen flags have thousands of cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from . import program as p
from .bounds import Unprovable
from .intervals import Abstract, Interval

DIGITS_LIMIT: Final = 100  # of a number on the way, and of what it is divided by
PROOF_LIMIT: Final = 500_000  # evaluations of a part of a formula
_TOO_LONG: Final = 10**DIGITS_LIMIT
ENTRIES: Final = 16  # so many choices, or entries of a table, count as one evaluation more
_GROWING: Final = frozenset({p.Operation, p.Ladder, p.Aggregate})


class Proof:
    """The evaluations that proving one module has taken so far, over all its readings and cases."""

    def __init__(self) -> None:
        self.spent = 0

    def step(self, parameters: Mapping[str, p.Parameter]) -> Callable[[p.Node, Abstract], None]:
        """What is to be done at each evaluation: count it, and refuse a number that is too long."""

        def taken(node: p.Node, value: Abstract) -> None:
            kind = type(node)
            cost = 1 + len(value) // ENTRIES if type(value) is frozenset else 1
            if isinstance(node, p.ParameterValue) and node.keys:
                cost += len(parameters[node.name].values or ()) // ENTRIES
            self.spent += cost
            if self.spent > PROOF_LIMIT:
                raise Unprovable("P0622", node, limit=str(PROOF_LIMIT))
            if kind in _GROWING and isinstance(value, Interval) and any(map(is_too_long, value)):
                raise Unprovable("P0620", node, limit=str(DIGITS_LIMIT))

        return taken


def is_too_long(value: object) -> bool:
    """Whether a number has more digits, or a greater denominator, than one on the way may have."""
    return isinstance(value, Fraction) and (abs(value.numerator) >= _TOO_LONG or value.denominator >= _TOO_LONG)
