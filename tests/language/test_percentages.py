"""Percentages that rest on choices, flags and places: their sum is proved for each of these by itself."""

from __future__ import annotations

import pytest

from subsidy.errors import PolicyError

from .support import compiled, fact, number, pays, step

X = number("x", "0", "100", "1", "CNY")
PLACED = fact("is_poor", "flag") + fact("place", "division", 'within = "990100"')
OF_CITY = step("of_city", "if class(place) == county then 60% else if is_poor then 90% else 1 / 3", 'unit = "ratio"')


def split(city: str, county: str) -> str:
    return pays("x", f'{{ payer = "city", percent = "{city}" }}, {{ payer = "county", percent = "{county}" }}')


@pytest.mark.parametrize(("is_poor", "city"), [(True, "90.00"), (False, "33.33")])
def test_two_percentages_may_complement_each_other_through_a_step(is_poor: bool, city: str) -> None:
    """A step that is a number has one value for each flag and place, so that with its complement it makes the whole."""
    policy = compiled(X, PLACED, OF_CITY, split("of_city", "1 - of_city"))
    result = policy.calculate(claim="A", on="2021-06-01", x="100", is_poor=is_poor, place="990101")
    assert [str(share.amount) for share in result.shares] == [city, str(100 - result.shares[0].amount)]


def test_the_first_case_that_does_not_make_the_whole_is_reported() -> None:
    """The sum is named that the shares have in a case where it is not the whole."""
    with pytest.raises(PolicyError) as caught:
        compiled(X, PLACED, OF_CITY, split("of_city", "40%"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.message("en"), problem.message("zh")) == (
        "P0503",
        "the shares make 220/3%; without a residual they must make 100 %, with one not more",
        "分担合计为 220/3%，没有 residual 时须恰为 100%，有时不得超过",
    )
