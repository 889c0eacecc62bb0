"""The summary of a result as a report: by month, by payer, by group, each with its chart; and the problems."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ..reports.report import Cell, Chart, Report, Table
from ..text import Language, Text
from .outcome import Outcome
from .sums import Tally

MONTHS: Final = Text("按月份", "By month")
PAYERS: Final = Text("按付款方", "By payer")
VERSIONS: Final = Text("按版本", "By version")
_COUNTS: Final = (
    ("rows", Text("行数", "rows")),
    ("computed", Text("已测算", "computed")),
    ("wrong", Text("有问题", "with problems")),
    ("refused", Text("不符合条件", "not eligible")),
)
_NONE: Final = Text("（未填或有误）", "(none, or wrong)")
_LEAST, _MOST = Text("下限", "least"), Text("上限", "most")


def titles(outcome: Outcome) -> list[Text]:
    """The titles of the tables of a summary, which are known before there is one."""
    by_version = [VERSIONS] if len(outcome.versions) > 1 else []
    return [MONTHS, PAYERS, *by_version, *([_by_group(outcome.group)] if outcome.group else [])]


def report_of(outcome: Outcome, language: Language) -> Report:
    """The summary of a result."""
    return Report(
        title=Text(f"名单测算：{outcome.policy.title.zh}", f"Roster calculated: {outcome.policy.title.en}"),
        verdict=verdict_of(outcome),
        is_clean=outcome.is_clean,
        facts=tuple((label, text.in_(language)) for label, text in outcome.about()),
        tables=tables_of(outcome),
    )


def verdict_of(outcome: Outcome) -> Text:
    """What came of it, in a sentence."""
    total = outcome.total
    zh = f"{total.rows:,} 行：已测算 {total.computed:,} 行，有问题 {total.wrong:,} 行"
    en = f"{total.rows:,} rows: {total.computed:,} computed, {total.wrong:,} with problems"
    if outcome.pays:
        low, high = total.low.get("amount", Decimal("0.00")), total.high.get("amount", Decimal("0.00"))
        sums = f"{low:,.2f}" if low == high else f"{low:,.2f} – {high:,.2f}"
        zh, en = f"{zh}；金额合计 {sums} 元", f"{en}; amount in total {sums} CNY"
    basis = outcome.basis()
    return Text(f"{zh}。{basis.zh}", f"{en}. {basis.en}")


def tables_of(outcome: Outcome) -> tuple[Table, ...]:
    """By month, by payer, by version where there are several, and by group where one was asked for."""
    found = [_tallies(outcome, "months", MONTHS, Text("月份", "month"), outcome.sums.by_month()), _payers(outcome)]
    if len(outcome.versions) > 1:
        found.append(_tallies(outcome, "versions", VERSIONS, Text("版本", "version"), outcome.sums.by_version()))
    if outcome.group:
        head = Text(outcome.group, outcome.group)
        found.append(_tallies(outcome, "groups", _by_group(outcome.group), head, outcome.sums.by_group()))
    return tuple(found)


def _by_group(group: str) -> Text:
    return Text(f"按{group}", f"By {group}")


def _tallies(outcome: Outcome, name: str, title: Text, head: Text, tallies: Mapping[str, Tally]) -> Table:
    total = outcome.total
    sums = outcome.payer_sums()
    open_ = {each for each, _ in sums if total.low.get(each) != total.high.get(each)}
    heads = [head, *(label for _, label in _COUNTS)]
    for each, label in sums:
        heads += [_bound(label, _LEAST), _bound(label, _MOST)] if each in open_ else [label]

    def cells(of: Cell, tally: Tally) -> tuple[Cell, ...]:
        found: list[Cell] = [of, *(getattr(tally, count) for count, _ in _COUNTS)]
        for each, _ in sums:
            low = tally.low.get(each, Decimal("0.00"))
            found += [low, tally.high.get(each, low)] if each in open_ else [low]
        return tuple(found)

    rows = tuple(cells(each or _NONE, tally) for each, tally in tallies.items())
    chart = Chart(0, 1 + len(_COUNTS)) if sums and rows else None
    said = Text("合计", "total")
    return Table(name, title, tuple(heads), rows, chart=chart, total=cells(said, total) if rows else None)


def _payers(outcome: Outcome) -> Table:
    payers = outcome.payers
    is_open = any(each.low != each.high for each in payers)
    sums = (
        (_bound(Text("金额", "amount"), _LEAST), _bound(Text("金额", "amount"), _MOST))
        if is_open
        else (Text("金额", "amount"),)
    )
    rows = []
    for each in payers:
        note = []
        if not each.counted:
            note.append(Text("不计入金额合计", "not in the amount"))
        if each.own:
            note.append(Text("自行承担，不拨付", "borne, never paid out"))
        said = Text("；".join(one.zh for one in note), "; ".join(one.en for one in note))
        figures: tuple[Cell, ...] = (each.low, each.high) if is_open else (each.low,)
        rows.append((each.payer, each.part, *figures, said))
    heads = (Text("付款方", "payer"), Text("项目", "part"), *sums, Text("说明", "note"))
    return Table("payers", PAYERS, heads, tuple(rows), chart=Chart(0, 2) if rows else None)


def _bound(label: Text, bound: Text) -> Text:
    return Text(f"{label.zh}（{bound.zh}）", f"{label.en} ({bound.en})")
