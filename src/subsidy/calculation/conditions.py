"""Why a condition fails: what is so in its place, and by how much which quantity misses it, in the quantity's unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from ..language import program as p
from ..language.types import Date, Month, Number
from ..record import replace
from ..text import Text
from .answers import Answer, Values, values
from .edition import Edition
from .wording import Wording

_OPPOSITE: Final[dict[str, Any]] = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED: Final[dict[str, Any]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_MISSED: Final = {
    "number": {"least": Text("差 {}", "short by {}"), "most": Text("超出 {}", "over by {}")},
    "time": {"least": Text("早了 {}", "too early by {}"), "most": Text("晚了 {}", "too late by {}")},
}
_APART: Final = Text("相差 {}", "apart by {}")
_QUANTITIES: Final = (p.FactValue, p.FieldValue, p.StepValue)
_LEAVES: Final = (p.Constant, p.FactValue, p.StepValue)


def condition_figures(policy: Edition, answers: tuple[Answer, ...], index: int) -> Text:
    """A condition in figures; where it fails, what is so in its place, and by how much. In both languages."""
    return Text(_figures(Wording(policy, "zh"), answers, index), _figures(Wording(policy, "en"), answers, index))


def condition_distances(policy: Edition, answers: tuple[Answer, ...], index: int) -> tuple[Text, ...]:
    """Which quantity misses a condition by how much under each answer: ``建筑面积差 20.00 m²``. In both languages."""
    found: dict[Text, None] = {}
    zh, en = Wording(policy, "zh"), Wording(policy, "en")
    for answer in _telling(answers, index):
        test, at = answer.runner.folded.conditions[index].test, values(answer)
        if not isinstance(test, p.Constant) and at.knows(test) and not at.of(test):
            for each in failing(test, at):
                if isinstance(each, p.Compare) and (said := _distance(zh, each, at)):
                    found[Text(said, _distance(en, each, at))] = None
    return tuple(found)


def condition_words(say: Wording, answers: tuple[Answer, ...], index: int) -> list[str]:
    """What a condition asks for in the names of things, where its figures do not say so; and what is behind them."""
    said: list[str] = []
    for answer in _telling(answers, index):
        test, at = answer.runner.folded.conditions[index].test, values(answer)
        behind = say.behind(test, at)
        if isinstance(test, p.Constant) or not at.knows(test):
            test = answer.runner.program.conditions[index].test
        said += [say.words(test), *behind]
    return [] if said == [_figures(say, answers, index)] else list(dict.fromkeys(said))


def failing(node: p.Node, at: Values) -> Iterator[p.Node]:
    """The tests for which one does not hold: of alternatives, each; of several that are all needed, the first.

    And of those behind the first each plain comparison, which no test before it can be a guard of.
    """
    match node:
        case p.Logic(operator="and", operands=operands):
            first = next(index for index, operand in enumerate(operands) if not at.of(operand))
            yield from failing(operands[first], at)
            yield from (each for each in operands[first + 1 :] if _is_plain(each, at) and not at.of(each))
        case p.Logic(operands=operands):
            for operand in operands:
                yield from failing(operand, at)
        case p.If(test=test, then=then, otherwise=otherwise):
            yield from failing(then if at.of(test) else otherwise, at)
        case _:
            yield node


def _is_plain(node: p.Node, at: Values) -> bool:
    """Whether a test compares two values that are there, and nothing is worked out for it."""
    return isinstance(node, p.Compare) and all(
        isinstance(side, _LEAVES) and at.knows(side) and at.of(side) is not None for side in (node.left, node.right)
    )


def _telling(answers: tuple[Answer, ...], index: int) -> Sequence[Answer]:
    """The answers under which a condition is worth telling: where all agree, those that rest on facts."""
    agreed = len({answer.test(index) for answer in answers}) == 1
    by_facts = [a for a in answers if not isinstance(a.runner.folded.conditions[index].test, p.Constant)]
    return by_facts if agreed and by_facts else answers


def _figures(say: Wording, answers: tuple[Answer, ...], index: int) -> str:
    texts: list[str] = []
    for answer in _telling(answers, index):
        test = answer.runner.folded.conditions[index].test
        at = values(answer)
        if isinstance(test, p.Constant) or not at.knows(test):  # settled by a reading, or open
            text = say.words(answer.runner.program.conditions[index].test)
        elif at.of(test):
            text = say.figures(test, at)
        else:
            text = say.pick("，且 ", ", and ").join(_denied(say, each, at) for each in failing(test, at))
        if text not in texts:
            texts.append(text)
    return say.pick("；", "; ").join(texts)


def _denied(say: Wording, node: p.Node, at: Values) -> str:
    """What is so where a test does not hold: ``2350.50 m² > 2000 m², floor area over by 350.50 m²`` for ``≤``."""
    match node:
        case p.Compare(operator=operator):
            distance = _distance(say, node, at)
            by = say.pick(f"，{distance}", f", {distance}") if distance else ""
            return say.figures(replace(node, operator=_OPPOSITE[operator]), at) + by
        case p.In(element=element, members=members):
            listed = say.pick("，", ", ").join(say.words(member) for member in members)
            return f"{say.figures(element, at)} {say.pick('不属于', 'is none of')} ({listed})"
        case p.Not(operand=operand):
            return say.figures(operand, at)
        case _:  # a figure that says it by itself, such as “no”
            return say.figures(node, at)


def _distance(say: Wording, node: p.Compare, at: Values) -> str:
    """By how much which quantity misses a comparison; empty where the two are the same, or have no distance."""
    left, right = node.left, node.right
    operator: str = node.operator
    if operator in _MIRRORED and isinstance(right, _QUANTITIES) and not isinstance(left, _QUANTITIES):
        left, right, operator = right, left, _MIRRORED[operator]  # it is the quantity that misses, not the limit
    a, b = at.of(left), at.of(right)
    if a == b:
        return ""
    match left.type:
        case Number(unit=unit):
            apart = say.number(abs(a - b), unit, max(say.digits(left, at), say.digits(right, at)))
        case Date():
            days = abs((a - b).days)
            apart = say.pick(f"{days} 天", f"{days} day{'s' if days > 1 else ''}")
        case Month():
            months = int(abs(Fraction(a) - b))
            apart = say.pick(f"{months} 个月", f"{months} month{'s' if months > 1 else ''}")
        case _:
            return ""
    what = say.words(left) if isinstance(left, _QUANTITIES) else ""
    if operator not in _MIRRORED:
        how = _APART
    else:
        kind = "number" if isinstance(left.type, Number) else "time"
        how = _MISSED[kind]["least" if operator in (">", ">=") else "most"]
    return f"{what}{say.pick('', ' ') if what else ''}{say.say(how).format(apart)}"
