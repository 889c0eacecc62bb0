"""Random formulas by type: wherever a value of some type may stand, any formula of that type may."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from subsidy.calculation import by_hand

from .meaning import DATE, FLAG, ID, MONTH, NOTHING, Formula, Kind, World, constant, number
from .numbers import Numbers
from .scope import CLASSES, PLACES, VOCABULARY

ORDERS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
UNITS: Final = ("ratio", "ratio", "CNY", "CNY", "m2", "day", "month", "year", "person")
FLAGS: Final = {
    "leaf": 2, "numbers": 3, "ordered": 3, "same": 1.2, "not": 1, "joined": 2.5, "in": 1, "rows": 1, "months": 0.5,
    "in_month": 0.5, "quotient": 0.7, "reading": 1.2, "absent": 1, "class": 0.6, "constant": 0.15,
}  # fmt: skip
DATES: Final = {
    "leaf": 3, "extreme": 1, "branch": 1, "later": 2, "ends": 1.5, "year": 0.7, "policy_year": 0.8, "days": 1,
    "birthday": 0.8, "rows": 0.5, "absent": 0.5,
}  # fmt: skip


class Formulas(Numbers):
    """Formulas of every type, drawn from what is there and what is declared for them."""

    def kind(self) -> Kind:
        """Any kind that a step may have."""
        match self.way({"number": 5, "flag": 2, "choice": 2, "date": 1.2, "month": 1}):
            case "number":
                return number(self.pick(UNITS))
            case "choice":
                return self.a_list()
            case plain:
                return Kind(plain)

    def a_flag(self, kind: Kind, depth: int) -> Formula:
        """A test."""
        way = self.way(FLAGS)
        if self.is_when and way not in {"leaf", "numbers", "ordered", "same", "not", "joined", "in", "reading"}:
            way = "leaf"
        match way:
            case "numbers":
                return self.compared(number(self.pick(UNITS)), list(ORDERS), depth)
            case "ordered":
                of = self.pick([DATE, MONTH, self.a_list()])
                ordered = of.name != "choice" or self.lists[of.of][1]
                return self.compared(of, list(ORDERS) if ordered else ["==", "!="], depth)
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
                on, month = self.formula(DATE, depth - 1), self.formula(MONTH, 0)
                return Formula(
                    f"in_month({on.text}, {month.text})", lambda w: by_hand.month_of(on.mean(w)) == month.mean(w)
                )
            case "quotient":
                of, order = number(self.pick(["ratio", "CNY"])), self.pick(list(ORDERS))
                one, two = self.quotient(of, depth)
                other = self.formula(of, depth - 1)
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

    def a_date(self, kind: Kind, depth: int) -> Formula:
        """A day."""
        match self.way(DATES) if not self.is_when else "leaf":
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
        is_whole = self.chance(0.15)
        if is_whole or pick == "only":
            tests = self.exclusive(is_whole)
        else:
            tests = [self.formula(FLAG, 2) for _ in range(self.pick([1, 2, 3]))]
        values = [self.formula(kind, 2) for _ in tests]
        otherwise, key = (NOTHING if is_whole else self.formula(kind, 1)), self.key(kind)

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
        return {"pick": pick, "rows": rows, **({} if is_whole else {"otherwise": otherwise.text})}, mean

    def exclusive(self, is_whole: bool) -> list[Formula]:
        """Tests of which no two can hold together, and one always does where they are whole; or, seldom, not so."""
        value = self.always(number("ratio"))
        flag = constant("true", True) if is_whole else self.formula(FLAG, 1)
        first = self.pick(["<", "<="])
        second = {"<": ">=", "<=": ">"}[first] if not self.chance(3 * self.flaws) else self.pick([">=", ">"])
        limit = self.literal(number("ratio"))
        one, two = ORDERS[first], ORDERS[second]
        return [
            Formula(f"{value.text} {first} {limit.text}", lambda w: one(value.mean(w), limit.mean(w))),
            Formula(
                f"{value.text} {second} {limit.text} and {flag.text}",
                lambda w: two(value.mean(w), limit.mean(w)) and flag.mean(w),
            ),
        ]
