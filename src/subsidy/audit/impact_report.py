"""The report of an impact: what is to be paid in addition or recovered, by policy, payer and month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..reports.report import Cell, Chart, Report, Table
from ..text import Text
from .impact import Change, Difference, Impact

_SUMS: Final = (Text("条数", "entries"), Text("补发", "to pay in addition"), Text("追缴", "to recover"))
_MORE: Final = 2  # the column of what is to be paid in addition, behind the name


def report_of(impact: Impact) -> Report:
    """The report of an impact."""
    count, total = len(impact.changes), impact.total
    verdict = Text("没有改变", "nothing changes")
    if count:
        zh = f"现行核定 {impact.standing} 条中有 {count} 条改变：补发 {total.more} 元，追缴 {total.less} 元"
        en = (
            f"{count} of {impact.standing} determinations change: {total.more} CNY to pay in addition, "
            f"{total.less} CNY to recover"
        )
        verdict = Text(zh, en)
    payers = {" ".join(filter(None, payer)): found for payer, found in impact.by_payer.items()}
    return Report(
        title=Text("后来的文件改变什么", "What later texts change"),
        verdict=verdict,
        is_clean=impact.is_clean,
        facts=(
            (Text("台账", "ledger"), impact.ledger),
            (Text("条目", "entries"), str(impact.size)),
            (Text("标识已抹除的核定", "determinations with an erased identifier"), str(impact.erased)),
        ),
        tables=(
            _sums("policies", Text("按政策", "By policy"), Text("政策", "policy"), impact.by_policy),
            _sums("divisions", Text("按区划", "By division"), Text("区划", "division"), impact.by_division),
            _sums("payers", Text("按分担", "By payer"), Text("分担", "payer"), payers),
            _sums("months", Text("按月", "By month"), Text("月份", "month"), impact.by_month),
            Table(
                name="changes",
                title=Text("改变的核定", "Determinations that change"),
                heads=(
                    Text("条目", "entry"),
                    Text("代码", "code"),
                    Text("原付", "paid"),
                    Text("现为", "due"),
                    Text("说明", "what changes"),
                    Text("须人工处理", "for a hand"),
                ),
                rows=tuple(map(_change, impact.changes)),
                note=None if count else verdict,
            ),
        ),
    )


def _sums(name: str, title: Text, of: Text, sums: Mapping[str, Difference]) -> Table:
    rows = tuple((each, found.count, found.more, found.less) for each, found in sums.items())
    chart = Chart(0, _MORE) if any(found.more for found in sums.values()) else None
    return Table(name, title, (of, *_SUMS), rows, chart=chart)


def _change(each: Change) -> tuple[Cell, ...]:
    due: Cell = ""
    if each.low is not None and each.high is not None:
        due = each.low if each.low == each.high else f"{each.low} – {each.high}"
    said = Text(each.finding.message("zh"), each.finding.message("en"))
    hand = Text("；".join(why.zh for why in each.hand), "; ".join(why.en for why in each.hand))
    return each.position, each.finding.code, each.old, due, said, hand
