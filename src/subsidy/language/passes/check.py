"""Type and unit: every formula of the document becomes a typed part of the program, and nothing is left unused."""

from __future__ import annotations

from ...catalogue.positions import Path
from ...exact import parse
from ...record import replace
from ...rounding import MODES
from ...text import Text
from .. import program as p
from ..ladders import ladder
from ..typed import typed
from ..types import FLAG, Number
from ..units import CNY, RATIO
from ..work import Work


def check(work: Work) -> None:
    document = work.document
    seen: set[str] = {*document.parameters, *(name for name, fact in document.facts.items() if fact.when is None)}
    for name, fact in document.facts.items():
        if fact.when is not None and (when := typed(work, ("facts", name, "when"), FLAG, seen)):
            work.facts[name] = replace(work.facts[name], when=when)
            _decided(work, ("facts", name, "when"), when)
        seen.add(name)  # so that no two facts wait for each other
    for index, step in enumerate(document.steps):
        path: Path = ("steps", index, "value")
        wanted = work.types.get(step.name)
        node = None
        if wanted is not None:
            node = typed(work, path, wanted, seen) if step.pick is None else ladder(work, index, step, wanted, seen)
        seen.add(step.name)
        if wanted is None:
            work.use_all(path)
        if node is None:
            continue
        if step.round is not None:
            node = _rounded(work, ("steps", index, "round"), step.round, node)
        text = step.value or f"{step.pick}({', '.join(rung.value for rung in step.rows)})"
        work.steps.append(p.Step(step.name, step.label, work.types[step.name], node, step.clause or "", text))
    for index, test in enumerate(document.conditions):
        if node := typed(work, ("conditions", index, "test"), FLAG, seen):
            work.conditions.append(p.Condition(test.name, test.label, test.kind, node, test.clause, test.test))
    knows_claim = not work.is_broken(("policy", "claim"))
    amount = Number(CNY) if work.claim == RATIO and knows_claim else None
    for index, part in enumerate(document.outcome.parts):
        path = ("outcome", "parts", index)
        node = typed(work, (*path, "value"), amount or Number(None), seen, any_unit=amount is None)
        if node is not None and amount is None and knows_claim:
            _amount_unit(work, (*path, "value"), node)
        shares = []
        for number, share in enumerate(part.shares):
            here = (*path, "shares", number)
            percent = typed(work, (*here, "percent"), Number(RATIO), seen) if share.percent is not None else None
            value = typed(work, (*here, "value"), Number(CNY), seen) if share.value is not None else None
            payer = work.vocabulary.payers.get(share.payer)
            label = payer.label if payer else Text(share.payer, share.payer)
            shares.append(p.Share(share.payer, label, percent, value, share.residual, share.own))
        if node is not None:
            work.parts.append(
                p.Part(
                    part.name, part.label, node, part.payee, part.form, part.counted, part.clause or "", tuple(shares)
                )
            )
    _unused(work)


def _decided(work: Work, path: Path, when: p.Node) -> None:
    """Whether a fact applies is known from the facts and readings, also where a parameter is left to a lower level."""
    for node in p.walk(when):
        if isinstance(node, p.ParameterValue) and work.parameters[node.name].delegated:
            work.formula_problem("P0610", path, node.span, given=node.name)
        if isinstance(node, p.Aggregate):
            work.formula_problem("P0325", path, node.span)


def _rounded(work: Work, path: Path, text: str, node: p.Node) -> p.Node:
    quantum_text, _, mode = text.partition(" ")
    quantum = parse(quantum_text)
    if quantum is None or quantum <= 0 or mode not in MODES:
        work.problem("P0319", path, given=text, allowed=" ".join(MODES))
        return node
    return p.Round(node.type, node.span, node, quantum, mode)


def _amount_unit(work: Work, path: Path, node: p.Node) -> None:
    assert isinstance(node.type, Number)
    if node.type.unit not in {None, CNY, CNY / work.claim}:
        work.formula_problem("P0402", path, node.span, given=str(node.type.unit), wanted=f"{CNY}, {CNY / work.claim}")


def _unused(work: Work) -> None:
    if work.lacks_uses:
        return
    for name, kind in work.kinds.items():
        if kind not in {"fact", "parameter", "bracket", "step", "interpretation"}:
            continue
        if name in work.used | work.unreadable:
            continue
        if kind == "step":
            index = next(i for i, step in enumerate(work.document.steps) if step.name == name)
            work.problem("P0304", ("steps", index, "name"), given=name)
        elif kind == "interpretation":
            index = next(i for i, item in enumerate(work.document.interpretations) if item.name == name)
            work.problem("P0304", ("interpretations", index, "name"), given=name)
        else:
            work.problem("P0304", (f"{kind}s", name), given=name)
