"""The shape of a policy module, as a clerk writes it: one TOML file, read into frozen documents.

These classes say which keys a module may have and of which kind. What the keys mean together (names, units,
ranges, coverage) is the compiler's part: see `subsidy.language`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from .head import Head, Source
from .keys import (
    POLICY_ID,
    ChoiceName,
    Clause,
    Document,
    Formula,
    Given,
    Line,
    Name,
    PercentNumber,
    ShareNumber,
    TableValues,
    Words,
)


class FromLedger(Document):
    """What earlier claims with the same `over` say: a sum, how many they are, or the last value; of a period, if any.

    `policy` names another policy whose claims are meant.
    """

    sum: Name | None = None
    count: bool = False
    last: Name | None = None
    over: Annotated[list[Name], Field(min_length=1)]
    policy: Annotated[str, StringConstraints(pattern=POLICY_ID)] | None = None
    from_: Name | None = Field(default=None, alias="from")
    until: Name | None = None


class FactBase(Document):
    """What every fact has. `when` makes it required only then; `optional` lets it be truly absent.

    One that is `asked` at an instalment is stated when that is released, and not at the claim. One `from_ledger` is
    stated by the caller where there is no ledger.
    """

    label: Words
    clause: Clause | None = None
    when: Formula | None = None
    optional: bool = False
    asked: Literal["claim", "instalment"] = "claim"
    from_ledger: FromLedger | None = None


class NumberFact(FactBase):
    """A quantity with unit; a value is a multiple of `resolution` within `range`, both ends in."""

    type: Literal["number"]
    unit: str
    resolution: PercentNumber
    range: Annotated[list[PercentNumber], Field(min_length=2, max_length=2)]


class ChoiceFact(FactBase):
    """One of a list: `of` names a list of the vocabulary, or is the list, with `labels` beside it."""

    type: Literal["choice"]
    of: Name | Annotated[list[ChoiceName], Field(min_length=1)]
    labels: dict[str, Words] | None = None
    ordered: bool = False


class FlagFact(FactBase):
    """Yes or no."""

    type: Literal["flag"]


class DateFact(FactBase):
    """A day of the calendar, without clock or time zone."""

    type: Literal["date"]


class MonthFact(FactBase):
    """A month of the calendar."""

    type: Literal["month"]


class IdFact(FactBase):
    """A resident, a facility, a project: compared for equality, never computed with."""

    type: Literal["id"]


class DivisionFact(FactBase):
    """A GB/T 2260 code; with `within`, one of the divisions directly below that one."""

    type: Literal["division"]
    within: str | None = None


class Period(Document):
    """Two date fields of a record that bound a period, both days in; periods of one fact may not overlap."""

    from_: Name = Field(alias="from")
    to: Name


FieldFact = Annotated[
    NumberFact | ChoiceFact | FlagFact | DateFact | MonthFact | IdFact | DivisionFact, Field(discriminator="type")
]


class RecordsFact(FactBase):
    """Rows with typed fields: at least `rows[0]`, at most `rows[1]` of them."""

    type: Literal["records"]
    rows: Annotated[list[Annotated[int, Field(ge=0, le=10_000)]], Field(min_length=2, max_length=2)]
    fields: Annotated[dict[Name, FieldFact], Field(min_length=1)]
    unique: list[Name] = []
    periods: Period | None = None


Fact = Annotated[
    NumberFact | ChoiceFact | FlagFact | DateFact | MonthFact | IdFact | DivisionFact | RecordsFact,
    Field(discriminator="type"),
]


class Delegated(Document):
    """Who is to fill the parameter; `at` names the division fact whose place decides."""

    to: Name
    at: Name | None = None


class Within(Document):
    """The bounds that the text sets for a delegated parameter, both in; one of them may be left out."""

    min: ShareNumber | None = None
    max: ShareNumber | None = None


class ChoiceList(Document):
    """A list of choices; `ordered` from the least to the greatest. `standard` names the text that defines it."""

    label: Words
    ordered: bool = False
    standard: Line | None = None
    values: Annotated[dict[ChoiceName, Words], Field(min_length=1, max_length=500)]


class Unknown(Document):
    """A figure that the text leaves out: between what it surely lies, both in, and why it is not known."""

    range: Annotated[list[ShareNumber], Field(min_length=2, max_length=2)]
    why: Words


class Parameter(Document):
    """A number or a table that the text fixes, leaves to a lower level within bounds, or leaves out.

    With `of`, its values are choices of that list: a crosswalk from one standard to another.
    """

    label: Words
    unit: str | None = None
    of: Name | None = None
    clause: Clause
    value: ShareNumber | ChoiceName | None = None
    by: list[Name] = []
    values: TableValues | None = None
    delegated: Delegated | None = None
    within: Within | None = None
    unknown: Unknown | None = None


class BracketRow(Document):
    """One class of a bracket. `from` and `to_in` are in, `from_out` and `to` are out; an end left out is open."""

    name: ChoiceName
    label: Words
    from_: ShareNumber | None = Field(alias="from", default=None)
    from_out: ShareNumber | None = None
    to: ShareNumber | None = None
    to_in: ShareNumber | None = None


class Bracket(Document):
    """Classes of a number, from the least to the greatest. With `step`, only its multiples are classified."""

    label: Words
    clause: Clause
    of: str
    step: PercentNumber | None = None
    rows: Annotated[list[BracketRow], Field(min_length=1)]


class Condition(Document):
    """A test. `required`: else not eligible. `advisory` (原则上): else a warning. `admissible`: else refused.

    With `for`, a required condition that fails refuses those parts alone.
    """

    name: Name
    label: Words
    kind: Literal["required", "advisory", "admissible"]
    for_: Annotated[list[Name], Field(min_length=1)] | None = Field(default=None, alias="for")
    test: Formula
    clause: Clause


class Rung(Document):
    """One row of a ladder: what it gives if its test holds."""

    if_: Formula = Field(alias="if")
    value: Formula
    label: Words | None = None
    clause: Clause | None = None


class Step(Document):
    """A named intermediate value; `round` is a quantum and a mode, such as ``0.01 half_up``.

    Either a formula, or a ladder: of the `rows` whose tests hold, `pick` says what counts; `otherwise`, if none does.
    """

    name: Name
    label: Words
    type: Literal["number", "choice", "flag", "date", "month"] = "number"
    unit: str | None = None
    of: Name | None = None
    value: Formula | None = None
    pick: Literal["first", "highest", "sum", "only"] | None = None
    rows: Annotated[list[Rung], Field(max_length=100)] = []
    otherwise: Formula | None = None
    round: str | None = None
    clause: Clause | None = None


class Share(Document):
    """Who pays which part: a percentage, a value, or what is left.

    `of` names a division fact: the payer is then the county, city or province of that division. `name` tells two
    shares of one payer apart.
    """

    payer: Name
    of: Name | None = None
    name: Name | None = None
    percent: Formula | None = None
    value: Formula | None = None
    residual: bool = False
    own: bool = False


class Instalment(Document):
    """A part of a part: a `share` of it or a `value`, or what the others leave.

    It exists only `when` that holds for the claim. A `test` decides at its release whether it is paid; if not, it
    `lapses` or `waits`. One takes the `remainder` that rounding leaves: the last, unless another says so.
    """

    name: Name
    label: Words
    share: Formula | None = None
    value: Formula | None = None
    remainder: bool = False
    due: Formula | None = None
    when: Formula | None = None
    test: Formula | None = None
    if_failed: Literal["lapses", "waits"] | None = None
    clause: Clause | None = None


class Part(Document):
    """One part of the outcome. `counted = false`: shown beside the amount, never summed into it.

    `up_to` in place of `value` is a ceiling without a rate (最高不超过): the sum is what was `decided`, an optional
    fact.
    """

    name: Name
    label: Words
    value: Formula | None = None
    up_to: Formula | None = None
    decided: Name | None = None
    payee: Name
    form: Literal["cash", "in_kind", "voucher", "offset"] = "cash"
    counted: bool = True
    may_recover: bool = False
    clause: Clause | None = None
    shares: Annotated[list[Share], Field(min_length=1)]
    instalments: list[Instalment] = []


class Outcome(Document):
    """What is paid. `rises_with` names facts with which the amount never falls.

    `may_recover`: a sum below zero is to be recovered (追缴); without it none can be below zero.
    """

    parts: Annotated[list[Part], Field(min_length=1)]
    rises_with: list[Name] = []
    may_recover: bool = False


NO_OUTCOME = Outcome.model_construct(parts=[], rises_with=[], may_recover=False)


class Measure(Document):
    """A standard or a target: the `value` is to be at least or at most what is `required`.

    `by` is the last day on which it may be reached; `before` the first on which it is too late.
    """

    name: Name
    label: Words
    value: Formula
    required: Formula
    sense: Literal["at_least", "at_most"]
    by: Formula | None = None
    before: Formula | None = None
    clause: Clause


class Cap(Document):
    """A cap over all claims with the same key: a `limit` on a sum, or a number of `times`."""

    name: Name
    label: Words
    of: Name
    over: Annotated[list[Name], Field(min_length=1)]
    limit: Name | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    beyond: Literal["cut", "refuse"] = "refuse"
    clause: Clause


class Interpretation(Document):
    """A place where the text has more than one reading. Without `recommended` it is open unless the caller chooses.

    With `presumes`, each reading stands in for a delegated parameter that nobody has filled, with `values`.
    """

    name: Name
    question: Words
    readings: Annotated[dict[Name, Words], Field(min_length=1)]
    recommended: Name | None = None
    because: Words | None = None
    clause: Clause
    presumes: Name | None = None
    values: dict[str, Any] | None = None


class Gap(Document):
    """What the text says that the module does not compute, or leaves unsaid; `about` ties it to a name."""

    clause: Clause
    text: Words
    about: Name | None = None


class Example(Document):
    """A worked case, run as a test. `expect` gives outcomes and steps by name; two values are two bounds."""

    name: Line
    source: Literal["official", "derived", "historical"]
    under: dict[str, str] = {}
    facts: dict[str, Given]
    expect: Annotated[dict[str, Given], Field(min_length=1)]


class Headed(Document):
    """What every version of a policy has, whether it pays or ends."""

    language: Literal[1]
    policy: Head
    source: Source
    gaps: list[Gap] = []


class Repeal(Headed):
    """A text that abolishes a policy and puts nothing in its place: `status = "repealed"`, and nothing to compute."""


class Module(Headed):
    """One policy module: one scheme of one jurisdiction, in one version."""

    facts: Annotated[dict[Name, Fact], Field(min_length=1)]
    choices: dict[Name, ChoiceList] = {}
    parameters: dict[Name, Parameter] = {}
    brackets: dict[Name, Bracket] = {}
    conditions: list[Condition] = []
    steps: Annotated[list[Step], Field(max_length=500)] = []
    measures: list[Measure] = []
    outcome: Outcome = NO_OUTCOME
    caps: list[Cap] = []
    interpretations: list[Interpretation] = []
    examples: Annotated[list[Example], Field(min_length=1)]


def kind_of(data: Mapping[str, Any]) -> type[Headed]:
    """What the plain data of a file is to be read as."""
    head = data.get("policy")
    return Repeal if isinstance(head, dict) and head.get("status") == "repealed" else Module
