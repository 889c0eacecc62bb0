"""What a generated module declares: each fact, parameter, list or bracket is declared when a formula first wants it.

So nothing is declared that is not used, and whatever may stand somewhere may be anything of its type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any, Final, TypeVar

from .meaning import DATE, FLAG, ID, MONTH, Formula, Kind, World, choice, constant, number

T = TypeVar("T")
LABEL: Final = {"zh": "项", "en": "item"}
CLAUSE: Final = "一"
VOCABULARY: Final = {
    "care_level": ["self_care", "semi_disabled", "disabled"],
    "centre_rating": ["A", "AA", "AAA"],
}
CLASSES: Final = ["province", "autonomous_region", "municipality", "prefecture_city", "municipal_district", "county",
                  "county_city"]  # fmt: skip
PLACES: Final = {  # some divisions, with those below them and what these are
    "220400": {"220402": "municipal_district", "220403": "municipal_district", "220421": "county", "220422": "county"},
    "211100": {
        "211102": "municipal_district", "211103": "municipal_district", "211104": "municipal_district",
        "211122": "county",
    },
}  # fmt: skip
SCALES: Final = {"wan_CNY": Fraction(10_000)}
RANGES: Final = {  # resolution and range of a fact
    "ratio": [("0.01", "0", "50"), ("1", "0", "9"), ("0.125", "-20", "20"), ("0.5", "1", "12.5"), ("2%", "0", "100%")],
    "CNY": [("0.01", "0", "5000"), ("1", "100", "900"), ("0.05", "-300", "300"), ("0.01", "0.01", "99.99")],
    "m2": [("0.01", "0", "2000"), ("0.5", "10", "60")],
    "day": [("1", "0", "31"), ("0.5", "-10", "40")],
    "month": [("1", "0", "36"), ("0.5", "0.5", "12")],
    "year": [("1", "0", "12"), ("0.25", "0", "3")],
    "person": [("1", "0", "20")],
}
SCALED: Final = {"CNY": ("wan_CNY", "0.0001", "0", "0.05")}
FIGURES: Final = {
    "ratio": ["1/3", "60%", "2.5", "0.01", "7.25", "100", "22/7", "0.3", "-0.5", "0"],
    "CNY": ["300", "150.5", "0.01", "1000/3", "20", "-12.34", "0"],
    "": ["20", "1.5", "2/3", "0.05", "12"],
}


@dataclass
class Records:
    """Rows: their fields by name, with which of them may be absent."""

    name: str
    fields: dict[str, Kind]
    optional: set[str]
    asked: bool


@dataclass
class Declared:
    """What the module has so far, as TOML will have it, and how the raw facts are read by hand."""

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    choices: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    brackets: dict[str, dict[str, Any]] = field(default_factory=dict)
    interpretations: list[dict[str, Any]] = field(default_factory=list)
    caps: list[dict[str, Any]] = field(default_factory=list)
    whens: dict[str, Formula] = field(default_factory=dict)


class Scope:
    """Draws from what is there, and declares what is not."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.declared = Declared()
        self.lists: dict[str, tuple[list[str], bool]] = {name: (each, True) for name, each in VOCABULARY.items()}
        self.leaves: dict[Kind, list[Formula]] = {}
        self.asked: dict[Kind, list[Formula]] = {}
        self.records: list[Records] = []
        self.open_steps: dict[str, Kind] = {}  # steps that nothing has used so far
        self.is_asked = False  # whether facts that are stated later may be used
        self.is_when = False  # whether only what is always there may be used
        self.here: list[tuple[Kind, Formula]] = []  # what a row or a month at hand offers
        self.within: set[str] = set()  # "rows", "months"
        self.names = 0
        self.flaws = 0.01  # how often something is written that the compiler may have to refuse

    # — chance —

    def pick(self, options: Sequence[T]) -> T:
        """One of some, each as likely as the others."""
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        """Whether something of this probability happens."""
        return self.random.random() < share

    def way(self, weights: Mapping[str, float]) -> str:
        """One of some names, by weight."""
        return self.random.choices(list(weights), list(weights.values()))[0]

    def name(self, stem: str) -> str:
        """A new name."""
        self.names += 1
        return f"{stem}_{self.names}"

    @contextmanager
    def offering(self, what: str, leaves: list[tuple[Kind, Formula]]) -> Iterator[None]:
        """While a row or a month is at hand."""
        before, inside = self.here, self.within
        self.here, self.within = [*before, *leaves], inside | {what}
        yield
        self.here, self.within = before, inside

    # — facts —

    def fact(self, kind: Kind, **more: Any) -> str:
        """Declares a fact of a kind; its name."""
        name = self.name("when" if "when" in more else kind.name)
        self.declared.facts[name] = {**self.fact_body(kind, name), "label": LABEL, **more}
        if self.is_asked:
            self.declared.facts[name]["asked"] = "instalment"
        return name

    def fact_body(self, kind: Kind, name: str) -> dict[str, Any]:
        """What a fact or a field of a kind says of itself."""
        match kind.name:
            case "number":
                if kind.of in SCALED and self.chance(0.2):
                    unit, resolution, *ends = SCALED[kind.of]
                else:
                    unit, (resolution, *ends) = kind.of, self.pick(RANGES.get(kind.of, RANGES["m2"]))
                return {"type": "number", "unit": unit, "resolution": resolution, "range": ends}
            case "choice" if kind.of == name:
                values, ordered = self.lists[name]
                labels = dict.fromkeys(values, LABEL)
                return {"type": "choice", "of": values, "labels": labels, "ordered": ordered}
            case "choice":
                return {"type": "choice", "of": kind.of}
            case "division":
                return {"type": "division", "within": kind.of} if kind.of else {"type": "division"}
            case plain:
                return {"type": plain}

    def inline_choice(self) -> Kind:
        """Declares a fact with a list of its own."""
        name = self.name("choice")
        values = [f"{name}_{letter}" for letter in "abcd"[: self.pick([2, 3, 4])]]
        self.lists[name] = (values, self.chance(0.6))
        self.declared.facts[name] = {**self.fact_body(choice(name), name), "label": LABEL}
        kind = choice(name)
        self.leaves.setdefault(kind, []).append(fact_value(name))
        return kind

    def own_list(self) -> Kind:
        """Declares a list of choices of the module's own."""
        name = self.name("list")
        values = [f"{name}_{letter}" for letter in "abc"[: self.pick([2, 3])]]
        self.lists[name] = (values, self.chance(0.7))
        self.declared.choices[name] = {
            "label": LABEL,
            "ordered": self.lists[name][1],
            "values": dict.fromkeys(values, LABEL),
        }
        return choice(name)

    def a_list(self) -> Kind:
        """A list of choices: one of the vocabulary, or of the module."""
        own = [name for name in self.lists if name not in VOCABULARY and name not in self.declared.brackets]
        if own and self.chance(0.5):
            return choice(self.pick(own))
        if not self.is_when and not self.is_asked and len(own) < 3 and self.chance(0.25):
            return self.own_list() if self.chance(0.5) else self.inline_choice()
        return choice(self.pick(list(VOCABULARY)))

    def always(self, kind: Kind) -> Formula:
        """A fact that is always given: one that is there, or a new one."""
        known = [each for each in self.leaves.get(kind, []) if each.text in self.declared.facts]
        if known and (len(known) > 2 or self.chance(0.7)):
            return self.pick(known)
        if kind.name == "choice" and kind.of in self.declared.brackets | self.declared.facts:
            return self.pick(known) if known else self.literal(kind)
        keep, self.is_asked = self.is_asked, False
        found = fact_value(self.fact(kind))
        self.is_asked = keep
        self.leaves.setdefault(kind, []).append(found)
        return found

    def rows(self) -> Records:
        """A list of records: one that is there, or a new one."""
        known = [each for each in self.records if self.is_asked or not each.asked]
        if known and (len(known) > 1 or self.chance(0.8)):
            return self.pick(known)
        name = self.name("rows")
        kinds = [number(self.pick(["ratio", "CNY", "m2"])), self.a_list(), DATE]
        kinds += [self.pick([FLAG, MONTH, ID, number("CNY"), Kind("division", self.pick(list(PLACES)))])]
        fields = {f"{name}_{letter}": kind for letter, kind in zip("abcdefgh", kinds, strict=False)}
        body: dict[str, Any] = {"type": "records", "rows": self.pick([[0, 3], [0, 4], [1, 3], [2, 2]]), "label": LABEL}
        match self.pick(["unique", "periods", "optional", "plain"]):
            case "unique":
                fields[f"{name}_key"] = ID
                body["unique"] = [f"{name}_key"]
            case "periods":
                fields |= {f"{name}_from": DATE, f"{name}_to": DATE}
                body["periods"] = {"from": f"{name}_from", "to": f"{name}_to"}
        optional = {each for each in fields if each in {f"{name}_a", f"{name}_b", f"{name}_to"} and self.chance(0.3)}
        body["fields"] = {
            each: {**self.fact_body(kind, each), "label": LABEL} | ({"optional": True} if each in optional else {})
            for each, kind in fields.items()
        }
        if self.is_asked:
            body["asked"] = "instalment"
        self.declared.facts[name] = body
        self.records.append(Records(name, fields, optional, self.is_asked))
        return self.records[-1]

    # — parameters —

    def figure(self, unit: str, *, positive: bool = False) -> str:
        """A figure as a text states it."""
        return self.pick([each for each in FIGURES.get(unit, FIGURES[""]) if not positive or each[0] not in "-0"])

    def parameter(self, unit: str, *, positive: bool = False, keys: list[Formula] | None = None) -> Formula:
        """Declares a number or a table; looked up with some keys."""
        name = self.name("rate")
        by = self.table_keys() if keys is None and self.chance(0.5) and not self.is_when else []
        used = [key for key, _, _ in by]
        stated = "wan_CNY" if unit == "CNY" and self.chance(0.15) else unit
        scale = SCALES.get(stated, Fraction(1))
        body: dict[str, Any] = {"label": LABEL, "clause": CLAUSE, "unit": stated}
        if by:
            body["by"] = used
        text = f"{name}[{', '.join(key.text for _, _, key in by)}]" if by else name

        def key_of(w: World) -> tuple[str, ...]:
            return tuple(key.mean(w) for _, _, key in by)

        is_open = self.chance(0.12) and not positive and not self.is_when
        self.declared.parameters[name] = body
        if is_open:
            body |= self.open_figure(unit if stated == unit else "wan", positive=positive)
            if "delegated" in body and len(self.declared.interpretations) < 3 and self.chance(0.4):
                return Formula(text, self.presumed(name, body, by, scale, key_of))
            return Formula(text, lambda w: w.pin(name, key_of(w)))
        table = {
            keys: self.figure("ratio" if scale != 1 else unit, positive=positive)
            for keys in product(*(values for _, values, _ in by))
        }
        if by and self.chance(2 * self.flaws):
            del table[self.pick(list(table))]
        body |= {"values": nested(table)} if by else {"value": table[()]}
        numbers = {key: scale * share(each) for key, each in table.items()}
        return Formula(text, lambda w: numbers[key_of(w)])

    def open_figure(self, unit: str, *, positive: bool) -> dict[str, Any]:
        """What is said of a number that the text leaves open."""
        low, high = self.pick([("0.5", "2"), ("1/3", "1"), ("0.05", "0.3")] if positive or self.chance(0.6)
                              else [("-0.5", "1.5"), ("0", "0.25")])  # fmt: skip
        if self.chance(0.5):
            return {"unknown": {"range": [low, high], "why": LABEL}}
        within: dict[str, str] = {"min": low, "max": high}
        if unit != "wan" and low[0] != "-" and self.chance(0.15):
            del within["max"]
        return {"delegated": {"to": "county"}, "within": within}

    def presumed(
        self,
        name: str,
        body: dict[str, Any],
        by: list[Any],
        scale: Fraction,
        key_of: Callable[[World], tuple[str, ...]],
    ) -> Callable[[World], Any]:
        """Readings with figures that stand in for a parameter that nobody filled."""
        within = body["within"]
        about = self.name("filled")
        figures = [each for each in within.values() if not each.startswith("-")] or ["1"]
        ways = {
            reading: {keys: self.pick(figures) for keys in product(*(values for _, values, _ in by))}
            for reading in ("low", "high")
        }
        item = {"name": about, "question": LABEL, "clause": CLAUSE, "presumes": name,
                "readings": {"low": LABEL, "high": LABEL},
                "values": {reading: nested(table) if by else table[()] for reading, table in ways.items()}}  # fmt: skip
        self.declared.interpretations.append(item | self.recommendation(["low", "high"]))

        def mean(w: World) -> Any:
            reading = w.readings[about]
            return w.pin(name, key_of(w)) if reading == "open" else scale * share(ways[reading][key_of(w)])

        return mean

    def recommendation(self, readings: list[str]) -> dict[str, Any]:
        """A recommended reading, or none."""
        return {"recommended": self.pick(readings), "because": LABEL} if self.chance(0.5) else {}

    def interpretation(self) -> dict[str, Any] | None:
        """A place with more than one reading; None where there are enough of them."""
        known = [each for each in self.declared.interpretations if "presumes" not in each]
        if len(self.declared.interpretations) >= 2 or (known and self.chance(0.6)):
            return self.pick(known) if known else None
        name = self.name("reading")
        readings = ["first", "second", "third"][: self.pick([2, 2, 3])]
        item = {"name": name, "question": LABEL, "clause": CLAUSE, "readings": dict.fromkeys(readings, LABEL)}
        self.declared.interpretations.append(item | self.recommendation(readings))
        return self.declared.interpretations[-1]

    def table_keys(self) -> list[tuple[str, list[str], Formula]]:
        """One to three keys of a table: the name of each, its values, and what it is looked up with."""
        raise NotImplementedError

    def literal(self, kind: Kind) -> Formula:
        """A constant of a kind."""
        match kind.name:
            case "number":
                figure = self.pick(["0", "1", "3", "0.5", "7.25", "100", "0.01", "12.345", "12.5%"])
                if kind.of == "CNY" and self.chance(0.1):
                    return constant(f"{figure}[wan_CNY]" if "%" not in figure else "2[wan_CNY]",
                                    10_000 * (share(figure) if "%" not in figure else 2))  # fmt: skip
                if kind.of != "ratio":
                    figure = figure.replace("12.5%", "2.5")
                text = figure if kind.of == "ratio" else f"{figure}[{kind.of}]"
                return constant(text, share(figure))
            case "choice":
                value = self.pick(self.lists[kind.of][0])
                return constant(f"{kind.of}:{value}", value)
            case "date":
                day = self.pick([(2024, 2, 29), (2023, 12, 31), (2025, 3, 1), (1950, 6, 30)])
                return constant("{:04}-{:02}-{:02}".format(*day), day)
            case "month":
                year, month = self.pick([(2024, 2), (2025, 3), (2023, 12)])
                return constant(f"{year}-{month:02}", 12 * year + month - 1)
            case "flag":
                return self.pick([constant("true", True), constant("false", False)])
            case _:
                raise AssertionError(kind)


def fact_value(name: str) -> Formula:
    """A fact by its name."""
    return Formula(name, lambda w: w.facts[name])


def share(text: str) -> Fraction:
    """A figure by hand."""
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def nested(table: Mapping[tuple[str, ...], Any]) -> Any:
    """A table by its keys, one within the other."""
    found: dict[str, Any] = {}
    for (*outer, last), value in table.items():
        place = found
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = value
    return found


def toml(value: Any) -> str:
    """A value as TOML has it, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{ " + ", ".join(f"{toml_key(key)} = {toml(each)}" for key, each in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def toml_key(key: str) -> str:
    """A key as TOML has it."""
    return key if key.replace("_", "").isalnum() else json.dumps(key)
