"""The types of values."""

from __future__ import annotations

from dataclasses import field

from ..record import Record
from ..text import Text
from .units import Unit


class Type(Record):
    """A type of values; two values compare only if their types are equal."""


class Number(Type):
    """An exact number with a unit; the unit is None for a literal zero, which fits any."""

    unit: Unit | None


class Choice(Type):
    """One of a list; `values` in order, from the least to the greatest where `ordered`."""

    list: str
    values: tuple[str, ...] = field(compare=False)
    ordered: bool = field(compare=False)
    labels: dict[str, Text] = field(compare=False, hash=False)


class Flag(Type):
    """True or false."""


class Date(Type):
    """A day."""


class Month(Type):
    """A month."""


class Id(Type):
    """An identifier: equality only."""


class Division(Type):
    """A GB/T 2260 code. `domain` has the codes that the fact may take."""

    domain: tuple[str, ...] = field(compare=False, default=())


class Records(Type):
    """Rows of typed fields."""

    fields: dict[str, Type] = field(compare=False, hash=False)


def options(key: Choice | Division) -> tuple[str, ...]:
    """What a key of a table can be: the choices of a list, or the divisions that a place may be in."""
    return key.values if isinstance(key, Choice) else key.domain


FLAG, DATE, MONTH, ID = Flag(), Date(), Month(), Id()


def describe(type_: Type) -> Text:
    """A type in words."""
    match type_:
        case Number(None):
            return Text("数", "a number")
        case Number(unit):
            return Text(f"数（{unit}）", f"a number in {unit}")
        case Choice(list=name):
            return Text(f"选项（{name}）", f"a choice of {name}")
        case Flag():
            return Text("是非值", "a flag")
        case Date():
            return Text("日期", "a date")
        case Month():
            return Text("月份", "a month")
        case Id():
            return Text("标识", "an id")
        case Division():
            return Text("行政区划", "a division")
        case _:
            return Text("记录", "records")
