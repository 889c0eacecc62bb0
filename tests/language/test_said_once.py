"""One mistake is said once, with what to do about it; and two mistakes are both said."""

from __future__ import annotations

import pytest

from subsidy.errors import PolicyError

from .support import LABEL, codes, compiled, number, parameter, pays, step

X = number("x", "0", "100", "1", "CNY")
CAP = f'\n[[caps]]\nname = "once"\nof = "paid"\nover = ["claim"]\nlimit = "mast"\n{LABEL}'


def reports(*body: str) -> list[str]:
    """The English words of everything that is wrong with the lines, with what to do."""
    with pytest.raises(PolicyError) as caught:
        compiled(*body)
    return [problem.report("en").split("\n    ")[0].split("\n  ", 1)[1] for problem in caught.value.problems]


def test_percentage_below_zero_is_said_once() -> None:
    """A share below zero is no matter of what the shares make."""
    shares = '{ payer = "city", percent = "-50%" }, { payer = "county", residual = true }'
    assert codes(X, pays("x", shares)) == ["P0602"]


def test_mistyped_limit_leaves_no_parameter_unused() -> None:
    """What a mistyped name most likely means counts as used."""
    most = parameter("most", 'unit = "CNY"', 'value = "5"')
    assert codes(X, most, pays("x"), CAP) == ["P0301"]


def test_an_empty_class_hides_no_overlap_of_others() -> None:
    """Classes that are right in themselves are compared, whatever is wrong with another."""
    rows = [
        f'{{ name = "{name}", {ends}, label = {{ zh = "档", en = "class" }} }}'
        for name, ends in (("a", 'to = "7"'), ("b", 'from = "5"'), ("c", 'from = "3", to = "1"'))
    ]
    bracket = f'\n[brackets.size]\nof = "CNY"\nrows = [{", ".join(rows)}]\n{LABEL}'
    assert codes(X, bracket, pays("if size(x) == a then x else 0")) == ["P0329", "P0328"]


BAD = [
    (
        "if 0 < x < 5[CNY] then x else 0",
        (
            "the formula breaks here; expected: and  an operator  or  then\n"
            "  → comparisons do not go in chains: write 0 < n and n < 5"
        ),
    ),
    (
        "if x not in (1[CNY], 2[CNY]) then x else 0",
        "the formula breaks here; expected: and  in  an operator  or  then\n  → write not x in (a, b)",
    ),
    (
        "x * 1.0000000001",
        (
            "1.0000000001 is not an acceptable number or date\n"
            "  → a number has at most 18 digits before the point and 9 after; a date or a month is one of the calendar"
        ),
    ),
]


@pytest.mark.parametrize(("formula", "said"), BAD, ids=[formula for formula, _ in BAD])
def test_what_is_often_written_is_answered_with_what_to_write(formula: str, said: str) -> None:
    """A formula of a common but wrong form is reported with the right one."""
    assert reports(X, pays(formula)) == [said]


UNEVEN = """\
there is no range from 0 to 0.5: its ends are to be multiples of 1
  → such as ["0", "1"]; or another resolution"""
RANGES = [
    (("5", "1"), 'there is no range from 5 to 1: it ends before it begins\n  → write ["1", "5"]'),
    (("0", "0.5"), UNEVEN),
]


@pytest.mark.parametrize(("ends", "said"), RANGES, ids=[f"{low}-{high}" for (low, high), _ in RANGES])
def test_a_range_that_is_none_says_why(ends: tuple[str, str], said: str) -> None:
    """A range that is reversed, and one whose ends are no multiples of the resolution, are told apart."""
    assert reports(number("x", *ends, "1", "CNY"), pays("x")) == [said]


def test_an_unknown_figure_has_a_range_without_steps() -> None:
    """Of a reversed range of an unknown figure no multiples are spoken of."""
    unknown = 'unknown = { range = ["5", "1"], why = { zh = "无", en = "none" } }'
    body = X + parameter("u", 'unit = "CNY"', unknown) + pays("x + u")
    assert reports(body) == ['there is no range from 5 to 1: it ends before it begins\n  → write ["1", "5"]']


def test_percentages_stand_where_ratios_are_stated() -> None:
    """Edges of brackets, bounds of what is unknown or delegated, and ranges of facts take percentages."""
    rows = [
        f'{{ name = "{name}", {ends}, label = {{ zh = "档", en = "class" }} }}'
        for name, ends in (("low", 'to = "1/3"'), ("high", 'from = "1/3"'))
    ]
    policy = compiled(
        number("taken", "0%", "120%", "0.5%"),
        f'\n[brackets.rate_of]\nof = "ratio"\nrows = [{", ".join(rows)}]\n{LABEL}',
        parameter("u", 'unit = "ratio"', 'unknown = { range = ["1/3", "50%"], why = { zh = "无", en = "none" } }'),
        parameter("v", 'unit = "ratio"', 'delegated = { to = "county" }', 'within = { min = "10%", max = "2/3" }'),
        step("both", "300[CNY] * u + 300[CNY] * v", 'unit = "CNY"', 'round = "0.01 half_up"'),
        pays("if rate_of(taken) == high then both else 0"),
    )
    claim = {"claim": "C", "on": "2021-06-30"}
    assert policy.calculate(claim, taken="0.33").amount == 0
    result = policy.calculate(claim, taken="0.335")
    assert (str(result.low), str(result.high)) == ("130.00", "350.00")


def test_help_of_a_bad_number_fits_its_place() -> None:
    """A range of a fact takes no fraction, and the help does not offer one."""
    said = reports(number("x", "0", "1/3"), pays("if x > 0 then 1[CNY] else 0"))
    digits = "at most 18 digits before the point and 9 after"
    assert said == [f'1/3 is not an acceptable number\n  → write numbers in quotes: "300", "0.01", "60%"; {digits}']
