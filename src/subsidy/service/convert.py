"""Values between the wire and the library. Nothing is converted from one kind to another."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from google.type.date_pb2 import Date as WireDate
from google.type.money_pb2 import Money as WireMoney

from ..calculation.policy import Policy
from ..calculation.readers import Unreadable
from ..errors import Problem, RequestError
from ..exact import show
from ..language import program as p
from ..language.intervals import Interval
from ..language.types import Choice, Date, Division, Flag, Id, Month, Number, Records, Type
from ..text import Text
from ..v1 import values_pb2 as v1
from .kept import kept

# What a request may hold. Names and choices are looked for among those known, so their length is bounded too.
MOST_FACTS: Final = 256
MOST_FIELDS: Final = 64
LONGEST_NAME: Final = 256

# The member of `Value` that carries a fact of each type.
KINDS: Final[dict[type[Type], str]] = {
    Number: "decimal",
    Flag: "flag",
    Choice: "choice",
    Id: "id",
    Division: "division",
    Date: "date",
    Month: "month",
    Records: "records",
}
_SHAPES: Final[dict[type[Type], re.Pattern[str]]] = {
    Date: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII),
    Month: re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII),
}
_VERDICTS: Final = {True: v1.VERDICT_HOLDS, False: v1.VERDICT_FAILS, None: v1.VERDICT_UNDETERMINED}


def bad_request(where: str, zh: str, en: str) -> RequestError:
    """The error of a request that is not well formed."""
    return RequestError(Problem.of("R0301", where, detail=Text(f"{where}：{zh}", f"{where}: {en}")))


# — from the wire —


def decode_facts(policy: Policy, facts: Mapping[str, v1.Value]) -> dict[str, Any]:
    """The facts of a request as `Policy.calculate` takes them.

    A value of another kind than the policy declares becomes `Unreadable`, one without a kind None: problems both.

    Raises:
        RequestError: there are too many, or a name is too long.
    """
    check_names("facts", facts)
    return _decode(facts, _declared_by(policy))


class _Declared(NamedTuple):
    """What a policy says of a fact, as far as the wire needs it: the member of `Value`, and the fields of a row."""

    kind: str
    shape: re.Pattern[str] | None
    fields: Mapping[str, _Declared]


@kept
def _declared_by(policy: Policy) -> Mapping[str, _Declared]:
    return _declared(policy.program.known.values())


def _declared(facts: Iterable[p.Fact]) -> Mapping[str, _Declared]:
    return {
        fact.name: _Declared(KINDS[type(fact.type)], _SHAPES.get(type(fact.type)), _declared(fact.fields))
        for fact in facts
    }


def _decode(values: Mapping[str, v1.Value], known: Mapping[str, _Declared]) -> dict[str, Any]:
    """The facts of a policy or the fields of a row: most of what a call costs before it calculates."""
    found: dict[str, Any] = {}
    for name in values:  # `items` of a map of protobuf is slower
        value = values[name]
        kind, declared = value.WhichOneof("kind"), known.get(name)
        if kind is None:
            found[name] = None
        elif declared is None or kind != declared.kind:
            found[name] = _misfit(value, kind, declared)
        elif kind == "records":
            found[name] = [_decode_row(row, declared.fields) for row in value.records.rows]
        else:
            read = _READ.get(kind)
            found[name] = getattr(value, kind) if read is None else read(getattr(value, kind))
    return found


def _decode_row(row: v1.Record, fields: Mapping[str, _Declared]) -> Any:
    if len(row.fields) > MOST_FIELDS or any(len(name) > LONGEST_NAME for name in row.fields):
        return Unreadable("{…}")
    return _decode(row.fields, fields)


def _misfit(value: v1.Value, kind: str, declared: _Declared | None) -> Any:
    """A value of another kind than declared. A text that is no day or month is refused as the library refuses it."""
    write = _WRITTEN.get(kind)
    found = getattr(value, kind) if write is None else write(getattr(value, kind))
    if kind == "id" and declared is not None and declared.shape is not None and not declared.shape.fullmatch(found):
        return found
    return Unreadable(found if isinstance(found, str) else repr(found))


def _day(day: WireDate) -> dt.date | str:
    """A day; one that the calendar does not have keeps its text, which is then refused."""
    try:
        return dt.date(day.year, day.month, day.day)
    except ValueError:
        return _WRITTEN["date"](day)


_WRITTEN: Final[dict[str, Callable[[Any], str]]] = {
    "date": lambda day: f"{day.year:04d}-{day.month:02d}-{day.day:02d}",
    "month": lambda month: f"{month.year:04d}-{month.month:02d}",
    "records": lambda _: "[…]",
}
_READ: Final[dict[str, Callable[[Any], Any]]] = {  # what is not taken as it is
    "choice": lambda name: Unreadable(name) if len(name) > LONGEST_NAME else name,
    "date": _day,
    "month": _WRITTEN["month"],
}


def check_names(where: str, names: Mapping[str, Any]) -> None:
    """Refuse a map with too many entries, or with too long a key."""
    if len(names) > MOST_FACTS:
        raise bad_request(where, f"{len(names)} 项，上限 {MOST_FACTS}", f"{len(names)} entries; at most {MOST_FACTS}")
    for name in names:
        if len(name) > LONGEST_NAME:
            check_name(where, name)


def check_name(where: str, name: str) -> None:
    """Refuse a name that is too long to be one."""
    if len(name) > LONGEST_NAME:
        raise bad_request(
            where,
            f"名称长 {len(name)}，上限 {LONGEST_NAME}",
            f"a name has {len(name)} characters; at most {LONGEST_NAME}",
        )


def decode_day(message: Any, where: str) -> dt.date | None:
    """The day in a field of a request; None where it is not set.

    Raises:
        RequestError: the calendar has no such day.
    """
    if not message.HasField(where):
        return None
    day = getattr(message, where)
    try:
        return dt.date(day.year, day.month, day.day)
    except ValueError:
        given = _WRITTEN["date"](day)
        raise bad_request(where, f"{given} 不是日期", f"{given} is not a day") from None


# — to the wire —


def text(words: Text) -> v1.Text:
    """A text in both languages."""
    return v1.Text(zh=words.zh, en=words.en)


def day(value: dt.date) -> WireDate:
    """A day."""
    return WireDate(year=value.year, month=value.month, day=value.day)


def money(amount: int) -> WireMoney:
    """A sum in fen; one below zero has both its members below zero."""
    found = WireMoney()
    set_money(found, amount)
    return found


def set_money(message: WireMoney, amount: int) -> None:
    """Fill in a sum in fen."""
    yuan, fen = divmod(abs(amount), 100)
    sign = 1 if amount >= 0 else -1
    message.currency_code = "CNY"
    message.units = sign * yuan
    message.nanos = sign * fen * 10_000_000


def set_amount(message: v1.Amount, sum_: Interval) -> None:
    """Fill in a sum in fen: one figure, or bounds."""
    low, high = sum_
    if low == high:
        set_money(message.determined, low)
    else:
        set_money(message.bounds.low, low)
        set_money(message.bounds.high, high)


def verdict(holds: bool | None) -> v1.Verdict:
    """Whether something holds; None is undetermined."""
    return _VERDICTS[holds]


def figure(value: Any, kind: Any) -> v1.Figure:
    """A computed value of a type, as results show it."""
    match value:
        case bool():
            return v1.Figure(flag=value)
        case Decimal() | Fraction():
            shown = show(Fraction(value))
            return v1.Figure(fraction=shown) if "/" in shown else v1.Figure(decimal=shown)
        case dt.date():
            return v1.Figure(date=day(value))
        case _ if isinstance(kind, Month):
            year, month = value.split("-")
            return v1.Figure(month=v1.Month(year=int(year), month=int(month)))
        case _:
            return v1.Figure(choice=value)
