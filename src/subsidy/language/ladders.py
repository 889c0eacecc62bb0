"""Ladders: overlapping classes, the shape of most of these texts (就高、叠加、不重复); and which rows exclude which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, Final

from ..catalogue import documents as d
from ..catalogue.positions import Path
from . import program as p
from .syntax import Span
from .typed import has_order, typed
from .types import FLAG, Choice, Number, Type, describe
from .work import Work

_TERMS_LIMIT: Final = 64
Limits = Mapping[p.Node, Any]  # by what is compared: a set of the values allowed, or (low, low_in, high, high_in)


def ladder(work: Work, index: int, step: d.Step, type_: Type, seen: set[str]) -> p.Node | None:
    """The node of a step with rows, or None with the problems added."""
    assert step.pick is not None
    path: Path = ("steps", index)
    is_number = isinstance(type_, Number)
    if (step.pick == "sum" and not is_number) or (step.pick == "highest" and not is_number and not has_order(type_)):
        work.problem("P0405", (*path, "pick"), given=describe(type_), operator=step.pick)
        return None
    tests, values = [], []
    for number in range(len(step.rows)):
        tests.append(typed(work, (*path, "rows", number, "if"), FLAG, seen))
        values.append(typed(work, (*path, "rows", number, "value"), type_, seen))
    otherwise = typed(work, (*path, "otherwise"), type_, seen)
    if otherwise is None or not all(tests) or not all(values) or not tests:
        return None
    return p.Ladder(
        type_,
        Span(0, len(step.pick), (*path, "pick")),
        step.pick,
        tuple(test for test in tests if test),
        tuple(value for value in values if value),
        otherwise,
        tuple(rung.clause or "" for rung in step.rows),
        tuple(rung.label for rung in step.rows),
    )


def may_both_hold(one: p.Node, two: p.Node) -> bool:
    """Whether two tests cannot be shown to exclude each other, by what they say of the same value."""
    if _count(one) * _count(two) > _TERMS_LIMIT:
        return True
    return not all(_exclude(a, b) for a, b in product(list(_terms(one)), list(_terms(two))))


def _count(test: p.Node, holds: bool = True) -> int:
    """How many ways `_terms` has at most, counted without going through them: they may be 2^60."""
    match test:
        case p.Not(operand=operand):
            return _count(operand, not holds)
        case p.Logic(operator=operator, operands=operands):
            counts = [_count(operand, holds) for operand in operands]
            return sum(counts) if (operator == "or") is holds else prod(counts)
        case _:
            return 1


def _terms(test: p.Node, holds: bool = True) -> Iterator[Limits]:
    """The ways in which a test comes out so, each as what it says of some values."""
    match test:
        case p.Not(operand=operand):
            yield from _terms(operand, not holds)
        case p.Logic(operator=operator, operands=operands) if (operator == "or") is holds:
            for operand in operands:
                yield from _terms(operand, holds)
        case p.Logic(operands=operands):
            for chosen in product(*(list(_terms(operand, holds)) for operand in operands)):
                met: dict[p.Node, Any] = {}
                for limits in chosen:
                    for node, limit in limits.items():
                        met[node] = limit if node not in met else _both(met[node], limit)
                yield met
        case p.Constant(value=bool() as value):
            if value is holds:
                yield {}
        case p.Compare(operator=operator, left=left, right=p.Constant(value=value)):
            yield {left: _limit(operator, value, left.type, holds)}
        case p.Compare(operator=operator, left=p.Constant(value=value), right=right):
            turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
            yield {right: _limit(turned, value, right.type, holds)}
        case p.In(element=element, members=members):
            values = frozenset(member.value for member in members)
            yield {element: _either(values, element.type, holds)}
        case _:
            yield {test: frozenset({holds})}


def _limit(operator: str, value: Any, type_: Type, holds: bool) -> Any:
    if not holds:
        operator = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}[operator]
    if operator in {"==", "!="}:
        return _either(frozenset({value}), type_, operator == "==")
    if isinstance(type_, Choice):
        at = type_.values.index(value)
        places = {"<": range(at), "<=": range(at + 1), ">": range(at + 1, len(type_.values)), ">=": range(at, 99)}
        return frozenset(each for place, each in enumerate(type_.values) if place in places[operator])
    if operator in {"<", "<="}:
        return (None, False, value, operator == "<=")
    return (value, operator == ">=", None, False)


def _either(values: frozenset[Any], type_: Type, is_one: bool) -> Any:
    if is_one:
        return values
    if isinstance(type_, Choice):
        return frozenset(type_.values) - values
    return (None, False, None, False)  # anything else may be any of endlessly many other values


def _both(one: Any, two: Any) -> Any:
    """What two limits of one value leave."""
    if isinstance(one, frozenset) and isinstance(two, frozenset):
        return one & two
    if isinstance(one, frozenset) or isinstance(two, frozenset):
        values, span = (one, two) if isinstance(one, frozenset) else (two, one)
        return frozenset(value for value in values if _is_within(value, span))
    low, low_in = max((one[:2], two[:2]), key=lambda end: (end[0] is not None, _rank(end[0]), not end[1]))
    high, high_in = min((one[2:], two[2:]), key=lambda end: (end[0] is None, _rank(end[0]), end[1]))
    return (low, low_in, high, high_in)


def _rank(value: Any) -> Any:
    if value is None:
        return 0
    return value if isinstance(value, int | Fraction) else value.toordinal()


def _is_within(value: Any, span: Any) -> bool:
    low, low_in, high, high_in = span
    above = low is None or low < value or (low == value and low_in)
    return above and (high is None or value < high or (value == high and high_in))


def _exclude(one: Limits, two: Limits) -> bool:
    return any(_is_empty(_both(limit, two[node])) for node, limit in one.items() if node in two)


def _is_empty(limit: Any) -> bool:
    if isinstance(limit, frozenset):
        return not limit
    low, low_in, high, high_in = limit
    return low is not None and high is not None and (high < low or (high == low and not (low_in and high_in)))
