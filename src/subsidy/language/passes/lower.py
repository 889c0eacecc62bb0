"""Lower: every formula has whole-number operations, and no amount is finer than a fen without a rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from ...exact import show
from ...text import Text
from .. import program as p
from ..beside import at, culprits, sources
from ..folding import Folded
from ..functions import SHIFTS
from ..lowering import Op, lower
from ..places import formulas, sum_path
from ..types import Number
from ..work import UNPROVABLE, Work

FEN = 100
_FINE: Final = Text("可能细于分", "it may be finer than a fen")


def lower_(work: Work) -> None:
    if work.program is None or work.has(*UNPROVABLE, "P0604"):
        return
    for folded in work.folded:
        _lower(work, folded)


def _lower(work: Work, folded: Folded) -> None:
    assert work.program is not None
    facts, parameters = work.program.known, folded.parameters
    formulas_ = {step.name: step.value for step in folded.steps}
    steps: dict[str, Op] = {}
    for step in folded.steps:
        steps[step.name] = lower(step.value, facts, parameters, steps)
    for path, node in formulas(work.document, folded):
        for classified in p.walk(node):
            if isinstance(classified, p.Classified) and (unit := classified.bracket.step) is not None:
                op = lower(classified.operand, facts, parameters, steps)
                if Fraction(op.content, op.denominator) % unit:
                    values = {"bracket": classified.bracket.name, "step": show(unit)}
                    also = at(work, ("brackets", classified.bracket.name, "step"))
                    also += sources(work, formulas_, classified.operand, "resolution")
                    work.formula_problem("P0613", path, classified.operand.span, also=also, **values)
        for shift in p.walk(node):
            if isinstance(shift, p.Call) and shift.function in SHIFTS:
                number = shift.arguments[1]
                if lower(number, facts, parameters, steps).denominator != 1:
                    also = sources(work, formulas_, number, "resolution")
                    work.formula_problem("P0611", path, number.span, also=also)
    for index, part in enumerate(folded.parts):
        op = lower(part.value, facts, parameters, steps)
        if isinstance(part.value.type, Number) and FEN % op.denominator:
            path = sum_path(("outcome", "parts", index), work.document.outcome.parts[index])
            too_fine = {name for name, op in steps.items() if FEN % op.denominator}
            also = culprits(work, formulas_, part.value, too_fine.__contains__, _FINE)
            work.formula_problem("P0603", path, part.value.span, also=also, part=part.name)
