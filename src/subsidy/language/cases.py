"""Cases: what is so where some tests come out as they do, by what they say of the same values.

A test comes out one way in some cases, each of which limits some values: a threshold, a list, a flag. Cases that limit
one value to nothing cannot be. With bounds, what a value can be at all limits it too, and the resolution of a fact
closes what lies between two of its values. What is not understood limits nothing but itself: no case is ever left out
that can be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor
from typing import Any, Final

from ..exact import show
from . import program as p
from .bounds import Bounds, Unprovable
from .intervals import Interval
from .types import Choice, Date, Division, Flag, Month, Number, Type

CASES_LIMIT: Final = 64  # at once
WORK_LIMIT: Final = 20_000  # cases held against each other, for one module under one choice of readings
_DAY: Final = dt.timedelta(1)
Limits = Mapping[p.Node, Any]  # by what is compared: a set of the values allowed, or (low, low_in, high, high_in)
_ANY: Final = (None, False, None, False)
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class TooMany(Exception):
    """There are more cases than are gone through."""


class Cases:
    """The cases of tests, within what is known of values."""

    def __init__(
        self, bounds: Bounds | None = None, facts: Mapping[str, p.Fact] | None = None, budget: int = WORK_LIMIT
    ) -> None:
        self.bounds, self.facts = bounds, facts or {}
        self._known: dict[p.Node, Any] = {}
        self._left = budget

    def where(self, *tests: tuple[p.Node, bool]) -> list[Limits] | None:
        """The cases in which tests come out as said; none if that cannot be, None if they are too many."""
        found: list[Limits] | None = [{}]
        for test, holds in tests:
            found = self.narrowed(found, test, holds)
        return found

    def narrowed(self, cases: list[Limits] | None, test: p.Node, holds: bool) -> list[Limits] | None:
        """Those of some cases in which a test comes out as said."""
        if not cases:
            return cases
        try:
            return self._met([cases, self._terms(test, holds)])
        except TooMany:
            return None

    def meet(self, one: list[Limits] | None, two: list[Limits] | None) -> bool:
        """Whether it cannot be shown that no case of the ones is one of the others."""
        try:
            return one is None or two is None or self._met([one, two]) != []
        except TooMany:
            return True

    def may_be(self, *tests: tuple[p.Node, bool]) -> bool:
        """Whether it cannot be shown that tests never come out as said, all at once."""
        return self.where(*tests) != []

    def _met(self, ways: Iterable[list[Limits]]) -> list[Limits]:
        found: list[Limits] = [{}]
        for each in ways:
            self._left -= len(found) * len(each)
            if self._left < 0:
                raise TooMany
            met = (self._both(one, two) for one, two in product(found, each))
            found = [limits for limits in met if limits is not None]
            if len(found) > CASES_LIMIT:
                raise TooMany
        return found

    def _both(self, one: Limits, two: Limits) -> Limits | None:
        """What two cases leave; None if nothing."""
        met = dict(one)
        for node, limit in two.items():
            met[node] = self._closed(node, _both(met[node] if node in met else self.known(node), limit))
            if _is_empty(met[node]):
                return None
        return met

    def known(self, node: p.Node) -> Any:
        """What limits a value in every case."""
        if node not in self._known:
            self._known[node] = self._closed(node, _limited(self._bounds_of(node)))
        return self._known[node]

    def _bounds_of(self, node: p.Node) -> Any:
        if self.bounds is None or any(isinstance(each, p.FieldValue | p.MonthValue) for each in p.walk(node)):
            return None
        try:
            return self.bounds.of(node)
        except Unprovable:  # it was reported, or is never looked at
            return None

    def _point(self, node: p.Node) -> Any:
        """The one value that a node has; None if it may have others."""
        if isinstance(node, p.Constant):
            return node.value
        low, _, high, _ = limit if isinstance(limit := self.known(node), tuple) else _ANY
        return low if low is not None and low == high else None

    def _closed(self, node: p.Node, limit: Any) -> Any:
        """A limit whose ends are values of the node, where these lie apart."""
        if not isinstance(limit, tuple):
            return limit
        low, low_in, high, high_in = limit
        match node:
            case p.FactValue(name=name) if isinstance(node.type, Number) and name in self.facts:
                step = self.facts[name].resolution * self.facts[name].scale
                if low is not None:
                    low, low_in = (ceil(low / step) if low_in else floor(low / step) + 1) * step, True
                if high is not None:
                    high, high_in = (floor(high / step) if high_in else ceil(high / step) - 1) * step, True
            case p.Node(type=Month()):
                low, low_in = (low, low_in) if low is None or low_in else (low + 1, True)
                high, high_in = (high, high_in) if high is None or high_in else (high - 1, True)
            case p.Node(type=Date()):
                low, low_in = (low, low_in) if low in {None, dt.date.max} or low_in else (low + _DAY, True)
                high, high_in = (high, high_in) if high in {None, dt.date.min} or high_in else (high - _DAY, True)
        return (low, low_in, high, high_in)

    def _terms(self, test: p.Node, holds: bool) -> list[Limits]:
        """The ways in which a test comes out so, each as what it says of some values."""
        match test:
            case p.Not(operand=operand):
                return self._terms(operand, not holds)
            case p.Logic(operator=operator, operands=operands) if (operator == "or") is holds:
                return [limits for operand in operands for limits in self._met([self._terms(operand, holds)])]
            case p.Logic(operands=operands):
                return self._met(self._terms(operand, holds) for operand in operands)
            case p.Constant(value=bool() as value):
                return [{}] if value is holds else []
            case p.Compare(operator=operator, left=left, right=right):
                said: str = operator if holds else _OPPOSITE[operator]
                value = self._point(right)
                if value is None:
                    left, value, said = right, self._point(left), _TURNED.get(said, said)
                if value is not None:
                    return self._met([[{left: limit} for limit in _limits(said, value, left.type)]])
                if test.operator in {">", ">=", "!="}:  # said of the opposite, so that both are known for one thing
                    opposite: Any = _OPPOSITE[test.operator]
                    return [{p.Compare(test.type, test.span, opposite, test.left, test.right): _flag(not holds)}]
                return [{test: _flag(holds)}]
            case p.In(element=element, members=members):
                values = frozenset(member.value for member in members)
                return self._met([[{element: limit} for limit in _either(values, element.type, holds)]])
            case _:
                return [{test: _flag(holds)}]

    def said(self, case: Limits, texts: Mapping[Any, str]) -> str:
        """A case as a formula says it: what it limits beyond what is so in every case.

        Args:
            texts: the formulas of the module by their keys, from which what is compared is quoted.
        """
        found = [text for node, limit in case.items() if (text := self._said(node, limit, texts))]
        return " and ".join(found)

    def _said(self, node: p.Node, limit: Any, texts: Mapping[Any, str]) -> str:
        name = _quoted(node, texts)
        if limit == (known := self.known(node)):
            return ""
        if isinstance(limit, frozenset):
            if isinstance(node.type, Flag):
                return name if limit == {True} else f"not {name}" if name.isidentifier() else f"not ({name})"
            values = sorted(str(value) for value in limit)
            if isinstance(node.type, Choice):
                values = [value for value in node.type.values if value in limit]
            return f"{name} == {values[0]}" if len(values) == 1 else f"{name} in ({', '.join(values)})"
        low, low_in, high, high_in = limit
        if low is not None and low == high:
            return f"{name} == {_shown(low, node.type)}"
        first, last = (known[0], known[2]) if isinstance(known, tuple) else (None, None)
        ends = []
        if low is not None and (low, low_in) != (first, True):
            ends.append(f"{name} {'>=' if low_in else '>'} {_shown(low, node.type)}")
        if high is not None and (high, high_in) != (last, True):
            ends.append(f"{name} {'<=' if high_in else '<'} {_shown(high, node.type)}")
        return " and ".join(ends)


def _quoted(node: p.Node, texts: Mapping[Any, str]) -> str:
    if isinstance(node, p.Compare):  # it may have been turned into its opposite
        return f"{_quoted(node.left, texts)} {node.operator} {_quoted(node.right, texts)}"
    return texts.get(node.span.path, "")[node.span.start : node.span.end]


def _shown(value: Any, type_: Type) -> str:
    match type_:
        case Month():
            return f"{value // 12}-{value % 12 + 1:02}"
        case Number(unit):
            return show(value) + (f"[{unit}]" if value and unit is not None and unit.powers else "")
        case _:
            return str(value)


def _flag(holds: bool) -> frozenset[bool]:
    return frozenset({holds})


def _limited(bounds: Any) -> Any:
    """Bounds as a limit."""
    if isinstance(bounds, Interval):
        return (bounds.low, True, bounds.high, True)
    return bounds if isinstance(bounds, frozenset) else _ANY


def _limits(operator: str, value: Any, type_: Type) -> list[Any]:
    if operator in {"==", "!="}:
        return _either(frozenset({value}), type_, operator == "==")
    if isinstance(type_, Choice):
        at = type_.values.index(value)
        places = {"<": range(at), "<=": range(at + 1), ">": range(at + 1, len(type_.values))}
        kept = places.get(operator, range(at, len(type_.values)))
        return [frozenset(each for place, each in enumerate(type_.values) if place in kept)]
    if operator in {"<", "<="}:
        return [(None, False, value, operator == "<=")]
    return [(value, operator == ">=", None, False)]


def _either(values: frozenset[Any], type_: Type, is_one: bool) -> list[Any]:
    """One of some values, or any other: the gaps between them where they have an order."""
    if is_one:
        return [values]
    match type_:
        case Choice(values=all_) | Division(domain=all_):
            return [frozenset(all_) - values]
        case Flag():
            return [frozenset({True, False}) - values]
        case Number() | Date() | Month():
            ends = [None, *sorted(values), None]
            return [(low, False, high, False) for low, high in pairwise(ends)]
    return [_ANY]  # an id may be any of endlessly many others


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


def _is_empty(limit: Any) -> bool:
    if isinstance(limit, frozenset):
        return not limit
    low, low_in, high, high_in = limit
    return low is not None and high is not None and (high < low or (high == low and not (low_in and high_in)))
