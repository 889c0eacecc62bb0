"""What holds of every result: its proved range, its shares, its caps, what it rises with, its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from subsidy import Policy, Result
from subsidy.language import program as p
from subsidy.testing import facts

from .support import IMPOSSIBLE, INCOMPLETE, a_reading, a_result, under


def numbers(result: Result) -> dict[str, Fraction]:
    """The determined numbers of a result by name: steps, parts, amount."""
    steps = {step.name: step.possible[0] for step in result.steps if step.is_determined}
    found = {name: Fraction(value) for name, value in steps.items() if isinstance(value, Decimal | Fraction)}
    found |= {part.name: Fraction(part.low) for part in result.parts if part.is_determined}
    pays = result.policy.pays and result.is_determined
    return found | ({"amount": Fraction(result.low)} if pays else {})


@given(data=st.data())
def test_results_lie_in_the_proved_range(policy: Policy, data: st.DataObject) -> None:
    """A determined step, part or amount is within the range that the compiler proved for it."""
    outside = {
        name: value
        for name, value in numbers(a_result(policy, data)).items()
        if not policy.program.ranges[name][0] <= value <= policy.program.ranges[name][1]
    }
    assert not outside


@given(data=st.data())
def test_shares_make_their_part(policy: Policy, data: st.DataObject) -> None:
    """Shares sum to their part to the fen, none below zero where the part is not; counted parts make the amount."""
    result = a_result(policy, data)
    for part in result.parts:
        if all(money.is_determined for money in (part, *part.shares)):
            assert part.amount == sum(share.amount for share in part.shares)
            assert part.amount < 0 or all(share.amount >= 0 for share in part.shares)
        assert part.low <= part.high
        assert all(share.low <= share.high for share in part.shares)
    if not policy.pays:
        return
    assert result.low == sum(part.low for part in result.parts if part.counted) or result.eligible is None
    assert result.high <= sum(part.high for part in result.parts if part.counted)


@given(data=st.data())
def test_no_part_exceeds_its_cap(policy: Policy, data: st.DataObject) -> None:
    """A part is at most the limit of the cap declared on it, and at most what is stated to be left of it."""
    result = a_result(policy, data)
    parts = {part.name: part for part in result.parts}
    for cap in policy.program.caps:
        part = parts[cap.of]
        if cap.limit and part.is_determined:
            assert part.amount <= limit(policy.program, cap.limit, numbers(result), result)
        if cap.limit and f"left_{cap.name}" in result.facts:
            assert part.high <= Decimal(result.facts[f"left_{cap.name}"])


def limit(program: p.Program, name: str, known: Mapping[str, Fraction], result: Result) -> Fraction:
    """The limit of a cap: a step, a number, or the place in a table that this claim's keys pick."""
    if name not in program.parameters:
        return known.get(name, program.ranges[name][1])
    parameter = program.parameters[name]
    if parameter.values is None:
        return parameter.high
    steps = {step.name: step.possible for step in result.steps}
    chosen = [
        {str(value) for value in steps[key]} if key in steps else {result.facts[key]} if key in result.facts else None
        for key in parameter.by
    ]
    found: list[Fraction] = [
        value
        for keys, value in parameter.values.items()
        if all(allowed is None or key in allowed for key, allowed in zip(keys, chosen, strict=True))
    ]
    return max(found)


@given(data=st.data())
def test_amount_rises_with_what_it_should(policy: Policy, data: st.DataObject) -> None:
    """With a greater value of a fact in `rises_with`, all else the same, the amount is not less."""
    chosen = a_reading(policy, data)
    stated, other = (data.draw(facts(policy, chosen), label="facts") for _ in range(2))
    for name in policy.program.rises_with:
        if name not in stated or name not in other:
            continue
        low, high = sorted((stated[name], other[name]), key=Fraction)
        others = IMPOSSIBLE | INCOMPLETE  # a greater value may make other facts needed
        less, more = (under(policy, stated | {name: value}, chosen, others) for value in (low, high))
        if less is not None and more is not None:
            assert less.low <= more.low
            assert less.high <= more.high


@given(data=st.data())
def test_bounds_hold_every_reading_and_are_reached(open_policy: Policy, data: st.DataObject) -> None:
    """The bounds of an open result are the least and the greatest of the results under each reading left open."""
    policy = open_policy
    one = data.draw(st.sampled_from(list(policy.interpretations)))
    chosen = a_reading(policy, data) | {one: "open"}
    open_ = [name for name, reading in chosen.items() if reading == "open"]
    readings = {name: policy.interpretations[name].readings for name in open_}
    enumerated = [name for name in open_ if not policy.interpretations[name].presumes]
    stated = data.draw(facts(policy, chosen), label="facts")
    result = policy.calculate(stated, readings=chosen)
    for way in product(*(readings[name] for name in open_)):
        closed = under(policy, stated, chosen | dict(zip(open_, way, strict=True)))
        if closed is not None:
            assert not policy.pays or result.low <= closed.low <= closed.high <= result.high
            assert result.eligible in {None, closed.eligible}
            assert all(a.low <= b.low <= b.high <= a.high for a, b in zip(result.parts, closed.parts, strict=True))
    ways = [dict(zip(enumerated, way, strict=True)) for way in product(*(readings[name] for name in enumerated))]
    each = [under(policy, stated, chosen | way) for way in ways]
    if None not in each and policy.pays:
        assert result.low == min(closed.low for closed in each if closed is not None)
        assert result.high == max(closed.high for closed in each if closed is not None)


@given(data=st.data())
def test_explanation_is_given_in_both_languages(policy: Policy, data: st.DataObject) -> None:
    """Every result can be explained in Chinese and in English, and the explanation has the amount in it."""
    result = a_result(policy, data)
    for language in ("zh", "en"):
        text = result.explain(language)
        figures = (result.low, result.high) if policy.pays else ()
        missing = [figure for figure in figures if str(figure) not in text.replace(",", "")]
        assert not missing
