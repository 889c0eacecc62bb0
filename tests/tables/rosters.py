"""Rosters and published figures as files, and the command over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from typer.testing import CliRunner, Result

from subsidy.cli.app import app

BEDS: Final = "cn/shanxi/yuncheng/bed-subsidy"
WORLD: Final = Path(__file__).resolve().parents[2] / "examples" / "world" / "policies"
LEVELS: Final = ("self_care", "semi_disabled", "disabled")


def run(*words: str | Path, lang: str = "en") -> Result:
    """What a command over a table prints."""
    return CliRunner().invoke(app, ["table", *map(str, words), "--lang", lang])


def book(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """A workbook with one sheet of these rows; a text in it stays a text."""
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as made:
        sheet = made.add_worksheet("名单")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
    return path


def sheet(path: Path, *lines: str) -> Path:
    """A CSV of these lines."""
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def bed(number: int, level: str = "disabled", month: str = "2025-01", moved_in: str = "2025-01-01") -> dict[str, Any]:
    """A claim of the bed subsidy."""
    return {
        "centre": f"C{number % 2}",
        "resident": f"R{number}",
        "month": month,
        "care_level": level,
        "stays": [{"moved_in": moved_in}],
    }


def beds(path: Path, claims: Sequence[dict[str, Any]]) -> Path:
    """A roster of the bed subsidy."""
    pq.write_table(pa.Table.from_pylist(list(claims)), path)
    return path
