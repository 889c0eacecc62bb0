"""What a cell says of a fact: the text that the fact is stated by, nothing, or why that cannot be said.

A number of a workbook is a binary float there; it is taken by its 15 significant digits, which is all that Excel keeps.
What no convention explains goes on as it stands: the reader of facts then says what is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from ..errors import Problem
from ..exact import NUMBER, decimals, show
from ..language import program as p
from ..language.types import Choice, Date, Division, Flag, Id, Month, Number
from .words import NOTHING, key, plain

DIGITS: Final = 15  # significant digits that a number of a workbook keeps
THOUSANDS: Final = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_FIGURE: Final = re.compile(r"([¥￥]?)(-?[0-9][0-9,]*(?:\.[0-9]+)?)\s*(\D.*)?", re.DOTALL)
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]{2}")
_DAY: Final = re.compile(
    r"([0-9]{4})\s*[-./年]\s*([0-9]{1,2})\s*[-./月]\s*([0-9]{1,2})\s*日?(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
)
_EIGHT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH: Final = re.compile(r"([0-9]{4})\s*([-./年])\s*([0-9]{1,2})\s*(?:月份?)?")
_SIX: Final = re.compile(r"([0-9]{4})(0[1-9]|1[0-2])")
_ERROR: Final = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
_WIDE: Final = re.compile(r"[\x21-\x7e\uff01-\uff5e]+")
_YES: Final = {"是", "yes", "y", "true", "√", "✓", "✔", "☑"}
_NO: Final = {"否", "no", "n", "false", "×", "✗", "✘", "不是"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a cell says.

    Attributes:
        text: how the fact is stated; None where nothing is.
        problem: why it cannot be said, or what somebody should look at (a warning); its place is yet to come.
        is_mark: whether a sign stands for nothing, as ``/``.
    """

    text: str | None
    problem: Problem | None = None
    is_mark: bool = False


EMPTY: Final = Told(None)
Tell = Callable[[Any], Told]


def teller(fact: p.Fact, factor: Fraction, units: Mapping[str, Fraction], words: Mapping[str, str]) -> Tell:
    """What reads the cells of a column.

    Args:
        factor: what its header or a line above multiplies its figures by.
        units: what a unit behind a figure multiplies it by instead.
        words: the codes of divisions that the fact may be, by name; of a choice the values, by other labels.
    """
    inner = _inner(fact, factor, units, words)

    def tell(cell: Any) -> Told:
        if cell is None or cell == "":
            return EMPTY
        if isinstance(cell, str):
            text = plain(cell)
            if not text:
                return EMPTY
            if text.casefold() in NOTHING:
                return Told(None, is_mark=True)
            if _ERROR.fullmatch(text):
                return Told(None, Problem.of("R0716", fact.name, given=text))
        return inner(cell)

    return tell


def _inner(fact: p.Fact, factor: Fraction, units: Mapping[str, Fraction], words: Mapping[str, str]) -> Tell:
    match fact.type:
        case Number():
            return lambda cell: _number(fact, cell, factor, units)
        case Choice(labels=labels):
            ways = {key(value): value for value in labels}
            named = [(key(each), value) for value, label in labels.items() for each in (label.zh, label.en)]
            ways |= {way: value for way, value in named if way not in ways and _is_one(way, value, named)}
            ways |= {way: value for way, value in words.items() if way not in ways and way not in dict(named)}
            return lambda cell: Told(ways.get(key(written(cell)), written(cell).strip()))
        case Flag():
            return _flag
        case Date():
            return lambda cell: Told(_date(cell))
        case Month():
            return lambda cell: _month(fact, cell)
        case Division():
            return lambda cell: Told(words.get(key(written(cell)), plain(written(cell))))
        case Id():
            return lambda cell: _id(fact, cell)
        case _:
            return lambda cell: Told(written(cell))


def _is_one(way: str, value: str, named: list[tuple[str, str]]) -> bool:
    return all(other == value for each, other in named if each == way)


def exact(cell: float) -> Decimal:
    """A number of a workbook by its significant digits."""
    found = Decimal(cell) if isinstance(cell, int) else Decimal(format(cell, f".{DIGITS}g"))
    return found or Decimal(0)


def written(cell: Any) -> str:
    """A cell as a text, a number without an exponent."""
    return format(exact(cell), "f") if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)


# — numbers —


def _number(fact: p.Fact, cell: Any, factor: Fraction, units: Mapping[str, Fraction]) -> Told:
    if not isinstance(cell, str):
        text = written(cell)
        return Told(_times(text, factor) or text)
    text = plain(cell)
    if NUMBER.fullmatch(text):
        return Told(_times(text, factor))
    found = _FIGURE.fullmatch(text)
    if found is None:
        return Told(cell)
    sign, figure, unit = found[1], found[2], key(found[3] or "")
    if "," in figure:
        if not THOUSANDS.fullmatch(figure):
            return Told(cell)
        figure = figure.replace(",", "")
    if not NUMBER.fullmatch(figure) or (sign and "元" not in units):
        return Told(cell)
    if not unit:
        return Told(_times(figure, factor))
    if unit not in units and any(each.isdigit() for each in unit):
        return Told(cell)
    if unit not in units:
        allowed = "、".join(dict.fromkeys(each for each in (fact.symbol.zh, fact.symbol.en) if each)) or "–"
        return Told(None, Problem.of("R0718", fact.name, given=text, unit=found[3] or "", allowed=allowed))
    note = None
    if units[unit] != 1:
        note = Problem.of("R0742", fact.name, given=text, factor=show(units[unit]), label=fact.label)
    return Told(_times(figure, units[unit]), note)


def _times(text: str, factor: Fraction) -> str | None:
    """A number times a factor; None where it is no number."""
    if factor == 1 or not NUMBER.fullmatch(text):
        return text if factor == 1 else None
    found = Fraction(text) * factor
    return show(found) if decimals(found.denominator) is not None else None


# — days, months —


def _date(cell: Any) -> str:
    match cell:
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case dt.datetime() | dt.date():
            return cell.isoformat()
    text = plain(written(cell))
    found = _DAY.fullmatch(text) or _EIGHT.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else text


def _month(fact: p.Fact, cell: Any) -> Told:
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        cell = cell.date()
    if isinstance(cell, dt.date):
        return Told(cell.isoformat()[:7] if cell.day == 1 and cell.__class__ is dt.date else cell.isoformat())
    text = plain(written(cell))
    if found := _SIX.fullmatch(text):
        return Told(f"{found[1]}-{found[2]}")
    found = _MONTH.fullmatch(text)
    if found is None:
        day = _date(text)
        return Told(day[:7] if re.fullmatch(r"[0-9]{4}-[0-9]{2}-01", day) else text)
    year, sign, month = found.groups()
    if sign == "." and month == "1":
        return Told(None, Problem.of("R0714", fact.name, given=text, one=f"{year}-01", other=f"{year}-10"))
    return Told(f"{year}-{int(month):02}")


# — words —


def _flag(cell: Any) -> Told:
    if isinstance(cell, bool):
        return Told("true" if cell else "false")
    word = key(written(cell))
    return Told("true" if word in _YES else "false" if word in _NO else written(cell).strip())


def _id(fact: p.Fact, cell: Any) -> Told:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**DIGITS:
        return Told(None, Problem.of("R0554", fact.name, given=written(cell)))
    text = written(cell).strip()
    if _SCIENTIFIC.fullmatch(text):
        return Told(None, Problem.of("R0554", fact.name, given=text))
    half = plain(text)
    if half != text and half.isalnum() and _WIDE.fullmatch(text):
        return Told(half, Problem.of("R0743", fact.name, given=text, taken=half))
    return Told(text)
