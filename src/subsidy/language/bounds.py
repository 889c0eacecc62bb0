"""Interval arithmetic over the typed program: what a value can be, given what its facts can be.

The compiler proves ranges with it, where a fact is anything that it may be; a calculation uses it where a number is
left open by the text. Bounds are sound, in written order, and not claimed tight: a test that is not decided gives the
hull of both branches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any

from .. import dates
from ..exact import show
from ..rounding import round_to
from . import program as p
from .intervals import BOTH, Abstract, Interval, as_interval, decided, equal, hull, with_zero
from .types import Choice

MONTHS_LIMIT = 600  # an aggregate goes through so many months at most


@dataclass(frozen=True, slots=True)
class AnyRows:
    """Between `least` and `most` rows, each like `row`."""

    least: int
    most: int
    row: Mapping[str, Abstract]


Rows = list[dict[str, Abstract]] | AnyRows


class Unprovable(Exception):
    """A value that no bounds can be given for. `code` says why, empty where it was said before; `node` is where."""

    def __init__(self, code: str, node: p.Node, **values: str) -> None:
        super().__init__(code)
        self.code, self.node, self.values = code, node, values


class Bounds:
    """Evaluates nodes to bounds. `facts` may hold single values (points) or all that a fact may be."""

    def __init__(
        self,
        parameters: Mapping[str, p.Parameter],
        class_of: Mapping[str, str],
        facts: Mapping[str, Abstract | Rows],
        given: Mapping[str, frozenset[bool]],
        on_step: Callable[[p.Node, Abstract], None] | None = None,
    ) -> None:
        self.parameters, self.class_of, self.facts, self.given = parameters, class_of, facts, given
        self.steps: dict[str, Abstract] = {}
        self.row: Mapping[str, Abstract] = {}
        self.month: Abstract = None
        self.on_step = on_step
        self._looked_up: dict[tuple[str, tuple[frozenset[str], ...]], Abstract] = {}

    def of(self, node: p.Node) -> Any:
        """The bounds of a node.

        Raises:
            Unprovable: a divisor may be zero, or a date leaves the calendar.
        """
        value = self._of(node)
        if self.on_step is not None:
            self.on_step(node, value)
        return value

    def _of(self, node: p.Node) -> Any:
        match node:
            case p.Constant(value=value):
                return frozenset({value}) if isinstance(value, bool | str) else Interval(value, value)
            case p.FactValue(name=name):
                return self.facts[name]
            case p.FieldValue(name=name):
                return self.row[name]
            case p.MonthValue():
                return self.month
            case p.Position():
                return self._position(node)
            case p.Classified(bracket=bracket, operand=operand):
                return _classified(node, bracket, self.of(operand))
            case p.Ladder():
                return self._ladder(node)
            case p.StepValue(name=name):
                if name not in self.steps:
                    raise Unprovable("", node)  # the step itself was reported
                return self.steps[name]
            case p.ParameterValue(name=name, keys=keys):
                return self._parameter(node, self.parameters[name], [self.of(key) for key in keys])
            case p.Given(of=of):
                if isinstance(of, p.FieldValue):
                    known = self.row.get(f"given {of.name}")
                    return known if known is not None else frozenset({self.row[of.name] is not None})
                return self.given[of.name]
            case p.Opposite(operand=operand):
                inner = self.of(operand)
                return Interval(-inner.high, -inner.low)
            case p.Operation():
                return self._operation(node)
            case p.Extreme(which=which, operands=operands):
                found = [_ordered(operand, self.of(operand)) for operand in operands]
                pick = min if which == "min" else max
                return _unordered(node, Interval(pick(i.low for i in found), pick(i.high for i in found)))
            case p.Compare():
                return self._compare(node)
            case p.Logic(operator=operator, operands=operands):
                return self._logic(operator, operands)
            case p.Not(operand=operand):
                return frozenset(not value for value in self.of(operand))
            case p.In(element=element, members=members):
                return self._among(self.of(element), [member.value for member in members])
            case p.If(test=test, then=then, otherwise=otherwise):
                decided = self.of(test)
                branches = [branch for value, branch in ((True, then), (False, otherwise)) if value in decided]
                return hull([self.of(branch) for branch in branches])
            case p.Round(operand=operand, quantum=quantum, mode=mode):
                inner = self.of(operand)
                return Interval(round_to(inner.low, quantum, mode), round_to(inner.high, quantum, mode))
            case p.Call():
                return self._call(node)
            case p.Aggregate():
                return self._aggregate(node)
            case _:
                raise AssertionError(node)

    def _parameter(self, node: p.Node, parameter: p.Parameter, keys: list[frozenset[str]]) -> Abstract:
        if parameter.values is None:
            return Interval(parameter.low, parameter.high)
        asked = (parameter.name, tuple(keys))
        if asked in self._looked_up:
            return self._looked_up[asked]
        missing = [key for key in product(*keys) if key not in parameter.values]
        if missing:
            raise Unprovable("P0501", node, missing=", ".join(sorted("/".join(key) for key in missing)))
        found = [parameter.values[key] for key in product(*keys)]
        is_choice = isinstance(parameter.type, Choice)
        value = self._looked_up[asked] = frozenset(found) if is_choice else Interval(min(found), max(found))
        return value

    def _ladder(self, node: p.Ladder) -> Abstract:
        """Between the least and the most that the rows give whose tests hold surely, or may hold."""
        sure: list[Abstract] = []
        maybe: list[Abstract] = []
        for test, value in zip(node.tests, node.values, strict=True):
            outcome = self.of(test)
            if True not in outcome:
                continue
            (sure if False not in outcome else maybe).append(self.of(value))
            if sure and node.pick in {"first", "only"}:
                return hull([*maybe, *sure])
        if node.pick in {"first", "only"}:
            return hull([*maybe, *self._otherwise(node, maybe)])
        if node.pick == "sum":
            terms = [as_interval(value) for value in sure] + [with_zero(as_interval(value)) for value in maybe]
            total = Interval(
                sum((term.low for term in terms), Fraction(0)), sum((term.high for term in terms), Fraction(0))
            )
            return total if sure else hull([*([total] if maybe else []), *self._otherwise(node, maybe)])
        if not sure:
            return hull([*maybe, *self._otherwise(node, maybe)])
        most = max(_ordered(node, value).high for value in [*sure, *maybe])
        return _unordered(node, Interval(max(_ordered(node, value).low for value in sure), most))

    def _otherwise(self, node: p.Ladder, maybe: list[Abstract]) -> list[Abstract]:
        """What a ladder gives if no row does; nothing where some row always does."""
        return [] if maybe and isinstance(node.otherwise, p.Unreached) else [self.of(node.otherwise)]

    def _position(self, node: p.Position) -> Interval:
        rows = self.facts[node.rows]
        if not isinstance(rows, list):
            return Interval(Fraction(1), Fraction(rows.most if isinstance(rows, AnyRows) else 1))
        here, key = self.row, self.of(node.key) if node.key is not None else None
        surely = possibly = 0
        for row in rows:
            if row is here:
                break
            self.row = row
            kept = self.of(node.test) if node.test is not None else frozenset({True})
            if True not in kept:
                continue
            same = equal(self.of(node.key), key) if node.key is not None else frozenset({True})
            surely, possibly = surely + (same == kept == {True}), possibly + (True in same)
        self.row = here
        return Interval(Fraction(1 + surely), Fraction(1 + possibly))

    def _operation(self, node: p.Operation) -> Interval:
        one, two = self.of(node.left), self.of(node.right)
        match node.operator:
            case "+":
                return Interval(one.low + two.low, one.high + two.high)
            case "-":
                return Interval(one.low - two.high, one.high - two.low)
            case "*":
                ends = [a * b for a in one for b in two]
                return Interval(min(ends), max(ends))
            case "/":
                if two.low <= 0:
                    raise Unprovable("P0601", node.right, low=show(two.low), high=show(two.high))
                ends = [a / b for a in one for b in two]
                return Interval(min(ends), max(ends))

    def _compare(self, node: p.Compare) -> frozenset[bool]:
        one, two = self.of(node.left), self.of(node.right)
        if isinstance(one, frozenset) and node.operator in {"==", "!="}:
            same = equal(one, two)
            return same if node.operator == "==" else frozenset(not value for value in same)
        if one is None or two is None:
            return BOTH
        one, two = _ordered(node.left, one), _ordered(node.right, two)
        match node.operator:
            case "<":
                return decided(one.high < two.low, one.low >= two.high)
            case "<=":
                return decided(one.high <= two.low, one.low > two.high)
            case ">":
                return decided(one.low > two.high, one.high <= two.low)
            case ">=":
                return decided(one.low >= two.high, one.high < two.low)
            case "==":
                return decided(one.is_point and one == two, one.high < two.low or two.high < one.low)
            case "!=":
                return decided(one.high < two.low or two.high < one.low, one.is_point and one == two)

    def _logic(self, operator: str, operands: tuple[p.Node, ...]) -> frozenset[bool]:
        decides = operator == "or"
        undecided = False
        for operand in operands:
            found = self.of(operand)
            if found == {decides}:
                return frozenset({decides})
            undecided |= decides in found
        return BOTH if undecided else frozenset({not decides})

    def _among(self, element: Abstract, members: list[Any]) -> frozenset[bool]:
        if isinstance(element, Interval):
            if element.is_point:
                return frozenset({element.low in members})
            return BOTH if any(element.low <= member <= element.high for member in members) else frozenset({False})
        if element is None:
            return BOTH
        return frozenset(value in members for value in element)

    def _call(self, node: p.Call) -> Any:
        found = [self.of(argument) for argument in node.arguments]
        match node.function, found:
            case "class", [places]:
                return frozenset(self.class_of[code] for code in places)
            case "days_in", [month]:
                if month.high - month.low < 48:
                    days = [dates.days_in(m) for m in range(month.low, month.high + 1)]
                    return Interval(Fraction(min(days)), Fraction(max(days)))
                return Interval(Fraction(28), Fraction(31))
            case "first_day" | "last_day" | "month_of" | "year_start" as name, [one]:
                function = getattr(dates, name)
                return Interval(function(one.low), function(one.high))
            case "in_month", [day, month]:
                return _in_month(day, month)
            case (("add_days" | "add_months" | "birthday"), [day, number]):
                return self._shifted(node, day, number)
            case "policy_year", [day, starts]:
                if starts.is_point:
                    return Interval(dates.policy_year(day.low, starts.low), dates.policy_year(day.high, starts.low))
                return Interval(dates.add_months(day.low, -12), day.high)
            case name, ends:
                return _spans(name, ends)

    def _shifted(self, node: p.Call, day: Interval, number: Interval) -> Interval:
        number = Interval(Fraction(floor(number.low)), Fraction(ceil(number.high)))  # whole, which lowering sees to
        function = getattr(dates, node.function)
        if node.function == "add_days":
            ends = [day[end].toordinal() + int(number[end]) for end in (0, 1)]
            if ends[0] < 366 or ends[1] > dt.date.max.toordinal() - 366:
                raise Unprovable("P0608", node.arguments[1], low=show(number.low), high=show(number.high))
            return Interval(function(day.low, int(number.low)), function(day.high, int(number.high)))
        months = 12 if node.function == "birthday" else 1
        first, last = (dates.month_of(day[end]) + months * int(number[end]) for end in (0, 1))
        if first < 12 or last > 12 * 9999:
            raise Unprovable("P0608", node.arguments[1], low=show(number.low), high=show(number.high))
        return Interval(function(day.low, int(number.low)), function(day.high, int(number.high)))

    def _aggregate(self, node: p.Aggregate) -> Any:
        if node.months:
            return self._over_months(node)
        rows = self.facts[node.rows]
        concrete = rows if isinstance(rows, list) else None
        outer = self.row
        outcomes: list[tuple[frozenset[bool], Any]] = []
        for row in concrete if concrete is not None else [rows.row]:  # type: ignore[union-attr]
            self.row = row
            kept = self.of(node.test) if node.test is not None else frozenset({True})
            outcomes.append((kept, self.of(node.body) if node.body is not None and True in kept else None))
        self.row = outer
        least, most = (1, 1) if concrete is not None else (rows.least, rows.most)  # type: ignore[union-attr]
        return self._gathered(node, outcomes, least, most)

    def _over_months(self, node: p.Aggregate) -> Any:
        """Month by month where both ends are certain; otherwise any month between them, as often as there may be."""
        first, last = (self.of(month) for month in node.months)
        shortest, longest = last.low - first.high + 1, last.high - first.low + 1
        least, most = (max(0, min(n, MONTHS_LIMIT)) for n in (shortest, longest))
        each = [Interval(first.low, max(first.low, last.high))] if most else []
        if first.is_point and last.is_point and longest <= MONTHS_LIMIT:  # a longer span is refused anyway
            each = [Interval(month, month) for month in range(first.low, last.low + 1)]
            least = most = 1
        outer = self.month
        outcomes: list[tuple[frozenset[bool], Any]] = []
        for month in each:
            self.month = month
            kept = self.of(node.test) if node.test is not None else frozenset({True})
            outcomes.append((kept, self.of(node.body) if node.body is not None and True in kept else None))
        self.month = outer
        return self._gathered(node, outcomes, least, most)

    def _gathered(self, node: p.Aggregate, outcomes: list[tuple[frozenset[bool], Any]], least: int, most: int) -> Any:
        sure = [(value, least) for kept, value in outcomes if kept == {True} and least]
        maybe = [(value, most) for kept, value in outcomes if True in kept]
        match node.kind:
            case "count":
                return Interval(Fraction(sum(n for _, n in sure)), Fraction(sum(n for _, n in maybe)))
            case "sum":
                low = sum((min(v.low * n, v.low * m) for (v, n), m in _paired(outcomes, least, most)), Fraction(0))
                high = sum((max(v.high * n, v.high * m) for (v, n), m in _paired(outcomes, least, most)), Fraction(0))
                return Interval(low, high)
            case "any" | "all":
                decides = node.kind == "any"
                if any(value == {decides} for value, _ in sure):
                    return frozenset({decides})
                return BOTH if any(decides in value for value, _ in maybe) else frozenset({not decides})
            case "min" | "max":
                assert node.otherwise is not None
                possible = [value for value, _ in maybe]
                if not sure:
                    possible.append(self.of(node.otherwise))
                certain = [value for value, _ in sure]
                if not certain:
                    return hull(possible)
                of_all, of_sure = ([_ordered(node, v) for v in values] for values in (possible, certain))
                low, high = min(v.low for v in of_all), max(v.high for v in of_all)
                if node.kind == "min":
                    return _unordered(node, Interval(low, min(v.high for v in of_sure)))
                return _unordered(node, Interval(max(v.low for v in of_sure), high))


def _paired(outcomes: list[tuple[frozenset[bool], Any]], least: int, most: int) -> list[tuple[tuple[Any, int], int]]:
    """Each possible value with the least and the most number of times that it counts."""
    return [((value, least if kept == {True} else 0), most) for kept, value in outcomes if True in kept]


def _ordered(node: p.Node, value: Abstract) -> Interval:
    """Bounds with an order: the places in the list for an ordered choice."""
    if isinstance(value, frozenset):
        places = [place for place, name in enumerate(node.type.values) if name in value]  # type: ignore[attr-defined]
        return Interval(places[0], places[-1])
    assert isinstance(value, Interval)
    return value


def _unordered(node: p.Node, value: Interval) -> Abstract:
    values = getattr(node.type, "values", None)
    return value if values is None else frozenset(values[value.low : value.high + 1])


def _classified(node: p.Classified, bracket: p.Bracket, value: Interval) -> frozenset[str]:
    """The classes that a number between two ends may have."""
    first, last = bracket.classes[0], bracket.classes[-1]
    below = first.low is not None and (value.low < first.low or (value.low == first.low and not first.low_in))
    above = last.high is not None and (value.high > last.high or (value.high == last.high and not last.high_in))
    if below or above:
        low, high = show(value.low), show(value.high)
        said = " ".join(["first"] * below + ["last"] * above)
        raise Unprovable("P0612", node.operand, low=low, high=high, bracket=bracket.name, ends=said)
    found = set()
    for each in bracket.classes:
        begins = each.low is None or value.high > each.low or (value.high == each.low and each.low_in)
        ends = each.high is None or value.low < each.high or (value.low == each.high and each.high_in)
        if begins and ends:
            found.add(each.name)
    return frozenset(found)


def _in_month(day: Any, month: Any) -> frozenset[bool]:
    first, last = day.low.year * 12 + day.low.month - 1, day.high.year * 12 + day.high.month - 1
    if first == last and month.is_point:
        return frozenset({first == month.low})
    return BOTH if first <= month.high and month.low <= last else frozenset({False})


def _spans(name: str, ends: list[Any]) -> Interval:
    """Functions of a beginning and an end: they rise with the end and fall with the beginning."""
    function = getattr(dates, name)
    if name == "overlap_days":
        begin, end, month = ends
        if month.is_point and begin.is_point and end.is_point:
            days = Fraction(function(begin.low, end.low, month.low))
            return Interval(days, days)
        return Interval(Fraction(0), Fraction(31))
    begin, end = ends
    return Interval(Fraction(function(begin.high, end.low)), Fraction(function(begin.low, end.high)))
