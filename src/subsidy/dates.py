"""The calendar functions of the policy language. A month is an int: 12 * year + month - 1.

Month ends and leap days are as `dateutil.relativedelta` has them: a sum of months is cut to the end of the month,
always from the original date; one born on 29 February has a birthday on 28 February in common years.
Of what a formula makes of dates, an end before its beginning gives 0; facts that are so are refused before.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

from dateutil.relativedelta import relativedelta

FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(2200, 12, 31)


def month_of(day: dt.date) -> int:
    """The month that a day is in."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> dt.date:
    """The first day of a month."""
    return dt.date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> dt.date:
    """The last day of a month."""
    return dt.date(month // 12, month % 12 + 1, days_in(month))


def days_in(month: int) -> int:
    """How many days a month has."""
    return monthrange(month // 12, month % 12 + 1)[1]


def year_start(day: dt.date) -> dt.date:
    """The first day of the year that a day is in."""
    return day.replace(month=1, day=1)


def in_month(day: dt.date, month: int) -> bool:
    """Whether a day is in a month."""
    return month_of(day) == month


def add_months(day: dt.date, months: int) -> dt.date:
    """The day so many months later, cut to the month's end."""
    return day + relativedelta(months=months)


def policy_year(day: dt.date, starts: dt.date) -> dt.date:
    """The first day of the year that a day is in, of years that begin each time the day of `starts` comes round."""
    begun = add_months(starts, 12 * (day.year - starts.year))
    return begun if begun <= day else add_months(starts, 12 * (day.year - starts.year - 1))


def add_days(day: dt.date, days: int) -> dt.date:
    """The day so many days later."""
    return day + dt.timedelta(days=days)


def birthday(birth: dt.date, years: int) -> dt.date:
    """The day on which one born on `birth` turns `years`."""
    return add_months(birth, 12 * years)


def months_between(begin: dt.date | int, end: dt.date | int) -> int:
    """Completed months between two days; the difference of two months. 0 if the end is before the beginning."""
    if isinstance(begin, int) or isinstance(end, int):
        assert isinstance(begin, int) and isinstance(end, int)
        return max(end - begin, 0)
    if end < begin:
        return 0
    apart = relativedelta(end, begin)
    return apart.years * 12 + apart.months


def years_between(begin: dt.date, end: dt.date) -> int:
    """The largest n with ``add_months(begin, 12 * n) <= end``: the birthday counts. 0 if the end is before."""
    return months_between(begin, end) // 12


def months_count(begin: int, end: int) -> int:
    """How many months from one to the other, both in; 0 if the end is before the beginning."""
    return max(end - begin + 1, 0)


def days_between(begin: dt.date, end: dt.date) -> int:
    """How many days from one to the other, one end out; 0 if the end is before the beginning."""
    return max((end - begin).days, 0)


def overlap_days(begin: dt.date, end: dt.date, month: int) -> int:
    """How many days of the month lie from `begin` to `end`, both in; 0 if there are none."""
    return max((min(end, last_day(month)) - max(begin, first_day(month))).days + 1, 0)


def show_month(month: int) -> str:
    """A month as it is written: 2021-06."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
