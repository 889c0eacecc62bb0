"""`subsidy table calculate`: a roster in a file, every row calculated, into another file."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import Problem, RequestError
from ..extras import needs
from ..text import Language, Text
from . import completion, facts
from .calculate import Readings
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Known, Lang, On, catalogue_of
from .output import both, pick, problem_data, reports, say, show_json, show_table, warn
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
from .table_rosters import opener, stopped
from .watching import watching

if TYPE_CHECKING:
    from decimal import Decimal

    from ..tables.outcome import Outcome
    from ..tables.sums import Tally

_SHOWN = 20  # problems and notes that are printed; a file has them all
_SIZE = re.compile(r"[1-9][0-9]*(MB|GB)")

RosterFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", show_default=False, help="名单：CSV、Parquet 或 XLSX · the roster: CSV, Parquet or XLSX"
    ),
]
PolicyName = Annotated[
    str,
    typer.Option("--policy", metavar="POLICY", autocompletion=completion.policies, help="政策 id · the id of a policy"),
]
Out = Annotated[
    Path,
    typer.Option("--out", metavar="FILE", help="结果写入 .xlsx、.csv 或 .parquet · the result, in one of these forms"),
]
VersionName = Annotated[
    str | None,
    typer.Option(
        "--version",
        metavar="VERSION",
        autocompletion=completion.versions,
        help="用这一版本，缺省按名单的日期 · this version; that of the roster's own days unless given",
    ),
]
Steps = Annotated[
    list[str] | None,
    typer.Option(
        "--steps",
        metavar="NAME",
        autocompletion=completion.steps,
        help="列出该步骤的值，all 为全部；可重复 · a step whose values are wanted, or all; may be repeated",
    ),
]
Group = Annotated[
    str,
    typer.Option(
        "--group",
        metavar="COLUMN",
        help="另按该列汇总：事实或名单的其他列 · sum by this column, too: a fact or any other",
    ),
]
Engine = Annotated[
    Literal["columns", "duckdb"],
    typer.Option(
        "--engine", help="由本库还是 DuckDB 测算，结果相同 · calculated here, or by DuckDB; the result is the same"
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="DuckDB 至多占用的内存，缺省 1GB · the most that DuckDB takes; 1GB unless given",
    ),
]
Threads = Annotated[
    int | None, typer.Option("--threads", metavar="N", min=1, help="几个线程，缺省按处理器 · as there are cores")
]


@reports
def calculate(
    roster: RosterFile,
    policy: PolicyName,
    out: Out,
    version: VersionName = None,
    on: On = None,
    known: Known = None,
    readings: Readings = None,
    steps: Steps = None,
    group: Group = "",
    threads: Threads = None,
    engine: Engine = "columns",
    memory: Memory = None,
    sheet: SheetName = None,
    header_row: HeaderRow = None,
    encoding: RosterEncoding = "utf-8",
    ignore: Ignored = None,
    carry: Carried = None,
    columns: Columns = None,
    unit: Unit = None,
    year: Year = None,
    months_of: MonthsOf = None,
    blank_is_zero: BlankIsZero = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """测算名单的每一行，写入文件 · calculate every row of a roster into a file.

    每行照录原有的列，加上金额、各项、各方分担、是否符合条件及理由；有问题的行写明单元格、问题和办法，不影响其他行。
    XLSX 另有按月份、付款方的汇总和图表。没有采用文件的，结果标明为测算，不作支付依据。

    Every row goes along with its columns, and has its amount, parts and shares, whether it is eligible and why not. A
    row with problems says which cell, what is wrong and what to do, and stops no other. XLSX also has the sums by month
    and payer, with charts. Without an adoption it is marked a simulation, from which nothing may be paid.

    --engine duckdb 把大过内存的 Parquet 或 CSV 测算成 Parquet。 With --engine duckdb a roster in Parquet or CSV may be
    larger than memory; the result is Parquet.

    退出码 1：有的行有问题。 Exit code 1: some row has problems.

    subsidy table calculate roster.csv --policy cn/shanxi/yuncheng/construction-grant --out result.xlsx
    """
    if version is not None and on is not None:
        raise typer.BadParameter("--version 不能与 --on 同用 · --version goes without --on")
    chosen = facts.readings(readings or ())
    with needs("tables"):
        from ..tables import calculating, dating
    work = _engine(engine, memory)
    calculating.form_of(out, roster)
    catalogue = catalogue_of(policies, adoptions)

    reading = Reading(
        roster,
        sheet=sheet,
        header_row=header_row,
        encoding=encoding,
        ignored=ignore or (),
        carried=carry or (),
        columns=columns_of(columns or ()),
        unit=unit,
        year=year,
        months_of=months_of,
        blank_is_zero=blank_is_zero or (),
    )
    if version is not None:
        found = reading.under([calculating.version_of(catalogue.versions(policy), version)])
    elif on is not None:
        found = reading.under([catalogue.policy(policy, on, known)])
    else:
        found = dating.dated(opener(reading), dating.Picking(catalogue, policy, known))
    try:
        with watching(Text("测算", "calculating"), hidden=as_json) as tick:
            outcome = work(
                found,
                out,
                readings=chosen,
                steps=steps or (),
                group=group,
                threads=threads or _cores(),
                language=lang or "zh",
                tick=tick,
            )
    except KeyboardInterrupt:
        return stopped(out, lang)
    if as_json:
        show_json(_data(outcome, out))
    else:
        _say(outcome, out, lang)
    return Exit.FINE if outcome.is_clean else Exit.FINDING


def _engine(engine: str, memory: str | None) -> Callable[..., Outcome]:
    """What calculates a roster.

    Raises:
        typer.BadParameter: an amount of memory is none.
        RequestError: it is given to an engine that does not ask for it.
    """
    from ..tables import calculating

    if engine == "columns":
        if memory is not None:
            why = Text("只有 --engine duckdb 用得着", "it is for --engine duckdb alone")
            raise RequestError(Problem.of("R0785", "--memory", given=memory, why=why))
        return calculating.calculate
    if memory is not None and not _SIZE.fullmatch(memory):
        raise typer.BadParameter(
            f"--memory {memory!r} 应写作 500MB 或 4GB · --memory {memory!r} is written 500MB or 4GB"
        )
    with needs("engines"):
        from ..tables.by_duckdb.calculating import calculate
    return partial(calculate, memory=memory) if memory else calculate


def _cores() -> int:
    import os

    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


def _say(outcome: Outcome, out: Path, lang: Language | None) -> None:
    from ..tables.report import MONTHS, tables_of, verdict_of

    language = lang or "zh"
    for _, problem in outcome.problems[:_SHOWN]:
        say(problem.report(language))
    rest = outcome.problem_count - min(len(outcome.problems), _SHOWN)
    if rest:
        say(pick(lang, f"另有 {rest:,} 个问题，见 {out}", f"{rest:,} more problems, in {out}"))
    _notes(outcome, lang)
    from ..reports.setting import said

    for table in tables_of(outcome):
        if table.title is not MONTHS:
            say("")
        say(table.title.in_(language))
        rows = [*table.rows, *([table.total] if table.total else [])]
        show_table(
            [head.in_(language) for head in table.heads], [[said(cell, language) for cell in row] for row in rows]
        )
    say("")
    say(f"{out}：{verdict_of(outcome).in_(language)}" if language == "zh" else f"{out}: {verdict_of(outcome).en}")


def _notes(outcome: Outcome, lang: Language | None) -> None:
    for remark in outcome.remarks.values():
        warn(pick(lang, "提示：", "remark: ") + f"{remark.code} {remark.message(lang or 'zh')}")
    notes: list[Problem] = outcome.roster.notes
    for note in notes[:_SHOWN]:
        place = f"{note.place.key} " if note.place else ""
        warn(pick(lang, "注意：", "note: ") + f"{place}{note.code} {note.message(lang or 'zh')}")
    if len(notes) > _SHOWN:
        rest = len(notes) - _SHOWN
        warn(pick(lang, f"另有 {rest} 处注意", f"{rest} more notes"))


def _data(outcome: Outcome, out: Path) -> dict[str, Any]:
    from ..tables.outcome import KEPT
    from ..tables.result_parquet import about

    return {
        "out": str(out),
        **about(outcome),
        "total": _tally(outcome.total),
        "by_month": {name: _tally(tally) for name, tally in outcome.sums.by_month().items()},
        **(
            {"by_version": {name: _tally(tally) for name, tally in outcome.sums.by_version().items()}}
            if len(outcome.versions) > 1
            else {}
        ),
        "by_payer": [
            {
                "share": each.name,
                "part": both(each.part),
                "payer": both(each.payer),
                "counted": each.counted,
                "own": each.own,
                **_sum(each.low, each.high),
            }
            for each in outcome.payers
        ],
        **(
            {"group": outcome.group, "by_group": {n: _tally(t) for n, t in outcome.sums.by_group().items()}}
            if outcome.group
            else {}
        ),
        "problems": {
            "count": outcome.problem_count,
            "codes": dict(sorted(outcome.codes.items())),
            "listed": [{"row": row, **problem_data(each)} for row, each in outcome.problems[:KEPT]],
        },
        "notes": {
            "count": len(outcome.roster.notes),
            "listed": [problem_data(each) for each in outcome.roster.notes[:KEPT]],
        },
    }


def _tally(tally: Tally) -> dict[str, Any]:
    counts = {name: getattr(tally, name) for name in ("rows", "computed", "wrong", "refused", "open", "simulated")}
    return counts | {"sums": {name: _sum(low, tally.high[name]) for name, low in tally.low.items()}}


def _sum(low: Decimal, high: Decimal) -> dict[str, str]:
    return {"amount": str(low)} if low == high else {"low": str(low), "high": str(high)}
