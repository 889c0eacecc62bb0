"""The syntax tree of a formula: what was written, with the place of each part. No meaning yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from ..record import Record, replace, values


class Span(NamedTuple):
    """Where a part of a formula begins and ends; `path` is the key of the file that holds the formula, where it is not
    the one that the formula as a whole is known by."""

    start: int
    end: int
    path: tuple[int | str, ...] = ()


class Expression(Record):
    """Any part of a formula; `span` is where it begins and ends in the text."""

    span: Span


class NumberLiteral(Expression):
    """``300``, ``60%`` or, with a unit, ``20[bed]``."""

    value: Fraction
    unit: str | None
    percent: bool = False


class DateLiteral(Expression):
    value: dt.date


class MonthLiteral(Expression):
    year: int
    month: int


class FlagLiteral(Expression):
    value: bool


class Name(Expression):
    """A fact, parameter, step, choice value or row name."""

    name: str


class QualifiedChoice(Expression):
    """``care_level:severe``: a choice with its list, where no other side gives it."""

    list: str
    name: str


class FieldOf(Expression):
    """``stay.moved_in``: a field of a row."""

    row: str
    field: str


class TableLookup(Expression):
    """``rate[care_level, grade]``."""

    table: str
    keys: tuple[Expression, ...]


class FunctionCall(Expression):
    """``min(a, b)``, ``round(x, 0.01, half_up)``, ``given(x)``, ``reading(name)``, a calendar function."""

    function: str
    arguments: tuple[Expression, ...]


class Minus(Expression):
    operand: Expression


class Arithmetic(Expression):
    """``+ - * /`` of two operands."""

    operator: str
    left: Expression
    right: Expression


class Comparison(Expression):
    """``== != < <= > >=``; there are no chains."""

    operator: str
    left: Expression
    right: Expression


class Junction(Expression):
    """``and`` or ``or`` of two or more tests."""

    operator: str
    operands: tuple[Expression, ...]


class Negation(Expression):
    operand: Expression


class Membership(Expression):
    """``works in (new_build, conversion)``."""

    element: Expression
    members: tuple[Expression, ...]


class Conditional(Expression):
    """``if … then … else …``."""

    test: Expression
    then: Expression
    otherwise: Expression


class RowTest(Expression):
    """``stay in stays if …``, the argument of ``count``; `months` as in a generator."""

    row: Expression
    rows: str
    test: Expression | None
    months: tuple[Expression, ...] = ()


class Generator(Expression):
    """``… for stay in stays if …, else …``, the argument of ``sum any all min max``; `months` has a and b of
    ``for m in months(a, b)``."""

    body: Expression
    row: str
    rows: str
    test: Expression | None
    otherwise: Expression | None
    months: tuple[Expression, ...] = ()


def children(expression: Expression) -> Iterator[Expression]:
    """The parts directly below."""
    for value in values(expression):
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


def moved(expression: Expression, path: tuple[int | str, ...]) -> Expression:
    """The same expression, each part of it knowing the key of the file that it stands under."""

    def one(value: Any) -> Any:
        if isinstance(value, Expression):
            return moved(value, path)
        return tuple(one(item) for item in value) if type(value) is tuple else value

    changed = {name: one(value) for name, value in zip(expression.__match_args__, values(expression), strict=True)}
    return replace(expression, **{**changed, "span": Span(*expression.span[:2], path)})
