"""A sum split to the fen: by percentages, by sums, and what is left to the one who takes the rest."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .amounts import Number
from .reckoning import rounded

_NIL, _FEN = Fraction(0), Fraction(1, 100)


@dataclass(frozen=True)
class Piece:
    """By what a piece of a sum is found: a part of the whole, a sum, or what others leave."""

    share: Number | None
    value: Number | None
    is_own: bool = False
    is_rest: bool = False


def shares(of: tuple[Fraction, Fraction], by: list[Piece]) -> list[tuple[Fraction, Fraction]]:
    """What each bears; of an open sum the ends between which it lies."""
    if len(by) < 2:
        return [of] * len(by)
    low, high = of
    if low != high or any(
        (each.share and not each.share.is_known) or (each.value and not each.value.is_known) for each in by
    ):
        return [_bounds(of, each) for each in by]
    found = _with_rest(low, by) if any(each.is_rest for each in by) else _by_remainder(low, by)
    return [(each, each) for each in found]


def instalments(of: tuple[Fraction, Fraction], by: list[Piece], absent: list[bool]) -> list[tuple[Fraction, Fraction]]:
    """Each instalment that exists, one of them taking what is left: the one that says so, or the last."""
    if of[0] != of[1]:
        return [(_NIL, _NIL) if gone else (min(of[0], _NIL), max(of[1], _NIL)) for gone in absent]
    there = [index for index, gone in enumerate(absent) if not gone]
    marked = [index for index in there if by[index].is_rest] or there[-1:]
    zero = Number(Fraction(0), Fraction(0))
    found = [
        Piece(None, None, is_rest=True) if index == marked[0] else Piece(zero, None) if absent[index] else each
        for index, each in enumerate(by)
    ]
    return [(each, each) for each in _with_rest(of[0], found)]


def _bounds(of: tuple[Fraction, Fraction], piece: Piece) -> tuple[Fraction, Fraction]:
    if piece.share is None:
        return min(of[0], _NIL), max(of[1], _NIL)
    ends = [end * share for end in of for share in (piece.share.low, piece.share.high)]
    return rounded(min(ends), "floor", _FEN), rounded(max(ends), "ceil", _FEN)


def _with_rest(whole: Fraction, by: list[Piece]) -> list[Fraction]:
    sign, left = (-1, -whole) if whole < 0 else (1, whole)
    size, found = left, list[Fraction]()
    for each in by:
        stated = (
            Fraction(0)
            if each.is_rest
            else size * each.share.low
            if each.share
            else each.value.low
            if each.value
            else Fraction(0)
        )
        paid = min(rounded(stated, "half_up", _FEN), left)
        left -= paid
        found.append(paid)
    return [sign * (left if each.is_rest else paid) for each, paid in zip(by, found, strict=True)]


def _by_remainder(whole: Fraction, by: list[Piece]) -> list[Fraction]:
    sign, size = (-1, -whole) if whole < 0 else (1, whole)
    wanted = [size * each.share.low if each.share else Fraction(0) for each in by]
    found = [rounded(each, "floor", _FEN) for each in wanted]
    while sum(found) < size:
        rests = [a - b for a, b in zip(wanted, found, strict=True)]
        if max(rests) <= 0:
            break
        found[rests.index(max(rests))] += _FEN
    return [sign * each for each in found]
