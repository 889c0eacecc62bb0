"""What is done with columns of whole numbers: rounding, and a choice by a test, without a look at single ones."""

from __future__ import annotations

import numpy as np

from ...rounding import Mode
from .spaces import Column


def times(column: Column, factor: int) -> Column:
    """A column times a number."""
    return column if factor == 1 else column * factor


def chosen(test: Column, yes: Column, no: Column) -> Column:
    """One of two by a test, as `np.where`, which takes ten times as long as the bits of the numbers themselves."""
    if np.ndim(test) == 0:
        return yes if test else no
    kind = np.result_type(yes, no)
    if kind == np.bool_:
        return (test & yes) | (~test & no)
    if kind != np.int64:
        return np.where(test, yes, no)
    if _is_nought(yes):
        bits = _bits(~test)
        return np.bitwise_and(bits, no, out=bits)
    bits = _bits(test)
    if _is_nought(no):
        return np.bitwise_and(bits, yes, out=bits)
    np.bitwise_and(bits, yes ^ no, out=bits)
    return np.bitwise_xor(bits, no, out=bits)


def _is_nought(column: Column) -> bool:
    return np.ndim(column) == 0 and column == 0


def _bits(test: Column) -> Column:
    """All bits of a number where a test holds, and none where it does not."""
    return np.negative(np.ascontiguousarray(test).view(np.int8)).astype(np.int64)


def divided(numerator: Column, divisor: Column, mode: Mode, *, is_positive: bool = False) -> Column:
    """As `rounding.divide`. The divisor is positive; `is_positive` says that the numerator is never below zero."""
    match mode:
        case "floor":
            return numerator // divisor
        case "ceil":
            return -(-numerator // divisor)
    size = numerator if is_positive else np.abs(numerator)
    match mode:
        case "down":
            whole = size // divisor
        case "up":
            whole = (size + (divisor - 1)) // divisor
        case "half_up":
            whole = (size + divisor // 2) // divisor
        case _:
            whole = size // divisor
            rest = size - whole * divisor
            left = divisor - rest
            whole = whole + ((rest > left) | ((rest == left) & (whole % 2 == 1)))
    return whole if is_positive else chosen(numerator < 0, -whole, whole)
