"""The explanation of a span of months: how its sum is made, and the explanation of each month."""

from __future__ import annotations

from collections.abc import Iterator

from ..text import Text, plain
from . import sums
from .explain import REMARKS, remark_lines, sections
from .explanation import NOTHING, Explanation, Line
from .months import Months


def explained_months(found: Months) -> Explanation:
    """The explanation of a span of months. Each month may have a text of its own, so the head names none."""
    parts = tuple(row.result.explanation for row in found.rows)
    remarks = dict.fromkeys(line for row in found.rows for line in remark_lines(row.result.warnings))
    return Explanation(
        kind="months",
        policy=found.policy_id,
        version="",
        revision=0,
        digest="",
        status="",
        is_simulation=found.is_simulation,
        title=parts[-1].title if parts else plain(found.policy_id),
        place=parts[-1].place if parts else NOTHING,
        source=NOTHING,
        basis=(Text(f"月份：{found.first} 至 {found.last}", f"Months: {found.first} to {found.last}"),),
        sections=sections(
            (
                ("months", Text("逐月", "Month by month"), sorted(_months(found), key=lambda line: line.name)),
                ("result", Text("合计", "Total"), _total(found)),
                ("remarks", REMARKS, remarks),
            )
        ),
        parts=parts,
    )


def _months(found: Months) -> Iterator[Line]:
    """What each month gives, and why some give nothing."""
    for row in found.rows:
        revision = Text(f"第 {row.policy.revision} 次编码", f"revision {row.policy.revision}")
        aside = Text(f"（{row.version} · {revision.zh}）", f" ({row.version} · {revision.en})")
        money = row.result.total
        yield Line("month", row.month, plain(row.month), sums.said(money), aside=aside, values=sums.ends(money))
    for gap in found.gaps:
        said = Text(gap.problem.message("zh"), gap.problem.message("en"))
        yield Line("month", gap.month, plain(gap.month), said, mark=gap.problem.code)


def _total(found: Months) -> Iterator[Line]:
    how = sums.of_both_ends(
        "amount", lambda end: plain(sums.added((row.result.low, row.result.high)[end] for row in found.rows))
    )
    yield from sums.total("amount", sums.AMOUNT, Text("金额", "Amount"), found.total, how)
    if not found.is_determined:
        yield Line("note", "open", sums.LEFT_OPEN, found.total.why)
