"""What is said to rise with a fact never falls with it; and the plain shapes of these texts are seen to rise."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from subsidy import Policy
from subsidy.language.folding import fold
from subsidy.language.passes.rises import Way, _amount
from subsidy.language.proof import Proof

from .support import LABEL, compiled, fact, number, parameter, pays, step
from .test_reach import READINGS, condition, ladder

SIZES = f"""
[brackets.size]
of = "ratio"
rows = [{{ name = "small", to = "3", label = {{ zh = "小", en = "small" }} }},
        {{ name = "large", from = "3", label = {{ zh = "大", en = "large" }} }}]
{LABEL}"""
FACTS = (
    number("x", "0", "6"),
    number("y", "-2", "3"),
    fact("yes", "flag"),
    SIZES,
    parameter("up", 'by = ["size"]', 'unit = "ratio"', 'values = { small = "1", large = "2" }'),
    parameter("down", 'by = ["size"]', 'unit = "ratio"', 'values = { small = "5", large = "-1" }'),
    parameter("open_figure", 'unit = "ratio"', 'unknown = { range = ["1", "3"], why = { zh = "缺", en = "lost" } }'),
    READINGS,
)
CLAIM = '\n[outcome]\nrises_with = ["x"]\n'
# Every fact, table and reading is used, and x of itself changes nothing.
USED = "x * 0 + (if yes and reading(what) == one and y > 9 then up[size(0)] + down[size(0)] + open_figure else 0)"
NUMBERS = ["x", "x", "x", "y", "2", "0.5", "up[size(x)]", "down[size(x)]", "open_figure", "up[size(max(0, y))]"]
TESTS = ["x > 2", "x <= 4", "x >= y", "x == 3", "yes", "reading(what) == one", "y > 0", "x * y > 4"]


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tests = st.sampled_from(TESTS) | st.builds("({} {} {})".format, inner, st.sampled_from(["<", ">="]), inner)
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
        st.builds(
            "round({}, {}, {})".format, inner, st.sampled_from(["1", "0.5"]), st.sampled_from(["up", "half_even"])
        ),
        st.builds("(if {} then {} else {})".format, tests, inner, inner),
    )


FORMULAS = st.recursive(st.sampled_from(NUMBERS), larger, max_leaves=3)


def policy_of(formula: str, test: str, rows: list[tuple[str, str]], pick: str) -> Policy:
    """A policy that pays by a formula and a ladder, where a condition holds."""
    body = [*FACTS, ladder(pick, rows, "1"), step("t", formula, 'unit = "ratio"'), condition(test)]
    paid = pays(f"(round(s + t, 0.01, half_up) + {USED}) * 1[CNY]").replace("payee", "may_recover = true\npayee")
    return compiled(*body, CLAIM, paid)


@settings(max_examples=300, deadline=None)
@given(
    FORMULAS,
    st.just("yes") | st.sampled_from(TESTS),
    st.just([("yes", "1")]) | st.lists(st.tuples(st.sampled_from(TESTS), FORMULAS), min_size=1, max_size=2),
    st.sampled_from(["first", "highest", "sum"]),
)
def test_what_is_said_to_rise_never_falls(formula: str, test: str, rows: list[tuple[str, str]], pick: str) -> None:
    """Over every claim and every reading, more of the fact is never less of an amount that is said to rise with it.

    An amount that is said to fall never rises, and one that is said to be constant never changes.
    """
    policy = policy_of(formula, test, rows, pick)
    program = policy.program
    for reading in ("one", "two"):
        way = _amount(program, fold(program, {"what": reading}), "x", Proof())
        event(way.name)
        if way is Way.UNKNOWN:
            continue
        for y, yes in product((-2, 0, 3), (False, True)):
            claims = [{"claim": "c", "on": "2021-06-01", "x": x, "y": y, "yes": yes} for x in range(7)]
            found = [policy.calculate(claim, readings={"what": reading}) for claim in claims]
            for one, two in pairwise(found):
                assert way is Way.FALLING or (one.low <= two.low and one.high <= two.high)
                assert way is Way.RISING or (one.low >= two.low and one.high >= two.high)


RATES = 'values = { self_care = "1", semi_disabled = "2", disabled = "3" }'
PLAIN = (
    number("x", "0", "100", "1", "bed"),
    number("y", "0", "10", "1", "bed"),
    fact("yes", "flag"),
    fact("level", "choice", 'of = "care_level"'),
    parameter("rate", 'by = ["level"]', 'unit = "CNY/bed"', RATES),
    parameter("most", 'value = "20"', 'unit = "bed"'),
)


@pytest.mark.parametrize(
    ("formula", "is_proved"),
    [
        ("rate[level] * min(x, most)", True),
        ("rate[level] * max(0, x - y)", True),
        ("rate[level] * max(0, y - x)", False),
        ("(if x >= 10[bed] then 500[CNY] else 200[CNY])", True),
        ("(if x < 10[bed] then 500[CNY] else 200[CNY])", False),
        ("(if x > 10[bed] then 30[CNY] + (x - 10[bed]) * 2[CNY/bed] else x * 3[CNY/bed])", True),
        ("(if x > 10[bed] then 29[CNY] + (x - 10[bed]) * 2[CNY/bed] else x * 3[CNY/bed])", False),
        ("(if x >= 50[bed] then 9[CNY] else if x >= 10[bed] then 5[CNY] else 0)", True),
        ("(if yes then x * 3[CNY/bed] else x * 2[CNY/bed])", True),
        ("(if yes and x > 3[bed] then 5[CNY] else 0)", True),
        ("round(x * 1[CNY] / (y + 1[bed]), 1, half_up)", True),
        ("round(y * 100[CNY] / (x + 1[bed]), 1, half_up)", False),
    ],
)
def test_what_is_seen_to_rise(formula: str, is_proved: bool) -> None:
    """A rate, a cap, a floor, a tier and a threshold that pays more are seen to rise; what falls is not."""
    used = f"{formula} + (if yes then (min(x, most) * 0 + y * 0) * rate[level] else 0)"
    assert dict(compiled(*PLAIN, CLAIM, pays(used)).program.rises) == {"x": is_proved}


@pytest.mark.parametrize(
    ("pick", "rows", "otherwise", "is_proved"),
    [
        ("first", [("x >= 7", "4"), ("x >= 3", "2")], "1", True),
        ("first", [("x >= 7", "4"), ("x >= 3", "5")], "1", False),
        ("first", [("x >= 3", "4"), ("x < 3", "2")], None, True),
        ("highest", [("x >= 3", "4"), ("x >= 7", "2")], "1", True),
        ("highest", [("x >= 3", "4"), ("x >= 7", "2")], "3", False),
        ("sum", [("x >= 3", "4"), ("x >= 7", "2")], "0", True),
        ("sum", [("x >= 3", "4"), ("x < 7", "2")], "0", False),
        ("highest", [("y > 2", "x"), ("y > 3", "x + 1")], "0", True),
    ],
)
def test_what_is_seen_of_ladders(
    pick: str, rows: list[tuple[str, str]], otherwise: str | None, is_proved: bool
) -> None:
    """Rows that more of the fact brings into play are seen to rise, where they give more than what they displace."""
    wide = (number("x", "0", "9"), number("y", "0", "9"))
    policy = compiled(*wide, ladder(pick, rows, otherwise), CLAIM, pays("(s + y) * 1[CNY]"))
    assert dict(policy.program.rises) == {"x": is_proved}


@pytest.mark.parametrize(("test", "is_proved"), [("x >= 3", True), ("x < 3", False), ("yes", True)])
def test_a_condition_is_looked_at(test: str, is_proved: bool) -> None:
    """A condition that more of the fact fails takes the amount away; one that it meets brings it."""
    test = condition(f"{test} and (yes or not yes or x > 9)")
    policy = compiled(number("x", "0", "9"), fact("yes", "flag"), test, CLAIM, pays("1[CNY]"))
    assert dict(policy.program.rises) == {"x": is_proved}


def test_a_claim_about_nothing_is_seen() -> None:
    """Of a fact on which the amount does not rest, rises_with says nothing."""
    policy = compiled(number("x", "0", "9"), CLAIM, pays("1[CNY] + 0 * x * 1[CNY]"))
    assert [(each.code, each.where) for each in policy.program.warnings] == [("P0626", "outcome.rises_with[0]")]
