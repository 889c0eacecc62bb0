"""Rosters for the tests, and results read back by other libraries than those that wrote them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import subsidy
from subsidy.calculation.policy import Policy
from subsidy.sheets.reading import read
from subsidy.tables.calculating import calculate
from subsidy.tables.outcome import Outcome

GRANT = "cn/shanxi/yuncheng/construction-grant"
SERVICE = "cn/liaoning/shenyang/home-service"
BEDS = "cn/shanxi/yuncheng/bed-subsidy"
FORMS = (".csv", ".parquet", ".xlsx")
Rows = Sequence[Mapping[str, Any]]


def policy(name: str) -> Policy:
    """A shipped policy, in its latest version."""
    return subsidy.catalogue().policy(name)


def roster_of(path: Path, rows: Rows) -> Path:
    """A roster with these cells below their headers, in the form that its name says; records are written as JSON."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    cells = [[_cell(row.get(head)) for head in heads] for row in rows]
    if path.suffix == ".parquet":
        columns = [[row.get(head) for row in rows] for head in heads]
        pq.write_table(pa.table(columns, names=heads), path)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heads, *cells])
    else:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for number, row in enumerate([heads, *cells], 1):
            for column, text in enumerate(row, 1):
                sheet.cell(number, column, text).data_type = "s"
        book.save(path)
    return path


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def calculated(roster: Path, name: str, out: Path, **more: Any) -> Outcome:
    """A roster calculated into a file."""
    return calculate(read(roster, policy(name)), out, **more)


def cells_of(out: Path) -> list[dict[str, Any]]:
    """The rows of a result in words, by the heads of its columns: CSV by Python, workbooks by openpyxl."""
    if out.suffix == ".csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    book = openpyxl.load_workbook(out, read_only=True)
    found: list[dict[str, Any]] = []
    for name in book.sheetnames:
        if name.startswith(("结果", "Results")):
            rows: Iterable[Any] = book[name].iter_rows(values_only=True)
            heads, *below = list(rows)
            found += [dict(zip(heads, row, strict=True)) for row in below]
    book.close()
    return found


def columns_of(out: Path) -> list[dict[str, Any]]:
    """The rows of a result in Parquet, by the names of its columns: by Polars."""
    return polars.read_parquet(out).to_dicts()


def sum_of(cell: Any) -> Decimal | None:
    """A sum of a result, whichever form it is in."""
    if cell in (None, ""):
        return None
    return Decimal(str(cell).replace(",", "")).quantize(Decimal("0.01"))
