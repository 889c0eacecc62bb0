"""Folding: one program under one choice of readings, with the branches that this choice rules out taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

from ..record import Record, replace
from . import program as p
from .types import FLAG

OPEN = "open"
COMBINATIONS_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Folded:
    """A program with every reading chosen. Parameters in `open_parameters` have bounds and no value."""

    readings: Mapping[str, str]
    when: Mapping[str, p.Node | None]
    parameters: Mapping[str, p.Parameter]
    open_parameters: frozenset[str]
    steps: tuple[p.Step, ...]
    conditions: tuple[p.Condition, ...]
    parts: tuple[p.Part, ...]
    guards: tuple[p.Guard, ...] = ()
    measures: tuple[p.Measure, ...] = ()


def combinations(interpretations: Mapping[str, p.Interpretation], chosen: Mapping[str, str]) -> list[dict[str, str]]:
    """Every choice of readings where `chosen` leaves one open; a presumed table left open stays open."""
    names = list(interpretations)
    ways = [
        [chosen[name]]
        if chosen.get(name, OPEN) != OPEN
        else [OPEN]
        if interpretations[name].presumes
        else list(interpretations[name].readings)
        for name in names
    ]
    return [dict(zip(names, way, strict=True)) for way in product(*ways)]


def every_way(program: p.Program) -> list[Folded]:
    """The program under every choice of readings; what is presumed may also be left open."""
    items = program.interpretations
    ways = [[*item.readings, *([OPEN] if item.presumes else [])] for item in items.values()]
    return [fold(program, dict(zip(items, way, strict=True))) for way in product(*ways)]


def fold(program: p.Program, readings: Mapping[str, str]) -> Folded:
    """`program` under one choice of readings; only an interpretation that presumes a table may be ``open``."""
    parameters = dict(program.parameters)
    for name, item in program.interpretations.items():
        if item.presumes and readings[name] != OPEN:
            parameters[item.presumes] = replace(parameters[item.presumes], values=item.values[readings[name]])

    def folded(node: p.Node) -> p.Node:
        return _fold(node, readings)

    return Folded(
        readings=MappingProxyType(dict(readings)),
        when={name: folded(fact.when) if fact.when else None for name, fact in program.known.items()},
        parameters=parameters,
        open_parameters=frozenset(name for name, parameter in parameters.items() if parameter.values is None),
        steps=tuple(replace(step, value=folded(step.value)) for step in program.steps),
        conditions=tuple(replace(test, test=folded(test.test)) for test in program.conditions),
        guards=tuple(replace(guard, test=folded(guard.test)) for guard in program.guards),
        measures=tuple(
            replace(
                each,
                value=folded(each.value),
                required=folded(each.required),
                by=each.by and folded(each.by),
                before=each.before and folded(each.before),
            )
            for each in program.measures
        ),
        parts=tuple(
            replace(
                part,
                value=folded(part.value),
                shares=tuple(
                    replace(
                        share,
                        percent=share.percent and folded(share.percent),
                        value=share.value and folded(share.value),
                    )
                    for share in part.shares
                ),
                instalments=tuple(
                    replace(
                        each,
                        share=each.share and folded(each.share),
                        value=each.value and folded(each.value),
                        due=each.due and folded(each.due),
                        when=each.when and folded(each.when),
                        test=each.test and folded(each.test),
                        guards=tuple(replace(guard, test=folded(guard.test)) for guard in each.guards),
                    )
                    for each in part.instalments
                ),
            )
            for part in program.parts
        ),
    )


def used_steps(program: p.Program, folded: Folded) -> set[str]:
    """The steps that an answer rests on under one choice of readings; the others stand for readings that it ruled out.

    It rests on what its conditions, measures and parts say, and on what tells claims apart for a cap.
    """
    said: list[Record] = [*folded.conditions, *folded.measures, *folded.parts]
    for part in folded.parts:
        said += [*part.shares, *part.instalments]
    used = {*program.once_per, *(name for cap in program.caps for name in cap.over)}
    used |= {name for each in said for node in p.children(each) for name in _steps_in(node)}
    for step in reversed(folded.steps):  # each speaks of those before it alone
        if step.name in used:
            used |= _steps_in(step.value)
    return used


def _steps_in(node: p.Node) -> set[str]:
    return {each.name for each in p.walk(node) if isinstance(each, p.StepValue)}


def _with(node: p.Node, **parts: Any) -> p.Node:
    """The node with other parts; the very node where all of them are the ones that it has."""
    now = node.__dict__
    if all(value is now[name] or (type(value) is tuple and _same(value, now[name])) for name, value in parts.items()):
        return node
    return replace(node, **parts)


def _same(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    return len(one) == len(two) and all(a is b for a, b in zip(one, two, strict=True))


def _constant(value: bool, node: p.Node) -> p.Constant:
    return p.Constant(FLAG, node.span, value)


def _fold(node: p.Node, readings: Mapping[str, str]) -> p.Node:
    match node:
        case p.ReadingIs(interpretation=name, reading=reading):
            return _constant(readings[name] == reading, node)
        case p.Not(operand=operand):
            inner = _fold(operand, readings)
            return _constant(not inner.value, node) if isinstance(inner, p.Constant) else _with(node, operand=inner)
        case p.Logic(operator=operator, operands=operands):
            decides = operator == "or"
            left: list[p.Node] = []
            for operand in operands:
                inner = _fold(operand, readings)
                if not isinstance(inner, p.Constant):
                    left.append(inner)
                elif inner.value is decides:
                    return _constant(decides, node)
            if not left:
                return _constant(not decides, node)
            return left[0] if len(left) == 1 else _with(node, operands=tuple(left))
        case p.If(test=test, then=then, otherwise=otherwise):
            inner = _fold(test, readings)
            if isinstance(inner, p.Constant):
                return _fold(then if inner.value else otherwise, readings)
            return _with(node, test=inner, then=_fold(then, readings), otherwise=_fold(otherwise, readings))
        case p.Operation() | p.Compare():
            return _with(node, left=_fold(node.left, readings), right=_fold(node.right, readings))
        case p.Opposite() | p.Round():
            return _with(node, operand=_fold(node.operand, readings))
        case p.Extreme():
            return _with(node, operands=tuple(_fold(operand, readings) for operand in node.operands))
        case p.ParameterValue():
            return _with(node, keys=tuple(_fold(key, readings) for key in node.keys))
        case p.Call():
            return _with(node, arguments=tuple(_fold(argument, readings) for argument in node.arguments))
        case p.In():
            return _with(node, element=_fold(node.element, readings))
        case p.Classified():
            return _with(node, operand=_fold(node.operand, readings))
        case p.Position():
            return _with(
                node, key=node.key and _fold(node.key, readings), test=node.test and _fold(node.test, readings)
            )
        case p.Ladder():
            return _ladder(node, readings)
        case p.Aggregate():
            return _with(
                node,
                body=node.body and _fold(node.body, readings),
                test=node.test and _fold(node.test, readings),
                otherwise=node.otherwise and _fold(node.otherwise, readings),
                months=tuple(_fold(month, readings) for month in node.months),
            )
        case _:
            return node


def _ladder(node: p.Ladder, readings: Mapping[str, str]) -> p.Node:
    """A ladder without the rows that the readings rule out; of ``first``, those after one that they make certain."""
    kept: list[int] = []
    tests = [_fold(test, readings) for test in node.tests]
    certain = [index for index, test in enumerate(tests) if isinstance(test, p.Constant) and test.value is True]
    for index, test in enumerate(tests):
        if isinstance(test, p.Constant) and (test.value is False or node.pick == "first"):
            if test.value is True:
                break
            continue
        kept.append(index)
    values = [_fold(value, readings) for value in node.values]
    otherwise = values[certain[0]] if node.pick == "first" and certain else _fold(node.otherwise, readings)
    if not kept:
        return otherwise
    return _with(
        node,
        tests=tuple(tests[index] for index in kept),
        values=tuple(values[index] for index in kept),
        otherwise=otherwise,
        clauses=tuple(node.clauses[index] for index in kept),
        labels=tuple(node.labels[index] for index in kept),
    )
