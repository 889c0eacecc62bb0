"""The engines, and what each says in its own way: division, days and months, lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from ...errors import Problem, RequestError
from . import words as w
from .words import Sql

# Dialects whose writer sends a division of whole numbers through floats, or to what the engine decides.
REFUSED: Final = ("sqlite", "trino", "presto", "tsql", "redshift", "clickhouse", "snowflake", "oracle")


class Dialect:
    """DuckDB; the others say otherwise what differs.

    Attributes:
        has_lists: whether a row can have a list of records.
        tries: whether a cast can give NULL for what does not fit.
        unseen: the signs that nobody sees, and spaces, for a class of a pattern.
        end: how a pattern says that a text ends there.
        puts_in: whether it puts the columns of a level into the next, as often as they stand there, unless stopped.
    """

    name = "duckdb"
    has_lists = True
    tries = True
    unseen = r"\pC\pZ"
    end = "$"
    puts_in = False

    # — numbers —

    def divided(self, one: Sql, two: Sql) -> Sql:
        """Of numbers that are not below zero: whole, and what is left is dropped."""
        return exp.IntDiv(this=w.whole(w.own(one)), expression=w.whole(w.own(two)))

    # — days, and months as whole numbers: 12 × year + month − 1 —

    def month_of(self, day: Sql) -> Sql:
        return w.minus(w.plus(w.times(self._part("YEAR", day), w.big(12)), self._part("MONTH", day)), w.big(1))

    def year_of(self, day: Sql) -> Sql:
        return self._part("YEAR", day)

    def _part(self, part: str, day: Sql) -> Sql:
        return w.cast(exp.Extract(this=exp.var(part), expression=w.own(day)), w.BIGINT)

    def first_day(self, month: Sql) -> Sql:
        year = self.divided(month, w.big(12))
        number = w.plus(w.minus(month, w.times(year, w.big(12))), w.big(1))
        return w.called("MAKE_DATE", w.cast(year, "INT"), w.cast(number, "INT"), w.small(1))

    def days_between(self, begin: Sql, end: Sql) -> Sql:
        """The days from one to the other; below zero where the second is before the first."""
        return w.cast(w.minus(end, begin), w.BIGINT)

    def add_days(self, day: Sql, days: Sql) -> Sql:
        return w.plus(day, w.cast(days, "INT"))

    def add_months(self, day: Sql, months: Sql) -> Sql:
        """So many months later, cut to the end of the month."""
        return w.cast(w.plus(day, w.called("TO_MONTHS", w.cast(months, "INT"))), "DATE")

    # — lists of records —

    def kept(self, rows: Sql, record: str, test: Sql) -> Sql:
        """The records that pass a test."""
        return w.called("LIST_FILTER", rows, w.each_of(record, test))

    def made(self, rows: Sql, record: str, body: Sql) -> Sql:
        """A value of each record."""
        return w.called("LIST_TRANSFORM", rows, w.each_of(record, body))

    def counted(self, rows: Sql) -> Sql:
        return w.cast(w.called("LEN", rows), w.BIGINT)

    def summed(self, values: Sql) -> Sql:
        return w.cast(w.coalesced(w.called("LIST_SUM", values), w.big(0)), w.BIGINT)

    def least_of(self, values: Sql) -> Sql:
        return w.called("LIST_MIN", values)

    def greatest_of(self, values: Sql) -> Sql:
        return w.called("LIST_MAX", values)

    def record(self, fields: Sequence[tuple[str, Sql]]) -> Sql:
        """A record of some fields."""
        pairs = [exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=value) for name, value in fields]
        return exp.Struct(expressions=pairs)

    def months(self, first: Sql, last: Sql) -> Sql:
        """The months from one to another, both in."""
        return w.called("RANGE", first, w.plus(last, w.big(1)))

    def no_rows(self, rows: Sql) -> Sql:
        """The records; none where nothing is stated."""
        return w.coalesced(rows, exp.Array(expressions=[]))


class Postgres(Dialect):
    """PostgreSQL: its `DIV` is of decimals, and its rows have no lists of records."""

    name = "postgres"
    has_lists = False
    tries = False
    unseen = (  # its patterns have no classes of Unicode; these are the same, as far as they have four digits
        r"\u0001-\u0020\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u1680\u180e\u2000-\u200f\u2028-\u202f"
        r"\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff9-\ufffb"
    )
    puts_in = True

    def divided(self, one: Sql, two: Sql) -> Sql:
        return w.called("INT8DIV", one, two)

    def add_months(self, day: Sql, months: Sql) -> Sql:
        interval = w.called("MAKE_INTERVAL", w.small(0), w.cast(months, "INT"))
        return w.cast(w.plus(day, interval), "DATE")


class Spark(Dialect):
    """Spark: native expressions, for which its executors need no Python."""

    name = "spark"
    end = r"\z"  # its $ is also before a line that ends there

    def days_between(self, begin: Sql, end: Sql) -> Sql:
        return w.cast(w.called("DATEDIFF", end, begin), w.BIGINT)

    def add_days(self, day: Sql, days: Sql) -> Sql:
        return w.called("DATE_ADD", day, w.cast(days, "INT"))

    def add_months(self, day: Sql, months: Sql) -> Sql:
        return w.called("ADD_MONTHS", day, w.cast(months, "INT"))

    def kept(self, rows: Sql, record: str, test: Sql) -> Sql:
        return w.called("FILTER", rows, w.each_of(record, test))

    def made(self, rows: Sql, record: str, body: Sql) -> Sql:
        return w.called("TRANSFORM", rows, w.each_of(record, body))

    def counted(self, rows: Sql) -> Sql:
        return w.cast(w.called("SIZE", rows), w.BIGINT)

    def summed(self, values: Sql) -> Sql:
        add = exp.Lambda(
            this=w.plus(exp.column("total"), exp.column("each")),
            expressions=[exp.to_identifier("total"), exp.to_identifier("each")],
        )
        return w.called("AGGREGATE", values, w.big(0), add)

    def least_of(self, values: Sql) -> Sql:
        return w.called("ARRAY_MIN", values)

    def greatest_of(self, values: Sql) -> Sql:
        return w.called("ARRAY_MAX", values)

    def record(self, fields: Sequence[tuple[str, Sql]]) -> Sql:
        return w.called("NAMED_STRUCT", *(each for name, value in fields for each in (w.text(name), value)))

    def months(self, first: Sql, last: Sql) -> Sql:
        none = w.called("SLICE", w.called("ARRAY", first), w.small(1), w.small(0))
        return w.chosen(w.compared("<=", first, last), w.called("SEQUENCE", first, last), none)

    def no_rows(self, rows: Sql) -> Sql:
        return w.coalesced(rows, w.called("ARRAY"))


DIALECTS: Final = {each.name: each for each in (Dialect(), Postgres(), Spark())}


def dialect_of(name: str) -> Dialect:
    """An engine by its name.

    Raises:
        RequestError: it is none of those that say a policy exactly.
    """
    if name not in DIALECTS:
        code = "R0761" if name in REFUSED else "R0760"
        raise RequestError(Problem.of(code, "--dialect", given=name, allowed=", ".join(DIALECTS)))
    return DIALECTS[name]
