"""What the operations of a formula go over: the rows of a table, the records of each, or the months of a span.

A formula over records or months is computed for all of them at once, in a space of its own, and then gathered to what
they belong to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = Any  # an array with a value for each place of a space, or one value for all of them
Index: TypeAlias = NDArray[np.int64]
ALL: Final = slice(None)
Values: TypeAlias = Any  # a column, or what makes that of some rows: a function of a slice


class Held:
    """A fact or a field: its values, and where it is stated; where it is not, what stands for it there.

    Args:
        values: the values, or what makes some of them when they are first asked for.
        coded: of texts that are all stated, the few there are, and the place among them of each row.
    """

    __slots__ = ("_values", "coded", "given", "lacking")

    def __init__(
        self,
        values: Values,
        given: Column = np.True_,
        lacking: Any = 0,
        coded: tuple[Column, Column] | None = None,
    ) -> None:
        self._values, self.given, self.lacking, self.coded = values, given, lacking, coded

    @property
    def values(self) -> Column:
        """The values; numbers have 64 bits, as many as is proved to hold all that is made of them."""
        if callable(self._values):
            self._values = self._values(ALL)
        elif self._values.dtype == np.int32:
            self._values = self._values.astype(np.int64)
        return self._values

    @property
    def raw(self) -> Column:
        """The values as they lie there, to be compared alone."""
        return self.values if callable(self._values) else self._values

    def of(self, rows: Index) -> Held:
        """That of some rows."""
        return Held(taken(self.values, rows), taken(self.given, rows), self.lacking)

    def cut(self, at: slice) -> Held:
        """That of some rows one after the other."""
        values = self._values
        cut: Values = values[at] if isinstance(values, np.ndarray) else lambda within: values(_within(at, within))
        coded = None if self.coded is None else (self.coded[0], self.coded[1][at])
        return Held(cut, self.given[at] if np.ndim(self.given) else self.given, self.lacking, coded)


def _within(outer: slice, inner: slice) -> slice:
    """Some of some rows, of which all are wanted."""
    assert inner == ALL, inner
    return outer


@dataclass(frozen=True)
class Rows:
    """The records of a fact: how many each row of the table has, and their fields, of all rows in order."""

    counts: Index
    fields: tuple[Held, ...]
    given: Column = np.True_

    def of(self, rows: Index) -> Rows:
        """Those of some rows of the table."""
        index = spread(self.counts[rows])
        counts = self.counts[rows]
        at = self.starts[rows][index] + np.arange(len(index)) - (np.cumsum(counts) - counts)[index]
        fields = tuple(Held(taken(each.values, at), taken(each.given, at)) for each in self.fields)
        return Rows(counts, fields, taken(self.given, rows))

    def where(self, here: Column) -> Rows:
        """Those of the rows of the table that have them."""
        kept = np.flatnonzero(taken(here, spread(self.counts)))
        fields = tuple(Held(taken(each.values, kept), taken(each.given, kept)) for each in self.fields)
        return Rows(np.where(here, self.counts, 0), fields, self.given & here)

    @property
    def starts(self) -> Index:
        """Where the records of each row begin."""
        return np.cumsum(self.counts) - self.counts


class Space:
    """So many places, each with facts and steps, and maybe a record and a month at hand."""

    def __init__(
        self,
        size: int,
        facts: dict[str, Held | Rows],
        outer: Space | None = None,
        index: Index | None = None,
        fields: tuple[Held, ...] = (),
        month: Column = None,
    ) -> None:
        self.size, self.facts, self.outer, self.index = size, facts, outer, index
        self._fields, self._month = fields, month
        self._taken: dict[tuple[str, str], Column] = {}  # from the space around
        self.steps: dict[str, Column] = {}

    def fact(self, name: str) -> Column:
        """The values of a fact."""
        return self._known(("fact", name), lambda: self._held(name).values, lambda outer: outer.fact(name))

    def fact_given(self, name: str) -> Column:
        """Where a fact is stated."""
        return self._known(("given", name), lambda: self.facts[name].given, lambda outer: outer.fact_given(name))

    def step(self, name: str) -> Column:
        """The values of an earlier step."""
        return self._known(("step", name), lambda: self.steps[name], lambda outer: outer.step(name))

    def field(self, place: int) -> Held:
        """A field of the record at hand."""
        if self._fields:
            return self._fields[place]
        assert self.outer is not None and self.index is not None
        inner = self.outer.field(place)
        return Held(taken(inner.values, self.index), taken(inner.given, self.index))

    @property
    def month(self) -> Column:
        """The month at hand."""
        if self._month is not None or self.outer is None:
            return self._month
        assert self.index is not None
        return taken(self.outer.month, self.index)

    def _held(self, name: str) -> Held:
        found = self.facts[name]
        assert isinstance(found, Held), name
        return found

    def leave_out(self, name: str, applies: Column) -> None:
        """Take a fact away where it does not apply."""
        held = self.facts[name]
        if isinstance(held, Rows):
            self.facts[name] = held.where(applies)
        elif not applies.all():
            lacking = held.lacking
            self.facts[name] = Held(np.where(applies, held.values, lacking), held.given & applies, lacking)

    def _known(self, key: tuple[str, str], mine: Callable[[], Column], outers: Callable[[Space], Column]) -> Column:
        if self.outer is None:
            return mine()
        assert self.index is not None
        if key not in self._taken:
            self._taken[key] = taken(outers(self.outer), self.index)
        return self._taken[key]

    # — spaces within this one —

    def over_rows(self, name: str) -> Space:
        """The records of each place, one after the other."""
        root, at = self, None
        while root.outer is not None:
            at = root.index if at is None else _through(root.index, at)
            root = root.outer
        rows = root.facts[name]
        assert isinstance(rows, Rows), name
        if at is None:
            return Space(int(rows.counts.sum()), {}, self, spread(rows.counts), rows.fields)
        index = spread(rows.counts[at])
        within = np.arange(len(index)) - (np.cumsum(rows.counts[at]) - rows.counts[at])[index]
        picked = rows.starts[at][index] + within
        fields = tuple(Held(taken(each.values, picked), taken(each.given, picked)) for each in rows.fields)
        return Space(len(index), {}, self, index, fields)

    def over_months(self, first: Column, last: Column, most: int) -> Space:
        """The months from one to another of each place, both in, no more than so many."""
        begin = np.broadcast_to(np.asarray(first, np.int64), self.size)
        counts = np.clip(np.asarray(last, np.int64) + 1 - begin, 0, most)
        index = spread(counts)
        month = begin[index] + np.arange(len(index)) - (np.cumsum(counts) - counts)[index]
        return Space(len(index), {}, self, index, month=month)

    def at_hand(self) -> Space:
        """The space of the records, of which this is or within which it is."""
        return self if self._fields or self.outer is None else self.outer.at_hand()


def _through(outer: Index | None, inner: Index) -> Index:
    assert outer is not None
    return outer[inner]


def spread(counts: Index) -> Index:
    """For each of so many within a place, the place."""
    return np.repeat(np.arange(len(counts)), counts)


def whole(column: Column, size: int) -> Column:
    """A column with a value for each place, also where there is one value for all of them."""
    return column if np.ndim(column) else np.broadcast_to(column, size)


def taken(column: Column, index: Index) -> Column:
    """The values at some places; one value for all stays one."""
    return column.take(index, mode="clip") if isinstance(column, np.ndarray) and column.ndim else column


def summed(column: Column, space: Space) -> Column:
    """The sums of what belongs to each place of the space around. Sums so far may wrap around, the difference does not
    where each sum fits."""
    assert space.outer is not None and space.index is not None
    so_far = np.cumsum(np.broadcast_to(column, space.size))
    ends = np.searchsorted(space.index, np.arange(space.outer.size), "right")
    until = np.concatenate((np.zeros(1, so_far.dtype), so_far))
    return until[ends] - until[np.concatenate(([0], ends[:-1]))]


def picked(pick: np.ufunc, column: Column, kept: Column, otherwise: Column, space: Space) -> Column:
    """The least or the greatest of what is kept of each place of the space around, `otherwise` where nothing is."""
    assert space.outer is not None and space.index is not None
    places = np.flatnonzero(np.broadcast_to(kept, space.size))
    index, values = space.index[places], np.broadcast_to(column, space.size)[places]
    found = np.array(np.broadcast_to(otherwise, space.outer.size))
    if len(index):
        begins = np.flatnonzero(np.concatenate(([True], index[1:] != index[:-1])))
        found[index[begins]] = pick.reduceat(values, begins)
    return found
