"""Splitting a sum between payers, to the fen, so that the shares make the sum."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..rounding import divide


def by_largest_remainder(total: int, percents: Sequence[Fraction]) -> list[int]:
    """`total` fen by percentages that make 1: each rounded down, the rest to the largest remainders.

    Ties go to the earlier payer. A sum below zero is split by its magnitude.
    """
    size = abs(total)
    exact = [size * percent for percent in percents]
    whole = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(exact)), key=lambda index: (whole[index] - exact[index], index))
    for index in order[: size - sum(whole)]:
        whole[index] += 1
    return whole if total >= 0 else [-part for part in whole]


def with_residual(total: int, stated: Sequence[Fraction | None]) -> list[int]:
    """`total` fen with each stated share in fen rounded half up, in order, and no more than is left.

    None is the one payer that takes what is left. A sum below zero is split by its magnitude.
    """
    left = size = abs(total)
    parts: list[int] = []
    for share in stated:
        part = 0 if share is None else min(divide(share.numerator, share.denominator, "half_up"), left)
        left -= part
        parts.append(part)
    parts[list(stated).index(None)] = left
    assert sum(parts) == size
    return parts if total >= 0 else [-part for part in parts]
