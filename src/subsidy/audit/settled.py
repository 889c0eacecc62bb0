"""Rows of a sheet that were paid what was due, found in columns: most of a sheet are, and of these nothing is said.

A row is settled here only where no other row has anything to do with it, because no cap that it is held against is
over what another row states, too. Then it comes to what it would come to alone, which is computed for all such rows at
once. Every other row, and every one that was paid anything else, is left to be put one by one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..calculation.facts import plain
from ..calculation.outcomes import has_own
from ..calculation.policy import Policy
from ..errors import Problem, SubsidyError
from ..language.types import Number, Records
from ..ledger.claims import ONCE
from ..ledger.determining import Claim
from ..ledger.fitting import are_records_of_texts, type_of
from ..policies import Catalogue
from .sheets import Sheet, is_spoilt, value
from .supposed import Supposed, SupposedLedger

if TYPE_CHECKING:
    import pyarrow as pa

_TRIED: Final = 16  # rows, for one that can be put
_NOTED: Final = ("R0502", "R0503", "R0504", "R0506")  # what an answer lacks to be paid by, beside what is open
Over = tuple[str, ...]
Note = tuple[tuple[str, str], Problem]  # by what two are the same


def notes_of(marks: Iterable[Problem]) -> tuple[Note, ...]:
    """Why the ledger would not pay a claim as it is, but for what is open in it."""
    return tuple(((each.code, each.message("en")), each) for each in marks if each.code in _NOTED)


@dataclass(frozen=True, slots=True)
class Settled:
    """A row that was paid what was due.

    Attributes:
        notes: why the ledger would not pay it as it is.
    """

    paid: Decimal
    version: str
    month: str
    notes: tuple[Note, ...]


def settled(
    sheet: Sheet, policy: str, catalogue: Catalogue, readings: Mapping[str, str], known: dt.date | None
) -> dict[int, Settled]:
    """The rows that are settled, by their place in the sheet; none where Arrow is not installed."""
    try:
        import numpy  # noqa: F401
        import pyarrow  # noqa: F401
    except ModuleNotFoundError:
        return {}
    overs = _overs(catalogue.versions(policy))
    if overs is None:
        return {}
    return _Settling(sheet, policy, catalogue, readings, known).found(overs)


def _overs(versions: Sequence[Policy]) -> set[Over] | None:
    """The facts that claims share where they share a cap; None where that is not the same for all, or not all.

    Of what a cap is over, steps are left out: who shares the facts alone is not looked at here either.
    """
    found: dict[str, Over] = {}
    types: dict[str, Any] = {}
    for version in versions:
        facts = version.program.facts
        if any(fact.from_ledger is not None for fact in facts.values()):
            return None
        over = {cap.name: cap.over for cap in version.program.caps}
        if version.program.once_per:
            over[ONCE] = version.program.once_per
        for name, names in over.items():
            stated = tuple(each for each in names if each in facts)
            if not stated or found.setdefault(name, stated) != stated:
                return None
            for each in stated:
                kind = facts[each].type
                if isinstance(kind, Number | Records) or types.setdefault(each, kind) != kind:
                    return None
    return set(found.values())


@dataclass
class _Group:
    """Rows of which the policy stands the same way."""

    policy: Policy
    rows: list[int] = field(default_factory=list)


class _Settling:
    def __init__(
        self, sheet: Sheet, policy: str, catalogue: Catalogue, readings: Mapping[str, str], known: dt.date | None
    ) -> None:
        self.sheet, self.policy, self.catalogue = sheet, policy, catalogue
        self.readings, self.known = readings, known
        self.latest = catalogue.policy(policy, known=known)
        self.size = len(sheet.rows)
        self.left = [False] * self.size  # to be put one by one
        self.columns = {name: self._read(at) for at, name in enumerate(sheet.columns) if name}
        self.months = [""] * self.size

    def found(self, overs: set[Over]) -> dict[int, Settled]:
        """The rows that are settled."""
        for names in overs:
            keys = list(zip(*(self._told_apart(name) for name in names), strict=True))
            times = Counter(keys)
            self.left = [left or times[key] > 1 for left, key in zip(self.left, keys, strict=True)]
        self.paid = [None if left else self._paid(row) for row, left in enumerate(self.left)]
        self.left = [paid is None for paid in self.paid]
        settled: dict[int, Settled] = {}
        for group in self._groups():
            settled.update(self._of(group))
        return settled

    def _read(self, column: int) -> list[Any]:
        """What a column states; a row is left where this cannot be said in a text or in records of texts."""
        fact = self.sheet.facts[self.sheet.columns[column]]
        is_records = isinstance(fact.type, Records)
        known: dict[str, Any] = {}
        values: list[Any] = []
        for place, row in enumerate(self.sheet.rows):
            cell = row.cells[column]
            if cell is None or cell == "":
                values.append(None)
                continue
            found = known.get(cell) if cell.__class__ is str else None
            if found is None:
                found = value(fact, cell)
                if cell.__class__ is str:
                    known[cell] = found
            if is_spoilt(fact, cell) or not (
                are_records_of_texts(fact, found) if is_records else isinstance(found, str)
            ):
                self.left[place], found = True, None
            values.append(found)
        return values

    def _paid(self, row: int) -> Decimal | None:
        found = self.sheet.paid_in(self.sheet.rows[row])
        return None if isinstance(found, Problem) else found

    def _told_apart(self, name: str) -> list[str]:
        """What a fact says of each row in the form by which claims are told apart."""
        values = self.columns.get(name)
        if values is None or name not in self.latest.program.facts:
            return [""] * self.size
        fact = self.latest.program.facts[name]
        of = {each: str(plain(self.latest.value_of(name, {name: each}), fact)) for each in set(values)}
        return [of[each] for each in values]

    def _groups(self) -> Iterator[_Group]:
        """The rows that may be settled, by how the policy stands for them."""
        dated_by = self.latest.program.dated_by
        by_day: dict[str, list[int]] = {}
        for row, text in enumerate(self.columns.get(dated_by, ())):
            if text is not None and not self.left[row]:
                by_day.setdefault(text, []).append(row)
        groups: dict[int, _Group] = {}
        for text, rows in by_day.items():
            day = self.latest.date_of({dated_by: text})
            stands = None if day is None else self._standing(day, {dated_by: text})
            if day is None or stands is None:
                continue
            groups.setdefault(id(stands), _Group(stands)).rows.extend(rows)
            for row in rows:
                self.months[row] = day.isoformat()[:7]
        yield from groups.values()

    def _standing(self, day: dt.date, dated: Mapping[str, Any]) -> Policy | None:
        """The policy as it stands for the claims of a day; None where there is none, or more than the day counts."""
        try:
            version = self.latest
            if not version.applies_on(day):
                version = self.catalogue.policy(self.policy, day, self.known)
            return version.standing_for(dated, self.readings) if dated.keys() >= set(version.stands_by) else None
        except SubsidyError:
            return None

    def _of(self, group: _Group) -> Iterator[tuple[int, Settled]]:
        """The rows of a group that are settled."""
        program, limits = group.policy.program, group.policy.limits
        own = [name for name in self.columns if name not in program.facts or program.facts[name].left_of]
        rows = [row for row in group.rows if all(self.columns[name][row] is None for name in own)]
        is_limited = all((limits[cap.name] or 0) > 0 for cap in program.caps)
        if not is_limited or any(has_own(program.parts[at].shares) for at in group.policy.counted):
            return
        sample = self._sample(rows)
        if sample is None:
            return
        caps = [cap for cap in program.caps if not cap.times]
        only = ["amount", *dict.fromkeys(f"parts.{cap.of}" for cap in caps)]
        table = self._table(group.policy, rows, sample.decision.stated)
        try:
            answers = group.policy.calculate_table(table, readings=self.readings, only=only)
        except SubsidyError:
            return  # a fact that every claim states has no column, so every row has something wrong
        due: list[Decimal | None] = answers.column("amount").to_pylist()
        for cap in caps:
            name, most = f"parts.{cap.of}", Decimal(limits[cap.name] or 0).scaleb(-2)
            sums = answers.column(name if name in answers.column_names else f"{name}.low").to_pylist()
            due = [sum_ if part is not None and part <= most else None for sum_, part in zip(due, sums, strict=True)]
        version, notes = group.policy.version, notes_of(sample.marks)
        for row, sum_ in zip(rows, due, strict=True):
            paid = self.paid[row]
            if paid is not None and paid == sum_:
                yield row, Settled(paid, version, self.months[row], notes)

    def _sample(self, rows: Sequence[int]) -> Supposed | None:
        """What comes of the first row that can be put: what the ledger states and says of it, it does of all."""
        for row in islice(rows, _TRIED):
            facts, _ = self.sheet.facts_of(self.sheet.rows[row])
            try:
                return SupposedLedger(self.catalogue, self.known).put(Claim(self.policy, facts, self.readings), 0)
            except SubsidyError:
                continue
        return None

    def _table(self, policy: Policy, rows: Sequence[int], stated: Mapping[str, Any]) -> pa.Table:
        """The facts of some rows, with those that the ledger states for each."""
        import pyarrow as pa

        columns = {}
        for name, fact in policy.program.facts.items():
            if name in stated:
                columns[name] = pa.repeat(stated[name], len(rows))
            elif name in self.columns:
                values = self.columns[name]
                columns[name] = pa.array([values[row] for row in rows], type_of(fact))
        return pa.table(columns)
