"""The reason of a sum is looked for without a word more than it takes, and is the one that the explanation has."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import subsidy
from subsidy.calculation.explain import of_sum
from subsidy.testing import facts, readings

PAYING: Final = [each for each in subsidy.catalogue() if each.pays]


@pytest.mark.parametrize("policy", PAYING, ids=str)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=some.data())
def test_the_lines_of_a_sum_are_those_of_the_whole_explanation(policy: subsidy.Policy, data: some.DataObject) -> None:
    """Of any claim under any readings: the steps that come to the sum, in their order, and the whole outcome."""
    chosen = data.draw(readings(policy))
    result = policy.calculate(data.draw(facts(policy, chosen)), readings=chosen)
    sums = {Fraction(0), *(Fraction(line.values[0]) for line in _steps(result) if line.values)}
    sum_ = data.draw(some.sampled_from(sorted(sums)))
    outcome = [line for section in result.explanation.sections if section.name == "result" for line in section.lines]
    found = [line for line in _steps(result) if line.values and Fraction(line.values[0]) == sum_]
    money = [line for line in found if line.formula is not None and line.formula.unit.partition("/")[0] == "CNY"]
    assert list(of_sum(result, sum_)) == [*money, *outcome]


def _steps(result: subsidy.Result) -> list[Any]:
    sections = {section.name: section.lines for section in result.explanation.sections}
    return list(sections.get("calculation", ()))
