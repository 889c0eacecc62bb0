"""Payments from before there was a ledger, in real workbooks, beside what was due: figures worked out by hand."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.ledger.support import AID, DRAFT, HOME, NURSING, policies
from typer.testing import CliRunner

from subsidy.audit.sheets import money
from subsidy.cli.app import app
from subsidy.cli.exits import Exit

Rows = list[list[Any]]
HEADER = ["老年人", "账单", "月份", "护理费用", "实付"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The policies of the tests; nobody adopted any."""
    return policies(tmp_path_factory.mktemp("policies"))


def _book(folder: Path, rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER, above: int = 0) -> Path:
    """A workbook as an office writes it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "发放"
    for row in [["养老护理补贴发放表"]] * above + [header, *rows]:
        sheet.append(list(row))
    book.save(folder / "paid.xlsx")
    return folder / "paid.xlsx"


def _run(file: Path, policies: Path, *more: str, policy: str = NURSING, column: str = "实付", code: Exit) -> str:
    words = ["audit", "compare", str(file), "--policy", policy, "--paid-column", column, "--policies", str(policies)]
    found = CliRunner().invoke(app, [*words, "--lang", "en", *more])
    assert found.exit_code == code, found.output + found.stderr
    return found.stdout + found.stderr if code in (Exit.REQUEST, Exit.USAGE) else found.stdout


def _json(file: Path, policies: Path, *more: str, policy: str = NURSING, code: Exit = Exit.FINDING) -> Any:
    return json.loads(_run(file, policies, "--json", *more, policy=policy, code=code))


def _said(found: Any) -> list[tuple[int, str, str, str | None]]:
    return [(each["row"], each["cell"], each["finding"]["code"], each["difference"]) for each in found["differences"]]


def test_every_row_as_it_should_be(tmp_path: Path, folder: Path) -> None:
    """A lifetime cap over two versions: 1000 and 1000 in 2024, then 500 of 2500, and from 2025 on 500 more of 3000."""
    rows: Rows = [
        ["E1", "B1", "2024-01", 1200, 1000],
        ["E1", "B2", dt.date(2024, 2, 1), 1000.0, "1,000.00"],
        ["E1", "B3", "2024-03", "900.50", "５００"],
        ["E1", "B4", "2025-01", 900.5, 500.00],
        ["E2", "B5", "2024-03", 33.33, 33.33],
    ]
    said = _run(_book(tmp_path, rows), folder, code=Exit.FINE)
    assert said == (
        "\n"
        "version     rows  same  paid     due      over  under  open  not computed\n"
        "2024-01-01  4     4     2533.33  2533.33  0.00  0.00   0.00  0.00\n"
        "2025-01-01  1     1     500.00   500.00   0.00  0.00   0.00  0.00\n"
        "\n"
        "month    rows  same  paid     due      over  under  open  not computed\n"
        "2024-01  1     1     1000.00  1000.00  0.00  0.00   0.00  0.00\n"
        "2024-02  1     1     1000.00  1000.00  0.00  0.00   0.00  0.00\n"
        "2024-03  2     2     533.33   533.33   0.00  0.00   0.00  0.00\n"
        "2025-01  1     1     500.00   500.00   0.00  0.00   0.00  0.00\n"
        "total    5     5     3033.33  3033.33  0.00  0.00   0.00  0.00\n"
    )


def test_every_difference_in_words(tmp_path: Path, folder: Path) -> None:
    """Too much by a cap, too much by the formula, too little, a bill paid twice, and a month that no text covers."""
    rows: Rows = [
        ["E1", "B1", "2024-01", 700, 700],
        ["E1", "B2", "2024-01", 700, 700],
        ["E2", "B3", "2024-01", 700.01, 700.02],
        ["E3", "B4", "2024-01", 700, 0],
        ["E2", "B3", "2024-01", 100, 100],
        ["E4", "B5", "2023-12", 700, 700],
        ["E4", "B6", "2023-12", 700, 0],
    ]
    file = _book(tmp_path, rows)
    said = _run(file, folder, code=Exit.FINDING)
    place = f"{file}  发放!"
    assert said.partition("\n\n")[0] == (
        f"V0301 paid-too-much  {place}E3\n"
        "  700.00 CNY were paid and 300.00 CNY were due, 400.00 CNY too much: "
        "monthly cap: 700.00 CNY were used before, of 1000.00 CNY [一]\n"
        f"V0301 paid-too-much  {place}E4\n"
        "  700.02 CNY were paid and 700.01 CNY were due, 0.01 CNY too much: granted "
        "= min(cost of nursing, most a month, what is left of: monthly cap, what is left of: lifetime cap) "
        "= min(700.01 CNY, 1000.00 CNY, 1000.00 CNY, 2500.00 CNY) = 700.01 CNY [一]\n"
        f"V0302 paid-too-little  {place}E5\n"
        "  0.00 CNY were paid and 700.00 CNY were due, 700.00 CNY too little: granted "
        "= min(cost of nursing, most a month, what is left of: monthly cap, what is left of: lifetime cap) "
        "= min(700.00 CNY, 1000.00 CNY, 1000.00 CNY, 2500.00 CNY) = 700.00 CNY [一]\n"
        f"V0305 paid-twice  {place}E6\n"
        "  100.00 CNY were paid a second time: the same elder, month, bill was determined already, and is paid once\n"
        f"V0303 paid-without-rule  {place}E7\n"
        "  700.00 CNY were paid, and no text was in force by which to pay: 发放!A7 R0102 no version of cn/test/nursing "
        "is in force on 2023-12-01; the first is in force from 2024-01-01"
    )
    total = _json(file, folder)["total"]
    assert total == {
        "rows": 7, "same": 2, "paid": "2900.02", "due": "2400.01", "over": "1200.01", "under": "700.00",
        "open": "0.00", "unread": "0.00",
    }  # fmt: skip
    assert Decimal(total["paid"]) == Decimal(total["due"]) + Decimal(total["over"]) - Decimal(total["under"])


def test_what_cannot_be_read(tmp_path: Path, folder: Path) -> None:
    """Facts that do not fit and sums that are none are said with their cells; nothing is rounded or guessed."""
    rows: Rows = [
        ["E1", "B1", "2024-01", "seven", 700],
        ["E1", None, "2024-01", 700, 700],
        ["E1", "B2", "2024-01", 100, 100.005],
        ["E1", "B3", "2024-02", 100, "1万元"],
        ["E1", "B4", "2024-03", 100, "=A1"],
        [123456789012345678, "B5", "2024-03", 100, 100],
        ["E5", "B6", dt.date(2024, 3, 15), 100, 100],
    ]
    found = _json(_book(tmp_path, rows), folder)
    assert _said(found) == [
        (2, "E2", "V0308", None),
        (3, "E3", "V0308", None),
        (4, "E4", "V0309", None),
        (5, "E5", "V0309", None),
        (6, "E6", "V0310", None),
        (7, "E7", "V0308", None),
        (8, "E8", "V0308", None),
    ]
    assert [[(p["code"], p["place"]["key"]) for p in each["problems"]] for each in found["differences"]] == [
        [("F0107", "发放!D2")],
        [("F0102", "发放!B3")],
        [],
        [],
        [],
        [("R0554", "发放!A7")],
        [("F0110", "发放!C8")],
    ]
    english = [each["finding"]["en"] for each in found["differences"]]
    assert english[2:6] == [
        "E4 has “100.005”, which is no sum of money: it is written 1234.50, with at most two places",
        "E5 has “1万元”, which is no sum of money: it is written 1234.50, with at most two places",
        "E6 has no sum that was paid: it is empty, or a formula that was not computed or failed",
        (
            "100.00 CNY were paid, and cannot be computed again: 发放!A7 R0554 the identifier in A7 "
            "is a number of more than 15 digits, the last of which the spreadsheet has changed"
        ),
    ]
    assert found["total"]["unread"] == "1600.00"


@pytest.mark.parametrize(
    ("cell", "sum_"),
    [
        (0.1 + 0.2, "0.30"),
        (1234.5, "1234.50"),
        ("1,234.50", "1234.50"),
        ("１２３４．５", "1234.50"),
        (" 12 ", "12.00"),
        (-3, "-3.00"),
        ("1,23", None),
        ("12,34.5", None),
        (0.001, None),
        ("1e3", None),
        (True, None),
        ("", None),
        (1e300, None),
        (float("nan"), None),
    ],
)
def test_sums_of_money(cell: Any, sum_: str | None) -> None:
    """A sum has at most two places by its 15 digits; commas stand where thousands do; everything else is none."""
    found = money(cell)
    assert (None if found is None else str(found)) == sum_


def test_what_is_open(tmp_path: Path, folder: Path) -> None:
    """50 hours at 30 are 1350 or nothing by the reading; later rows of the month cannot be known either."""
    header = ["服务对象", "服务月份", "hours", "price", "实付"]
    rows = [["R1", "2023-08", 50, 30, 1350], ["R2", "2023-08", 50, 30, 1351], ["R1", "2023-08", 1, 30, 30]]
    file = _book(tmp_path, rows, header)
    chosen = ["--reading", "fewer_hours=as_served"]
    said = _run(file, folder, *chosen, policy=HOME, code=Exit.FINDING).splitlines()
    assert [line for line in said if line.startswith("  ")] == [
        (
            "  1350.00 CNY were paid; what was due is open between 0.00 and 1350.00 CNY, and the sum is within: "
            "what more than 45 hours in a month mean"
        ),
        (
            "  1351.00 CNY were paid; what was due is open, but between 0.00 and 1350.00 CNY, and the sum is not: "
            "what more than 45 hours in a month mean"
        ),
        (
            "  30.00 CNY were paid; what was due is open between 0.00 and 30.00 CNY, and the sum is within: "
            "the sum of row 2 is open, and so is what is left of a cap"
        ),
    ]
    total = _json(file, folder, *chosen, policy=HOME)["total"]
    assert (total["paid"], total["open"], total["due"]) == ("2731.00", "2731.00", "0.00")
    chosen += ["--reading", "more_hours=first_45"]
    found = _json(file, folder, *chosen, policy=HOME)
    assert _said(found) == [(3, "E3", "V0301", "1.00"), (4, "E4", "V0304", "30.00")]
    assert found["differences"][1]["finding"]["en"] == (
        "30.00 CNY were paid, and nothing was due: monthly cap per person: 1350.00 CNY were used before, "
        "of 1350.00 CNY [二(一)]"
    )


def test_a_csv_says_the_same(tmp_path: Path, folder: Path) -> None:
    """A CSV with an empty row has the same rows and cells as a spreadsheet shows for it."""
    file = tmp_path / "paid.csv"
    lines = [",".join(HEADER), "E1,B1,2024-01,700,700", "", "E1,B2,2024-01,700,700"]
    file.write_text("\n".join(lines), "utf-8")
    found = _json(file, folder)
    assert _said(found) == [(4, "E4", "V0301", "400.00")]
    assert found["differences"][0]["finding"]["place"]["key"] == "E4"


def test_a_title_above_the_headers(tmp_path: Path, folder: Path) -> None:
    """Where a title stands above the headers, their row is named."""
    file = _book(tmp_path, [["E1", "B1", "2024-01", 700, 701]], above=2)
    assert _said(_json(file, folder, "--header-row", "3")) == [(4, "E4", "V0301", "1.00")]


def test_the_differences_as_files(tmp_path: Path, folder: Path) -> None:
    """Another library reads in the workbook what the CSV has, sums as numbers and texts as texts."""
    file = _book(tmp_path, [["E1", "B1", "2024-01", 700, 700], ["E1", "B2", "2024-01", 700, 700]])
    for name in ("out.xlsx", "out.csv"):
        _run(file, folder, "--output", str(tmp_path / name), code=Exit.FINDING)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    heads = ["row", "cell", "code", "paid", "due (least)", "due (most)", "difference", "version", "month", "clause"]
    why = (
        "700.00 CNY were paid and 300.00 CNY were due, 400.00 CNY too much: monthly cap: 700.00 CNY were used before, "
        "of 1000.00 CNY [一]"
    )
    assert rows == [
        [*heads, "what is wrong"],
        [3, "E3", "V0301", 700, 300, 300, 400, "2024-01-01", "2024-01", "一", why],
    ]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as opened:
        read = list(csv.reader(opened))
    sums = ["700.00", "300.00", "300.00", "400.00"]
    assert read[1] == ["3", "E3", "V0301", *sums, "2024-01-01", "2024-01", "一", why]
    assert not list(tmp_path.glob(".*.new"))


def test_what_nobody_could_know_is_said(tmp_path: Path, folder: Path) -> None:
    """That nobody adopted the text, that it is a draft, and that caps begin with the sheet."""
    header = ["elder", "bill", "month", "cost", "实付"]
    file = _book(tmp_path, [["E1", "B1", "2025-01", 700, 700]], header)
    found = _json(file, folder, policy=DRAFT, code=Exit.FINE)
    assert [(each["rows"], each.get("code"), each["en"]) for each in found["notes"]] == [
        (1, "R0502", "no adoption of cn/test/draft is in force on that day, so nothing can be determined"),
        (1, "R0504", "cn/test/draft is a draft, so nothing can be determined"),
        (1, None, "caps are held over the rows of this sheet: what was paid before it is not in them"),
    ]


def test_a_cap_that_nobody_fixed(tmp_path: Path, folder: Path) -> None:
    """Where the county has to fix how much a cap is, and did not, a row cannot be computed, and the reason is said."""
    found = _json(
        _book(tmp_path, [["E1", "2024-01", 700, 700]], ["elder", "month", "cost", "实付"]), folder, policy=AID
    )
    assert found["differences"][0]["finding"]["en"] == (
        "700.00 CNY were paid, and cannot be computed again: 发放!A2 R0505 something is left open, so nothing can be "
        "determined: most aid a person"
    )


def test_a_sheet_that_cannot_be_read(tmp_path: Path, folder: Path) -> None:
    """A column that is no fact, no column with what was paid, no such sheet, and a file that is no workbook."""
    file = _book(tmp_path, [["E1", "B1", "2024-01", 700, 700, "x"]], [*HEADER, "备注"])
    facts = "elder (老年人), bill (账单), month (月份), cost (护理费用)"
    assert _run(file, folder, "--paid-column", "发放", code=Exit.REQUEST) == (
        "R0702 unknown-column  实付\n"
        f"  the column “实付” is no fact of the policy; allowed is: {facts}\n"
        "  → correct its header; a column that is no fact, such as remarks, is passed over with --ignore 实付\n"
        "R0702 unknown-column  备注\n"
        f"  the column “备注” is no fact of the policy; allowed is: {facts}\n"
        "  → correct its header; a column that is no fact, such as remarks, is passed over with --ignore 备注\n"
        f"R0552 no-paid-column  {file}\n"
        f"  {file} has no column “发放”; its headers are: 老年人, 账单, 月份, 护理费用, 实付, 备注\n"
        "  → known: 老年人, 账单, 月份, 护理费用, 实付, 备注\n"
    )
    assert _run(file, folder, "--sheet", "七月", code=Exit.REQUEST) == (
        f"R0551 no-such-sheet  {file}\n"
        f"  {file} has no sheet 七月, or several; there are: 发放\n"
        "  → name one with --sheet\n"
    )
    twice = _book(tmp_path, [["E1", "B1", "2024-01", 700, 700, 1]], [*HEADER, "实付"])
    assert _run(twice, folder, code=Exit.REQUEST) == (
        f"R0553 paid-column-twice  {twice}\n  {twice} has more than one column “实付”\n"
    )
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    assert _run(broken, folder, code=Exit.REQUEST) == (
        f"R0555 unreadable-workbook  {broken}\n"
        f"  {broken} cannot be read as a workbook: invalid Zip archive: Could not find EOCD\n"
    )


def test_what_is_unknown(tmp_path: Path, folder: Path) -> None:
    """A reading that no version knows, and a policy that there is none of, stop before any row."""
    file = _book(tmp_path, [["E1", "B1", "2024-01", 700, 700]])
    assert _run(file, folder, "--reading", "x=y", code=Exit.REQUEST).startswith("R0103 unknown-interpretation")
    assert _run(file, folder, policy="cn/none", code=Exit.REQUEST).startswith("R0101 unknown-policy")
