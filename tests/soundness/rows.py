"""Formulas over rows and over months."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from .leaves import Leaves
from .meaning import FLAG, MONTH, Contradiction, Formula, Kind, World, number
from .scope import Records

MONTHS_LIMIT: Final = 600


class Rows(Leaves):
    """Totals, counts and extremes over rows and months, and places among rows."""

    def row_leaves(self, rows: Records) -> list[tuple[Kind, Formula]]:
        """The fields of the row at hand."""
        key = f"{rows.name}_c"  # a day that every row has

        def among_its_kind(w: World) -> Fraction:
            return Fraction(1 + sum(row[key] == w.row[key] for row in w.rows[: w.place]))

        found = [
            (number("ratio"), Formula("position(r)", lambda w: Fraction(w.place + 1))),
            (number("ratio"), Formula(f"position(r, r.{key})", among_its_kind)),
        ]
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

    def any_or_all(self, rows: Records | None, depth: int) -> Formula:
        """Whether something holds of any, or of all rows or months."""
        how = self.pick(["any", "all"])
        whether = {"any": any, "all": all}[how]
        month = [(MONTH, Formula("m", lambda w: w.month))]
        with self.offering("rows" if rows is not None else "months", [] if rows is not None else month):
            tail, kept, _ = self.aggregate(rows, depth)
            body = self.formula(FLAG, depth - 1)
        return Formula(f"{how}({body.text} for {tail})", lambda w: whether(body.mean(each) for each in kept(w)))

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
