"""Rows written as clerks write them, or into the template, are read back as they were."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subsidy.sheets.reading import read
from subsidy.sheets.template import cells_of, fields_of, write
from subsidy.testing import facts

from .books import BEDS, GRANT, SERVICE, book, claims, csv_of, notes, policy, wrong

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_FULL = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, str]]:
    """Claims of home service, in the plain form."""
    one = st.fixed_dictionaries(
        {
            "beneficiary": st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True),
            "month": st.builds("{}-{:02}".format, st.integers(2019, 2025), st.integers(1, 12)),
            "hours": st.decimals(0, 744, places=2).map(lambda each: format(each, "f")),
            "price": st.integers(0, 1_000).map(str),
        }
    )
    return draw(st.lists(one, min_size=1, max_size=8))


def _messy(draw: st.DrawFn, name: str, text: str) -> str:
    """A text as somebody may have written it, still meaning the same and nothing else."""
    ways = [text, f" {text}"]
    if name == "month":
        year, month = text.split("-")
        ways += [f"{year}.{month}", f"{year}年{int(month)}月", f"{year}{month}", f"{year}/{int(month)}"]
    if name in ("hours", "price"):
        ways += [f"{Decimal(text):,}", text + {"hours": "小时", "price": "元/小时"}[name]]
    if name != "beneficiary":
        ways.append(draw(st.sampled_from(ways)).translate(_FULL))
    return draw(st.sampled_from(ways))


@st.composite
def messy_rosters(draw: st.DrawFn) -> tuple[list[dict[str, str]], list[list[str]]]:
    """Claims, and a sheet that says the same: with a title, totals, blank rows, columns in any order, any spelling."""
    claimed = draw(rows())
    labels = {
        "beneficiary": ["服务对象", "beneficiary", "服务 对象", "Beneficiary"],
        "month": ["服务月份", "month", "服务月份（年月）"],
        "hours": ["当月上门服务时长", "hours", "当月上门服务时长(小时)", "当月上门服务时长（单位：小时）"],
        "price": ["每小时服务价格", "price", "每小时服务价格（元/小时）"],
    }
    order = draw(st.permutations([*labels, "序号"]))
    header = [draw(st.sampled_from(labels[name])) if name in labels else name for name in order]
    sheet = [["名单", "", "", "", ""]] * draw(st.integers(0, 3))
    sheet = [*sheet, header]
    for number, claim in enumerate(claimed, start=1):
        cells = claim | {"序号": str(number)}
        sheet.append([_messy(draw, name, cells[name]) if name in claim else cells[name] for name in order])
        between = draw(st.sampled_from(["", "", "", "blank", "total", "words"]))
        if between == "blank":
            sheet.append([""] * 5)
        if between == "total":
            sheet.append([draw(st.sampled_from(["合计", "小 计", "总计：", "Total"])), *[""] * 4])
        if between == "words":
            sheet.append([draw(st.sampled_from(["制表人：张三", "备注：无", "审核:"])), *[""] * 4])
    return claimed, sheet


@QUIET
@given(messy_rosters())
def test_a_messy_roster_is_read_as_the_plain_one(
    tmp_path: Path, made: tuple[list[dict[str, str]], list[list[str]]]
) -> None:
    """Whatever conventions a sheet mixes, its claims are those that were meant, from a workbook and from CSV."""
    claimed, sheet = made
    quoted = [[f'"{cell}"' if "," in cell else cell for cell in row] for row in sheet]
    files = [
        book(tmp_path / "a.xlsx", sheet),
        csv_of(tmp_path / "a.csv", quoted),
        csv_of(tmp_path / "b.csv", [[cell.replace(",", "") for cell in row] for row in sheet], "gb18030"),
    ]
    for file in files:
        roster = read(file, policy(SERVICE), encoding="gb18030" if file.name == "b.csv" else "utf-8")
        assert claims(roster) == claimed
        assert wrong(roster) == []
        passed = sum(
            any(row) and row[0] in ("合计", "小 计", "总计：", "Total", "制表人：张三", "备注：无", "审核:")
            for row in sheet
        )
        assert sum(code in ("R0730", "R0731") for code, _ in notes(roster)) == passed


def _same(value: Any) -> Any:
    """A value as a roster states it: flags as texts, of a record what is stated."""
    if isinstance(value, list):
        return [{name: _same(each) for name, each in row.items() if each is not None} for row in value]
    return str(value).lower() if isinstance(value, bool) else value


def _fill(file: Path, claimed: list[dict[str, Any]], name: str, language: Any) -> None:
    """The claims, written into the columns of a template by another library."""
    made = openpyxl.load_workbook(file)
    sheet = made.worksheets[0]
    fields = fields_of(policy(name), language)
    for row, claim in enumerate(claimed, start=2):
        for column, cell in cells_of(claim, fields, language):
            at = sheet.cell(row, column + 1)
            at.value = cell
            if isinstance(cell, str):
                at.data_type = "s"
    made.save(file)


def _written(claim: dict[str, Any]) -> dict[str, Any]:
    """A claim with identifiers that nobody normalises, and no more records than the template has columns for."""
    names = {"centre", "resident", "project", "beneficiary"} & claim.keys()
    return claim | {name: f"N{claim[name].encode().hex()[:30]}" for name in names} | {
        name: value[:3] for name, value in claim.items() if isinstance(value, list)
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [GRANT, BEDS, SERVICE])
@settings(QUIET, max_examples=8)
@given(data=st.data())
def test_a_filled_template_is_read_back(name: str, language: Any, tmp_path: Path, data: st.DataObject) -> None:
    """Random claims written into the template come back as they were, and nothing is noted."""
    claimed = data.draw(st.lists(facts(policy(name)).map(_written), min_size=1, max_size=4))
    file = tmp_path / "a.xlsx"
    write(policy(name), file, language=language)
    _fill(file, claimed, name, language)
    roster = read(file, policy(name))
    assert [_plain(each) for each in claims(roster)] == [_plain(each) for each in claimed]
    assert (wrong(roster), notes(roster)) == ([], [])


def _plain(claim: dict[str, Any]) -> dict[str, Any]:
    return {name: _numbers(_same(value)) for name, value in claim.items()}


def _numbers(value: Any) -> Any:
    """A number without the zeros behind its point, which a workbook does not keep."""
    if isinstance(value, str) and "." in value and value.replace(".", "").replace("-", "").isdigit():
        return value.rstrip("0").rstrip(".")
    return value
