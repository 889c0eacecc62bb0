"""The amount over one fact: where it bends, where it jumps, what decides there, and which fact is looked at."""

from __future__ import annotations

import datetime as dt

import pytest

from subsidy import Policy
from subsidy.calculation.curve import Bars, Cliff, Curve, Moves, can_be_over, moves
from subsidy.calculation.maximum import Maximum, maxima

from ..language.support import compiled, fact, number, parameter, pays, step
from ..language.test_reach import READINGS

EXAMPLE = """
[[examples]]
name = "算例"
source = "derived"
facts = {{ claim = "c", on = 2021-06-01, {} }}
under = {{ {} }}
expect = {{ amount = "0" }}
"""


def policy(formula: str, *more: str, stated: str = "x = 10", under: str = "") -> Policy:
    return compiled(number("x", "0", "1000"), *more, pays(formula), EXAMPLE.format(stated, under))


def around(found: Policy, over: str | None = None) -> Moves:
    moved = moves(found, over)
    assert moved is not None
    return moved


def curve(found: Policy, over: str | None = None) -> list[list[tuple[str, str]]]:
    """The pieces with their points, each amount as it is printed."""
    over_one = around(found, over).over
    assert isinstance(over_one, Curve)
    return [
        [(each.value, str(each.low) + f"…{each.high}" * (not each.is_determined)) for each in piece.points]
        for piece in over_one.pieces
    ]


def said(cliff: Cliff) -> tuple[str, str, str, str, str]:
    return cliff.fact, cliff.before.value, cliff.after.value, str(cliff.before.low), str(cliff.after.low)


@pytest.mark.parametrize(
    ("formula", "pieces"),
    [
        ("x * 2[CNY]", [[("0", "0.00"), ("1000", "2000.00")]]),
        ("min(x, 437) * 2[CNY]", [[("0", "0.00"), ("437", "874.00"), ("1000", "874.00")]]),
        ("min(x * 7[CNY], 1000[CNY] - x * 1[CNY])", [[("0", "0.00"), ("125", "875.00"), ("1000", "0.00")]]),
        (
            "if x >= 200 then 5[CNY] else 0[CNY]",
            [[("0", "0.00"), ("199", "0.00")], [("200", "5.00"), ("1000", "5.00")]],
        ),
        (
            "if x * x >= 50000 then x * 1[CNY] else x * 2[CNY]",
            [[("0", "0.00"), ("223", "446.00")], [("224", "224.00"), ("1000", "1000.00")]],
        ),
        ("round(x * 1[CNY] / 7, 0.01, half_up)", [[("0", "0.00"), ("1000", "142.86")]]),
    ],
)
def test_a_curve_has_its_ends_and_its_bends(formula: str, pieces: list[list[tuple[str, str]]]) -> None:
    """The points are the ends, the bends and both sides of a jump, found to the step though no figure names them."""
    assert curve(policy(formula, stated="x = 500")) == pieces


def test_a_bend_is_no_cliff() -> None:
    """A rate that changes beyond a figure, and whole multiples of a large sum, are no jumps."""
    for formula in ("max(0, x - 300) * 5[CNY] + x * 1[CNY]", "x * 60000[CNY]"):
        assert around(policy(formula)).cliffs == ()


def test_a_cliff_names_the_condition() -> None:
    """Where a condition turns an amount on, the cliff has its name and clause."""
    test = '\n[[conditions]]\nname = "enough"\nkind = "required"\ntest = "x >= 300"\n'
    found = policy("x * 2[CNY]", test, 'label = { zh = "够", en = "enough" }\nclause = "三"\n', stated="x = 400")
    (cliff,) = around(found).cliffs
    assert said(cliff) == ("x", "299", "300", "0.00", "600.00")
    assert [(each.kind, each.name, each.label.zh, each.clause) for each in cliff.decided_by] == [
        ("condition", "enough", "够", "三")
    ]


def test_a_cliff_names_the_class() -> None:
    """Where a number comes into another class of a bracket, the cliff has both classes and the bracket's clause."""
    bracket = (
        '\n[brackets.size]\nof = "ratio"\nclause = "五"\nlabel = { zh = "规模", en = "size" }\n'
        'rows = [{ name = "small", to = "300", label = { zh = "小型", en = "small" } }, '
        '{ name = "large", from = "300", label = { zh = "大型", en = "large" } }]\n'
    )
    rate = parameter("rate", 'by = ["size"]', 'unit = "CNY"', 'values = { small = "1", large = "2" }')
    (cliff,) = around(policy("rate[size(x)] * x", bracket, rate)).cliffs
    assert said(cliff) == ("x", "299", "300", "299.00", "600.00")
    assert [(each.kind, each.name, each.label.zh, each.label.en, each.clause) for each in cliff.decided_by] == [
        ("bracket", "size", "规模：小型 → 大型", "size: small → large", "五")
    ]


def test_a_cliff_names_the_row() -> None:
    """Where another row of a ladder counts, the cliff has both rows; one without a label by its number."""
    ladder = (
        '\n[[steps]]\nname = "rate"\nunit = "CNY"\npick = "first"\notherwise = "1[CNY]"\n'
        'rows = [{ if = "x >= 700", value = "5[CNY]" }, { if = "x >= 300", value = "2[CNY]", clause = "六" }]\n'
    )
    label = 'label = { zh = "标准", en = "rate" }\nclause = "一"\n'
    cliffs = around(policy("rate", ladder, label)).cliffs
    assert [(said(cliff), cliff.decided_by[0].label.en, cliff.decided_by[0].clause) for cliff in cliffs] == [
        (("x", "299", "300", "1.00", "2.00"), "rate: otherwise → row 2", "六"),
        (("x", "699", "700", "2.00", "5.00"), "rate: row 2 → row 1", "一"),
    ]


def test_a_cliff_names_the_branch_of_a_step() -> None:
    """Where a step takes another branch, the cliff has the step with its clause."""
    found = policy("rate * x", step("rate", "if x > 300 then 1[CNY] else 2[CNY]", 'unit = "CNY"'))
    (cliff,) = around(found).cliffs
    assert said(cliff) == ("x", "300", "301", "600.00", "301.00")
    assert [(each.kind, each.name, each.clause) for each in cliff.decided_by] == [("branch", "rate", "一")]


def test_a_day_can_be_a_cliff() -> None:
    """A day after which nothing is paid is found among all days, and is named by the condition."""
    test = '\n[[conditions]]\nname = "early"\nkind = "required"\ntest = "begun < date(2020, 5, 7)"\n'
    label = 'label = { zh = "早", en = "early" }\nclause = "四"\n'
    found = policy("x * 2[CNY]", fact("begun", "date"), test.replace("date(2020, 5, 7)", "2020-05-07"), label,
                   stated="x = 400, begun = 2019-01-01")  # fmt: skip
    assert [said(cliff) for cliff in around(found).cliffs] == [("begun", "2020-05-06", "2020-05-07", "800.00", "0.00")]
    stated = around(found, "begun").over
    assert isinstance(stated, Curve) and stated.stated is not None
    assert stated.stated.at == dt.date(2019, 1, 1).toordinal()


def test_an_open_reading_makes_bounds() -> None:
    """Where a reading is open, points have both bounds, and a cliff of one bound is a cliff."""
    found = policy(
        "if reading(what) == two and x > 300 then x * 2[CNY] else x * 1[CNY]", READINGS, under='what = "open"'
    )
    assert curve(found) == [[("0", "0.00"), ("300", "300.00")], [("301", "301.00…602.00"), ("1000", "1000.00…2000.00")]]


def test_what_turns_too_often_is_said_to() -> None:
    """Of very many small jumps the great one is found, and that not all are found is said."""
    steps = "round(x, 10, down) * 1[CNY] + (if x * x >= 50000 then 5000[CNY] else 0[CNY])"
    found = compiled(number("x", "0", "1000000", "0.01"), pays(steps), EXAMPLE.format("x = 10", ""))
    moved = around(found)
    assert isinstance(moved.over, Curve)
    assert (moved.over.is_straight, moved.uneven) == (False, ("x",))
    assert ("x", "223.60", "223.61", "220.00", "5220.00") in [said(cliff) for cliff in moved.cliffs]


def test_the_main_fact_is_the_number_that_moves_most() -> None:
    """Of two numbers the one with the greater effect is drawn, unless another is asked for; a list without numbers."""
    two = policy("x * 1[CNY] + y * 3[CNY]", number("y", "0", "1000"), stated="x = 10, y = 10")
    assert getattr(around(two).over, "fact", None) == "y"
    assert getattr(around(two, "x").over, "fact", None) == "x"
    listed = policy("(if yes then 7[CNY] else 2[CNY]) + x * 0[CNY]", fact("yes", "flag"), stated="x = 10, yes = true")
    bars = around(listed).over
    assert isinstance(bars, Bars)
    assert [(bar.value, bar.amount) for bar in bars.bars] == [("false", (200, 200)), ("true", (700, 700))]
    assert can_be_over(listed) == ("on", "x", "yes")


def test_nothing_is_drawn_where_nothing_is_paid() -> None:
    """Without an example in which something may be paid there is no curve, and the maximum is still said."""
    found = policy("max(0, x - 300) * 1[CNY]")
    assert moves(found) is None
    assert [(each.name, str(each.proved), str(each.found)) for each in maxima(found, None)] == [
        ("paid", "700", "0.00"),
        ("amount", "700", "0.00"),
    ]


def test_a_maximum_says_what_reaches_it() -> None:
    """A worked example that reaches the maximum is named; else the point of the curve nearest to the example."""
    reached = policy("min(x, 400) * 1[CNY]", stated="x = 500")
    by_curve = policy("min(x, 400) * 1[CNY]")

    def amount(found: Policy) -> Maximum:
        return maxima(found, moves(found))[-1]

    assert (amount(reached).example, amount(reached).point) == ("算例", None)
    point = amount(by_curve).point
    assert (amount(by_curve).example, point and point.value) == ("", "400")
