"""An explanation as data: what is said of a calculation, in both languages, for whoever puts it on paper or a screen.

Its shape has a number, `SCHEMA`, which rises when a field changes its meaning or goes; one more field leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from ..text import Language, Text

SCHEMA: Final = 1
NOTHING: Final = Text("", "")


@dataclass(frozen=True, slots=True)
class Formula:
    """How a step comes to its value under one answer.

    Attributes:
        tests: each test on the way to the branch that was taken, with its outcome.
        words, figures: that branch; no figures where something that it rests on is open.
        rows: for an aggregate, each row that counts.
        exact, value: the value before rounding, where that made a difference, and the value, each with its unit.
        rounding: how it was rounded, where that made a difference.
        unit: the unit of the two numbers below, such as ``CNY/m2``; empty for a ratio and for what is no number.
        exact_number, number: both values as numbers, ``280/3`` where no decimal ends; empty where it is open or none.
    """

    tests: tuple[Text, ...]
    words: Text
    rows: tuple[Text, ...]
    figures: Text
    exact: Text
    value: Text
    rounding: Text
    unit: str
    exact_number: str
    number: str

    def stages(self, language: Language) -> list[str]:
        """One line for each stage, without saying the same twice; but of rows each, also where two are alike."""
        how = self.rounding.in_(language)
        stages = [
            *(test.in_(language) for test in self.tests),
            f"= {self.words.in_(language)}",
            *(row.in_(language) for row in self.rows),
            f"= {self.figures.in_(language)}",
            f"= {self.exact.in_(language)}",
            f"{'≈' if how else '='} {self.value.in_(language)}{how}",
        ]
        said = [stage for stage in stages if stage not in ("= ", "")]
        return [each for each, last in zip(said, ["", *said], strict=False) if each != last or each.startswith("· ")]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is said.

    Attributes:
        kind: fact, reading, condition, step, part, formula, share, payable, instalment, amount, capitals, note,
            measure, remark or gap.
        name: the policy's own name of it; of a remark, where it points.
        label, said: what it is about, and what is said of it; a line may have one of them alone.
        clause: where the text says so.
        mark: the sign or number before it.
        aside: what stands in brackets behind the label.
        values: for machines: the value, or both bounds of a sum that is open; of a step, where it is one number.
        verdict: of a condition or a measure: holds, fails or open.
        distance: by how much a condition fails, or a measure falls short, in the unit of what is compared.
        formula: how a step is calculated.
        lines: what stands below it.
    """

    kind: str
    name: str
    label: Text = NOTHING
    said: Text = NOTHING
    clause: str = ""
    mark: str = ""
    aside: Text = NOTHING
    values: tuple[str, ...] = ()
    verdict: str = ""
    distance: tuple[Text, ...] = ()
    formula: Formula | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one kind under a title."""

    name: str
    title: Text
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole calculation in both languages. `basis` says whose it is, and what fills what the text delegates."""

    policy: str
    version: str
    revision: int
    digest: str
    status: str
    is_simulation: bool
    title: Text
    place: Text
    source: Text
    basis: tuple[Text, ...]
    sections: tuple[Section, ...]
    schema: int = SCHEMA

    def to_dict(self) -> dict[str, Any]:
        """As plain data: each text with its two languages, empty fields of a line left out."""
        return {"schema": self.schema} | {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


def _plain(value: Any) -> Any:
    match value:
        case Text():
            return {"zh": value.zh, "en": value.en}
        case tuple():
            return [_plain(each) for each in value]
        case Section():
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case Line() | Formula():
            found = ((each.name, getattr(value, each.name)) for each in fields(value))
            return {name: _plain(each) for name, each in found if each not in (NOTHING, "", (), None)}
        case _:
            return value
