"""Lower: every formula has whole-number operations, and no amount is finer than a fen without a rounding."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from ...catalogue.positions import Path
from ...exact import show
from ...text import Text
from .. import program as p
from ..beside import at, sources
from ..folding import Folded
from ..functions import SHIFTS
from ..lowering import Op, lower
from ..places import formulas, path_of_step, sum_path
from ..proof import DIGITS_LIMIT, is_too_long
from ..types import Number
from ..work import UNPROVABLE, Work

FEN: Final = 100
HERE: Final = Text("这里", "this")
ROUND_HERE: Final = Text(
    "写成 round(…, 0.01, half_up) 等，或另立步骤写 round，并注明条款",
    "write round(…, 0.01, half_up) or another around it, or make it a step with a round, with its clause",
)
PAID: Final = Text("由此付出", "paid from it")


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
                    multiple = show(_multiple_of(op, unit))
                    known = {"bracket": classified.bracket.name, "step": show(unit), "fine": multiple}
                    also = at(work, ("brackets", classified.bracket.name, "step"))
                    also += sources(work, formulas_, classified.operand, "resolution")
                    work.formula_problem("P0613", path, classified.operand.span, also=also, **known)
        for shift in p.walk(node):
            if isinstance(shift, p.Call) and shift.function in SHIFTS:
                number = shift.arguments[1]
                if (op := lower(number, facts, parameters, steps)).denominator != 1:
                    also = sources(work, formulas_, number, "resolution")
                    whole = Fraction(1)
                    work.formula_problem("P0611", path, number.span, also=also, fine=show(_multiple_of(op, whole)))
    for index, part in enumerate(folded.parts):
        path = sum_path(("outcome", "parts", index), work.document.outcome.parts[index])
        finer = _Finer(work, folded, lambda node: lower(node, facts, parameters, steps))
        for place, (node, name) in finer.causes(path, part.value).items():
            op = finer.op(node)
            fine = show(_multiple_of(op, Fraction(1, FEN)))
            given, hint = (Text(f"步骤 {name} ", f"the step {name}"), _of_step(name)) if name else (HERE, ROUND_HERE)
            values: dict[str, str | Text] = {"part": part.name, "given": given, "fine": fine, "hint": hint}
            also = at(work, path, PAID) if place != path else ()
            work.formula_problem("P0603", place, node.span, also=also, **values)


def _multiple_of(op: Op, unit: Fraction) -> Fraction:
    """Of what a number is a multiple that is no multiple of `unit`."""
    fine = Fraction(op.content, op.denominator)
    return fine if fine % unit else Fraction(1, op.denominator)


def _of_step(name: str) -> Text:
    return Text(
        f'在步骤 {name} 写 round = "0.01 half_up" 等，并注明条款',
        f'give the step {name} round = "0.01 half_up" or another, with its clause',
    )


class _Finer:
    """Finds where an amount becomes finer than a fen: not where it is paid, but where nobody said how to round."""

    def __init__(self, work: Work, folded: Folded, op: Callable[[p.Node], Op]) -> None:
        self.work, self.op = work, op
        self.steps = {step.name: step.value for step in folded.steps}
        self.places = {step.name: path_of_step(work.document, i) for i, step in enumerate(work.document.steps)}

    def causes(self, path: Path, node: p.Node, name: str = "") -> dict[Path, tuple[p.Node, str]]:
        """By the formula it stands in, each first operation that makes a sum finer than a fen, and its step's name."""
        if not isinstance(node.type, Number) or FEN % self.op(node).denominator == 0:
            return {}
        if isinstance(node, p.StepValue):
            return self.causes(self.places[node.name], self.steps[node.name], node.name)
        found: dict[Path, tuple[p.Node, str]] = {}
        if not isinstance(node, p.Round):
            for child in p.children(node):
                if child.type == node.type:  # sums of money; a rate or a percentage may be as fine as it likes
                    found = self.causes(path, child, name) | found
        return found or {path: (node, name)}
