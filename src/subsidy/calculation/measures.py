"""Measures: standards and targets, whether they are met, and by how much they are not."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..language import program as p
from ..language.intervals import Interval
from ..language.types import Number
from .answers import Answer
from .outcomes import MeasureResult, public


def measured(program: p.Program, answers: Sequence[Answer]) -> tuple[MeasureResult, ...]:
    """Every measure of a policy, in its order, from each choice of readings."""
    return tuple(_measured(measure, index, answers) for index, measure in enumerate(program.measures))


def _measured(measure: p.Measure, index: int, answers: Sequence[Answer]) -> MeasureResult:
    values, required, shortfalls, days = [], [], [], []
    met: set[bool] = set()
    for answer in answers:
        each = answer.runner.folded.measures[index]
        value, wanted = answer.bounds_of(each.value), answer.bounds_of(each.required)
        less, more = (value, wanted) if measure.sense == "at_least" else (wanted, value)
        met |= {True} if less.high >= more.low else set()
        met |= {False} if less.low < more.high else set()
        nothing = Fraction(0)
        values.append(value)
        required.append(wanted)
        shortfalls.append(Interval(max(more.low - less.high, nothing), max(more.high - less.low, nothing)))
        if (deadline := each.by or each.before) is not None:
            days.append(answer.bounds_of(deadline))
    unit = measure.value.type.unit if isinstance(measure.value.type, Number) else None
    return MeasureResult(
        name=measure.name, label=measure.label, clause=measure.clause, formula=measure.text, unit=str(unit or ""),
        sense=measure.sense, value=_ends(measure, values), required=_ends(measure, required),
        shortfall=_ends(measure, shortfalls), met=met.pop() if len(met) == 1 else None,
        deadline=tuple(dict.fromkeys((min(d.low for d in days), max(d.high for d in days)))) if days else (),
        is_before=measure.before is not None,
    )  # fmt: skip


def _ends(measure: p.Measure, found: Sequence[Interval]) -> tuple[Any, ...]:
    ends = (min(each.low for each in found), max(each.high for each in found))
    return tuple(public(end, measure.value.type) for end in dict.fromkeys(ends))
