"""Type and unit: every formula of the document becomes a typed part of the program, and nothing is left unused."""

from __future__ import annotations

from ...catalogue import documents as d
from ...catalogue.positions import Path
from ...exact import parse
from ...record import replace
from ...rounding import MODES
from ...text import Text
from .. import program as p
from ..beside import OTHER_SIDE, STATED, WANTED, at, within
from ..ladders import ladder
from ..places import sum_path
from ..typed import typed
from ..types import DATE, FLAG, Division, Number
from ..units import CNY, RATIO
from ..work import Work
from .instalments import typed_instalments
from .ledger import no_circle


def check(work: Work) -> None:
    document = work.document
    asked = {name for name, fact in document.facts.items() if fact.asked == "instalment"}
    always = {name for name, fact in document.facts.items() if fact.when is None} - asked
    seen: set[str] = {*document.parameters, *always}
    for name, fact in document.facts.items():
        if name in asked:
            continue
        if fact.when is not None and (when := typed(work, ("facts", name, "when"), FLAG, seen)):
            work.facts[name] = replace(work.facts[name], when=when)
            _decided(work, ("facts", name, "when"), when)
        seen.add(name)  # so that no two facts wait for each other
    for index, step in enumerate(document.steps):
        path: Path = ("steps", index, "value")
        wanted = work.types.get(step.name)
        node = None
        if wanted is not None:
            because = at(work, ("steps", index), WANTED, "unit", "of", "type", "name")
            typed_ = typed(work, path, wanted, seen, because=because) if step.pick is None else None
            node = typed_ if step.pick is None else ladder(work, index, step, wanted, seen)
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
            parts = tuple(test.for_ or ())
            work.conditions.append(p.Condition(test.name, test.label, test.kind, node, test.clause, test.test, parts))
    for index, each in enumerate(document.measures):
        _measure(work, ("measures", index), each, seen)
    knows_claim = not work.is_broken(("policy", "claim"))
    amount = Number(CNY) if work.claim == RATIO and knows_claim else None
    for index, part in enumerate(document.outcome.parts):
        path = ("outcome", "parts", index)
        sum_ = sum_path(path, part)
        node = typed(work, sum_, amount or Number(None), seen, any_unit=amount is None) if sum_ in work.texts else None
        if node is not None and amount is None and knows_claim:
            _amount_unit(work, sum_, node)
        shares = []
        for number, share in enumerate(part.shares):
            here = (*path, "shares", number)
            percent = typed(work, (*here, "percent"), Number(RATIO), seen) if share.percent is not None else None
            value = typed(work, (*here, "value"), Number(CNY), seen) if share.value is not None else None
            payer = work.vocabulary.payers.get(share.payer)
            label = payer.label if payer else Text(share.payer, share.payer)
            divisions = _divisions(work, payer.classes, share.of) if payer and share.of else {}
            shares.append(
                p.Share(
                    share.name or share.payer,
                    share.payer,
                    label,
                    percent,
                    value,
                    share.residual,
                    share.own,
                    share.of or "",
                    divisions,
                )
            )
        instalments = typed_instalments(work, path, part, seen)
        if node is not None:
            work.parts.append(
                p.Part(
                    part.name,
                    part.label,
                    node,
                    part.payee,
                    part.form,
                    part.counted,
                    part.clause or "",
                    tuple(shares),
                    part.decided or "",
                    part.may_recover or document.outcome.may_recover,
                    instalments,
                )
            )
    no_circle(work)
    _unused(work)


def _decided(work: Work, path: Path, when: p.Node) -> None:
    """Whether a fact applies is known from the facts and readings, also where a parameter is left to a lower level."""
    for node in p.walk(when):
        if isinstance(node, p.ParameterValue) and work.parameters[node.name].delegated:
            also = at(work, ("parameters", node.name), STATED, "delegated")
            work.formula_problem("P0610", path, node.span, also=also, given=node.name)
        if isinstance(node, p.Aggregate):
            work.formula_problem("P0325", path, node.span)


def _measure(work: Work, path: Path, each: d.Measure, seen: set[str]) -> None:
    """A measure compares two numbers of one unit."""
    value = typed(work, (*path, "value"), Number(None), seen, any_unit=True)
    unit = value.type if value is not None else Number(None)
    because = within(work, (*path, "value"), value, OTHER_SIDE) if value is not None else ()
    required = typed(work, (*path, "required"), unit, seen, any_unit=unit == Number(None), because=because)
    by = typed(work, (*path, "by"), DATE, seen) if each.by is not None else None
    before = typed(work, (*path, "before"), DATE, seen) if each.before is not None else None
    if value is not None and required is not None:
        text = f"{each.value} {'>=' if each.sense == 'at_least' else '<='} {each.required}"
        work.measures.append(
            p.Measure(each.name, each.label, each.clause, value, required, each.sense, by, before, text)
        )


def _divisions(work: Work, classes: list[str], of: str) -> dict[str, str]:
    """The division that pays for each place that a fact may be."""
    type_ = work.types.get(of)
    places = type_.domain if isinstance(type_, Division) else ()
    return {code: payer for code in places if (payer := work.vocabulary.of_class(code, classes))}


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
        also = at(work, ("policy", "claim"), WANTED)
        wanted = f"{CNY}, {CNY / work.claim}"
        work.formula_problem("P0402", path, node.span, also=also, given=str(node.type.unit), wanted=wanted)


def _unused(work: Work) -> None:
    if work.lacks_uses:
        return
    for name, kind in work.kinds.items():
        if kind not in {"fact", "list", "parameter", "bracket", "step", "interpretation"}:
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
            work.problem("P0304", ("choices" if kind == "list" else f"{kind}s", name), given=name)
