"""Over the wire a calculation is what it is in process: the same bytes, and the same problems."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from subsidy import Policy, RequestError
from subsidy.client import Client
from subsidy.exact import WIDEST
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
    """The receipt and the explanations that come over the wire are the library's own, byte for byte."""
    chosen = a_reading(policy, data)
    stated = data.draw(facts(policy, chosen), label="facts")
    result = policy.calculate(stated, readings=chosen)
    answer = wire.calculate(policy.id, stated, readings=chosen, digest=policy.digest, full=True)
    assert result.receipt() == answer.receipt()
    assert (result.explain("zh"), result.explain("en")) == (answer.explain("zh"), answer.explain("en"))


@given(data=st.data())
def test_wire_reports_the_same_problems(wire: Client, policy: Policy, data: st.DataObject) -> None:
    """Facts that the policy refuses are refused over the wire with the same problems in the same order."""
    chosen = a_reading(policy, data)
    stated = data.draw(invalid_facts(policy, chosen), label="facts")
    assume(all(is_sendable(value) for value in stated.values()))
    with pytest.raises(RequestError) as library:
        policy.calculate(stated, readings=chosen)
    with pytest.raises(RequestError) as service:
        wire.calculate(policy.id, stated, readings=chosen, digest=policy.digest)
    assert named(library.value) == named(service.value)


def named(error: RequestError) -> list[tuple[str, str]]:
    """Code and place of each problem."""
    return [(problem.code, problem.where) for problem in error.problems]


def is_sendable(value: Any) -> bool:
    """Whether the wire can write a value, or the client says why not: no number beyond the grammar's digits."""
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        return len(rows) == len(value) and all(is_sendable(item) for row in rows for item in row.values())
    if isinstance(value, int | Decimal):
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        return not isinstance(exponent, int) or (exponent >= -9 and number.copy_abs() < WIDEST)
    return True
