"""The calendar: written cases, and every day from 1900 to 2100 against two others."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from subsidy import dates
from subsidy.calculation import by_hand

from .support import direct

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
SHIFTS = (-1200, -13, -1, 0, 1, 11, 12, 13, 48, 1200)


def days(step: int = 1) -> Iterator[dt.date]:
    return (FIRST + dt.timedelta(days=count) for count in range(0, (LAST - FIRST).days + 1, step))


def hand(day: dt.date) -> by_hand.Day:
    return day.year, day.month, day.day


def read(value: Any) -> Any:
    """A value of a case: a day, a month as 12 × year + month − 1, or a number."""
    if not isinstance(value, str):
        return value
    return dt.date.fromisoformat(value) if len(value) == 10 else int(value[:4]) * 12 + int(value[5:]) - 1


@pytest.mark.parametrize("case", direct("11-calendar"))
def test_calendar_case_comes_out_as_written(case: dict[str, Any]) -> None:
    """Both calendars give what the case says."""
    arguments, expected = [read(value) for value in case["arguments"]], read(case["expected"])
    assert expected == getattr(dates, case["function"])(*arguments)
    function, plain = case["function"], [hand(value) if isinstance(value, dt.date) else value for value in arguments]
    if function == "birthday":
        function, plain = "add_months", [plain[0], 12 * plain[1]]
    assert (hand(expected) if isinstance(expected, dt.date) else expected) == getattr(by_hand, function)(*plain)


def test_days_and_months_agree_on_every_day() -> None:
    """Month, first and last day, year start, days of the month and the count of days agree for every day."""
    start = by_hand.ordinal(hand(FIRST))
    for number, day in enumerate(days()):
        month = dates.month_of(day)
        assert month == by_hand.month_of(hand(day)) == day.year * 12 + day.month - 1
        assert hand(dates.first_day(month)) == by_hand.first_day(month) == hand(day + relativedelta(day=1))
        assert hand(dates.last_day(month)) == by_hand.last_day(month) == hand(day + relativedelta(day=31))
        assert hand(dates.year_start(day)) == by_hand.year_start(hand(day)) == (day.year, 1, 1)
        assert dates.days_in(month) == by_hand.days_in(month) == calendar.monthrange(day.year, day.month)[1]
        assert number == by_hand.ordinal(hand(day)) - start == dates.days_between(FIRST, day)
        assert dates.in_month(day, month) and not dates.in_month(day, month + 1)


@pytest.mark.parametrize("months", SHIFTS)
def test_months_added_agree_on_every_day(months: int) -> None:
    """Adding months agrees with dateutil on every day, and never leaves the month that it should reach."""
    for day in days():
        expected = hand(day + relativedelta(months=months))
        assert expected == hand(dates.add_months(day, months)) == by_hand.add_months(hand(day), months)
        assert by_hand.month_of(expected) == by_hand.month_of(hand(day)) + months


@pytest.mark.parametrize("count", [-400, -31, -1, 0, 1, 28, 31, 366, 1000])
def test_days_added_agree_on_every_third_day(count: int) -> None:
    """Adding days agrees with the calendar of the standard library, over month ends and leap days."""
    for day in days(3):
        expected = day + dt.timedelta(days=count)
        assert expected == dates.add_days(day, count)
        assert hand(expected) == by_hand.add_days(hand(day), count)


BIRTHS = [dt.date(1900, 1, 1), dt.date(1904, 2, 29), dt.date(1999, 12, 31), dt.date(2000, 2, 29), dt.date(2023, 8, 31)]


@pytest.mark.parametrize("birth", BIRTHS, ids=str)
def test_months_and_years_between_agree_on_every_day(birth: dt.date) -> None:
    """Full months and years from one day to every other agree with dateutil, and are 0 for a day before."""
    for day in days():
        apart = relativedelta(day, birth)
        months = apart.years * 12 + apart.months if day >= birth else 0
        assert months == dates.months_between(birth, day) == by_hand.months_between(hand(birth), hand(day))
        assert months // 12 == dates.years_between(birth, day)
        assert max((day - birth).days, 0) == by_hand.days_between(hand(birth), hand(day))


def test_years_between_is_the_most_birthdays_passed() -> None:
    """Full years count one birthday after the other, on the day itself and not the day before."""
    for birth in days(step=97):
        for years in (0, 1, 3, 4, 18, 60, 80, 100):
            birthday = dates.birthday(birth, years)
            for day in (birthday - dt.timedelta(days=1), birthday, birthday + dt.timedelta(days=1)):
                expected = max(years - (day < birthday), 0)
                assert expected == dates.years_between(birth, day) == by_hand.years_between(hand(birth), hand(day))


def test_overlap_is_counted_day_by_day() -> None:
    """The days of a month within a period, both ends in, are those counted one by one."""
    for begin in days(step=11):
        for length in (-1, 0, 1, 13, 28, 29, 31, 60, 366):
            end = begin + dt.timedelta(days=length)
            for month in range(dates.month_of(begin) - 1, dates.month_of(end) + 2):
                expected = by_hand.overlap_days(hand(begin), hand(end), month)
                assert expected == dates.overlap_days(begin, end, month)
