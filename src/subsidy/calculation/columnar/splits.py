"""Splitting columns of sums between payers, as `answers.split_in_all` does it with one sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

import numpy as np

from ...language import program as p
from ...language.lowering import Op, over
from ..runner import FEN
from .kernel import Formula
from .numbers import chosen, divided
from .spaces import Column, Space

Split = Callable[[Column, Space], list[Column]]  # of sums in fen
Stated = Callable[[Column, Space], Column]  # a share of a sum in fen, rounded half up
Make = tuple[Callable[[p.Node], Op], Callable[[Op], Formula]]


def split_of(part: p.Part, make: Make) -> Split:
    """What each payer pays of a part: where it comes in instalments, the sum of what is paid of each."""
    between = _between(part, make)
    if not part.instalments:
        return between
    lowered, formula = make
    there = [None if each.when is None else formula(lowered(each.when)) for each in part.instalments]
    stated = [_stated(each.share, each.value, make) for each in part.instalments]
    named = next((index for index, each in enumerate(part.instalments) if each.remainder), None)

    def found(total: Column, at: Space) -> list[Column]:
        exist = [np.True_ if each is None else each(at) for each in there]
        takes = _takers(exist, named)
        size = left = np.abs(total)
        sums: list[Column] = []
        for each, exists, takes_rest in zip(stated, exist, takes, strict=True):
            part_ = chosen(np.logical_or(takes_rest, np.logical_not(exists)), 0, np.minimum(each(size, at), left))
            left = left - part_
            sums.append(part_)
        sums = [chosen(takes_rest, left, each) for each, takes_rest in zip(sums, takes, strict=True)]
        shares = [between(chosen(total < 0, -each, each), at) for each in sums]
        return [sum(payer[1:], payer[0]) for payer in zip(*shares, strict=True)]

    return found


def _takers(exist: Sequence[Column], named: int | None) -> list[Column]:
    """Which instalment takes what rounding leaves: of those that exist, the one that says so, or the last."""
    by_name: Column = exist[named] if named is not None else np.False_
    found: list[Column] = []
    behind: Column = np.False_
    for index in reversed(range(len(exist))):
        is_last = np.logical_and(exist[index], np.logical_not(behind))
        found.append(np.where(by_name, index == named, is_last))
        behind = np.logical_or(behind, exist[index])
    return found[::-1]


def _stated(share: p.Node | None, value: p.Node | None, make: Make) -> Stated:
    """A percentage of a sum, or a sum of its own; nothing for what takes the rest."""
    lowered, formula = make
    if share is not None:
        op = lowered(share)
        percent = formula(op)
        return lambda size, at: divided(size * percent(at), op.denominator, "half_up")
    if value is not None:
        fen = formula(lowered(p.Round(value.type, value.span, value, Fraction(1, FEN), "half_up")))
        return lambda _, at: fen(at)
    return lambda _, __: 0


def _between(part: p.Part, make: Make) -> Split:
    """A sum between payers."""
    if len(part.shares) == 1 and part.shares[0].value is None:
        return lambda total, _: [total]
    if not any(share.residual for share in part.shares):
        return _by_largest_remainder(part, make)
    stated = [_stated(share.percent, share.value, make) for share in part.shares]
    rest = next(index for index, share in enumerate(part.shares) if share.residual)

    def found(total: Column, at: Space) -> list[Column]:
        left = size = np.abs(total)
        sums: list[Column] = []
        for each in stated:
            sums.append(np.minimum(each(size, at), left))
            left = left - sums[-1]
        sums[rest] = left
        return [chosen(total < 0, -each, each) for each in sums]

    return found


def _by_largest_remainder(part: p.Part, make: Make) -> Split:
    """Each percentage rounded down, the rest to the largest remainders; ties go to the earlier payer."""
    lowered, formula = make
    ops = [lowered(share.percent) for share in part.shares if share.percent is not None]
    common = lcm(*(op.denominator for op in ops))
    percents = [formula(over(op, common)) for op in ops]

    def found(total: Column, at: Space) -> list[Column]:
        size = np.abs(total)
        exact = [np.broadcast_to(size * percent(at), np.shape(size)) for percent in percents]
        whole = np.stack([each // common for each in exact])
        rests = np.stack([each - part_ * common for each, part_ in zip(exact, whole, strict=True)])
        order = np.argsort(-rests, axis=0, kind="stable")
        is_more = np.arange(len(percents)).reshape(-1, *[1] * np.ndim(size)) < size - whole.sum(axis=0)
        more = np.zeros(whole.shape, np.int64)
        np.put_along_axis(more, order, is_more.astype(np.int64), axis=0)
        whole = whole + more
        return [chosen(total < 0, -each, each) for each in whole]

    return found
