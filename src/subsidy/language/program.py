"""The typed program: one meaning, from which every runner and the explanation are made. Its formulas are `nodes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from ..errors import Problem
from ..record import Record
from ..text import Text
from .nodes import *  # noqa: F403 — every user of a program walks its nodes: they are one vocabulary, p.If, p.Step
from .nodes import Bracket, Node
from .types import Choice, Division, Number, Type
from .units import Unit


class LedgerValue(Record):
    """What a fact is in a ledger: of the claims of `policy` (this one if empty) with the same `over`, in a period."""

    kind: Literal["sum", "count", "last"]
    of: str
    over: tuple[str, ...]
    policy: str
    begin: str
    until: str


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
    from_ledger: LedgerValue | None = None
    asked: bool = False  # stated when an instalment is released, not at the claim
    level: Text | None = None  # of a division: the payer at whose level or below it must be
    symbol: Text = Text("", "")
    one: Text = Text("", "")
    about: Text | None = None
    stated_unit: str = ""
    scale: Fraction = Fraction(1)

    @property
    def reach(self) -> tuple[int, int]:
        """The least and the most of a number as whole numbers, over the denominator of its resolution."""
        of = self.resolution.denominator
        return -(-self.low.numerator * of // self.low.denominator), self.high.numerator * of // self.high.denominator


UNBOUNDED = Fraction(10**9)  # what a delegated number may be at most where its text sets no limit


class Parameter(Record):
    """A number (one key, the empty tuple) or a table. `values` is None where the text gives none and nobody filled it.

    `type` is a number, or the choice that a crosswalk leads to. `why` says why a figure is unknown. Its figures were
    stated in units of `scale` of its base unit, as percentages where `percent`.
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
    percent: bool = False

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
    parts: tuple[str, ...] = ()  # the parts that it refuses, none for all of them

    def concerns(self, part: str) -> bool:
        """Whether a part is refused where this fails."""
        return self.kind == "required" and (not self.parts or part in self.parts)


class Share(Record):
    """One payer's part: a percentage, a value, or the rest. `own` is split but never paid out.

    With `of`, a division fact, `divisions` has the division that pays for each that the fact may be.
    """

    name: str
    payer: str
    label: Text
    percent: Node | None
    value: Node | None
    residual: bool
    own: bool
    of: str = ""
    divisions: Mapping[str, str] = MappingProxyType({})


class Instalment(Record):
    """A part of a part. Without `share` and `value` it is what the others leave; `asked` are facts of its test."""

    name: str
    label: Text
    clause: str
    share: Node | None
    value: Node | None
    remainder: bool
    due: Node | None
    when: Node | None
    test: Node | None
    text: str
    if_failed: str
    asked: tuple[str, ...]
    guards: tuple[Guard, ...] = ()  # of its test


class Part(Record):
    """One part of the outcome. Where it is a sum that was `decided`, an optional fact, `value` is its ceiling."""

    name: str
    label: Text
    value: Node
    payee: str
    form: str
    counted: bool
    clause: str
    shares: tuple[Share, ...]
    decided: str = ""
    may_recover: bool = False
    instalments: tuple[Instalment, ...] = ()


class Measure(Record):
    """A standard or a target, with the day `by` which or `before` which it is to be reached."""

    name: str
    label: Text
    clause: str
    value: Node
    required: Node
    sense: Literal["at_least", "at_most"]
    by: Node | None
    before: Node | None
    text: str


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


class Wide(Record):
    """A formula with a whole number beyond 64 bits: its name, the operation that has the largest, and its bits."""

    name: str
    kind: str
    bits: int


class Program(Record):
    """A policy, checked and typed. Readings are still open in it; `folding.fold` fixes them.

    `rises` says of each claim of `rises_with` whether it was proved. `warnings` is what its author should look at, and
    what stops nobody.
    """

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
    asked: Mapping[str, Fact] = MappingProxyType({})
    measures: tuple[Measure, ...] = ()
    once_per: tuple[str, ...] = ()
    rises: Mapping[str, bool] = MappingProxyType({})
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def known(self) -> dict[str, Fact]:
        """The facts of a claim, and those that are asked when an instalment is released."""
        return {**self.facts, **self.asked}

    @property
    def wide(self) -> tuple[Wide, ...]:
        """The formulas with a whole number that does not fit 64 bits, under any reading. Found anew when asked for.

        The last pass, run where columns are computed or a policy is shown: no other answer waits for it.
        """
        from .passes.width import wide

        return wide(self)
