"""Columns of facts as Arrow has them, read into arrays of whole numbers.

A value is read here only where it is surely what the reader of single values makes of it; where it is not, or where it
is wrong, its row is left to that reader. Nothing is rounded, and a binary float counts only where it is exact at the
step of its fact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
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
from .counting import Mask, Numbers, are_exact, every, inside, is_text, numbers, plain
from .kernel import ABSENT, Book
from .spaces import ALL, Held, Index, Rows, Values, spread

_DAYS: Final = (day_of(dates.FIRST_DAY), day_of(dates.LAST_DAY))
_SPACE: Final = ord(" ")
_TILDE: Final = ord("~")


@dataclass(frozen=True)
class Column:
    """What was read of a fact: its values, and the rows in which these are sure; one truth for all, where it is.

    With `ends`, they are sure where they are between these, too.
    """

    held: Held | Rows
    sure: Mask | np.bool_
    ends: tuple[int, int] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every row states it, surely."""
        return self.ends is None and self.sure is np.True_ and self.held.given is np.True_

    def cut(self, at: slice) -> Column:
        """That of some rows one after the other."""
        held = self.held.cut(at) if isinstance(self.held, Held) else self.held.of(np.arange(at.start, at.stop))
        return Column(held, self.sure[at] if isinstance(self.sure, np.ndarray) else self.sure, self.ends)

    def some(self, rows: Index) -> Column:
        """That of some rows."""
        held = self.held.of(rows)
        return Column(held, self.sure[rows] if isinstance(self.sure, np.ndarray) else self.sure, self.ends)

    def checked(self, only: tuple[int, int] | None = None) -> Column:
        """The same without `ends`: what is not between them is not sure, and something else stands for it.

        Args:
            only: ends within these, which are asked for in their place.
        """
        if self.ends is None:
            return self
        held, ends = self.held, only or self.ends
        assert isinstance(held, Held)
        fits = inside(held.raw, *ends)
        if every(fits):
            return Column(held, self.sure)
        return Column(Held(np.where(fits, held.values, held.lacking), held.given, held.lacking), self.sure & fits)


class Reader:
    """Reads the columns of a table for one policy.

    Args:
        names: the divisions by code.
    """

    def __init__(self, facts: Mapping[str, p.Fact], names: Mapping[str, Text], book: Book) -> None:
        self.facts, self.names, self.book = facts, names, book
        self._dictionaries: dict[tuple[str, str], tuple[pa.Array, Index, Mask]] = {}  # of the piece before

    def read(self, batch: pa.RecordBatch) -> dict[str, Column]:
        """Every fact of a piece of a table; one without a column is stated nowhere."""
        found = {}
        for name, fact in self.facts.items():
            place = batch.schema.get_field_index(name)
            column = batch.column(place) if place >= 0 else pa.nulls(len(batch))
            if isinstance(fact.type, Records):
                found[name] = self._records(fact, column)
            else:
                found[name] = self._column(fact, column)
        return found

    def _column(self, fact: p.Fact, column: pa.Array, of: str = "") -> Column:
        """The values of a fact or a field, `sure` also where there is none."""
        given, lacking = _valid(column), self._stand_in(fact)
        if given is not np.True_ and not given.any():
            return Column(Held(lambda at: np.full(len(column), lacking)[at], given, lacking), np.True_)
        if pa.types.is_dictionary(column.type) and isinstance(fact.type, Number | Date):
            column = column.dictionary_decode()
        column = _short(column)
        coded, ends = None, None
        if _has_few(fact, column):
            values, sure, coded = self._texts(fact, column, of)
        else:
            values, sure, ends = self._values(fact, column)
        stated = given & sure
        if every(stated):
            return Column(Held(values, np.True_, lacking, coded), np.True_, ends)
        read = Column(Held(np.where(stated, _made(values), lacking), given, lacking), sure | ~given, ends)
        return read.checked()

    @staticmethod
    def _values(fact: p.Fact, column: pa.Array) -> tuple[Values, Mask | np.bool_, tuple[int, int] | None]:
        match fact.type:
            case Number():
                return numbers(fact, column)
            case Date():
                return _days(column)
            case Flag() if pa.types.is_boolean(column.type):
                return column.fill_null(False).to_numpy(zero_copy_only=False), np.True_, None
            case Id():
                return *_ids(column), None
        return np.zeros(len(column), np.int64), np.False_, None  # no column of its kind

    def _texts(
        self, fact: p.Fact, column: pa.Array, of: str
    ) -> tuple[Values, Mask | np.bool_, tuple[NDArray[Any], NDArray[Any]] | None]:
        """A column of texts, each different one read once by the reader of single values."""
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        found, sure = self._dictionary(fact, encoded.dictionary, of)
        places = _places(encoded)

        def values(at: slice) -> NDArray[Any]:
            return found.take(places[at].astype(np.intp), mode="clip")

        return (values, np.True_, (found, places)) if sure.all() else (values, sure[places], None)

    def _dictionary(self, fact: p.Fact, dictionary: pa.Array, of: str) -> tuple[Index, Mask]:
        """What each text of a dictionary says, and whether that is sure; pieces of one table mostly have the same."""
        before = self._dictionaries.get((of, fact.name))
        if before is not None and before[0].equals(dictionary):
            return before[1:]
        read = scalar_reader(fact, self.names, fact.name)
        values = [self._one(read, each) for each in dictionary.to_pylist()]
        sure = np.array([value is not None for value in values] or [False])
        dtype = bool if isinstance(fact.type, Flag) else np.int64
        found = np.array([0 if value is None else value for value in values] or [0], dtype)
        self._dictionaries[of, fact.name] = dictionary, found, sure
        return found, sure

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
                return fact.reach[0]
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
        if given is not np.True_ and not given.any():
            return Column(nothing, np.True_)
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
            read = self._column(field, child, fact.name).checked()
            assert isinstance(read.held, Held)
            fields.append(read.held)
            sure[index[_where(~(read.sure & (read.held.given | field.optional)), len(flat))]] = False
        sure[index[_where(~_valid(flat), len(flat))]] = False
        rows = Rows(counts, tuple(fields), given)
        for wrong in (_alike(fact, rows, index), _overlapping(fact, rows, index)):
            sure[wrong] = False
        return Column(rows, sure)

    def _none(self, field: p.Fact) -> Held:
        return Held(np.full(0, self._stand_in(field)), np.zeros(0, bool))


def _valid(column: pa.Array) -> Mask | np.bool_:
    return np.True_ if not column.null_count else column.is_valid().to_numpy(zero_copy_only=False)


def _where(test: Mask | np.bool_, size: int) -> Mask:
    return np.broadcast_to(test, size)


def _made(values: Values) -> NDArray[Any]:
    found: NDArray[Any] = values(ALL) if callable(values) else values
    return found


def _has_few(fact: p.Fact, column: pa.Array) -> bool:
    """Whether a column has texts of which there are few, and so each is read once."""
    if isinstance(fact.type, Number | Id):
        return False
    return pa.types.is_dictionary(column.type) or is_text(column.type)


def _places(column: pa.Array) -> NDArray[Any]:
    """Where in its dictionary each value of a column stands; anywhere for none."""
    indices = column.indices.fill_null(0) if column.null_count else column.indices
    found: NDArray[Any] = indices.to_numpy(zero_copy_only=False)
    return found


def _short(column: pa.Array) -> pa.Array:
    """Texts as every function takes them; Polars has them otherwise."""
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column


def _single(fact: p.Fact, value: Any) -> Any:
    """A value of a column for the reader of single values, to which a float that is exact here is no float."""
    if isinstance(value, float) and isinstance(fact.type, Number):
        digits = decimals(fact.resolution.denominator)
        return Decimal(value) if digits is not None and are_exact(np.array([value]), digits)[0] else value
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


# — days and identifiers —


def _days(column: pa.Array) -> Numbers:
    """Days since 1970. A time counts only at midnight, and without a zone."""
    type_ = column.type
    if pa.types.is_date32(type_):
        return plain(column, np.int32), np.True_, _DAYS
    if pa.types.is_date64(type_) or (pa.types.is_timestamp(type_) and type_.tz is None):
        unit = "ms" if pa.types.is_date64(type_) else type_.unit
        a_day = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[unit]
        times = plain(column, np.int64)
        values = times // a_day
        return values, values * a_day == times, _DAYS
    return np.zeros(len(column), np.int64), np.False_, None


def _ids(column: pa.Array) -> tuple[Values, Mask | np.bool_]:
    """Identifiers, whose texts are only made where a formula looks at them."""
    if pa.types.is_dictionary(column.type):
        _, of_each = _ids(_short(column.dictionary))
        sure: Mask | np.bool_ = np.bool_(of_each.all())
        if isinstance(of_each, np.ndarray) and not sure:
            sure = of_each[_places(column)]
        return lambda at: _decoded(column.dictionary_decode())[at], sure
    if not is_text(column.type):
        return np.full(len(column), ""), np.False_
    sure = _are_plain(column)
    odd = np.flatnonzero(~np.broadcast_to(sure, len(column)))
    if len(odd):
        others = column.take(pa.array(odd)).to_pylist()
        sure = np.broadcast_to(sure, len(column)).copy()
        sure[odd] = [each is not None and is_id(each) for each in others]
    return lambda at: _decoded(column)[at], sure


def _decoded(column: pa.Array) -> NDArray[Any]:
    return np.array(["" if each is None else each for each in column.to_pylist()], object)


def _are_plain(column: pa.Array) -> Mask | np.bool_:
    """Whether texts are surely identifiers: of letters, digits and signs of ASCII, with no space at either end."""
    offset = np.int64 if pa.types.is_large_string(column.type) else np.int32
    ends = np.frombuffer(column.buffers()[1], offset)[column.offset : column.offset + len(column) + 1]
    data = column.buffers()[2]
    signs = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]] if data is not None else np.zeros(0, np.uint8)
    if not len(signs) or signs.min() < _SPACE or signs.max() > _TILDE:
        return np.False_
    lengths = np.diff(ends)
    if signs.min() > _SPACE and lengths.min() > 0 and lengths.max() <= ID_LIMIT:
        return np.True_
    first = np.minimum(ends[:-1] - ends[0], len(signs) - 1)
    last = np.maximum(ends[1:] - ends[0] - 1, 0)
    found: Mask = (lengths > 0) & (lengths <= ID_LIMIT) & (signs[first] != _SPACE) & (signs[last] != _SPACE)
    return np.True_ if found.all() else found


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
