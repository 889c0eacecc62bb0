"""What was said of how a roster is read, and does nothing there: it is refused, lest somebody rely on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import Problem
from ..language.types import Number
from ..text import Text
from .grid import Csv, Grid
from .header import Header
from .roster import Head
from .titles import Titles
from .words import key


def idle(option: str, given: object, why: Text) -> Problem:
    """An option that does nothing."""
    return Problem.of("R0785", option, given=str(given), why=why)


def of_parquet(options: Mapping[str, Any]) -> Iterator[Problem]:
    """Options that are about sheets and were given of a Parquet file.

    Args:
        options: by the name of the parameter; None or nothing where one was not given.
    """
    why = Text(
        "Parquet 的列以事实的名称或标签命名，数已按事实的单位，照原样读",
        "of Parquet, columns are named as facts, and figures are in their units and read as they are",
    )
    for name, value in options.items():
        every = [f"{header}={fact}" for header, fact in value.items()] if isinstance(value, Mapping) else value
        for each in every if isinstance(every, list | tuple) else [every]:
            if each is not None:
                yield idle(f"--{name.replace('_', '-')}", each, why)


def of_sheet(
    grid: Grid,
    titles: Titles,
    header: Header,
    heads: Sequence[Head],
    *,
    sheet: str | None,
    year: int | None,
    months_of: str | None,
    zeros: Sequence[str],
) -> Iterator[Problem]:
    """Options that nothing of a sheet or a CSV answers to."""
    if sheet is not None and isinstance(grid, Csv):
        yield idle("--sheet", sheet, Text("CSV 没有工作表", "a CSV has no sheets"))
    if not header.months:
        why = Text("表头没有几个按月的列", "the header has no columns of months")
        if year is not None:
            yield idle("--year", year, why)
        if months_of is not None:
            yield idle("--months-of", months_of, why)
    elif year is not None and not {None, year} & {own for own, _ in header.months.values()}:
        yield idle("--year", year, Text("按月的列都写明了别的年份", "every column of a month says another year"))
    seen = {key(text) for each in grid.top for text in each if isinstance(text, str)}
    seen |= {key(each.text) for each in header.heads} | titles.asked
    for text, name in titles.own.items():
        if text not in seen:
            listed = [each.text for each in header.heads]
            why = Text(f"名单的列是：{'、'.join(listed)}", f"the columns of the roster are: {', '.join(listed)}")
            yield idle("--column", f"{text}={name}", why)
    yield from _zeros(titles, heads, zeros)


def _zeros(titles: Titles, heads: Sequence[Head], zeros: Sequence[str]) -> Iterator[Problem]:
    stated = {each.fact: each for each in heads if each.fact}
    for name in zeros:
        fact = titles.facts[name]
        if not isinstance(fact.type, Number):
            yield idle("--blank-is-zero", name, Text(f"{fact.label.zh}不是数", f"{fact.label.en} is no number"))
        elif name not in stated:
            why = Text(f"名单没有{fact.label.zh}这一列", f"the roster has no column of {fact.label.en}")
            yield idle("--blank-is-zero", name, why)
        elif stated[name].month:
            why = Text("按月的列，空着的月份没有申报", "where a month has a column, a blank is no claim")
            yield idle("--blank-is-zero", name, why)


def of_unit(unit: str, titles: Titles, heads: Sequence[Head]) -> Problem:
    """A unit that is that of no column."""
    numbers = [each for each in heads if each.fact and isinstance(titles.fact(each.fact).type, Number)]
    if any(key(unit) in titles.units(each.fact) for each in numbers):
        return idle("--unit", unit, Text("各列的表头都写明了单位", "every header says its unit"))
    symbols = [titles.fact(each.fact) for each in numbers]
    zh = "、".join(f"{each.label.zh}：{each.symbol.zh or '无单位'}" for each in symbols)
    en = ", ".join(f"{each.label.en}: {each.symbol.en or 'no unit'}" for each in symbols)
    return idle("--unit", unit, Text(f"不是哪一列的单位；{zh}", f"it is the unit of no column; {en}"))
