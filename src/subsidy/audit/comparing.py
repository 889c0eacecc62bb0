"""Payments that were made, beside what they should have been under the text in force on the day of each.

Every row is recomputed in the order of the file, with caps over all rows. What was paid before the file begins is not
known to it, and neither is what was paid under other policies: both are said.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Final

from ..errors import FactsError, Problem, RequestError
from ..ledger.claims import ONCE
from ..ledger.determining import Claim
from ..policies import Catalogue
from ..text import Text
from .findings import Tick
from .settled import Note, Settled, notes_of, settled
from .sheets import Row, Sheet
from .supposed import OPEN, Supposed, SupposedLedger, consulted
from .why import why

NO_VERSION: Final = ("R0102", "R0121", "R0122")
_LONG: Final = 1000  # rows, from which on it pays to look at them in columns first
_ZERO: Final = Decimal("0.00")
_ROW: Final = Text("行", "row")


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not as it should be, or of which that cannot be said.

    Attributes:
        row: its number in the sheet.
        cell: the address of what was paid.
        paid: what was paid; None where that cannot be read.
        low, high: what was due, as bounds that are one figure unless it is open; None where it cannot be computed.
        difference: paid less due; of what is open, less the nearer bound; None where that cannot be said.
        finding: what is wrong.
        problems: what is wrong with the facts of the row, each at its cell.
        clause: of the text, by which it is so.
        version: of the policy; empty where none was in force.
        month: of the day that picked the version; empty where it cannot be read.
    """

    row: int
    cell: str
    paid: Decimal | None
    low: Decimal | None
    high: Decimal | None
    difference: Decimal | None
    finding: Problem
    problems: tuple[Problem, ...]
    clause: str
    version: str
    month: str


@dataclass(slots=True)
class Sums:
    """Sums in CNY over rows: `paid` is `due` and `over` without `under`, and what is `open` or `unread`.

    Attributes:
        rows: how many there are.
        same: how many of them are as they should be.
        paid: what was paid by all.
        due: what was due by those whose due is one figure.
        over, under: what was paid too much, and too little, by those.
        open: what was paid by rows whose due is open.
        unread: what was paid by rows that could not be computed.
    """

    rows: int = 0
    same: int = 0
    paid: Decimal = _ZERO
    due: Decimal = _ZERO
    over: Decimal = _ZERO
    under: Decimal = _ZERO
    open: Decimal = _ZERO
    unread: Decimal = _ZERO

    def add(self, more: Sums) -> None:
        """Add those of other rows."""
        self.rows += more.rows
        self.same += more.same
        self.paid += more.paid
        self.due += more.due
        self.over += more.over
        self.under += more.under
        self.open += more.open
        self.unread += more.unread

    def to_dict(self) -> dict[str, str | int]:
        """As plain data."""
        found = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value if isinstance(value, int) else str(value) for name, value in found}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of a sheet.

    Attributes:
        notes: what the answers rest on, and what nobody could know, each with how many rows it is about.
        by_version, by_month: the sums, by the version in force and by the month of the day that picked it.
    """

    file: str
    sheet: str
    policy: str
    title: Text
    total: Sums
    by_version: Mapping[str, Sums]
    by_month: Mapping[str, Sums]
    differences: tuple[Difference, ...]
    notes: tuple[tuple[Problem | Text, int], ...]

    @property
    def is_clean(self) -> bool:
        """Whether every row is as it should be."""
        return not self.differences


@dataclass
class _Comparing:
    sheet: Sheet
    policy: str
    readings: Mapping[str, str]
    ledger: SupposedLedger
    total: Sums = field(default_factory=Sums)
    by_version: dict[str, Sums] = field(default_factory=dict)
    by_month: dict[str, Sums] = field(default_factory=dict)
    marks: Counter[tuple[str, str]] = field(default_factory=Counter)
    marked: dict[tuple[str, str], Problem] = field(default_factory=dict)

    def row(self, row: Row) -> Difference | None:
        """What is wrong with a row; None where it is as it should be."""
        facts, wrong = self.sheet.facts_of(row)
        paid = self.sheet.paid_in(row)
        month = self._month(facts)
        found: Supposed | None = None
        if not wrong:
            try:
                found = self.ledger.put(Claim(self.policy, facts, self.readings), row.number)
            except (FactsError, RequestError) as error:
                wrong = [self.sheet.at_fact(problem, row.number) for problem in error.problems]
        if found is not None:
            self._note(notes_of(found.marks))
        if isinstance(paid, Problem):
            version = found.result.policy.version if found else ""
            self._add(Sums(rows=1), version, month)
            return self._line(row, None, None, paid, tuple(wrong), "", version, month)
        if found is None:
            return self._without(row, paid, wrong, month)
        return self._compared(row, paid, found, month)

    def _without(self, row: Row, paid: Decimal, wrong: list[Problem], month: str) -> Difference | None:
        """A row that no text covers, which nothing should have been paid by, or that cannot be computed."""
        none = [problem for problem in wrong if problem.code in NO_VERSION]
        said = _listed(none or wrong)
        if none:  # then nothing can be said of its facts
            self._add(Sums(1, int(not paid), paid, _ZERO, max(paid, _ZERO), max(-paid, _ZERO)), "", month)
            if not paid:
                return None
            finding = Problem.of("V0303", self._cell(row), paid=str(paid), why=said)
            return self._line(row, paid, (_ZERO, _ZERO), finding, (), "", "", month)
        self._add(Sums(rows=1, paid=paid, unread=paid), "", month)
        finding = Problem.of("V0308", self._cell(row), paid=str(paid), why=said)
        return self._line(row, paid, None, finding, tuple(wrong), "", "", month)

    def _compared(self, row: Row, paid: Decimal, found: Supposed, month: str) -> Difference | None:
        version = found.result.policy.version
        low, high = (Decimal(each).scaleb(-2) for each in (found.low, found.high))
        if found.outcome == OPEN:
            self._add(Sums(rows=1, paid=paid, open=paid), version, month)
            code = "V0306" if low <= paid <= high else "V0307"
        else:
            self._add(
                Sums(1, int(paid == low), paid, low, max(paid - low, _ZERO), max(low - paid, _ZERO)), version, month
            )
            if paid == low:
                return None
            is_twice = any(problem.where == ONCE for problem in found.decision.why)
            code = "V0302" if paid < low else "V0301" if low else "V0305" if is_twice else "V0304"
        because = why(found, _ROW)
        nearest = min(max(paid, low), high)
        values = {"due": low, "low": low, "high": high, "difference": abs(paid - nearest)}
        said = because.said
        if because.clause:
            said = Text(f"{said.zh}〔{because.clause}〕", f"{said.en} [{because.clause}]")
        finding = Problem.of(code, self._cell(row), paid=str(paid), why=said, **{n: str(v) for n, v in values.items()})
        return self._line(row, paid, (low, high), finding, (), because.clause, version, month)

    def _line(
        self,
        row: Row,
        paid: Decimal | None,
        due: tuple[Decimal, Decimal] | None,
        finding: Problem,
        problems: tuple[Problem, ...],
        clause: str,
        version: str,
        month: str,
    ) -> Difference:
        low, high = due or (None, None)
        difference = None if paid is None or due is None else paid - min(max(paid, due[0]), due[1])
        placed = self.sheet.at(finding, row.number, self.sheet.paid)
        return Difference(
            row.number, self._cell(row), paid, low, high, difference, placed, problems, clause, version, month
        )

    def _cell(self, row: Row) -> str:
        return self.sheet.address(row.number, self.sheet.paid)

    def _month(self, facts: Mapping[str, object]) -> str:
        latest = self.ledger.catalogue.policy(self.policy, known=self.ledger.known)
        day = latest.date_of(facts)
        return day.isoformat()[:7] if day is not None else ""

    def settle(self, row: Settled) -> None:
        """A row that is as it should be, of which no more is to be found out."""
        self._note(row.notes)
        self._add(Sums(1, 1, row.paid, row.paid), row.version, row.month)

    def _add(self, more: Sums, version: str, month: str) -> None:
        self.total.add(more)
        self.by_version.setdefault(version, Sums()).add(more)
        self.by_month.setdefault(month, Sums()).add(more)

    def _note(self, notes: tuple[Note, ...]) -> None:
        for key, problem in notes:
            self.marks[key] += 1
            self.marked.setdefault(key, problem)


def compare(
    sheet: Sheet,
    policy: str,
    catalogue: Catalogue,
    *,
    readings: Mapping[str, str] | None = None,
    known: dt.date | None = None,
    tick: Tick = lambda _, __: None,
    in_columns: bool | None = None,
) -> Comparison:
    """Compare every row of a sheet with what was due.

    Args:
        in_columns: whether rows that are as they should be are looked for in columns first, which changes nothing but
            how long it takes; of a long sheet they are unless told.

    Raises:
        SubsidyError: the policy or a reading is unknown, or the policy pays nothing.
    """
    readings = readings or {}
    latest = catalogue.policy(policy, known=known)
    if not latest.pays:
        raise RequestError(Problem.of("R0115", "amount", given=policy))
    _check_readings(catalogue, policy, readings)
    work = _Comparing(sheet, policy, readings, SupposedLedger(catalogue, known))
    differences = list[Difference]()
    is_long = len(sheet.rows) >= _LONG if in_columns is None else in_columns
    fine = settled(sheet, policy, catalogue, readings, known) if is_long else {}
    for index, row in enumerate(sheet.rows):
        if (same := fine.get(index)) is not None:
            work.settle(same)
        elif (found := work.row(row)) is not None:
            differences.append(found)
        tick(index + 1, len(sheet.rows))
    return Comparison(
        str(sheet.file),
        sheet.name,
        policy,
        latest.title,
        work.total,
        dict(sorted(work.by_version.items())),
        dict(sorted(work.by_month.items())),
        tuple(differences),
        tuple(_notes(work, catalogue)),
    )


def _check_readings(catalogue: Catalogue, policy: str, readings: Mapping[str, str]) -> None:
    """A reading that no version knows stops all: it is wrong in every row.

    Raises:
        RequestError: it is unknown.
    """
    unknown: RequestError | None = None
    for version in catalogue.versions(policy):
        try:
            version.calculate_again({}, readings)
        except FactsError:
            return  # it is known; that there are no facts is no matter here
        except RequestError as error:
            unknown = error
    if unknown is not None:
        raise unknown


def _notes(work: _Comparing, catalogue: Catalogue) -> Iterator[tuple[Problem | Text, int]]:
    for key, count in work.marks.items():
        yield work.marked[key], count
    latest = catalogue.policy(work.policy)
    if latest.program.caps or latest.from_ledger:
        zh = "上限只在本表各行之间核算：表以前支付的不在其内"
        yield (
            Text(zh, "caps are held over the rows of this sheet: what was paid before it is not in them"),
            len(work.sheet.rows),
        )
    for other in sorted(consulted(catalogue, work.policy) - {work.policy}):
        zh, en = (
            f"{other} 已付的不在本表，按没有计",
            f"what was paid under {other} is not in the sheet, and is taken as nothing",
        )
        yield Text(zh, en), len(work.sheet.rows)


def _listed(problems: list[Problem]) -> Text:
    shown = [(each.place.key if each.place else each.where, each) for each in problems]
    return Text(
        "；".join(f"{where} {each.code} {each.message('zh')}" for where, each in shown),
        "; ".join(f"{where} {each.code} {each.message('en')}" for where, each in shown),
    )
