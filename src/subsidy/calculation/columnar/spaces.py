"""What the operations of a formula go over: the rows of a table, the records of each, or the months of a span.

A formula over records or months is computed for all of them at once, in a space of its own, and then gathered to what
they belong to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = Any  # an array with a value for each place of a space, or one value for all of them
Index: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Held:
    """A fact or a field: its values, and where it is stated; where it is not, what stands for it there."""

    values: Column
    given: Column = True
    lacking: Any = 0


@dataclass(frozen=True)
class Rows:
    """The records of a fact: how many each row of the table has, and their fields, of all rows in order."""

    counts: Index
    fields: tuple[Held, ...]
    given: Column = True

    def of(self, rows: Index) -> Rows:
        """Those of some rows of the table."""
        index = spread(self.counts[rows])
        counts = self.counts[rows]
        at = self.starts[rows][index] + np.arange(len(index)) - (np.cumsum(counts) - counts)[index]
        fields = tuple(Held(taken(each.values, at), taken(each.given, at)) for each in self.fields)
        return Rows(counts, fields, taken(self.given, rows))

    def where(self, here: Column) -> Rows:
        """Those of the rows of the table that have them."""
        kept = np.flatnonzero(here[spread(self.counts)])
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


def taken(column: Column, index: Index) -> Column:
    """The values at some places; one value for all stays one."""
    return column[index] if isinstance(column, np.ndarray) and column.ndim else column


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
