"""The shape of a policy module, as a clerk writes it: one TOML file, read into frozen documents.

These classes say which keys a module may have and of which kind. What the keys mean together (names, units,
ranges, coverage) is the compiler's part: see `subsidy.language`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, StringConstraints
from pydantic_core import PydanticCustomError

from ..exact import parse, parse_share
from ..text import Text

NAME = r"[a-z][a-z0-9_]*"
NAME_LIMIT = 40
FACT_TYPES = ("number", "choice", "flag", "date", "month", "id", "division", "records")


def _text(value: Any) -> Text:
    if isinstance(value, dict) and value.keys() == {"zh", "en"}:
        zh, en = value["zh"], value["en"]
        if isinstance(zh, str) and isinstance(en, str) and zh.strip() and en.strip():
            return Text(zh, en)
    raise PydanticCustomError("text", 'needs both languages: {{ zh = "…", en = "…" }}')


def _number(value: Any) -> str:
    if isinstance(value, str) and parse(value) is not None:
        return value
    raise PydanticCustomError("number", "a number in quotes")


def _share(value: Any) -> str:
    if isinstance(value, str) and parse_share(value) is not None:
        return value
    raise PydanticCustomError("number", "a number in quotes")


def _date(value: Any) -> dt.date:
    if type(value) is dt.date:
        return value
    raise PydanticCustomError("date", "a date without quotes, such as 2021-03-29")


Words = Annotated[Text, PlainValidator(_text), PlainSerializer(asdict)]
Number = Annotated[str, PlainValidator(_number)]
ShareNumber = Annotated[str, PlainValidator(_share)]
Date = Annotated[dt.date, PlainValidator(_date), PlainSerializer(dt.date.isoformat, when_used="json")]
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME}$", max_length=NAME_LIMIT)]
ChoiceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=NAME_LIMIT)]
Clause = Annotated[str, StringConstraints(min_length=1)]
PolicyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(/[a-z0-9][a-z0-9-]*){2,5}$")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Formula = str
TableValues = dict[str, Any]  # text at the leaves; the compiler checks it against `by`


class Document(BaseModel):
    """Frozen, nothing converted in silence, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Valid(Document):
    """When the text applies. `until` is its last day. `stated` says whether the text itself gives the dates."""

    from_: Date = Field(alias="from")
    until: Date | None = None
    stated: bool = True


class Corrects(Document):
    """Which encoding of ours this revision mends, on which day it did, and why."""

    digest: str
    on: Date
    why: Words


class Head(Document):
    """`[policy]`: what the module is, where and when it applies."""

    id: PolicyId
    version: Version
    revision: Annotated[int, Field(ge=1)] = 1
    corrects: Corrects | None = None
    status: Literal["issued", "reported", "draft", "repealed"]
    valid: Valid
    published: Date
    dated_by: Name
    division: str
    claim: str | None = None
    title: Words

    @property
    def known_from(self) -> dt.date:
        """The day on which this became known: the text when it was published, a mend of ours when it was made."""
        return self.published if self.corrects is None else max(self.published, self.corrects.on)


class Source(Document):
    """`[source]`: the text that the module encodes."""

    title: Words
    number: str | None = None
    issued: Date
    issuer: Words
    note: Words | None = None


class FactBase(Document):
    """What every fact has. `when` makes it required only then; `optional` lets it be truly absent."""

    label: Words
    clause: Clause | None = None
    when: Formula | None = None
    optional: bool = False


class NumberFact(FactBase):
    """A quantity with unit; a value is a multiple of `resolution` within `range`, both ends in."""

    type: Literal["number"]
    unit: str
    resolution: Number
    range: Annotated[list[Number], Field(min_length=2, max_length=2)]


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

    min: Number | None = None
    max: Number | None = None


class Unknown(Document):
    """A figure that the text leaves out: between what it surely lies, both in, and why it is not known."""

    range: Annotated[list[Number], Field(min_length=2, max_length=2)]
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
    from_: Number | None = Field(alias="from", default=None)
    from_out: Number | None = None
    to: Number | None = None
    to_in: Number | None = None


class Bracket(Document):
    """Classes of a number, from the least to the greatest. With `step`, only its multiples are classified."""

    label: Words
    clause: Clause
    of: str
    step: Number | None = None
    rows: Annotated[list[BracketRow], Field(min_length=1)]


class Condition(Document):
    """A test. `required`: else not eligible. `advisory` (原则上): else a warning. `admissible`: else refused."""

    name: Name
    label: Words
    kind: Literal["required", "advisory", "admissible"]
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
    rows: list[Rung] = []
    otherwise: Formula | None = None
    round: str | None = None
    clause: Clause | None = None


class Share(Document):
    """Who pays which part: a percentage, a value, or what is left."""

    payer: Name
    percent: Formula | None = None
    value: Formula | None = None
    residual: bool = False
    own: bool = False


class Part(Document):
    """One part of the outcome. `counted = false`: shown beside the amount, never summed into it."""

    name: Name
    label: Words
    value: Formula
    payee: Name
    form: Literal["cash", "in_kind", "voucher", "offset"] = "cash"
    counted: bool = True
    clause: Clause | None = None
    shares: Annotated[list[Share], Field(min_length=1)]


class Outcome(Document):
    """What is paid. `rises_with` names facts with which the amount never falls."""

    parts: Annotated[list[Part], Field(min_length=1)]
    rises_with: list[Name] = []


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

    name: str
    source: Literal["official", "derived", "historical"]
    under: dict[str, str] = {}
    facts: dict[str, Any]
    expect: Annotated[dict[str, Any], Field(min_length=1)]


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
    parameters: dict[Name, Parameter] = {}
    brackets: dict[Name, Bracket] = {}
    conditions: list[Condition] = []
    steps: Annotated[list[Step], Field(max_length=500)] = []
    outcome: Outcome
    caps: list[Cap] = []
    interpretations: list[Interpretation] = []
    examples: Annotated[list[Example], Field(min_length=1)]


def kind_of(data: Mapping[str, Any]) -> type[Headed]:
    """What the plain data of a file is to be read as."""
    head = data.get("policy")
    return Repeal if isinstance(head, dict) and head.get("status") == "repealed" else Module


def path_of(head: Head) -> str:
    """Where a module must stand below the catalogue's folder; its path is its identity."""
    suffix = "" if head.revision == 1 else f".r{head.revision}"
    return f"{head.id}/{head.version}{suffix}.toml"
