"""`subsidy audit export`: a ledger as one file that anybody can verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..extras import needs
from ..text import Text
from . import completion, recorded
from .audit_options import Address
from .exits import Exit
from .options import AsJson, Lang
from .output import pick, problem_data, reports, say, show_json, show_problems
from .watching import watching

if TYPE_CHECKING:
    from ..audit.exporting import Export

Target = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        show_default=False,
        help="导出件，尚不存在；以 .gz 结尾即压缩 · of the export; not there yet; gzipped where it ends in .gz",
    ),
]
Proofs = Annotated[
    bool, typer.Option("--proofs", help="每条附存证；部分导出总有 · each entry with its proof; a part always has them")
]
OfPolicy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        autocompletion=completion.policies,
        help="只导出该政策的核定及其冲销、兑付 · only determinations of this policy, and what followed them",
    ),
]
DatedFrom = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="只导出所属日期不早于此的 · only those dated from then on")
]
DatedUntil = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="只导出所属日期不晚于此的 · only those dated until then")
]
First = Annotated[int | None, typer.Option("--first", metavar="INDEX", min=0, help="从第几条起 · from which entry on")]
Last = Annotated[int | None, typer.Option("--last", metavar="INDEX", min=0, help="到第几条为止 · up to which entry")]


@reports
def export(
    target: Target,
    ledger: Address = None,
    proofs: Proofs = False,
    policy: OfPolicy = None,
    dated_from: DatedFrom = None,
    dated_until: DatedUntil = None,
    first: First = None,
    last: Last = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> Exit:
    """把台账导出为一个文件，任何人不用本程序也能核验 · export a ledger: one file that anybody can verify.

    导出件中没有明文标识。 No identifier in clear is in it.

    subsidy audit export ledger.jsonl.gz --ledger sqlite:///ledger.db
    """
    with needs("audit"):
        from ..audit.exporting import Part
        from ..audit.exporting import export as exported
        from ..audit.sources import opened_source
    part = Part(policy, dated_from, dated_until, first, last)
    source = opened_source(recorded.needed(ledger))
    try:
        with watching(Text("导出", "exporting"), hidden=as_json) as tick:
            made = exported(source, target, tick, part=part, with_proofs=proofs)
    finally:
        source.close()
    if as_json:
        show_json(_data(made))
    else:
        _say(made, lang)
    return Exit.FINDING if made.findings.count else Exit.FINE


def _data(made: Export) -> dict[str, Any]:
    return {
        "file": str(made.path),
        "size": made.size,
        "entries": made.entries,
        "checkpoints": made.checkpoints,
        "fingerprint": made.fingerprint,
        "findings": made.findings.count,
        "first": made.findings.first,
        "problems": [problem_data(each.problem) for each in made.findings.listed],
    }


def _say(made: Export, lang: Any) -> None:
    show_problems([each.problem for each in made.findings.listed], lang, as_json=False)
    zh = f"{made.path}：{made.size} 条中的 {made.entries} 条，{made.checkpoints} 个检查点"
    say(pick(lang, zh, f"{made.path}: {made.entries} of {made.size} entries, {made.checkpoints} checkpoints"))
    say(pick(lang, f"指纹：{made.fingerprint}", f"Fingerprint: {made.fingerprint}"))
