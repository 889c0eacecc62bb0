"""`subsidy audit replay`: every determination and release of a ledger computed again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Problem, RequestError
from ..extras import needs
from ..text import Language, Text
from . import recorded
from .audit_options import (
    Address,
    DatedFrom,
    DatedUntil,
    First,
    Interrupted,
    Jobs,
    Last,
    LedgerFile,
    OfPolicies,
    Resume,
    filter_of,
    findings_data,
    interruptible,
    say_findings,
)
from .audit_verify import stopped
from .exits import Exit
from .options import AsJson, Lang
from .output import pick, reports, say, show_json
from .watching import watching

if TYPE_CHECKING:
    from ..audit.filters import Filter
    from ..audit.replaying import Replayed
    from ..audit.sources import Source


@reports
def replay(
    file: LedgerFile = None,
    ledger: Address = None,
    policy: OfPolicies = None,
    dated_from: DatedFrom = None,
    dated_until: DatedUntil = None,
    first: First = 0,
    last: Last = None,
    resume: Resume = None,
    jobs: Jobs = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> Exit:
    """按台账所载的文本重算每一条 · compute every determination and release again, under the texts in the ledger.

    不用政策目录，也不用服务器。 Neither the folder of policies nor a server is needed.

    subsidy audit replay --ledger sqlite:///ledger.db --policy cn/liaoning/shenyang/home-service --from 2023-09
    """
    with needs("audit"):
        from ..audit.sources import opened_source
    wanted = filter_of(policy, dated_from, dated_until, first, last)
    source = opened_source(recorded.needed(file or ledger))
    try:
        replayed = run(source, wanted, resume, jobs, hidden=as_json)
    except Interrupted:
        return stopped(resume, lang)
    finally:
        source.close()
    if as_json:
        show_json(data(replayed))
    else:
        show(replayed, lang)
        say_findings(replayed.findings, lang)
    return Exit.FINE if replayed.is_clean else Exit.FINDING


def run(source: Source, wanted: Filter, resume: Path | None, jobs: int | None, *, hidden: bool) -> Replayed:
    """Compute again what is wanted.

    Raises:
        Interrupted: it was stopped.
        RequestError, ServiceError: the ledger cannot be read, nothing is within what is wanted, or the file for
            `--resume` is another audit's.
    """
    from ..audit.replaying import replay
    from ..audit.resuming import resumed

    bar = watching(Text("重算", "replaying"), hidden=hidden)
    with resumed(resume, "replay", source, wanted.plain()) as path, interruptible(), bar as tick:
        found = replay(source, wanted, work=path, jobs=jobs, tick=tick)
    if found.seen and not _count(found):
        raise RequestError(Problem.of("R0594", "filter", count=str(found.seen)))
    return found


def _count(replayed: Replayed) -> int:
    return replayed.same + replayed.different + replayed.cannot


def data(replayed: Replayed) -> dict[str, Any]:
    """What came of a replay, as plain data."""
    from ..ledger.claims import yuan

    return {
        "ledger": replayed.shown,
        "origin": replayed.origin,
        "scope": replayed.scope,
        "seen": replayed.seen,
        "same": replayed.same,
        "different": replayed.different,
        "cannot": replayed.cannot,
        "digest": replayed.digest,
        "paid": [
            {"policy": policy, "month": month, "payer": payer, "amount": yuan(fen)}
            for (policy, month, payer), fen in replayed.paid.items()
        ],
        **findings_data(replayed.findings),
    }


def show(replayed: Replayed, lang: Language | None) -> None:
    """What was computed again, in a few lines."""
    from ..ledger.claims import yuan

    count, seen = _count(replayed), replayed.seen
    same, other, cannot = replayed.same, replayed.different, replayed.cannot
    zh = f"{replayed.shown}：{seen} 条核定和拨付，重算 {count} 条：{same} 条相同，{other} 条不同，{cannot} 条无法重算"
    en = f"{replayed.shown}: {count} of {seen} determinations and releases computed again: "
    say(pick(lang, zh, f"{en}{same} the same, {other} different, {cannot} cannot be computed"))
    totals = by_policy(replayed.paid)
    for policy, fen in totals.items():
        say(pick(lang, f"  {policy}：{yuan(fen)} 元", f"  {policy}: {yuan(fen)} CNY"))
    together = yuan(sum(totals.values()))
    say(pick(lang, f"  合计：{together} 元，不含已冲销的", f"  together: {together} CNY, without what was reversed"))
    say(pick(lang, f"重算摘要：{replayed.digest}", f"Digest of what was computed: {replayed.digest}"))


def by_policy(paid: Mapping[tuple[str, str, str], int]) -> dict[str, int]:
    """What was determined and not reversed, by policy."""
    found: dict[str, int] = {}
    for (policy, _, _), fen in paid.items():
        found[policy] = found.get(policy, 0) + fen
    return found
