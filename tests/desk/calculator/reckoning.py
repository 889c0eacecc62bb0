"""Formulas redone: each name with what was printed of it, each operator as at school, open figures as two ends."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

from . import nodes as n
from .amounts import Month, Number, Unreadable, Value, Word, figure, number, times
from .days import CALENDAR
from .formulas import Reader, split
from .tongues import Tongue

_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "≤": operator.le, ">": operator.gt, "≥": operator.ge,
}  # fmt: skip
DENIED: Final = {"=": "≠", "≠": "=", "<": "≥", "≥": "<", ">": "≤", "≤": ">"}


class Unknown(Exception):
    """What the print does not let one know."""


class Order(Exception):
    """Two words of which the print does not say which is the greater."""

    def __init__(self, less: Word, more: Word) -> None:
        super().__init__(f"which is more, {less.said} or {more.said}")
        self.pair = less, more


@dataclass(frozen=True)
class Row:
    """One row of a fact, as it was stated, or one month of a span."""

    said: str
    month: Month | None = None
    place: int = 0
    before: tuple[str, ...] = ()


@dataclass
class Known:
    """What the print has told so far.

    Attributes:
        names: the values of facts and lines; rows of a fact stay as they are said.
        bound: the value of a parameter, by its name and keys, from where it was printed first.
        bounds: both ends of what the text leaves open, from the remarks.
        new: what the line at hand binds.
        also: every value of what several facts are called.
    """

    tongue: Tongue
    names: dict[str, Value] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    bound: dict[Any, Value] = field(default_factory=dict)
    bounds: dict[str, tuple[Fraction, Number]] = field(default_factory=dict)
    new: dict[Any, Value] = field(default_factory=dict)
    also: dict[str, list[Value]] = field(default_factory=dict)

    def reader(self) -> Reader:
        return Reader(self.tongue, [*self.names, *self.rows])

    def key(self, node: n.Node, row: Row | None) -> Any:
        """What tells one place of a table from another."""
        match node:
            case n.Named(said=said, keys=keys):
                return said, tuple(self.key_value(key, row) for key in keys)
            case n.Kind(of=of, kind=kind):
                return "kind", kind, self.value(of, row)
            case n.Compare(sign=sign, left=left, right=right):
                return sign, self.word(left, row), self.word(right, row)
            case _:
                raise Unknown("no name")

    def key_value(self, node: n.Node, row: Row | None) -> Any:
        if isinstance(node, n.Kind):
            return self.key(node, row)
        return self.word(node, row)

    def word(self, node: n.Node, row: Row | None) -> Value:
        """The value, a name of nothing being a word."""
        try:
            return self.value(node, row)
        except Unknown:
            if isinstance(node, n.Named) and not node.keys:
                return Word(node.said)
            raise

    def bind(self, key: Any, value: Value) -> None:
        """Take a figure that the print shows, unless another was shown of the same."""
        found = self.bound.get(key, self.new.get(key))
        if found is not None and found != value:
            raise Unknown(f"{key[0]} was another above")
        self.new[key] = value

    # — values —

    def value(self, node: n.Node, row: Row | None = None) -> Value:
        """The value of a formula.

        Raises:
            Unknown: the print does not say what it needs.
        """
        match node:
            case n.Leaf(value=value):
                if isinstance(value, Number) and value.places is not None:
                    raise Unknown(f"{node.said} is cut")
                return value
            case n.Name(said=said):
                return self._named(said, row)
            case n.Named(said=said):
                return self._of_text(node, row)
            case n.Operation(sign=sign, left=left, right=right):
                return _operation(sign, self.number(left, row), self.number(right, row))
            case n.Minus(of=of):
                one = self.number(of, row)
                return Number(-one.high, -one.low, one.unit)
            case n.Extreme(which=which, of=of):
                found_of = [self.word(each, row) for each in of]
                if len({type(each) for each in found_of}) > 1:
                    raise Unknown("a figure that is shown nowhere")
                return self.extreme(which, found_of)
            case n.If(test=test, then=then, otherwise=otherwise):
                holds = self.test(test, row)
                if holds is None:
                    return hull(self.number(then, row), self.number(otherwise, row))
                return self.word(then if holds else otherwise, row)
            case n.Ladder():
                return self._ladder(node, row)
            case n.Round(of=of, mode=mode, quantum=quantum):
                return _rounded(self.number(of, row), mode, quantum)
            case n.Call(function=function, of=of):
                try:
                    return CALENDAR[function](*(self.value(each, row) for each in of))
                except (TypeError, AttributeError, ValueError) as error:
                    raise Unknown(f"not of days: {error}") from error
            case n.Over():
                return self._over(node, row)
            case n.Kind():
                return self._bound(self.key(node, row))
            case n.Place(key=key, test=test):
                return self._place(key, test, row)
            case _:
                found = self.test(node, row)
                if found is None:
                    raise Unknown("an open test")
                return found

    def extreme(self, which: str, of: list[Value]) -> Value:
        """The least or the greatest, also of words."""
        words = [each for each in of if isinstance(each, Word)]
        if len(words) < len(of):
            return _extreme(which, of)
        found = words[0]
        for each in words[1:]:
            if each != found and self.is_less(each, found) is (which == "min"):
                found = each
        return found

    def number(self, node: n.Node, row: Row | None = None) -> Number:
        found = self.value(node, row)
        if not isinstance(found, Number):
            raise Unknown("no number")
        return found

    def _named(self, said: str, row: Row | None) -> Value:
        if row is not None and (found := self._field(said, row.said)) is not None:
            return found
        if said in self.names:
            return self.names[said]
        raise Unknown(f"{said} is told nowhere")

    def _of_text(self, node: n.Named, row: Row | None) -> Value:
        if row is not None and not node.keys:
            if node.said == self.tongue.the_month and row.month is not None:
                return row.month
            if (found := self._field(node.said, row.said)) is not None:
                return found
        if not node.keys and node.said in self.names:
            return self.names[node.said]
        try:
            return self._bound(self.key(node, row))
        except Unknown:
            if node.said in self.bounds:
                low, high = self.bounds[node.said]
                return Number(low, high.high, high.unit)
            raise

    def _bound(self, key: Any) -> Value:
        found = self.bound.get(key, self.new.get(key))
        if found is None:
            raise Unknown(f"{key[0]} is shown nowhere")
        return found

    def _field(self, name: str, said: str) -> Value | None:
        """A field of a row, found by its name."""
        comma = self.tongue.comma
        found = re.search(rf"(?:^|{re.escape(comma)}){re.escape(name)} (.+)$", said)
        if found is None:
            return None
        parts = found[1].split(comma)
        for count in range(1, len(parts) + 1):
            try:
                return figure(comma.join(parts[:count]))
            except (Unreadable, ValueError):
                continue
        return Word(parts[0])

    # — tests —

    def test(self, node: n.Node, row: Row | None = None) -> bool | None:
        """Whether a test holds; None where that is open."""
        match node:
            case n.Compare(sign=sign, left=left, right=right):
                return self._compare(sign, left, right, row)
            case n.Logic(which=which, of=of):
                return self._logic(which == "or", of, row)
            case n.Not(of=of):
                found = self.test(of, row)
                return None if found is None else not found
            case n.In(of=of, members=members, is_denied=is_denied):
                return (self.word(of, row) in [self.word(each, row) for each in members]) is not is_denied
            case n.Given(of=name):
                if row is not None and self._field(name, row.said) is not None:
                    return True
                return name in self.names or name in self.rows
            case n.Over(which="any" | "all"):
                assert node.body is not None
                each_held = [self.test(node.body, each) for each in self.counted(node, row)]
                return any(each_held) if node.which == "any" else all(each_held)
            case n.If(test=test, then=then, otherwise=otherwise):
                holds = self.test(test, row)
                if holds is None:
                    return None
                return self.test(then if holds else otherwise, row)
            case n.Reading():
                raise Unknown("a reading")
            case _:
                found_ = self.value(node, row) if not isinstance(node, n.Call | n.Leaf | n.Name | n.Named) else None
                found_ = self.value(node, row) if found_ is None else found_
                if not isinstance(found_, bool):
                    raise Unknown("no test")
                return found_

    def _logic(self, is_or: bool, of: tuple[n.Node, ...], row: Row | None) -> bool | None:
        is_open, unknown = False, None
        for each in of:
            try:
                found = self.test(each, row)
            except Unknown as error:
                unknown = error
                continue
            if found is is_or:
                return is_or
            is_open |= found is None
        if unknown is not None:
            raise unknown
        return None if is_open else not is_or

    def _compare(self, sign: str, left: n.Node, right: n.Node, row: Row | None) -> bool | None:
        a, b = self.word(left, row), self.word(right, row)
        if type(a) is not type(b):
            raise Unknown("two sorts of things")
        if isinstance(a, Number) and isinstance(b, Number):
            if a.unit != b.unit and not (a == number(0) or b == number(0)):
                raise Unknown("two units")
            return _compared(sign, a, b)
        if isinstance(a, bool) or sign in "=≠":
            return (a == b) is (sign == "=")
        if isinstance(a, Word):
            assert isinstance(b, Word)
            if a == b:
                return sign in "≤≥"
            return self.is_less(a, b) is (sign in "<≤")
        one, two = (each.number if isinstance(each, Month) else each for each in (a, b))
        return _ORDERS[sign](one, two)

    def is_less(self, a: Word, b: Word) -> bool:
        """Whether a word comes before another in its list, as far as lines above have shown it."""
        for one, two, holds in ((a, b, True), (b, a, False)):
            found = self.bound.get(("order", one, two), self.new.get(("order", one, two)))
            if found is not None:
                return bool(found) is holds
        raise Order(a, b)

    # — rows —

    def counted(self, node: n.Over, row: Row | None = None) -> Iterator[Row]:
        """The rows, or months, over which a sum goes."""
        for each in self._rows(node, row):
            if node.test is None or self.test(node.test, each):
                yield each

    def _rows(self, node: n.Over, row: Row | None) -> Iterator[Row]:
        if node.months:
            first, last = (self.value(each, row) for each in node.months)
            if not isinstance(first, Month) or not isinstance(last, Month):
                raise Unknown("no months")
            for month in range(first.number, last.number + 1):
                yield Row(row.said if row else "", Month(month))
            return
        if node.rows not in self.rows:
            raise Unknown(f"{node.rows} is told nowhere")
        said = self.rows[node.rows]
        all_said = [] if said == self.tongue.none else split(said, self.tongue.semicolon)
        for place, each in enumerate(all_said):
            yield Row(each, row.month if row else None, place, tuple(all_said[:place]))

    def _over(self, node: n.Over, row: Row | None) -> Value:
        rows = list(self.counted(node, row))
        if node.which == "count":
            raise_unit = self.new.get(("unit", node.rows))
            return number(len(rows), raise_unit.unit if isinstance(raise_unit, Number) else ())
        if node.which in {"any", "all"}:
            found = self.test(node)
            assert found is not None
            return found
        assert node.body is not None
        values = [self.number(node.body, each) for each in rows]
        if not values and node.of_none is not None:
            return self.value(node.of_none, row)
        if not values:
            if node.which == "sum":
                return number(0)
            raise Unknown("nothing to choose from")
        if node.which == "sum":
            total = values[0]
            for each in values[1:]:
                total = _operation("+", total, each)
            return total
        return _extreme(node.which, list(values))

    def _place(self, key: n.Node | None, test: n.Node | None, row: Row | None) -> Number:
        if row is None:
            raise Unknown("no rows")
        here = self.word(key, row) if key is not None else None
        found = 1
        for place, said in enumerate(row.before):
            other = Row(said, row.month, place, row.before[:place])
            same = key is None or self.word(key, other) == here
            found += bool(same and (test is None or self.test(test, other)))
        return number(found)

    def _ladder(self, node: n.Ladder, row: Row | None) -> Value:
        held = [self.test(test, row) for test in node.tests]
        found = [self.value(each, row) for each, holds in zip(node.values, held, strict=True) if holds]
        if not found:
            if node.otherwise is None:
                raise Unknown("no row applies")
            return self.value(node.otherwise, row)
        if node.pick == "sum":
            total = found[0]
            for each in found[1:]:
                assert isinstance(total, Number) and isinstance(each, Number)
                total = _operation("+", total, each)
            return total
        return _extreme("max", found) if node.pick == "highest" else found[0]


def hull(*of: Number) -> Number:
    """All numbers between the ends of several."""
    return Number(min(each.low for each in of), max(each.high for each in of), of[0].unit)


def _operation(sign: str, a: Number, b: Number) -> Number:
    if sign in "+−":
        unit = b.unit if a == number(0) else a.unit  # nothing fits any unit
        a, b = Number(a.low, a.high, unit), Number(b.low, b.high, unit if b == number(0) else b.unit)
        if a.unit != b.unit:
            raise Unknown("two units in a sum")
        return (
            Number(a.low + b.low, a.high + b.high, a.unit)
            if sign == "+"
            else Number(a.low - b.high, a.high - b.low, a.unit)
        )
    unit = times(a.unit, b.unit, 1 if sign == "×" else -1)
    if sign == "÷":
        if b.low <= 0 <= b.high:
            raise Unknown("divided by nothing")
        b = Number(1 / b.high, 1 / b.low)
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Number(min(ends), max(ends), unit)


def _extreme(which: str, of: list[Value]) -> Value:
    pick = min if which == "min" else max
    if all(isinstance(each, Number) for each in of):
        numbers = [each for each in of if isinstance(each, Number)]
        units = {each.unit for each in numbers}
        if len(units) > 1:
            raise Unknown("two units in one choice")
        return Number(pick(each.low for each in numbers), pick(each.high for each in numbers), units.pop())
    if all(isinstance(each, Month) for each in of):
        return Month(pick(each.number for each in of if isinstance(each, Month)))
    if all(isinstance(each, dt.date) for each in of):
        return pick(each for each in of if isinstance(each, dt.date))
    if len(set(of)) == 1:
        return of[0]
    raise Unknown("words have no order in print")


def _compared(sign: str, a: Number, b: Number) -> bool | None:
    if sign in "=≠":
        if a.is_known and b.is_known:
            return (a.low == b.low) is (sign == "=")
        apart = a.high < b.low or b.high < a.low
        return (sign == "≠") if apart else None
    order = _ORDERS[sign]
    ends = {order(x, y) for x in (a.low, a.high) for y in (b.low, b.high)}
    return ends.pop() if len(ends) == 1 else None


def _rounded(of: Number, mode: str, quantum: Value) -> Number:
    if not isinstance(quantum, Number):
        raise Unknown("no step to round to")
    return Number(rounded(of.low, mode, quantum.low), rounded(of.high, mode, quantum.low), of.unit)


def rounded(value: Fraction, mode: str, step: Fraction) -> Fraction:
    """A number rounded to a step."""
    count = value / step
    if mode in {"ceil", "floor"}:
        return (ceil(count) if mode == "ceil" else floor(count)) * step
    size, rest = divmod(abs(count), 1)
    up = {
        "up": rest > 0,
        "down": False,
        "half_up": 2 * rest >= 1,
        "half_even": 2 * rest > 1 or (2 * rest == 1 and size % 2 == 1),
    }
    return (size + up[mode]) * step * (-1 if value < 0 else 1)
