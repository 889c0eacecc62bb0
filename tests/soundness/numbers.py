"""Formulas of numbers, with their units."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from subsidy.calculation import by_hand

from .meaning import DATE, MONTH, Contradiction, Formula, Kind, constant, number
from .rows import Rows
from .scope import share

FACT: Final = r"(r\.)?(date|month|when|rows)_\w+"
SPANS: Final = {"years_between": "year", "months_between": "month", "days_between": "day"}
NUMBERS: Final = {
    "leaf": 4, "sum": 2.5, "product": 2, "extreme": 1.5, "branch": 1.5, "round": 1.5, "over": 1.5, "quotient": 1,
    "over rows": 2, "over months": 1, "span": 1.2, "position": 0.7, "minus": 0.7, "absent": 1, "convert": 1.5,
    "table": 1.5,
}  # fmt: skip


class Numbers(Rows):
    """Numbers of any unit."""

    def a_number(self, kind: Kind, depth: int) -> Formula:
        """A number of a unit."""
        way = self.way(NUMBERS)
        if self.is_when:
            return self.always(kind)
        match way:
            case "sum":
                sign = self.pick(["+", "-"])
                one, two = self.formula(kind, depth - 1), self.formula(kind, depth - 1)
                if sign == "+":
                    return Formula(f"({one.text} + {two.text})", lambda w: one.mean(w) + two.mean(w))
                return Formula(f"({one.text} - {two.text})", lambda w: one.mean(w) - two.mean(w))
            case "product":
                one, two = self.formula(kind, depth - 1), self.leaf(number("ratio"))
                one, two = (one, two) if self.chance(0.5) else (two, one)
                return Formula(f"({one.text} * {two.text})", lambda w: one.mean(w) * two.mean(w))
            case "extreme":
                return self.extreme(kind, depth)
            case "branch":
                return self.branched(kind, depth)
            case "round":
                return self.rounded(self.formula(kind, depth - 1))
            case "over":
                return self.over(kind, depth)
            case "quotient":
                one, two = self.quotient(kind, depth)
                return self.rounded(
                    Formula(f"{one.text} / {two.text}", lambda w: one.mean(w) / two.mean(w)),
                )
            case "over rows" if "rows" not in self.within:
                return self.over_rows(kind, depth)
            case "over months" if "months" not in self.within:
                return self.over_months(kind, depth)
            case "span":
                return self.span(kind, depth)
            case "position" if "rows" not in self.within:
                return self.by_position(kind)
            case "minus":
                one = self.formula(kind, depth - 1)
                return Formula(f"(-{one.text})", lambda w: -one.mean(w))
            case "absent":
                return self.absent(kind, depth)
            case "convert":
                return self.converted(kind, depth)
            case "table":
                return self.parameter(kind.of)
            case _:
                return self.leaf(kind)

    def over(self, kind: Kind, depth: int) -> Formula:
        """A number over what is known when the policy is compiled."""
        one = self.formula(kind, depth - 1)
        match self.way({"literal": 2, "product": 1, "parameter": 2, "days": 1}):
            case "literal":
                two = constant(figure := self.pick(["2", "3", "7", "0.3", "12.5%"]), share(figure))
            case "product":
                two = constant("(12 * 30)", Fraction(360))
            case "parameter":
                two = self.parameter("ratio", positive=True)
            case _:
                month = self.formula(MONTH, 0)
                return Formula(
                    f"({one.text} * 1[day] / days_in({month.text}))",
                    lambda w: one.mean(w) / by_hand.days_in(month.mean(w)),
                )
        return Formula(f"({one.text} / {two.text})", lambda w: one.mean(w) / two.mean(w))

    def quotient(self, kind: Kind, depth: int) -> tuple[Formula, Formula]:
        """A dividend, and a divisor that is a fact or made of facts; nearly always shown to be above zero."""
        unit = self.pick(["ratio", "day", "m2"])
        plus = "1" if unit == "ratio" else f"1[{unit}]"
        dividend = self.formula(kind, depth - 1)
        if unit != "ratio":
            inner = dividend
            dividend = Formula(f"({inner.text} * {plus})", inner.mean)
        divisor = self.formula(number(unit), depth - 1)
        if self.chance(3 * self.flaws):
            text = divisor.text if self.chance(0.3) else f"max(0, {divisor.text})"  # P0601
            if text == divisor.text:
                return dividend, divisor
            return dividend, Formula(text, lambda w: max(Fraction(0), divisor.mean(w)))
        return dividend, Formula(f"(max(0, {divisor.text}) + {plus})", lambda w: max(Fraction(0), divisor.mean(w)) + 1)

    def converted(self, kind: Kind, depth: int) -> Formula:
        """A number of another unit, brought to this one by a unit that stands for one, or by a rate."""
        other = self.pick([unit for unit in ("ratio", "CNY", "m2", "day", "person") if unit != kind.of])
        one = self.formula(number(other), depth - 1)
        if kind.of in {"CNY", "m2"} and other != "ratio" and self.chance(0.5):
            rate = self.parameter(f"{kind.of}/{other}")
            return Formula(f"({one.text} * {rate.text})", lambda w: one.mean(w) * rate.mean(w))
        over = "" if other == "ratio" else f" / 1[{other}]"
        times = "" if kind.of == "ratio" else f" * 1[{kind.of}]"
        return Formula(f"({one.text}{over}{times})", one.mean)

    def span(self, kind: Kind, depth: int) -> Formula:
        """The time between two days or months, as a number of any unit."""
        unit, apart = self.apart(depth)
        if unit == kind.of:
            return apart
        times = "" if kind.of == "ratio" else f" * 1[{kind.of}]"
        return Formula(f"({apart.text} / 1[{unit}]{times})", apart.mean)

    def apart(self, depth: int) -> tuple[str, Formula]:
        """Between two days or months, and the unit of it."""
        way = self.way({"dates": 4, "months": 1, "count": 1, "overlap": 1, "days": 1})
        if way == "days":
            month = self.formula(MONTH, depth - 1)
            return "day", Formula(f"days_in({month.text})", lambda w: Fraction(by_hand.days_in(month.mean(w))))
        if way == "overlap":
            begin, end, month = self.formula(DATE, depth - 1), self.formula(DATE, depth - 1), self.leaf(MONTH)
            are_facts = all(re.fullmatch(FACT, each.text) for each in (begin, end))
            return "day", Formula(
                f"overlap_days({begin.text}, {end.text}, {month.text})",
                lambda w: Fraction(
                    by_hand.overlap_days(*in_order(begin.mean(w), end.mean(w), are_facts=are_facts), month.mean(w))
                ),
            )
        name = self.pick(list(SPANS)) if way == "dates" else "months_between" if way == "months" else "months_count"
        kind = DATE if way == "dates" else MONTH
        one, two = self.formula(kind, depth - 1), self.formula(kind, depth - 1)
        count: Callable[[Any, Any], int] = getattr(by_hand, name)
        written = "age" if name == "years_between" and self.chance(0.2) else name
        are_facts = name in SPANS and all(re.fullmatch(FACT, each.text) for each in (one, two))
        return SPANS.get(name, "month"), Formula(
            f"{written}({one.text}, {two.text})",
            lambda w: Fraction(count(*in_order(one.mean(w), two.mean(w), are_facts=are_facts))),
        )


def in_order(begin: Any, end: Any, *, are_facts: bool) -> tuple[Any, Any]:
    """A beginning and an end. Where both are stated, an end before the beginning is the caller's error."""
    if are_facts and end < begin:
        raise Contradiction("F0119")
    return begin, end
