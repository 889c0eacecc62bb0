"""The reason of a step: why this branch, the formula in words and in figures, and its value."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from ..exact import decimals, show
from ..language import program as p
from ..language.intervals import Interval
from ..language.nodes import children
from ..language.syntax import Span
from ..language.types import Choice, Number
from ..language.units import Unit
from ..text import Text
from .answers import Answer, Values, values
from .explanation import NOTHING, Formula
from .wording import PICKED, ROUNDED, Both, Wording, cut

_LEAVES: Final = (p.Constant, p.FactValue, p.StepValue, p.ParameterValue)


def reason(both: Both, answer: Answer, step: p.Step) -> Formula:
    """How one answer comes to the value of a step of its own folded program, told in both languages."""
    found = answer.step(step)
    rounded = step.value if isinstance(step.value, p.Round) else None
    node = rounded.operand if rounded else step.value
    at = values(answer)
    value = both(_value, at, step, found)
    node, tests = _branch(both, node, at)
    tests += _within(both, node, at)
    words = both(Wording.words, node)
    unit = step.type.unit if isinstance(step.type, Number) else None
    number = found.low if isinstance(found, Interval) and found.is_point and isinstance(found.low, Fraction) else None
    said, shown = "" if unit is None else str(unit), "" if number is None else show(number)
    if not at.knows(node):
        return Formula(tests=tests, words=words, value=value, unit=said, number=shown)
    figures = value if isinstance(node, _LEAVES) and rounded is None else both(Wording.figures, node, at)
    if isinstance(node, p.ParameterValue) and not all(isinstance(key, _LEAVES) for key in node.keys):
        figures = both(Wording.looked_up, node, at)  # which place of the table it is has to be worked out, too
    rows = both.each(Wording.rows, node, at) if isinstance(node, p.Aggregate) else ()
    exact = _exact(node, at) if rounded else None
    before, rounding = NOTHING, NOTHING
    if rounded is not None and exact is not None and isinstance(found, Interval) and exact != found.low:
        before, rounding = both(_cut, exact, unit), both(_rounded, rounded)
    return Formula(
        tests=tests, words=words, rows=rows, figures=figures, exact=before, value=value, rounding=rounding, unit=said,
        exact_number=shown if exact is None or rounding == NOTHING else show(exact), number=shown,
    )  # fmt: skip


def _cut(say: Wording, exact: Fraction, unit: Unit | None) -> str:
    """A value before it was rounded."""
    shown = cut(exact) if decimals(exact.denominator) is None else show(exact)
    return f"{shown} {say.unit(unit)}".rstrip()


def _rounded(say: Wording, node: p.Round) -> str:
    how = say.say(ROUNDED[node.mode]).format(show(node.quantum))
    return say.pick(f"（{how}）", f" ({how})")


def _branch(both: Both, node: p.Node, at: Values) -> tuple[p.Node, tuple[Text, ...]]:
    """The branch that was taken, and each test on the way to it, as far as none is open."""
    tests: list[Text] = []
    while isinstance(node, p.If | p.Ladder):
        if isinstance(node, p.Ladder):
            rows = at.counted(node)
            if rows is None:
                break
            tests += both.each(_rungs, node, at, rows)
            if len(rows) > 1:
                break
            node = node.values[rows[0]] if rows else node.otherwise
            continue
        if not at.knows(node.test):
            break
        tests.append(both(_tested, node.test, at))
        node = node.then if at.of(node.test) else node.otherwise
    return node, tuple(tests)


def _tested(say: Wording, test: p.Node, at: Values) -> str:
    """A test in words and in figures, with its outcome."""
    words, figures = say.words(test), say.figures(test, at)
    said = words if words == figures else f"{words}{say.pick('：', ': ')}{figures}"
    return said + (say.pick("，成立", ", holds") if at.of(test) else say.pick("，不成立", ", does not hold"))


def _within(both: Both, node: p.Node, at: Values) -> tuple[Text, ...]:
    """What stands behind the figures of a formula without being seen in them: tests of branches, parameters."""
    if not at.knows(node):
        return both.each(Wording.behind, node, at)
    if isinstance(node, p.If | p.Ladder):
        taken, tests = _branch(both, node, at)
        return tests if taken is node else (*tests, *_within(both, taken, at))
    if isinstance(node, p.Call | p.Aggregate):
        return both.each(Wording.behind, node, at)
    return tuple(dict.fromkeys(test for each in children(node) for test in _within(both, each, at)))


def _rungs(say: Wording, node: p.Ladder, at: Values, counted: list[int]) -> list[str]:
    """Every row of a ladder with its outcome, and how the one that counts was picked."""
    lines: list[str] = []
    for index, (test, value) in enumerate(zip(node.tests, node.values, strict=True)):
        holds = at.of(test)
        label, clause = node.labels[index], node.clauses[index]
        words, figures = say.words(test), say.figures(test, at)
        tested = words if words == figures else f"{words}{say.pick('：', ': ')}{figures}"
        what = tested if label is None else f"{say.say(label)}{say.pick(f'（{tested}）', f' ({tested})')}"
        outcome = say.pick("不符", "does not apply")
        if holds:
            outcome = say.value(at.of(value), value.type) if at.knows(value) else say.words(value)
        mark = "→" if index in counted else "·"
        lines.append(
            f"{mark} {what}{say.pick('：', ': ')}{outcome}"
            + (f" {say.pick(f'〔{clause}〕', f'[{clause}]')}" if clause else "")
        )
        if counted == [index] and node.pick in {"first", "only"}:
            break
    if not counted:
        lines.append(say.pick("→ 均不符", "→ none applies"))
    return [f"{say.say(PICKED[node.pick])}{say.pick('：', ':')}", *lines]


def _exact(node: p.Node, at: Values) -> Fraction | None:
    """The value before rounding; a quotient by a fact is divided out here only to be shown."""
    found = at.of(node)
    return found if isinstance(found, Fraction) else None


def _value(say: Wording, at: Values, step: p.Step, found: Any) -> str:
    if isinstance(found, Interval):
        digits = say.digits(p.StepValue(step.type, Span(0, 0), step.name), at)
        low, high = (say.value(end, step.type, digits) for end in found)
        if found.is_point:
            return low
        return say.pick(f"{low} 至 {high} 之间，未定", f"between {low} and {high}, undetermined")
    order = list(step.type.values) if isinstance(step.type, Choice) else [False, True]
    return say.pick(" 或 ", " or ").join(say.value(each, step.type) for each in sorted(found, key=order.index))
