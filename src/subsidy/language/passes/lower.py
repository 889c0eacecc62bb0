"""Lower: every formula has whole-number operations, and no amount is finer than a fen without a rounding."""

from __future__ import annotations

from fractions import Fraction

from ...exact import show
from .. import program as p
from ..folding import Folded
from ..functions import SHIFTS
from ..lowering import Op, lower
from ..places import formulas, path_of_step, sum_path
from ..proof import DIGITS_LIMIT, is_too_long
from ..types import Number
from ..work import UNPROVABLE, Work

FEN = 100


def lower_(work: Work) -> None:
    if work.program is None or work.has(*UNPROVABLE, "P0604"):
        return
    for folded in work.folded:
        _lower(work, folded)


def _lower(work: Work, folded: Folded) -> None:
    assert work.program is not None
    facts, parameters = work.program.known, folded.parameters
    steps: dict[str, Op] = {}
    for step in folded.steps:
        op = steps[step.name] = lower(step.value, facts, parameters, steps)
        if is_too_long(Fraction(1, op.denominator)):
            index = next(i for i, each in enumerate(work.document.steps) if each.name == step.name)
            work.formula_problem("P0620", path_of_step(work.document, index), step.value.span, limit=str(DIGITS_LIMIT))
            return
    for path, node in formulas(work.document, folded):
        for classified in p.walk(node):
            if isinstance(classified, p.Classified) and (unit := classified.bracket.step) is not None:
                op = lower(classified.operand, facts, parameters, steps)
                if Fraction(op.content, op.denominator) % unit:
                    values = {"bracket": classified.bracket.name, "step": show(unit)}
                    work.formula_problem("P0613", path, classified.operand.span, **values)
        for shift in p.walk(node):
            if isinstance(shift, p.Call) and shift.function in SHIFTS:
                number = shift.arguments[1]
                if lower(number, facts, parameters, steps).denominator != 1:
                    work.formula_problem("P0611", path, number.span)
    for index, part in enumerate(folded.parts):
        op = lower(part.value, facts, parameters, steps)
        if isinstance(part.value.type, Number) and FEN % op.denominator:
            path = sum_path(("outcome", "parts", index), work.document.outcome.parts[index])
            work.formula_problem("P0603", path, part.value.span, part=part.name)
