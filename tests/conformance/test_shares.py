"""Splitting a sum: both ways of doing it give the written cases, and each other."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidy import rounding
from subsidy.calculation import by_hand, shares

from .support import direct

SUMS = st.integers(-(10**9), 10**9)


def percentages(weights: list[int]) -> list[Fraction]:
    return [Fraction(weight, sum(weights)) for weight in weights]


def stated(case: dict[str, Any]) -> list[Fraction | None]:
    return [None if share is None else Fraction(share) for share in case["stated"]]


@pytest.mark.parametrize("case", direct("19-shares"))
def test_split_comes_out_as_written(case: dict[str, Any]) -> None:
    """Both splits give what the case says, which makes the whole."""
    if "percents" in case:
        percents = [Fraction(text) for text in case["percents"]]
        found = [split(case["total"], percents) for split in (shares.by_largest_remainder, by_hand.largest_remainder)]
    else:
        found = [split(case["total"], stated(case)) for split in (shares.with_residual, by_hand.with_residual)]
    assert [case["expected"]] * 2 == found
    assert case["total"] == sum(case["expected"])


@settings(deadline=None)
@given(total=SUMS, weights=st.lists(st.integers(0, 20), min_size=1, max_size=6).filter(any))
def test_largest_remainder_agrees(total: int, weights: list[int]) -> None:
    """Any sum by any percentages is split alike, to the fen, and by its magnitude."""
    percents = percentages(weights)
    expected = by_hand.largest_remainder(total, percents)
    assert expected == shares.by_largest_remainder(total, percents)
    assert total == sum(expected)
    assert [-share for share in expected] == shares.by_largest_remainder(-total, percents)


@settings(deadline=None)
@given(total=SUMS, parts=st.lists(st.fractions(0, 10**7, max_denominator=200), max_size=5), place=st.integers(0, 5))
def test_residual_agrees(total: int, parts: list[Fraction], place: int) -> None:
    """Any sum with stated shares and one residual anywhere is split alike."""
    stated: list[Fraction | None] = [*parts]
    stated.insert(place, None)
    expected = by_hand.with_residual(total, stated)
    assert expected == shares.with_residual(total, stated)
    assert total == sum(expected)


@settings(deadline=None)
@given(
    value=st.fractions(-1000, 1000, max_denominator=400), quantum=st.sampled_from(["0.01", "0.05", "0.25", "1", "5"])
)
def test_rounding_agrees_in_every_mode(value: Fraction, quantum: str) -> None:
    """Any number is rounded alike in every mode to a multiple of its quantum; but for ceil and floor by magnitude."""
    for mode in rounding.MODES:
        expected = by_hand.rounded(value, Fraction(quantum), mode)
        assert expected == rounding.round_to(value, Fraction(quantum), mode)
        assert (expected / Fraction(quantum)).denominator == 1
        assert abs(expected - value) < Fraction(quantum)
        if mode not in {"ceil", "floor"}:
            assert -expected == rounding.round_to(-value, Fraction(quantum), mode)
