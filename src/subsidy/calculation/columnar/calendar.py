"""The functions of `dates` over columns: a day is a whole number of days since 1970, a month as it is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import numpy as np

Column = Any  # an array of int64, or one int for every row
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_MONTHS: Final = 1970 * 12
_YEARS: Final = 1970


def day_of(day: dt.date) -> int:
    """A day as it stands in a column."""
    return day.toordinal() - _EPOCH


def date_of(day: int) -> dt.date:
    """The day that stands in a column."""
    return dt.date.fromordinal(day + _EPOCH)


def _as(days: Column, unit: str) -> Any:
    return np.asarray(days, np.int64).view("M8[D]").astype(f"M8[{unit}]").view(np.int64)


def month_of(day: Column) -> Any:
    return _as(day, "M") + _MONTHS


def first_day(month: Column) -> Any:
    return (np.asarray(month, np.int64) - _MONTHS).view("M8[M]").astype("M8[D]").view(np.int64)


def last_day(month: Column) -> Any:
    return first_day(month + 1) - 1


def days_in(month: Column) -> Any:
    return first_day(month + 1) - first_day(month)


def year_start(day: Column) -> Any:
    return first_day((_as(day, "Y") + _YEARS) * 12)


def in_month(day: Column, month: Column) -> Any:
    return month_of(day) == month


def add_months(day: Column, months: Column) -> Any:
    begun = month_of(day)
    month = begun + months
    return first_day(month) + np.minimum(day - first_day(begun), days_in(month) - 1)


def policy_year(day: Column, starts: Column) -> Any:
    years = _as(day, "Y") - _as(starts, "Y")
    begun = add_months(starts, 12 * years)
    return np.where(begun <= day, begun, add_months(starts, 12 * (years - 1)))


def add_days(day: Column, days: Column) -> Any:
    return day + days


def birthday(birth: Column, years: Column) -> Any:
    return add_months(birth, 12 * years)


def months_apart(begin: Column, end: Column) -> Any:
    """Of two months."""
    return np.maximum(end - begin, 0)


def months_between(begin: Column, end: Column) -> Any:
    """Of two days."""
    months = month_of(end) - month_of(begin)
    return np.maximum(months - (add_months(begin, months) > end), 0)


def years_between(begin: Column, end: Column) -> Any:
    return months_between(begin, end) // 12


def months_count(begin: Column, end: Column) -> Any:
    return np.maximum(end - begin + 1, 0)


def days_between(begin: Column, end: Column) -> Any:
    return np.maximum(end - begin, 0)


def overlap_days(begin: Column, end: Column, month: Column) -> Any:
    return np.maximum(np.minimum(end, last_day(month)) - np.maximum(begin, first_day(month)) + 1, 0)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    each.__name__: each
    for each in (
        first_day, last_day, month_of, days_in, year_start, in_month, add_months, policy_year, add_days, birthday,
        months_between, years_between, months_count, days_between, overlap_days,
    )
}  # fmt: skip
