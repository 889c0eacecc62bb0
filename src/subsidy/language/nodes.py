"""The nodes of the typed program: what a part of a formula means, once names and units are resolved.

Numbers in it are exact fractions; how a runner holds them (whole numbers over static denominators, fractions, columns)
is the runner's affair.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import field
from fractions import Fraction
from typing import Literal

from ..record import Record, values
from ..rounding import Mode
from ..text import Text
from .syntax import Span
from .types import Choice, Type
from .units import Unit

Scalar = Fraction | str | bool | dt.date | int  # a month is an int: 12 * year + month - 1


class Node(Record):
    """A part of a formula, with the type of its value. `span` is for messages and never part of the meaning."""

    type: Type
    span: Span = field(compare=False)


class Constant(Node):
    """A literal or a choice value; `percent`: it was written as a percentage, and is shown so."""

    value: Scalar
    percent: bool = field(compare=False, default=False)


class Unreached(Constant):
    """Stands where a ladder has no `otherwise`: the compiler shows that its rows cover every case. Never counted."""


class FactValue(Node):
    """The value of a fact."""

    name: str


class MonthValue(Node):
    """The month at hand, of those that an aggregate goes through."""

    name: str = field(compare=False)


class FieldValue(Node):
    """The value of a field of the row at hand."""

    rows: str
    name: str
    row: str = field(compare=False)


class StepValue(Node):
    """The value of an earlier step."""

    name: str


class ParameterValue(Node):
    """A parameter: `keys` pick from its table, none for a single number."""

    name: str
    keys: tuple[Node, ...]


class Class(Record):
    """One class of a bracket, from `low` to `high`. An end that is None is open; `_in`: whether it belongs to it."""

    name: str
    low: Fraction | None
    low_in: bool
    high: Fraction | None
    high_in: bool


class Bracket(Record):
    """Classes of a number, from the least to the greatest, without a hole; with `step`, of its multiples alone."""

    name: str
    label: Text = field(compare=False)
    clause: str = field(compare=False)
    unit: Unit
    type: Choice
    step: Fraction | None
    classes: tuple[Class, ...]


class Classified(Node):
    """The class of a number within a bracket."""

    bracket: Bracket
    operand: Node


class Given(Node):
    """Whether an optional fact or field was given."""

    of: FactValue | FieldValue


class ReadingIs(Node):
    """Whether an interpretation is read in one way."""

    interpretation: str
    reading: str


class Operation(Node):
    """``+ - * /``; a division by a fact stands only directly under a rounding."""

    operator: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


class Opposite(Node):
    """Minus in front of one operand."""

    operand: Node


class Extreme(Node):
    """``min`` or ``max`` of two or more operands."""

    which: Literal["min", "max"]
    operands: tuple[Node, ...]


class Compare(Node):
    """``== != < <= > >=``."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Node
    right: Node


class Logic(Node):
    """``and`` or ``or``."""

    operator: Literal["and", "or"]
    operands: tuple[Node, ...]


class Not(Node):
    """``not``."""

    operand: Node


class In(Node):
    """Whether a value is one of some constants."""

    element: Node
    members: tuple[Constant, ...]


class If(Node):
    """``if … then … else …``."""

    test: Node
    then: Node
    otherwise: Node


class Ladder(Node):
    """Rows with tests. `pick` says which of those that hold counts; `otherwise` counts if none does.

    `otherwise` is `Unreached` where the rows cover every case.
    """

    pick: Literal["first", "highest", "sum", "only"]
    tests: tuple[Node, ...]
    values: tuple[Node, ...]
    otherwise: Node
    clauses: tuple[str, ...] = field(compare=False)
    labels: tuple[Text | None, ...] = field(compare=False)


class Round(Node):
    """To a multiple of `quantum`; ties by magnitude, so that a reversal undoes a grant to the fen."""

    operand: Node
    quantum: Fraction
    mode: Mode


class Call(Node):
    """A function of the calendar, or ``class``."""

    function: str
    arguments: tuple[Node, ...]


class Aggregate(Node):
    """``sum count any all min max`` over rows, or over the `months` from one to another, both in.

    `otherwise` is for min and max of nothing. Over months, `rows` is empty.
    """

    kind: Literal["sum", "count", "any", "all", "min", "max"]
    rows: str
    row: str = field(compare=False)
    body: Node | None
    test: Node | None
    otherwise: Node | None
    months: tuple[Node, ...] = ()


class Position(Node):
    """The place that the row at hand takes among the rows with the same `key` that pass `test`, in the order given.

    One more than there are such rows before it. Without a key, among all rows.
    """

    rows: str
    row: str = field(compare=False)
    key: Node | None
    test: Node | None


def children(node: Record) -> tuple[Node, ...]:
    """The nodes directly below; also of what is no formula itself, such as a condition. Found once."""
    kept: tuple[Node, ...] | None = node.__dict__.get("_children")
    if kept is None:
        kept = node.__dict__["_children"] = tuple(_below(node))
    return kept


def _below(node: Record) -> Iterator[Node]:
    for value in values(node):
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, each before what is below it."""
    waiting = [node]
    while waiting:
        at = waiting.pop()
        yield at
        waiting += reversed(children(at))
