"""Every runner gives what the cases say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from subsidy.calculation import reference

from .support import RUNNERS, Run, at, cases, catalogue


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize(
    "case", [*cases("founding"), *cases("rounding"), *cases("outcome"), *cases("instalments"), *cases("measures")]
)
def test_case_comes_out_as_written(case: dict[str, Any], run: Run) -> None:
    """The result has, at each key that the case names, what the case says."""
    policy = catalogue().policy(case["policy"], on=case["on"])
    result = run(policy, case["facts"], case["readings"])
    assert case["expected"] == {key: at(result, key) for key in case["expected"]}


@pytest.mark.parametrize("case", cases("releases"))
def test_release_comes_out_as_written(case: dict[str, Any]) -> None:
    """The release of an instalment gives what the case says, and so does the reference."""
    policy = catalogue().policy(case["policy"], on=case["on"])
    result = policy.calculate(case["facts"], readings=case["readings"])
    released = policy.release(result, case["instalment"], case["asked"]).to_dict()["result"]
    assert case["expected"] == {key: released[key] for key in case["expected"]}
    expected = reference.release(policy.program, result.facts, result.readings, case["instalment"], case["asked"])
    assert expected == {key: released[key] for key in expected}


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("case", cases("sums"))
def test_sum_of_single_calculations(case: dict[str, Any], run: Run) -> None:
    """A month's roster comes to the sum of its residents, each calculated alone."""
    policy = catalogue().policy(case["policy"], on=case["on"])
    amounts = [
        Decimal(run(policy, claim["facts"] | {"resident": f"{place}-{number}"}, case["readings"])["amount"])
        for place, claim in enumerate(case["claims"])
        for number in range(claim["times"])
    ]
    assert case["expected"] == str(sum(amounts))
