"""Steps, conditions, measures, caps and parts of a generated module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any, Final

from subsidy.calculation import by_hand
from subsidy.rounding import MODES

from .formulas import Formulas
from .meaning import DATE, FLAG, ID, MONTH, Formula, Kind, Meaning, World, choice, number
from .scope import CLAUSE, LABEL, PLACES, VOCABULARY, fact_value, share

FORMS: Final = ("cash", "in_kind", "voucher", "offset")
LIMIT: Final = "90000"


@dataclass
class Part:
    """One part by hand. `decided` is the fact that says the sum of a ceiling."""

    mean: Meaning
    counted: bool
    decided: str = ""


@dataclass
class Meant:
    """What a module means, beside its text."""

    steps: dict[str, Meaning] = field(default_factory=dict)
    conditions: dict[str, tuple[str, Meaning, list[str]]] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)


class Outcomes(Formulas):
    """Draws what a module says beside its facts and parameters."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.meant = Meant()
        self.claim = "person*month" if self.chance(0.15) else ""
        self.money = f"CNY/({self.claim})" if self.claim and self.chance(0.7) else "CNY"
        self.steps: list[dict[str, Any]] = []
        self.conditions: list[dict[str, Any]] = []
        self.measures: list[dict[str, Any]] = []
        self.parts: list[dict[str, Any]] = []
        self.last_words: list[Formula] = []  # numbers that are to tell on the next part

    def step(self) -> None:
        """One step more: a formula or a ladder, of any kind."""
        kind = self.kind()
        if self.brackets and self.chance(0.1):
            kind = choice(self.pick(list(self.brackets)))
        name = self.name("step")
        body: dict[str, Any] = {"name": name, "label": LABEL}
        mean: Callable[[World], Any]
        if self.chance(0.3):
            rows, mean = self.ladder(kind)
        else:
            value = self.formula(kind, 3)
            rows, mean = {"value": value.text}, value.mean
        match kind.name:
            case "number":
                body["unit"] = kind.of
            case "choice":
                body |= {"type": "choice", "of": kind.of}
            case plain:
                body["type"] = plain
        body |= rows
        if kind.name == "number" and self.chance(0.4):
            quantum, mode, exact = self.pick(["0.01", "1", "0.5"]), self.pick(list(MODES)), mean
            body["round"] = f"{quantum} {mode}"
            mean = lambda w: by_hand.rounded(exact(w), Fraction(quantum), mode)  # noqa: E731
        self.steps.append(body)
        self.meant.steps[name] = mean
        self.leaves.setdefault(kind, []).append(Formula(name, lambda w: w.steps[name]))
        self.open_steps[name] = kind

    def class_step(self) -> None:
        """A step that says of which class a place is."""
        parent = self.pick(list(PLACES))
        place, name = self.always(Kind("division", parent)), self.name("step")
        mean: Meaning = lambda w: PLACES[parent][place.mean(w)]  # noqa: E731
        self.steps.append({"name": name, "label": LABEL, "type": "choice", "of": "division_class",
                           "value": f"class({place.text})"})  # fmt: skip
        self.meant.steps[name] = mean
        figures = {"municipal_district": self.figure("ratio"), "county": self.figure("ratio")}
        rate = self.name("rate")
        values = {key: each for key, each in figures.items() if key in PLACES[parent].values()}
        self.declared.parameters[rate] = {"label": LABEL, "clause": CLAUSE, "unit": "ratio", "by": [name],
                                          "values": values}  # fmt: skip
        looked_up = Formula(f"{rate}[{name}]", lambda w: share(figures[mean(w)]))
        self.leaves.setdefault(number("ratio"), []).append(looked_up)
        self.last_words.append(looked_up)

    def left_over(self) -> list[Formula]:
        """Every step that nothing has used, as a sum of money."""
        found = []
        for name, kind in list(self.open_steps.items()):
            step: Formula = Formula(name, lambda w, name=name: w.steps[name])  # type: ignore[misc]
            found.append(self.as_money(step, kind))
        self.open_steps = {}
        return found

    def as_money(self, one: Formula, kind: Kind) -> Formula:
        """Any value as a sum of money, so that it tells on the outcome."""
        times = f" * 1[{self.money}]"
        match kind.name:
            case "number" if kind.of == self.money:
                return one
            case "number":
                over = "" if kind.of == "ratio" else f" / 1[{kind.of}]"
                return Formula(f"{one.text}{over}{times}", one.mean)
            case "flag":
                return Formula(f"(if {one.text} then 1[{self.money}] else 0)", lambda w: Fraction(one.mean(w)))
            case _:
                other = self.literal(kind)
                return Formula(
                    f"(if {one.text} == {other.text} then 1[{self.money}] else 0)",
                    lambda w: Fraction(one.mean(w) == other.mean(w)),
                )

    def summed(self, found: list[Formula]) -> Formula:
        """The sum of some."""
        if len(found) == 1:
            return found[0]
        return Formula(
            "(" + " + ".join(each.text for each in found) + ")", lambda w: sum((e.mean(w) for e in found), Fraction(0))
        )

    def sum_of_money(self, *, may_recover: bool, more: list[Formula]) -> Formula:
        """A sum of whole fen, not below zero unless it may be recovered."""
        mode, unit = self.pick(list(MODES)), self.money
        one = self.summed([self.formula(number(unit) if unit == "CNY" else number("ratio"), 2), *more])
        if unit != "CNY" and not more:
            one = Formula(f"({one.text} * 1[{unit}])", one.mean)
        elif unit != "CNY":
            first = self.formula(number("ratio"), 2)
            one = self.summed([Formula(f"{first.text} * 1[{unit}]", first.mean), *more])
        most, least = Fraction(LIMIT), -Fraction(LIMIT) if may_recover else Fraction(0)
        low = f"-{LIMIT}[{unit}]" if may_recover else "0"
        if not may_recover and self.chance(self.flaws):
            low, least = f"-1[{unit}]", Fraction(-1)  # P0602
        if self.chance(self.flaws):  # P0603
            return Formula(
                f"min({LIMIT}[{unit}], max({low}, {one.text}))", lambda w: min(most, max(least, one.mean(w)))
            )
        return Formula(
            f"round(min({LIMIT}[{unit}], max({low}, {one.text})), 0.01, {mode})",
            lambda w: by_hand.rounded(min(most, max(least, one.mean(w))), Fraction("0.01"), mode),
        )

    # — parts —

    def part(self, payee: str) -> None:
        """One part more, with its shares, its instalments, and perhaps a cap or a ceiling."""
        name = self.name("part")
        more = self.left_over() + [self.as_money(each, number("ratio")) for each in self.last_words]
        self.last_words = []
        may_recover = self.chance(0.2)
        counted = self.chance(0.8) or not self.parts
        body: dict[str, Any] = {"name": name, "label": LABEL, "payee": payee}
        body |= {"form": self.pick(FORMS)} if self.chance(0.3) else {}
        body |= {} if counted else {"counted": False}
        decided = ""
        if self.chance(0.12):
            value, may_recover = self.sum_of_money(may_recover=False, more=more), False
            decided = self.name("decided")
            self.declared.facts[decided] = {"type": "number", "unit": self.money, "resolution": "0.01",
                                            "range": ["0", LIMIT], "optional": True, "label": LABEL}  # fmt: skip
            body |= {"up_to": value.text, "decided": decided}
        else:
            value = self.sum_of_money(may_recover=may_recover, more=more)
            if not may_recover and self.chance(0.25):
                value = self.capped(name, value)
            body["value"] = value.text
        if may_recover:
            body["may_recover"] = True
        body["shares"] = self.shares()
        has_value = any("value" in each for each in body["shares"])
        if self.chance(0.4) and not has_value:
            body["instalments"] = self.instalments()
        self.parts.append(body)
        self.meant.parts[name] = Part(value.mean, counted, decided)

    def capped(self, part: str, value: Formula) -> Formula:
        """A sum limited to what is left of a cap over all claims."""
        cap = self.name("cap")
        body: dict[str, Any] = {"name": cap, "label": LABEL, "of": part, "clause": CLAUSE, "over": self.tell_apart()}
        left = fact_value(f"left_{cap}")
        if self.chance(0.4):
            body |= {"times": self.pick([1, 2]), "beyond": "refuse"}
            self.declared.caps.append(body)
            return Formula(
                f"(if left({cap}) > 0 then {value.text} else 0)",
                lambda w: value.mean(w) if left.mean(w) > 0 else Fraction(0),
            )
        steps = [each["name"] for each in self.steps if each.get("unit") == self.money]
        if steps and self.chance(0.5):
            body["limit"] = self.pick(steps)
            self.open_steps.pop(body["limit"], None)
        else:
            body["limit"] = self.name("limit")
            self.declared.parameters[body["limit"]] = {"label": LABEL, "clause": CLAUSE, "unit": self.money,
                                                       "value": self.pick(["500", "60.25"])}  # fmt: skip
        body["beyond"] = self.pick(["cut", "refuse"])
        self.declared.caps.append(body)
        return Formula(f"min(left({cap}), {value.text})", lambda w: min(left.mean(w), value.mean(w)))

    def tell_apart(self) -> list[str]:
        """What tells claims apart."""
        kinds = [ID, ID, MONTH, DATE, choice("care_level"), FLAG]
        return list(dict.fromkeys(self.always(self.pick(kinds)).text for _ in range(self.pick([1, 2]))))

    def residual(self) -> dict[str, Any]:
        """Who bears what is left."""
        match self.way({"plain": 3, "own": 1, "of": 1}):
            case "own":
                return {"payer": self.pick(["facility", "individual"]), "residual": True, "own": True}
            case "of":
                place = self.always(Kind("division", self.pick([*PLACES, ""])))
                return {"payer": "county", "of": place.text, "name": self.name("share"), "residual": True}
            case _:
                return {"payer": "province", "residual": True}

    def shares(self) -> list[dict[str, Any]]:
        """Who pays which part."""
        match self.way({"whole": 1, "thirds": 1.5, "table": 1, "complement": 1, "rest": 2, "value": 1, "open": 0.7,
                        "flaw": 20 * self.flaws}):  # fmt: skip
            case "thirds":
                thirds = {"city": "1/3", "county": "1/6", "province": "50%"}
                shares: list[dict[str, Any]] = [{"payer": payer, "percent": each} for payer, each in thirds.items()]
                if self.chance(0.4):
                    shares[1]["of"] = self.always(Kind("division", self.pick(list(PLACES)))).text
                if self.chance(0.3):
                    shares[2] = {"payer": "facility", "percent": "50%", "own": True}
                return shares
            case "table":
                return [{"payer": "city", "percent": self.percentages()}, self.residual()]
            case "complement":
                table = self.percentages()
                test = self.formula(FLAG, 1)
                if self.chance(0.3):
                    return [{"payer": "city", "percent": f"if {test.text} then {table} else 0.25"}, self.residual()]
                return [{"payer": "city", "percent": table}, {"payer": "county", "percent": f"1 - {table}"}]
            case "rest":
                return [{"payer": "county", "percent": self.pick(["2/7", "12.5%", "0.5"])}, self.residual()]
            case "value":
                one = self.formula(number("CNY"), 1)
                return [
                    {"payer": "city", "value": f"max(0, {one.text})"},
                    {"payer": "county", "percent": "1/7"},
                    self.residual(),
                ]
            case "open":
                name = self.name("rate")
                self.declared.parameters[name] = {"label": LABEL, "clause": CLAUSE, "unit": "ratio",
                                                  "unknown": {"range": ["0.2", "0.6"], "why": LABEL}}  # fmt: skip
                return [{"payer": "city", "percent": name}, {"payer": "county", "percent": "10%"}, self.residual()]
            case "flaw":  # P0503
                return self.not_whole()
            case _:
                return [{"payer": "county", "percent": "100%"}]

    def not_whole(self) -> list[dict[str, Any]]:
        """Shares that make the whole under every key but one."""
        level = self.always(choice(self.pick(list(VOCABULARY))))
        keys = self.list_of(level)
        one = {key: self.pick(["1/3", "20%", "0.75"]) for key in keys}
        two = {key: str(1 - share(each)) for key, each in one.items()}
        two[self.pick(keys)] = self.pick(["0.1", "0.9"])
        names = [self.name("rate"), self.name("rate")]
        for name, values in zip(names, (one, two), strict=True):
            self.declared.parameters[name] = {
                "label": LABEL, "clause": CLAUSE, "unit": "ratio", "by": [level.text], "values": values,
            }  # fmt: skip
        payers = zip(("city", "county"), names, strict=True)
        return [{"payer": payer, "percent": f"{name}[{level.text}]"} for payer, name in payers]

    def percentages(self) -> str:
        """A table of percentages, looked up by a choice."""
        name, level = self.name("rate"), self.always(choice(self.pick(list(VOCABULARY))))
        keys = self.list_of(level)
        self.declared.parameters[name] = {"label": LABEL, "clause": CLAUSE, "unit": "ratio", "by": [level.text],
                                          "values": {key: self.pick(["1/3", "20%", "0.75", "0", "100%"])
                                                     for key in keys}}  # fmt: skip
        return f"{name}[{level.text}]"

    def list_of(self, fact: Formula) -> list[str]:
        """The values that a fact may have."""
        return self.lists[self.declared.facts[fact.text]["of"]][0]

    def instalments(self) -> list[dict[str, Any]]:
        """How a part is paid, one after the other; they make it up whichever of them exist."""
        test = self.pick([*self.existing()])
        table = self.percentages()
        value = f"max(0, {self.formula(number('CNY'), 1).text})"
        ways: list[list[dict[str, Any]]] = [
            [{"share": "1/3"}, {"share": "1/3"}, {"share": "1/3"}],
            [{"share": f"{table} * 0.5", "when": test}, {"share": "7%", "when": test}, {"remainder": True}],
            [{"value": value}, {"remainder": True}, {"share": "20%", "when": test}],
            [{"share": f"if {test} then 0.25 else 1"}, {"share": "75%", "when": test}],
            [{"share": table, "remainder": True}, {"share": f"1 - {table}"}],
            [{"share": "40%"}, {"share": "30%", "when": f"not {test}"}, {}],
        ]
        if self.chance(2 * self.flaws):
            ways = [[{"share": "50%"}, {"share": "50%", "when": test}]]  # P0504
        found = []
        for each in self.pick(ways):
            body = {"name": self.name("instalment"), "label": LABEL, **each}
            if self.chance(0.4):
                body["due"] = self.formula(DATE, 1).text
            if self.chance(0.5):
                self.is_asked = True
                body |= {"test": self.formula(FLAG, 2).text, "if_failed": self.pick(["lapses", "waits"])}
                self.is_asked = False
            found.append(body)
        return found

    def existing(self) -> list[str]:
        """Tests of whether an instalment exists: such that can be gone through."""
        flag, level = self.always(FLAG).text, self.always(choice("care_level")).text
        return [flag, f"({level} == disabled)", f"({flag} or {level} > self_care)"]

    # — beside the parts —

    def condition(self) -> None:
        """One condition more."""
        kind = self.pick(["required", "required", "advisory", "admissible"])
        name, test = self.name("condition"), self.formula(FLAG, 2)
        if kind == "admissible" or self.chance(0.5):
            other = self.formula(FLAG, 1)
            test = self.joined_by_or(test, other)
        body: dict[str, Any] = {"name": name, "label": LABEL, "clause": CLAUSE, "kind": kind, "test": test.text}
        parts = [each["name"] for each in self.parts]
        concerned = [self.pick(parts)] if kind == "required" and self.chance(0.5) else []
        if concerned:
            body["for"] = concerned
        self.conditions.append(body)
        self.meant.conditions[name] = (kind, test.mean, concerned)

    def joined_by_or(self, one: Formula, two: Formula) -> Formula:
        """One or the other."""
        return Formula(f"{one.text} or {two.text}", lambda w: one.mean(w) or two.mean(w))

    def measure(self) -> None:
        """One standard or target more."""
        kind = number(self.pick(["ratio", "CNY", "m2", "day"]))
        body: dict[str, Any] = {"name": self.name("measure"), "label": LABEL, "clause": CLAUSE}
        body |= {"value": self.formula(kind, 2).text, "required": self.formula(kind, 2).text}
        body["sense"] = self.pick(["at_least", "at_most"])
        when = self.pick(["by", "before", ""])
        if when:
            body[when] = self.formula(DATE, 1).text
        if kind.of != "ratio" and not any(f"[{kind.of}]" in body[key] for key in ("value", "required")):
            body["required"] = f"{body['required']} + 0.5[{kind.of}]"
        self.measures.append(body)

    def from_ledger(self) -> None:
        """A fact about earlier claims, and where it may be used."""
        over = self.tell_apart()
        policy = {"policy": "cn/test/another"} if self.chance(0.3) else {}
        period = {"from": self.always(MONTH).text} if self.chance(0.4) else {}
        period |= {"until": self.always(DATE).text} if self.chance(0.4) else {}
        name = self.name("ledger")
        match self.pick(["sum", "count", "last"]):
            case "sum":
                ledger: dict[str, Any] = {"sum": "amount"}
                body: dict[str, Any]
                kind, body = number(self.money), {"type": "number", "unit": self.money, "resolution": "0.01",
                                                  "range": ["0", "1000"]}  # fmt: skip
            case "count":
                ledger, unit = {"count": True}, self.claim or "ratio"
                kind, body = number(unit), {"type": "number", "unit": unit, "resolution": "1", "range": ["0", "24"]}
            case _:
                level = self.always(choice("care_level"))
                ledger, kind = {"last": level.text}, choice("care_level")
                body = {"type": "choice", "of": "care_level", "optional": True}
                value = fact_value(name)
                self.last_words.append(
                    Formula(
                        f"(if given({name}) and {name} > {level.text} then 1 else 0)",
                        lambda w: Fraction(
                            value.mean(w) is not None and self.key(kind)(value.mean(w)) > self.key(kind)(level.mean(w))
                        ),
                    )
                )
        ledger |= {"over": over, **policy, **period}
        self.declared.facts[name] = {**body, "label": LABEL, "from_ledger": ledger}
        if kind.name == "number":
            self.leaves.setdefault(kind, []).append(fact_value(name))
            found = self.as_money(fact_value(name), kind)
            over_one = f" / 1[{self.money}]"
            self.last_words.append(Formula(f"({found.text}{over_one})", found.mean))

    def spare(self) -> None:
        """An advisory condition on every step that nothing else has used."""
        found = self.left_over() + [self.as_money(each, number("ratio")) for each in self.last_words]
        if found:
            name = self.name("condition")
            tests = [Formula(f"{each.text} > 0", lambda w, each=each: each.mean(w) > 0) for each in found]  # type: ignore[misc]
            test = Formula(" or ".join(each.text for each in tests), lambda w: any(each.mean(w) for each in tests))
            self.conditions.append(
                {"name": name, "label": LABEL, "clause": CLAUSE, "kind": "advisory", "test": test.text}
            )
            self.meant.conditions[name] = ("advisory", test.mean, [])
