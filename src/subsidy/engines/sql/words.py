"""The words of a query, put together: every operand stands in parentheses of its own, every constant has its type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from typing import TypeAlias

from sqlglot import exp

Sql: TypeAlias = exp.Expr
BIGINT = "BIGINT"


@lru_cache(maxsize=32)
def _type(name: str) -> exp.DataType:
    return exp.DataType.build(name)


def own(value: Sql) -> Sql:
    """A value to be put somewhere: itself, or its like where it stands somewhere already."""
    return value if value.parent is None else value.copy()


def big(number: int) -> Sql:
    """A whole number of 64 bits: engines hold a small one to be of 32, and overflow."""
    return cast(exp.Literal.number(number), BIGINT)


def small(number: int) -> Sql:
    """A whole number where an engine takes none of 64 bits."""
    return exp.Literal.number(number)


def text(value: str) -> Sql:
    """A text."""
    return exp.Literal.string(value)


def day(value: dt.date) -> Sql:
    """A day."""
    return cast(text(value.isoformat()), "DATE")


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
    return kind(this=whole(own(one)), expression=whole(own(two)))


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
    return exp.Not(this=whole(own(test)))


def stated(value: Sql) -> Sql:
    """Whether there is a value."""
    return exp.Not(this=exp.Is(this=whole(own(value)), expression=exp.Null()))


def absent(value: Sql) -> Sql:
    """Whether there is no value."""
    return exp.Is(this=whole(own(value)), expression=exp.Null())


def among(value: Sql, members: Sequence[Sql]) -> Sql:
    """Whether a value is one of some; of none it is not."""
    if not members:
        return truth(False)
    return exp.In(this=whole(own(value)), expressions=[own(each) for each in members])


def chosen(test: Sql, yes: Sql, no: Sql) -> Sql:
    """One of two by a test."""
    return cases([(test, yes)], no)


def cases(pairs: Iterable[tuple[Sql, Sql]], otherwise: Sql | None = None) -> Sql:
    """The value of the first test that holds."""
    ifs = [exp.If(this=own(test), true=own(value)) for test, value in pairs]
    return exp.Case(ifs=ifs, default=own(otherwise) if otherwise is not None else None)


def least(values: Sequence[Sql]) -> Sql:
    return _extreme(exp.Least, values)


def greatest(values: Sequence[Sql]) -> Sql:
    return _extreme(exp.Greatest, values)


def _extreme(kind: type[exp.Expr], values: Sequence[Sql]) -> Sql:
    first, *others = (own(each) for each in values)
    # What is NULL is passed over by each of the engines; said otherwise, an operand is computed twice.
    return kind(this=first, expressions=others, ignore_nulls=True) if others else first


def coalesced(value: Sql, otherwise: Sql) -> Sql:
    return exp.Coalesce(this=own(value), expressions=[own(otherwise)])


def first(values: Sequence[Sql]) -> Sql:
    """The first value that is there."""
    head, *rest = (own(each) for each in values)
    return exp.Coalesce(this=head, expressions=rest) if rest else head


def cast(value: Sql, type_: str) -> Sql:
    return exp.Cast(this=own(value), to=_type(type_).copy())


def tried(value: Sql, type_: str) -> Sql:
    """In another type; NULL where that cannot be."""
    return exp.TryCast(this=own(value), to=_type(type_).copy(), safe=True)  # unsaid, Spark would have a plain cast


def called(name: str, *args: Sql) -> Sql:
    """A function of an engine by its name."""
    return exp.Anonymous(this=name, expressions=[own(each) for each in args])


def each_of(record: str, body: Sql) -> Sql:
    """A function of one record."""
    return exp.Lambda(this=own(body), expressions=[exp.to_identifier(record, quoted=True)])


def like(value: Sql, pattern: str) -> Sql:
    """Whether a text is of a form."""
    return exp.RegexpLike(this=whole(own(value)), expression=text(pattern))


def same(one: Sql, two: Sql) -> Sql:
    """Whether two values are the same, also where both are absent."""
    return exp.NullSafeEQ(this=whole(own(one)), expression=whole(own(two)))


def aliased(name: str, value: Sql) -> Sql:
    """A value as a column with a name."""
    return exp.Alias(this=own(value), alias=exp.to_identifier(name, quoted=True))
