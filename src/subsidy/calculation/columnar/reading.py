"""Columns of facts as Arrow has them, read into arrays of whole numbers.

A value is read here only where it is surely what the reader of single values makes of it; where it is not, or where it
is wrong, its row is left to that reader. Nothing is rounded, and a binary float counts only where it is exact at the
step of its fact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ... import dates
from ...exact import decimals
from ...language import program as p
from ...language.types import Date, Flag, Id, Month, Number, Records
from ...text import Text
from ..readers import ID_LIMIT, Read, Refused, is_id, scalar_reader
from .calendar import date_of, day_of
from .kernel import ABSENT, Book
from .spaces import Held, Rows, spread

Mask = NDArray[np.bool_]
_DAYS: Final = (day_of(dates.FIRST_DAY), day_of(dates.LAST_DAY))
_NUMBER: Final = r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?$"  # as `exact.NUMBER`, which also has no -0
_ZERO: Final = r"^-0(\.0+)?$"
_SPACE: Final = ord(" ")
_TILDE: Final = ord("~")
_EXACT: Final = pa.decimal128(28, 9)
_FLOAT: Final = 1 << 53  # below it, every whole number is a float


@dataclass(frozen=True)
class Column:
    """What was read of a fact: its values, and the rows in which these are sure."""

    held: Held | Rows
    sure: Mask


class Reader:
    """Reads the columns of a table for one policy.

    Args:
        names: the divisions by code.
        wanted: the identifiers that a formula looks at; of others it is enough that they are some.
    """

    def __init__(
        self, facts: Mapping[str, p.Fact], names: Mapping[str, Text], book: Book, wanted: frozenset[str]
    ) -> None:
        self.facts, self.names, self.book, self.wanted = facts, names, book, wanted

    def read(self, batch: pa.RecordBatch) -> dict[str, Column]:
        """Every fact of a piece of a table; one without a column is stated nowhere."""
        found = {}
        for name, fact in self.facts.items():
            place = batch.schema.get_field_index(name)
            column = batch.column(place) if place >= 0 else pa.nulls(len(batch))
            if isinstance(fact.type, Records):
                found[name] = self._records(fact, column)
            else:
                found[name] = self._column(fact, column, is_wanted=name in self.wanted)
        return found

    def _column(self, fact: p.Fact, column: pa.Array, *, is_wanted: bool) -> Column:
        """The values of a fact or a field, `sure` also where there is none."""
        given = _valid(column)
        if not given.any():
            lacking = self._stand_in(fact)
            return Column(Held(np.full(len(column), lacking), given, lacking), np.ones(len(column), bool))
        decoded = Number | Date | Id if is_wanted else Number | Date
        if pa.types.is_dictionary(column.type) and isinstance(fact.type, decoded):
            column = column.dictionary_decode()
        column = _short(column)
        values, sure = self._values(fact, column, given, is_wanted=is_wanted)
        stated, lacking = given & sure, self._stand_in(fact)
        if not stated.all():
            values = np.where(stated, values, lacking)
        return Column(Held(values, given, lacking), sure | ~given)

    def _values(self, fact: p.Fact, column: pa.Array, given: Mask, *, is_wanted: bool) -> tuple[NDArray[Any], Mask]:
        match fact.type:
            case Number():
                return _numbers(fact, column)
            case Date():
                return _days(column, lambda texts: self._texts(fact, texts))
            case Flag() if pa.types.is_boolean(column.type):
                return column.fill_null(False).to_numpy(zero_copy_only=False), given
            case Id():
                return _ids(column, is_wanted=is_wanted)
            case _:
                values, sure = self._texts(fact, column)
                return (values.astype(bool) if isinstance(fact.type, Flag) else values), sure

    def _texts(self, fact: p.Fact, column: pa.Array) -> tuple[NDArray[Any], Mask]:
        """A column of texts, each different one read once by the reader of single values."""
        if not (pa.types.is_dictionary(column.type) or _is_text(column.type)):
            return np.zeros(len(column), np.int64), np.zeros(len(column), bool)
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        read = scalar_reader(fact, self.names, fact.name)
        values = [self._one(read, each) for each in encoded.dictionary.to_pylist()]
        sure = np.array([value is not None for value in values] or [False])
        found = np.array([0 if value is None else value for value in values] or [0], np.int64)
        places = _places(encoded)
        return found[places], sure[places]

    def _one(self, read: Read, text: Any) -> int | None:
        try:
            value = read(text)
        except Refused:
            return None
        if isinstance(value, str):
            return self.book.place(value)
        return value if isinstance(value, int) else day_of(value)

    def _stand_in(self, fact: p.Fact) -> Any:
        """What stands where a fact is absent: a value that it may have, or a text that is none."""
        match fact.type:
            case Number():
                return -(-fact.low.numerator * fact.resolution.denominator // fact.low.denominator)
            case Date():
                return _DAYS[0]
            case Month():
                return dates.month_of(dates.FIRST_DAY)
            case Flag():
                return False
            case Id():
                return ""
            case _:
                return ABSENT

    # — single rows —

    def shown(self, name: str, value: Any) -> Any:
        """A value of a column as a caller would give it; None where there is none."""
        match self.facts[name].type:
            case Date():
                return date_of(value)
            case Month():
                return dates.show_month(value)
            case _:
                return None if value < 0 else self.book.texts[value]

    def given(self, batch: pa.RecordBatch, row: int) -> dict[str, Any]:
        """What a row states, for the reader of single values."""
        found = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            try:
                value = column[row].as_py()
            except ValueError:  # a time finer than any of Python's
                value = str(column[row])
            if value is not None:
                found[name] = _single(self.facts[name], value)
        return found

    # — records —

    def _records(self, fact: p.Fact, column: pa.Array) -> Column:
        """The records of every row, one after the other; a row is sure where all of its records are."""
        size, given = len(column), _valid(column)
        nothing = Rows(np.zeros(size, np.int64), tuple(self._none(field) for field in fact.fields), given)
        if not given.any():
            return Column(nothing, np.ones(size, bool))
        if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
            return Column(nothing, ~given)
        flat = column.flatten()
        if pa.types.is_null(flat.type) and not len(flat):
            flat = flat.cast(pa.struct([]))
        if not pa.types.is_struct(flat.type):
            return Column(nothing, ~given)
        names = [flat.type.field(place).name for place in range(flat.type.num_fields)]
        counts = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        index = spread(counts)
        sure = (counts >= fact.rows[0]) & (counts <= fact.rows[1]) | ~given
        if not set(names) <= {field.name for field in fact.fields} or len(set(names)) < len(names):
            sure &= ~given
        children = flat.flatten()
        fields = []
        for field in fact.fields:
            child = children[names.index(field.name)] if field.name in names else pa.nulls(len(flat))
            read = self._column(field, child, is_wanted=fact.name in self.wanted or field.name in fact.unique)
            assert isinstance(read.held, Held)
            fields.append(read.held)
            sure[index[~(read.sure & (read.held.given | field.optional))]] = False
        sure[index[~_valid(flat)]] = False
        rows = Rows(counts, tuple(fields), given)
        for wrong in (_alike(fact, rows, index), _overlapping(fact, rows, index)):
            sure[wrong] = False
        return Column(rows, sure)

    def _none(self, field: p.Fact) -> Held:
        return Held(np.full(0, self._stand_in(field)), np.zeros(0, bool))


def _valid(column: pa.Array) -> Mask:
    return np.ones(len(column), bool) if not column.null_count else column.is_valid().to_numpy(zero_copy_only=False)


def _places(column: pa.Array) -> NDArray[Any]:
    """Where in its dictionary each value of a column stands; anywhere for none."""
    indices = column.indices.fill_null(0) if column.null_count else column.indices
    found: NDArray[Any] = indices.to_numpy(zero_copy_only=False)
    return found


def _short(column: pa.Array) -> pa.Array:
    """Texts as every function takes them; Polars has them otherwise."""
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _plain(column: pa.Array, dtype: Any) -> NDArray[Any]:
    """The values of a column of fixed width as they lie there, whatever is where there is none."""
    found = np.frombuffer(column.buffers()[1], dtype)
    return found[column.offset : column.offset + len(column)]


def _single(fact: p.Fact, value: Any) -> Any:
    """A value of a column for the reader of single values, to which a float that is exact here is no float."""
    if isinstance(value, float) and isinstance(fact.type, Number):
        digits = decimals(fact.resolution.denominator)
        return Decimal(value) if digits is not None and _are_exact(np.array([value]), digits)[0] else value
    if isinstance(value, dt.datetime) and isinstance(fact.type, Date):
        return value.date() if value.tzinfo is None and value.time() == dt.time() else value
    if isinstance(value, list):
        fields = {field.name: field for field in fact.fields}
        return [
            {n: _single(fields[n], v) if n in fields else v for n, v in each.items() if v is not None}
            if isinstance(each, dict)
            else each
            for each in value
        ]
    return value


# — numbers —


def _numbers(fact: p.Fact, column: pa.Array) -> tuple[NDArray[Any], Mask]:
    """Numbers over the denominator of a fact."""
    type_ = column.type
    if pa.types.is_decimal128(type_):
        words = _plain(column, np.dtype([("low", "<i8"), ("high", "<i8")]))
        is_short = words["high"] == words["low"] >> 63
        values, sure = _counted(fact, words["low"], 10 ** max(type_.scale, 0), 10 ** max(-type_.scale, 0))
        return values, sure & is_short
    if pa.types.is_integer(type_):
        values = _plain(column, type_.to_pandas_dtype())
        if type_ == pa.uint64():
            is_small = values <= np.iinfo(np.int64).max
            found, sure = _counted(fact, values.astype(np.int64), 1, 1)
            return found, sure & is_small
        return _counted(fact, values.astype(np.int64), 1, 1)
    if pa.types.is_float64(type_) or pa.types.is_float32(type_):
        return _floats(fact, _plain(column, type_.to_pandas_dtype()).astype(np.float64))
    if _is_text(type_):
        is_number = pc.and_(
            pc.match_substring_regex(column, _NUMBER), pc.invert(pc.match_substring_regex(column, _ZERO))
        )
        texts = pc.if_else(is_number, column, pa.scalar(None, column.type))
        found, sure = _numbers(fact, texts.cast(pa.string()).cast(_EXACT).fill_null(0))
        return found, sure & is_number.fill_null(False).to_numpy(zero_copy_only=False)
    return np.zeros(len(column), np.int64), np.zeros(len(column), bool)


def _counted(fact: p.Fact, unscaled: NDArray[Any], over: int, times: int) -> tuple[NDArray[Any], Mask]:
    """Numbers of `unscaled` × `times` ÷ `over`, in the steps of a fact: within its range, and whole ones."""
    scale, step = fact.resolution.denominator * times, fact.resolution.numerator
    common = gcd(scale, over)
    factor, divisor = scale // common, over // common
    low, high = int(fact.low * fact.resolution.denominator), int(fact.high * fact.resolution.denominator)
    least, most = -(-low * divisor // factor), high * divisor // factor
    sure = (unscaled >= _clipped(least)) & (unscaled <= _clipped(most))
    values = unscaled
    if divisor > 1:
        values = unscaled // divisor
        sure &= values * divisor == unscaled
    if factor > 1:
        values = np.where(sure, values, 0) * factor
    if step > 1:
        sure &= values % step == 0
    return values, sure


def _clipped(number: int) -> int:
    return max(-(1 << 63), min(number, (1 << 63) - 1))


def _floats(fact: p.Fact, values: NDArray[np.float64]) -> tuple[NDArray[Any], Mask]:
    """Floats that are exact in steps of a decimal: times a power of two they are whole, which floats say exactly."""
    digits = decimals(fact.resolution.denominator)
    if digits is None:
        return np.zeros(len(values), np.int64), np.zeros(len(values), bool)
    scaled = np.where(np.abs(values) < _FLOAT, values, np.nan) * (1 << digits)
    exact = _are_exact(values, digits)
    found, is_in = _counted(fact, np.where(exact, scaled, 0).astype(np.int64), 1 << digits, 1)
    return found, exact & is_in


def _are_exact(values: NDArray[np.float64], digits: int) -> Mask:
    """Whether floats are numbers with so many places after the point, exactly; -0.0 is no number."""
    scaled = np.where(np.abs(values) < _FLOAT, values, np.nan) * (1 << digits)
    found: Mask = (np.abs(scaled) < _FLOAT) & (scaled == np.floor(scaled)) & ~((values == 0) & np.signbit(values))
    return found


# — days and identifiers —


def _days(column: pa.Array, texts: Callable[[pa.Array], tuple[NDArray[Any], Mask]]) -> tuple[NDArray[Any], Mask]:
    """Days since 1970. A time counts only at midnight, and without a zone."""
    type_ = column.type
    if pa.types.is_date32(type_):
        values = _plain(column, np.int32).astype(np.int64)
    elif pa.types.is_date64(type_) or (pa.types.is_timestamp(type_) and type_.tz is None):
        unit = "ms" if pa.types.is_date64(type_) else type_.unit
        a_day = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[unit]
        times = _plain(column, np.int64)
        values = times // a_day
        return values, (values * a_day == times) & (values >= _DAYS[0]) & (values <= _DAYS[1])
    else:
        return texts(column)
    return values, (values >= _DAYS[0]) & (values <= _DAYS[1])


def _ids(column: pa.Array, *, is_wanted: bool) -> tuple[NDArray[Any], Mask]:
    """Identifiers as texts, or what tells only where there is one."""
    if pa.types.is_dictionary(column.type) and not is_wanted:
        none, sure = _ids(_short(column.dictionary), is_wanted=False)
        return np.full(len(column), ""), sure[_places(column)] if len(none) else np.zeros(len(column), bool)
    if not _is_text(column.type):
        return np.full(len(column), ""), np.zeros(len(column), bool)
    sure = _are_plain(column)
    odd = np.flatnonzero(~sure)
    if len(odd):
        others = column.take(pa.array(odd)).to_pylist()
        sure[odd] = [each is not None and is_id(each) for each in others]
    if not is_wanted:
        return np.full(len(column), ""), sure
    return np.array(["" if each is None else each for each in column.to_pylist()], object), sure


def _are_plain(column: pa.Array) -> Mask:
    """Whether texts are surely identifiers: of letters, digits and signs of ASCII, with no space at either end."""
    offset = np.int64 if pa.types.is_large_string(column.type) else np.int32
    ends = np.frombuffer(column.buffers()[1], offset)[column.offset : column.offset + len(column) + 1]
    data = column.buffers()[2]
    signs = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]] if data is not None else np.zeros(0, np.uint8)
    if not len(signs) or signs.min() < _SPACE or signs.max() > _TILDE:
        return np.zeros(len(column), bool)
    lengths, first = np.diff(ends), np.minimum(ends[:-1] - ends[0], len(signs) - 1)
    last = np.maximum(ends[1:] - ends[0] - 1, 0)
    found: Mask = (lengths > 0) & (lengths <= ID_LIMIT) & (signs[first] != _SPACE) & (signs[last] != _SPACE)
    return found


# — what records may not be —


def _alike(fact: p.Fact, rows: Rows, index: NDArray[np.int64]) -> NDArray[Any]:
    """The rows of which two records are the same in what is to be unique."""
    if not fact.unique or not len(index):
        return index[:0]
    keys = [index]
    for field, held in zip(fact.fields, rows.fields, strict=True):
        if field.name in fact.unique:
            _, places = np.unique(held.values, return_inverse=True)
            keys.append(np.where(held.given, places, -1))
    order = np.lexsort(keys[::-1])
    same = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in keys])
    found: NDArray[Any] = index[order[1:][same]]
    return found


def _overlapping(fact: p.Fact, rows: Rows, index: NDArray[np.int64]) -> NDArray[Any]:
    """The rows with a period that ends before it begins, or two that share a day; one without end goes on."""
    if fact.periods is None or not len(index):
        return index[:0]
    names = [field.name for field in fact.fields]
    begin, end = (rows.fields[names.index(name)] for name in fact.periods)
    ends = np.where(end.given, end.values, np.iinfo(np.int64).max)
    order = np.lexsort((begin.values, index))
    first, last, of = begin.values[order], ends[order], index[order]
    shared = (of[1:] == of[:-1]) & (first[1:] <= last[:-1])
    return np.concatenate((index[ends < begin.values], of[1:][shared]))
