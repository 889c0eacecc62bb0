"""`subsidy calculate` and `subsidy replay`: an answer with its reasons, and the same answer again years later."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..calculation.programme_replay import ProgrammeReplay
from ..calculation.receipt import FORMAT, PROGRAMME, RELEASE, check_format, read_json
from ..exact import parse, show
from . import completion, facts, months, worked
from .exits import Exit
from .explained import Capitals, Explain, Format, check_form, show_answer
from .options import Adoptions, AsJson, Folder, Known, Lang, On, PolicyId, catalogue_of
from .output import both, pick, reports, say, show_json

if TYPE_CHECKING:
    from ..calculation.release_replay import ReleaseReplay
    from ..calculation.replay import Difference, Replay
    from ..text import Language

    Replayed = Replay | ReleaseReplay | ProgrammeReplay

GivenFacts = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FACT=VALUE",
        autocompletion=completion.facts,
        show_default=False,
        help="事实；记录写成 JSON · facts; the rows of records as JSON",
    ),
]
Readings = Annotated[
    list[str] | None,
    typer.Option(
        "--reading",
        metavar="NAME=VALUE",
        autocompletion=completion.readings,
        help="选定口径，open 为不选定；可重复 · choose a reading, open for none; may be repeated",
    ),
]
FactsFile = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        metavar="FILE",
        help="事实的 JSON 文件，- 为标准输入 · facts in a JSON file, - for the standard input",
    ),
]
ReceiptFile = Annotated[
    Path | None, typer.Option("--receipt", metavar="FILE", help="把回执写入文件 · write the receipt to a file")
]
ExampleName = Annotated[
    str | None,
    typer.Option(
        "--example",
        metavar="NAME",
        help="输出可写入模块的算例，以此为名，先用计算器核对 · print it as a worked example to paste; check it first",
    ),
]
GivenReceipt = Annotated[
    Path,
    typer.Argument(metavar="FILE", show_default=False, help="回执，- 为标准输入 · a receipt, - for the standard input"),
]


@reports
def calculate(
    policy: PolicyId,
    given: GivenFacts = None,
    on: On = None,
    known: Known = None,
    readings: Readings = None,
    facts_file: FactsFile = None,
    receipt: ReceiptFile = None,
    capitals: Capitals = False,
    form: Format = None,
    explain: Explain = False,
    example: ExampleName = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """测算金额并说明理由 · calculate an amount, with every reason for it.

    适用版本由事实中的日期或 --on 选定。 The version is picked by the facts' own date, or by --on.

    月份可以是区间，如 month=2019-08..2019-11：逐月按当时的版本测算并合计，列成表；用 --format 则逐月说明。

    A month may be a span: each of its months is calculated under the version of its own time, and added. It is printed
    as a table, and with --format as the explanation of the sum and of every month.

    subsidy calculate cn/shanxi/yuncheng/bed-subsidy centre=C1 resident=R1 month=2021-06 care_level=semi_disabled
    'stays=[{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}]' --reading part_month=by_days
    """
    check_form(form, as_json)
    if example is not None and (receipt is not None or capitals or explain or form is not None):
        raise typer.BadParameter("--example 不带回执、说明 · --example goes with no receipt and no explanation")
    raw = facts.given(given or (), facts_file)
    chosen = facts.readings(readings or ())
    catalogue = catalogue_of(policies, adoptions)
    fact = months.spanning(catalogue, policy, raw)
    if fact is not None:
        if on is not None or receipt is not None:
            raise typer.BadParameter(
                "月份区间不能与 --on、--receipt 同用 · a span of months takes no --on or --receipt"
            )
        if example is not None:
            raise typer.BadParameter("月份区间不是算例 · a span of months is no worked example")
        span = months.calculated(catalogue, policy, fact, raw, chosen, known)
        months.show(span, lang, form, capitals=capitals, explain=explain, as_json=as_json)
        return Exit.FINE
    version = catalogue.dated(policy, raw, on, known=known)
    stated = facts.typed(raw, version)
    if example is not None:  # as the module is checked: by its own text, whatever stands beside it
        case = worked.worked(version.calculate_alone(stated, chosen), example)
        show_json(case) if as_json else say(worked.lines(case))
        return Exit.FINE
    result = version.calculate(stated, readings=chosen)
    sums = {} if not capitals else {"amount": result.total} | ({"payable": result.payable} if result.has_own else {})
    if receipt is not None:
        receipt.write_bytes(result.receipt())
    show_answer(result, lang, form, sums=sums, capitals=capitals, explain=explain, as_json=as_json)
    return Exit.FINE


@reports
def replay(
    receipt: GivenReceipt,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """按回执所载的政策重算，并列出不同之处 · compute a receipt again, and say what differs.

    回执可以是申报的、分期拨付的或组合的。 It may be that of a claim, of a release or of a programme.
    """
    content = sys.stdin.buffer.read() if str(receipt) == "-" else receipt.read_bytes()
    catalogue = catalogue_of(policies, adoptions)
    again: dict[str, Callable[[bytes], Replayed]] = {
        FORMAT: catalogue.replay,
        RELEASE: catalogue.replay_release,
        PROGRAMME: catalogue.replay_programme,
    }
    found = again[check_format(read_json(content), *again)](content)
    if as_json:
        show_json(_data(found))
    else:
        _show(found, lang)
    return Exit.FINE if found.is_same else Exit.FINDING


def _named(found: Replayed) -> dict[str, Any]:
    """Which text was calculated again."""
    if isinstance(found, ProgrammeReplay):
        head, digest = found.entry.document.programme, found.entry.digest
        return {"id": head.id, "version": head.version, "revision": head.revision, "digest": digest}
    policy = found.policy
    return {"id": policy.id, "version": policy.version, "revision": policy.revision, "digest": policy.digest}


def _data(found: Replayed) -> dict[str, Any]:
    return {
        "same": found.is_same,
        "programme" if isinstance(found, ProgrammeReplay) else "policy": _named(found),
        "differences": [
            {"key": each.key, "recorded": each.recorded, "computed": each.computed} for each in found.differences
        ],
        "notes": [both(note) for note in found.notes],
    }


def _show(found: Replayed, lang: Language | None) -> None:
    named = _named(found)
    if found.is_same:
        say(pick(lang, "一致：重算与回执相同", "same: the replay gives what the receipt says"))
    else:
        count = len(found.differences)
        say(pick(lang, f"不同：{count} 处", f"different: {count} found"))
    for each in found.differences:
        by = _distance(each)
        zh = f"  {each.key}：回执 {each.recorded}，重算 {each.computed}" + (f"，差 {by}" if by else "")
        en = f"  {each.key}: recorded {each.recorded}, computed {each.computed}" + (f", {by} apart" if by else "")
        say(pick(lang, zh, en))
    revision = pick(lang, f"第 {named['revision']} 次编码", f"revision {named['revision']}")
    say(f"{named['id']} · {named['version']} · {revision}")
    say(named["digest"])
    for note in found.notes:
        say(pick(lang, "注：", "note: ") + note.in_(lang or "zh"))


def _distance(difference: Difference) -> str:
    """How far two numbers are apart; empty where they are no numbers."""
    one, two = parse(difference.recorded), parse(difference.computed)
    return show(abs(one - two)) if one is not None and two is not None else ""
