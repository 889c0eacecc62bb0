"""Readers of single values: what a caller gives, in the form that runners compute with.

They accept what a Python caller, JSON, the command line and the wire have for a value: text, int, Decimal, bool, date,
an enum's value. A binary float is refused, with the text that would be exact.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Underflow
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from .. import dates
from ..errors import Problem, RequestError, hint
from ..exact import NUMBER, decimals, nearest_number, show, written
from ..language import program as p
from ..language.types import Choice, Date, Division, Flag, Id, Month, Number
from ..text import Text

Read = Callable[[Any], Any]
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow, Underflow])
ID_LIMIT: Final = 128


class Refused(Exception):
    """A value that does not fit its fact; carries the problems, without the place of the fact."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


class Unreadable:
    """A value of a wire format that has no counterpart here, such as a text sent where a flag is declared."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


def scalar_reader(fact: p.Fact, names: Mapping[str, Text], where: str) -> Read:
    """The function that reads a value of `fact`, a fact without rows, into the form runners compute with.

    `names` has the divisions by code. The function raises `Refused`.
    """
    match fact.type:
        case Number():
            return _number_reader(fact, where)
        case Choice():
            return _choice_reader(fact, fact.type, where)
        case Flag():
            return lambda value: _flag(value, fact, where)
        case Date():
            return _date_reader(fact, where)
        case Month():
            return lambda value: _month(value, fact, where)
        case Id():
            return _id_reader(fact, where)
        case Division():
            return _division_reader(fact, fact.type, names, where)
        case _:
            raise AssertionError(fact.type)


def refuse(code: str, fact: p.Fact, where: str, **values: str | Text) -> Refused:
    if fact.about is not None and code in {"F0102", "F0109"}:
        values["hint"] = fact.about
    return Refused(Problem(code, where, {"label": fact.label, **values}))


def _number_reader(fact: p.Fact, where: str) -> Read:
    scale, step = fact.resolution.denominator, fact.resolution.numerator
    digits = decimals(scale) or 0
    low, high = int(fact.low * scale), int(fact.high * scale)
    is_plain = scale == 10**digits and step == 1
    matches = NUMBER.fullmatch

    def read(value: Any) -> int:
        number: int
        if is_plain:
            kind = value.__class__
            if kind is str and matches(value):
                whole, _, rest = value.partition(".")
                if len(rest) <= digits:
                    number = int(whole + rest) * 10 ** (digits - len(rest))
                    if low <= number <= high:
                        return number
            elif kind is int:
                number = value * scale
                if low <= number <= high:
                    return number
            elif kind is Decimal:
                try:
                    scaled = _EXACT.multiply(value, scale)
                    if low <= scaled <= high and scaled == (number := int(scaled)):
                        return number
                except ArithmeticError:
                    pass  # not finite, or finer than any resolution: the slow way says which
        found = _fraction(value, fact, where) / fact.resolution
        if found.denominator != 1:
            raise refuse("F0105", fact, where, given=shown(value), step=_measured(fact, fact.resolution))
        number = found.numerator * step
        if not low <= number <= high:
            most = _measured(fact, fact.high)
            raise refuse("F0104", fact, where, given=shown(value), low=show(fact.low), high=most)
        return number

    return read


def _measured(fact: p.Fact, value: Fraction) -> Text:
    """A number with the unit of a fact."""
    symbol = fact.one if value == 1 else fact.symbol
    return Text(*(f"{show(value)} {each}".rstrip() for each in (symbol.zh, symbol.en)))


def _fraction(value: Any, fact: p.Fact, where: str) -> Fraction:
    value = _bare(value)
    if isinstance(value, bool):
        raise refuse("F0106", fact, where, given=shown(value), allowed=expected(fact))
    if isinstance(value, str):
        if NUMBER.fullmatch(value):
            return Fraction(value)
        meant = nearest_number(value)
        advice = {"hint": Text(f"改写为 {meant}", f"write {meant}")} if meant else {}
        raise refuse("F0107", fact, where, given=shown(value), **advice)
    if isinstance(value, int | Decimal):
        text = written(value)
        if text is None:  # what text could not say is refused as text is, so that the wire is told the same
            raise refuse("F0107", fact, where, given=shown(value))
        return Fraction(text)
    if isinstance(value, float):
        text = repr(value)
        if not NUMBER.fullmatch(text):
            raise refuse("F0107", fact, where, given=text)
        raise refuse("F0108", fact, where, given=text, text=text.removesuffix(".0"))
    raise refuse("F0106", fact, where, given=shown(value), allowed=expected(fact))


def _choice_reader(fact: p.Fact, choice: Choice, where: str) -> Read:
    values = {value: value for value in choice.values}

    def read(value: Any) -> str:
        try:
            return values[value]
        except (KeyError, TypeError):
            if isinstance(value, enum.Enum) and isinstance(value.value, str):
                return read(value.value)
            if not isinstance(value, str):
                raise refuse("F0106", fact, where, given=shown(value), allowed=expected(fact)) from None
            near = hint(value, choice.values)
            raise refuse("F0109", fact, where, given=shown(value), allowed=_listed(choice), **near) from None

    return read


def _bare(value: Any) -> Any:
    """The value of an enum's member; anything else as it is."""
    return value.value if isinstance(value, enum.Enum) else value


def _flag(value: Any, fact: p.Fact, where: str) -> bool:
    value = _bare(value)
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise refuse("F0106", fact, where, given=shown(value), allowed=expected(fact))


def _date_reader(fact: p.Fact, where: str) -> Read:
    first, last, parse, matches = dates.FIRST_DAY, dates.LAST_DAY, dt.date.fromisoformat, _DATE.fullmatch

    def read(value: Any) -> dt.date:
        if value.__class__ is not str:
            value = _bare(value)
        day = value
        if isinstance(value, str) and matches(value):
            try:
                day = parse(value)
            except ValueError:
                raise refuse("F0110", fact, where, given=value, allowed=_DAY) from None
        if day.__class__ is not dt.date:
            code = "F0110" if isinstance(value, str) else "F0106"
            raise refuse(code, fact, where, given=shown(value), allowed=_DAY)
        if first <= day <= last:
            return day
        raise refuse("F0104", fact, where, given=day.isoformat(), low=str(first), high=str(last))

    return read


def _month(value: Any, fact: p.Fact, where: str) -> int:
    value = _bare(value)
    month = _month_of(value) if isinstance(value, str) else None
    if month is None:
        code = "F0110" if isinstance(value, str) else "F0106"
        raise refuse(code, fact, where, given=shown(value), allowed=_ONE_MONTH)
    if not dates.month_of(dates.FIRST_DAY) <= month <= dates.month_of(dates.LAST_DAY):
        raise refuse("F0104", fact, where, given=value, low=str(dates.FIRST_DAY)[:7], high=str(dates.LAST_DAY)[:7])
    return month


@lru_cache(maxsize=1024)  # of few, which stand in many claims
def _month_of(text: str) -> int | None:
    return int(text[:4]) * 12 + int(text[5:]) - 1 if _MONTH.fullmatch(text) else None


def is_id(value: str) -> bool:
    """Whether a text can be an identifier."""
    return 1 <= len(value) <= ID_LIMIT and value.isprintable() and value.strip() == value


def _id_reader(fact: p.Fact, where: str) -> Read:
    def read(value: Any) -> str:
        if value.__class__ is not str:
            value = _bare(value)
            if not isinstance(value, str):
                raise refuse("F0106", fact, where, given=shown(value), allowed=expected(fact))
        if is_id(value):
            return str(value)
        raise refuse("F0118", fact, where, given=shown(value))

    return read


def _division_reader(fact: p.Fact, division: Division, names: Mapping[str, Text], where: str) -> Read:
    domain = frozenset(division.domain)

    def read(value: Any) -> str:
        if value.__class__ is not str:
            value = _bare(value)
            if not isinstance(value, str):
                raise refuse("F0106", fact, where, given=shown(value), allowed=expected(fact))
        if value in domain:
            return str(value)
        if value not in names:
            raise refuse("F0111", fact, where, given=shown(value))
        if not fact.within:
            both = Text(f"{value} {names[value].zh}", f"{value} {names[value].en}")
            raise refuse("F0131", fact, where, given=both, payer=fact.level or Text("", ""))
        within, given = names.get(fact.within, Text("", "")), names[value]
        allowed = Text(
            "、".join(f"{code} {names[code].zh}" for code in division.domain),
            ", ".join(f"{code} {names[code].en}" for code in division.domain),
        )
        raise refuse(
            "F0112", fact, where,
            given=Text(f"{value} {given.zh}", f"{value} {given.en}"),
            within=Text(f"{fact.within} {within.zh}", f"{fact.within} {within.en}"), allowed=allowed,
        )  # fmt: skip

    return read


_DAY: Final = Text("日期，写作 2021-03-29", "a date, written 2021-03-29")
_ONE_MONTH: Final = Text("月份，写作 2021-06", "a month, written 2021-06")
A_ROW: Final = Text("一行记录", "a row")


def expected(fact: p.Fact) -> Text:
    """What a fact takes, in words."""
    match fact.type:
        case Number():
            least, most, step = show(fact.low), _measured(fact, fact.high), show(fact.resolution)
            return Text(f"{least} 至 {most.zh}，精度 {step}", f"{least} to {most.en} in steps of {step}")
        case Choice():
            return _listed(fact.type)
        case Flag():
            return Text("true 或 false", "true or false")
        case Date():
            return _DAY
        case Month():
            return _ONE_MONTH
        case Id():
            return Text("标识（文字）", "an id (text)")
        case Division():
            return Text("六位行政区划代码（文字）", "a six-digit division code (text)")
        case _:
            low, high = str(fact.rows[0]), str(fact.rows[1])
            fields = ", ".join(field.name for field in fact.fields)
            return Text(f"{low} 至 {high} 行记录：{fields}", f"{low} to {high} rows of: {fields}")


def _listed(choice: Choice) -> Text:
    labels = choice.labels
    return Text(
        "、".join(f"{value}（{labels[value].zh}）" for value in choice.values),
        ", ".join(f"{value} ({labels[value].en})" for value in choice.values),
    )


def as_facts(given: Any) -> Mapping[str, Any]:
    """The facts that a caller gives; nothing is an empty mapping.

    Raises:
        RequestError: they are no mapping.
    """
    if given is None or isinstance(given, Mapping):
        return given or {}
    found = shown(given)
    detail = Text(f"facts：给出的是 {found}，应为 {{事实: 值}}", f"facts: given {found}; wanted is {{fact: value}}")
    raise RequestError(Problem.of("R0301", "facts", detail=detail))


def as_readings(given: Any) -> dict[str, str]:
    """The readings that a caller chose, with what is no text as one, which is then no reading.

    Raises:
        RequestError: they are no mapping.
    """
    if not isinstance(given or {}, Mapping):
        found = shown(given)
        detail = Text(
            f"readings：给出的是 {found}，应为 {{口径: 读法}}", f"readings: given {found}; wanted is {{name: reading}}"
        )
        raise RequestError(Problem.of("R0301", "readings", detail=detail))
    return {str(_bare(name)): str(_bare(reading)) for name, reading in (given or {}).items()}


def shown(value: Any) -> str:
    """A given value for a message, cut where it is long."""
    try:
        text = str(value) if isinstance(value, str | Decimal) else repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits; lists within lists without end
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "…"
