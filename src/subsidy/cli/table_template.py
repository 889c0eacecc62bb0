"""`subsidy table template`: a workbook to be filled in, for the roster of a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import Problem, RequestError
from ..extras import needs
from . import completion
from .exits import Exit
from .options import AsJson, Folder, Known, Lang, On, catalogue_of
from .output import pick, reports, say, show_json

PolicyName = Annotated[
    str,
    typer.Option(
        "--policy",
        metavar="POLICY",
        autocompletion=completion.policies,
        show_default=False,
        help="政策 id · the id of a policy",
    ),
]
Out = Annotated[
    Path,
    typer.Option("--out", metavar="FILE.xlsx", show_default=False, help="写入的工作簿 · the workbook to write"),
]
Records = Annotated[
    int,
    typer.Option(
        "--records",
        metavar="N",
        min=1,
        max=40,
        help="每项申报留几条记录的列，缺省 3 · columns for so many records of a claim; 3 unless given",
    ),
]


@reports
def template(
    policy: PolicyName,
    out: Out,
    records: Records = 3,
    on: On = None,
    known: Known = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
) -> Exit:
    """写出待填的名单：表头、下拉选项、单位与依据 · write a roster to be filled in: headers, drop-downs, notes.

    填好后可直接测算，不必改动表头。 Filled in, it is calculated as it is.
    """
    if out.suffix.lower() != ".xlsx":
        raise typer.BadParameter("--out 写作 .xlsx · --out ends in .xlsx")
    with needs("tables"):
        from ..sheets.template import write
    if out.exists():  # it may be filled in by now
        raise RequestError(Problem.of("R0525", str(out)))
    chosen = catalogue_of(policies).policy(policy, on, known)
    fields = write(chosen, out, language=lang or "zh", records=records)
    if as_json:
        columns = [{"header": each.title, "fact": each.path} for each in fields]
        show_json({"file": str(out), "policy": chosen.id, "version": chosen.version, "columns": columns})
    else:
        say(pick(lang, f"已写入 {out}：{len(fields)} 列", f"wrote {out}: {len(fields)} columns"))
    return Exit.FINE
