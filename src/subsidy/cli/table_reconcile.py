"""`subsidy table reconcile`: the totals of a roster beside published ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import Problem, RequestError
from ..extras import needs
from ..text import Language, Text
from . import facts
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
from .table_rosters import notes_of, opener, threads_of, versions_data
from .watching import watching

if TYPE_CHECKING:
    from ..tables.reconciling import Line, Reconciled

_SHOWN = 20  # rows with problems that are printed; JSON has more of them

PublishedFile = Annotated[
    Path | None,
    typer.Option(
        "--published",
        metavar="FILE",
        help="公布的各组金额：XLSX 或 CSV · what was published of each group: XLSX or CSV",
    ),
]
Total = Annotated[
    str | None,
    typer.Option(
        "--total",
        metavar="FIGURE",
        help="公布的合计，如 495950 或 44.37万元 · the published total, such as 495950 or 44.37万元",
    ),
]
Grouped = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="COLUMN",
        help="公布时按什么分组：payer（承担）、month（月份）或一列 · "
        "by what it was published: payer, month or a column",
    ),
]
PublishedGroup = Annotated[
    str | None,
    typer.Option("--published-group", metavar="HEADER", help="公布表中分组的列 · the column of groups in that file"),
]
PublishedColumn = Annotated[
    str | None,
    typer.Option("--published-column", metavar="HEADER", help="公布表中金额的列 · the column of sums in that file"),
]
PublishedSheet = Annotated[
    str | None, typer.Option("--published-sheet", metavar="NAME", help="公布表的工作表 · the sheet of that file")
]
On = Annotated[
    dt.date | None,
    typer.Option("--on", metavar="YYYY-MM-DD", parser=day, help="按该日适用的版本 · under the version of that day"),
]


@reports
def reconcile(
    roster: RosterFile,
    policy: PolicyName,
    published: PublishedFile = None,
    total: Total = None,
    group: Grouped = None,
    published_group: PublishedGroup = None,
    published_column: PublishedColumn = None,
    published_sheet: PublishedSheet = None,
    version: VersionName = None,
    on: On = None,
    readings: Readings = None,
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
    """核对：名单的合计与公布的是否相符 · hold the totals of a roster against published ones.

    公布的数可以是元或万元，按印出的位数核对：相等，与按该位数取整相符，分别说明。不符的逐项列出：差多少，哪一边没有，
    哪些行有问题未计入，金额未定的能否相符，公布的数是否可能是整额之和。

    What is published may be in 元 or 万元, and is taken with the places that are printed: equal is said apart from
    fitting as rounded. What does not fit is named: by how much, what only one side has, which rows are in no total,
    whether what is open may fit, and whether what was published can be a sum of whole amounts at all.

    退出码 1：有不符的，或有的行未计入。 Exit code 1: something does not fit, or rows are left out.
    """
    if published is None and total is None:
        raise typer.BadParameter("须给出 --published 或 --total · --published or --total is needed")
    if (published is None) != (group is None):
        raise typer.BadParameter("--published 与 --group 须同时给出 · --published and --group go together")
    reading = Reading(
        roster, sheet=sheet, header_row=header_row, encoding=encoding, ignored=ignore or (), carried=carry or (),
        columns=columns_of(column or ()), unit=unit, year=year, months_of=months_of,
        blank_is_zero=blank_is_zero or (),
    )  # fmt: skip
    chosen = facts.readings(readings or ())
    with needs("tables"):
        from ..tables import reconciling
        from ..tables.dating import Picking, dated
        from ..tables.published import Published, figure, read_published
        from ..tables.reckoning import groups_of
        from ..tables.supposing import version_of
    whole = figure(total) if total is not None else None
    if total is not None and whole is None:
        raise RequestError(Problem.of("R0780", "--total", given=total))
    catalogue = catalogue_of(policies, adoptions)
    if version is not None or on is not None:
        opened = reading.under([version_of(catalogue, policy, version, on, known)])
    else:
        opened = dated(opener(reading), Picking(catalogue, policy, known))
    groups, figures = None, Published({}, whole, ())
    if group is not None and published is not None:
        groups = groups_of(group, opened)
        figures = read_published(
            published, groups, group=published_group, column=published_column, sheet=published_sheet, encoding=encoding
        )
        if whole is not None:
            figures = Published(figures.figures, whole, figures.notes)
    with watching(Text("核对", "reconciling"), hidden=as_json) as tick:
        found = reconciling.reconcile(opened, groups, figures, readings=chosen, threads=threads_of(threads), tick=tick)
    notes = notes_of(opened)
    if as_json:
        show_json({**_data(found), "notes": [problem_data(each) for each in notes]})
    else:
        for each in notes:
            warn(each.report(lang or "zh"))
        _say(found, lang)
    return Exit.FINE if found.fits else Exit.FINDING


def _say(found: Reconciled, lang: Language | None) -> None:
    language = lang or "zh"
    policy = found.policy
    versions = ", ".join(each.version for each in found.versions)
    say(f"{policy.title.in_(language)} {policy.id} {versions}")
    for note in found.notes:
        say(pick(lang, "注意：", "note: ") + note.in_(language))
    lines = [*found.lines, *([found.whole] if found.whole.published is not None or not found.lines else [])]
    heads = pick(lang, "公布|计算|差额|行数|结论", "published|computed|difference|rows|verdict").split("|")
    label = found.groups.label.in_(language) if found.groups is not None else ""
    say("")
    show_table([label, *heads], [[each.said.in_(language), *_cells(each, language)] for each in lines])
    say("")
    for each in lines:
        for said in _findings(each, language):
            say(said)
    if found.added_up is not None:
        sum_, whole = found.added_up
        zh = f"公布的各组相加是 {sum_:,.2f}，与公布的合计 {whole.value:,.2f} 不符"
        en = f"the published groups add up to {sum_:,.2f}, and the published total is {whole.value:,.2f}"
        say(pick(lang, zh, en))
    if found.left_out:
        one = found.left_out == 1
        en = f"{found.left_out} {'row has' if one else 'rows have'} problems and {'is' if one else 'are'} in no total:"
        say(pick(lang, f"{found.left_out} 行有问题，未计入合计：", en))
        for row in found.wrong[:_SHOWN]:
            say(f"  {row.line(language)}")
    wrong = sum(not each.fits for each in lines)
    zh = "全部相符" if found.fits else f"{len(lines)} 项中有 {wrong} 项不符"
    en = "everything fits" if found.fits else f"{wrong} of {len(lines)} {'does' if wrong == 1 else 'do'} not fit"
    say(pick(lang, zh, en))


_VERDICTS = {
    "equal": Text("相等", "equal"),
    "rounded": Text("按 {place} 取整相符", "fits as rounded to {place}"),
    "open_fits": Text("未定，可以相符", "open, may fit"),
    "differs": Text("不符", "differs"),
    "cannot_fit": Text("未定，不可能相符", "open, cannot fit"),
    "not_published": Text("没有公布", "not published"),
    "not_computed": Text("名单中没有", "not in the roster"),
    "nothing_due": Text("没有公布，计算为零", "not published, and nothing is due"),
}


def _cells(line: Line, language: Language) -> list[str]:
    published = line.published.given if line.published is not None else "–"
    place = line.published.place if line.published is not None else ""
    verdict = _VERDICTS[line.verdict].in_(language).format(place=place)
    if line.left_out:
        verdict += {
            "zh": f"；{line.left_out} 行未计入",
            "en": f"; {line.left_out} row{'s' * (line.left_out > 1)} left out",
        }[language]
    computed = "–" if line.low is None else _span(line.low, line.high)
    difference = "–" if line.difference is None else _span(*line.difference, sign="+")
    return [published, computed, difference, str(line.rows), verdict]


def _span(low: Any, high: Any, sign: str = "") -> str:
    texts = [f"{each:{sign if each else ''},.2f}" for each in (low, high)]
    return texts[0] if low == high else " … ".join(texts)


def _findings(line: Line, language: Language) -> list[str]:
    """What does not fit, in sentences."""
    name, found = line.said.in_(language), line.published
    between = line.neighbours
    if between is None or found is None:
        return []
    below, above = (f"{each:,.2f}" for each in between)
    quantum = f"{line.quantum:,.2f}"
    return [
        {
            "zh": f"{name}：公布的 {found.given} 不可能是整额之和：这些行的金额都是 {quantum} 元的整数倍，"
            f"最近的是 {below} 和 {above}",
            "en": f"{name}: the published {found.given} cannot be a sum of whole amounts: every amount of these rows "
            f"is a multiple of {quantum} CNY, and the nearest are {below} and {above}",
        }[language]
    ]


def _data(found: Reconciled) -> dict[str, Any]:
    return {
        "policy": found.policy.id,
        **versions_data(found.versions),
        "roster": str(found.roster.file),
        "group": found.groups and found.groups.name,
        "fits": found.fits,
        "total": found.whole.to_dict(),
        "groups": [each.to_dict() for each in found.lines],
        "published_groups_add_up_to": found.added_up and f"{found.added_up[0]:.2f}",
        "left_out": found.left_out,
        "problems": [
            {"row": each.row, "code": each.code, **both(each.said), "place": place_data(each.place)}
            for each in found.wrong
        ],
        "published_notes": [both(each) for each in found.notes],
    }
