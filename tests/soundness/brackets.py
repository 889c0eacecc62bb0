"""Brackets, tables and crosswalks of a generated module."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any, Final

from subsidy.calculation import by_hand
from subsidy.rounding import MODES

from .meaning import FLAG, Formula, Kind, World, choice, number
from .scope import CLAUSE, LABEL, PLACES, SCALES, Scope, nested, share

CUTS: Final = {
    "ratio": ["-1", "2.5", "20"],
    "CNY": ["20", "300", "1000/3"],
    "m2": ["10", "60.5", "300"],
    "wan_CNY": ["0.002", "0.03"],
}
STEPS: Final = {"ratio": "1", "m2": "0.5"}
ENTRIES: Final = 24  # of a table, at most


@dataclass
class Class:
    """One class: its name, its upper end if any, and whether that is in."""

    name: str
    high: Fraction | None
    high_in: bool


@dataclass
class Bracket:
    """A bracket by hand: `ends` are those of the whole, where it has any."""

    unit: str
    classes: list[Class]
    step: str
    ends: tuple[str, str] | None

    def of(self, value: Fraction) -> str:
        """The class of a value."""
        for each in self.classes:
            if each.high is None or value < each.high or (value == each.high and each.high_in):
                return each.name
        raise AssertionError(value)


class Tables(Scope):
    """Draws tables, and what they are looked up with."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.brackets: dict[str, Bracket] = {}

    def formula(self, kind: Kind, depth: int) -> Formula:
        """A formula of a kind."""
        raise NotImplementedError

    def bracket(self) -> str:
        """A bracket: one that is there, or a new one."""
        if self.brackets and (len(self.brackets) > 1 or self.chance(0.6)):
            return self.pick(list(self.brackets))
        name, stated = self.name("class"), self.pick(list(CUTS))
        scale = SCALES.get(stated, Fraction(1))
        step = STEPS.get(stated, "") if self.chance(0.4) else ""
        cuts = [each for each in CUTS[stated] if not step or share(each) % share(step) == 0][: self.pick([1, 2, 3])]
        rows: list[dict[str, Any]] = [{"name": f"{name}_{index}"} for index in range(len(cuts) + 1)]
        classes: list[Class] = []
        for index, cut in enumerate(cuts):
            high_in = self.chance(0.5)
            rows[index]["to_in" if high_in else "to"] = cut
            if step and high_in and self.chance(0.6):
                rows[index + 1]["from"] = str(share(cut) + share(step))
            else:
                rows[index + 1]["from_out" if high_in else "from"] = cut
            if cut == cuts[-1] and self.chance(2 * self.flaws):
                rows[index + 1] = {"name": f"{name}_{index + 1}", "from": str(share(cut) + 50)}  # P0330
            classes.append(Class(f"{name}_{index}", scale * share(cut), high_in))
        classes.append(Class(f"{name}_{len(cuts)}", None, False))
        ends = None
        if not step and self.chance(0.3):
            ends = ("-5", "2000") if stated != "wan_CNY" else ("-5", "20000")
            rows[0]["from"], rows[-1]["to_in"] = "-5", "2000" if stated != "wan_CNY" else "2"
            if stated == "wan_CNY":
                rows[0]["from"] = "-0.0005"
        body: dict[str, Any] = {"of": stated, "label": LABEL, "clause": CLAUSE}
        if step:
            body["step"] = step
        self.declared.brackets[name] = body | {"rows": [each | {"label": LABEL} for each in rows]}
        self.brackets[name] = Bracket("CNY" if scale != 1 else stated, classes, step, ends)
        self.lists[name] = ([each.name for each in classes], True)
        return name

    def classified(self, name: str, depth: int) -> Formula:
        """The class that a number has."""
        bracket = self.brackets[name]
        one = self.formula(number(bracket.unit), depth)
        text, mean = one.text, one.mean
        unit = "" if bracket.unit == "ratio" else f"[{bracket.unit}]"
        if bracket.ends is not None:
            low, high = bracket.ends
            if not self.chance(3 * self.flaws):  # P0612
                text = f"max({low}{unit}, min({high}{unit}, {text}))"
                mean = lambda w: max(share(low), min(share(high), one.mean(w)))  # noqa: E731
        elif bracket.step:
            mode, step = self.pick(list(MODES)), bracket.step
            text = f"round({text}, {step}, {mode})"
            mean = lambda w: by_hand.rounded(one.mean(w), share(step), mode)  # noqa: E731
        return Formula(f"{name}({text})", lambda w: bracket.of(mean(w)))

    def table_keys(self) -> list[tuple[str, list[str], Formula]]:
        """One to three keys of a table: the name of each, its values, and what it is looked up with."""
        found: dict[str, tuple[str, list[str], Formula]] = {}
        entries = 1
        for _ in range(self.pick([1, 1, 1, 2, 2, 3])):
            each = self.table_key()
            if each[0] not in found and entries * len(each[1]) <= ENTRIES:
                found[each[0]] = each
                entries *= len(each[1])
        looked_up = {formula.text: formula for _, _, formula in found.values()}
        if looked_up.keys() == found.keys():  # all of them and in another order would be refused as a slip
            return [(name, values, looked_up[name]) for name, values, _ in found.values()]
        return list(found.values())

    def table_key(self) -> tuple[str, list[str], Formula]:
        """A key of a table."""
        match self.way({"fact": 3, "bracket": 2, "place": 1, "list": 1, "step": 2}):
            case "bracket":
                name = self.bracket()
                return name, self.lists[name][0], self.formula(choice(name), 1)
            case "place":
                parent = self.pick(list(PLACES))
                place = self.always(Kind("division", parent))
                return place.text, list(PLACES[parent]), place
            case "list":
                own = list(self.declared.choices)
                if own:
                    name = self.pick(own)
                    return name, self.lists[name][0], self.formula(choice(name), 1)
            case "step":
                steps = [(kind, each) for kind, known in self.leaves.items() for each in known
                         if kind.name == "choice" and each.text.startswith("step")]  # fmt: skip
                if steps:
                    kind, step = self.pick(steps)
                    self.open_steps.pop(step.text, None)
                    return step.text, self.lists[kind.of][0], step if self.chance(0.7) else self.formula(kind, 1)
        kind = self.a_list()
        fact = self.always(kind)
        values = self.lists[kind.of][0]
        if fact.text not in self.declared.facts:
            fact = self.always(choice("care_level"))
            kind, values = choice("care_level"), self.lists["care_level"][0]
        return fact.text, values, fact if self.chance(0.6) else self.formula(kind, 1)

    def crosswalk(self, kind: Kind) -> Formula:
        """A table from classes of one standard to those of another."""
        by = self.table_keys()[:2]
        name = self.name("walk")
        table = {keys: self.pick(self.lists[kind.of][0]) for keys in product(*(values for _, values, _ in by))}
        self.declared.parameters[name] = {
            "label": LABEL, "clause": CLAUSE, "of": kind.of, "by": [key for key, _, _ in by], "values": nested(table),
        }  # fmt: skip

        def mean(w: World) -> Any:
            return table[tuple(key.mean(w) for _, _, key in by)]

        return Formula(f"{name}[{', '.join(key.text for _, _, key in by)}]", mean)


__all__ = ["FLAG", "Bracket", "Tables"]
