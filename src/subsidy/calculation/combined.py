"""What counts of each member of a programme, and why. Sums are in fen, as bounds with both ends in.

In this order: a member is excluded where one that excludes it is paid; of the rest all are added, or the highest is
taken; what is beyond the cap is cut. Where a sum is open, so is what rests on it: bounds are sound, not claimed tight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ..catalogue.programmes import ProgrammeDocument
from ..language.bounds import Interval

NOTHING = Interval(0, 0)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a member counts as it does. Not `is_sure`: only perhaps, because a sum that decides it is open."""

    kind: Literal["kept", "excluded", "not_highest", "cut", "not_claimed"]
    by: str = ""
    clause: str = ""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Combined:
    """What counts of each member, why, and the total."""

    counts: Mapping[str, Interval]
    reasons: Mapping[str, tuple[Why, ...]]
    total: Interval


def combine(document: ProgrammeDocument, sums: Mapping[str, Interval]) -> Combined:
    """The total of a programme from the sums of the members that were claimed; none of them is below zero."""
    names = [member.name for member in document.members]
    counts = {name: sums.get(name, NOTHING) for name in names}
    reasons: dict[str, list[Why]] = {name: [] if name in sums else [Why("not_claimed")] for name in names}
    for name in in_order(document):
        for exclusion in document.exclusions:
            other = counts[exclusion.if_]
            if exclusion.then == name and other.high > 0 and counts[name].high > 0:
                reasons[name].append(Why("excluded", exclusion.if_, exclusion.clause, other.low > 0))
                counts[name] = NOTHING if other.low > 0 else Interval(0, counts[name].high)
    if document.programme.combine == "highest":
        total = _highest(document, counts, reasons)
    else:
        total = Interval(sum(each.low for each in counts.values()), sum(each.high for each in counts.values()))
    if document.cap is not None:
        total = _capped(document, counts, reasons, total)
    kept = {name: tuple(why) or (Why("kept"),) for name, why in reasons.items()}
    return Combined(counts, kept, total)


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


def _highest(document: ProgrammeDocument, counts: dict[str, Interval], reasons: Mapping[str, list[Why]]) -> Interval:
    """Only the highest counts, the earlier of two that are equal."""
    before = dict(counts)
    names = [name for name in before if Why("not_claimed") not in reasons[name]]
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
