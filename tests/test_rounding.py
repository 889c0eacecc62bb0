"""Rounding: to the quantum, within one of it, by magnitude, and once for all."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidy.rounding import MODES, Mode, divide, round_to

numerators, denominators = st.integers(-(10**30), 10**30), st.integers(1, 10**12)
modes = st.sampled_from(MODES)
quanta = st.sampled_from([Fraction(1, 100), Fraction(1, 20), Fraction(3, 10), Fraction(1), Fraction(100)])


@given(numerators, denominators, st.sampled_from(["half_up", "half_even", "up", "down"]))
def test_a_reversal_undoes_a_grant(numerator: int, denominator: int, mode: Mode) -> None:
    """Rounding by magnitude gives the opposite of the opposite."""
    assert divide(-numerator, denominator, mode) == -divide(numerator, denominator, mode)


@given(numerators, denominators)
def test_floor_and_ceil_mirror_each_other(numerator: int, denominator: int) -> None:
    """Towards minus infinity is the mirror of towards plus infinity."""
    assert divide(-numerator, denominator, "floor") == -divide(numerator, denominator, "ceil")


@given(st.fractions(), quanta, modes)
def test_a_rounded_number_is_a_multiple_nearby_and_stays(value: Fraction, quantum: Fraction, mode: Mode) -> None:
    """The result is a multiple of the quantum, less than one away, and rounding again changes nothing."""
    found = round_to(value, quantum, mode)
    assert (found / quantum).denominator == 1
    assert abs(found - value) < quantum
    assert round_to(found, quantum, mode) == found


@given(st.fractions(), st.fractions(), quanta, modes)
def test_rounding_keeps_the_order(one: Fraction, two: Fraction, quantum: Fraction, mode: Mode) -> None:
    """What is not greater is not greater when rounded."""
    low, high = sorted((one, two))
    assert round_to(low, quantum, mode) <= round_to(high, quantum, mode)


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("half_up", [-3, -2, -1, 1, 2, 3]),
        ("half_even", [-2, -2, 0, 0, 2, 2]),
        ("up", [-3, -2, -1, 1, 2, 3]),
        ("down", [-2, -1, 0, 0, 1, 2]),
        ("ceil", [-2, -1, 0, 1, 2, 3]),
        ("floor", [-3, -2, -1, 0, 1, 2]),
    ],
)
def test_ties(mode: Mode, wanted: list[int]) -> None:
    """A tie goes where its mode says, below zero as above."""
    assert wanted == [divide(halves, 2, mode) for halves in (-5, -3, -1, 1, 3, 5)]
