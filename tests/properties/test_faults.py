"""Facts that do not fit are refused, all problems at once and always in the same order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidy import FactsError, Policy, RequestError
from subsidy.testing import facts, invalid_facts

from .support import a_reading


@given(data=st.data())
def test_faults_are_reported_and_nothing_else_raised(policy: Policy, data: st.DataObject) -> None:
    """Invalid facts raise FactsError or RequestError with problems that can be printed in both languages."""
    chosen = a_reading(policy, data)
    stated = data.draw(invalid_facts(policy, chosen), label="facts")
    with pytest.raises(RequestError) as caught:
        policy.calculate(stated, readings=chosen)
    assert caught.value.problems
    assert all(problem.code[0] in "FR" for problem in caught.value.problems)
    assert all(problem.report("zh") and problem.report("en") for problem in caught.value.problems)


@given(data=st.data())
def test_problems_come_in_a_fixed_order(policy: Policy, data: st.DataObject) -> None:
    """The same faults, stated in another order, make the same report."""
    chosen = a_reading(policy, data)
    stated = data.draw(invalid_facts(policy, chosen), label="facts")
    reports = []
    for order in (list(stated), list(reversed(stated))):
        with pytest.raises(RequestError) as caught:
            policy.calculate({name: stated[name] for name in order}, readings=chosen)
        reports.append(caught.value.report())
    assert reports[0] == reports[1]


@given(data=st.data())
def test_every_missing_fact_is_named(policy: Policy, data: st.DataObject) -> None:
    """Without the facts that depend on nothing, each of them is reported as missing, in the policy's own order."""
    with pytest.raises(FactsError) as caught:
        policy.calculate({})
    needed = [name for name, fact in policy.facts.items() if not fact.optional and fact.when is None]
    missing = [problem.where for problem in caught.value.problems if problem.code == "F0102"]
    assert needed == [name for name in missing if name in needed]
    stated = data.draw(facts(policy))
    name = data.draw(st.sampled_from(needed))
    with pytest.raises(FactsError) as alone:
        policy.calculate({key: value for key, value in stated.items() if key != name})
    assert name in [problem.where for problem in alone.value.problems if problem.code == "F0102"]
