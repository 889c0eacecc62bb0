"""The syntax tree of a formula: what was written, with the place of each part. No meaning yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Expression:
    """Any part of a formula; `span` is where it begins and ends in the text."""

    span: Span


@dataclass(frozen=True, slots=True)
class NumberLiteral(Expression):
    """``300``, ``60%`` or, with a unit, ``20[bed]``."""

    value: Fraction
    unit: str | None


@dataclass(frozen=True, slots=True)
class DateLiteral(Expression):
    value: dt.date


@dataclass(frozen=True, slots=True)
class MonthLiteral(Expression):
    year: int
    month: int


@dataclass(frozen=True, slots=True)
class FlagLiteral(Expression):
    value: bool


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A fact, parameter, step, choice value or row name."""

    name: str


@dataclass(frozen=True, slots=True)
class QualifiedChoice(Expression):
    """``care_level:severe``: a choice with its list, where no other side gives it."""

    list: str
    name: str


@dataclass(frozen=True, slots=True)
class FieldOf(Expression):
    """``stay.moved_in``: a field of a row."""

    row: str
    field: str


@dataclass(frozen=True, slots=True)
class TableLookup(Expression):
    """``rate[care_level, grade]``."""

    table: str
    keys: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class FunctionCall(Expression):
    """``min(a, b)``, ``round(x, 0.01, half_up)``, ``given(x)``, ``reading(name)``, a calendar function."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Minus(Expression):
    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """``+ - * /`` of two operands."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """``== != < <= > >=``; there are no chains."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Junction(Expression):
    """``and`` or ``or`` of two or more tests."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negation(Expression):
    operand: Expression


@dataclass(frozen=True, slots=True)
class Membership(Expression):
    """``works in (new_build, conversion)``."""

    element: Expression
    members: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Expression):
    """``if … then … else …``."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class RowTest(Expression):
    """``stay in stays if …``, the argument of ``count``."""

    row: Expression
    rows: str
    test: Expression | None


@dataclass(frozen=True, slots=True)
class Generator(Expression):
    """``… for stay in stays if …, else …``, the argument of ``sum any all min max``."""

    body: Expression
    row: str
    rows: str
    test: Expression | None
    otherwise: Expression | None


def children(expression: Expression) -> Iterator[Expression]:
    """The parts directly below."""
    for field in fields(expression):
        value = getattr(expression, field.name)
        if isinstance(value, Expression):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Expression))
