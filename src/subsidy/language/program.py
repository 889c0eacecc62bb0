"""The typed program: one meaning, from which every runner and the explanation are made.

A node is what a formula means once names and units are resolved. Numbers in it are exact fractions; how a runner
holds them (whole numbers over static denominators, fractions, columns) is the runner's affair.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from ..record import Record, values
from ..rounding import Mode
from ..text import Text
from .syntax import Span
from .types import Choice, Division, Number, Type
from .units import Unit

Scalar = Fraction | str | bool | dt.date | int  # a month is an int: 12 * year + month - 1


class Node(Record):
    """A part of a formula, with the type of its value. `span` is for messages and never part of the meaning."""

    type: Type
    span: Span = field(compare=False)


class Constant(Node):
    """A literal or a choice value."""

    value: Scalar


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
    """Rows with tests. `pick` says which of those that hold counts; `otherwise` counts if none does."""

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
    """The place of the row at hand among the rows with the same `key`, in the order given, from 1."""

    rows: str
    row: str = field(compare=False)
    key: Node


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below."""
    for value in values(node):
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


class Fact(Record):
    """An input of the policy. For a number: `symbol` of its unit (behind a 1, `one`), `resolution`, `low`, `high`.

    A number in a scaled unit, such as 万元, is stated in it and counted as `scale` of its base unit.
    """

    name: str
    type: Type
    label: Text
    clause: str = ""
    resolution: Fraction = Fraction(1)
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    when: Node | None = None
    optional: bool = False
    fields: tuple[Fact, ...] = ()
    rows: tuple[int, int] = (0, 0)
    unique: tuple[str, ...] = ()
    periods: tuple[str, str] | None = None
    left_of: str = ""
    within: str = ""
    symbol: Text = Text("", "")
    one: Text = Text("", "")
    about: Text | None = None
    stated_unit: str = ""
    scale: Fraction = Fraction(1)


UNBOUNDED = Fraction(10**9)  # what a delegated number may be at most where its text sets no limit


class Parameter(Record):
    """A number (one key, the empty tuple) or a table. `values` is None where the text gives none and nobody filled it.

    `type` is a number, or the choice that a crosswalk leads to. `why` says why a figure is unknown. Its figures were
    stated in units of `scale` of its base unit.
    """

    name: str
    label: Text
    type: Number | Choice
    clause: str
    by: tuple[str, ...]
    keys: tuple[Choice | Division, ...]
    values: dict[tuple[str, ...], Any] | None
    delegated: str = ""
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    why: Text | None = None
    scale: Fraction = Fraction(1)

    @property
    def unit(self) -> Unit | None:
        """The unit of its numbers; None where its values are choices."""
        return self.type.unit if isinstance(self.type, Number) else None


class Step(Record):
    """A named intermediate value."""

    name: str
    label: Text
    type: Type
    value: Node
    clause: str
    text: str


class Condition(Record):
    """A test that must hold, should hold, or without which the claim is impossible."""

    name: str
    label: Text
    kind: Literal["required", "advisory", "admissible"]
    test: Node
    clause: str
    text: str


class Share(Record):
    """One payer's part: a percentage, a value, or the rest. `own` is split but never paid out."""

    payer: str
    label: Text
    percent: Node | None
    value: Node | None
    residual: bool
    own: bool


class Part(Record):
    """One part of the outcome."""

    name: str
    label: Text
    value: Node
    payee: str
    form: str
    counted: bool
    clause: str
    shares: tuple[Share, ...]


class Cap(Record):
    """A cap over all claims with the same key, kept by the ledger; here it is a declaration."""

    name: str
    label: Text
    of: str
    over: tuple[str, ...]
    limit: str
    times: int
    beyond: Literal["cut", "refuse"]
    clause: str


class Interpretation(Record):
    """A place where the text has more than one reading."""

    name: str
    question: Text
    readings: dict[str, Text]
    recommended: str
    because: Text | None
    clause: str
    presumes: str = ""
    values: Mapping[str, dict[tuple[str, ...], Fraction]] = MappingProxyType({})


class Guard(Record):
    """What must hold for a formula to have a meaning: an end not before its beginning, not too many months.

    `code` is the problem of the caller where `test` fails; `names` are the facts, fields or formula to name in it.
    """

    code: str
    test: Node
    where: str
    labels: tuple[Text, ...]


class Program(Record):
    """A policy, checked and typed. Readings are still open in it; `folding.fold` fixes them."""

    id: str
    version: str
    revision: int
    digest: str
    claim: Unit
    dated_by: str
    facts: dict[str, Fact]
    parameters: dict[str, Parameter]
    steps: tuple[Step, ...]
    conditions: tuple[Condition, ...]
    parts: tuple[Part, ...]
    caps: tuple[Cap, ...]
    interpretations: dict[str, Interpretation]
    rises_with: tuple[str, ...]
    class_of: dict[str, str]
    ranges: dict[str, tuple[Fraction, Fraction]]
    guards: tuple[Guard, ...] = ()
    brackets: tuple[Bracket, ...] = ()
