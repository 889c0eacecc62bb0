"""The words of a query, put together: every operand stands in parentheses of its own, every constant has its type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TypeAlias

from sqlglot import exp

Sql: TypeAlias = exp.Expr
BIGINT = "BIGINT"


def big(number: int) -> Sql:
    """A whole number of 64 bits: engines hold a small one to be of 32, and overflow."""
    return exp.cast(exp.Literal.number(number), BIGINT)


def small(number: int) -> Sql:
    """A whole number where an engine takes none of 64 bits."""
    return exp.cast(exp.Literal.number(number), "INT")


def text(value: str) -> Sql:
    """A text."""
    return exp.Literal.string(value)


def day(value: dt.date) -> Sql:
    """A day."""
    return exp.cast(text(value.isoformat()), "DATE")


def truth(value: bool) -> Sql:
    """True or false."""
    return exp.Boolean(this=value)


def column(name: str) -> Sql:
    """A column by its name, which may be any word."""
    return exp.column(exp.to_identifier(name, quoted=True))


def member(record: str, name: str) -> Sql:
    """A field of a record."""
    return exp.Dot(this=exp.to_identifier(record, quoted=True), expression=exp.to_identifier(name, quoted=True))


def whole(value: Sql) -> Sql:
    """In parentheses, but for what needs none."""
    is_joined = isinstance(value, exp.Binary | exp.Unary | exp.Predicate) and not isinstance(value, exp.Dot | exp.Paren)
    return exp.Paren(this=value) if is_joined else value


def _two(kind: type[exp.Expr], one: Sql, two: Sql) -> Sql:
    return kind(this=whole(one.copy()), expression=whole(two.copy()))


def plus(one: Sql, two: Sql) -> Sql:
    return _two(exp.Add, one, two)


def minus(one: Sql, two: Sql) -> Sql:
    return _two(exp.Sub, one, two)


def times(one: Sql, two: Sql) -> Sql:
    return _two(exp.Mul, one, two)


def negated(one: Sql) -> Sql:
    return minus(big(0), one)


def compared(sign: str, one: Sql, two: Sql) -> Sql:
    """Two values by ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""
    kinds = {"==": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}
    return _two(kinds[sign], one, two)


def both(tests: Iterable[Sql]) -> Sql:
    """Whether all of them hold; of none, that they do."""
    return _joined(exp.And, tests, truth(True))


def either(tests: Iterable[Sql]) -> Sql:
    """Whether one of them holds; of none, that none does."""
    return _joined(exp.Or, tests, truth(False))


def _joined(kind: type[exp.Expr], tests: Iterable[Sql], otherwise: Sql) -> Sql:
    every = [each for each in tests if each != otherwise]
    return reduce(lambda one, two: _two(kind, one, two), every) if every else otherwise


def denied(test: Sql) -> Sql:
    return exp.Not(this=whole(test.copy()))


def stated(value: Sql) -> Sql:
    """Whether there is a value."""
    return exp.Not(this=exp.Is(this=whole(value.copy()), expression=exp.Null()))


def absent(value: Sql) -> Sql:
    """Whether there is no value."""
    return exp.Is(this=whole(value.copy()), expression=exp.Null())


def among(value: Sql, members: Sequence[Sql]) -> Sql:
    """Whether a value is one of some; of none it is not."""
    if not members:
        return truth(False)
    return exp.In(this=whole(value.copy()), expressions=[each.copy() for each in members])


def chosen(test: Sql, yes: Sql, no: Sql) -> Sql:
    """One of two by a test."""
    return cases([(test, yes)], no)


def cases(pairs: Iterable[tuple[Sql, Sql]], otherwise: Sql | None = None) -> Sql:
    """The value of the first test that holds."""
    found = exp.Case()
    for test, value in pairs:
        found = found.when(test.copy(), value.copy(), copy=False)
    return found.else_(otherwise.copy(), copy=False) if otherwise is not None else found


def least(values: Sequence[Sql]) -> Sql:
    return _extreme(exp.Least, values)


def greatest(values: Sequence[Sql]) -> Sql:
    return _extreme(exp.Greatest, values)


def _extreme(kind: type[exp.Expr], values: Sequence[Sql]) -> Sql:
    first, *others = (each.copy() for each in values)
    # What is NULL is passed over by each of the engines; said otherwise, an operand is computed twice.
    return kind(this=first, expressions=others, ignore_nulls=True) if others else first


def coalesced(value: Sql, otherwise: Sql) -> Sql:
    return exp.Coalesce(this=value.copy(), expressions=[otherwise.copy()])


def first(values: Sequence[Sql]) -> Sql:
    """The first value that is there."""
    head, *rest = (each.copy() for each in values)
    return exp.Coalesce(this=head, expressions=rest) if rest else head


def cast(value: Sql, type_: str) -> Sql:
    return exp.cast(value.copy(), type_)


def called(name: str, *args: Sql) -> Sql:
    """A function of an engine by its name."""
    return exp.Anonymous(this=name, expressions=[each.copy() for each in args])


def each_of(record: str, body: Sql) -> Sql:
    """A function of one record."""
    return exp.Lambda(this=body.copy(), expressions=[exp.to_identifier(record, quoted=True)])


def like(value: Sql, pattern: str) -> Sql:
    """Whether a text is of a form."""
    return exp.RegexpLike(this=whole(value.copy()), expression=text(pattern))


def same(one: Sql, two: Sql) -> Sql:
    """Whether two values are the same, also where both are absent."""
    return exp.NullSafeEQ(this=whole(one.copy()), expression=whole(two.copy()))
