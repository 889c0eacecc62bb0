"""Random formulas: lowered to whole numbers they give what fractions give, and stay within their proved bounds."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from subsidy import Policy
from subsidy.rounding import MODES, Mode

from .support import compiled, fact, number, parameter, pays, step

DECLARED = (
    number("a", "-9", "9", "0.01"),
    number("b", "1", "9", "0.25"),
    number("c", "-900", "900", "10"),
    fact("m", "month"),
    fact("level", "choice", 'of = "care_level"'),
    parameter("seven", 'value = "7"', 'unit = "ratio"'),
    parameter("third", 'value = "1/3"', 'unit = "ratio"'),
    parameter(
        "t",
        'by = ["level"]',
        'unit = "ratio"',
        'values = { self_care = "1/3", semi_disabled = "-5", disabled = "0.25" }',
    ),
    parameter(
        "d", 'by = ["level"]', 'unit = "ratio"', 'values = { self_care = "1/7", semi_disabled = "3", disabled = "12" }'
    ),
)
TABLES = {
    "t": {"self_care": Fraction(1, 3), "semi_disabled": Fraction(-5), "disabled": Fraction(1, 4)},
    "d": {"self_care": Fraction(1, 7), "semi_disabled": Fraction(3), "disabled": Fraction(12)},
}
Tree = tuple[Any, ...]

leaves = st.sampled_from([("a",), ("b",), ("c",), ("t",), ("third",)]) | st.sampled_from(
    ["0", "2", "0.05", "12.5"]
).map(lambda figure: ("literal", figure))
quanta = st.sampled_from(["0.01", "0.05", "0.25", "0.3", "1", "100"])


def _grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    test = st.tuples(st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), inner, inner)
    return st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*", "min", "max"]), inner, inner),
        st.tuples(st.just("neg"), inner),
        st.tuples(st.just("over"), inner, st.sampled_from(["seven", "third", "d", "days"])),
        st.tuples(st.just("round"), inner, quanta, st.sampled_from(MODES)),
        st.tuples(st.just("quotient"), inner, quanta, st.sampled_from(MODES)),
        st.tuples(st.just("if"), test, inner, inner),
    )


trees = st.recursive(leaves, _grown, max_leaves=8)


def text(tree: Tree) -> str:
    match tree:
        case ("literal", figure):
            return str(figure)
        case ("t",):
            return "t[level]"
        case (name,):
            return str(name)
        case ("neg", one):
            return f"(-{text(one)})"
        case ("over", one, "days"):
            return f"({text(one)} * 1[day] / days_in(m))"
        case ("over", one, "d"):
            return f"({text(one)} / d[level])"
        case ("over", one, name):
            return f"({text(one)} / {name})"
        case ("round", one, quantum, mode):
            return f"round({text(one)}, {quantum}, {mode})"
        case ("quotient", one, quantum, mode):
            return f"round({text(one)} / b, {quantum}, {mode})"
        case ("min" | "max" as which, one, two):
            return f"{which}({text(one)}, {text(two)})"
        case ("if", (operator, left, right), one, two):
            return f"(if {text(left)} {operator} {text(right)} then {text(one)} else {text(two)})"
        case (operator, one, two):
            return f"({text(one)} {operator} {text(two)})"
    raise AssertionError(tree)


def rounded(value: Fraction, quantum: Fraction, mode: Mode) -> Fraction:
    """Rounding as the language defines it, without the code under test."""
    below = value // quantum * quantum
    above = below if below == value else below + quantum
    if below == above:
        return value
    outward, inward = (above, below) if value > 0 else (below, above)
    middle = (below + above) / 2
    even = below if (below / quantum) % 2 == 0 else above
    nearest = below if value < middle else above
    return {
        "floor": below,
        "ceil": above,
        "up": outward,
        "down": inward,
        "half_up": outward if value == middle else nearest,
        "half_even": even if value == middle else nearest,
    }[mode]


def value(tree: Tree, facts: dict[str, Any]) -> Fraction:
    match tree:
        case ("literal", figure):
            return Fraction(figure)
        case ("third",):
            return Fraction(1, 3)
        case ("t",):
            return TABLES["t"][facts["level"]]
        case (name,):
            return Fraction(facts[name])
        case ("neg", one):
            return -value(one, facts)
        case ("over", one, by):
            year, month = map(int, facts["m"].split("-"))
            divisor = {
                "seven": Fraction(7),
                "third": Fraction(1, 3),
                "d": TABLES["d"][facts["level"]],
                "days": Fraction(monthrange(year, month)[1]),
            }[by]
            return value(one, facts) / divisor
        case ("round", one, quantum, mode):
            return rounded(value(one, facts), Fraction(quantum), mode)
        case ("quotient", one, quantum, mode):
            return rounded(value(one, facts) / Fraction(facts["b"]), Fraction(quantum), mode)
        case ("min", one, two):
            return min(value(one, facts), value(two, facts))
        case ("max", one, two):
            return max(value(one, facts), value(two, facts))
        case ("if", (operator, left, right), one, two):
            a, b = value(left, facts), value(right, facts)
            holds = {"<": a < b, "<=": a <= b, "==": a == b, "!=": a != b, ">": a > b, ">=": a >= b}[operator]
            return value(one if holds else two, facts)
        case ("+", one, two):
            return value(one, facts) + value(two, facts)
        case ("-", one, two):
            return value(one, facts) - value(two, facts)
        case ("*", one, two):
            return value(one, facts) * value(two, facts)
    raise AssertionError(tree)


given_facts = st.fixed_dictionaries(
    {
        "a": st.integers(-900, 900).map(
            lambda n: str(Fraction(n, 100).limit_denominator(1)) if n % 100 == 0 else f"{n / 100:.2f}"
        ),
        "b": st.sampled_from(["1", "1.25", "2.5", "3.75", "9"]),
        "c": st.integers(-90, 90).map(lambda n: str(10 * n)),
        "m": st.sampled_from(["1900-02", "2000-02", "2021-01", "2021-04", "2200-12"]),
        "level": st.sampled_from(["self_care", "semi_disabled", "disabled"]),
    }
)


def made(tree: Tree) -> Policy:
    used = "b + t[level] + a + c + seven + d[level] + third"
    return compiled(
        *DECLARED,
        step("x", text(tree), 'unit = "ratio"'),
        step("others", used, 'unit = "ratio"'),
        pays("if x > 0 and others > 0 and m > 1900-01 then 1[CNY] else 0"),
    )


@settings(max_examples=150, deadline=None)
@given(trees, st.lists(given_facts, min_size=1, max_size=3))
def test_whole_numbers_and_fractions_agree(tree: Tree, several: list[dict[str, Any]]) -> None:
    """A formula gives the same number by whole-number operations as by fractions, within its proved range."""
    policy = made(tree)
    low, high = policy.program.ranges["x"]
    for facts in several:
        result = policy.calculate({"claim": "c", "on": dt.date(2021, 6, 1), **facts})
        found = next(step.value for step in result.steps if step.name == "x")
        assert not isinstance(found, str | bool | dt.date)
        assert value(tree, facts) == Fraction(found)
        assert low <= Fraction(found) <= high
