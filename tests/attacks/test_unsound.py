"""Modules written to break the promise that what compiles cannot fail: each is refused, or calculates as it should."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.language.support import codes, compiled, fact, number, parameter, pays, step

from subsidy.errors import FactsError

OPTIONAL = "optional = true"
WORKS = fact(
    "works",
    "choice",
    'of = ["build", "lease"]',
    'labels = { build = { zh = "建", en = "build" }, lease = { zh = "租", en = "lease" } }',
)
ONCE = """
[[caps]]
name = "once"
of = "paid"
over = ["claim"]
times = 1
label = { zh = "一次", en = "once" }
clause = "一"
"""


def rows(name: str, field: str, *lines: str) -> str:
    label = 'label = { zh = "项", en = "entry" }'
    return fact(name, "records", "rows = [0, 3]", f"fields = {{ {field} = {{ {label}, {', '.join(lines)} }} }}")


SUM = ('type = "number"', 'unit = "CNY"', 'resolution = "0.01"', 'range = ["1", "9"]')


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (
            "P0605",
            [
                fact("f", "flag"),
                number("x", "0", "9", "1", "CNY", 'when = "f"'),
                pays("if f or x > 1[CNY] then x else 0"),
            ],
        ),
        ("P0605", [number("x", "0", "9", "1", "CNY", OPTIONAL), pays("if not given(x) then x else 0")]),
        ("P0605", [number("x", "0", "9", "1", "CNY", OPTIONAL), pays("if given(x) or x > 0 then 1[CNY] else 0")]),
        ("P0605", [rows("s", "a", *SUM, OPTIONAL), pays("sum(r.a for r in s)")]),
        ("P0605", [rows("s", "a", *SUM, OPTIONAL), pays("max(r.a for r in s if not given(r.a), else 0)")]),
        ("P0303", [number("x", "0", "9", "1", "CNY", 'when = "given(x)"'), pays("if given(x) then x else 0")]),
        ("P0405", [rows("s", "a", *SUM), pays("if s == s then 1[CNY] else 0")]),
        ("P0404", [number("x", "0", "9", "1", "CNY", OPTIONAL), pays("if given(x, x) then x else 0")]),
        ("P0408", [number("x", "0", "9", "1", "CNY"), ONCE, pays("if given(left(once)) then x else 0")]),
        ("P0302", [number("left_once", "0", "9", "1", "CNY"), ONCE, pays("if left(once) > 0 then left_once else 0")]),
        ("P0611", [number("m", "0", "10", "0.5", "month"), pays("if add_months(on, m) > on then 1[CNY] else 0")]),
        ("P0608", [number("m", "0", "999999", "1", "month"), pays("if add_months(on, m) > on then 1[CNY] else 0")]),
        ("P0602", [number("x", "-9", "9", "1", "CNY"), pays("x")]),
        (
            "P0602",
            [
                number("x", "-9", "9", "1", "CNY"),
                pays("9[CNY]", '{ payer = "city", value = "x" }, { payer = "county", residual = true }'),
            ],
        ),
        ("P0601", [number("x", "0", "9"), pays("round(9[CNY] / x, 0.01, half_up)")]),
        ("P0601", [parameter("d", 'value = "0"', 'unit = "ratio"'), pays("round(9[CNY] / d, 0.01, half_up)")]),
        ("P0604", [number("x", "1", "9"), pays("round(1[CNY] + 9[CNY] / x, 0.01, half_up)")]),
        ("P0603", [number("x", "0", "9", "0.001", "CNY"), pays("x")]),
        (
            "P0302",
            [
                WORKS,
                rows("s", "works", 'type = "choice"', 'of = ["c"]', 'labels = { c = { zh = "丙", en = "c" } }'),
                pays("if any(r.works == c for r in s) and works == build then 1[CNY] else 0"),
            ],
        ),
        (
            "P0501",
            [
                WORKS,
                step("k", "works", 'type = "choice"', 'of = "works"'),
                parameter("t", 'by = ["k"]', 'unit = "CNY"', 'values = { build = "1" }'),
                pays("t[k]"),
            ],
        ),
        ("P0323", [fact("p", "division", 'within = "990121"'), pays("if class(p) == county then 1[CNY] else 0")]),
    ],
)
def test_an_unsound_module_is_refused(code: str, body: list[str]) -> None:
    """What could fail on facts that validate does not compile, and the report says why."""
    assert code in codes(*body)


@pytest.mark.parametrize(
    ("body", "facts", "amount"),
    [
        # a table whose zero can never be looked up, and shares by a key that has only one value
        (
            [
                WORKS,
                step("k", "works:lease", 'type = "choice"', 'of = "works"'),
                parameter("d", 'by = ["k"]', 'unit = "ratio"', 'values = { build = "0", lease = "2" }'),
                pays("if works == build then 10[CNY] / d[k] else 0"),
            ],
            {"works": "build"},
            "5.00",
        ),
        (
            [
                WORKS,
                step("k", "if works == build then lease else lease", 'type = "choice"', 'of = "works"'),
                parameter("d", 'by = ["k"]', 'unit = "ratio"', 'values = { lease = "100%" }'),
                pays("10[CNY]", '{ payer = "city", percent = "d[k]" }'),
            ],
            {"works": "build"},
            "10.00",
        ),
        # quotients compared, with a minus and with the same side twice
        (
            [number("a", "-9", "9"), number("b", "1", "9"), pays("if a / b < a / 3 then 1[CNY] else 0")],
            {"a": "-3", "b": "2"},
            "1.00",
        ),
        # thirds and sevenths in two branches, multiplied out again
        (
            [
                fact("f", "flag"),
                number("a", "0", "9", "0.01", "CNY"),
                pays("round((if f then a / 3 else a / 7) * (if f then 3 else 7), 0.01, half_up)"),
            ],
            {"f": False, "a": "1.23"},
            "1.23",
        ),
        # facts in steps of 0.3 and 10; rounding to 0.05 and 100
        ([number("a", "0", "9", "0.3", "CNY"), pays("round(a, 0.05, half_up)")], {"a": "0.6"}, "0.60"),
        ([number("a", "0", "900", "10", "CNY"), pays("round(a / 3, 100, up)")], {"a": "310"}, "200.00"),
        # rounding within rounding; ties below zero
        (
            [number("a", "0", "9", "0.01", "CNY"), pays("round(round(a / 7, 0.05, half_even) / 3, 0.01, floor)")],
            {"a": "8.99"},
            "0.43",
        ),
        ([number("a", "-9", "9", "0.5", "CNY"), pays("max(0, round(-a, 1, half_up))")], {"a": "-2.5"}, "3.00"),
        # huge numbers with nine places
        (
            [number("a", "0", "100000", "0.000000001"), pays("round(a * a * 1[CNY] / 7, 0.01, half_even)")],
            {"a": "99999.999999999"},
            "1428571428.57",
        ),
        # no rows, rows without their field, an optional list of rows
        (
            [
                rows("s", "a", *SUM, OPTIONAL),
                pays("sum(r.a for r in s if given(r.a)) + max(r.a for r in s if given(r.a), else 0)"),
            ],
            {"s": []},
            "0.00",
        ),
        (
            [
                rows("s", "a", *SUM, OPTIONAL),
                pays("sum(r.a for r in s if given(r.a)) + max(r.a for r in s if given(r.a), else 0)"),
            ],
            {"s": [{}, {"a": "1"}]},
            "2.00",
        ),
        (
            [
                rows("s", "a", *SUM, OPTIONAL),
                pays("if any(not given(r.a) or r.a > 1[CNY] for r in s) then 1[CNY] else 0"),
            ],
            {"s": [{}]},
            "1.00",
        ),
        ([rows("s", "a", *SUM), pays("min(r.a for r in s if r.a > 5[CNY], else 3[CNY])")], {"s": [{"a": "2"}]}, "3.00"),
        # among numbers, one of which no fact can be
        ([number("a", "0", "9", "0.01"), pays("if a in (1, 2.5, 1.005) then 1[CNY] else 0")], {"a": "2.5"}, "1.00"),
        # the ends of the calendar, months as facts
        (
            [
                fact("b", "date"),
                step("d", "add_months(b, 12[month])", 'type = "date"'),
                pays("if d > b then years_between(b, max(b, on)) * 1[CNY/year] else 0"),
            ],
            {"b": "2200-12-31"},
            "0.00",
        ),
        (
            [fact("m", "month"), pays("if m >= 2021-02 and in_month(on, m) then days_in(m) * 1[CNY/day] else 0")],
            {"m": "2021-06"},
            "30.00",
        ),
        # the greater of two choices as the key of a table
        (
            [
                fact("l", "choice", 'of = "care_level"'),
                parameter(
                    "t",
                    'by = ["care_level"]',
                    'unit = "CNY"',
                    'values = { self_care = "1", semi_disabled = "2", disabled = "3" }',
                ),
                pays("t[max(min(l, care_level:semi_disabled), care_level:self_care)]"),
            ],
            {"l": "disabled"},
            "2.00",
        ),
        # equality of ids and of places, one of them chosen by a test
        ([fact("o", "id", OPTIONAL), pays("if given(o) and o == claim then 1[CNY] else 0")], {"o": "c"}, "1.00"),
        (
            [
                fact("p", "division"),
                fact("q", "division", 'within = "990100"'),
                pays("if class(if p == q then p else q) == county then 1[CNY] else 0"),
            ],
            {"p": "990100", "q": "990121"},
            "1.00",
        ),
        # a guard said by a double negation
        (
            [fact("f", "flag"), number("x", "0", "9", "1", "CNY", 'when = "f"'), pays("if not (not f) then x else 0")],
            {"f": True, "x": "2"},
            "2.00",
        ),
    ],
)
def test_a_module_that_compiles_calculates(body: list[str], facts: dict[str, Any], amount: str) -> None:
    """What compiles gives the exact amount, can be explained, and keeps within its proved range."""
    policy = compiled(*body)
    result = policy.calculate({"claim": "c", "on": "2021-06-01", **facts})
    assert Decimal(amount) == result.amount
    low, high = policy.program.ranges["amount"]
    assert low <= result.amount <= high
    assert result.explain("zh") and result.explain("en")


def test_a_needed_fact_is_missed_where_another_does_not_apply() -> None:
    """A fact whose `when` holds is asked for, although that test names a fact that does not apply here."""
    policy = compiled(
        number("b", "0", "9", "1", "ratio", OPTIONAL),
        number("n", "0", "9", "1", "ratio", 'when = "not given(b)"'),
        number("x", "0", "9", "1", "CNY", 'when = "given(b) or n > 3"'),
        pays("if given(b) or n > 3 then x else 0"),
    )
    with pytest.raises(FactsError) as caught:
        policy.calculate(claim="c", on="2021-06-01", b="1")
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [("F0102", "x")]


def test_an_open_parameter_and_an_absent_fact_meet_without_harm() -> None:
    """Where a rate is open and the fact beside it is absent, the bounds are those of the branches that remain."""
    body = (
        number("n", "0", "9", "1", "bed", OPTIONAL),
        parameter("p", 'unit = "CNY/bed"', 'delegated = { to = "county" }', 'within = { min = "0", max = "10" }'),
        pays("if p > 5[CNY/bed] and given(n) then round(n * p, 0.01, half_up) else 0"),
    )
    policy = compiled(*body)
    without = policy.calculate(claim="c", on="2021-06-01")
    assert (Decimal("0.00"), Decimal("0.00")) == (without.low, without.high)
    stated = policy.calculate(claim="c", on="2021-06-01", n="3")
    assert (Decimal("0.00"), Decimal("30.00")) == (stated.low, stated.high)
