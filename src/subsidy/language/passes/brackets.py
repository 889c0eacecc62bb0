"""Brackets: classes of a number, without a hole and without an overlap."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from ...catalogue import documents as d
from ...catalogue.positions import Path
from ...exact import parse_share, show
from ...text import Text
from .. import program as p
from ..types import Choice
from ..work import KINDS, Work


def bracket_(work: Work, path: Path, name: str, bracket: d.Bracket) -> p.Bracket:
    """A bracket with its classes in base units; every class begins where the one before it ends."""
    unit, scale = work.stated_unit(bracket.of, (*path, "of"))
    step = parse_share(bracket.step) if bracket.step is not None else None
    if step is not None and step <= 0:
        work.problem("P0312", (*path, "step"), given=str(bracket.step))
        step = None
    classes: list[p.Class] = []
    for number, row in enumerate(bracket.rows):
        here = (*path, "rows", number)
        if row.name in {each.name for each in classes}:
            work.problem("P0302", (*here, "name"), given=row.name, other=KINDS["bracket"])
        classes.append(_class(work, here, row, step))
    for number, (one, two) in enumerate(pairwise(classes), start=1):
        if not (_is_odd(one, step) or _is_odd(two, step)):  # that was reported
            _meet(work, (*path, "rows", number), one, two, step)
    choice = Choice(name, tuple(each.name for each in classes), True, {row.name: row.label for row in bracket.rows})
    if name in work.choices or name in work.vocabulary.choices:
        work.key_problem("P0302", path, given=name, other=KINDS["list"])
    work.choices[name] = choice
    counted = tuple(
        p.Class(each.name, _times(each.low, scale), each.low_in, _times(each.high, scale), each.high_in)
        for each in classes
    )
    return p.Bracket(name, bracket.label, bracket.clause, unit, choice, _times(step, scale), counted)


def _class(work: Work, path: Path, row: d.BracketRow, step: Fraction | None) -> p.Class:
    ends: list[tuple[Fraction | None, bool]] = []
    for keys in (("from_", "from_out"), ("to_in", "to")):  # the first of each is in, the second out
        given = [key for key in keys if getattr(row, key) is not None]
        if len(given) > 1:
            names = Text(*[", ".join(key.rstrip("_") for key in given)] * 2)
            work.problem("P0317", path, given=names, wanted=" / ".join(key.rstrip("_") for key in keys))
        end = parse_share(getattr(row, given[0])) if given else None
        if end is not None and step is not None and end % step:
            work.problem("P0327", (*path, given[0].rstrip("_")), given=show(end), step=show(step))
        ends.append((end, given[:1] == [keys[0]]))
    (low, low_in), (high, high_in) = ends
    found = p.Class(row.name, low, low_in, high, high_in)
    if low is not None and high is not None and _is_empty(found):
        work.problem("P0328", path, name=row.name, low=show(low), high=show(high))
    return found


def _is_empty(each: p.Class) -> bool:
    if each.low is None or each.high is None:
        return False
    return each.low > each.high or (each.low == each.high and not (each.low_in and each.high_in))


def _is_odd(each: p.Class, step: Fraction | None) -> bool:
    """Whether a class is none in itself, so that how it meets others says nothing."""
    ends = [end for end in (each.low, each.high) if end is not None and step is not None]
    return _is_empty(each) or any(end % step for end in ends if step is not None)


def _meet(work: Work, path: Path, one: p.Class, two: p.Class, step: Fraction | None) -> None:
    """The second class takes up where the first one ends: at the same figure, or at the next multiple of the step."""
    if one.high is None or two.low is None:
        work.problem("P0329", path, one=one.name, two=two.name, low="–∞", high="∞")
        return
    last, first = one.high, two.low
    if step is not None:  # the last value of one, the first of two
        last = last if one.high_in else last - step
        first = first if two.low_in else first + step
        meets, overlaps = first - last == step, first <= last
    else:
        meets, overlaps = (
            last == first and one.high_in is not two.low_in,
            first < last or (first == last and one.high_in and two.low_in),
        )
    if overlaps:
        work.problem("P0329", path, one=one.name, two=two.name, low=show(two.low), high=show(one.high))
    elif not meets:
        work.problem("P0330", path, one=one.name, two=two.name, low=show(one.high), high=show(two.low))


def _times(value: Fraction | None, scale: Fraction) -> Fraction | None:
    return None if value is None else value * scale
