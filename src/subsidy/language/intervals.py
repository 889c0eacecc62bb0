"""Intervals and sets: what a value can be, without saying which it is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple


class Interval(NamedTuple):
    """Numbers, dates or months from `low` to `high`, both in."""

    low: Any
    high: Any

    @property
    def is_point(self) -> bool:
        return bool(self.low == self.high)


Abstract = Interval | frozenset[Any] | None  # a set of flags, choices or divisions; None where a fact is absent
BOTH: frozenset[bool] = frozenset({True, False})


def hull(values: list[Abstract]) -> Abstract:
    """The least bounds that hold all of `values`."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    if all(isinstance(value, frozenset) for value in known):
        return frozenset().union(*(value for value in known if isinstance(value, frozenset)))
    intervals = [value for value in known if isinstance(value, Interval)]
    return Interval(min(i.low for i in intervals), max(i.high for i in intervals))


def equal(one: Abstract, two: Abstract) -> frozenset[bool]:
    """Whether two values are equal."""
    if isinstance(one, frozenset) and isinstance(two, frozenset):
        return frozenset({True}) if len(one | two) == 1 else BOTH if one & two else frozenset({False})
    if one is None or two is None:
        return BOTH
    one, two = as_interval(one), as_interval(two)
    return decided(one.is_point and one == two, one.high < two.low or two.high < one.low)


def as_interval(value: Abstract) -> Interval:
    """The value of a number, a date or a month, which is no set."""
    assert isinstance(value, Interval)
    return value


def with_zero(value: Interval) -> Interval:
    """The value, or nothing."""
    return Interval(min(value.low, Fraction(0)), max(value.high, Fraction(0)))


def decided(true: bool, false: bool) -> frozenset[bool]:
    """What a test can be that is surely true, surely false, or neither."""
    return frozenset({True}) if true else frozenset({False}) if false else BOTH
