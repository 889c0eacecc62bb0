"""Random formulas by type: wherever a value of some type may stand, any formula of that type may."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from subsidy.calculation import by_hand
from subsidy.rounding import MODES

from .brackets import Tables
from .meaning import DATE, FLAG, ID, MONTH, Contradiction, Formula, Kind, World, branch, choice, constant, number
from .scope import CLASSES, PLACES, VOCABULARY, Records, fact_value, share

ORDERS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
UNITS: Final = ("ratio", "ratio", "CNY", "CNY", "m2", "day", "month", "year", "person")
QUANTA: Final = ("0.01", "0.1", "1", "0.25", "5", "0.05", "0.003")
FACT: Final = r"(r\.)?(date|month|when|rows)_\w+"
MONTHS_LIMIT: Final = 600
LENGTH: Final = 420  # signs; a longer formula is put aside for a leaf
SPANS: Final = {"years_between": "year", "months_between": "month", "days_between": "day"}
NUMBERS: Final = {
    "leaf": 4, "sum": 2.5, "product": 2, "extreme": 1.5, "branch": 1.5, "round": 1.5, "over": 1.5, "quotient": 1,
    "over rows": 2, "over months": 1, "span": 1.2, "position": 0.7, "minus": 0.7, "absent": 1, "convert": 1.5,
    "table": 1.5,
}  # fmt: skip
FLAGS: Final = {
    "leaf": 2, "numbers": 3, "ordered": 3, "same": 1.2, "not": 1, "joined": 2.5, "in": 1, "rows": 1, "months": 0.5,
    "in_month": 0.5, "quotient": 0.7, "reading": 1.2, "absent": 1, "class": 0.6, "constant": 0.15,
}  # fmt: skip
MONEY = number("CNY")


class Formulas(Tables):
    """Formulas of every type, drawn from what is there and what is declared for them."""

    def formula(self, kind: Kind, depth: int) -> Formula:
        """A formula of a kind."""
        found: Formula = getattr(self, f"a_{kind.name}")(kind, depth) if depth > 0 else self.leaf(kind)
        return found if len(found.text) <= LENGTH else self.leaf(kind)

    def kind(self) -> Kind:
        """Any kind that a step may have."""
        match self.way({"number": 5, "flag": 2, "choice": 2, "date": 1.2, "month": 1}):
            case "number":
                return number(self.pick(UNITS))
            case "choice":
                return self.a_list()
            case plain:
                return Kind(plain)

    # — leaves —

    def leaf(self, kind: Kind) -> Formula:
        """A value that is there, a new fact or parameter, or a constant."""
        if self.is_when:
            return self.always(kind)
        local = [each for known, each in self.here if known == kind]
        if local and self.chance(0.6):
            return self.pick(local)
        known = self.leaves.get(kind, [])
        later = self.asked.get(kind, []) if self.is_asked else []
        if self.is_asked and self.chance(0.5) and kind.of not in self.declared.facts | self.declared.brackets:
            if not later or (len(later) < 2 and self.chance(0.5)):
                later.append(fact_value(self.fact(kind)))
                self.asked[kind] = later
            return self.pick(later)
        steps = [each for each in known if each.text in self.open_steps]
        if steps and self.chance(0.5):
            return self.used(self.pick(steps))
        if known and (len(known) > 4 or self.chance(0.65)):
            return self.used(self.pick(known))
        return self.another(kind)

    def used(self, found: Formula) -> Formula:
        """What is taken, and marked as used."""
        self.open_steps.pop(found.text, None)
        return found

    def another(self, kind: Kind) -> Formula:
        """A leaf of a kind that was not there before."""
        match kind.name:
            case "number":
                way = self.way({"fact": 3, "parameter": 2, "literal": 2})
                if way == "parameter":
                    found = self.parameter(kind.of)
                    if "[" not in found.text:
                        self.leaves.setdefault(kind, []).append(found)
                    return found
                return self.literal(kind) if way == "literal" else self.always(kind)
            case "choice" if kind.of in self.declared.brackets:
                return self.classified(kind.of, 0)
            case "choice" if kind.of in VOCABULARY or kind.of in self.declared.choices:
                if self.chance(0.25):
                    return self.crosswalk(kind)
                return self.always(kind) if self.chance(0.8) else self.literal(kind)
            case "date" | "month":
                return self.always(kind) if self.chance(0.8) else self.literal(kind)
            case _:
                return self.always(kind)

    # — what every kind has —

    def branched(self, kind: Kind, depth: int) -> Formula:
        """One of two, by a test."""
        return branch(self.formula(FLAG, depth - 1), self.formula(kind, depth - 1), self.formula(kind, depth - 1))

    def key(self, kind: Kind) -> Callable[[Any], Any]:
        """By what values of a kind are compared: choices by their place in the list."""
        return self.lists[kind.of][0].index if kind.name == "choice" else lambda value: value

    def extreme(self, kind: Kind, depth: int) -> Formula:
        """The least or the greatest of two or three."""
        which = self.pick(["min", "max"])
        found = [self.formula(kind, depth - 1) for _ in range(self.pick([2, 2, 3]))]
        pick, key = {"min": min, "max": max}[which], self.key(kind)
        return Formula(
            f"{which}({', '.join(each.text for each in found)})", lambda w: pick((e.mean(w) for e in found), key=key)
        )

    def absent(self, kind: Kind, depth: int) -> Formula:
        """Something that may be absent, used only where it is there."""
        local = [each for known, each in self.here if known == Kind(f"optional {kind.name}", kind.of)]
        if local:
            value = self.pick(local)
            test = Formula(f"given({value.text})", lambda w: value.mean(w) is not None)
        else:
            value, test = self.absent_fact(kind)
        used = value
        if kind.name == "number" and self.chance(0.5):
            other = self.formula(kind, 0)
            used = Formula(f"({value.text} + {other.text})", lambda w: value.mean(w) + other.mean(w))
        otherwise = self.formula(kind, depth - 1)
        if self.chance(self.flaws):
            return used  # P0605
        if self.chance(0.3):
            return branch(Formula(f"not {test.text}", lambda w: not test.mean(w)), otherwise, used)
        return branch(test, used, otherwise)

    def absent_fact(self, kind: Kind) -> tuple[Formula, Formula]:
        """A fact that is optional or has a `when`, and a test under which it is there."""
        if self.chance(0.5) or self.is_asked:
            value = fact_value(self.fact(kind, optional=True))
            return value, Formula(f"given({value.text})", lambda w: value.mean(w) is not None)
        keep, self.is_when = self.is_when, True
        when = self.a_flag(FLAG, 1)
        if len(when.text) > 60:
            when = self.leaf(FLAG)
        self.is_when = keep
        name = self.fact(kind, when=when.text)
        self.declared.whens[name] = when
        value = fact_value(name)
        if self.chance(0.4):
            return value, Formula(f"given({name})", lambda w: value.mean(w) is not None)
        return value, Formula(f"({when.text})", when.mean)

    # — numbers —

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

    def rounded(self, one: Formula) -> Formula:
        """A number rounded in any way."""
        quantum, mode = self.pick(QUANTA), self.pick(list(MODES))
        return Formula(
            f"round({one.text}, {quantum}, {mode})", lambda w: by_hand.rounded(one.mean(w), Fraction(quantum), mode)
        )

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
            zero = (
                (lambda w: divisor.mean(w)) if text == divisor.text else (lambda w: max(Fraction(0), divisor.mean(w)))
            )
            return dividend, Formula(text, zero)
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

    def whole(self, unit: str, low: int, high: int) -> Formula:
        """A whole number between two others."""
        match self.way({"literal": 2, "fact": 2, "round": 2, "months": 0.5 if unit == "month" else 0}):
            case "literal":
                count = self.pick([low, 1, 13, high])
                return constant(f"{count}[{unit}]" if count else "0", Fraction(count))
            case "months":
                one, two = self.leaf(MONTH), self.leaf(MONTH)
                return Formula(
                    f"min({high}[month], months_count({one.text}, {two.text}))",
                    lambda w: Fraction(min(high, by_hand.months_count(one.mean(w), two.mean(w)))),
                )
            case "fact" if unit in {"month", "year", "ratio", "person"}:
                one = self.always(number(unit))
            case _:
                one = self.formula(number(unit), 1)
        least, most = (str(end) if unit == "ratio" else f"{end}[{unit}]" if end else "0" for end in (low, high))
        mode = self.pick(list(MODES))
        if self.chance(self.flaws):
            return Formula(f"min({most}, max({least}, {one.text}))",
                           lambda w: min(Fraction(high), max(Fraction(low), one.mean(w))))  # fmt: skip  # P0611
        return Formula(
            f"round(min({most}, max({least}, {one.text})), 1, {mode})",
            lambda w: by_hand.rounded(min(Fraction(high), max(Fraction(low), one.mean(w))), Fraction(1), mode),
        )

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

    # — rows and months —

    def row_leaves(self, rows: Records) -> list[tuple[Kind, Formula]]:
        """The fields of the row at hand."""
        found = [(number("ratio"), Formula("position(r)", lambda w: Fraction(w.place + 1)))]
        for name, kind in rows.fields.items():
            known = Kind(f"optional {kind.name}", kind.of) if name in rows.optional else kind
            found.append((known, Formula(f"r.{name}", lambda w, name=name: w.row.get(name))))  # type: ignore[misc]
        return found

    def aggregate(self, rows: Records | None, depth: int) -> tuple[str, Callable[[World], list[World]], Formula | None]:
        """The tail of an aggregate over rows, or over months; the worlds that it goes through; its test."""
        test = self.formula(FLAG, depth - 1) if self.chance(0.5) else None
        if rows is not None:
            over, name = f"r in {rows.name}", rows.name

            def worlds(w: World) -> list[World]:
                found = w.facts[name]
                return [w.at(found, place) for place in range(len(found))]
        else:
            begin, end = self.months()
            over = f"m in months({begin.text}, {end.text})"

            def worlds(w: World) -> list[World]:
                first, last = begin.mean(w), end.mean(w)
                if last - first >= MONTHS_LIMIT:
                    raise Contradiction("F0120")
                return [w.in_month(month) for month in range(first, last + 1)]

        def kept(w: World) -> list[World]:
            return [each for each in worlds(w) if test is None or test.mean(each)]

        return over + (f" if {test.text}" if test is not None else ""), kept, test

    def months(self) -> tuple[Formula, Formula]:
        """A first and a last month: mostly not many of them."""
        keep, self.here = self.here, [each for each in self.here if each[1].text != "m"]
        begin = self.formula(MONTH, 1)
        if self.chance(0.25):
            end = self.formula(MONTH, 0)
        else:
            count = self.whole("month", 0, 13)
            end = Formula(
                f"month_of(add_months(first_day({begin.text}), {count.text}))",
                lambda w: begin.mean(w) + int(count.mean(w)),
            )
        self.here = keep
        return begin, end

    def over_rows(self, kind: Kind, depth: int) -> Formula:
        """A total, a count, or an extreme over rows, some of them only over months within."""
        rows = self.rows()
        with self.offering("rows", self.row_leaves(rows)):
            return self.gathered(kind, rows, depth)

    def over_months(self, kind: Kind, depth: int) -> Formula:
        """The same over months, limited because there may be many."""
        found = self.gathered(kind, None, depth)
        if self.chance(0.5):
            return found
        limit = "99" if kind.of == "ratio" else f"99[{kind.of}]"
        return Formula(f"min({limit}, {found.text})", lambda w: min(Fraction(99), found.mean(w)))

    def gathered(self, kind: Kind, rows: Records | None, depth: int) -> Formula:
        way = self.pick(["sum", "count", "min", "max"])
        month = [(MONTH, Formula("m", lambda w: w.month))]
        with self.offering("rows" if rows is not None else "months", [] if rows is not None else month):
            tail, kept, _test = self.aggregate(rows, depth)
            body = self.formula(kind, depth - 1)
        if way == "count":
            return self.counted(kind, rows, tail, kept)
        if way == "sum":
            return Formula(f"sum({body.text} for {tail})", lambda w: sum((body.mean(e) for e in kept(w)), Fraction(0)))
        keep, self.here, inside = self.here, [], self.within
        self.within = {"rows", "months"}
        otherwise = self.formula(kind, 0)
        self.here, self.within = keep, inside
        pick, key = {"min": min, "max": max}[way], self.key(kind)

        def mean(w: World) -> Any:
            found = [body.mean(each) for each in kept(w)]
            return pick(found, key=key) if found else otherwise.mean(w)

        return Formula(f"{way}({body.text} for {tail}, else {otherwise.text})", mean)

    def counted(self, kind: Kind, rows: Records | None, tail: str, kept: Callable[[World], list[World]]) -> Formula:
        """How many there are, as a number of any unit; months are counted in months."""
        unit = "ratio" if rows is not None else "month"
        over = "" if unit in {"ratio", kind.of} else f" / 1[{unit}]"
        times = "" if kind.of in {"ratio", unit} else f" * 1[{kind.of}]"
        text = f"count({tail})"
        return Formula(f"({text}{over}{times})" if over or times else text, lambda w: Fraction(len(kept(w))))

    def by_position(self, kind: Kind) -> Formula:
        """A total of the first rows of each kind."""
        rows = self.rows()
        name = rows.name
        with self.offering("rows", self.row_leaves(rows)):
            body = self.formula(kind, 0)
            keys = [each for known, each in self.here if known.name in {"choice", "flag", "date", "id", "division"}]
            key = self.pick(keys) if keys and self.chance(0.7) else None
            test = self.formula(FLAG, 1) if key is not None and self.chance(0.5) else None
        most = self.pick([1, 2])
        inner = ", ".join(["r", *(each.text for each in (key, test) if each is not None)])

        def place(w: World) -> int:
            found = 1
            for number_ in range(w.place):
                other = w.at(w.rows, number_)
                holds = test is None or test.mean(other)
                found += bool(holds and (key is None or key.mean(other) == key.mean(w)))
            return found

        def mean(w: World) -> Any:
            worlds = [w.at(w.facts[name], number_) for number_ in range(len(w.facts[name]))]
            return sum((body.mean(each) for each in worlds if place(each) <= most), Fraction(0))

        return Formula(f"sum({body.text} for r in {name} if position({inner}) <= {most})", mean)

    # — the other kinds —

    def a_flag(self, kind: Kind, depth: int) -> Formula:
        """A test."""
        way = self.way(FLAGS)
        if self.is_when and way not in {"leaf", "numbers", "ordered", "same", "not", "joined", "in", "reading"}:
            way = "leaf"
        match way:
            case "numbers":
                return self.compared(number(self.pick(UNITS)), list(ORDERS), depth)
            case "ordered":
                other = self.pick([DATE, MONTH, self.a_list()])
                ordered = other.name != "choice" or self.lists[other.of][1]
                return self.compared(other, list(ORDERS) if ordered else ["==", "!="], depth)
            case "same":
                return self.compared(self.pick([ID, Kind("division", self.pick(list(PLACES)))]), ["==", "!="], 0)
            case "not":
                one = self.formula(FLAG, depth - 1)
                return Formula(f"(not {one.text})", lambda w: not one.mean(w))
            case "joined":
                return self.joined([self.formula(FLAG, depth - 1) for _ in range(self.pick([2, 2, 3]))])
            case "in":
                return self.among(depth)
            case "rows" if "rows" not in self.within:
                rows = self.rows()
                with self.offering("rows", self.row_leaves(rows)):
                    return self.any_or_all(rows, depth)
            case "months" if "months" not in self.within:
                return self.any_or_all(None, depth)
            case "in_month":
                day, month = self.formula(DATE, depth - 1), self.formula(MONTH, 0)
                return Formula(
                    f"in_month({day.text}, {month.text})", lambda w: by_hand.month_of(day.mean(w)) == month.mean(w)
                )
            case "quotient":
                unit, order = number(self.pick(["ratio", "CNY"])), self.pick(list(ORDERS))
                one, two = self.quotient(unit, depth)
                other = self.formula(unit, depth - 1)
                compare = ORDERS[order]
                if self.chance(0.3):
                    return Formula(f"({other.text} {order} {one.text} / {two.text})",
                                   lambda w: compare(other.mean(w), one.mean(w) / two.mean(w)))  # fmt: skip
                return Formula(f"({one.text} / {two.text} {order} {other.text})",
                               lambda w: compare(one.mean(w) / two.mean(w), other.mean(w)))  # fmt: skip
            case "reading":
                return self.reading() or self.leaf(FLAG)
            case "absent":
                return self.if_given(depth)
            case "class":
                return self.of_class()
            case "constant":
                return self.literal(FLAG)
            case _:
                return self.leaf(kind)

    def compared(self, kind: Kind, orders: list[str], depth: int) -> Formula:
        """A comparison of two values of a kind."""
        order = self.pick(orders)
        compare, key = ORDERS[order], self.key(kind)
        one = self.formula(kind, depth - 1)
        two = self.literal(kind) if depth and self.chance(0.4) else self.formula(kind, depth - 1)
        written = two.text
        if kind.name == "choice" and one.text in self.declared.facts and two.text.startswith(f"{kind.of}:"):
            written = two.text.partition(":")[2]  # found by the type of the other side
        return Formula(f"({one.text} {order} {written})", lambda w: compare(key(one.mean(w)), key(two.mean(w))))

    def joined(self, found: list[Formula]) -> Formula:
        """Some tests, of which all or any must hold."""
        how = self.pick(["and", "or"])
        whether = {"and": all, "or": any}[how]
        text = f" {how} ".join(each.text if each.text[0] == "(" else f"({each.text})" for each in found)
        return Formula(f"({text})", lambda w: whether(each.mean(w) for each in found))

    def among(self, depth: int) -> Formula:
        """Whether a value is one of some."""
        kind = self.pick([number(self.pick(UNITS)), DATE, MONTH, self.a_list()])
        one = self.always(kind) if kind.name == "choice" else self.formula(kind, depth - 1)
        found = [self.literal(kind) for _ in range(self.pick([1, 2, 3]))]
        texts = [each.text.partition(":")[2] if kind.name == "choice" else each.text for each in found]
        return Formula(f"({one.text} in ({', '.join(texts)}))", lambda w: one.mean(w) in [e.mean(w) for e in found])

    def any_or_all(self, rows: Records | None, depth: int) -> Formula:
        """Whether something holds of any, or of all rows or months."""
        how = self.pick(["any", "all"])
        whether = {"any": any, "all": all}[how]
        month = [(MONTH, Formula("m", lambda w: w.month))]
        with self.offering("rows" if rows is not None else "months", [] if rows is not None else month):
            tail, kept, _ = self.aggregate(rows, depth)
            body = self.formula(FLAG, depth - 1)
        return Formula(f"{how}({body.text} for {tail})", lambda w: whether(body.mean(each) for each in kept(w)))

    def reading(self) -> Formula | None:
        """Which reading was chosen."""
        item = self.interpretation()
        if item is None:
            return None
        name, reading, equal = item["name"], self.pick(list(item["readings"])), self.chance(0.7)
        return Formula(
            f"(reading({name}) {'==' if equal else '!='} {reading})", lambda w: (w.readings[name] == reading) is equal
        )

    def if_given(self, depth: int) -> Formula:
        """What is said of a number that may be absent, where it is there."""
        kind = number(self.pick(UNITS))
        value, given = self.absent_fact(kind)
        other = self.formula(kind, depth - 1)
        above = Formula(f"{value.text} > {other.text}", lambda w: value.mean(w) > other.mean(w))
        match self.way({"alone": 1, "and": 2, "or": 2, "flaw": 10 * self.flaws}):
            case "alone":
                return Formula(f"({given.text} and {above.text})", lambda w: given.mean(w) and above.mean(w))
            case "and":
                return Formula(f"({given.text} and {above.text})", lambda w: given.mean(w) and above.mean(w))
            case "or":
                return Formula(f"(not {given.text} or {above.text})", lambda w: not given.mean(w) or above.mean(w))
            case _:
                return Formula(f"({given.text} or {above.text})", lambda w: given.mean(w) or above.mean(w))  # P0605

    def of_class(self) -> Formula:
        """Whether a place is of some class."""
        parent = self.pick(list(PLACES))
        place, found = self.always(Kind("division", parent)), self.pick(CLASSES[4:])
        return Formula(f"(class({place.text}) == {found})", lambda w: PLACES[parent][place.mean(w)] == found)

    def a_choice(self, kind: Kind, depth: int) -> Formula:
        """A choice of a list."""
        ordered = self.lists[kind.of][1]
        match self.way(
            {"leaf": 3, "extreme": 1, "branch": 1.5, "crosswalk": 1, "rows": 0.7, "absent": 0.7, "class": 1}
        ):
            case "extreme" if ordered:
                return self.extreme(kind, depth)
            case "branch":
                return self.branched(kind, depth)
            case "crosswalk" if kind.of in VOCABULARY or kind.of in self.declared.choices:
                return self.crosswalk(kind)
            case "rows" if ordered and "rows" not in self.within:
                return self.extreme_row(kind, depth)
            case "absent" if kind.of not in self.declared.brackets and kind.of not in self.declared.facts:
                return self.absent(kind, depth)
            case "class" if kind.of in self.declared.brackets:
                return self.classified(kind.of, depth - 1)
            case _:
                return self.leaf(kind)

    def extreme_row(self, kind: Kind, depth: int) -> Formula:
        """The least or greatest choice, day or month that any row has."""
        rows = self.rows()
        with self.offering("rows", self.row_leaves(rows)):
            tail, kept, _ = self.aggregate(rows, depth)
            body = self.formula(kind, 0)
        otherwise, way = self.literal(kind), self.pick(["min", "max"])
        pick, key = {"min": min, "max": max}[way], self.key(kind)

        def mean(w: World) -> Any:
            found = [body.mean(each) for each in kept(w)]
            return pick(found, key=key) if found else otherwise.mean(w)

        return Formula(f"{way}({body.text} for {tail}, else {otherwise.text})", mean)

    def a_date(self, kind: Kind, depth: int) -> Formula:
        """A day."""
        ways = {"leaf": 3, "extreme": 1, "branch": 1, "later": 2, "ends": 1.5, "year": 0.7, "policy_year": 0.8, "days": 1,
                "birthday": 0.8, "rows": 0.5, "absent": 0.5}  # fmt: skip
        match self.way(ways) if not self.is_when else "leaf":
            case "extreme":
                return self.extreme(kind, depth)
            case "branch":
                return self.branched(kind, depth)
            case "later":
                return self.shifted("add_months", self.formula(kind, depth - 1), self.whole("month", 0, 36), 1)
            case "birthday":
                return self.shifted("birthday", self.formula(kind, depth - 1), self.whole("year", 0, 90), 12)
            case "days":
                return self.shifted("add_days", self.formula(kind, depth - 1), self.whole("day", -45, 400), 0)
            case "ends":
                name, month = self.pick(["first_day", "last_day"]), self.formula(MONTH, depth - 1)
                end: Callable[[Any], Any] = getattr(by_hand, name)
                return Formula(f"{name}({month.text})", lambda w: end(month.mean(w)))
            case "year":
                day = self.formula(kind, depth - 1)
                return Formula(f"year_start({day.text})", lambda w: by_hand.year_start(day.mean(w)))
            case "policy_year":
                day, starts = self.formula(kind, depth - 1), self.leaf(kind)
                return Formula(
                    f"policy_year({day.text}, {starts.text})",
                    lambda w: by_hand.policy_year(day.mean(w), starts.mean(w)),
                )
            case "rows" if "rows" not in self.within:
                return self.extreme_row(kind, depth)
            case "absent":
                return self.absent(kind, depth)
            case _:
                return self.leaf(kind)

    def shifted(self, name: str, day: Formula, count: Formula, months: int) -> Formula:
        """A day moved by a whole number of months or years, or by one of days."""
        if months:
            return Formula(
                f"{name}({day.text}, {count.text})",
                lambda w: by_hand.add_months(day.mean(w), months * int(count.mean(w))),
            )
        return Formula(f"{name}({day.text}, {count.text})", lambda w: by_hand.add_days(day.mean(w), int(count.mean(w))))

    def a_month(self, kind: Kind, depth: int) -> Formula:
        """A month."""
        match self.way({"leaf": 2, "extreme": 1, "branch": 1, "of": 2, "absent": 0.5}) if not self.is_when else "leaf":
            case "extreme":
                return self.extreme(kind, depth)
            case "branch":
                return self.branched(kind, depth)
            case "of":
                day = self.formula(DATE, depth - 1)
                return Formula(f"month_of({day.text})", lambda w: by_hand.month_of(day.mean(w)))
            case "absent":
                return self.absent(kind, depth)
            case _:
                return self.leaf(kind)

    def ladder(self, kind: Kind) -> tuple[dict[str, Any], Callable[[World], Any]]:
        """How a ladder picks, its rows, what counts if none applies; and what it means."""
        ordered = kind.name != "choice" or self.lists[kind.of][1]
        picks = ["first", "only", *(["highest"] if ordered and kind != FLAG else [])]
        pick = self.pick([*picks, *(["sum", "highest"] if kind.name == "number" else [])])
        tests = self.exclusive() if pick == "only" else [self.formula(FLAG, 2) for _ in range(self.pick([1, 2, 3]))]
        values = [self.formula(kind, 2) for _ in tests]
        otherwise, key = self.formula(kind, 1), self.key(kind)

        def mean(w: World) -> Any:
            found = (value.mean(w) for test, value in zip(tests, values, strict=True) if test.mean(w))
            if pick in {"first", "only"}:
                for each in found:
                    return each
                return otherwise.mean(w)
            held = list(found)
            if not held:
                return otherwise.mean(w)
            return sum(held, Fraction(0)) if pick == "sum" else max(held, key=key)

        rows = [{"if": test.text, "value": value.text} for test, value in zip(tests, values, strict=True)]
        return {"pick": pick, "rows": rows, "otherwise": otherwise.text}, mean

    def exclusive(self) -> list[Formula]:
        """Tests of which no two can hold together; or, seldom, of which two can."""
        value = self.always(number("ratio"))
        flag = self.formula(FLAG, 1)
        first = self.pick(["<", "<="])
        second = {"<": ">=", "<=": ">"}[first] if not self.chance(3 * self.flaws) else ">="
        limit = self.literal(number("ratio"))
        one, two = ORDERS[first], ORDERS[second]
        return [
            Formula(f"{value.text} {first} {limit.text}", lambda w: one(value.mean(w), limit.mean(w))),
            Formula(
                f"{value.text} {second} {limit.text} and {flag.text}",
                lambda w: two(value.mean(w), limit.mean(w)) and flag.mean(w),
            ),  # fmt: skip
        ]


def in_order(begin: Any, end: Any, *, are_facts: bool) -> tuple[Any, Any]:
    """A beginning and an end. Where both are stated, an end before the beginning is the caller's error."""
    if are_facts and end < begin:
        raise Contradiction("F0119")
    return begin, end
