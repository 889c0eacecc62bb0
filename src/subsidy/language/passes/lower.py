"""Lower: every formula has whole-number operations, and no amount is finer than a fen without a rounding."""

from __future__ import annotations

from ..folding import Folded
from ..lowering import Op, lower
from ..types import Number
from ..work import Work

FEN = 100


def lower_(work: Work) -> None:
    if work.program is None or work.problems.errors():
        return
    for folded in work.folded:
        _lower(work, folded)


def _lower(work: Work, folded: Folded) -> None:
    assert work.program is not None
    steps: dict[str, Op] = {}
    for step in folded.steps:
        steps[step.name] = lower(step.value, work.program.facts, folded.parameters, steps)
    for index, part in enumerate(folded.parts):
        op = lower(part.value, work.program.facts, folded.parameters, steps)
        if isinstance(part.value.type, Number) and FEN % op.denominator:
            work.formula_problem("P0603", ("outcome", "parts", index, "value"), part.value.span, part=part.name)
