"""Whatever a columnar runner would meet fits what the compiler proved of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from subsidy import Policy

from .generated import policies
from .support import a_result
from .widths import check_widths


@given(data=st.data())
def test_no_number_is_outside_its_proved_width(policy: Policy, data: st.DataObject) -> None:
    """Every whole number at every operation of every formula lies within its proved range, whichever the facts are."""
    assert check_widths(policy, a_result(policy, data)) == []


@given(policy=policies(), data=st.data())
def test_no_number_of_a_random_policy_is_outside_its_proved_width(policy: Policy, data: st.DataObject) -> None:
    """The same of policies that nobody wrote."""
    for _ in range(3):
        assert check_widths(policy, a_result(policy, data)) == []
