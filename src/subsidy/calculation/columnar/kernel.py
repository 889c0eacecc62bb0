"""Operations over columns: each becomes a function from a space to a column, made once for a program.

The numbers are those of `language.lowering`, and each operation meets those of `language.passes.width` alone: int64
where that proves them to fit, whole numbers without limit in arrays of objects where not. A text stands as its place in
a book of all texts of the program; one that is absent has none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...language import program as p
from ...language.bounds import MONTHS_LIMIT
from ...language.lowering import Op, is_month, members
from ...language.passes.width import Widths
from ...language.types import Choice, Division, Flag, Month
from . import calendar
from .numbers import chosen, divided, times
from .spaces import Column, Held, Space, picked, summed, taken

Formula = Callable[[Space], Column]
ABSENT: Final = -1  # the place of a text that is not there

_ARITHMETIC: Final[dict[str, Callable[..., Any]]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "negate": np.negative,
    "not": np.logical_not, "!=": np.not_equal,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_MANY: Final[dict[str, np.ufunc]] = {
    "min": np.minimum, "max": np.maximum, "and": np.logical_and, "or": np.logical_or,
}  # fmt: skip
_NEW: Final = frozenset({"add", "subtract", "multiply", "min", "max", "table"})  # these give columns of their own


class Book:
    """The texts of a program, each by its place."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Where a text stands, from now on."""
        if text not in self._places:
            self._places[text] = len(self.texts)
            self.texts.append(text)
        return self._places[text]

    def value(self, value: Any) -> Any:
        """A constant as it stands in a column."""
        if isinstance(value, dt.date):
            return calendar.day_of(value)
        return self.place(value) if isinstance(value, str) else value


class Emitter:
    """Makes formulas of operations.

    Args:
        may_lack: the facts that need not be stated.
        is_wide: whether numbers are without limit.
    """

    def __init__(self, program: p.Program, may_lack: frozenset[str], book: Book, *, is_wide: bool) -> None:
        self.facts: Mapping[str, p.Fact] = program.known
        self.may_lack, self.book, self.is_wide = may_lack, book, is_wide
        self.used: set[str] = set()  # the facts
        self._months: set[str] = set()  # the steps that are months
        self._widths = Widths(program)
        self._within_months = 0

    def step(self, step: p.Step, op: Op) -> Formula:
        """The formula of a step, which those behind it may name."""
        if isinstance(step.type, Month):
            self._months.add(step.name)
        self._widths.of_formula(step.name, op)
        return self.formula(op)

    def formula(self, op: Op) -> Formula:
        """The formula of an operation and all below it."""
        plain, name = self._formula(op), self._sole(op) if op.args else ""
        return by_code(name, plain) if name else plain

    def _sole(self, op: Op) -> str:
        """The fact that has texts, or a flag, and is all that an operation looks at; empty if there is none."""
        if op.kind == "constant":
            return "="
        if op.kind == "fact":
            return op.value if isinstance(self.facts[op.value].type, Choice | Division | Flag) else ""
        if not op.args or op.kind in {"months", "sum", "count", "any", "all", "least", "greatest", "position"}:
            return ""
        names = {self._sole(arg) for arg in op.args} - {"="}
        return names.pop() if len(names) == 1 else ""

    def _is_never_below(self, op: Op) -> bool:
        """Whether a number is proved never to be below zero."""
        if self._within_months:
            return False
        reach = self._widths.of(op)
        return reach is not None and bool(reach[0] >= 0)

    def _formula(self, op: Op) -> Formula:
        value = op.value
        match op.kind:
            case "constant":
                constant = self.book.value(value)
                return lambda _: constant
            case "fact":
                self.used.add(value)
                return lambda at: at.fact(value)
            case "field":
                self.used.add(value[0])
                place = value[1]
                return lambda at: at.field(place).values
            case "step":
                return lambda at: at.step(value)
            case "month":
                return lambda at: at.month
            case "given":
                return self._given(op.args[0])
            case "position" | "months" | "sum" | "count" | "any" | "all" | "least" | "greatest":
                return self._gathered(op)
        args = [self.formula(arg) for arg in op.args]
        match op.kind:
            case "scale":
                return self._over(lambda one: one * value, args)
            case "min" | "max" | "and" | "or":
                join = _MANY[op.kind]
                if len(args) == 2 and op.kind in {"min", "max"}:
                    return self._into(join, op.args, args)
                return lambda at: reduce(join, (arg(at) for arg in args))
            case "first" | "last":
                return self._ranked(value, args, np.minimum if op.kind == "first" else np.maximum)
            case "table":
                return self._table(args, value)
            case "round":
                factor, divisor, mode = value
                known = factor > 0 and self._is_never_below(op.args[0])
                return self._over(lambda one: divided(times(one, factor), divisor, mode, is_positive=known), args)
            case "quotient":
                factor, divisor, mode = value
                known = factor > 0 and self._is_never_below(op.args[0])
                return self._over(
                    lambda one, two: divided(
                        times(one, factor), times(np.maximum(two, 1), divisor), mode, is_positive=known
                    ),
                    args,
                )
            case "==" | "!=":
                same = self._same(op.args, args)
                return same if op.kind == "==" else self._over(np.logical_not, [same])
            case "<" | "<=" | ">" | ">=" if value is not None:
                ranks, compare = self._ranks(value), _ARITHMETIC[op.kind]
                return self._over(lambda one, two: compare(_at(ranks, one), _at(ranks, two)), args)
            case "in":
                return self._among(op, args[0])
            case "class":
                return self._classified(args, *value)
            case "if":
                return self._over(chosen, args)
            case "call":
                return self._call(op, args)
            case "highest":
                return self._highest(args, value)
            case "add" | "subtract" | "multiply":
                return self._into(_ARITHMETIC[op.kind], op.args, args)
            case _:
                return self._over(_ARITHMETIC[op.kind], args)

    def _into(self, function: Callable[..., Any], ops: Sequence[Op], args: Sequence[Formula]) -> Formula:
        """A formula of two numbers that is written over one of them, where nobody else has that: memory is slow."""
        (one, two), (first, second) = args, (op.kind in _NEW and not self.is_wide for op in ops)
        if not first and not second:
            return lambda at: function(one(at), two(at))

        def found(at: Space) -> Column:
            a, b = one(at), two(at)
            if first and np.ndim(a):
                return function(a, b, out=a)
            return function(a, b, out=b) if second and np.ndim(b) else function(a, b)

        return found

    @staticmethod
    def _over(function: Callable[..., Any], args: Sequence[Formula]) -> Formula:
        if len(args) == 1:
            (one,) = args
            return lambda at: function(one(at))
        if len(args) == 2:
            one, two = args
            return lambda at: function(one(at), two(at))
        return lambda at: function(*[arg(at) for arg in args])

    def _given(self, op: Op) -> Formula:
        """Where a fact or a field is stated."""
        value = op.value
        self.used.add(value if op.kind == "fact" else value[0])
        if op.kind == "fact":
            return lambda at: at.fact_given(value)
        return lambda at: at.field(value[1]).given

    def _may_lack(self, op: Op) -> bool:
        if op.kind == "field":
            rows, place = op.value
            field: p.Fact = self.facts[rows].fields[place]
            return field.optional
        return op.kind == "fact" and op.value in self.may_lack

    def _same(self, ops: Sequence[Op], args: Sequence[Formula]) -> Formula:
        """Equality. What is absent is equal to nothing but another that is absent."""
        one, two = args
        lacking = [self._given(op) for op in ops if self._may_lack(op)]
        if not lacking:
            return lambda at: np.equal(one(at), two(at))
        if len(lacking) == 1:
            (here,) = lacking
            return lambda at: np.equal(one(at), two(at)) & here(at)
        first, second = lacking

        def found(at: Space) -> Column:
            a, b = first(at), second(at)
            return np.where(a & b, np.equal(one(at), two(at)), np.equal(a, b))

        return found

    def _among(self, op: Op, one: Formula) -> Formula:
        whole = [self.book.value(each) for each in members(op)]
        (of,) = op.args
        here = self._given(of) if self._may_lack(of) else None

        def found(at: Space) -> Column:
            value = one(at)
            is_in = reduce(np.logical_or, (np.equal(value, each) for each in whole), np.False_)
            return is_in if here is None else is_in & here(at)

        return found

    # — texts —

    def _ranks(self, order: Mapping[str, int]) -> NDArray[np.int64]:
        """For each text by its place in the book, its place in an order."""
        for text in order:
            self.book.place(text)
        return np.array([order.get(text, 0) for text in self.book.texts], np.int64)

    def _ranked(self, order: Mapping[str, int], args: Sequence[Formula], pick: np.ufunc) -> Formula:
        ranks = self._ranks(order)
        texts = np.array([self.book.place(text) for text in sorted(order, key=order.__getitem__)], np.int64)
        return lambda at: _at(texts, reduce(pick, (_at(ranks, arg(at)) for arg in args)))

    def _classified(self, args: Sequence[Formula], beyond: Sequence[int], names: Sequence[str]) -> Formula:
        ends = np.array(beyond, object if self.is_wide else np.int64)
        texts = np.array([self.book.place(name) for name in names], np.int64)
        return self._over(lambda one: texts[np.searchsorted(ends, one, "right")], args)

    def _table(self, args: Sequence[Formula], values: Mapping[Any, Any]) -> Formula:
        """What stands in a table under keys. Of keys that cannot come up together, anything."""
        keys = [key if isinstance(key, tuple) else (key,) for key in values]
        sides = [{key: at for at, key in enumerate(dict.fromkeys(side))} for side in zip(*keys, strict=True)]
        places = [_Places([int(self.book.value(key)) for key in side]) for side in sides]
        entries = [self.book.value(each) for each in values.values()]
        is_wide = self.is_wide and not isinstance(next(iter(values.values())), str)
        found = np.zeros([len(side) for side in sides], object if is_wide else np.int64)
        for key, entry in zip(keys, entries, strict=True):
            found[tuple(side[each] for side, each in zip(sides, key, strict=True))] = entry
        if all(isinstance(each, bool) for each in values.values()):
            found = found.astype(bool)
        if len(args) == 1:
            (only,), (of_key,) = args, places
            return lambda at: taken(found, of_key(only(at)))
        return lambda at: found[tuple(place(arg(at)) for place, arg in zip(places, args, strict=True))]

    def _highest(self, args: Sequence[Formula], order: Mapping[str, int] | None) -> Formula:
        """The greatest of the values whose tests hold; what stands last, if none does."""
        pairs, otherwise = list(zip(args[:-1:2], args[1::2], strict=True)), args[-1]
        ranks = self._ranks(order) if order is not None else None

        def found(at: Space) -> Column:
            best: Column = otherwise(at)
            has: Column = np.False_
            for test, value in pairs:
                holds, new = test(at), value(at)
                is_more = np.greater(new, best) if ranks is None else np.greater(_at(ranks, new), _at(ranks, best))
                best = chosen(holds & (np.logical_not(has) | is_more), new, best)
                has = has | holds
            return best

        return found

    # — the calendar —

    def _call(self, op: Op, args: Sequence[Formula]) -> Formula:
        if isinstance(op.value, Mapping):  # class(place): a table of the divisions
            return self._table(args, op.value)
        is_months = op.value == "months_between" and is_month(op.args[0], self.facts, self._months)
        return self._over(calendar.months_apart if is_months else calendar.FUNCTIONS[op.value], args)

    # — records and months —

    def _gathered(self, op: Op) -> Formula:
        if op.kind == "position":
            return self._position(op)
        if op.kind == "months":
            first, last = (self.formula(arg) for arg in op.args[:2])
            self._within_months += 1
            args = [self.formula(arg) for arg in op.args[2:]]
            self._within_months -= 1
            return self._within(op.value, args, lambda at: at.over_months(first(at), last(at), MONTHS_LIMIT))
        args = [self.formula(arg) for arg in op.args]
        self.used.add(op.value)
        return self._within(op.kind, args, lambda at: at.over_rows(op.value))

    def _within(self, kind: str, args: Sequence[Formula], inner: Callable[[Space], Space]) -> Formula:
        test, *rest = args

        def found(at: Space) -> Column:
            space = inner(at)
            kept = test(space)
            match kind:
                case "count":
                    return summed(np.asarray(kept, np.int64), space)
                case "sum":
                    return summed(chosen(kept, rest[0](space), 0), space)
                case "any":
                    return summed(np.asarray(np.logical_and(kept, rest[0](space)), np.int64), space) > 0
                case "all":
                    failed = np.logical_and(kept, np.logical_not(rest[0](space)))
                    return summed(np.asarray(failed, np.int64), space) == 0
                case _:
                    pick = np.minimum if kind == "least" else np.maximum
                    return picked(pick, rest[0](space), kept, rest[1](at), space)

        return found

    def _position(self, op: Op) -> Formula:
        """One more than the records before the one at hand that have its key and pass the test."""
        key, test = (self.formula(arg) for arg in op.args)
        stated = self._given(op.args[0]) if self._may_lack(op.args[0]) else None

        def found(at: Space) -> Column:
            rows = at.at_hand()
            counted = np.broadcast_to(np.asarray(test(rows), np.int64), rows.size)
            _, keys = np.unique(np.broadcast_to(key(rows), rows.size), return_inverse=True)
            if stated is not None:  # those without a key are alike, and like no other
                keys = 2 * keys + stated(rows)
            assert rows.index is not None
            order = np.lexsort((keys, rows.index))
            before = np.cumsum(counted[order]) - counted[order]
            here = rows.index[order], keys[order]
            is_first = np.ones(rows.size, bool)
            is_first[1:] = (here[0][1:] != here[0][:-1]) | (here[1][1:] != here[1][:-1])
            begun = np.maximum.accumulate(np.where(is_first, np.arange(rows.size), 0))
            places = np.empty(rows.size, np.int64)
            places[order] = before - before[begun] + 1
            return _down(places, rows, at)

        return found


class _Places:
    """Where each key of a side stands: a key is a small whole number. One that is none of them stands first."""

    def __init__(self, keys: Sequence[int]) -> None:
        self.least = min(keys)
        self.places = np.zeros(max(keys) - self.least + 1, np.int64)
        for place, key in enumerate(keys):
            self.places[key - self.least] = place

    def __call__(self, column: Column) -> Column:
        return self.places[np.clip(np.asarray(column).astype(np.int64) - self.least, 0, len(self.places) - 1)]


def _down(column: Column, space: Space, at: Space) -> Column:
    """A column of a space as it is in one within it."""
    if at is space:
        return column
    assert at.outer is not None and at.index is not None
    return taken(_down(column, space, at.outer), at.index)


def _at(ranks: NDArray[np.int64], places: Column) -> Column:
    """What stands at places of the book; of what is absent, anything."""
    return ranks[np.maximum(places, 0)]


def by_code(name: str, plain: Formula) -> Formula:
    """A formula that looks at one fact alone: where that has few texts, each of these is put in once for all pieces."""
    before: tuple[Column, Column] = None, None  # the texts, and what it gave for them

    def found(at: Space) -> Column:
        nonlocal before
        held = at.facts.get(name)
        if at.outer is not None or not isinstance(held, Held) or held.coded is None:
            return plain(at)
        texts, places = held.coded
        of, gave = before
        if of is not texts:
            gave = plain(Space(len(texts), {name: Held(texts)}))
            before = texts, gave
        return taken(gave, places.astype(np.intp))

    return found
