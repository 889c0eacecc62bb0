"""`subsidy audit impact`: what texts published since would change of what a ledger determined, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..extras import needs
from ..policies import Catalogue
from ..text import Language, Text
from . import completion
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Lang, catalogue_of
from .output import both, pick, problem_data, reports, say, show_json, show_table
from .recorded import KeyFile, LedgerUrl, needed, opened
from .watching import watching

if TYPE_CHECKING:
    from ..audit.impact import Change, Difference, Impact
    from ..audit.turning import Turned

_SHOWN = 100  # changes that are printed; JSON has them all

OfPolicy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        autocompletion=completion.policies,
        help="只看这一政策 · this policy alone",
    ),
]
Determine = Annotated[
    bool,
    typer.Option("--determine", help="冲销并重新核定所列各条 · reverse what would change, and determine it again"),
]
Prefix = Annotated[
    str | None,
    typer.Option(
        "--request-prefix",
        metavar="NAME",
        help="各请求号的开头，续做时用同一个 · what the request ids begin with; the same one to go on",
    ),
]


@reports
def impact(
    ledger: LedgerUrl = None,
    policy: OfPolicy = None,
    determine: Determine = False,
    prefix: Prefix = None,
    key: KeyFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """后来公布而效力在前的文件改变什么 · what texts published since change of what was determined.

    每条现行核定按现有的文件和采用重算：补发、追缴多少，依据哪一文件。只读；加 --determine 才冲销并重新核定，
    中断后同一命令继续，不会付两次。已分期拨付的、标识已抹除的和不能重算的，只列出，由人工处理。

    Every determination that stands is put again under the texts and adoptions that there are now: what is to be paid
    in addition or recovered, and by which text. It reads only; --determine reverses and determines again, and the same
    command goes on after an interruption and pays nothing twice. What has released instalments, an erased identifier,
    or cannot be put again is listed, and left to a hand.

    退出码 1：有所改变；--determine 之后，仍有须人工处理的。

    Exit code 1: something changes; after --determine, something is left to a hand.
    """
    if determine != (prefix is not None):
        raise typer.BadParameter(
            "--determine 与 --request-prefix 须同时给出 · --determine and --request-prefix go together"
        )
    url, catalogue = needed(ledger), catalogue_of(policies, adoptions)
    with needs("audit"):
        from ..audit.impact import impact as impact_of
        from ..audit.sources import Stored
    with Stored(url) as source, watching(Text("重算", "putting again"), hidden=as_json) as tick:
        found = impact_of(source, catalogue, policy=policy, leaving=prefix or "", tick=tick)
    turned = _turned(url, key, catalogue, found, prefix, as_json) if prefix is not None else None
    if as_json:
        show_json(_data(found, turned))
    else:
        _say(found, turned, lang)
    if turned is None:
        return Exit.FINE if found.is_clean else Exit.FINDING
    is_done = all(not each.hand for each in found.changes) and all(each.finding is None for each in turned)
    return Exit.FINE if is_done else Exit.FINDING


def _turned(
    url: str, key: Path | None, catalogue: Catalogue, found: Impact, prefix: str, hidden: bool
) -> tuple[Turned, ...]:
    from ..audit.turning import turn

    with opened(url, None, key, catalogue) as ledger, watching(Text("重新核定", "determining"), hidden=hidden) as tick:
        return turn(ledger, found, prefix, tick)


def _say(found: Impact, turned: Sequence[Turned] | None, lang: Language | None) -> None:
    language = lang or "zh"
    for each in found.changes[:_SHOWN]:
        say(f"{each.finding.code} {each.finding.message(language)}")
        for cause in each.causes:
            old, new = (digest or pick(lang, "（无）", "none") for digest in (cause.old, cause.new))
            say(f"  {old} → {new}  {cause.title.in_(language)}")
        for why in each.hand:
            say(f"  {pick(lang, '须人工处理：', 'for a hand: ')}{why.in_(language)}")
    rest = len(found.changes) - _SHOWN
    if rest > 0:
        say(pick(lang, f"另有 {rest} 条，见 --json", f"{rest} more: see --json"))
    if found.changes:
        _say_tables(found, lang)
    count, total = len(found.changes), found.total
    more, less = total.more, total.less
    zh = f"重算现行核定 {found.standing} 条，改变 {count} 条；补发 {more} 元，追缴 {less} 元"
    en = f"determinations put again: {found.standing}, changed: {count}; "
    en += f"{more} CNY to pay in addition, {less} CNY to recover"
    say(pick(lang, zh, en))
    if found.erased:
        zh, en = f"其中 {found.erased} 条的标识已抹除", f"the identifiers of {found.erased} of them were erased"
        say(pick(lang, zh, en))
    if turned is not None:
        for one in turned:
            if one.finding is not None:
                say(one.finding.problem.report(language))
        sum_ = sum((one.amount for one in turned), start=total.more * 0)
        zh = f"重新核定 {len(turned)} 条，共 {sum_} 元；{sum(bool(each.hand) for each in found.changes)} 条须人工处理"
        en = f"{len(turned)} determined again, {sum_} CNY; {sum(bool(each.hand) for each in found.changes)} for a hand"
        say(pick(lang, zh, en))


def _say_tables(found: Impact, lang: Language | None) -> None:
    heads = pick(lang, "条数|补发|追缴", "entries|to pay|to recover").split("|")
    payers = {" ".join(filter(None, payer)): sums for payer, sums in found.by_payer.items()}
    tables: list[tuple[str, dict[str, Difference]]] = [
        (pick(lang, "政策", "policy"), found.by_policy),
        (pick(lang, "区划", "division"), found.by_division),
        (pick(lang, "分担", "payer"), payers),
        (pick(lang, "月份", "month"), found.by_month),
    ]
    for head, table in tables:
        if table:
            say("")
            show_table([head, *heads], [[of, str(s.count), str(s.more), str(s.less)] for of, s in table.items()])
    say("")


def _data(found: Impact, turned: Sequence[Turned] | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ledger": found.ledger,
        "size": found.size,
        "standing": found.standing,
        "erased": found.erased,
        "total": _sums(found.total),
        "by_policy": {name: _sums(sums) for name, sums in found.by_policy.items()},
        "by_division": {name: _sums(sums) for name, sums in found.by_division.items()},
        "by_payer": [
            {"division": division, "payer": payer, **_sums(sums)} for (division, payer), sums in found.by_payer.items()
        ],
        "by_month": {name: _sums(sums) for name, sums in found.by_month.items()},
        "changes": [_change(each) for each in found.changes],
    }
    if turned is not None:
        data["turned"] = [
            {
                "entry": each.position,
                "by": each.by,
                "amount": str(each.amount),
                "finding": each.finding and problem_data(each.finding.problem),
            }
            for each in turned
        ]
    return data


def _sums(sums: Difference) -> dict[str, str | int]:
    return {"entries": sums.count, "more": str(sums.more), "less": str(sums.less)}


def _change(each: Change) -> dict[str, Any]:
    sums = {name: getattr(each, name) for name in ("old", "low", "high", "difference")}
    return {
        "entry": each.position,
        "policy": each.policy,
        "dated": each.dated,
        **{name: None if value is None else str(value) for name, value in sums.items()},
        "finding": problem_data(each.finding),
        "causes": [
            {"role": c.role, "id": c.id, "old": c.old, "new": c.new, "title": both(c.title)} for c in each.causes
        ],
        "payers": [{"division": of, "payer": who, "difference": str(sum_)} for (of, who), sum_ in each.payers.items()],
        "by_hand": [both(why) for why in each.hand],
    }
