"""`subsidy audit compare`: payments that were made before there was a ledger, beside what they should have been."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..columns import Encoding
from ..errors import Problem
from ..extras import needs
from ..text import Language, Text
from . import completion, facts
from .calculate import Readings
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Known, Lang, catalogue_of
from .output import both, pick, problem_data, reports, say, show_json, show_table
from .watching import watching

if TYPE_CHECKING:
    from ..audit.comparing import Comparison, Difference, Sums

_SHOWN = 100  # differences that are printed; a file has them all

PaidFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", show_default=False, help="支付表：XLSX 或 CSV · the payments: XLSX or CSV"),
]
Policy = Annotated[
    str,
    typer.Option("--policy", metavar="POLICY", autocompletion=completion.policies, help="政策 id · the id of a policy"),
]
PaidColumn = Annotated[
    str, typer.Option("--paid-column", metavar="HEADER", help="实付金额的列 · the column with what was paid")
]
SheetName = Annotated[
    str | None,
    typer.Option("--sheet", metavar="NAME", help="工作表，有几张时须指明 · the sheet, where there are several"),
]
HeaderRow = Annotated[
    int,
    typer.Option(
        "--header-row", metavar="N", min=1, help="表头在第几行，缺省 1 · the row with the headers; 1 unless given"
    ),
]
PaidEncoding = Annotated[
    Encoding, typer.Option("--encoding", help="CSV 的编码，缺省 utf-8 · the encoding of a CSV; utf-8 unless given")
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="COLUMN", help="不是事实的列，如备注；可重复 · a column that is no fact; repeatable"
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="把差异写入 .xlsx 或 .csv · write the differences to .xlsx or .csv"),
]


@reports
def compare(
    paid: PaidFile,
    policy: Policy,
    paid_column: PaidColumn,
    sheet: SheetName = None,
    header_row: HeaderRow = 1,
    encoding: PaidEncoding = "utf-8",
    ignore: Ignored = None,
    readings: Readings = None,
    known: Known = None,
    output: Output = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """核对台账建立以前的支付 · compare payments made before there was a ledger with what was due.

    每行按其日期适用的版本重算，按表中次序核算各项上限；列出每一处差异及其理由和条款。不作舍入，不作猜测。

    Each row is computed again under the version in force on its day, in the order of the file, with caps over all rows;
    every difference is listed, with its reason and clause. Nothing is rounded or guessed.

    退出码 1：有差异，或有未定、无法重算的行。 Exit code 1: a row differs, is open, or cannot be computed.
    """
    if output is not None and output.suffix.lower() not in (".xlsx", ".csv"):
        raise typer.BadParameter("--output 写作 .xlsx 或 .csv · --output ends in .xlsx or .csv")
    chosen = facts.readings(readings or ())
    with needs("audit"):
        from ..audit import comparing, sheets
    catalogue = catalogue_of(policies, adoptions)
    read = sheets.read(
        paid,
        catalogue.versions(policy),
        paid_column,
        sheet=sheet,
        encoding=encoding,
        ignored=ignore or (),
        header_row=header_row,
    )
    with watching(Text("核对", "comparing"), hidden=as_json) as tick:
        found = comparing.compare(read, policy, catalogue, readings=chosen, known=known, tick=tick)
    if output is not None:
        from ..audit.compare_files import write

        write(found, output, lang or "zh")
    if as_json:
        show_json(_data(found))
    else:
        _say(found, output, lang)
    return Exit.FINE if found.is_clean else Exit.FINDING


def _say(found: Comparison, output: Path | None, lang: Language | None) -> None:
    language = lang or "zh"
    for each in found.differences[:_SHOWN]:
        say(each.finding.report(language))
        for problem in each.problems:
            if problem.place and each.finding.code in ("V0309", "V0310"):
                say(f"  {problem.place.key} {problem.code} {problem.message(language)}")
    rest = len(found.differences) - _SHOWN
    if rest > 0:
        more = pick(lang, "，见输出文件", ", in the file") if output else pick(lang, "，加 --output", ": add --output")
        say(pick(lang, f"另有 {rest} 行{more}", f"{rest} more rows{more}"))
    for note, count in found.notes:
        said = f"{note.code} {note.message(language)}" if isinstance(note, Problem) else note.in_(language)
        print(pick(lang, f"注意（{count} 行）：{said}", f"note, for {count} rows: {said}"), file=sys.stderr)
    heads = ["行数|相符|实付|应付|多付|少付|未定|未重算", "rows|same|paid|due|over|under|open|not computed"]
    total = pick(lang, "合计", "total")
    for name, table in (("版本|version", found.by_version), ("月份|month", found.by_month)):
        zh, en = name.split("|")
        say("")
        rows = [*table.items(), *([(total, found.total)] if name.startswith("月份") else [])]
        show_table(
            [pick(lang, zh, en), *pick(lang, *heads).split("|")], [[of or "–", *_sums(sums)] for of, sums in rows]
        )


def _sums(sums: Sums) -> list[str]:
    return [str(each) for each in sums.to_dict().values()]


def _data(found: Comparison) -> dict[str, Any]:
    return {
        "file": found.file,
        "sheet": found.sheet,
        "policy": found.policy,
        "total": found.total.to_dict(),
        "by_version": {name: sums.to_dict() for name, sums in found.by_version.items()},
        "by_month": {name: sums.to_dict() for name, sums in found.by_month.items()},
        "differences": [_difference(each) for each in found.differences],
        "notes": [
            {"rows": count, **(problem_data(note) if isinstance(note, Problem) else both(note))}
            for note, count in found.notes
        ],
    }


def _difference(each: Difference) -> dict[str, Any]:
    sums = {name: getattr(each, name) for name in ("paid", "low", "high", "difference")}
    return {
        "row": each.row,
        "cell": each.cell,
        **{name: None if value is None else str(value) for name, value in sums.items()},
        "version": each.version,
        "month": each.month,
        "clause": each.clause,
        "finding": problem_data(each.finding),
        "problems": [problem_data(problem) for problem in each.problems],
    }
