"""Formulas said in words and in figures, in Chinese and English.

Figures come from the runner that calculated, never from a second evaluation of the rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from ..dates import show_month
from ..exact import decimals, show
from ..language import program as p
from ..language.functions import overloads
from ..language.nodes import walk
from ..language.types import Choice, Division, Month, Number, Type
from ..language.units import Unit, symbols
from ..text import Language, Text
from .answers import Values
from .edition import Edition

Given = ParamSpec("Given")
T = TypeVar("T")

_SIGNS: Final = {"+": "+", "-": "−", "*": "×", "/": "÷", "==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_STRENGTH: Final = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_ATOM: Final = 9
_OF_ROWS: Final = (p.FieldValue, p.MonthValue, p.Position)

ROUNDED: Final[dict[str, Text]] = {
    "half_up": Text("四舍五入到 {0}", "rounded half up to {0}"),
    "half_even": Text("四舍六入五成双到 {0}", "rounded half to even, to {0}"),
    "up": Text("进位到 {0}", "rounded away from zero to {0}"),
    "down": Text("舍去到 {0}", "rounded towards zero to {0}"),
    "ceil": Text("向上取整到 {0}", "rounded up to {0}"),
    "floor": Text("向下取整到 {0}", "rounded down to {0}"),
}
PICKED: Final[dict[str, Text]] = {
    "first": Text("依次取第一个符合者", "the first that applies"),
    "highest": Text("就高", "the highest that applies"),
    "sum": Text("叠加", "the sum of all that apply"),
    "only": Text("只有一项符合", "the one that applies"),
}
_TOTALS: Final = {
    "sum": Text("各条{rows}的「{body}」之和", "sum over {rows} of {body}"),
    "count": Text("{rows}的个数", "number of {rows}"),
    "any": Text("有一项{rows}满足：{body}", "any of {rows}: {body}"),
    "all": Text("每项{rows}均满足：{body}", "all of {rows}: {body}"),
    "min": Text("各{rows}的{body}中最小者", "least over {rows} of {body}"),
    "max": Text("各{rows}的{body}中最大者", "greatest over {rows} of {body}"),
}


class Wording:
    """Says the formulas of one policy in one language."""

    def __init__(self, policy: Edition, language: Language) -> None:
        self.policy, self.language = policy, language
        self._units: dict[tuple[Unit | None, bool], str] = {}  # as they were said: a long sum says one unit often

    def say(self, text: Text) -> str:
        return text.in_(self.language)

    def pick(self, zh: T, en: T) -> T:
        return zh if self.language == "zh" else en

    # — values —

    def unit(self, unit: Unit | None, *, one: bool = False) -> str:
        """A unit as people write it, also behind the figure `one`, such as 元/m²; empty for a ratio."""
        said = self._units.get((unit, one))
        if said is None:
            said = self._units[unit, one] = self.say(symbols(unit, self.policy.vocabulary.units, one=one))
        return said

    def number(self, value: Fraction, unit: Unit | None, digits: int = 0) -> str:
        """A number with its unit; money with at least two places, an endless fraction cut after ten."""
        if unit is not None and ("CNY", 1) in unit.powers and (len(unit.powers) == 1 or value.denominator != 1):
            digits = max(digits, 2)
        text = cut(value) if decimals(value.denominator) is None else show(value, digits)
        return f"{text} {self.unit(unit, one=value == 1)}".rstrip()

    def value(self, value: Any, type_: Type, digits: int = 0) -> str:
        """A value as people read it."""
        match type_:
            case Number(unit=unit):
                return self.number(value, unit, digits)
            case Choice(labels=labels):
                return self.say(labels[value])
            case Division():
                name = self.policy.vocabulary.divisions[value].name
                return f"{value} {self.say(name)}"
            case Month() if isinstance(value, int):
                return show_month(value)
        if isinstance(value, bool):
            return self.pick("是", "yes") if value else self.pick("否", "no")
        return value.isoformat() if isinstance(value, dt.date) else str(value)

    def entry(self, parameter: p.Parameter, value: Any) -> str:
        """A value of a parameter: as a percentage where the text states it so, and as a fraction where none ends."""
        if isinstance(parameter.type, Number) and decimals(value.denominator) is None:
            return f"{show(value)} {self.unit(parameter.type.unit)}".rstrip()
        return percentage(value) if parameter.percent else self.value(value, parameter.type)

    # — formulas —

    def words(self, node: p.Node) -> str:
        """The formula with the names of things."""
        return self._write(node, self._named)[0]

    def figures(self, node: p.Node, at: Values) -> str:
        """The formula with the figures of one answer; of a choice between branches, the branch taken."""
        return self._in_figures(node, at)[0]

    def _in_figures(self, node: p.Node, at: Values) -> tuple[str, int]:
        return self._write(node, lambda each: self._figure(each, at))

    def behind(self, node: p.Node, at: Values) -> tuple[str, ...]:
        """The parameters that figures do not show: of days, rows, and what is open; none that differ by row."""
        unseen = (
            [node] if not at.knows(node) else [each for each in walk(node) if isinstance(each, p.Call | p.Aggregate)]
        )
        found = [
            each
            for inside in unseen
            for each in walk(inside)
            if isinstance(each, p.ParameterValue) and not any(isinstance(key, _OF_ROWS) for key in walk(each))
        ]
        known = dict.fromkeys(each for each in found if at.knows(each))
        return tuple(f"{self.pick('其中 ', 'where ')}{self.words(each)} = {self.figures(each, at)}" for each in known)

    def looked_up(self, node: p.ParameterValue, at: Values) -> str:
        """A place of a table with the keys that were found."""
        keys = self.pick("，", ", ").join(self.value(at.of(key), key.type) for key in node.keys)
        return f"{self._parameter(node.name)}[{keys}]"

    def _parameter(self, name: str) -> str:
        """The label of a parameter; told from a fact or a step that has the same."""
        program = self.policy.program
        label = self.say(program.parameters[name].label)
        others = {self.say(fact.label) for fact in program.known.values()}
        if label in others | {self.say(step.label) for step in program.steps}:
            return label + self.pick("（标准）", " (by the text)")
        return label

    def _named(self, node: p.Node) -> str | None:
        program = self.policy.program
        match node:
            case p.FactValue(name=name):
                return self.say(program.known[name].label)
            case p.StepValue(name=name):
                return self.say(next(step.label for step in program.steps if step.name == name))
            case p.FieldValue(rows=rows, name=name):
                return self.say(next(field.label for field in program.known[rows].fields if field.name == name))
            case p.ParameterValue(name=name, keys=keys):
                inside = self.pick("，", ", ").join(self.words(key) for key in keys)
                return self._parameter(name) + (f"[{inside}]" if keys else "")
            case p.MonthValue():
                return self.pick("该月", "the month")
            case p.Classified(bracket=bracket, operand=operand):
                return (
                    self.pick(f"{self.words(operand)}的", "")
                    + self.say(bracket.label)
                    + self.pick("", f" of {self.words(operand)}")
                )
            case p.Position():
                return self._place(node)
            case p.Given(of=of):
                return self.pick(f"已说明{self.words(of)}", f"{self.words(of)} is stated")
            case p.ReadingIs(interpretation=name, reading=reading):
                item = program.interpretations[name]
                return self.pick("口径为“{}”", "the reading is “{}”").format(self.say(item.readings[reading]))
            case _:
                return None

    def _figure(self, node: p.Node, at: Values) -> str | tuple[str, int] | None:
        """A figure, or the branch that was taken with how tightly it binds; None for an operation."""
        match node:
            case p.FactValue() | p.FieldValue() | p.StepValue():
                found = at.of(node)
                if found is None:
                    return self.pick("未说明", "not stated")
                return self.value(found, node.type, self.digits(node, at))
            case p.ParameterValue(name=name):
                return self.entry(self.policy.program.parameters[name], at.of(node))
            case p.MonthValue() | p.Classified() | p.Position():
                return self.value(at.of(node), node.type)
            case p.Ladder():
                counted = [node.values[index] for index in at.counted(node) or ()]
                if len(counted) > 1:
                    return " + ".join(self.figures(each, at) for each in counted), _STRENGTH["+"]
                return self._in_figures(counted[0] if counted else node.otherwise, at)
            case p.If(test=test, then=then, otherwise=otherwise):
                return self._in_figures(then if at.of(test) else otherwise, at)
            case p.Given():
                stated = at.of(node)
                figure = self.pick("已说明" if stated else "未说明", "stated" if stated else "not stated")
                return figure, self.pick(_ATOM, _STRENGTH["not"])  # “not stated” must not be the denial of “stated”
            case p.Logic():
                return self._decided(node, at)
            case p.Call():
                return self.value(at.of(node), node.type)
            case p.Aggregate():
                return self._terms(node, at)
            case _:
                return None

    def _place(self, node: p.Position) -> str:
        if node.key is None:
            return self.pick("次序", "place in the list")
        text = self.pick(f"同一{self.words(node.key)}中的次序", f"place among those of the same {self.words(node.key)}")
        if node.test is not None:
            text += self.pick(f"（限于 {self.words(node.test)}）", f" (where {self.words(node.test)})")
        return text

    def _decided(self, node: p.Logic, at: Values) -> tuple[str, int] | None:
        """Of several tests, the one that decides; None where all of them are needed."""
        decides = node.operator == "or"
        for operand in node.operands:
            if at.of(operand) is decides:
                return self._in_figures(operand, at)
        return None

    def digits(self, node: p.Node, at: Values) -> int:
        """How many places the value of a fact, a field or a step is shown with: those of its resolution."""
        if isinstance(node, p.FactValue):
            fact = self.policy.program.known[node.name]
            return decimals((fact.resolution * fact.scale).denominator) or 0
        if isinstance(node, p.FieldValue):
            fields = self.policy.program.known[node.rows].fields
            fact = next(field for field in fields if field.name == node.name)
            return decimals((fact.resolution * fact.scale).denominator) or 0
        if isinstance(node, p.StepValue) and node.name in at.runner.ops:
            found = decimals(at.runner.ops[node.name].denominator)
            return max(found or 0, 2 if is_money(node.type) else 0) if (found or 0) <= 4 else 0
        return 0

    def rows(self, node: p.Aggregate, at: Values) -> list[str]:
        """One line for each row that counts: what it gives, and how."""
        body, found = node.body, list[str]()
        if body is None:
            return found
        for name in self._counted(node, at):
            figures, value = self._inner(body, at), self.value(at.of(body), node.type)
            found.append(f"· {name}{figures}{'' if figures == value else f' = {value}'}")
        return found

    def _terms(self, node: p.Aggregate, at: Values) -> str:
        """A sum as its terms; anything else as the value found."""
        body = node.body
        is_sum = node.kind == "sum" and body is not None
        terms = [self.value(at.of(body), node.type) for _ in self._counted(node, at)] if is_sum and body else []
        value = self.value(at.of(node), node.type)
        return f"({' + '.join(terms)})" if len(terms) > 1 else value

    def _counted(self, node: p.Aggregate, at: Values) -> Iterator[str]:
        """Puts each row or month that counts at hand, with the month that it is in words."""
        slots = at.runner.slots
        here, each = slots.row, at.env[slots.facts[node.rows]] if node.rows else ()
        if node.months:
            first, last = (at.of(month) for month in node.months)
            here, each = slots.month, range(first, last + 1)
        for one in each:
            at.env[here] = one
            if node.test is None or at.runner.value(node.test, at.env):
                yield f"{show_month(one)}{self.pick('：', ': ')}" if node.months else ""

    def _inner(self, node: p.Node, at: Values) -> str:
        """A call with its arguments in figures, where it stands alone; otherwise the formula in figures."""
        if isinstance(node, p.Call) and node.function != "class":
            return self._call(node, lambda argument, least: self._bracketed(self._in_figures(argument, at), least))
        return self.figures(node, at)

    @staticmethod
    def _bracketed(written: tuple[str, int], least: int) -> str:
        text, strength = written
        return text if strength >= least else f"({text})"

    def _write(self, node: p.Node, leaf: Callable[[p.Node], str | tuple[str, int] | None]) -> tuple[str, int]:
        """A node in text with how tightly it binds; `leaf` writes what is not an operation."""
        found = leaf(node)
        if found is not None:
            return found if isinstance(found, tuple) else (found, _ATOM)

        def inside(part: p.Node, least: int) -> str:
            return self._bracketed(self._write(part, leaf), least)

        def listed(parts: tuple[p.Node, ...]) -> str:
            return self.pick("，", ", ").join(inside(part, 0) for part in parts)

        match node:
            case p.Constant(value=Fraction() as value, percent=True):
                return percentage(value), _ATOM
            case p.Constant(value=value):
                return self.value(value, node.type), _ATOM
            case p.Operation(operator=operator, left=left, right=right):
                strength = _STRENGTH[operator]
                return f"{inside(left, strength)} {_SIGNS[operator]} {inside(right, strength + 1)}", strength
            case p.Opposite(operand=operand):
                return f"−{inside(operand, 7)}", 7
            case p.Extreme(which=which, operands=operands):
                name = {"min": self.pick("取小", "min"), "max": self.pick("取大", "max")}[which]
                return f"{name}({listed(operands)})", _ATOM
            case p.Compare(operator=operator, left=left, right=right):
                return f"{inside(left, 5)} {_SIGNS[operator]} {inside(right, 5)}", _STRENGTH["compare"]
            case p.Logic(operator=operator, operands=operands):
                strength = _STRENGTH[operator]
                joined = {"and": self.pick(" 且 ", " and "), "or": self.pick(" 或 ", " or ")}[operator]
                return joined.join(inside(operand, strength + 1) for operand in operands), strength
            case p.Not(operand=operand):
                return self.pick("非 ", "not ") + inside(operand, _STRENGTH["not"] + 1), _STRENGTH["not"]
            case p.In(element=element, members=members):
                return f"{inside(element, 5)} {self.pick('属于', 'is one of')} ({listed(members)})", _STRENGTH[
                    "compare"
                ]
            case p.If(test=test, then=then, otherwise=otherwise):
                a, b, c = (inside(part, 0) for part in (test, then, otherwise))
                return self.pick(f"若 {a}，则 {b}，否则 {c}", f"if {a} then {b} else {c}"), 0
            case p.Round(operand=operand, quantum=quantum, mode=mode):
                how = self.say(ROUNDED[mode]).format(show(quantum))
                return f"[{inside(operand, 0)}{self.pick('，', ', ')}{how}]", _ATOM
            case p.Ladder():
                return self._ladder(node, inside), 0
            case p.Call():
                return self._call(node, inside), _ATOM
            case p.Aggregate():
                return self._total(node, inside), _ATOM
            case _:
                raise AssertionError(node)

    def _call(self, node: p.Call, inside: Callable[[p.Node, int], str]) -> str:
        arguments = [inside(argument, _ATOM) for argument in node.arguments]
        if node.function == "class":
            return self.pick(f"{arguments[0]}的区划类别", f"class of {arguments[0]}")
        ways = overloads(node.function)
        way = next((w for w in ways if type(w.arguments[0]) is type(node.arguments[0].type)), ways[0])
        return self.say(way.label).format(*arguments)

    def _ladder(self, node: p.Ladder, inside: Callable[[p.Node, int], str]) -> str:
        between = self.pick("；", "; ")
        rows = [
            self.pick(f"若 {inside(test, 0)}，{inside(value, 0)}", f"{inside(value, 0)} if {inside(test, 0)}")
            for test, value in zip(node.tests, node.values, strict=True)
        ]
        if not isinstance(node.otherwise, p.Unreached):
            rows.append(self.pick("均不符：", "otherwise ") + inside(node.otherwise, 0))
        return f"{self.say(PICKED[node.pick])}{self.pick('：', ': ')}{between.join(rows)}"

    def _total(self, node: p.Aggregate, inside: Callable[[p.Node, int], str]) -> str:
        if node.months:
            first, last = (inside(month, 1) for month in node.months)
            rows = self.pick(f"{first}至{last}各月", f"the months {first} to {last}")
        else:
            rows = self.say(self.policy.program.known[node.rows].label)
        least = {"sum": self.pick(1, _ATOM), "any": _STRENGTH["compare"], "all": _STRENGTH["compare"]}
        body = inside(node.body, least.get(node.kind, _ATOM)) if node.body else ""
        text = self.say(_TOTALS[node.kind]).format(rows=rows, body=body)
        if node.test is not None:
            text += self.pick("（限于 {}）", " (where {})").format(inside(node.test, 0))
        if node.otherwise is not None:
            text += self.pick("（一项也没有则为 {}）", " (of none, {})").format(inside(node.otherwise, 0))
        return text


def percentage(value: Fraction) -> str:
    """A ratio as people write a share: ``30%``, or ``1/3`` where a percentage has no end."""
    return show(value) if decimals(value.denominator) is None else f"{show(value * 100)}%"


def cut(value: Fraction) -> str:
    """The first ten places of an endless fraction."""
    exact = (
        Decimal(value.numerator * 10**10 // abs(value.denominator))
        if value >= 0
        else -Decimal(-value.numerator * 10**10 // value.denominator)
    )
    return format(exact.scaleb(-10, Context(prec=400, rounding=ROUND_DOWN)), "f") + "…"


def is_money(type_: Type) -> bool:
    """Whether a number is a sum of money, or a rate of it."""
    return isinstance(type_, Number) and type_.unit is not None and ("CNY", 1) in type_.unit.powers


class Both:
    """Says things of one policy in both languages."""

    def __init__(self, policy: Edition) -> None:
        self.zh, self.en = Wording(policy, "zh"), Wording(policy, "en")

    def __call__(self, how: Callable[Concatenate[Wording, Given], str], *of: Given.args, **by: Given.kwargs) -> Text:
        """One thing."""
        return Text(how(self.zh, *of, **by), how(self.en, *of, **by))

    def each(
        self, how: Callable[Concatenate[Wording, Given], Iterable[str]], *of: Given.args, **by: Given.kwargs
    ) -> tuple[Text, ...]:
        """Several things, as many in one language as in the other."""
        return tuple(Text(*pair) for pair in zip(how(self.zh, *of, **by), how(self.en, *of, **by), strict=True))
