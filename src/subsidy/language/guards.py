"""What must hold for a formula to have a meaning, and cannot be proved: that is the caller's to state rightly.

An end before its beginning, where both are facts, is a mistake in the facts and never an answer of 0; and nothing goes
through more months than the language allows. Where a formula is not evaluated, its guard holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from ..record import replace
from ..text import Text
from . import program as p
from .bounds import MONTHS_LIMIT
from .functions import MONTHS
from .types import FLAG
from .work import Work

_FROM_TO: Final = frozenset({"years_between", "months_between", "days_between", "overlap_days"})


def guards(work: Work) -> tuple[p.Guard, ...]:
    """The guards of every formula, each once."""
    nodes = [step.value for step in work.steps]
    nodes += [test.test for test in work.conditions]
    for part in work.parts:
        nodes.append(part.value)
        nodes += [node for share in part.shares if (node := share.percent or share.value) is not None]
        for each in part.instalments:  # its test may rest on what is stated later
            nodes += [node for node in (each.share, each.value, each.when, each.due) if node is not None]
    for measure in work.measures:
        nodes += [measure.value, measure.required]
        nodes += [node for node in (measure.by, measure.before) if node is not None]
    return _once(guard for node in nodes for guard in _guards(work, node))


def at_release(work: Work) -> list[p.Part]:
    """The parts, with the guards of the tests of their instalments, which are looked at when these are released."""
    return [
        replace(
            part,
            instalments=tuple(
                each if each.test is None else replace(each, guards=_once(_guards(work, each.test)))
                for each in part.instalments
            ),
        )
        for part in work.parts
    ]


def _once(guards: Iterable[p.Guard]) -> tuple[p.Guard, ...]:
    return tuple({(guard.code, guard.test): guard for guard in guards}.values())


def _guards(work: Work, node: p.Node) -> Iterator[p.Guard]:
    match node:
        case p.If(test=test, then=then, otherwise=otherwise):
            yield from _guards(work, test)
            yield from _under(test, _guards(work, then))
            yield from _under(_not(test), _guards(work, otherwise))
        case p.Logic(operator=operator, operands=operands):
            for index, operand in enumerate(operands):
                found = _guards(work, operand)
                for earlier in reversed(operands[:index]):
                    found = _under(earlier if operator == "and" else _not(earlier), found)
                yield from found
        case p.Ladder(tests=tests, values=values, otherwise=otherwise):
            for number, (test, value) in enumerate(zip(tests, values, strict=True)):
                before = tests[:number] if node.pick == "first" else ()
                yield from _under_none(before, _guards(work, test))
                yield from _under_none(before, _under(test, _guards(work, value)))
            yield from _under_none(tests, _guards(work, otherwise))
        case p.Aggregate():
            for month in node.months:
                yield from _guards(work, month)
            if node.months:
                yield _not_too_long(node)
            if node.test is not None:
                yield from _for_all(node, None, _guards(work, node.test))
            if node.body is not None:
                yield from _for_all(node, node.test, _guards(work, node.body))
            if node.otherwise is not None:
                yield from _guards(work, node.otherwise)
        case _:
            for child in p.children(node):
                yield from _guards(work, child)
            if isinstance(node, p.Call) and node.function in _FROM_TO:
                yield from _in_order(work, node, *node.arguments[:2])


def _not(test: p.Node) -> p.Node:
    return p.Not(FLAG, test.span, test)


def _under(test: p.Node, found: Iterator[p.Guard]) -> Iterator[p.Guard]:
    """The guards of what is evaluated only where a test holds."""
    return _or((_not(test),), found)


def _under_none(tests: tuple[p.Node, ...], found: Iterator[p.Guard]) -> Iterator[p.Guard]:
    """The guards of what is evaluated only where none of some tests holds, which are looked at in their order."""
    return _or(tests, found)


def _or(tests: tuple[p.Node, ...], found: Iterator[p.Guard]) -> Iterator[p.Guard]:
    """The guards, each of which holds also where one of `tests` does; side by side, lest a long ladder nest deep."""
    for guard in found:
        inner = guard.test
        rest = inner.operands if isinstance(inner, p.Logic) and inner.operator == "or" else (inner,)
        test = p.Logic(FLAG, inner.span, "or", (*tests, *rest)) if tests else inner
        yield replace(guard, test=test)


def _for_all(node: p.Aggregate, test: p.Node | None, found: Iterator[p.Guard]) -> Iterator[p.Guard]:
    """The guards of what is evaluated for each row, or each month."""
    for guard in found:
        everywhere = p.Aggregate(FLAG, node.span, "all", node.rows, node.row, guard.test, test, None, node.months)
        yield replace(guard, test=everywhere)


def _in_order(work: Work, node: p.Node, begin: p.Node, end: p.Node) -> Iterator[p.Guard]:
    if not isinstance(begin, p.FactValue | p.FieldValue) or not isinstance(end, p.FactValue | p.FieldValue):
        return  # what a formula makes of dates may well be reversed, and counts 0
    labels, where = [], []
    for side in (begin, end):
        fact = work.facts[side.rows if isinstance(side, p.FieldValue) else side.name]
        field = next((field for field in fact.fields if field.name == side.name), None)
        labels.append((field or fact).label)
        where.append(f"{fact.name}.{field.name}" if field else fact.name)
    test = p.Compare(FLAG, node.span, "<=", begin, end)
    yield p.Guard("F0119", test, where[1], (labels[0], labels[1], Text(where[0], where[0])))


def _not_too_long(node: p.Aggregate) -> p.Guard:
    count = p.Call(MONTHS, node.span, "months_count", node.months)
    limit = p.Constant(MONTHS, node.span, Fraction(MONTHS_LIMIT))
    return p.Guard("F0120", p.Compare(FLAG, node.span, "<=", count, limit), "months", ())
