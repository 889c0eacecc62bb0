"""`subsidy table template`: a workbook with headers, drop-downs, notes and an example, read back by another library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from subsidy.cli.exits import Exit

from .conftest import Run

GRANT = "cn/shanxi/yuncheng/construction-grant"


def _rule(sheet: Any, column: str) -> Any:
    (found,) = (each for each in sheet.data_validations.dataValidation if f"{column}2" in each.sqref)
    return found


def test_a_template_has_headers_lists_and_notes(run: Run, tmp_path: Path) -> None:
    """Each fact has a column with its unit, what it takes as a note, a list to choose from, texts kept as texts."""
    out = tmp_path / "名单.xlsx"
    done = run("table", "template", "--policy", GRANT, "--out", str(out))
    assert (done.exit_code, done.stdout) == (Exit.FINE, f"已写入 {out}：7 列\n")
    made = openpyxl.load_workbook(out)
    assert made.sheetnames == ["名单", "示例", "填写说明", "可选项"]
    roster = made["名单"]
    assert [cell.value for cell in roster[1]] == [
        "项目",
        "完工验收日期",
        "项目所在县（市、区）",
        "建设方式",
        "实际建筑面积（m²）",
        "内嵌养老床位（张）",
        "工程投资（元）",
    ]
    assert roster.freeze_panes == "A2"
    assert [roster.column_dimensions[each].number_format for each in "ABCD"] == ["@", "yyyy-mm-dd", "@", "@"]
    assert roster["E1"].comment.text.splitlines()[:2] == ["必填", "0 至 1000000 m²，精度 0.01"]
    assert roster["F1"].comment.text.startswith("可不填\n")
    assert roster["G1"].comment.text.startswith("适用时填\n")
    works = _rule(roster, "D")
    assert (works.type, works.formula1, str(works.sqref)) == ("list", "'可选项'!$B$2:$B$6", "D2:D1048576")
    assert [made["可选项"][f"B{row}"].value for row in (1, 2)] == ["建设方式", "新建"]
    assert "140802" in [cell.value for cell in made["可选项"]["A"]]
    area = _rule(roster, "E")
    assert (area.type, area.formula1, area.formula2) == ("decimal", "0", "1000000")
    assert _rule(roster, "F").type == "whole"
    assert _rule(roster, "B").type == "date"
    assert made["示例"].max_row == 2


def test_a_template_in_english_with_more_records(run: Run, tmp_path: Path) -> None:
    """Headers, lists and notes are in the language asked for; records have as many columns as asked for."""
    out = tmp_path / "roster.xlsx"
    words = ["table", "template", "--policy", "cn/shanxi/yuncheng/bed-subsidy", "--out", str(out)]
    done = run(*words, "--lang", "en", "--records", "1", "--json")
    assert done.exit_code == Exit.FINE
    assert json.loads(done.stdout)["columns"] == [
        {"header": "centre", "fact": "centre"},
        {"header": "resident", "fact": "resident"},
        {"header": "month", "fact": "month"},
        {"header": "care level", "fact": "care_level"},
        {"header": "stays 1 moved in", "fact": "stays[1].moved_in"},
        {"header": "stays 1 moved out", "fact": "stays[1].moved_out"},
    ]
    assert openpyxl.load_workbook(out).sheetnames == ["Roster", "Example", "Notes on columns", "Choices"]


def test_the_same_template_has_the_same_bytes(run: Run, tmp_path: Path) -> None:
    """No clock is in it."""
    for name in ("a.xlsx", "b.xlsx"):
        assert run("table", "template", "--policy", GRANT, "--out", str(tmp_path / name)).exit_code == Exit.FINE
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize("name", ["a.csv", "none/a.xlsx"])
def test_a_template_that_cannot_be_written_leaves_nothing(name: str, run: Run, tmp_path: Path) -> None:
    """A name of another kind, or a folder that is not there: nothing is left behind."""
    done = run("table", "template", "--policy", GRANT, "--out", str(tmp_path / name))
    assert done.exit_code != Exit.FINE
    assert ("--out" if name == "a.csv" else "R0526") in done.output
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_nothing_is_left(run: Run, tmp_path: Path) -> None:
    """On a full disk it is said, and there is no half workbook."""
    out = tmp_path / "a.xlsx"
    (tmp_path / ".a.xlsx.new").symlink_to("/dev/full")
    done = run("table", "template", "--policy", GRANT, "--out", str(out))
    assert done.exit_code != Exit.FINE
    assert "R0526" in done.output
    assert list(tmp_path.iterdir()) == []
