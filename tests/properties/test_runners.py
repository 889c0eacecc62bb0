"""The runner and the reference runner answer the same, to the fen and in every reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from subsidy import Policy
from subsidy.calculation import reference

from .support import a_result


@given(data=st.data())
def test_runner_answers_as_the_reference_does(policy: Policy, data: st.DataObject) -> None:
    """Eligibility, amount, parts, shares, steps and conditions are those of the reference, under any readings."""
    result = a_result(policy, data)
    expected = reference.calculate(policy.program, result.facts, result.readings)
    answered = result.to_dict()["result"]
    assert expected == {name: answered[name] for name in expected}
