"""The reason of a step: why this branch, the formula in words and in figures, and its value."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from ..exact import decimals, show
from ..language import program as p
from ..language.intervals import Interval
from ..language.nodes import children
from ..language.syntax import Span
from ..language.types import Choice, Number
from ..text import Text
from .answers import Answer, Values, values
from .edition import Edition
from .wording import PICKED, ROUNDED, Wording, cut

_LEAVES: Final = (p.Constant, p.FactValue, p.StepValue, p.ParameterValue)


@dataclass(frozen=True, slots=True)
class Reason:
    """How one answer comes to the value of a step, in one language.

    Attributes:
        tests: each test on the way to the branch that was taken, with its outcome.
        words, figures: that branch; no figures where something that it rests on is open.
        rows: for an aggregate, each row that counts.
        exact, rounding: the value before it was rounded and how, where rounding made a difference.
        exact_number, number: the value before and after rounding; None where it is open, or none.
    """

    tests: tuple[str, ...]
    words: str
    rows: tuple[str, ...]
    figures: str
    exact: str
    value: str
    rounding: str
    exact_number: Fraction | None = None
    number: Fraction | None = None


def reason(say: Wording, answer: Answer, step: p.Step) -> Reason:
    """The reason of a step of the answer's own folded program."""
    found = answer.step(step)
    rounded = step.value if isinstance(step.value, p.Round) else None
    node = rounded.operand if rounded else step.value
    at = values(answer)
    value = _value(say, at, step, found)
    node, tests = _branch(say, node, at)
    tests += _within(say, node, at)
    number = found.low if isinstance(found, Interval) and found.is_point and isinstance(found.low, Fraction) else None
    if not at.knows(node):
        return Reason(tests, say.words(node), (), "", "", value, "", number=number)
    figures = value if isinstance(node, _LEAVES) and rounded is None else say.figures(node, at)
    if isinstance(node, p.ParameterValue) and not all(isinstance(key, _LEAVES) for key in node.keys):
        figures = say.looked_up(node, at)  # which place of the table it is has to be worked out, too
    rows = tuple(say.rows(node, at)) if isinstance(node, p.Aggregate) else ()
    exact = _exact(node, at) if rounded else None
    if rounded is None or exact is None or not isinstance(found, Interval) or exact == found.low:
        return Reason(tests, say.words(node), rows, figures, "", value, "", number, number)
    how = say.say(ROUNDED[rounded.mode]).format(show(rounded.quantum))
    shown = cut(exact) if decimals(exact.denominator) is None else show(exact)
    unit = say.unit(step.type.unit) if isinstance(step.type, Number) else ""
    rounding = say.pick(f"（{how}）", f" ({how})")
    return Reason(tests, say.words(node), rows, figures, f"{shown} {unit}".rstrip(), value, rounding, exact, number)


def step_texts(policy: Edition, answers: tuple[Answer, ...], index: int) -> tuple[Text, Text]:
    """A step of every answer in one line: its figures (words where it is open), and its value with its unit."""
    figures, values = [], []
    for language in ("zh", "en"):
        say = Wording(policy, language)
        reasons = [reason(say, answer, answer.runner.folded.steps[index]) for answer in answers]
        between = say.pick("；", "; ")
        figures.append(between.join(dict.fromkeys(each.figures or each.words for each in reasons)))
        values.append(between.join(dict.fromkeys(each.value + each.rounding for each in reasons)))
    return Text(*figures), Text(*values)


def _branch(say: Wording, node: p.Node, at: Values) -> tuple[p.Node, tuple[str, ...]]:
    """The branch that was taken, and each test on the way to it, as far as none is open."""
    tests: list[str] = []
    while isinstance(node, p.If | p.Ladder):
        if isinstance(node, p.Ladder):
            rows = at.counted(node)
            if rows is None:
                break
            tests += _rungs(say, node, at, rows)
            if len(rows) > 1:
                break
            node = node.values[rows[0]] if rows else node.otherwise
            continue
        if not at.knows(node.test):
            break
        holds = at.of(node.test)
        words, figures = say.words(node.test), say.figures(node.test, at)
        said = words if words == figures else f"{words}{say.pick('：', ': ')}{figures}"
        tests.append(said + say.pick("，成立" if holds else "，不成立", ", holds" if holds else ", does not hold"))
        node = node.then if holds else node.otherwise
    return node, tuple(tests)


def _within(say: Wording, node: p.Node, at: Values) -> tuple[str, ...]:
    """What stands behind the figures of a formula without being seen in them: tests of branches, parameters."""
    if not at.knows(node):
        return say.behind(node, at)
    if isinstance(node, p.If | p.Ladder):
        taken, tests = _branch(say, node, at)
        return tests if taken is node else (*tests, *_within(say, taken, at))
    if isinstance(node, p.Call | p.Aggregate):
        return say.behind(node, at)
    return tuple(dict.fromkeys(test for each in children(node) for test in _within(say, each, at)))


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
