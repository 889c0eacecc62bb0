"""Facts as a query reads them: whole numbers in the steps of each, whether it is stated, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from sqlglot import exp

from ... import dates
from ...calculation.readers import ID_LIMIT
from ...exact import decimals, show
from ...language import program as p
from ...language.types import Choice, Date, Division, Flag, Id, Month, Number, Records
from . import words as w
from .dialects import Dialect
from .words import Sql

Column = tuple[str, Sql]  # its name, and what it is
DECIMAL: Final = "DECIMAL(27, 9)"  # times a step of up to ten digits it has 38, as many as every engine has
_SHORT: Final = 18  # digits, of which engines compute with whole numbers of 64 bits
_MONTH: Final = "^[0-9]{4}-(0[1-9]|1[0-2])"


def value_of(name: str) -> str:
    """The column with the value of a fact."""
    return f"fact.{name}"


def read_of(name: str) -> str:
    """The column with what is stated of a fact in the type of its kind."""
    return f"read.{name}"


def given_of(name: str) -> str:
    """The column that says whether a fact is stated."""
    return f"given.{name}"


def wrong_of(name: str) -> str:
    """The column that says what is wrong with a fact; NULL where nothing is."""
    return f"wrong.{name}"


def lacking(fact: p.Fact) -> Sql:
    """What stands where a fact is absent: a value that it may have, or a text that is none."""
    match fact.type:
        case Number():
            return w.big(fact.reach[0])
        case Date():
            return w.day(dates.FIRST_DAY)
        case Month():
            return w.big(dates.month_of(dates.FIRST_DAY))
        case Flag():
            return w.truth(False)
        case _:
            return w.text("")


class Reading:
    """How one fact, or a field of a record, is read.

    Args:
        raw: what is stated of it; NULL where nothing is.
        read: the same in the type of its kind.
        named: the words for it behind a code.
        bounds: the days that the version applies to, of the fact that picks it.
    """

    def __init__(
        self,
        fact: p.Fact,
        raw: Sql,
        read: Sql,
        named: str,
        engine: Dialect,
        bounds: tuple[dt.date | int, dt.date | int] | None = None,
    ) -> None:
        self.fact, self.raw, self.read, self.named, self.engine, self.bounds = fact, raw, read, named, engine, bounds

    @property
    def given(self) -> Sql:
        """Whether it is stated."""
        return w.stated(self.raw)

    def value(self, sound: Sql) -> Sql:
        """The value, where it is stated and sound; elsewhere what stands for it."""
        return w.chosen(w.both([self.given, sound]), self._plain(), lacking(self.fact))

    def wrong(self, *, is_asked: bool) -> Sql | None:
        """What is wrong with it, a code and its name; NULL where nothing is. None where nothing can be."""
        found = [(fails, w.text(f"{code} {self.named}")) for fails, code in self._failures()]
        first = w.text(f"F0102 {self.named}") if is_asked else exp.Null()
        return w.cases([(w.absent(self.raw), first), *found]) if found or is_asked else None

    def _plain(self) -> Sql:
        match self.fact.type:
            case Number():
                return w.cast(self._steps(), w.BIGINT)
            case Month():
                return self._month()
            case _:
                return self.read

    def _failures(self) -> Iterator[tuple[Sql, str]]:
        """What must not be, each where nothing before it is, and its code."""
        match self.fact.type:
            case Number():
                yield self._beyond(self.raw, *map(_number, (self.fact.low, self.fact.high))), "F0104"
                yield w.either(self._left_over()), "F0105"
            case Date():
                yield self._beyond(self.read, w.day(dates.FIRST_DAY), w.day(dates.LAST_DAY)), "F0104"
                yield from self._of_others(self.read)
            case Month():
                yield w.denied(w.like(self.raw, _MONTH + self.engine.end)), "F0110"
                ends = (str(end)[:7] for end in (dates.FIRST_DAY, dates.LAST_DAY))
                yield self._beyond(self.raw, *map(w.text, ends)), "F0104"  # as texts, of one length
                yield from self._of_others(self.raw)
            case Choice(values=values):
                yield w.denied(w.among(self.raw, [w.text(each) for each in values])), "F0109"
            case Division(domain=domain):
                yield w.denied(w.among(self.raw, [w.text(each) for each in domain])), "F0112"
            case Id():
                yield w.either(self._no_identifier()), "F0118"

    def _of_others(self, value: Sql) -> Iterator[tuple[Sql, str]]:
        if self.bounds is not None:
            yield self._beyond(value, *map(_end, self.bounds)), "R0105"

    @staticmethod
    def _beyond(value: Sql, first: Sql, last: Sql) -> Sql:
        return w.either([w.compared("<", value, first), w.compared(">", value, last)])

    def _left_over(self) -> Iterator[Sql]:
        """Where something was rounded away: as it became a decimal, or a whole number of steps."""
        step, steps = self.fact.resolution.numerator, self._steps()
        whole = w.cast(steps, w.BIGINT)
        yield w.compared("!=", self.read, self.raw)
        of = self.fact.resolution.denominator
        if not short(self.fact, self.engine) or of != 10 ** (decimals(of) or 0):  # 0.03 is no whole step of 0.05
            yield w.compared("!=", steps, whole)
        if step > 1:
            size = w.chosen(w.compared("<", whole, w.big(0)), w.negated(whole), whole)
            yield w.compared("!=", w.times(self.engine.divided(size, w.big(step)), w.big(step)), size)

    def _no_identifier(self) -> Iterator[Sql]:
        """Where it is empty, long, begins or ends with a space, or has another sign that nobody sees."""
        yield w.like(self.raw, "^$|^ | $")
        yield w.like(w.called("REPLACE", self.raw, w.text(" "), w.text("")), f"[{self.engine.unseen}]")
        yield w.compared(">", w.called("LENGTH", self.raw), w.big(ID_LIMIT))

    def _steps(self) -> Sql:
        """The number in the denominator of its step, as a decimal."""
        of = self.fact.resolution.denominator
        return self.read if of == 1 else w.times(self.read, w.cast(w.text(str(of)), f"DECIMAL({len(str(of))}, 0)"))

    def _month(self) -> Sql:
        year, month = (w.cast(w.called("SUBSTR", self.raw, *map(w.small, ends)), w.BIGINT) for ends in ((1, 4), (6, 2)))
        return w.minus(w.plus(w.times(year, w.big(12)), month), w.big(1))


def typed(fact: p.Fact, raw: Sql, engine: Dialect) -> Sql:
    """What is stated of a fact in the type of its kind."""
    match fact.type:
        case Number():
            found = short(fact, engine)
            return w.tried(raw, found) if found else w.cast(raw, DECIMAL)
        case Date():
            return w.cast(raw, "DATE")
        case Flag():
            return w.cast(raw, "BOOLEAN")
        case _:
            return raw


def short(fact: p.Fact, engine: Dialect) -> str:
    """The decimal of few digits that has every value of a fact; empty where an engine has none.

    What it has no room for becomes NULL, and is beyond the range of the fact.
    """
    digits, places = len(str(int(max(abs(fact.low), abs(fact.high))))), decimals(fact.resolution.denominator)
    if not engine.tries or places is None or digits + places > _SHORT:
        return ""
    return f"DECIMAL({digits + places}, {places})"


def _number(value: Fraction) -> Sql:
    """A constant as a decimal of as many digits as it has."""
    digits, places = len(str(int(abs(value)))), decimals(value.denominator)
    return w.cast(w.text(show(value)), DECIMAL if places is None else f"DECIMAL({digits + places}, {places})")


def _end(value: dt.date | int) -> Sql:
    return w.text(dates.show_month(value)) if isinstance(value, int) else w.day(value)


class Listed:
    """How the records of a fact are read: each as a record of values, and whether each is stated."""

    def __init__(self, fact: p.Fact, engine: Dialect) -> None:
        self.fact, self.engine = fact, engine
        self.raw = w.column(fact.name)
        self._rows = engine.no_rows(self.raw)

    @property
    def given(self) -> Sql:
        return w.stated(self.raw)

    def _fields(self) -> Iterator[Reading]:
        for each in self.fact.fields:
            raw = w.member("r", each.name)
            yield Reading(each, raw, typed(each, raw, self.engine), f"{self.fact.name}.{each.name}", self.engine)

    def value(self) -> Sql:
        """The records with their values, where nothing is wrong with them; elsewhere what stands for these."""
        pairs: list[Column] = []
        for each in self._fields():
            wrong = each.wrong(is_asked=False)
            sound = w.truth(True) if wrong is None else w.absent(wrong)
            pairs += [(each.fact.name, each.value(sound)), (f"{each.fact.name} given", each.given)]
        return self.engine.made(self._rows, "r", self.engine.record(pairs))

    def nothing(self) -> Sql:
        """No records."""
        return self.engine.kept(self.value(), "r", w.truth(False))

    def wrong(self) -> Sql:
        """What is wrong with them, a code and a name; NULL where nothing is."""
        count, (least, most) = self.engine.counted(self._rows), self.fact.rows
        is_few = w.either([w.compared("<", count, w.big(least)), w.compared(">", count, w.big(most))])
        found = [w.cases([(w.both([self.given, is_few]), w.text(f"F0113 {self.fact.name}"))])]
        for each in self._fields():
            wrong = each.wrong(is_asked=not each.fact.optional)
            if wrong is not None:
                found.append(self.engine.least_of(self.engine.made(self._rows, "r", wrong)))
        found += [w.cases([pair]) for pair in self._together()]
        return w.first(found)

    def _together(self) -> Iterator[tuple[Sql, Sql]]:
        """Records that are alike in what is to be unique, and periods that end too early or share a day."""
        fact, engine = self.fact, self.engine

        def some(test: Sql, record: str = "r", least: int = 1) -> Sql:
            return w.compared(">=", engine.counted(engine.kept(self._rows, record, test)), w.big(least))

        if fact.unique:
            same = w.both(w.same(w.member("r", each), w.member("q", each)) for each in fact.unique)
            yield some(some(same, "q", 2)), w.text(f"F0114 {fact.name}")
        if fact.periods is not None:
            begin, end = fact.periods
            last = {each: w.coalesced(w.member(each, end), w.day(dt.date.max)) for each in ("r", "q")}
            yield some(w.compared("<", last["r"], w.member("r", begin))), w.text(f"F0116 {fact.name}")
            shared = w.both(
                [w.compared("<=", w.member("r", begin), last["q"]), w.compared("<=", w.member("q", begin), last["r"])]
            )
            yield some(some(shared, "q", 2)), w.text(f"F0115 {fact.name}")


def is_list(fact: p.Fact) -> bool:
    return isinstance(fact.type, Records)
