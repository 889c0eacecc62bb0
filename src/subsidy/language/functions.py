"""The functions that a formula may call, with the types of their arguments. There are no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..text import Text
from .types import DATE, FLAG, MONTH, Number, Type
from .units import Unit

DAYS: Final = Number(Unit((("day", 1),)))
MONTHS: Final = Number(Unit((("month", 1),)))
YEARS: Final = Number(Unit((("year", 1),)))


@dataclass(frozen=True, slots=True)
class Function:
    """One way to call a function. `label` is how it is said in an explanation, ``{0}`` being its first argument."""

    name: str
    arguments: tuple[Type, ...]
    result: Type
    label: Text


CALENDAR: Final[tuple[Function, ...]] = (
    Function("years_between", (DATE, DATE), YEARS, Text("{0} 至 {1} 的周年数", "full years from {0} to {1}")),
    Function("age", (DATE, DATE), YEARS, Text("{0} 出生者在 {1} 的周岁", "age on {1} of one born on {0}")),
    Function("months_between", (DATE, DATE), MONTHS, Text("{0} 至 {1} 的整月数", "full months from {0} to {1}")),
    Function("months_between", (MONTH, MONTH), MONTHS, Text("{0} 至 {1} 的月差", "months from {0} to {1}")),
    Function("months_count", (MONTH, MONTH), MONTHS, Text("{0} 至 {1} 的月数（含首尾）", "months {0} to {1}, both in")),
    Function(
        "days_between", (DATE, DATE), DAYS, Text("{0} 至 {1} 的天数（不计一端）", "days from {0} to {1}, one end out")
    ),
    Function(
        "overlap_days",
        (DATE, DATE, MONTH),
        DAYS,
        Text("{0} 至 {1} 落在 {2} 的天数（含首尾）", "days of {2} within {0} to {1}, both in"),
    ),
    Function("days_in", (MONTH,), DAYS, Text("{0} 的天数", "days in {0}")),
    Function("first_day", (MONTH,), DATE, Text("{0} 的第一天", "first day of {0}")),
    Function("last_day", (MONTH,), DATE, Text("{0} 的最后一天", "last day of {0}")),
    Function("month_of", (DATE,), MONTH, Text("{0} 所在月", "month of {0}")),
    Function("year_start", (DATE,), DATE, Text("{0} 所在年的第一天", "first day of the year of {0}")),
    Function(
        "policy_year",
        (DATE, DATE),
        DATE,
        Text("{0} 所在年度的第一天（年度自 {1} 起算）", "first day of the year of {0}, years counted from {1}"),
    ),
    Function("in_month", (DATE, MONTH), FLAG, Text("{0} 在 {1} 内", "{0} falls in {1}")),
    Function("add_months", (DATE, MONTHS), DATE, Text("{0} 之后 {1}", "{1} after {0}")),
    Function("add_days", (DATE, DAYS), DATE, Text("{0} 之后 {1}", "{1} after {0}")),
    Function("birthday", (DATE, YEARS), DATE, Text("{0} 出生者满 {1} 之日", "day on which one born on {0} turns {1}")),
)

SHIFTS: Final = frozenset({"add_days", "add_months", "birthday"})  # a date moved by a whole number
AGGREGATES: Final = ("sum", "count", "any", "all", "min", "max")
SPECIAL: Final = ("min", "max", "round", "given", "reading", "left", "class", "position", "months", *AGGREGATES)
NAMES: Final = tuple(sorted({function.name for function in CALENDAR} | set(SPECIAL)))


def overloads(name: str) -> list[Function]:
    """Every way to call a calendar function."""
    return [function for function in CALENDAR if function.name == name]
