"""Every runner gives what the cases say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from subsidy.calculation import reference
from subsidy.calculation.result import Result
from subsidy.calculation.runners import RUNNERS as REGISTRY
from subsidy.calculation.runners import Run, calculated
from subsidy.catalogue.digest import canonical
from subsidy.errors import RequestError

from . import constructs, matrix
from .support import RUNNERS, Case, all_cases, catalogue, direct, module, shared

CASES = [pytest.param(case, id=str(case)) for case in all_cases()]


@pytest.mark.parametrize("case", CASES)
def test_case_comes_out_as_written(case: Case) -> None:
    """Every runner gives what the case says at each key that it names; the answer is explained in both languages."""
    assert dict.fromkeys(REGISTRY, case.expected) == {name: case.found(run) for name, run in REGISTRY.items()}
    if "refused" not in case.expected:
        result = calculated(case.policy(), case.facts, case.readings)
        assert isinstance(result, Result)
        assert result.receipt() == canonical(result.to_dict())
        zh, en = result.explain("zh"), result.explain("en")
        assert [step.name for step in result.steps if step.label.zh not in zh or step.label.en not in en] == []


@pytest.mark.parametrize("case", direct("24-instalments"))
def test_release_comes_out_as_written(case: dict[str, Any]) -> None:
    """The release of an instalment gives what the case says, and so does the reference; or it is refused."""
    policy = module("24-instalments")
    result = policy.calculate(shared("24-instalments") | case["facts"], readings=case["readings"])
    on = dt.date.fromisoformat(case["on"]) if "on" in case else None
    if "code" in case:
        with pytest.raises(RequestError) as caught:
            policy.release(result, case["instalment"], case["asked"], on=on)
        assert [case["code"]] == sorted({problem.code for problem in caught.value.problems})
        return
    found = policy.release(result, case["instalment"], case["asked"], on=on)
    released = found.to_dict()["result"]
    assert case["expected"] == {key: released[key] for key in case["expected"]}
    if on is None:  # the reference judges tests and sums, and looks at no calendar here
        expected = reference.release(policy.program, result.facts, result.readings, case["instalment"], case["asked"])
        assert expected == {key: released[key] for key in expected}


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("case", direct("22-founding"))
def test_sum_of_single_calculations(case: dict[str, Any], run: Run) -> None:
    """A month's roster comes to the sum of its residents, each calculated alone."""
    policy = catalogue().policy(case["policy"], on=case["on"])
    amounts = [
        Decimal(run(policy, claim["facts"] | {"resident": f"{place}-{number}"}, case["readings"])["amount"])
        for place, claim in enumerate(case["claims"])
        for number in range(claim["times"])
    ]
    assert case["expected"] == str(sum(amounts))


def test_no_two_cases_are_called_alike() -> None:
    """A topic and a name say which case it is."""
    assert len({str(case) for case in all_cases()}) == len(all_cases())


def test_every_construct_has_a_case() -> None:
    """What the language has, some case uses."""
    covered = set[str]().union(*matrix.covered(all_cases()).values())
    assert sorted(constructs.LANGUAGE - covered) == []
