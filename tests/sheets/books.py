"""Workbooks and CSVs as clerks keep them, made for the tests; and what was read of them, brought down to plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

import subsidy
from subsidy.errors import Problem
from subsidy.sheets.roster import Roster

GRANT = "cn/shanxi/yuncheng/construction-grant"
SERVICE = "cn/liaoning/shenyang/home-service"
BEDS = "cn/shanxi/yuncheng/bed-subsidy"
PLAN = "cn/liaoning/panjin/funding-plan"
GRANT_HEAD = ("项目", "完工验收日期", "项目所在县（市、区）", "建设方式", "实际建筑面积", "工程投资")
SERVICE_HEAD = ("服务对象", "服务月份", "当月上门服务时长", "每小时服务价格")


def policy(name: str) -> subsidy.Policy:
    return subsidy.catalogue().policy(name)


def book(
    path: Path,
    rows: Iterable[Any],
    *,
    merged: Iterable[str] = (),
    errors: Mapping[str, str] | None = None,
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[str] = (),
    sheets: Sequence[str] = ("名单",),
) -> Path:
    """A workbook with these rows in its first sheet."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = sheets[0]
    for name in sheets[1:]:
        made.create_sheet(name)
    for row in rows:
        sheet.append(list(row))
    for span in merged:
        sheet.merge_cells(span)
    for address, text in (errors or {}).items():
        sheet[address].value, sheet[address].data_type = text, "e"
    for row in hidden_rows:
        sheet.row_dimensions[row].hidden = True
    for column in hidden_columns:
        sheet.column_dimensions[column].hidden = True
    made.save(path)
    return path


def csv_of(path: Path, rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> Path:
    """A CSV without a quote."""
    path.write_bytes("".join(",".join(row) + "\r\n" for row in rows).encode(encoding))
    return path


def claims(roster: Roster) -> list[dict[str, Any]]:
    """The facts of every claim, as far as they are stated."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for piece in roster.pieces()
        for row in piece.facts.to_pylist()
    ]


def wrong(roster: Roster) -> list[tuple[str, str]]:
    """What is wrong with cells: code and address."""
    return [
        (each.code, cell(each)) for piece in roster.pieces() for problems in piece.wrong.values() for each in problems
    ]


def notes(roster: Roster) -> list[tuple[str, str]]:
    """What was noted once all rows were read: code and address."""
    for _ in roster.pieces():
        pass
    assert all(each.is_warning for each in roster.notes)
    return [(each.code, cell(each)) for each in roster.notes]


def cell(problem: Problem) -> str:
    """The address of a problem, without the sheet."""
    return problem.place.key.rpartition("!")[2] if problem.place else ""
