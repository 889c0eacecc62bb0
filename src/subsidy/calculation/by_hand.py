"""Calendar, rounding and splitting as one would do them by hand: for the reference runner alone.

Nothing here is shared with what it judges: not `subsidy.dates`, not `subsidy.rounding`, not `calculation.shares`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

# — the calendar: a day is (year, month, day); a month is 12 * year + month - 1 —

Day = tuple[int, int, int]


def days_in(month: int) -> int:
    """How many days a month of the Gregorian calendar has."""
    year, index = divmod(month, 12)
    if index == 1:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if index + 1 in {4, 6, 9, 11} else 31


def ordinal(day: Day) -> int:
    """The number of a day, counted from 1 March of the year 0, so that a leap day is the last day of its year."""
    year, month, of_month = day
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + of_month - 1


def month_of(day: Day) -> int:
    return 12 * day[0] + day[1] - 1


def first_day(month: int) -> Day:
    return month // 12, month % 12 + 1, 1


def last_day(month: int) -> Day:
    return month // 12, month % 12 + 1, days_in(month)


def year_start(day: Day) -> Day:
    return day[0], 1, 1


def policy_year(day: Day, starts: Day) -> Day:
    """The last return of the day of `starts` not after `day`; 29 February returns on the 28th in common years."""
    returns = [(year, starts[1], min(starts[2], days_in(12 * year + starts[1] - 1))) for year in (day[0] - 1, day[0])]
    return max(each for each in returns if each <= day)


def add_days(day: Day, days: int) -> Day:
    """So many days later, counted one by one."""
    year, month, of_month = day
    step = 1 if days > 0 else -1
    for _ in range(abs(days)):
        of_month += step
        if of_month > days_in(12 * year + month - 1):
            of_month, month = 1, month + 1
            year, month = (year + 1, 1) if month > 12 else (year, month)
        elif of_month < 1:
            month -= 1
            year, month = (year - 1, 12) if month < 1 else (year, month)
            of_month = days_in(12 * year + month - 1)
    return year, month, of_month


def add_months(day: Day, months: int) -> Day:
    """So many months later, cut to the end of the month."""
    month = month_of(day) + months
    return month // 12, month % 12 + 1, min(day[2], days_in(month))


def months_between(begin: Day | int, end: Day | int) -> int:
    """The most months that can be added to `begin` without passing `end`; of months, the difference. Never below 0."""
    if isinstance(begin, int) or isinstance(end, int):
        assert isinstance(begin, int) and isinstance(end, int)
        return max(end - begin, 0)
    months = month_of(end) - month_of(begin)
    return max(months if add_months(begin, months) <= end else months - 1, 0)


def years_between(begin: Day, end: Day) -> int:
    """The most years that can be added to `begin` without passing `end`: the birthday counts."""
    years = 0
    while add_months(begin, 12 * (years + 1)) <= end:
        years += 1
    return years


def months_count(begin: int, end: int) -> int:
    """Months from one to the other, both in."""
    return max(end - begin + 1, 0)


def days_between(begin: Day, end: Day) -> int:
    """Days from one to the other, one end out."""
    return max(ordinal(end) - ordinal(begin), 0)


def overlap_days(begin: Day, end: Day, month: int) -> int:
    """Days of the month from `begin` to `end`, both in, counted one by one."""
    year, number = month // 12, month % 12 + 1
    return sum(begin <= (year, number, day) <= end for day in range(1, days_in(month) + 1))


# — rounding and splitting —


def rounded(value: Fraction, quantum: Fraction, mode: str) -> Fraction:
    """`value` as a multiple of `quantum`; ties and directions by magnitude, but for ceil and floor."""
    if mode == "floor":
        return floor(value / quantum) * quantum
    if mode == "ceil":
        return ceil(value / quantum) * quantum
    count = abs(value) / quantum
    below = floor(count)
    rest = count - below
    above = {
        "down": False,
        "up": rest > 0,
        "half_up": rest >= Fraction(1, 2),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1),
    }[mode]
    size = (below + above) * quantum
    return size if value >= 0 else -size


def largest_remainder(total: int, percents: Sequence[Fraction]) -> list[int]:
    """`total` fen by percentages that make 1: each rounded down, then fen by fen to the largest remainder left."""
    sign, size = (-1, -total) if total < 0 else (1, total)
    quotas = [size * percent for percent in percents]
    shares = [floor(quota) for quota in quotas]
    while sum(shares) < size:
        remainders = [quota - share for quota, share in zip(quotas, shares, strict=True)]
        shares[remainders.index(max(remainders))] += 1
    return [sign * share for share in shares]


def with_residual(total: int, stated: Sequence[Fraction | None]) -> list[int]:
    """`total` fen, each stated share in turn rounded half up and limited to what is left; None takes the rest."""
    sign, left = (-1, -total) if total < 0 else (1, total)
    shares = []
    for share in stated:
        paid = 0 if share is None else min(int(rounded(share, Fraction(1), "half_up")), left)
        left -= paid
        shares.append(paid)
    return [sign * (left if share is None else paid) for share, paid in zip(stated, shares, strict=True)]
