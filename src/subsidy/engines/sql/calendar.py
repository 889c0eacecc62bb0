"""The functions of `dates` as expressions: a day is a date of the engine, a month a whole number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from . import words as w
from .dialects import Dialect
from .words import Sql


def first_day(engine: Dialect, month: Sql) -> Sql:
    return engine.first_day(month)


def last_day(engine: Dialect, month: Sql) -> Sql:
    return engine.add_days(engine.first_day(w.plus(month, w.big(1))), w.big(-1))


def month_of(engine: Dialect, day: Sql) -> Sql:
    return engine.month_of(day)


def days_in(engine: Dialect, month: Sql) -> Sql:
    return engine.days_between(engine.first_day(month), engine.first_day(w.plus(month, w.big(1))))


def year_start(engine: Dialect, day: Sql) -> Sql:
    return engine.first_day(w.times(engine.year_of(day), w.big(12)))


def in_month(engine: Dialect, day: Sql, month: Sql) -> Sql:
    return w.compared("==", engine.month_of(day), month)


def add_months(engine: Dialect, day: Sql, months: Sql) -> Sql:
    return engine.add_months(day, months)


def policy_year(engine: Dialect, day: Sql, starts: Sql) -> Sql:
    years = w.minus(engine.year_of(day), engine.year_of(starts))
    begun = engine.add_months(starts, w.times(years, w.big(12)))
    before = engine.add_months(starts, w.times(w.minus(years, w.big(1)), w.big(12)))
    return w.chosen(w.compared("<=", begun, day), begun, before)


def add_days(engine: Dialect, day: Sql, days: Sql) -> Sql:
    return engine.add_days(day, days)


def birthday(engine: Dialect, birth: Sql, years: Sql) -> Sql:
    return engine.add_months(birth, w.times(years, w.big(12)))


def months_apart(_: Dialect, begin: Sql, end: Sql) -> Sql:
    """Of two months."""
    return w.greatest([w.minus(end, begin), w.big(0)])


def months_between(engine: Dialect, begin: Sql, end: Sql) -> Sql:
    """Of two days."""
    months = w.minus(engine.month_of(end), engine.month_of(begin))
    is_short = w.compared(">", engine.add_months(begin, months), end)
    return w.greatest([w.minus(months, w.chosen(is_short, w.big(1), w.big(0))), w.big(0)])


def years_between(engine: Dialect, begin: Sql, end: Sql) -> Sql:
    return engine.divided(months_between(engine, begin, end), w.big(12))


def months_count(_: Dialect, begin: Sql, end: Sql) -> Sql:
    return w.greatest([w.plus(w.minus(end, begin), w.big(1)), w.big(0)])


def days_between(engine: Dialect, begin: Sql, end: Sql) -> Sql:
    return w.greatest([engine.days_between(begin, end), w.big(0)])


def overlap_days(engine: Dialect, begin: Sql, end: Sql, month: Sql) -> Sql:
    first, last = w.greatest([begin, first_day(engine, month)]), w.least([end, last_day(engine, month)])
    return w.greatest([w.plus(engine.days_between(first, last), w.big(1)), w.big(0)])


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    each.__name__: each
    for each in (
        first_day, last_day, month_of, days_in, year_start, in_month, add_months, policy_year, add_days, birthday,
        months_between, years_between, months_count, days_between, overlap_days,
    )
}  # fmt: skip
