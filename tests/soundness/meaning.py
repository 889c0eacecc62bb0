"""What a generated formula means: its text for the compiler, and beside it the same said in Python.

The meaning is written down where the formula is made, from the words of the language's documentation. It sees neither
the parsed formula nor the typed program, so that a fault which all runners share is found as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple


class Contradiction(Exception):
    """The facts contradict each other where a formula is worked out; the code is that of the caller's error."""


Pin = Callable[[str, tuple[str, ...]], Fraction]


class Kind(NamedTuple):
    """The type of a formula: a number `of` a unit, a choice of a list, a place below a division."""

    name: str
    of: str = ""


FLAG, DATE, MONTH, ID = Kind("flag"), Kind("date"), Kind("month"), Kind("id")


def number(unit: str) -> Kind:
    """Numbers of a unit."""
    return Kind("number", unit)


def choice(list_: str) -> Kind:
    """Choices of a list."""
    return Kind("choice", list_)


@dataclass
class World:
    """What is known while a formula is worked out: numbers are fractions, days are (year, month, day).

    Nothing is open in it: `readings` has one for each interpretation, and `pin` a number for each that is left open.
    """

    facts: dict[str, Any]
    readings: Mapping[str, str]
    pin: Pin
    steps: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    place: int = 0
    month: int = 0

    @property
    def row(self) -> dict[str, Any]:
        """The row at hand."""
        return self.rows[self.place]

    def at(self, rows: list[dict[str, Any]], place: int) -> World:
        """The same with another row at hand."""
        return replace(self, rows=rows, place=place)

    def in_month(self, month: int) -> World:
        """The same with another month at hand."""
        return replace(self, month=month)


Meaning = Callable[[World], Any]


class Formula(NamedTuple):
    """A formula as text, and what it means."""

    text: str
    mean: Meaning


def constant(text: str, value: Any) -> Formula:
    """A formula that is always the same."""
    return Formula(text, lambda _: value)


def branch(test: Formula, then: Formula, otherwise: Formula) -> Formula:
    """One or the other, as a test comes out."""
    return Formula(
        f"(if {test.text} then {then.text} else {otherwise.text})",
        lambda w: then.mean(w) if test.mean(w) else otherwise.mean(w),
    )


def _nothing(_: World) -> Any:
    raise AssertionError("no row holds, and the compiler let the ladder do without an otherwise")


NOTHING = Formula("", _nothing)  # what a ladder has behind rows of which one always holds
