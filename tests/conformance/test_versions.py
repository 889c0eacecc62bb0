"""Which version answers, and what a span of months comes to, as the cases say."""

from __future__ import annotations

from typing import Any

import pytest

from subsidy.errors import RequestError

from .support import catalogue, direct


@pytest.mark.parametrize("case", direct("26-versions"))
def test_version_is_the_one_that_the_case_names(case: dict[str, Any]) -> None:
    """On the day and with the knowledge of the case, its version answers, or the code of its error."""
    if "error" in case:
        with pytest.raises(RequestError) as caught:
            catalogue().policy(case["policy"], on=case["on"], known=case["known"])
        assert [problem.code for problem in caught.value.problems] == [case["error"]]
    else:
        policy = catalogue().policy(case["policy"], on=case["on"], known=case["known"])
        assert (policy.version, policy.revision) == (case["version"], case["revision"])


@pytest.mark.parametrize("case", direct("27-months-under-versions"))
def test_months_come_out_as_written(case: dict[str, Any]) -> None:
    """Each month has the version and the amount of the case, the gaps are the case's, and so is the sum."""
    found = catalogue().calculate_months(
        case["policy"], tuple(case["months"]), case["facts"], fact=case["fact"], known=case["known"]
    )
    assert case["rows"] == [[row.month, row.version, row.policy.revision, str(row.result.amount)] for row in found.rows]
    assert case["gaps"] == [[gap.month, gap.problem.code] for gap in found.gaps]
    assert case["amount"] == str(found.amount)


@pytest.mark.parametrize("case", direct("27-months-under-versions"))
def test_each_month_is_the_single_calculation(case: dict[str, Any]) -> None:
    """A month of a span has the receipt of the same month calculated alone, with the same knowledge."""
    fact = case["fact"] or "month"
    found = catalogue().calculate_months(
        case["policy"], tuple(case["months"]), case["facts"], fact=fact, known=case["known"]
    )
    for row in found.rows:
        alone = catalogue().calculate(case["policy"], {**case["facts"], fact: row.month}, known=case["known"])
        assert alone.receipt() == row.result.receipt()


def test_the_modules_are_sound() -> None:
    """Every version that the cases use compiles, and its examples hold, whatever came after it."""
    catalogue().check()
