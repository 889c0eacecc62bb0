"""What is said of how a roster is read is heeded or refused with the reason: nothing that was asked goes in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subsidy.errors import RequestError
from subsidy.sheets.reading import read

from .books import GRANT, GRANT_HEAD, SERVICE, book, claims, csv_of, policy

P1 = ["P1", "2021-06-30", "140802", "new_build", "1800", "3000000"]


def said(error: RequestError) -> list[tuple[str, str, str]]:
    return [(each.code, each.message("zh"), each.message("en")) for each in error.problems]


@pytest.mark.parametrize(
    ("options", "zh", "en"),
    [
        (
            {"sheet": "名单"},
            "--sheet 名单 在这里没有作用：CSV 没有工作表",
            "--sheet 名单 does nothing here: a CSV has no sheets",
        ),
        (
            {"year": 2021},
            "--year 2021 在这里没有作用：表头没有几个按月的列",
            "--year 2021 does nothing here: the header has no columns of months",
        ),
        (
            {"months_of": "cost"},
            "--months-of cost 在这里没有作用：表头没有几个按月的列",
            "--months-of cost does nothing here: the header has no columns of months",
        ),
        (
            {"unit": "亩"},
            "--unit 亩 在这里没有作用：不是哪一列的单位；实际建筑面积：m²、工程投资：元",
            "--unit 亩 does nothing here: it is the unit of no column; actual floor area: m², cost of the works: CNY",
        ),
        (
            {"columns": {"造价": "cost"}},
            f"--column 造价=cost 在这里没有作用：名单的列是：{'、'.join(GRANT_HEAD)}",
            f"--column 造价=cost does nothing here: the columns of the roster are: {', '.join(GRANT_HEAD)}",
        ),
        (
            {"blank_is_zero": ["项目"]},
            "--blank-is-zero project 在这里没有作用：项目不是数",
            "--blank-is-zero project does nothing here: project is no number",
        ),
        (
            {"blank_is_zero": ["beds"]},
            "--blank-is-zero beds 在这里没有作用：名单没有内嵌养老床位这一列",
            "--blank-is-zero beds does nothing here: the roster has no column of embedded beds",
        ),
    ],
    ids=str,
)
def test_an_option_that_does_nothing_is_refused(options: dict[str, Any], zh: str, en: str, tmp_path: Path) -> None:
    """Of a CSV, an option that nothing answers to is said, and what to do."""
    file = csv_of(tmp_path / "a.csv", [GRANT_HEAD, P1])
    with pytest.raises(RequestError) as error:
        read(file, policy(GRANT), **options)
    assert said(error.value) == [("R0785", zh, en)]
    assert error.value.problems[0].help("en") == "leave it out, or correct it"
    assert error.value.problems[0].help("zh") == "去掉它，或改正"


def test_a_unit_that_every_header_says_is_refused(tmp_path: Path) -> None:
    """A unit of money is for headers that name none."""
    head = [*GRANT_HEAD[:5], "工程投资（万元）"]
    with pytest.raises(RequestError) as error:
        read(csv_of(tmp_path / "a.csv", [head, P1]), policy(GRANT), unit="元")
    assert said(error.value) == [
        (
            "R0785",
            "--unit 元 在这里没有作用：各列的表头都写明了单位",
            "--unit 元 does nothing here: every header says its unit",
        )
    ]
    named = read(csv_of(tmp_path / "b.csv", [GRANT_HEAD, [*P1[:5], "300"]]), policy(GRANT), unit="万元")
    assert claims(named)[0]["cost"] == "3000000"


def test_columns_of_months_have_their_year_and_their_blanks(tmp_path: Path) -> None:
    """A year beside headers that say another, and zeros for months that nobody claims, are refused."""
    rows = [["服务对象", "每小时服务价格", "2023年1月", "2023年2月"], ["A1", 30, 10, None]]
    file = book(tmp_path / "a.xlsx", rows)
    with pytest.raises(RequestError) as error:
        read(file, policy(SERVICE), months_of="hours", year=2024, blank_is_zero=["hours"])
    assert [zh for _, zh, _ in said(error.value)] == [
        "--year 2024 在这里没有作用：按月的列都写明了别的年份",
        "--blank-is-zero hours 在这里没有作用：按月的列，空着的月份没有申报",
    ]
    assert [en for _, _, en in said(error.value)] == [
        "--year 2024 does nothing here: every column of a month says another year",
        "--blank-is-zero hours does nothing here: where a month has a column, a blank is no claim",
    ]
    assert len(claims(read(file, policy(SERVICE), months_of="hours", year=2023))) == 1


def test_a_fact_of_which_blanks_are_zero_is_one(tmp_path: Path) -> None:
    """A name that is no fact is refused with the nearest; the header that was said to be a fact is one."""
    file = csv_of(tmp_path / "a.csv", [[*GRANT_HEAD[:5], "造价"], [*P1[:5], ""]])
    with pytest.raises(RequestError) as error:
        read(file, policy(GRANT), columns={"造价": "cost"}, blank_is_zero=["costs"])
    (problem,) = error.value.problems
    assert (problem.code, problem.where, problem.help("en")) == ("F0101", "costs", "did you mean cost?")
    assert claims(read(file, policy(GRANT), columns={"造价": "cost"}, blank_is_zero=["造价"]))[0]["cost"] == "0"


def test_what_is_about_sheets_is_refused_of_parquet(tmp_path: Path) -> None:
    """Figures of Parquet are in the units of the facts: a unit that was given is never passed over."""
    pq.write_table(pa.table({name: [cell] for name, cell in zip(GRANT_HEAD, P1, strict=True)}), tmp_path / "a.parquet")
    with pytest.raises(RequestError) as error:
        read(
            tmp_path / "a.parquet", policy(GRANT), sheet="1", header_row=2, columns={"a": "cost"}, unit="万元",
            year=2021, months_of="cost", blank_is_zero=["cost"],
        )  # fmt: skip
    why = "of Parquet, columns are named as facts, and figures are in their units and read as they are"
    given = [
        "sheet 1",
        "header-row 2",
        "column a=cost",
        "unit 万元",
        "year 2021",
        "months-of cost",
        "blank-is-zero cost",
    ]
    assert [en for _, _, en in said(error.value)] == [f"--{each} does nothing here: {why}" for each in given]
    assert said(error.value)[3][1] == (
        "--unit 万元 在这里没有作用：Parquet 的列以事实的名称或标签命名，数已按事实的单位，照原样读"
    )
