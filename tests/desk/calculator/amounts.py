"""What a printed figure is: a number with its unit, a day, a month, yes or no, or a word."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

Powers: TypeAlias = tuple[tuple[str, int], ...]
MONEY: Final = "元"

_UNITS: Final = {
    "元": "元 CNY", "m²": "m²", "张": "张 bed beds", "人": "人 person persons", "件": "件 item items",
    "机构": "机构 facility facilities", "户": "户 household households", "中心": "中心 centre centres",
    "个": "个 community communities", "小时": "小时 h", "天": "天 d", "周": "周 week weeks", "月": "月 month months",
    "年": "年 year years", "餐": "餐 meal meals", "次": "次 visit visits",
}  # fmt: skip
_KNOWN: Final = {said: name for name, all_said in _UNITS.items() for said in all_said.split()}
_SCALED: Final = {"万元": (10_000, MONEY), "× 10,000 CNY": (10_000, MONEY)}
_NUMBER: Final = re.compile(r"(-?\d+)(\.\d+)?(…)?(?:/(\d+))?(%)?(?: (.+))?$")


class Unreadable(Exception):
    """A text that is no figure, or no formula."""


@dataclass(frozen=True)
class Number:
    """A number with its unit, or all numbers between two; `places` of one that was cut after so many."""

    low: Fraction
    high: Fraction
    unit: Powers = ()
    places: int | None = None

    @property
    def is_known(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Word:
    """A choice, a name, a place: what is only compared."""

    said: str


@dataclass(frozen=True)
class Month:
    """A month, counted from the year 0."""

    number: int


Value: TypeAlias = Number | Word | Month | dt.date | bool


def number(value: Fraction | int, unit: Powers = ()) -> Number:
    return Number(Fraction(value), Fraction(value), unit)


def powers(found: dict[str, int]) -> Powers:
    return tuple(sorted((name, power) for name, power in found.items() if power))


def unit(said: str) -> Powers:
    """The powers of ``元/(人·月)``."""
    over, _, under = said.partition("/")
    found: dict[str, int] = {}
    for side, sign in ((over, 1), (under.removeprefix("(").removesuffix(")"), -1)):
        for name in side.split("·") if side and side != "1" else ():
            if name not in _KNOWN:
                raise Unreadable(f"no unit: {said}")
            found[_KNOWN[name]] = found.get(_KNOWN[name], 0) + sign
    return powers(found)


def times(one: Powers, two: Powers, sign: int = 1) -> Powers:
    """The unit of a product, or of a quotient."""
    found = dict(one)
    for name, power in two:
        found[name] = found.get(name, 0) + sign * power
    return powers(found)


def figure(said: str) -> Value:
    """A figure as printed.

    Raises:
        Unreadable: it is none.
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        return dt.date.fromisoformat(said)
    if re.fullmatch(r"\d{4}-\d\d", said):
        return Month(12 * int(said[:4]) + int(said[5:]) - 1)
    if said in {"是", "yes"} or said in {"否", "no"}:
        return said in {"是", "yes"}
    found = _NUMBER.match(said)
    if found is None:
        raise Unreadable(f"no figure: {said}")
    whole, part, cut, under, percent, of = found.groups()
    if cut and (under or percent):
        raise Unreadable(f"no figure: {said}")
    factor, powers_ = 1, powers({})
    if of in _SCALED:
        factor, powers_ = _SCALED[of][0], ((_SCALED[of][1], 1),)
    elif of:
        powers_ = unit(of)
    value = Fraction(whole + (part or "")) * factor / (int(under) if under else 1) / (100 if percent else 1)
    return Number(value, value, powers_, len(part) - 1 if cut else None)


def agree(printed: Value, exact: Value) -> bool:
    """Whether a printed figure is that value; one that was cut is compared by the places it has."""
    if isinstance(printed, Number) and isinstance(exact, Number):
        if printed.unit != exact.unit:
            return False
        if printed.places is None or not exact.is_known:
            return (printed.low, printed.high) == (exact.low, exact.high)
        size = 10**printed.places
        return printed.low * size == int(exact.low * size) and printed.low != exact.low
    return type(printed) is type(exact) and printed == exact
