"""Values that are there, and formulas that every type has: branches, extremes, what may be absent."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from subsidy.calculation import by_hand
from subsidy.rounding import MODES

from .brackets import Tables
from .meaning import FLAG, MONTH, Formula, Kind, branch, constant, number
from .scope import VOCABULARY, fact_value

QUANTA: Final = ("0.01", "0.1", "1", "0.25", "5", "0.05", "0.003")
LENGTH: Final = 420  # signs; a longer formula is put aside for a leaf


class Leaves(Tables):
    """What every formula is made of."""

    def formula(self, kind: Kind, depth: int) -> Formula:
        """A formula of a kind."""
        found: Formula = getattr(self, f"a_{kind.name}")(kind, depth) if depth > 0 else self.leaf(kind)
        return found if len(found.text) <= LENGTH else self.leaf(kind)

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
        when = self.formula(FLAG, 1)
        if len(when.text) > 60:
            when = self.leaf(FLAG)
        self.is_when = keep
        name = self.fact(kind, when=when.text)
        self.declared.whens[name] = when
        value = fact_value(name)
        if self.chance(0.4):
            return value, Formula(f"given({name})", lambda w: value.mean(w) is not None)
        return value, Formula(f"({when.text})", when.mean)

    def rounded(self, one: Formula) -> Formula:
        """A number rounded in any way."""
        quantum, mode = self.pick(QUANTA), self.pick(list(MODES))
        return Formula(
            f"round({one.text}, {quantum}, {mode})", lambda w: by_hand.rounded(one.mean(w), Fraction(quantum), mode)
        )

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
