"""Over the wire a calculation is what it is in process: the same bytes, and the same problems."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidy import Policy, RequestError
from subsidy.client import Client
from subsidy.service import Server
from subsidy.testing import facts, invalid_facts

from .support import CATALOGUE, a_reading


@pytest.fixture(scope="session")
def wire() -> Iterator[Client]:
    """A client of a server of the policies under test."""
    with Server(CATALOGUE) as server, Client(server.address) as client:
        yield client


@given(data=st.data())
def test_wire_gives_the_same_receipt_and_explanation(wire: Client, policy: Policy, data: st.DataObject) -> None:
    """The receipt, the explanation as data and its texts that come over the wire are the library's own."""
    chosen = a_reading(policy, data)
    stated = data.draw(facts(policy, chosen), label="facts")
    result = policy.calculate(stated, readings=chosen)
    answer = wire.calculate(policy.id, stated, readings=chosen, digest=policy.digest, full=True)
    assert result.receipt() == answer.receipt()
    assert (result.explain("zh"), result.explain("en")) == (answer.explain("zh"), answer.explain("en"))
    assert result.explanation == answer.explanation


@given(data=st.data())
def test_wire_reports_the_same_problems(wire: Client, policy: Policy, data: st.DataObject) -> None:
    """Facts that the policy refuses are refused over the wire with the same problems in the same order."""
    chosen = a_reading(policy, data)
    stated = data.draw(invalid_facts(policy, chosen), label="facts")
    with pytest.raises(RequestError) as library:
        policy.calculate(stated, readings=chosen)
    with pytest.raises(RequestError) as service:
        wire.calculate(policy.id, stated, readings=chosen, digest=policy.digest)
    assert named(library.value) == named(service.value)


def named(error: RequestError) -> list[tuple[str, str]]:
    """Code and place of each problem."""
    return [(problem.code, problem.where) for problem in error.problems]
