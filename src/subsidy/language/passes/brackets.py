"""Brackets: classes of a number, without a hole and without an overlap."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from ...catalogue import documents as d
from ...catalogue.positions import Path
from ...errors import Hint
from ...exact import parse_share, show
from ...text import Text, plain
from .. import program as p
from ..beside import FIRST, at, stated
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
            first = next(index for index, each in enumerate(classes) if each.name == row.name)
            also = at(work, (*path, "rows", first, "name"), FIRST)
            work.problem("P0302", (*here, "name"), also=also, given=row.name, other=KINDS["bracket"])
        classes.append(_class(work, here, row, step))
    for number, (one, two) in enumerate(pairwise(classes), start=1):
        if not (_is_odd(one, step) or _is_odd(two, step)):  # that was reported
            _meet(work, path, number, one, two, step)
    names = tuple(each.name for each in classes)
    if len({*names}) < len(names):
        names = ()  # a class is lacking, which was said
    choice = Choice(name, names, True, {row.name: row.label for row in bracket.rows})
    if name in work.choices or name in work.vocabulary.choices:
        also = stated(work, name, FIRST)
        work.key_problem("P0302", path, also=also, given=name, other=KINDS["list"])
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
            here, below = (*path, given[0].rstrip("_")), end // step * step
            advice = Text(f"改为 {show(below)} 或 {show(below + step)}", f"write {show(below)} or {show(below + step)}")
            also = at(work, (*path[:2], "step"))
            work.problem("P0327", here, also=also, given=show(end), step=show(step), hint=advice)
        ends.append((end, given[:1] == [keys[0]]))
    (low, low_in), (high, high_in) = ends
    found = p.Class(row.name, low, low_in, high, high_in)
    if low is not None and high is not None and _is_empty(found):
        same = Text("两端都含时写 from 与 to_in", "where both ends are in, write from and to_in")
        advice = Text("两端对调", "exchange its ends") if low > high else same
        work.problem("P0328", path, name=row.name, low=show(low), high=show(high), hint=advice)
    return found


def _is_empty(each: p.Class) -> bool:
    if each.low is None or each.high is None:
        return False
    return each.low > each.high or (each.low == each.high and not (each.low_in and each.high_in))


def _is_odd(each: p.Class, step: Fraction | None) -> bool:
    """Whether a class is none in itself, so that how it meets others says nothing."""
    ends = [end for end in (each.low, each.high) if end is not None and step is not None]
    return _is_empty(each) or any(end % step for end in ends if step is not None)


def _meet(work: Work, bracket: Path, number: int, one: p.Class, two: p.Class, step: Fraction | None) -> None:
    """The second class takes up where the first one ends: at the same figure, or at the next multiple of the step."""
    path = (*bracket, "rows", number)
    also = at(work, (*bracket, "rows", number - 1), plain(one.name))
    if one.high is None or two.low is None:
        low, high = ("–∞" if end is None else show(end) for end in (two.low, one.high))
        high = "∞" if one.high is None else high
        advice = _ends_between(one, two)
        work.problem("P0329", path, also=also, one=one.name, two=two.name, low=low, high=high, **advice)
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
        low, high = show(two.low), show(one.high)
        advice = _shared_end(one, two) if last == first else {}
        work.problem("P0329", path, also=also, one=one.name, two=two.name, low=low, high=high, **advice)
    elif not meets:
        low, high = show(one.high), show(two.low)
        advice = _closing(one, two, step)
        work.problem("P0330", path, also=also, one=one.name, two=two.name, low=low, high=high, **advice)


def _ends_between(one: p.Class, two: p.Class) -> Hint:
    """The ends that are missing between two classes."""
    zh, en = [], []
    if one.high is None:
        end = "to_in" if two.low is not None and not two.low_in else "to"
        figure = "…" if two.low is None else show(two.low)
        zh.append(f'在 {one.name} 中写 {end} = "{figure}"')
        en.append(f'write {end} = "{figure}" in {one.name}')
    if two.low is None:
        end = "from_out" if one.high is not None and one.high_in else "from"
        figure = "…" if one.high is None else show(one.high)
        zh.append(f'在 {two.name} 中写 {end} = "{figure}"')
        en.append(f'write {end} = "{figure}" in {two.name}')
    return {"hint": Text("，".join(zh), ", ".join(en))}


def _shared_end(one: p.Class, two: p.Class) -> Hint:
    """What to write where one figure is in both classes."""
    assert one.high is not None
    end = show(one.high)
    first, second = f'to = "{end}"', f'from_out = "{end}"'
    zh = f"{end} 属于 {two.name} 的，在 {one.name} 中写 {first}；属于 {one.name} 的，在 {two.name} 中写 {second}"
    en = f"if {end} is in {two.name}, write {first} in {one.name}; if in {one.name}, {second} in {two.name}"
    return {"hint": Text(zh, en)}


def _closing(one: p.Class, two: p.Class, step: Fraction | None) -> Hint:
    """What closes the hole between two classes: the end of either, or that only whole numbers are classified."""
    assert one.high is not None and two.low is not None
    begin = "from_out" if one.high_in else "from"
    finish = "to" if two.low_in else "to_in"
    zh = f'在 {two.name} 中写 {begin} = "{show(one.high)}"，或在 {one.name} 中写 {finish} = "{show(two.low)}"'
    en = f'write {begin} = "{show(one.high)}" in {two.name}, or {finish} = "{show(two.low)}" in {one.name}'
    if step is None and two.low - one.high == 1 and one.high_in and two.low_in:
        return {"hint": Text(f'{zh}；只取整数时写 step = "1"', f'{en}; for whole numbers write step = "1"')}
    return {"hint": Text(zh, en)}


def _times(value: Fraction | None, scale: Fraction) -> Fraction | None:
    return None if value is None else value * scale
