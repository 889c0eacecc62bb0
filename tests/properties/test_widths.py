"""Whatever a columnar runner would meet fits what the compiler proved of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.soundness.widths import check_widths

from subsidy import Policy

from .support import a_result


@given(data=st.data())
def test_no_number_is_outside_its_proved_width(policy: Policy, data: st.DataObject) -> None:
    """Every whole number at every operation of every formula lies within its proved range, whichever the facts are."""
    assert check_widths(policy, a_result(policy, data)) == []
