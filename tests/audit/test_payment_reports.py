"""The reports of a comparison and of an impact: their verdicts, and rows that add up."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.ledger.support import NURSING, Place, nursing, policies

import subsidy
from subsidy.audit import compare_report, impact_report
from subsidy.audit.comparing import compare
from subsidy.audit.impact import impact
from subsidy.audit.sheets import read
from subsidy.audit.sources import Stored
from subsidy.reports.report import Report

from .later import own


def _rows(report: Report, name: str) -> list[list[str]]:
    table = next(table for table in report.tables if table.name == name)
    assert all(len(row) == len(table.heads) for row in table.rows)
    return [[cell.en if isinstance(cell, subsidy.Text) else str(cell) for cell in row] for row in table.rows]


def test_the_report_of_a_comparison(tmp_path: Path) -> None:
    """400 of 1400 were too much by the cap of the month; the rows by version and by month add up to that."""
    file = tmp_path / "paid.csv"
    file.write_text("elder,bill,month,cost,paid\nE1,B1,2024-01,700,700\nE1,B2,2024-01,700,700\n", "utf-8")
    catalogue = subsidy.Catalogue(policies(tmp_path))
    found = compare(read(file, catalogue.versions(NURSING), "paid"), NURSING, catalogue)
    report = compare_report.report_of(found)
    assert (report.is_clean, report.title.en) == (False, "Payments compared: Nursing subsidy")
    assert report.verdict.en == "1 of 2 rows differ or cannot be told: 400.00 CNY too much, 0.00 CNY too little"
    sums = ["2", "1", "1400.00", "1000.00", "400.00", "0.00", "0.00", "0.00"]
    assert _rows(report, "versions") == [["2024-01-01", *sums]]
    assert _rows(report, "months") == [["2024-01", *sums], ["total", *sums]]
    assert [row[:5] for row in _rows(report, "differences")] == [["E3", "V0301", "700.00", "300.00", "400.00"]]
    assert [row[0] for row in _rows(report, "notes")] == ["2", "2"]


def test_the_report_of_an_impact(sqlite_place: Place, tmp_path: Path) -> None:
    """100 more are due, of which the city bears 220, so that the county gets back 120."""
    office = own(sqlite_place, tmp_path / "office")
    with office.place.ledger() as ledger:
        nursing(ledger, "1", "1200")
    with Stored(office.place.url) as source:
        assert impact_report.report_of(impact(source, office.catalogue())).verdict.en == "nothing changes"
    office.later()
    with Stored(office.place.url) as source:
        found = impact(source, office.catalogue())
    report = impact_report.report_of(found)
    assert (report.is_clean, report.verdict.en) == (
        False,
        "1 of 1 determinations change: 100.00 CNY to pay in addition, 0.00 CNY to recover",
    )
    assert _rows(report, "policies") == [[NURSING, "1", "100.00", "0.00"]]
    assert _rows(report, "payers") == [
        ["140800 city", "1", "220.00", "0.00"],
        ["140800 county", "1", "0.00", "120.00"],
    ]
    assert [row[:4] for row in _rows(report, "changes")] == [["6", "V0401", "1000.00", "1100.00"]]
    assert found.changes[0].difference == Decimal(100)
