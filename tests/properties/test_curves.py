"""What holds of every curve and every cliff, whatever the policy."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.soundness.claims import claims
from tests.soundness.modules import module
from tests.soundness.seeds import compiled

from subsidy import Catalogue, Policy, PolicyError
from subsidy.calculation.along import Along, axis_of, calculated
from subsidy.calculation.curve import Bars, Curve, Moves, around, can_be_over, first_paid, moves, off_line, slack_of
from subsidy.catalogue.documents import Example

from .support import POLICIES

NONE = {"amount": "0"}  # which is not looked at
Amount = tuple[Decimal, Decimal]
WORLD = Catalogue(Path(__file__).parents[2] / "examples" / "world" / "policies")
PAID = [policy for policy in (*POLICIES, *WORLD) if first_paid(policy) is not None]
CURVED = [policy for policy in PAID if any(axis_of(policy, fact) for fact in policy.program.facts.values())]


def name_of(policy: Policy) -> str:
    return f"{policy.id}@{policy.version}r{policy.revision}"


every_paid = pytest.mark.parametrize("paid", PAID, ids=name_of)


@cache
def moved(policy: Policy, over: str | None = None) -> Moves:
    found = moves(policy, over)
    assert found is not None
    return found


def amount(policy: Policy, example: Example, fact: str, value: Any) -> Amount:
    """What the policy itself answers."""
    result = policy.calculate_again({**example.facts, fact: value}, example.under)
    return result.low, result.high


@every_paid
def test_every_point_is_what_the_policy_answers(paid: Policy) -> None:
    """The amount at each point, at each bar and on both sides of each cliff is the one that is calculated there."""
    for name in (None, *can_be_over(paid)):
        found = moved(paid, name)
        if isinstance(found.over, Curve):
            for point in found.over.points:
                at = amount(paid, found.example, found.over.fact, point.value)
                assert at == (point.low, point.high), (found.over.fact, point)
        if isinstance(found.over, Bars):
            for bar in found.over.bars:
                value = bar.value == "true" if bar.value in {"true", "false"} else bar.value
                result = calculated(paid, found.example, {found.over.fact: value})
                assert bar.bounds == (None if result is None else (result.low, result.high)), bar
        for cliff in found.cliffs:
            for point in (cliff.before, cliff.after):
                assert amount(paid, found.example, cliff.fact, point.value) == (point.low, point.high)


@pytest.mark.parametrize("paid", CURVED, ids=name_of)
@given(data=st.data())
def test_between_two_points_the_amount_is_between(paid: Policy, data: st.DataObject) -> None:
    """Within a straight piece the amount at any value is on the line, but for rounding, or between the two amounts."""
    facts = paid.program.facts
    names = [name for name in can_be_over(paid) if axis_of(paid, facts[name]) is not None]
    found = moved(paid, data.draw(st.sampled_from(names)))
    over, slack = found.over, 2 * slack_of(paid.program)
    assert isinstance(over, Curve)
    axis = axis_of(paid, facts[over.fact])
    assert axis is not None
    along = Along(paid, found.example, axis, 0)
    for piece in over.pieces:
        for one, two in pairwise(piece.points) if piece.is_straight else ():
            first, last = axis.below(one.at), axis.below(two.at)
            index = data.draw(st.integers(first, last))
            ends, low, high = along.ends(index), along.ends(first), along.ends(last)
            assert ends is not None and low is not None and high is not None
            on_line = off_line((first, low), (last, high), (index, ends)) <= slack
            assert on_line or all(min(low[e], high[e]) <= ends[e] <= max(low[e], high[e]) for e in (0, 1)), index


@every_paid
def test_every_cliff_is_a_jump_of_neighbours(paid: Policy) -> None:
    """Both sides of a cliff are one resolution apart, and their amounts differ by more than rounding."""
    for cliff in moved(paid).cliffs:
        axis = axis_of(paid, paid.program.facts[cliff.fact])
        assert axis is not None
        assert cliff.after.at - cliff.before.at == axis.step
        jump = max(abs(cliff.after.low - cliff.before.low), abs(cliff.after.high - cliff.before.high))
        assert jump * 100 > slack_of(paid.program), cliff


@pytest.mark.parametrize("block", range(4))
def test_generated_policies_have_curves(block: int) -> None:
    """Around any claim of a policy made by type a curve is found, its points are in order, and every amount is true."""
    drawn = 0
    for seed in range(block * 12, block * 12 + 12):
        random = Random(seed)  # noqa: S311 – the same policies in every run
        try:
            policy = compiled(module(random).text)
        except PolicyError:
            continue
        for claim in claims(policy, random, 1) if policy.pays else ():
            example = Example(name="–", source="derived", facts=claim.facts, under=claim.readings, expect=NONE)
            if calculated(policy, example, {}) is None:
                continue
            found = around(policy, example)
            if isinstance(found.over, Curve):
                drawn += 1
                places = [point.at for point in found.over.points]
                assert places == sorted(set(places)), seed
                for point in found.over.points:
                    assert amount(policy, example, found.over.fact, point.value) == (point.low, point.high), seed
    assert drawn
