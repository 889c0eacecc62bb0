"""The pieces of a result: sums, parts, shares, steps, conditions and readings. Frozen values.

Where the text leaves something open, a value has bounds or alternatives instead of one figure, and asking it for its
one figure raises `UndeterminedError`, so that nobody pays from it by oversight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..capitals import capitals
from ..dates import show_month
from ..errors import Problem, UndeterminedError
from ..exact import decimals, show, to_decimal
from ..language import program as p
from ..language.types import Month, Type
from ..text import Text

Value = Decimal | Fraction | str | bool | dt.date


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in CNY with two places: one figure, or bounds."""

    name: str
    label: Text
    low: Decimal
    high: Decimal
    why: Text

    @property
    def is_determined(self) -> bool:
        return self.low == self.high

    @property
    def amount(self) -> Decimal:
        """The one figure.

        Raises:
            UndeterminedError: the text leaves it open.
        """
        if self.low != self.high:
            low, high = str(self.low), str(self.high)
            raise UndeterminedError(Problem.of("U0101", self.name, name=self.label, low=low, high=high, why=self.why))
        return self.low

    @property
    def in_capitals(self) -> str:
        """The one figure in capital characters (大写金额), as forms ask for it.

        Raises:
            UndeterminedError: the text leaves it open.
        """
        return capitals(self.amount)

    def plain(self) -> str | dict[str, str]:
        """For canonical JSON."""
        return str(self.low) if self.is_determined else {"low": str(self.low), "high": str(self.high)}

    def plain_in_capitals(self) -> str | dict[str, str]:
        """As `plain`, in capital characters."""
        low, high = capitals(self.low), capitals(self.high)
        return low if self.is_determined else {"low": low, "high": high}


class Totalled:
    """What has a `total`, as one figure or as bounds."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def total(self) -> Money: ...

    @property
    def amount(self) -> Decimal:
        """What is paid in all, in CNY with two places; parts that are not counted are left out.

        Raises:
            RequestError: the policy sets measures and pays nothing.
            UndeterminedError: the text leaves it open between `low` and `high`.
        """
        return self.total.amount

    @property
    def amount_in_capitals(self) -> str:
        """The amount in capital characters (大写金额), as forms ask for it: 人民币玖拾叁元叁角叁分.

        Raises:
            RequestError: the policy sets measures and pays nothing.
            UndeterminedError: the text leaves it open between `low` and `high`.
        """
        return self.total.in_capitals

    @property
    def low(self) -> Decimal:
        """The least that the amount can be."""
        return self.total.low

    @property
    def high(self) -> Decimal:
        """The most that the amount can be."""
        return self.total.high

    @property
    def is_determined(self) -> bool:
        """Whether the amount is one figure."""
        return self.total.is_determined


@dataclass(frozen=True, slots=True)
class ShareResult(Money):
    """What one payer pays of a part. `own`: split, but never paid out.

    `division` is the code of the payer's division where it follows from a place, otherwise empty.
    """

    payer: str
    own: bool
    division: str = ""


def has_own(shares: Iterable[ShareResult | p.Share]) -> bool:
    """Whether a payer bears a share itself, so that less is paid out than the sum."""
    return any(share.own for share in shares)


@dataclass(frozen=True, slots=True)
class InstalmentResult(Money):
    """An instalment of a part. `exists` is None where it is undetermined whether there is one in this claim.

    `due` has the day on which it falls due: one, the earliest and the latest where it is open, or none if none is said.
    `payable` is what is paid out of it: the sum without shares that payers bear themselves.
    """

    part: str
    clause: str
    exists: bool | None
    due: tuple[dt.date, ...]
    test: str
    if_failed: str
    shares: tuple[ShareResult, ...]
    payable: Money


@dataclass(frozen=True, slots=True)
class PartResult(Money):
    """One part of the outcome. Not `counted`: shown beside the amount, never summed into it.

    `eligible` is None where it is undetermined whether every condition that it needs holds. `payable` is what is paid
    out of it: the sum without shares that payers bear themselves.
    """

    payee: str
    form: str
    counted: bool
    clause: str
    eligible: bool | None
    shares: tuple[ShareResult, ...]
    payable: Money
    instalments: tuple[InstalmentResult, ...] = ()


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step: `possible` has its one value, or the bounds of a number, or the alternatives of anything else."""

    name: str
    label: Text
    unit: str
    clause: str
    formula: str
    possible: tuple[Value, ...]

    @property
    def is_determined(self) -> bool:
        return len(self.possible) == 1

    @property
    def value(self) -> Value:
        """The one value.

        Raises:
            UndeterminedError: the text leaves it open.
        """
        if len(self.possible) > 1:
            low, high = str(self.possible[0]), str(self.possible[-1])
            why = Text("口径未定", "a reading is open")
            raise UndeterminedError(Problem.of("U0101", self.name, name=self.label, low=low, high=high, why=why))
        return self.possible[0]


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """A standard or a target: each of `value`, `required`, `shortfall` has one value, or two bounds.

    `met` is None where that is undetermined; the shortfall is never below zero. `deadline` is the last day on which it
    may be reached or, where it `is_before`, the first on which it is too late; none if none is said.
    """

    name: str
    label: Text
    clause: str
    formula: str
    unit: str
    sense: str
    value: tuple[Value, ...]
    required: tuple[Value, ...]
    shortfall: tuple[Value, ...]
    met: bool | None
    deadline: tuple[dt.date, ...]
    is_before: bool


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """A condition: `holds` is None where that is undetermined. `figures` shows it, and by how much it fails.

    `parts` names those that it is for; empty if it is for all.
    """

    name: str
    label: Text
    kind: str
    clause: str
    formula: str
    holds: bool | None
    figures: Text
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterpretationResult:
    """How an interpretation was read; `reading` is ``open`` where it was left open."""

    name: str
    question: Text
    clause: str
    reading: str
    label: Text
    is_recommended: bool
    is_presumed: bool


def public(value: Any, type_: Type) -> Value:
    """A computed value as callers see it: Decimal where it is finite, a month as text."""
    if isinstance(value, Fraction):
        return value if decimals(value.denominator) is None else to_decimal(value)
    if isinstance(type_, Month):
        return show_month(value)
    assert isinstance(value, str | bool | dt.date)
    return value


def shown_value(value: Value, digits: int = 0) -> str:
    """A value in canonical JSON and in print."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal() | Fraction():
            return show(Fraction(value), digits)
        case dt.date():
            return value.isoformat()
        case _:
            return value
