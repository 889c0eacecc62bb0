"""Reports made by hand: one as a replay would make it, one without findings, and one full of what others put in."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from subsidy.audit.findings import Finding, Findings
from subsidy.audit.reporting import of_findings
from subsidy.reports.report import Chart, Report, Sample, Table
from subsidy.text import Text, plain

HEADS: Final = (
    Text("政策", "policy"),
    Text("核定", "determined"),
    Text("已付（元）", "paid (CNY)"),
    Text("重算（元）", "replayed (CNY)"),
    Text("差额（元）", "difference (CNY)"),
)
POLICIES: Final = (
    ("cn/liaoning/shenyang/home-service@2023-08-01", 41_207, "18406112.50", "18406112.50"),
    ("cn/shanxi/yuncheng/bed-subsidy@2021-03-29", 12_844, "5137600.00", "5139850.25"),
    ("cn/shanxi/yuncheng/construction-grant@2021-03-29", 37, "123456789012.34", "123456789012.34"),
    ("cn/shanxi/yuncheng/operating-subsidy@2021-03-29", 212, "893400.10", "880000.00"),
)
MARKUP: Final = "<script>alert(1)</script> & \"'>]]><img src=http://127.0.0.1:1/x onerror=alert(2)>"
HOSTILE: Final = f"=1+1 {MARKUP} \x1b[31m \r\n \x00 \ud800 \ufffe \u202e _x000D_ javascript:"


def sums() -> tuple[tuple[str, int, Decimal, Decimal, Decimal], ...]:
    """A row for each policy, with what was paid, what it comes to again, and the difference."""
    return tuple((id_, n, Decimal(a), Decimal(b), Decimal(b) - Decimal(a)) for id_, n, a, b in POLICIES)


def months(count: int = 30) -> tuple[tuple[str, int, Decimal], ...]:
    """A row for each month, of sums that are all different."""
    first = 2021 * 12 + 2
    return tuple(
        (
            f"{each // 12}-{each % 12 + 1:02}",
            800 + 37 * (each % 11),
            Decimal(20_000_000 + each * 7_919_317 % 41_000_000) / 100,
        )
        for each in range(first, first + count)
    )


def report(*, months_: int = 30) -> Report:
    """What a replay of three years would say, with findings."""
    found = Findings()
    found.add(
        Finding.of("V0101", 17_204, wanted="17204", given="17205"),
        Finding(20_881, Finding.of("V0101", 20_881, wanted="20881", given="20883").problem),
    )
    by_policy, by_month = sums(), months(months_)
    total = (
        Text("合计", "together"),
        sum(row[1] for row in by_policy),
        *(sum((row[place] for row in by_policy), Decimal("0.00")) for place in (2, 3)),
        sum((row[4] for row in by_policy), Decimal("0.00")),
    )
    tables = (
        Table("policies", Text("按政策", "Totals by policy"), HEADS, by_policy, chart=Chart(0, 4), total=total),
        Table(
            "months",
            Text("按服务月份", "Totals by month of service"),
            (Text("月份", "month"), HEADS[1], HEADS[2]),
            by_month,
            Text(
                "月份来自申报的事实，不取自服务器的时钟。", "The month is that of the claim, not of a server's clock."
            ),
            Chart(0, 2),
        ),
        Table(
            "payers",
            Text("按出资方", "Totals by payer"),
            (Text("出资方", "payer"), HEADS[2]),
            (
                (Text("市级财政", "city"), Decimal("12203556.30")),
                (Text("县（市、区）财政", "county"), Decimal("12233556.30")),
                (Text("追缴冲抵", "recovered"), Decimal("-1204800.55")),
            ),
            chart=Chart(0, 1),
        ),
        of_findings(found),
        Table(
            "adoptions",
            Text("所依据的采用文件与口径", "Adoptions and readings relied on"),
            (Text("政策", "policy"), Text("文件", "document"), Text("自", "from"), Text("口径", "readings"), HEADS[1]),
            (
                (POLICIES[0][0], "虚构〔2023〕1号", "2023-08-01", "fewer_hours=as_served, more_hours=first_45", 41_207),
                (POLICIES[1][0], "虚构〔2021〕7号", "2021-06-01", "part_month=any_day", 12_844),
                (
                    POLICIES[2][0],
                    "虚构〔2021〕8号",
                    "2021-06-01",
                    "shortfall=same_rate_above_cap, other_works=do_not",
                    37,
                ),
                (POLICIES[3][0], "虚构〔2021〕9号", "2021-06-01", "", 212),
            ),
        ),
        Table(
            "unreplayed",
            Text("未能重算的", "What could not be replayed"),
            (Text("条目", "entry"), Text("原因", "why")),
            (),
            Text("没有。", "There is none."),
        ),
    )
    samples = (
        Sample(
            Text("第 6 条：居家养老服务补贴", "Entry 6: home service"),
            (
                Text("每月服务费 = 时数 × 单价", "monthly cost = hours × price"),
                plain("  20 h × 30.00 CNY/h = 600.00 CNY"),
                Text("每人每月封顶〔二(一)〕：余 750.00 元", "monthly cap per person [二(一)]: 750.00 CNY are left"),
            ),
        ),
        Sample(Text("第 20881 条：床位补贴", "Entry 20881: bed subsidy"), (plain("31 d × 10.00 CNY/d = 310.00 CNY"),)),
    )
    return Report(
        Text("台账重算报告", "Replay of a ledger"),
        Text(
            "54,300 条核定中，2 处有问题，最先在第 17204 条",
            "2 findings in 54,300 determinations, the first at entry 17204",
        ),
        is_clean=False,
        facts=(
            (Text("台账", "ledger"), "sqlite:///ledger.db"),
            (Text("日志名", "origin"), "subsidy/210100"),
            (Text("指纹", "fingerprint"), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
            (Text("条目", "entries"), "54,311"),
        ),
        tables=tables,
        samples=samples,
    )


def clean() -> Report:
    """A short report of a ledger in which nothing was found."""
    return Report(
        Text("台账核验报告", "Verification of a ledger"),
        Text("全部 54,311 条与保存的指纹一致", "all 54,311 entries agree with the fingerprint that was kept"),
        is_clean=True,
        facts=((Text("台账", "ledger"), "sqlite:///ledger.db"),),
        tables=(of_findings(Findings()),),
    )


def hostile() -> Report:
    """A report with markup, control signs and half characters wherever a ledger or a caller could have put them."""
    text = plain(HOSTILE)
    rows = ((HOSTILE, Decimal("1.00"), text), ("@SUM(A1)", Decimal("NaN"), "-2+3"), ("+1", Decimal("1E+999999"), "=A1"))
    return Report(
        text,
        text,
        is_clean=False,
        facts=((text, HOSTILE),),
        tables=(
            Table(HOSTILE, text, (text, text, text), rows, text, Chart(0, 1), (HOSTILE, Decimal(0), HOSTILE)),
            Table("other", text, (text,), (), text),
            Table("history", plain("'History'"), (text,), (("long " * 10_000,),)),
        ),
        samples=(Sample(text, (text, text)),),
    )
