"""Ladders: overlapping classes, the shape of most of these texts (就高、叠加、不重复); and which rows exclude which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from ..catalogue import documents as d
from ..catalogue.positions import Path
from ..dates import FIRST_DAY, month_of
from . import program as p
from .beside import WANTED, at
from .cases import Cases
from .syntax import Span
from .typed import has_order, typed
from .types import FLAG, Choice, Date, Flag, Month, Number, Type, describe
from .work import Work

OVERLAPS_LIMIT: Final = 100_000  # cases of the tests of one ladder that are held against each other


def ladder(work: Work, index: int, step: d.Step, type_: Type, seen: set[str]) -> p.Node | None:
    """The node of a step with rows, or None with the problems added."""
    assert step.pick is not None
    path: Path = ("steps", index)
    is_number = isinstance(type_, Number)
    because = at(work, path, WANTED, "unit", "of", "type", "name")
    if (step.pick == "sum" and not is_number) or (step.pick == "highest" and not is_number and not has_order(type_)):
        work.problem("P0405", (*path, "pick"), also=because, given=describe(type_), operator=step.pick)
        return None
    tests, values = [], []
    for number in range(len(step.rows)):
        tests.append(typed(work, (*path, "rows", number, "if"), FLAG, seen))
        values.append(typed(work, (*path, "rows", number, "value"), type_, seen, because=because))
    span = Span(0, len(step.pick), (*path, "pick"))
    otherwise: p.Node | None = nothing(type_, span)
    if step.otherwise is not None:
        otherwise = typed(work, (*path, "otherwise"), type_, seen, because=because)
    if otherwise is None or not all(tests) or not all(values) or not tests:
        return None
    return p.Ladder(
        type_,
        span,
        step.pick,
        tuple(test for test in tests if test),
        tuple(value for value in values if value),
        otherwise,
        tuple(rung.clause or "" for rung in step.rows),
        tuple(rung.label for rung in step.rows),
    )


def overlaps(tests: Sequence[p.Node]) -> Iterator[tuple[int, int]]:
    """The places of two tests that cannot be shown to exclude each other, by what they say of the same value.

    Of each test, only the first one before it.
    """
    cases = Cases(budget=OVERLAPS_LIMIT)
    ways = [cases.where((test, True)) for test in tests]
    for place, way in enumerate(ways):
        other = next((other for other in range(place) if cases.meet(ways[other], way)), None)
        if other is not None:
            yield other, place


def nothing(type_: Type, span: Span) -> p.Unreached:
    """What stands for the `otherwise` that a ladder does not have."""
    match type_:
        case Choice(values=(first, *_)):
            return p.Unreached(type_, span, first)
        case Flag():
            return p.Unreached(type_, span, False)
        case Date():
            return p.Unreached(type_, span, FIRST_DAY)
        case Month():
            return p.Unreached(type_, span, month_of(FIRST_DAY))
        case _:
            return p.Unreached(type_, span, Fraction(0))
