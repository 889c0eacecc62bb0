"""The calendar over columns is the calendar of single days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidy import dates
from subsidy.calculation.columnar import calendar
from subsidy.language.functions import CALENDAR
from subsidy.language.types import Date, Month

DAYS = st.one_of(
    st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)),
    st.sampled_from([dt.date(2000, 2, 29), dt.date(1900, 2, 28), dt.date(2024, 2, 29), dt.date(2023, 12, 31)]),
)
MONTHS = DAYS.map(dates.month_of)
NUMBERS = st.integers(-24, 1200)


def plain(value: Any) -> Any:
    """A value of a column as single values are."""
    return value.item() if isinstance(value, np.generic) else value


@pytest.mark.parametrize("function", CALENDAR, ids=lambda each: f"{each.name}{len(each.arguments)}{each.arguments[0]}")
@settings(deadline=None)
@given(data=st.data())
def test_the_calendar_over_columns(function: Any, data: st.DataObject) -> None:
    """Every function of the calendar gives for each place what it gives for the values there."""
    name = "years_between" if function.name == "age" else function.name
    of_months = name == "months_between" and isinstance(function.arguments[0], Month)
    over: Callable[..., Any] = calendar.months_apart if of_months else calendar.FUNCTIONS[name]
    kinds = [
        DAYS if isinstance(each, Date) else MONTHS if isinstance(each, Month) else NUMBERS
        for each in function.arguments
    ]
    rows = data.draw(st.lists(st.tuples(*kinds), min_size=1, max_size=20))
    columns = [
        np.array([calendar.day_of(each) if isinstance(each, dt.date) else each for each in column], np.int64)
        for column in zip(*rows, strict=True)
    ]
    wanted = [getattr(dates, name)(*row) for row in rows]
    found = [plain(each) for each in np.broadcast_to(over(*columns), len(rows))]
    assert [calendar.day_of(each) if isinstance(each, dt.date) else each for each in wanted] == found


def test_a_day_and_its_place() -> None:
    """The first day of 1970 is 0, and every day comes back from its place."""
    assert calendar.day_of(dt.date(1970, 1, 1)) == 0
    assert [calendar.date_of(calendar.day_of(day)) for day in (dates.FIRST_DAY, dates.LAST_DAY)] == [
        dates.FIRST_DAY,
        dates.LAST_DAY,
    ]
