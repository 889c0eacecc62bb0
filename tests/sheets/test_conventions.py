"""What a roster may look like: each convention of real sheets is understood, or listed with the address of its cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from subsidy.errors import RequestError
from subsidy.sheets.reading import read

from .books import BEDS, GRANT, GRANT_HEAD, PLAN, SERVICE, SERVICE_HEAD, book, claims, notes, policy, wrong

P1 = ["P1", "2021-06-30", "140802", "new_build", "1800", "3000000"]
READ = {
    "project": "P1",
    "accepted_on": "2021-06-30",
    "place": "140802",
    "works": "new_build",
    "floor_area": "1800",
    "cost": "3000000",
}


def test_titles_units_totals_and_words_around_a_table(tmp_path: Path) -> None:
    """The header is found below a title and a unit, 万元 counts, totals and signatures are passed over and listed."""
    rows = [
        ["运城市建设补助名单"],
        ["单位：万元"],
        ["序号", "项目", *GRANT_HEAD[1:4], "实际建筑面积（平方米）", "工程投资", "备注"],
        [1, "P1", "2021.6.30", "盐湖区", "新建", "１，８００．５０", 300, "公建"],
        ["小计", None, None, None, None, 1800.5, 300, None],
        [2, "P2", dt.date(2021, 7, 1), 140821, "new_build", 1800, "250.000001", None],
        ["合 计", None, None, None, None, 3600.5, 551, None],
        [None] * 8,
        ["制表人：张三", None, None, "审核：李四"],
    ]
    roster = read(book(tmp_path / "名单.xlsx", rows), policy(GRANT))
    assert claims(roster) == [
        READ | {"floor_area": "1800.50"},
        READ | {"project": "P2", "accepted_on": "2021-07-01", "place": "140821", "cost": "2500000.01"},
    ]
    assert wrong(roster) == []
    assert notes(roster) == [
        ("R0732", "A1"),
        ("R0732", "A2"),
        ("R0733", "G3"),
        ("R0734", ""),
        ("R0730", "A5"),
        ("R0730", "A7"),
        ("R0731", "A9"),
        ("R0740", "G7"),
    ]
    assert [piece.carried.to_pylist() for piece in roster.pieces()] == [
        [{"序号": "1", "备注": "公建"}, {"序号": "2", "备注": ""}]
    ]
    assert [piece.rows.to_pylist() for piece in roster.pieces()] == [[4, 6]]
    assert str(roster.place(6, roster.column_of("cost"))) == f"{tmp_path / '名单.xlsx'}  名单!G6"


@pytest.mark.parametrize(
    ("title", "factor"),
    [
        ("工程投资", 1),
        ("工 程\n投 资", 1),
        ("工程投资(元)", 1),
        ("工程投资（单位：万元）", 10_000),
        ("工程投资/万元", 10_000),
        ("工程投资（千元）", 1_000),
        ("cost", 1),
        ("Cost of the works (万元)", 10_000),
        ("*工程投资：", 1),
    ],
)
def test_a_header_may_be_spaced_and_have_its_unit(title: str, factor: int, tmp_path: Path) -> None:
    """A header is a name or a label, however spaced, with its unit in brackets or behind a slash."""
    roster = read(book(tmp_path / "a.xlsx", [[*GRANT_HEAD[:5], title], [*P1[:5], 300]]), policy(GRANT))
    assert claims(roster) == [READ | {"cost": str(300 * factor)}]
    assert [code for code, _ in notes(roster)] == (["R0733"] if factor != 1 else [])


@pytest.mark.parametrize(
    ("line", "cost"),
    [("单位：元", "300"), ("金额单位:万元", "3000000"), ("单位：平方米、万元", "3000000"), ("填报单位：民政局", "300")],
)
def test_a_line_above_the_header_says_the_unit_of_money(line: str, cost: str, tmp_path: Path) -> None:
    """A unit line is about the sums of money; who fills a table in is no unit."""
    roster = read(book(tmp_path / "a.xlsx", [[line], GRANT_HEAD, [*P1[:5], 300]]), policy(GRANT))
    assert claims(roster) == [READ | {"cost": cost}]


def test_a_fact_in_ten_thousands_is_not_multiplied_twice(tmp_path: Path) -> None:
    """A fact that is stated in 万元 takes 万元 as it is, and 元 divided."""
    head = ["资金安排", "安排日期", "中央试点补助资金（万元）", "市级财政投入（元）", "县级财政投入"]
    roster = read(book(tmp_path / "a.xlsx", [head, ["A", "2018-08-01", 3000, 25_000_000, 400]]), policy(PLAN))
    assert claims(roster)[0] == {
        "plan": "A", "arranged_on": "2018-08-01", "central": "3000", "city": "2500", "county": "400"
    }  # fmt: skip


def test_a_unit_that_does_not_fit_stops_the_roster(tmp_path: Path) -> None:
    """A unit of a header that is none of its fact is said with its cell; it may be another column."""
    with pytest.raises(RequestError) as raised:
        read(book(tmp_path / "a.xlsx", [[*GRANT_HEAD[:4], "实际建筑面积（亩）", "工程投资"], P1]), policy(GRANT))
    assert raised.value.report() == (
        f"R0711 unit-does-not-fit  {tmp_path}/a.xlsx  名单!E1\n"
        "  单位“亩”用在哪一列、如何折算，不清楚；该有的单位：实际建筑面积：m²\n"
        "  → 在该列表头的括号里写明单位，如 工程投资（万元）\n"
        "  it is not clear what the unit “亩” is of, or how it converts; the units are: actual floor area: m²\n"
        "  → write the unit in brackets in the header of that column, as in cost (万元)"
    )


def test_a_unit_line_that_may_be_about_a_price_stops_the_roster(tmp_path: Path) -> None:
    """With 万元 above the table, a price an hour may or may not be in it: its header has to say."""
    path = book(tmp_path / "a.xlsx", [["单位：万元"], SERVICE_HEAD, ["A", "2023-08", 10, 30]])
    with pytest.raises(RequestError) as raised:
        read(path, policy(SERVICE))
    assert [(each.code, each.where) for each in raised.value.problems] == [("R0711", "万元")]
    path = book(
        tmp_path / "b.xlsx", [["单位：万元"], [*SERVICE_HEAD[:3], "每小时服务价格（元）"], ["A", "2023-08", 10, 30]]
    )
    assert claims(read(path, policy(SERVICE)))[0]["price"] == "30"
    assert ("R0744", "D2") in notes(read(path, policy(SERVICE)))


def test_twelve_columns_of_a_month_are_twelve_claims(tmp_path: Path) -> None:
    """Below a merged header each month is a claim; an empty cell is none, a zero is one; the year is in the title."""
    rows: list[list[Any]] = [
        ["2023年服务时长汇总表"],
        ["服务对象", "姓名", "每小时服务价格", "当月上门服务时长（小时）", *[None] * 11, "合计"],
        [None, None, None, *[f"{month}月" for month in range(1, 13)], None],
        ["A", "张", 30, 10, None, 0, "/", "#N/A", *[None] * 7, 10],
        ["B", "李", None, *[1] * 12, 12],
    ]
    path = book(tmp_path / "a.xlsx", rows, merged=["A2:A3", "B2:B3", "C2:C3", "D2:O2", "P2:P3"])
    roster = read(path, policy(SERVICE))
    found = claims(roster)
    first = {"beneficiary": "A", "price": "30"}
    assert found[:3] == [
        first | {"month": "2023-01", "hours": "10"},
        first | {"month": "2023-03", "hours": "0"},
        first | {"month": "2023-05"},
    ]
    assert [each["month"] for each in found[3:]] == [f"2023-{month:02}" for month in range(1, 13)]
    (piece,) = roster.pieces()
    assert [roster.column_of("hours", index, piece) for index in (0, 1, 2, 14)] == [3, 5, 7, 14]
    assert wrong(roster) == [("R0716", "H4"), *[("R0715", "C5")] * 12]
    assert ("R0736", "A1") in notes(roster)
    assert ("R0738", "") in notes(roster)


@pytest.mark.parametrize(
    "months", [["1月", "2月"], ["一月", "十二月"], ["2023年8月", "2023-09"], ["202308", "2023.09"]]
)
def test_months_are_written_in_many_ways(months: list[str], tmp_path: Path) -> None:
    """A column of a month says it in Chinese or in digits; without a header above, the fact is named."""
    rows = [["服务对象", "每小时服务价格", *months], ["A", 30, 1, 2]]
    roster = read(book(tmp_path / "a.xlsx", rows), policy(SERVICE), months_of="hours", year=2023)
    wanted = {"一月": "2023-01", "十二月": "2023-12", "1月": "2023-01", "2月": "2023-02"}
    assert [each["month"] for each in claims(roster)] == [
        wanted.get(each, f"2023-0{8 + at}") for at, each in enumerate(months)
    ]


def test_months_without_a_year_or_a_fact_stop_the_roster(tmp_path: Path) -> None:
    """No year is guessed, and no fact: both are asked for."""
    rows = [["服务对象", "每小时服务价格", "时长", None], [None, None, "1月", "2月"], ["A", 30, 1, 2]]
    with pytest.raises(RequestError) as raised:
        read(book(tmp_path / "a.xlsx", rows, merged=["C1:D1"]), policy(SERVICE))
    assert raised.value.report("zh") == (
        f"R0713 months-without-year  {tmp_path}/a.xlsx  名单!C2\n"
        "  按月的列“时长 1月”没有写年份；表头以上的年份：–\n"
        "  → 加 --year 年份\n"
        f"R0712 months-of-what  {tmp_path}/a.xlsx  名单!C2\n"
        "  按月的各列（“时长 1月”等）是哪一项事实，不清楚；可以是：hours, price\n"
        "  → 在月份上方写一行合并的表头，或加 --months-of 事实"
    )


def test_a_header_that_cannot_be_found_is_asked_for(tmp_path: Path) -> None:
    """What was seen in the first rows is said, and what was looked for."""
    path = book(tmp_path / "a.xlsx", [["名单"], ["姓名", "金额"], ["张三", 100]])
    with pytest.raises(RequestError) as raised:
        read(path, policy(SERVICE))
    assert raised.value.report("zh") == (
        f"R0710 header-not-found  {path}\n"
        f"  {path} 的表头找不到。看到的是：第 1 行：名单；第 2 行：姓名 | 金额；第 3 行：张三 | 100。"
        "要找的列：服务对象、服务月份、当月上门服务时长、每小时服务价格\n"
        "  → 用 --header-row 指明表头的首行，或把表头改成事实的名称"
    )
    columns = {"姓名": "beneficiary", "金额": "price"}
    assert claims(read(path, policy(SERVICE), header_row=2, columns=columns)) == [
        {"beneficiary": "张三", "price": "100"}
    ]


def test_columns_that_are_no_facts_go_along_unless_they_may_be_one(tmp_path: Path) -> None:
    """A name or a remark is carried to the result; a header near a fact stops the roster until somebody explains it."""
    path = book(
        tmp_path / "a.xlsx",
        [["姓名", *SERVICE_HEAD[:3], "每小时价格", "开户行"], ["张", "A", "2023-08", 1, 30, "农行"]],
    )
    with pytest.raises(RequestError) as raised:
        read(path, policy(SERVICE), ignored=["备注"], carried=["电话"])
    assert raised.value.report("zh") == (
        f"R0702 unknown-column  {path}  名单!E1\n"
        "  列“每小时价格”不是该政策的事实；可以是：beneficiary (服务对象), month (服务月份), "
        "hours (当月上门服务时长), price (每小时服务价格)\n"
        "  → 是否想写 每小时服务价格？否则加 --carry 每小时价格 带入结果，或 --ignore 每小时价格 略过\n"
        "R0709 no-such-column  备注\n"
        "  要略过的列“备注”不在名单中；名单的列：姓名、服务对象、服务月份、当月上门服务时长、每小时价格、开户行\n"
        "  → 改正或去掉 --ignore 备注\n"
        "R0719 no-such-column-to-carry  电话\n"
        "  要带入结果的列“电话”不在名单中；名单的列：姓名、服务对象、服务月份、当月上门服务时长、每小时价格、开户行\n"
        "  → 改正或去掉 --carry 电话"
    )
    meant = read(path, policy(SERVICE), columns={"每小时价格": "price"}, ignored=["开户行"])
    assert claims(meant)[0]["price"] == "30"
    assert meant.carried.names == ["姓名"]
    assert read(path, policy(SERVICE), carried=["*"]).carried.names == ["姓名", "每小时价格", "开户行"]


def test_records_have_columns_of_their_own(tmp_path: Path) -> None:
    """The fields of each record stand in columns, or all of them as JSON in one cell."""
    head = ["养老服务中心", "收住的老年人", "补贴月份", "能力等级"]
    fields = ["入住记录1入住日", "入住记录 1 退住日", "入住记录2入住日", "stays[2].moved_out"]
    claim = ["C", "R", "2021-06", "半失能"]
    rows = [
        [*head, *fields],
        [*claim, "2021.6.5", "2021-06-18", None, None],
        [*claim, "20210605", "2021/6/6", "2021年6月8日", None],
    ]
    found = claims(read(book(tmp_path / "a.xlsx", rows), policy(BEDS)))
    assert [each["stays"] for each in found] == [
        [{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}],
        [{"moved_in": "2021-06-05", "moved_out": "2021-06-06"}, {"moved_in": "2021-06-08", "moved_out": None}],
    ]
    assert found[0]["care_level"] == "semi_disabled"
    json = '[{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}]'
    roster = read(book(tmp_path / "b.xlsx", [[*head, "入住记录"], [*claim, json], [*claim, "[{}]"]]), policy(BEDS))
    assert claims(roster)[0] == found[0]
    assert wrong(roster) == [("F0102", "E3")]


def test_several_sheets_have_to_be_named(tmp_path: Path) -> None:
    """Of several sheets one is named; those that a template has beside its roster do not count."""
    rows = [SERVICE_HEAD, ["A", "2023-08", 10, 30]]
    with pytest.raises(RequestError, match="R0551"):
        read(book(tmp_path / "a.xlsx", rows, sheets=["一月", "二月"]), policy(SERVICE))
    assert len(claims(read(book(tmp_path / "a.xlsx", rows, sheets=["一月", "填写说明"]), policy(SERVICE)))) == 1
