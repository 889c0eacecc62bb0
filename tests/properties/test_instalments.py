"""What holds of every instalment: they make their part, their shares make them, and payers pay what is paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from subsidy import Policy
from subsidy.calculation import reference
from subsidy.testing import facts

from .support import CATALOGUE, a_result

FEN = st.integers(-4_999_999, 4_999_999).map(lambda fen: Decimal(fen) / 100)


@given(data=st.data())
def test_instalments_make_their_part(policy: Policy, data: st.DataObject) -> None:
    """Where all is certain, instalments sum to their part, shares to each instalment, and payers' totals to both."""
    for part in a_result(policy, data).parts:
        if not part.instalments or not all(money.is_determined for money in (*part.shares, *part.instalments)):
            continue
        assert part.amount == sum(each.amount for each in part.instalments)
        for each in part.instalments:
            assert each.amount == sum(share.amount for share in each.shares)
            assert each.exists or each.amount == 0
            assert part.amount * each.amount >= 0
        for number, share in enumerate(part.shares):
            assert share.amount == sum(each.shares[number].amount for each in part.instalments)


@given(sum_=FEN, degree=st.sampled_from(["college", "bachelor"]))
def test_recovery_mirrors_payment_in_every_instalment(sum_: Decimal, degree: str) -> None:
    """A sum below zero has the instalments and shares of the same sum above zero, each with its sign turned."""
    policy = CATALOGUE.policy("cn/test/instalments")
    award = {"college": Decimal("10000.01"), "bachelor": Decimal(30000)}[degree]
    claim = {"graduate": "G", "entered_on": "2024-05-31", "degree": degree, "place": "140802"}
    sums = [max(min(sign * sum_, Decimal(19_000)), Decimal(-19_000)) for sign in (1, -1)]
    paid, recovered = (policy.calculate(claim, adjustment=each - award).parts[0] for each in sums)
    assert [each.amount for each in paid.instalments] == [-each.amount for each in recovered.instalments]
    assert [share.amount for share in paid.shares] == [-share.amount for share in recovered.shares]


@given(data=st.data(), employed=st.booleans(), rating=st.sampled_from([None, "A", "AA", "AAA"]))
def test_release_answers_as_the_reference_does(data: st.DataObject, employed: bool, rating: str | None) -> None:
    """Outcome, test and sum of a release are those of the reference, under any readings."""
    policy = CATALOGUE.policy("cn/test/instalments")
    readings = {"advances": data.draw(st.sampled_from(["paid", "none", "open"]))}
    result = policy.calculate(data.draw(facts(policy, readings)), readings=readings)
    for each in result.instalments:
        if each.exists is False:
            continue
        asked: dict[str, dict[str, Any]] = {
            "second": {"still_employed": employed},
            "third": {"still_employed": employed, "rating": rating},
        }
        stated = {name: value for name, value in asked.get(each.name, {}).items() if value is not None}
        released = policy.release(result, each.name, stated).to_dict()["result"]
        expected = reference.release(policy.program, result.facts, result.readings, each.name, stated)
        assert expected == {key: released[key] for key in expected}
