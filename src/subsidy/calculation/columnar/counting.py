"""Numbers as Arrow has them, counted in the steps of a fact: exactly, or not at all.

A binary float counts only where it is exact at the step of its fact. Nothing is rounded.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...exact import decimals
from ...language import program as p

Mask = NDArray[np.bool_]
Numbers = tuple[NDArray[Any], Mask | np.bool_, tuple[int, int] | None]  # where they are sure, if they are between ends
_NUMBER: Final = r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?$"  # as `exact.NUMBER`, which also has no -0
_ZERO: Final = r"^-0(\.0+)?$"
_EXACT: Final = pa.decimal128(28, 9)
_UNSIGNED: Final = {np.dtype(np.int64): np.uint64, np.dtype(np.int32): np.uint32}
_FLOAT: Final = 1 << 53  # below it, every whole number is a float


def inside(values: NDArray[Any], least: int, most: int) -> Mask | np.bool_:
    """Which numbers are within bounds; mostly all of them are."""
    if least == 0 and len(values) and values.dtype in _UNSIGNED:  # what is below zero is a very large one without sign
        if np.maximum.reduce(values.view(_UNSIGNED[values.dtype])) <= most:
            return np.True_
    elif not len(values) or (np.minimum.reduce(values) >= least and np.maximum.reduce(values) <= most):
        return np.True_
    found: Mask = (values >= least) & (values <= most)
    return found


def every(test: Mask | np.bool_) -> bool:
    """Whether something holds everywhere; mostly it is one truth, of which to ask NumPy takes longer."""
    return test is np.True_ or bool(test.all())


def is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def plain(column: pa.Array, dtype: Any) -> NDArray[Any]:
    """The values of a column of fixed width as they lie there, whatever is where there is none."""
    if not len(column):
        return np.zeros(0, dtype)
    return np.frombuffer(column.buffers()[1], dtype, column.offset + len(column))[column.offset :]


def numbers(fact: p.Fact, column: pa.Array) -> Numbers:
    """Numbers over the denominator of a fact."""
    type_ = column.type
    if pa.types.is_decimal128(type_):
        words = plain(column, np.dtype([("low", "<i8"), ("high", "<i8")]))
        low = np.ascontiguousarray(words["low"])
        values, sure, ends = _counted(fact, low, 10 ** max(type_.scale, 0), 10 ** max(-type_.scale, 0))
        if not len(low) or (not np.bitwise_or.reduce(words["high"]) and np.minimum.reduce(low) >= 0):
            return values, sure, ends
        is_short = words["high"] == low >> 63
        return values, sure if is_short.all() else sure & is_short, ends
    if pa.types.is_decimal64(type_) or pa.types.is_decimal32(type_):
        short = plain(column, np.int64 if pa.types.is_decimal64(type_) else np.int32).astype(np.int64, copy=False)
        return _counted(fact, short, 10 ** max(type_.scale, 0), 10 ** max(-type_.scale, 0))
    if pa.types.is_integer(type_):
        values = plain(column, type_.to_pandas_dtype())
        if type_ == pa.uint64():
            is_small = values <= np.iinfo(np.int64).max
            found, sure, ends = _counted(fact, values.astype(np.int64), 1, 1)
            return found, sure & is_small, ends
        return _counted(fact, values.astype(np.int64, copy=False), 1, 1)
    if pa.types.is_float64(type_) or pa.types.is_float32(type_):
        return _floats(fact, plain(column, type_.to_pandas_dtype()).astype(np.float64))
    if is_text(type_):
        is_number = pc.and_(
            pc.match_substring_regex(column, _NUMBER), pc.invert(pc.match_substring_regex(column, _ZERO))
        )
        texts = pc.if_else(is_number, column, pa.scalar(None, column.type))
        found, sure, ends = numbers(fact, texts.cast(pa.string()).cast(_EXACT).fill_null(0))
        return found, sure & is_number.fill_null(False).to_numpy(zero_copy_only=False), ends
    return np.zeros(len(column), np.int64), np.False_, None


def _counted(fact: p.Fact, unscaled: NDArray[Any], over: int, times: int) -> Numbers:
    """Numbers of `unscaled` × `times` ÷ `over`, in the steps of a fact: within its range, and whole ones."""
    step = fact.resolution.numerator
    factor, divisor, ends = _steps(fact.resolution.denominator * times, over, fact.reach)
    if factor == divisor == step == 1:
        return unscaled, np.True_, ends
    sure = inside(unscaled, *ends)
    values = unscaled
    if divisor > 1:
        values = unscaled // divisor
        sure = sure & (values * divisor == unscaled)
    if factor > 1:
        values = (values if every(sure) else np.where(sure, values, 0)) * factor
    if step > 1:
        sure = sure & (values % step == 0)
    return values, sure, None


@lru_cache(maxsize=1024)
def _steps(scale: int, over: int, reach: tuple[int, int]) -> tuple[int, int, tuple[int, int]]:
    """What a number is multiplied and divided by to have it over another denominator, and its ends before that."""
    common = gcd(scale, over)
    factor, divisor = scale // common, over // common
    low, high = reach
    return factor, divisor, (_clipped(-(-low * divisor // factor)), _clipped(high * divisor // factor))


def _clipped(number: int) -> int:
    return max(-(1 << 63), min(number, (1 << 63) - 1))


def _floats(fact: p.Fact, values: NDArray[np.float64]) -> Numbers:
    """Floats that are exact in steps of a decimal: times a power of two they are whole, which floats say exactly."""
    digits = decimals(fact.resolution.denominator)
    if digits is None:
        return np.zeros(len(values), np.int64), np.False_, None
    scaled = np.where(np.abs(values) < _FLOAT, values, np.nan) * (1 << digits)
    exact = are_exact(values, digits)
    found, is_in, ends = _counted(fact, np.where(exact, scaled, 0).astype(np.int64), 1 << digits, 1)
    return found, exact & is_in, ends


def are_exact(values: NDArray[np.float64], digits: int) -> Mask:
    """Whether floats are numbers with so many places after the point, exactly; -0.0 is no number."""
    scaled = np.where(np.abs(values) < _FLOAT, values, np.nan) * (1 << digits)
    found: Mask = (np.abs(scaled) < _FLOAT) & (scaled == np.floor(scaled)) & ~((values == 0) & np.signbit(values))
    return found
