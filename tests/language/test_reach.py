"""What is said never to come into play never does; and what is plainly so is seen."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidy import Policy, PolicyError
from subsidy.calculation.runners import RUNNERS
from subsidy.errors import Problem

from .support import LABEL, compiled, fact, number, parameter, pays, step
from .test_ladders import FACTS, TESTS

USED = "a + b + (if level == disabled or yes then 1 else 0)"
CLAIMS = [
    {"claim": "c", "on": "2021-06-01", "a": a, "b": b, "level": level, "yes": yes}
    for a, b, level, yes in product(range(5), range(3), ("self_care", "semi_disabled", "disabled"), (False, True))
]
READINGS = """
[[interpretations]]
name = "what"
question = { zh = "何指", en = "what" }
readings = { one = { zh = "一", en = "one" }, two = { zh = "二", en = "two" } }
recommended = "one"
clause = "一"
"""


def ladder(pick: str, rows: list[tuple[str, str]], otherwise: str | None) -> str:
    lines = ", ".join(f'{{ if = "{test}", value = "{value}" }}' for test, value in rows)
    last = "" if otherwise is None else f'otherwise = "{otherwise}"\n'
    return f'\n[[steps]]\nname = "s"\nunit = "ratio"\npick = "{pick}"\nrows = [{lines}]\n{last}{LABEL}'


def condition(test: str, kind: str = "required") -> str:
    return f'\n[[conditions]]\nname = "c"\nkind = "{kind}"\ntest = "{test}"\n{LABEL}'


def found(*body: str) -> list[tuple[str, str]]:
    """Code and place of everything that is said about the lines, warnings too."""
    return [(problem.code, problem.where) for problem in _problems(*body)]


def _problems(*body: str) -> tuple[Problem, ...]:
    try:
        return compiled(*body).program.warnings
    except PolicyError as error:
        return error.problems


def errors(*body: str) -> set[str]:
    """The codes of what keeps the lines from compiling."""
    return {problem.code for problem in _problems(*body) if not problem.is_warning}


def counted(policy: Policy, claim: dict[str, Any]) -> set[int | None]:
    """The rows that count for a claim, from 0; None for the otherwise."""
    (value,) = (each.value for each in policy.calculate(claim).steps if each.name == "s")
    value = Fraction(str(value))  # row n gives 2 ** n, which tells sums apart
    return {n for n in range(4) if int(value) >> n & 1} or {None}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["first", "highest", "sum"]), st.lists(TESTS, min_size=1, max_size=3), st.booleans())
def test_what_is_never_picked_is_not(pick: str, tests: list[str], is_closed: bool) -> None:
    """Over every claim, no row counts that is said never to be picked, and no otherwise that is said to be idle.

    A ladder that compiles without an otherwise always has a row that counts.
    """
    rows = [(test, str(2**n)) for n, test in enumerate(tests)]
    body = (*FACTS, ladder(pick, rows, None if is_closed else "0"), pays(f"(s + {USED}) * 1[CNY]"))
    wrong = errors(*body)
    assert wrong <= ({"P0619"} if is_closed else set())
    if wrong:
        return
    policy = compiled(*body)
    seen = set[int | None]().union(*(counted(policy, claim) for claim in CLAIMS))
    idle = {warning.values["row"] for warning in policy.program.warnings if warning.code == "P0615"}
    assert not idle & {str(n + 1) for n in seen if n is not None}
    if is_closed or any(warning.code == "P0618" for warning in policy.program.warnings):
        assert None not in seen


@settings(max_examples=120, deadline=None)
@given(TESTS, TESTS)
def test_tests_said_to_be_decided_are(one: str, two: str) -> None:
    """Over every claim, a condition or a branch that is said to come out one way does."""
    branch, paid = step("s", f"if {two} then 1 else 0", 'unit = "ratio"'), pays(f"(s + {USED}) * 1[CNY]")
    test, never = one, errors(*FACTS, branch, condition(one, "advisory"), paid)
    assert never <= {"P0617"}
    if never:  # then its opposite never fails
        test = f"not ({one})"
    policy = compiled(*FACTS, branch, condition(test, "advisory"), paid)
    assert not never or "P0616" in {warning.code for warning in policy.program.warnings}
    results = [policy.calculate(claim) for claim in CLAIMS]
    codes = {warning.code for warning in policy.program.warnings}
    if "P0616" in codes:
        assert {each.holds for result in results for each in result.conditions} == {True}
    if any(warning.code == "P0624" and warning.where == "steps[0].value" for warning in policy.program.warnings):
        assert len({each.value for result in results for each in result.steps}) == 1


WIDE = (number("x", "0", "9"), number("y", "0", "10", "0.1"))
PAID = pays("(s + x + y) * 1[CNY]")


@pytest.mark.parametrize(
    ("pick", "rows", "otherwise", "expected"),
    [
        ("first", [("x < 3", "1"), ("x < 2", "2")], "0", [("P0615", "steps[0].rows[1].if")]),
        ("first", [("x < 3", "1"), ("x >= 5", "2"), ("x in (1, 7)", "3")], "0", [("P0615", "steps[0].rows[2].if")]),
        ("first", [("x > 9", "1")], "0", [("P0615", "steps[0].rows[0].if")]),
        ("first", [("x + y > 19", "1")], "0", [("P0615", "steps[0].rows[0].if")]),
        ("highest", [("x < 3", "1"), ("x < 5", "2")], "0", [("P0615", "steps[0].rows[0].if")]),
        ("highest", [("x < 5", "1"), ("x < 3", "2")], "0", []),
        ("highest", [("x < 3", "2"), ("x < 3", "2")], "0", [("P0615", "steps[0].rows[1].if")]),
        ("sum", [("x < 3", "1"), ("x < 2", "2")], "0", []),
        ("first", [("x < 3", "1"), ("x >= 3", "2")], "0", [("P0618", "steps[0].otherwise")]),
        ("first", [("x <= 3", "1"), ("x >= 4", "2")], None, []),
        ("first", [("y <= 3", "1"), ("y >= 4", "2")], None, [("P0619", "steps[0].pick")]),
        ("only", [("x < y", "1"), ("x >= y", "2")], None, []),
        ("highest", [("x != 3", "1"), ("x >= 3", "2")], None, []),
        ("sum", [("x < 3", "1")], None, [("P0619", "steps[0].pick")]),
        ("first", [("x == 2", "1"), ("x in (0, 1)", "2"), ("x > 2", "3")], None, []),
    ],
)
def test_what_is_seen_of_rows(
    pick: str, rows: list[tuple[str, str]], otherwise: str | None, expected: list[tuple[str, str]]
) -> None:
    """Rows that others take the cases of, rows out of range, and an otherwise too many or too few are seen."""
    assert found(*WIDE, ladder(pick, rows, otherwise), PAID) == expected


@pytest.mark.parametrize(
    ("rows", "case"),
    [
        ([("x < 3", "1"), ("x > 5", "2")], "x >= 3 and x <= 5"),
        ([("x < 3", "1")], "x >= 3"),
        ([("y < 3", "1")], "y >= 3"),
        ([("x < 3 or y > 1", "1")], "x >= 3 and y <= 1"),
        ([("x < y", "1")], "not (x < y)"),
    ],
)
def test_the_case_that_is_missing_is_named(rows: list[tuple[str, str]], case: str) -> None:
    """A ladder that leaves a case out is told which, as a formula would say it."""
    with pytest.raises(PolicyError) as caught:
        compiled(*WIDE, ladder("first", rows, None), PAID)
    (problem,) = caught.value.problems
    assert problem.message("en") == (
        f"s has no otherwise, and its rows cannot be shown to cover every case, such as: {case}"
    )


def test_what_a_reading_brings_into_play_is_not_idle() -> None:
    """A row, a branch or a condition is idle only if it is so under every reading."""
    rows = [("reading(what) == one and x < 3", "1"), ("x < 2", "2"), ("reading(what) == two and x > 9", "3")]
    body = (*WIDE, READINGS, ladder("first", rows, "0"), condition("reading(what) == one or x < 3"), PAID)
    assert found(*body) == [("P0615", "steps[0].rows[2].if")]
    branch = step("s", "if reading(what) == one and x >= 0 then 1 else 0", 'unit = "ratio"')
    assert found(*WIDE, READINGS, branch, PAID) == []


def test_a_fact_that_is_never_asked_for_is_seen() -> None:
    """A `when` that never holds makes its fact idle."""
    when = number("z", "0", "1", "1", "ratio", 'when = "x > 9"')
    body = (*WIDE, when, step("s", "if x > 9 then z else 0", 'unit = "ratio"'), PAID)
    assert found(*body) == [("P0625", "facts.z.when"), ("P0624", "steps[0].value")]


def test_a_missing_otherwise_is_shown_nowhere() -> None:
    """A ladder without an otherwise is bounded, calculated and explained by its rows alone."""
    policy = compiled(*WIDE, ladder("first", [("x < 3", "5"), ("x >= 3", "7")], None), PAID)
    assert policy.program.ranges["s"] == (Fraction(5), Fraction(7))
    result = policy.calculate({"claim": "c", "on": "2021-06-01", "x": 3, "y": 0})
    assert [str(step.value) for step in result.steps] == ["7"]
    assert "otherwise" not in result.explain("en")


def test_flags_of_rows_are_not_mixed_up() -> None:
    """A test on the rows of a list is decided by what any row may be, not by one of them."""
    rows = fact("items", "records", "rows = [0, 3]", "[facts.items.fields.n]", 'type = "number"', 'unit = "ratio"',
                'resolution = "1"', 'range = ["0", "4"]', LABEL)  # fmt: skip
    branch = step("s", "sum(if r.n > 2 then 1 else 0 for r in items)", 'unit = "ratio"')
    assert found(rows, branch, pays("s * 1[CNY]")) == []
    branch = step("s", "sum(if r.n > 4 then 1 else 0 for r in items)", 'unit = "ratio"')
    assert found(rows, branch, pays("s * 1[CNY]")) == [("P0624", "steps[0].value")]


@pytest.mark.parametrize("pick", ["first", "highest", "sum", "only"])
def test_a_missing_otherwise_counts_in_no_runner(pick: str) -> None:
    """Where an open figure leaves it open which row counts, every runner stays within what the rows give."""
    figure = parameter("limit", 'unit = "ratio"', 'unknown = { range = ["2", "6"], why = { zh = "缺", en = "lost" } }')
    rows = [("x < limit", "5"), ("x >= limit", "7")]
    policy = compiled(number("x", "0", "9"), figure, ladder(pick, rows, None), pays("s * 1[CNY]"))
    claim = {"claim": "c", "on": "2021-06-01", "x": "4"}
    amounts = {name: run(policy, claim, {})["amount"] for name, run in RUNNERS.items()}
    least = "0.00" if pick == "sum" else "5.00"  # bounds add what may count, each for itself
    most = "12.00" if pick == "sum" else "7.00"
    assert amounts == {name: {"low": least, "high": most} for name in RUNNERS}
