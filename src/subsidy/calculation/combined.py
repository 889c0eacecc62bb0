"""What counts of each member of a programme, and why. Sums are in fen, as bounds with both ends in.

In this order: a member is excluded where one that excludes it is paid; of the rest all are added, or the highest is
taken; what is beyond the cap is cut. All of this is about sums above zero. A sum below zero is money that a text takes
back, and nothing here forgives a debt: it is neither excluded nor cut, never competes to be the highest, and counts in
full beside what is paid. So the total is always what the members count, and never above the cap. Where a sum is open,
so is what rests on it: bounds are sound, not claimed tight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ..catalogue.programmes import ProgrammeDocument
from ..language.intervals import Interval

NOTHING = Interval(0, 0)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a member counts as it does. Not `is_sure`: only perhaps, because a sum that decides it is open."""

    kind: Literal["kept", "recovered", "excluded", "not_highest", "cut", "not_claimed"]
    by: str = ""
    clause: str = ""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Combined:
    """What counts of each member, why, and the total.

    `paid` and `taken_back` are what it is made from: after exclusions, before the highest is taken and the cap.
    """

    paid: Mapping[str, Interval]
    taken_back: Mapping[str, Interval]
    counts: Mapping[str, Interval]
    reasons: Mapping[str, tuple[Why, ...]]
    total: Interval


def combine(document: ProgrammeDocument, sums: Mapping[str, Interval]) -> Combined:
    """The total of a programme from the sums of the members that were claimed."""
    given = {member.name: sums.get(member.name, NOTHING) for member in document.members}
    taken_back = {name: Interval(min(0, each.low), min(0, each.high)) for name, each in given.items()}
    paid = {name: Interval(max(0, each.low), max(0, each.high)) for name, each in given.items()}
    reasons: dict[str, list[Why]] = {name: [] if name in sums else [Why("not_claimed")] for name in given}
    for name, each in given.items():
        if each.low < 0:
            reasons[name].append(Why("recovered", is_sure=each.high < 0))
    for name in in_order(document):
        for exclusion in document.exclusions:
            other = paid[exclusion.if_]
            if exclusion.then == name and other.high > 0 and paid[name].high > 0:
                reasons[name].append(Why("excluded", exclusion.if_, exclusion.clause, other.low > 0))
                paid[name] = NOTHING if other.low > 0 else Interval(0, paid[name].high)
    before = dict(paid)
    if document.programme.combine == "highest":
        total = _highest(document, paid, [name for name in sums if given[name].high >= 0], reasons)
    else:
        total = _sum(paid.values())
    if document.cap is not None:
        total = _capped(document, paid, reasons, total)
    kept = {name: tuple(why) or (Why("kept"),) for name, why in reasons.items()}
    counts = {name: _sum((paid[name], taken_back[name])) for name in given}
    return Combined(before, taken_back, counts, kept, _sum((total, *taken_back.values())))


def _sum(each: Iterable[Interval]) -> Interval:
    found = list(each)
    return Interval(sum(one.low for one in found), sum(one.high for one in found))


def in_order(document: ProgrammeDocument) -> list[str]:
    """The members, each after those that exclude it; shorter than the members where exclusions go in a circle."""
    waiting = [member.name for member in document.members]
    ordered: list[str] = []
    while waiting:
        free = [
            name
            for name in waiting
            if all(each.if_ in ordered for each in document.exclusions if each.then == name and each.if_ in waiting)
        ]
        if not free:
            return ordered
        ordered += free[:1]
        waiting.remove(free[0])
    return ordered


def _highest(
    document: ProgrammeDocument, counts: dict[str, Interval], claimed: Collection[str], reasons: Mapping[str, list[Why]]
) -> Interval:
    """Only the highest counts, the earlier of two that are equal."""
    before = dict(counts)
    names = [name for name in before if name in claimed]
    clause = document.programme.clause
    for index, name in enumerate(names):
        rivals = [(before[other], place < index) for place, other in enumerate(names) if place != index]
        is_sure = all(
            before[name].low > other.high if first else before[name].low >= other.high for other, first in rivals
        )
        may_be = all(
            before[name].high > other.low if first else before[name].high >= other.low for other, first in rivals
        )
        if not is_sure:
            reasons[name].append(Why("not_highest", "", clause, is_sure=not may_be))
            counts[name] = Interval(0, before[name].high) if may_be else NOTHING
    return Interval(max(each.low for each in before.values()), max(each.high for each in before.values()))


def _capped(
    document: ProgrammeDocument, counts: dict[str, Interval], reasons: Mapping[str, list[Why]], total: Interval
) -> Interval:
    """What is beyond the cap is taken from the last members, or from the first."""
    assert document.cap is not None
    cap = int(Fraction(document.cap.limit) * 100)
    least = most = 0  # of those before, which are served first
    for name in _served(list(counts), document.cap.cut):
        wanted = counts[name]
        counts[name] = Interval(min(wanted.low, max(0, cap - most)), min(wanted.high, max(0, cap - least)))
        least, most = least + counts[name].low, most + counts[name].high
        if counts[name] != wanted:
            is_sure = counts[name].high < wanted.low or (counts[name].is_point and wanted.is_point)
            reasons[name].append(Why("cut", "", document.cap.clause, is_sure))
    return Interval(min(cap, total.low), min(cap, total.high))


def _served(names: Sequence[str], cut: str) -> Sequence[str]:
    return names if cut == "last" else list(reversed(names))
