"""What a result comes to: exact sums by month, by payer and by group, counted as the pieces come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import Problem, RequestError
from ..language import program as p
from .pieces import Answered
from .texts import texts
from .under import VERSION, Columns

LIMIT: Final = 10_000  # different keys that are counted apart
_NOTHING: Final = Decimal("0.00")
_EXACT: Final = Context(prec=200, traps=[Inexact])  # the ordinary one keeps 28 digits, and rounds in silence
Key = tuple[str, ...]


def added(one: Decimal, other: Decimal) -> Decimal:
    """Two sums, exact whatever their size."""
    return _EXACT.add(one, other)


@dataclass
class Tally:
    """Rows that are counted together.

    Attributes:
        rows, computed, wrong: all of them, those with an answer, those with a problem.
        refused: computed, and a condition that must hold fails.
        open: computed, and the amount or a part is not determined.
        low, high: the least and the most that each sum comes to; the same where nothing is open.
    """

    rows: int = 0
    computed: int = 0
    wrong: int = 0
    refused: int = 0
    open: int = 0
    simulated: int = 0
    low: dict[str, Decimal] = field(default_factory=dict)
    high: dict[str, Decimal] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Count others with these."""
        for name in ("rows", "computed", "wrong", "refused", "open", "simulated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in ((self.low, other.low), (self.high, other.high)):
            for name, sum_ in theirs.items():
                mine[name] = added(mine.get(name, _NOTHING), sum_)

    @property
    def is_open(self) -> bool:
        """Whether a sum is not determined."""
        return self.low != self.high


class Sums:
    """The tallies of a result.

    Args:
        group: the column of the facts or of those carried along by which it is summed, too: its source and its name.
    """

    def __init__(self, columns: Columns, group: tuple[str, str] | None = None) -> None:
        self.columns, self.group = columns, group
        self._dated_by = columns.versions[-1].program.dated_by
        shares = (share for each in columns.versions for part in each.program.parts for share in part.shares)
        self.places = tuple(dict.fromkeys(share.of for share in shares if share.of))
        self._tallies: dict[Key, Tally] = {}

    def take(self, answered: Answered) -> None:
        """Count a piece.

        Raises:
            RequestError: there are more groups than anyone reads.
        """
        table = self._table(answered)
        counts = [name for name in table.schema.names if name.startswith("count.")]
        keys = [name for name in table.schema.names if name.startswith("key.")]
        sums = [name for name in table.schema.names if name.startswith("sum.")]
        if self.columns.is_wide:
            found = by_hand(table, keys, [*counts, *sums])
        else:
            asked = [*((name, "sum") for name in (*counts, *sums)), ([], "count_all")]
            found = table.group_by(keys, use_threads=False).aggregate(asked).to_pylist()
        self.count(keys, found)

    def count(self, keys: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
        """Count rows that were put together by some keys: `key.month`, what they are counted by, `key.` places.

        Raises:
            RequestError: there are more groups than anyone reads.
        """
        for row in rows:
            self._count(tuple(row[name] or "" for name in keys), row)

    def total(self) -> Tally:
        """All rows together."""
        return next(iter(self._by(lambda _: "").values()), Tally())

    def by_month(self) -> dict[str, Tally]:
        """By the month of the day that picks the version; an empty name has the rows that state none."""
        return self._by(lambda key: key[0])

    def by_group(self) -> dict[str, Tally]:
        """By the column that was asked for."""
        return self._by(lambda key: key[1])

    def by_version(self) -> dict[str, Tally]:
        """By the version in force, where there are several; an empty name has the rows on whose day none is."""
        return self._by(self._version_of)

    def by_place(self, share: p.Share, version: str) -> dict[str, Tally]:
        """By the division that pays a share of a version, for one that is borne by the division of a claim."""
        place = len(self._key_names) - len(self.places) + self.places.index(share.of)
        return self._by(lambda key: share.divisions.get(key[place], ""), version)

    @property
    def _key_names(self) -> tuple[str, ...]:
        versions = (VERSION,) if self.columns.has_versions else ()
        return ("month", *(("group",) if self.group else ()), *versions, *self.places)

    def _version_of(self, key: Key) -> str:
        if not self.columns.has_versions:
            return self.columns.versions[0].version
        return key[self._key_names.index(VERSION)]

    def _by(self, name_of: Callable[[Key], str], version: str | None = None) -> dict[str, Tally]:
        """The tallies by some name, of all versions or of one."""
        found: dict[str, Tally] = {}
        for key, tally in self._tallies.items():
            if version is not None and self._version_of(key) != version:
                continue
            found.setdefault(name_of(key), Tally()).add(tally)
        return dict(sorted(found.items(), key=lambda item: (not item[0], item[0])))

    def _table(self, answered: Answered) -> pa.Table:
        answers, facts = answered.answers, answered.piece.facts
        size = len(answered)
        computed = answers.column("simulation").is_valid()
        columns = {"key.month": _months(_column(facts, self._dated_by, size))}
        if self.group:
            source, name = self.group
            columns["key.group"] = texts(_column(getattr(answered.piece, source), name, size))
        if self.columns.has_versions:
            columns[f"key.{VERSION}"] = answers.column(VERSION)
        for name in self.places:
            columns[f"key.{name}"] = texts(_column(facts, name, size))
        wrong = np.zeros(size, np.int64)
        wrong[list(answered.problems)] = 1
        columns["count.wrong"] = pa.array(wrong)
        columns["count.computed"] = pc.cast(computed, pa.int64())
        columns["count.simulated"] = pc.cast(pc.fill_null(answers.column("simulation"), False), pa.int64())
        columns["count.refused"] = pc.cast(pc.fill_null(pc.invert(answers.column("eligible")), False), pa.int64())
        is_open = pa.array(np.zeros(size, bool))
        for name in self.columns.sums:
            exact = answers.column(name)
            if self.columns.is_exact:
                columns[f"sum.{name}.low"] = exact
            else:
                low = answers.column(f"{name}.low")
                is_open = pc.or_(is_open, pc.and_(pc.is_valid(low), pc.is_null(exact)))
                columns[f"sum.{name}.low"] = low
                columns[f"sum.{name}.high"] = answers.column(f"{name}.high")
        columns["count.open"] = pc.cast(is_open, pa.int64())
        return pa.table(columns)

    def _count(self, key: Key, row: Mapping[str, Any]) -> None:
        if key not in self._tallies and len(self._tallies) >= LIMIT:
            raise RequestError(Problem.of("R0752", self.group[1] if self.group else "", limit=f"{LIMIT:,}"))
        low = {name: row[f"sum.{name}.low_sum"] or _NOTHING for name in self.columns.sums}
        high = low
        if not self.columns.is_exact:
            high = {name: row[f"sum.{name}.high_sum"] or _NOTHING for name in self.columns.sums}
        counts = {name: row[f"count.{name}_sum"] for name in ("computed", "wrong", "refused", "open", "simulated")}
        self._tallies.setdefault(key, Tally()).add(Tally(rows=row["count_all"], low=low, high=high, **counts))


def _months(days: pa.Array) -> pa.Array:
    """The month of each day or month; an empty text of what is none, as a row with a problem may state."""
    coded = days if pa.types.is_dictionary(days.type) else days.dictionary_encode()
    said = texts(coded.dictionary)
    is_day = pc.fill_null(pc.match_substring_regex(said, r"^[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?$"), False)
    months = pc.if_else(is_day, pc.utf8_slice_codeunits(said, 0, 7), "")
    return pc.fill_null(months.take(coded.indices), "")


def _column(batch: pa.RecordBatch, name: str, size: int) -> pa.Array:
    place = batch.schema.get_field_index(name)
    return batch.column(place) if place >= 0 else pa.nulls(size, pa.string())


def by_hand(table: pa.Table, keys: Sequence[str], names: Iterable[str]) -> list[dict[str, Any]]:
    """The same as Arrow's sums where these could pass 38 digits."""
    found: dict[Key, dict[str, Any]] = {}
    summed = list(names)
    add: dict[str, Callable[[Any, Any], Any]] = {
        name: _EXACT.add if name.startswith("sum.") else int.__add__ for name in summed
    }
    for row in table.to_pylist():
        there = found.setdefault(
            tuple(row[name] or "" for name in keys),
            {"count_all": 0, **{name: row[name] for name in keys}, **{f"{name}_sum": 0 for name in summed}},
        )
        there["count_all"] += 1
        for name in summed:
            there[f"{name}_sum"] = add[name](there[f"{name}_sum"], row[name] or 0)
    return list(found.values())
