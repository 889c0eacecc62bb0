"""A policy that compiles, on facts that validate, yields the same in every runner, within its proved range."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from subsidy import Policy
from subsidy.calculation import reference

from .generated import policies
from .support import a_result
from .test_results import numbers


@given(policy=policies(), data=st.data())
def test_random_policy_is_calculated_as_proved(policy: Policy, data: st.DataObject) -> None:
    """Whatever the formulas, the runner answers as the reference does and within the range that was proved."""
    for _ in range(3):
        result = a_result(policy, data)
        expected = reference.calculate(policy.program, result.facts, result.readings)
        answered = result.to_dict()["result"]
        assert expected == {name: answered[name] for name in expected}
        for name, value in numbers(result).items():
            low, high = policy.program.ranges[name]
            assert low <= Fraction(value) <= high, name
        assert result.explain("zh")
        assert result.explain("en")
