"""The syntax tree of a formula: what was written, with the place of each part. No meaning yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction

Span = tuple[int, int]


@dataclass(frozen=True)
class Expression:
    """Any part of a formula; `span` is where it begins and ends in the text."""

    span: Span


@dataclass(frozen=True)
class NumberLiteral(Expression):
    """``300``, ``60%`` or, with a unit, ``20[bed]``."""

    value: Fraction
    unit: str | None


@dataclass(frozen=True)
class DateLiteral(Expression):
    value: dt.date


@dataclass(frozen=True)
class MonthLiteral(Expression):
    year: int
    month: int


@dataclass(frozen=True)
class FlagLiteral(Expression):
    value: bool


@dataclass(frozen=True)
class Name(Expression):
    """A fact, parameter, step, choice value or row name."""

    name: str


@dataclass(frozen=True)
class QualifiedChoice(Expression):
    """``care_level:severe``: a choice with its list, where no other side gives it."""

    list: str
    name: str


@dataclass(frozen=True)
class FieldOf(Expression):
    """``stay.moved_in``: a field of a row."""

    row: str
    field: str


@dataclass(frozen=True)
class TableLookup(Expression):
    """``rate[care_level, grade]``."""

    table: str
    keys: tuple[Expression, ...]


@dataclass(frozen=True)
class FunctionCall(Expression):
    """``min(a, b)``, ``round(x, 0.01, half_up)``, ``given(x)``, ``reading(name)``, a calendar function."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Minus(Expression):
    operand: Expression


@dataclass(frozen=True)
class Arithmetic(Expression):
    """``+ - * /`` of two operands."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison(Expression):
    """``== != < <= > >=``; there are no chains."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Junction(Expression):
    """``and`` or ``or`` of two or more tests."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Negation(Expression):
    operand: Expression


@dataclass(frozen=True)
class Membership(Expression):
    """``works in (new_build, conversion)``."""

    element: Expression
    members: tuple[Expression, ...]


@dataclass(frozen=True)
class Conditional(Expression):
    """``if … then … else …``."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True)
class RowTest(Expression):
    """``stay in stays if …``, the argument of ``count``."""

    row: Expression
    rows: str
    test: Expression | None


@dataclass(frozen=True)
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


def depth(expression: Expression) -> int:
    """How deep the tree nests, found without recursion."""
    deepest, waiting = 0, [(expression, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(node))
    return deepest
