"""Cells as DuckDB reads them: in the type of their fact where that is surely what any reader makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from ...calculation.readers import ID_LIMIT, Refused, scalar_reader
from ...dates import show_month
from ...engines.sql import words as w
from ...engines.sql.words import Sql
from ...language import program as p
from ...language.types import Date, Flag, Id, Month
from ...sheets.telling import PLAIN
from ...text import Text

MOST: Final = 100_000  # different texts of a column that are read once each
_DIGITS: Final = 18  # of a decimal with which DuckDB computes as fast as with a whole number
_ID: Final = r"^[!-~\p{Han}]+$"
_TOTAL: Final = r"(?i)(otal|sum)"  # of the identifiers that could be the word for a total
Said = tuple[str | None, bool]  # how a fact is stated, and whether that is surely so
Say = Callable[[str], Said]


@dataclass(frozen=True)
class Cell:
    """A column of a roster.

    Attributes:
        given: the cell as it stands in the file; NULL where there is none.
        said: how the fact is stated, as a result shows it.
        value: the same in the type of its fact, as a query reads it.
        odd: whether it is not surely read; never NULL.
    """

    given: Sql
    said: Sql
    value: Sql
    odd: Sql


def typed(given: Sql) -> Cell:
    """A column that has its type."""
    return Cell(given, given, given, w.truth(False))


def figure(fact: p.Fact, given: Sql) -> Cell:
    """Texts of numbers, as decimals of 18 digits: DuckDB takes a hundred times as long for one of more."""
    digits = min(len(str(int(max(abs(fact.low), abs(fact.high))))), _DIGITS)
    behind = rf"(\.[0-9]{{1,{_DIGITS - digits}}})?" if digits < _DIGITS else ""
    few = rf"^-?(0|[1-9][0-9]{{0,{digits - 1}}}){behind}$"
    value = w.tried(w.cases([(w.like(given, few), given)]), f"DECIMAL({_DIGITS}, {_DIGITS - digits})")
    return Cell(given, given, value, w.both([w.stated(given), w.absent(value)]))


def identifier(given: Sql, *, is_sheet: bool) -> Cell:
    """Texts that are identifiers, in a sheet no sign of a number, nor the word for a total."""
    fits = [w.like(given, PLAIN[Id]), w.denied(w.like(given, _TOTAL))] if is_sheet else [w.like(given, _ID)]
    fits.append(w.compared("<=", w.called("LENGTH", given), w.small(ID_LIMIT)))
    return Cell(given, given, given, w.both([w.stated(given), w.denied(w.both(fits))]))


def coded(fact: p.Fact, given: Sql, said: Sql, is_known: Sql) -> Cell:
    """Texts of which each different one was read before."""
    value = (
        w.tried(said, {Date: "DATE", Flag: "BOOLEAN"}[type(fact.type)]) if isinstance(fact.type, Date | Flag) else said
    )
    return Cell(given, said, value, w.both([w.stated(given), w.absent(is_known)]))


def told(fact: p.Fact, texts: Iterable[str], say: Say, names: Mapping[str, Text]) -> pa.Table:
    """What the different texts of a column say: those of which that is sure, and which a query reads as they are."""
    read, every = scalar_reader(fact, names, fact.name), list[tuple[str, str | None]]()
    for each in texts:
        said, is_sure = say(each)
        if is_sure and (said is None or _is_plain(fact, said, read)):
            every.append((each, said))
    return pa.table({"given": [given for given, _ in every], "said": [said for _, said in every]}, _SCHEMA)


_SCHEMA: Final = pa.schema([("given", pa.string()), ("said", pa.string())])


def _is_plain(fact: p.Fact, said: str, read: Callable[[Any], Any]) -> bool:
    """Whether a query makes of a text what the reader of single values does."""
    try:
        value = read(said)
    except Refused:
        return False
    match fact.type:
        case Date():
            return bool(value.isoformat() == said)
        case Month():
            return show_month(value) == said
        case Flag():
            return said in ("true", "false")
        case _:
            return bool(value == said)
