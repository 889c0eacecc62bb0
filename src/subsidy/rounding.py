"""Rounding of exact numbers. Modes and ties are by magnitude, so that a reversal undoes a grant to the fen.

half_up    nearest; a tie away from zero          half_even  nearest; a tie to the even multiple
up         away from zero                         down       towards zero
ceil       towards plus infinity                  floor      towards minus infinity
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, assert_never, get_args

Mode = Literal["half_up", "half_even", "up", "down", "ceil", "floor"]
MODES: tuple[Mode, ...] = get_args(Mode)


def divide(numerator: int, denominator: int, mode: Mode) -> int:
    """The whole number that `numerator` / `denominator` rounds to; the denominator is positive."""
    match mode:
        case "floor":
            return numerator // denominator
        case "ceil":
            return -(-numerator // denominator)
    size = abs(numerator)
    match mode:
        case "down":
            whole = size // denominator
        case "up":
            whole = -(-size // denominator)
        case "half_up":
            whole = (2 * size + denominator) // (2 * denominator)
        case "half_even":
            whole, rest = divmod(size, denominator)
            whole += 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
        case _:
            assert_never(mode)
    return whole if numerator >= 0 else -whole


def round_to(value: Fraction, quantum: Fraction, mode: Mode) -> Fraction:
    """`value` as a multiple of `quantum`."""
    count = value / quantum
    return divide(count.numerator, count.denominator, mode) * quantum
