"""`subsidy table what-if`: one roster under two rules. What it says is a simulation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import Problem, RequestError
from ..extras import needs
from ..text import Language, Text
from . import completion, facts
from .calculate import Readings
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Known, Lang, catalogue_of, day
from .output import both, pick, place_data, problem_data, reports, say, show_json, show_table, warn
from .rosters import (
    BlankIsZero,
    Carried,
    Columns,
    HeaderRow,
    Ignored,
    MonthsOf,
    Reading,
    RosterEncoding,
    SheetName,
    Unit,
    Year,
    columns_of,
)
from .table_calculate import PolicyName, RosterFile, Threads, VersionName
from .table_rosters import notes_of, opener, stopped, threads_of
from .watching import watching

if TYPE_CHECKING:
    from ..calculation.policy import Policy
    from ..sheets.roster import Roster
    from ..tables.what_if import Side, WhatIf

_SHOWN = 20  # rows with problems that are printed; JSON has more of them

Against = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="POLICY",
        autocompletion=completion.policies,
        help="另一项政策，缺省为同一项 · the policy to compare with; the same one unless given",
    ),
]
AgainstVersion = Annotated[
    str | None,
    typer.Option(
        "--against-version",
        metavar="YYYY-MM-DD",
        help="比较的版本，不论其适用期 · the version to compare with, whatever its time",
    ),
]
On = Annotated[
    dt.date | None,
    typer.Option("--on", metavar="YYYY-MM-DD", parser=day, help="按该日适用的版本 · under the version of that day"),
]
AgainstOn = Annotated[
    dt.date | None,
    typer.Option(
        "--against-on",
        metavar="YYYY-MM-DD",
        parser=day,
        help="与该日适用的版本比较 · compare with the version of that day",
    ),
]
AgainstReadings = Annotated[
    list[str] | None,
    typer.Option(
        "--against-reading",
        metavar="NAME=VALUE",
        autocompletion=completion.readings,
        help="比较的口径；可重复 · a reading to compare with; may be repeated",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=FIGURE",
        help="改动标准，如 rate=350，表的一格如 rate.disabled=350；可重复 · change a parameter, "
        "such as rate=350, or a cell of a table, such as rate.disabled=350; may be repeated",
    ),
]
Grouped = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="COLUMN",
        help="按 payer（承担）、month（月份）或一列汇总，缺省前两者；可重复 · "
        "put together by payer, by month, or by a column; the first two unless given; may be repeated",
    ),
]
Why = Annotated[bool, typer.Option("--why", help="指明各行最先不同的步骤 · name the first step of a row that differs")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="报告 .xlsx、.html，或各行 .csv、.parquet · a report as .xlsx or .html, or the rows as .csv or .parquet",
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="差额的图，.png 或 .svg · a drawing of the differences, .png or .svg"),
]


@reports
def what_if(
    roster: RosterFile,
    policy: PolicyName,
    against: Against = None,
    version: VersionName = None,
    against_version: AgainstVersion = None,
    on: On = None,
    against_on: AgainstOn = None,
    readings: Readings = None,
    against_readings: AgainstReadings = None,
    figures: Set = None,
    group: Grouped = None,
    why: Why = False,
    out: Out = None,
    plot: Plot = None,
    known: Known = None,
    sheet: SheetName = None,
    header_row: HeaderRow = None,
    encoding: RosterEncoding = "utf-8",
    ignore: Ignored = None,
    carry: Carried = None,
    column: Columns = None,
    unit: Unit = None,
    year: Year = None,
    months_of: MonthsOf = None,
    blank_is_zero: BlankIsZero = None,
    threads: Threads = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """假如：同一名单，另一规定（模拟） · what if: one roster under another rule (a simulation).

    两项政策、两个版本、不同口径，或改动标准：合计、分组、逐行的差额。改动标准的文本重新编译，全部证明重做；
    证明不成立的，照编译器的报告退回。金额未定的，比较下限与下限、上限与上限。结果是模拟，不作为支付依据。

    Two policies, two versions, other readings, or changed parameters: the difference in total, by group, by row. A
    text with a changed parameter is compiled anew and proved anew; where a proof fails, the report of the compiler
    says so. Where a sum is open, lower bounds are compared with lower ones and upper with upper. All of it is a
    simulation: nothing may be paid from it.

    退出码 1：有的行有问题，未计入。 Exit code 1: rows with problems are left out.
    """
    reading = Reading(
        roster, sheet=sheet, header_row=header_row, encoding=encoding, ignored=ignore or (), carried=carry or (),
        columns=columns_of(column or ()), unit=unit, year=year, months_of=months_of,
        blank_is_zero=blank_is_zero or (),
    )  # fmt: skip
    given = _sides(policy, against, readings, against_readings)
    changed = _figures(figures or ())
    with needs("tables"):
        from ..tables import what_if as comparing
        from ..tables.dating import Picking, dated
        from ..tables.opening import beside, reads_alike
        from ..tables.supposing import supposed_each, version_of
        from ..tables.target import check_target
        from ..tables.what_if_files import check_form, writing
    if out is not None:
        check_form(out, roster)
    if plot is not None:
        check_target(plot, roster)
    draw = _drawer(plot)
    catalogue, open_ = catalogue_of(policies, adoptions), opener(reading)
    own = Picking(catalogue, policy, known)
    theirs = own if against is None else Picking(catalogue, against, known)

    def opened(versions: Sequence[Policy], carried: Sequence[str] | None = None) -> Roster:
        return beside(open_, versions, (own if versions[0].id == theirs.latest.id else theirs).versions(), carried)

    def side(of: Picking, name: str | None, at: dt.date | None) -> Roster:
        """A roster under the version that is named, or under those of its own days."""
        if name is not None or at is not None:
            return opened([version_of(catalogue, of.latest.id, name, at, known)])
        return dated(opened, of)

    first = side(own, version, on)
    second = first
    if against is not None or against_version is not None or against_on is not None:
        second = side(theirs, against_version, against_on)
    one, (other, changes) = first.versions, supposed_each(second.versions, changed)
    is_dated = second.pick is not None
    if _rules(one) == _rules(other) and given[0] == given[1] and is_dated == (first.pick is not None):
        raise RequestError(Problem.of("R0778"))
    if reads_alike(one, other) and (second.pick is first.pick or not is_dated):
        second = first
    elif changes and not reads_alike(second.versions, other):
        second, pick = opened(other), second.pick
        second.pick = pick
    before = comparing.Side(one[-1], first, given[0], others=one[:-1])
    after = comparing.Side(other[-1], second, given[1], changes, other[:-1], is_dated)
    language = lang or "zh"
    try:
        with (
            watching(Text("比较", "comparing"), hidden=as_json) as tick,
            writing(out, before, after, language, why=why) as file,
        ):
            found = comparing.what_if(
                before,
                after,
                group or ("payer", "month"),
                rows=file.rows if out is not None else None,
                why=why,
                threads=threads_of(threads),
                tick=tick,
            )
            file.finish(found)
    except KeyboardInterrupt:
        return stopped(out, lang)
    draw(found, language)
    notes = notes_of(first, second)
    if as_json:
        show_json({**_data(found), "notes": [problem_data(note) for note in notes]})
    else:
        for note in notes:
            warn(note.report(language))
        _say(found, lang)
    return Exit.FINDING if found.left_out else Exit.FINE


def _rules(versions: Iterable[Policy]) -> list[tuple[object, ...]]:
    """What makes a rule another: its texts, and from when on they are in force."""
    return [(each.digest, each.first_day) for each in versions]


def _drawer(plot: Path | None) -> Callable[[WhatIf, Language], None]:
    """What draws the differences; an extra that is missing is said before the work is done."""
    if plot is not None and plot.suffix.lower() not in (".png", ".svg"):
        raise typer.BadParameter("--plot 写作 .png 或 .svg · --plot ends in .png or .svg")
    if plot is None:
        return _draws_nothing
    from .table_plot import draw

    return lambda found, language: draw(found, plot, language)


def _draws_nothing(_: WhatIf, __: Language) -> None:
    """Where no drawing is wanted."""


def _sides(
    policy: str, against: str | None, readings: Iterable[str] | None, others: Iterable[str] | None
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The readings of both sides; those of the first hold for the second, too, where it is the same policy."""
    one, other = facts.readings(readings or ()), facts.readings(others or ())
    return one, (one | other if against in (None, policy) else other)


def _figures(words: Iterable[str]) -> dict[str, str]:
    """The figures of `--set`.

    Raises:
        RequestError: one is given twice.
        typer.BadParameter: a word is no pair.
    """
    pairs = facts.pairs(words)
    found = dict(pairs)
    names = [name for name, _ in pairs]
    twice = [Problem.of("R0774", name, given=name) for name in found if names.count(name) > 1]
    if twice:
        raise RequestError(twice)
    return found


def _say(found: WhatIf, lang: Language | None) -> None:
    from ..tables.what_if_files import HEADS, SIMULATION, cells, in_order, verdict

    language = lang or "zh"
    say(SIMULATION.in_(language))
    for zh, en, side in (("原  ：", "before: ", found.before), ("改后：", "after:  ", found.after)):
        say(pick(lang, zh, en) + side.said.in_(language))
    for groups, moved in found.groups.values():
        say("")
        rows = [[groups.said(key).in_(language), *map(_shown, cells(each))] for key, each in in_order(moved)]
        if len(found.groups) == 1 or not groups.is_by_payer:
            rows.append([pick(lang, "合计", "total"), *map(_shown, cells(found.total))])
        show_table([groups.label.in_(language), *(head.in_(language) for head in HEADS)], rows)
    say("")
    say(verdict(found).in_(language))
    for each in found.wrong[:_SHOWN]:
        say(f"  {each.line(language)}")
    rest = found.left_out - len({each.row for each in found.wrong[:_SHOWN]})
    if rest > 0:
        say(pick(lang, f"  另有 {rest} 行有问题", f"  {rest} more rows have problems"))


def _shown(cell: object) -> str:
    """A cell of a table, a sum with its thousands set apart."""
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else str(cell)


def _data(found: WhatIf) -> dict[str, Any]:
    return {
        "simulation": True,
        "roster": str(found.before.roster.file),
        "before": _side(found.before),
        "after": _side(found.after),
        "total": found.total.to_dict(),
        "groups": {
            name: [
                {"group": key, "label": both(groups.said(key)), **each.to_dict()} for key, each in sorted(moved.items())
            ]
            for name, (groups, moved) in found.groups.items()
        },
        "left_out": found.left_out,
        "problems": [
            {"row": each.row, "code": each.code, **both(each.said), "place": place_data(each.place)}
            for each in found.wrong
        ],
    }


def _side(side: Side) -> dict[str, Any]:
    policy = side.policy
    return {
        "policy": policy.id,
        **_versions(side),
        "readings": dict(side.readings),
        "changed": [
            {
                **({"version": each.version} if each.version else {}),
                "parameter": each.where,
                "label": both(each.label),
                "clause": each.clause,
                "unit": each.unit,
                "from": each.old or None,
                "to": each.new,
            }
            for each in side.changes
        ],
    }


def _versions(side: Side) -> dict[str, Any]:
    """The versions of a side; one that was changed has no digest of a text."""
    changed = {each.version or side.policy.version for each in side.changes}
    every = [
        {"version": v.version, "revision": v.revision, "digest": None if v.version in changed else v.digest}
        for v in side.versions
    ]
    return every[0] if len(every) == 1 else {"versions": every}
