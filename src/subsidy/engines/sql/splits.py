"""Splitting a sum between payers, as `calculation.columnar.splits` does it with columns of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

from ...calculation.runner import FEN
from ...language import program as p
from ...language.lowering import Op, over
from . import words as w
from .formulas import Emitter
from .words import Sql

Lowered = Callable[[p.Node], Op]


def split(part: p.Part, total: Sql, lowered: Lowered, emitter: Emitter) -> list[Sql]:
    """What each payer pays of a sum of a part, in fen."""
    if len(part.shares) == 1 and part.shares[0].value is None:
        return [total]
    size = _size(total)
    residual = any(share.residual for share in part.shares)
    sums = _in_turn(part, size, lowered, emitter) if residual else _by_largest_remainder(part, size, lowered, emitter)
    return [_signed(each, total) for each in sums]


def _size(total: Sql) -> Sql:
    return w.chosen(w.compared("<", total, w.big(0)), w.negated(total), total)


def _signed(size: Sql, like: Sql) -> Sql:
    return w.chosen(w.compared("<", like, w.big(0)), w.negated(size), size)


class Instalments:
    """The sums of a part that comes in instalments: each in turn, no more than is left, and what is left to one.

    Args:
        total: the sum of the part.
        before: the columns of the instalments before one, without what is left.
    """

    def __init__(self, part: p.Part, total: Sql, lowered: Lowered, emitter: Emitter) -> None:
        self.part, self.total, self.lowered, self.emitter = part, total, lowered, emitter
        self._exist = [
            w.truth(True) if each.when is None else emitter.formula(lowered(each.when)) for each in part.instalments
        ]
        self._named = next((place for place, each in enumerate(part.instalments) if each.remainder), None)

    def stated(self, place: int, before: Sequence[Sql]) -> Sql:
        """What an instalment says of itself: nothing, where it does not exist or takes what is left."""
        each = self.part.instalments[place]
        size = _size(self.total)
        own = _stated(each.share, each.value, size, self.lowered, self.emitter)
        none = w.either([self._takes(place), w.denied(self._exist[place])])
        return w.chosen(none, w.big(0), w.least([own, _less(size, before)]))

    def sum(self, place: int, stated: Sequence[Sql]) -> Sql:
        """What an instalment comes to."""
        left = _less(_size(self.total), stated)
        return _signed(w.chosen(self._takes(place), left, stated[place]), self.total)

    def _takes(self, place: int) -> Sql:
        """Whether it takes what rounding leaves: the one that says so, or the last of those that exist."""
        later = w.either(self._exist[place + 1 :])
        is_last = w.both([self._exist[place], w.denied(later)])
        if self._named is None:
            return is_last
        return w.chosen(self._exist[self._named], w.truth(place == self._named), is_last)


def _less(size: Sql, sums: Sequence[Sql]) -> Sql:
    left = size
    for each in sums:
        left = w.minus(left, each)
    return left


def _stated(share: p.Node | None, value: p.Node | None, size: Sql, lowered: Lowered, emitter: Emitter) -> Sql:
    """A percentage of a sum, or a sum of its own; nothing for what takes the rest."""
    if share is not None:
        op = lowered(share)
        return emitter.rounded(w.times(size, emitter.formula(op)), op.denominator, "half_up")
    if value is not None:
        return emitter.formula(lowered(p.Round(value.type, value.span, value, Fraction(1, FEN), "half_up")))
    return w.big(0)


def _in_turn(part: p.Part, size: Sql, lowered: Lowered, emitter: Emitter) -> list[Sql]:
    """Each percentage or sum in turn, no more than is left; the rest to the one that takes it."""
    sums: list[Sql] = []
    left = size
    for share in part.shares:
        sums.append(w.least([_stated(share.percent, share.value, size, lowered, emitter), left]))
        left = w.minus(left, sums[-1])
    rest = next(place for place, share in enumerate(part.shares) if share.residual)
    sums[rest] = left
    return sums


def _by_largest_remainder(part: p.Part, size: Sql, lowered: Lowered, emitter: Emitter) -> list[Sql]:
    """Each percentage rounded down, the rest to the largest remainders; ties go to the earlier payer."""
    ops = [lowered(share.percent) for share in part.shares if share.percent is not None]
    common = lcm(*(op.denominator for op in ops))
    exact = [w.times(size, emitter.formula(over(op, common))) for op in ops]
    floors = [emitter.dialect.divided(each, w.big(common)) for each in exact]
    rests = [w.minus(each, w.times(floor, w.big(common))) for each, floor in zip(exact, floors, strict=True)]
    over_all = size
    for floor in floors:
        over_all = w.minus(over_all, floor)
    return [
        w.plus(floor, w.chosen(w.compared("<", _before(place, rests), over_all), w.big(1), w.big(0)))
        for place, floor in enumerate(floors)
    ]


def _before(place: int, rests: Sequence[Sql]) -> Sql:
    """How many remainders stand before one."""
    found = w.big(0)
    for other, rest in enumerate(rests):
        if other != place:
            sign = ">=" if other < place else ">"
            found = w.plus(found, w.chosen(w.compared(sign, rest, rests[place]), w.big(1), w.big(0)))
    return found
