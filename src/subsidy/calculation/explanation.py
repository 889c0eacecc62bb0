"""An explanation as data: what is said of a calculation, in both languages, for whoever puts it on paper or a screen.

Its shape has a number, `SCHEMA`, which rises when a field changes its meaning or goes; one more field leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from ..errors import Problem, RequestError
from ..text import Language, Text
from .readers import shown

Kind = Literal["calculation", "programme", "release", "months"]
Verdict = Literal["", "holds", "fails", "open"]

SCHEMA: Final = 1
NOTHING: Final = Text("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
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

    tests: tuple[Text, ...] = ()
    words: Text
    rows: tuple[Text, ...] = ()
    figures: Text = NOTHING
    exact: Text = NOTHING
    value: Text
    rounding: Text = NOTHING
    unit: str = ""
    exact_number: str = ""
    number: str = ""

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
            measure, remark or gap; of several together also member, counts, cap and month.
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
    verdict: Verdict = ""
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
    """The whole calculation in both languages.

    Attributes:
        kind: what is explained: a calculation, a programme, the release of an instalment, or a span of months.
        policy, version, revision, digest, status: the text it rests on. A span of months may rest on several, which
            then stand in its parts alone; a programme has no status.
        is_simulation: whether nothing may be paid from it.
        title, place, source: what the text is called, where it holds, and where it was taken from.
        basis: whose it is, and what fills what the text delegates; of a programme or a release, also what it is about.
        sections: what is said.
        parts: the explanations that it is put together from: of a programme's members, or of the months.
    """

    kind: Kind
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
    parts: tuple[Explanation, ...] = ()
    schema: int = SCHEMA

    def to_dict(self) -> dict[str, Any]:
        """As plain data: each text with its two languages; what may be left out and is empty is left out."""
        return {"schema": self.schema, **_plain(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Explanation:
        """The explanation of this plain data. What is left out is empty; what nobody knows here is ignored.

        Raises:
            RequestError: the data has another shape, in which a field may mean something else.
        """
        given = data.get("schema")
        if given != SCHEMA:
            raise RequestError(Problem.of("R0207", "schema", given=shown(given), allowed=str(SCHEMA)))
        found: Explanation = _read(cls, data)
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    found = ((name, getattr(value, name), default) for name, default in _shape(type(value)))
    return {name: _plain(each) for name, each, default in found if default is MISSING or each != default}


@cache
def _shape(of: type[Any]) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass with their defaults."""
    return tuple((each.name, each.default) for each in fields(of))


def _read(of: Any, data: Any) -> Any:
    """Plain data as a value of a type."""
    if get_origin(of) is tuple:
        return tuple(_read(get_args(of)[0], each) for each in data)
    if not is_dataclass(of):
        return data
    make: Any = of
    return make(**{name: _read(kind, data[name]) if name in data else empty for name, kind, empty in _types(make)})


@cache
def _types(of: Any) -> tuple[tuple[str, Any, Any], ...]:
    """The fields of a dataclass with their types, and what they are where the data leaves them out."""
    kinds = {name: inside(kind) for name, kind in get_type_hints(of).items()}
    return tuple((name, kinds[name], _empty(kinds[name]) if d is MISSING else d) for name, d in _shape(of))


def inside(kind: Any) -> Any:
    """The type of a field that may be None, when it is not."""
    return next((each for each in get_args(kind) if is_dataclass(each)), kind) if type(None) in get_args(kind) else kind


def _empty(of: Any) -> Any:
    if get_origin(of) is tuple:
        return ()
    return _read(of, {}) if is_dataclass(of) else "" if get_origin(of) is Literal else of()
