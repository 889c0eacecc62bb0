"""`subsidy determine` and `subsidy reverse`: a claim, or a roster of them, determined in a ledger; and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import completion, facts, recorded, roster
from .calculate import FactsFile, GivenFacts, Readings
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Lang, On, PolicyId, catalogue_of
from .output import pick, reports, say, show_json
from .recorded import KeyFile, LedgerUrl, RequestId, Scope
from .table import Encoding

ValidateOnly = Annotated[
    bool, typer.Option("--validate-only", help="只核对，不记录 · say what would come of it, and record nothing")
]
ProofFile = Annotated[
    Path | None,
    typer.Option("--proof", metavar="FILE", help="把存证写入文件 · write the proof that it is in the ledger to a file"),
]
Explain = Annotated[bool, typer.Option("--explain", help="另附完整说明 · the whole explanation below it")]
TableFile = Annotated[
    Path | None,
    typer.Option(
        "--table", metavar="FILE.csv", help="名单：CSV，表头为事实的名称，一行一件 · a roster: CSV, a claim a row"
    ),
]
BatchId = Annotated[
    str | None,
    typer.Option("--batch", metavar="ID", help="名单的批次号；续做时用同一个 · the roster's id; the same one to go on"),
]
TableEncoding = Annotated[
    Encoding, typer.Option("--encoding", help="名单的编码，缺省 utf-8 · the encoding of the roster; utf-8 unless given")
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="COLUMN",
        autocompletion=completion.columns,
        help="名单中不是事实的列，如备注；可重复 · a column of the roster that is no fact, such as remarks; repeatable",
    ),
]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE.csv", help="把名单连同结果写入文件 · write the roster with its results"),
]
EntryIndex = Annotated[
    int, typer.Argument(metavar="INDEX", min=0, show_default=False, help="台账中的第几条 · the entry in the ledger")
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", show_default=False, help="原因，记入台账 · the reason")]


@reports
def determine(
    policy: PolicyId,
    given: GivenFacts = None,
    ledger: LedgerUrl = None,
    scope: Scope = None,
    request: RequestId = None,
    key: KeyFile = None,
    on: On = None,
    readings: Readings = None,
    facts_file: FactsFile = None,
    validate_only: ValidateOnly = False,
    proof: ProofFile = None,
    explain: Explain = False,
    table: TableFile = None,
    batch: BatchId = None,
    encoding: TableEncoding = "utf-8",
    ignore: Ignored = None,
    output: OutputFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """核定并记入台账 · determine a claim, and record it in the ledger.

    一件：给出事实和 --request。一份名单：--table 和 --batch，先核对全部各行，有一行不合就一行也不记录；
    中断后同一命令继续，已核定的不会重复。

    One claim: its facts and --request. A roster: --table and --batch; all rows are validated first, and none is
    recorded where one does not fit. Stopped on the way, the same command goes on and determines none twice.

    退出码 1：不予核定，或核定为 0。 Exit code 1: refused, or nothing is to be paid.
    """
    chosen = facts.readings(readings or ())
    day = on.isoformat() if on else None
    if table is not None:
        if given or facts_file or request or proof or explain:
            raise typer.BadParameter(
                "--table 不带事实、--facts、--request、--proof、--explain · "
                "--table goes with no facts, --facts, --request, --proof or --explain"
            )
        if batch is None:
            raise typer.BadParameter("--table 须有 --batch · --table needs --batch")
        with recorded.opened(ledger, scope, key, catalogue_of(policies, adoptions)) as opened:
            return roster.run(
                opened,
                policy,
                table,
                encoding,
                batch,
                chosen,
                day,
                ignored=ignore or (),
                output=output,
                validate_only=validate_only,
                lang=lang,
                as_json=as_json,
            )
    if batch is not None or output is not None or ignore:
        raise typer.BadParameter(
            "--batch、--output、--ignore 属于 --table · --batch, --output and --ignore belong to --table"
        )
    raw = facts.given(given or (), facts_file)
    name = "" if validate_only else recorded.named(request)
    with recorded.opened(ledger, scope, key, catalogue_of(policies, adoptions)) as opened:
        stated = facts.typed(raw, opened.catalogue.dated(policy, raw, day))
        if validate_only:
            body = opened.validate(policy, stated, readings=chosen, on=day)
            if as_json:
                show_json(body)
            else:
                say(pick(lang, "没有记录。若现在核定：", "nothing is recorded. Determined now, it would be:"))
                for line in recorded.said(opened, opened.size, body):
                    say(line.in_(lang or "zh"))
            return Exit.FINDING if body["decision"] != "determined" else Exit.FINE
        answer = opened.determine(policy, stated, request=name, readings=chosen, on=day)
        if proof is not None:
            proof.write_text(answer.tlog_proof, "utf-8")
        recorded.show(opened, answer, lang, as_json)
        if explain and not as_json:
            from ..calculation.renderings import RENDERINGS

            say("\n" + RENDERINGS["text"](opened.explanation(answer), lang or "zh", capitals=False).rstrip("\n"))
        return recorded.exit_for(answer)


@reports
def reverse(
    entry: EntryIndex,
    why: Why,
    ledger: LedgerUrl = None,
    scope: Scope = None,
    request: RequestId = None,
    key: KeyFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """冲销一次核定或拨付；占用的限额随之恢复 · take back a determination or a release; its caps are free again.

    subsidy reverse 6 --why 重复申报 --request 2023-08/reverse-6
    """
    name = recorded.named(request)
    with recorded.opened(ledger, scope, key, catalogue_of(policies, adoptions)) as opened:
        recorded.show(opened, opened.reverse(entry, request=name, why=why), lang, as_json)
    return Exit.FINE
