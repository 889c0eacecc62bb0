"""Reports of an audit, as data: what was verified and computed again, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from ..reports.report import FINDINGS, Cell, Chart, Report, Table
from ..text import Text, plain
from . import names
from .copies import Compared
from .filters import Filter
from .findings import Findings
from .gathering import Gathered
from .kept import Kept
from .replaying import Replayed
from .verifying import Verified

_SUM: Final = Text("核定金额（元）", "determined (CNY)")
_COUNT: Final = Text("核定条数", "determinations")
_POLICY: Final = Text("政策", "policy")
_TOGETHER: Final = Text("合计", "together")
_PAID: Final = Text("核定而未冲销的金额。", "What was determined and not reversed.")
_KEEP: Final = Text("请留存指纹", "fingerprint to keep")
_FOUND: Final = Text("所见各条的指纹，不要留存", "fingerprint of what is there, not to be kept")
_NOBODY: Final = Text("未分担的", "nobody in particular")
Facts = tuple[tuple[Text, str], ...]


def report_of_verification(verified: Verified, kept: Kept | None = None, copies: Sequence[Compared] = ()) -> Report:
    """The report of a verification alone."""
    title = Text("台账核验报告", "Verification of a ledger")
    tables = (_kinds(verified), _kept(verified, kept, copies), _keys(verified), of_findings(verified.findings))
    return Report(title, _verdict(verified.findings), verified.is_clean, _of_ledger(verified), tables)


def report_of_replay(
    replayed: Replayed,
    verified: Verified | None,
    gathered: Gathered,
    *,
    kept: Kept | None = None,
    copies: Sequence[Compared] = (),
    wanted: Filter | None = None,
) -> Report:
    """The report of a replay, with the verification of what it rests on, if that was done.

    Args:
        gathered: what the determinations rest on, and samples of them.
        kept, copies: what the ledger was verified against.
        wanted: which determinations were computed again.
    """
    findings = Findings()
    for each in (verified, replayed):
        if each is not None:
            findings.add(*each.findings.listed)
            findings.count += each.findings.count - len(each.findings.listed)
    facts = _of_ledger(verified) if verified else _of_log(replayed.shown, replayed.origin, replayed.scope)
    labels = gathered.labels
    tables = [
        of_findings(findings),
        _totals(
            "policies", Text("按政策", "By policy"), _POLICY, replayed, lambda key: key[0], labels, gathered.counts
        ),
        _totals("months", Text("按所属月份", "By month"), Text("月份", "month"), replayed, lambda key: key[1], {}),
        _totals("payers", Text("按出资方", "By payer"), Text("出资方", "payer"), replayed, lambda key: key[2], labels),
        _adoptions(gathered),
        _texts(gathered),
    ]
    if verified is not None:
        tables += [_kept(verified, kept, copies), _kinds(verified), _keys(verified)]
    return Report(
        Text("台账审计报告", "Audit of a ledger") if verified else Text("台账重算报告", "Replay of a ledger"),
        _verdict(findings, replayed),
        not findings.count,
        (*facts, *_of_replay(replayed, wanted or Filter())),
        tuple(tables),
        gathered.samples,
    )


def _verdict(findings: Findings, replayed: Replayed | None = None) -> Text:
    if not findings.count:
        zh, en = "未发现问题", "nothing is wrong"
    else:
        first = findings.first
        at = ("", "") if first is None else (f"，最先在第 {first} 条", f", the first at entry {first}")
        zh, en = f"发现 {findings.count:,} 个问题{at[0]}", f"{findings.count:,} findings{at[1]}"
    if replayed is None:
        return Text(zh, en)
    same, other = replayed.same, replayed.different + replayed.cannot
    return Text(
        f"{zh}；重算 {same + other:,} 条，{same:,} 条相同",
        f"{en}; {same:,} of {same + other:,} computed again the same",
    )


# — what a report is about —


def _of_log(shown: str, origin: str, scope: str) -> Facts:
    return (
        (Text("台账", "ledger"), shown),
        (Text("台账名", "log"), origin),
        (Text("行政区划", "division"), scope),
    )


def _of_ledger(verified: Verified) -> Facts:
    return (
        *_of_log(verified.shown, verified.origin, verified.scope),
        (Text("条数", "entries"), f"{verified.size:,}"),
        (Text("检查点", "checkpoints"), f"{verified.checkpoints:,}"),
        (_KEEP if verified.is_clean else _FOUND, verified.fingerprint),
        *(((Text("数据库结构", "schema of the database"), verified.schema),) if verified.schema else ()),
    )


def _of_replay(replayed: Replayed, wanted: Filter) -> Facts:
    within = {
        Text("政策", "policies"): ", ".join(wanted.policies),
        Text("所属日期自", "dated from"): wanted.since,
        Text("所属日期至", "dated until"): wanted.until,
        Text("自第几条", "from entry"): str(wanted.first) if wanted.first else "",
        Text("至第几条", "up to entry"): "" if wanted.last is None else str(wanted.last),
    }
    counts = (
        (Text("核定和拨付", "determinations and releases"), replayed.seen),
        (Text("重算相同", "computed again the same"), replayed.same),
        (Text("重算不同", "different"), replayed.different),
        (Text("无法重算", "cannot be computed"), replayed.cannot),
    )
    return (
        *((name, value) for name, value in within.items() if value),
        *((name, f"{count:,}") for name, count in counts),
        (Text("重算摘要", "digest of what was computed"), replayed.digest),
    )


# — tables —


def _totals(
    name: str,
    title: Text,
    head: Text,
    replayed: Replayed,
    of: Callable[[tuple[str, str, str]], str],
    labels: Mapping[str, Text],
    counts: Mapping[str, int] | None = None,
) -> Table:
    """Sums by policy, month or payer; of policies also how many determinations there are, with those at nothing."""
    sums = dict.fromkeys(counts or (), 0)
    for key, fen in replayed.paid.items():
        sums[of(key)] = sums.get(of(key), 0) + fen
    rows = tuple(
        (labels.get(key, key) or _NOBODY, *((counts.get(key, 0),) if counts is not None else ()), _yuan(fen))
        for key, fen in sorted(sums.items())
    )
    total: tuple[Cell, ...] = (
        _TOGETHER,
        *((sum(counts.values()),) if counts is not None else ()),
        _yuan(sum(sums.values())),
    )
    heads = (head, *((_COUNT,) if counts is not None else ()), _SUM)
    return Table(name, title, heads, rows, _PAID, Chart(0, len(heads) - 1), total)


def _adoptions(gathered: Gathered) -> Table:
    heads = (
        _POLICY,
        Text("版本", "version"),
        Text("采用文件", "document"),
        Text("印发机关", "issuer"),
        Text("日期", "dated"),
        Text("口径", "readings"),
        _COUNT,
        Text("文件摘要", "digest"),
    )
    rows = tuple(
        (
            each.policy,
            each.version,
            each.document,
            each.issuer,
            each.dated,
            ", ".join(f"{name}={reading}" for name, reading in each.readings),
            count,
            each.digest,
        )
        for each, count in sorted(gathered.adoptions.items(), key=lambda item: item[0].key)
    )
    title = Text("所依据的采用文件与口径", "Adoptions and readings relied on")
    return Table("adoptions", title, heads, rows, None if rows else Text("没有。", "There is none."))


def _texts(gathered: Gathered) -> Table:
    heads = (Text("条目", "entry"), Text("类别", "role"), Text("文本", "text"), Text("摘要", "digest"))
    rows = tuple((str(each.position), names.role(each.role), each.path, each.digest) for each in gathered.texts)
    title = Text("台账所载的文本", "Texts that the ledger holds")
    return Table("texts", title, heads, rows, None if rows else Text("没有。", "There is none."))


def _kinds(verified: Verified) -> Table:
    rows = tuple((names.kind(kind), count) for kind, count in verified.kinds.items())
    heads = (Text("类别", "kind"), Text("条数", "entries"))
    return Table("kinds", Text("条目", "Entries"), heads, rows, total=(_TOGETHER, sum(verified.kinds.values())))


def _keys(verified: Verified) -> Table:
    rows = tuple((key,) for key in verified.keys)
    return Table("keys", Text("签名公钥", "Keys that signed"), (Text("公钥", "public key"),), rows)


def _kept(verified: Verified, kept: Kept | None, copies: Sequence[Compared]) -> Table:
    """What was kept, and where the log has it."""
    given = [] if kept is None else list(dict.fromkeys(kept.fingerprints))
    given += [] if kept is None else [one.fingerprint for some in kept.checkpoints.values() for one in some]
    not_met = Text("未符合", "not met")
    rows = [(each, str(verified.met[each]) if each in verified.met else not_met) for each in given]
    rows += [(each.shown, not_met if each.findings else str(each.size)) for each in copies]
    note = Text(
        "没有与留存的东西对照，只知台账自身是否一致。",
        "Nothing that was kept was given: it is known only whether the ledger agrees with itself.",
    )
    heads = (
        Text("留存的指纹或副本", "fingerprint or copy that was kept"),
        Text("至几条相符", "met up to how many entries"),
    )
    return Table("kept", Text("与留存的对照", "What was kept"), heads, tuple(rows), None if rows else note)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def of_findings(findings: Findings) -> Table:
    """The table of what was found, in the order in which it was."""
    rows = []
    for finding in findings.listed:
        problem = finding.problem
        at: Cell = str(finding.position) if finding.position is not None else plain("—")
        message = Text(problem.message("zh"), problem.message("en"))
        rows.append((at, problem.code, message, Text(problem.help("zh"), problem.help("en"))))
    note, rest = None, findings.count - len(findings.listed)
    if not rows:
        note = Text("未发现问题。", "Nothing was found.")
    elif rest:
        note = Text(f"另有 {rest} 项没有列出。", f"{rest} more are not listed.")
    heads = (Text("条目", "entry"), Text("代码", "code"), Text("问题", "what is wrong"), Text("处理", "what to do"))
    return Table(FINDINGS, Text("发现的问题", "Findings"), heads, tuple(rows), note)
