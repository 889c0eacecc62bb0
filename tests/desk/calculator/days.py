"""The calendar as one counts it by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from .amounts import Month, Number, Unreadable, Value, number

ONE_DAY: Final = dt.timedelta(days=1)


def _first(month: Month) -> dt.date:
    return dt.date(month.number // 12, month.number % 12 + 1, 1)


def _last(month: Month) -> dt.date:
    return _first(Month(month.number + 1)) - ONE_DAY


def _month(day: dt.date) -> Month:
    return Month(12 * day.year + day.month - 1)


def _later(day: dt.date, months: int) -> dt.date:
    """So many months later, cut to the end of the month."""
    last = _last(Month(_month(day).number + months))
    return last if day.day > last.day else last.replace(day=day.day)


def _months(begin: dt.date, end: dt.date) -> int:
    """Completed months: as many as can be added without passing the end."""
    found = 0
    while _later(begin, found + 1) <= end:
        found += 1
    return found


def _whole(of: Value) -> int:
    if not isinstance(of, Number) or not of.is_known or of.low.denominator != 1:
        raise Unreadable("no whole number")
    return int(of.low)


def _after(day: dt.date, span: Number) -> dt.date:
    return day + _whole(span) * ONE_DAY if span.unit == (("天", 1),) else _later(day, _whole(span))


def _year(day: dt.date, starts: dt.date) -> dt.date:
    returns = [_later(starts, 12 * (year - starts.year)) for year in (day.year - 1, day.year)]
    return max(each for each in returns if each <= day)


def _span(begin: dt.date | Month, end: dt.date | Month) -> Number:
    if isinstance(begin, Month) or isinstance(end, Month):
        if not (isinstance(begin, Month) and isinstance(end, Month)):
            raise Unreadable("a day and a month")
        return number(max(end.number - begin.number, 0), (("月", 1),))
    return number(_months(begin, end), (("月", 1),))


def _overlap(begin: dt.date, end: dt.date, month: Month) -> Number:
    day, found = _first(month), 0
    while day <= _last(month):
        found, day = found + (begin <= day <= end), day + ONE_DAY
    return number(found, (("天", 1),))


def _number(value: int, unit: str) -> Number:
    return number(Fraction(value), ((unit, 1),))


CALENDAR: Final[dict[str, Callable[..., Value]]] = {
    "years": lambda a, b: _number(_months(a, b) // 12, "年"),
    "months": _span,
    "count": lambda a, b: _number(max(b.number - a.number + 1, 0), "月"),
    "days": lambda a, b: _number(max((b - a).days, 0), "天"),
    "overlap": _overlap,
    "days_in": lambda month: _number(_last(month).day, "天"),
    "first": _first,
    "last": _last,
    "month": _month,
    "year_start": lambda day: dt.date(day.year, 1, 1),
    "policy_year": _year,
    "in_month": lambda day, month: _month(day) == month,
    "after": _after,
    "birthday": lambda birth, span: _later(birth, 12 * _whole(span)),
}
