"""`subsidy table calculate`: what is printed, what a workbook has, and how it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from typer.testing import Result

from subsidy.cli.exits import Exit
from subsidy.tables import result_workbook, sums

Run = Callable[..., Result]
SERVICE = "cn/liaoning/shenyang/home-service"
SHARE = "home-service subsidy · government (level not stated)"
HEAD = "服务对象,服务月份,当月上门服务时长,每小时服务价格,每人每月最高补助的剩余额度,街道\n"
ROWS = (
    "甲,2023-08,20,30,1350,大东\n乙,2023-08,900,30,1350,大东\n丙,2023-09,10,30,1350,沈河\n丁,2022-01,10,30,1350,沈河\n"
)


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roster with two good rows, one with too many hours, one of a month before the policy."""
    monkeypatch.chdir(tmp_path)
    file = Path("roster.csv")
    file.write_text(HEAD + ROWS, "utf-8")
    return file


def table(run: Run, file: Path, out: str, *words: str) -> Result:
    """What the command says."""
    return run("table", "calculate", str(file), "--policy", SERVICE, "--out", out, *words)


def test_what_is_printed(run: Run, roster: Path) -> None:
    """Problems with their cells, sums by month, payer and group, and at the end the rows and where they are."""
    found = table(run, roster, "out.csv", "--group", "街道", "--lang", "en")
    assert found.exit_code == Exit.FINDING
    assert found.stdout == (
        "F0104 out-of-range  roster.csv  C3\n"
        "  hours of home service in the month (hours) is 900; allowed is 0 to 744 h/(person·month)\n"
        "R0102 no-version-on-date  roster.csv  B5\n"
        "  no version of cn/liaoning/shenyang/home-service is in force on 2022-01-01; the first is in force from "
        "2023-07-26\n"
        "By month\n"
        f"month    rows  computed  with problems  not eligible  amount  {SHARE}\n"
        "2022-01  1     0         1              0             0.00    0.00\n"
        "2023-08  2     1         1              0             600.00  600.00\n"
        "2023-09  1     1         0              0             300.00  300.00\n"
        "total    4     2         2              0             900.00  900.00\n"
        "\n"
        "By payer\n"
        "payer                          part                  amount  note\n"
        "government (level not stated)  home-service subsidy  900.00\n"
        "\n"
        "By 街道\n"
        f"街道   rows  computed  with problems  not eligible  amount  {SHARE}\n"
        "大东   2     1         1              0             600.00  600.00\n"
        "沈河   2     1         1              0             300.00  300.00\n"
        "total  4     2         2              0             900.00  900.00\n"
        "\n"
        "out.csv: 4 rows: 2 computed, 2 with problems; amount in total 900.00 CNY. "
        "simulation: nothing may be paid from it\n"
    )


def test_json(run: Run, roster: Path) -> None:
    """Totals, months, payers, groups, counts and the first problems, as one document."""
    data = json.loads(table(run, roster, "out.parquet", "--group", "街道", "--json").stdout)
    assert (data["rows"], data["computed"], data["wrong"], data["simulation"]) == (4, 2, 2, True)
    assert data["total"]["sums"]["amount"] == {"amount": "900.00"}
    assert {month: tally["sums"]["amount"]["amount"] for month, tally in data["by_month"].items()} == {
        "2022-01": "0.00",
        "2023-08": "600.00",
        "2023-09": "300.00",
    }
    assert [(each["share"], each["amount"]) for each in data["by_payer"]] == [
        ("shares.home_service.government", "900.00")
    ]
    assert {name: tally["rows"] for name, tally in data["by_group"].items()} == {"大东": 2, "沈河": 2}
    assert (data["problems"]["count"], data["problems"]["codes"]) == (2, {"F0104": 1, "R0102": 1})
    assert [(each["row"], each["place"]["key"]) for each in data["problems"]["listed"]] == [(3, "C3"), (5, "B5")]
    assert [each["code"] for each in data["notes"]["listed"]] == ["R0734"]


def test_a_workbook(run: Run, roster: Path) -> None:
    """Overview, sums with charts, problems in words, every row; figures are numbers, and nothing is a formula."""
    roster.write_text((HEAD + ROWS).replace("甲", "=1+1").replace("大东", "+大东"), "utf-8")
    assert table(run, roster, "out.xlsx", "--group", "街道", "--steps", "all").exit_code == Exit.FINDING
    book = openpyxl.load_workbook("out.xlsx")
    assert book.sheetnames == ["总览", "按月份", "按付款方", "按街道", "问题", "结果"]
    about = {row[0]: row[1] for row in book["总览"].iter_rows(min_row=4, values_only=True) if row[0]}
    assert (about["名单"], about["性质"]) == ("roster.csv", "测算，不作支付依据")
    assert about["政策摘要"].startswith("sha256:")
    assert [list(row)[:6] for row in book["按月份"].iter_rows(min_row=2, max_row=5, values_only=True)] == [
        ["2022-01", 1, 0, 1, 0, 0],
        ["2023-08", 2, 1, 1, 0, 600],
        ["2023-09", 1, 1, 0, 0, 300],
        ["合计", 4, 2, 2, 0, 900],
    ]
    problems = [list(row) for row in book["问题"].iter_rows(min_row=2, values_only=True)]
    assert problems[0] == [
        *("3", "C3", "当月上门服务时长", "F0104", "900", "0 – 744 小时/(人·月)"),
        "当月上门服务时长（hours）为 900，允许 0 至 744 小时/(人·月)",
        None,
    ]
    assert [row[3] for row in problems] == ["F0104", "R0102", "R0734"]
    results = book["结果"]
    heads = [cell.value for cell in results[1]]
    first = dict(zip(heads, results[2], strict=True))
    assert (first["服务对象"].value, first["服务对象"].data_type, first["服务对象"].quotePrefix) == ("=1+1", "s", True)
    assert (first["金额"].value, first["金额"].number_format) == (600, "#,##0.00")
    assert (first["街道"].value, first["计补时长"].value) == ("+大东", 20)
    assert (results.freeze_panes, results.auto_filter.ref is not None) == ("C2", True)
    hidden = {
        heads[openpyxl.utils.column_index_from_string(each) - 1]
        for each, of in results.column_dimensions.items()
        if of.hidden
    }
    assert "金额（下限）" in hidden
    with ZipFile("out.xlsx") as parts:
        assert sum(name.startswith("xl/charts/chart") for name in parts.namelist()) == 3
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name)


def test_rows_beyond_a_sheet_go_to_the_next(run: Run, roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a sheet has no more room, another one with the same head has the rest."""
    monkeypatch.setattr(result_workbook, "ROWS", 3)
    table(run, roster, "out.xlsx")
    book = openpyxl.load_workbook("out.xlsx")
    sheets = [name for name in book.sheetnames if name.startswith("结果")]
    assert sheets == ["结果", "结果 (2)"]
    assert [[row[0] for row in book[name].iter_rows(values_only=True)] for name in sheets] == [
        ["行号", 2, 3],
        ["行号", 4, 5],
    ]
    assert [row[0] for row in book["问题"].iter_rows(values_only=True)] == ["行号", "3", "另有 2 个，工作表容纳不下"]


def test_under_an_adoption_it_is_no_simulation(bureau: Run, roster: Path) -> None:
    """Rows under an adoption say so, and the document is named; readings of one's own make it a simulation again."""
    roster.write_text(HEAD + ROWS.splitlines()[0] + "\n", "utf-8")
    data = json.loads(table(bureau, roster, "out.xlsx", "--json").stdout)
    assert (data["simulation"], data["computed"]) == (False, 1)
    book = openpyxl.load_workbook("out.xlsx")
    about = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert about["basis"] == "under an adoption; paid only once it is determined in a ledger"
    assert about["digest of the adoption"] == data["basis"][0]["adoption"]["digest"]
    own = json.loads(table(bureau, roster, "out.csv", "--json", "--reading", "more_hours=nothing").stdout)
    assert own["simulation"] is True


def test_a_version_that_is_named_is_that_of_all_rows(run: Run, roster: Path, folder: Path) -> None:
    """Unless a version is asked for, by its name or by a day, every row has that of its own day."""
    older = folder / f"{SERVICE}/2023-07-26.toml"
    newer = older.read_text("utf-8").replace("2023-07-26", "2023-09-01")
    (older.parent / "2023-09-01.toml").write_text(newer, "utf-8")

    def versions(*words: str) -> Any:
        said = table(run, roster, "out.csv", "--json", "--policies", str(folder), *words)
        data = json.loads(said.stdout)
        if "policy" not in data:
            return [each["code"] for each in data["problems"]]
        return [each["version"] for each in data["policy"].get("versions", [data["policy"]])]

    assert versions() == ["2023-07-26", "2023-09-01"]
    assert versions("--on", "2023-10-01") == ["2023-09-01"]
    assert versions("--version", "2023-09-01") == ["2023-09-01"]
    assert versions("--version", "2020-01-01") == ["R0753"]


def test_what_cannot_be_begun_is_said_whole(run: Run, roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form, a group, a step, a version that is not there, and a result over its roster, each with what there is."""
    assert table(run, roster, "out.ods", "--lang", "en").stderr == (
        "R0750 no-form-of-result  out.ods\n"
        "  there is no form of result for out.ods\n"
        "  → let the name end with .csv, .parquet, .xlsx\n"
    )
    found = table(run, roster, "out.csv", "--group", "乡", "--steps", "paid_hour", "--lang", "en")
    assert found.exit_code == Exit.REQUEST
    assert found.stderr == (
        "R0751 no-column-to-sum-by  乡\n"
        "  the roster has no column “乡” to sum by; there are: beneficiary (服务对象), month (服务月份), "
        "hours (当月上门服务时长), price (每小时服务价格), left_monthly (每人每月最高补助的剩余额度), 街道\n"
        "R0120 unknown-step  steps.paid_hour\n"
        "  the policy has no step and no condition paid_hour\n"
        "  → known: hours_counted, price_of_service, subsidy\n"
    )
    assert table(run, roster, "out.csv", "--version", "2020-01-01", "--lang", "en").stderr == (
        f"R0753 no-such-version  {SERVICE}\n  {SERVICE} has no version 2020-01-01; there are: 2023-07-26\n"
    )
    assert table(run, roster, "roster.csv", "--lang", "en").stderr == (
        "R0754 result-over-roster  roster.csv\n"
        "  the result cannot be written over the roster roster.csv\n"
        "  → give it another name\n"
    )
    monkeypatch.setattr(sums, "LIMIT", 2)
    assert table(run, roster, "out.csv", "--group", "服务对象", "--lang", "en").stderr == (
        "R0752 too-many-groups  beneficiary\n"
        "  by “beneficiary” there are more than 2 groups\n"
        "  → sum by another column, such as a township or a kind of centre\n"
    )
    assert not Path("out.csv").exists()
    assert [each.name for each in Path().iterdir()] == ["roster.csv"]
