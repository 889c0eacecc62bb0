"""Splitting a sum between payers, as `calculation.columnar.splits` does it with columns of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

from ...calculation.runner import FEN
from ...language import program as p
from ...language.lowering import Op, over
from ...text import Text
from . import words as w
from .formulas import Emitter, unsaid
from .words import Sql

Lowered = Callable[[p.Node], Op]
INSTALMENTS = Text("分期支付（instalments）", "instalments")


def split(part: p.Part, total: Sql, lowered: Lowered, emitter: Emitter) -> list[Sql]:
    """What each payer pays of a part, in fen.

    Raises:
        RequestError: the engine cannot say it.
    """
    if part.instalments:
        raise unsaid(INSTALMENTS, emitter.dialect)
    if len(part.shares) == 1 and part.shares[0].value is None:
        return [total]
    size = w.chosen(w.compared("<", total, w.big(0)), w.negated(total), total)
    residual = any(share.residual for share in part.shares)
    sums = _stated(part, size, lowered, emitter) if residual else _by_largest_remainder(part, size, lowered, emitter)
    return [w.chosen(w.compared("<", total, w.big(0)), w.negated(each), each) for each in sums]


def _stated(part: p.Part, size: Sql, lowered: Lowered, emitter: Emitter) -> list[Sql]:
    """Each percentage or sum in turn, no more than is left; the rest to the one that takes it."""
    sums: list[Sql] = []
    left = size
    for share in part.shares:
        if share.residual:
            sums.append(w.big(0))
            continue
        if share.percent is not None:
            op = lowered(share.percent)
            own = emitter.rounded(w.times(size, emitter.formula(op)), op.denominator, "half_up", is_positive=True)
        else:
            assert share.value is not None
            value = p.Round(share.value.type, share.value.span, share.value, Fraction(1, FEN), "half_up")
            own = emitter.formula(lowered(value))
        sums.append(w.least([own, left]))
        left = w.minus(left, sums[-1])
    rest = next(index for index, share in enumerate(part.shares) if share.residual)
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
