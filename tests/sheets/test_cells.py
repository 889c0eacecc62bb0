"""What cells say: numbers, months, days, choices and identifiers as clerks write them; nothing unclear is guessed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from subsidy.errors import RequestError
from subsidy.sheets.reading import read

from .books import GRANT, GRANT_HEAD, SERVICE, SERVICE_HEAD, book, claims, notes, policy, wrong


def service(tmp_path: Path, **given: Any) -> Any:
    """A roster of one claim, some of its cells as given."""
    cells = {"beneficiary": "A", "month": "2023-08", "hours": 10, "price": 30} | given
    return read(book(tmp_path / "a.xlsx", [SERVICE_HEAD, list(cells.values())]), policy(SERVICE))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (10, "10"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        ("１０．５", "10.5"),
        (" 10 ", "10"),
        ("1,234.50", "1234.50"),
        ("10小时", "10"),
        ("10 h", "10"),
        ("12,34", "12,34"),
        ("约10", "约10"),
        ("1e3", "1e3"),
    ],
)
def test_numbers(cell: Any, text: str, tmp_path: Path) -> None:
    """Full-width digits, commas at thousands and the fact's own unit are read; anything else is left to be refused."""
    assert claims(service(tmp_path, hours=cell))[0]["hours"] == text


@pytest.mark.parametrize("cell", ["10元", "10亩", "10人"])
def test_another_unit_in_a_cell_is_refused(cell: str, tmp_path: Path) -> None:
    """A figure with a unit that is not that of its column is no figure of it."""
    roster = service(tmp_path, hours=cell)
    assert wrong(roster) == [("R0718", "C2")]
    assert "hours" not in claims(roster)[0]


def test_ten_thousands_in_a_cell_are_multiplied_and_noted(tmp_path: Path) -> None:
    """250万元 in a column of 元 is 2,500,000, and said."""
    row = ["P1", "2021-06-30", "140802", "new_build", "1800", "250.5万元"]
    roster = read(book(tmp_path / "a.xlsx", [GRANT_HEAD, row]), policy(GRANT))
    assert claims(roster)[0]["cost"] == "2505000"
    assert notes(roster) == [("R0742", "F2")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param("2023.08", "2023-08", id="text"),
        ("2023-8", "2023-08"),
        ("2023/8", "2023-08"),
        ("2023年8月", "2023-08"),
        ("２０２３年０８月份", "2023-08"),
        (202308, "2023-08"),
        (2023.08, "2023-08"),
        (2023.8, "2023-08"),
        (2023.11, "2023-11"),
        ("2023.10", "2023-10"),
        (dt.date(2023, 8, 1), "2023-08"),
        (dt.datetime(2023, 8, 1), "2023-08"),  # noqa: DTZ001 – as a workbook has it
        (dt.date(2023, 8, 15), "2023-08-15"),
        ("8月", "8月"),
    ],
)
def test_months(cell: Any, text: str, tmp_path: Path) -> None:
    """A month in any spelling that can be only one; a day within it is left to be refused."""
    assert claims(service(tmp_path, month=cell))[0]["month"] == text


@pytest.mark.parametrize("cell", [2023.1, "2023.1"], ids=["number", "text"])
def test_a_month_that_may_be_two_is_refused(cell: Any, tmp_path: Path) -> None:
    """2023.1 may be October: a spreadsheet keeps no zero at the end."""
    (piece,) = service(tmp_path, month=cell).pieces()
    assert piece.wrong[0][0].report() == (
        f"R0714 month-unclear  {tmp_path}/a.xlsx  名单!B2\n"
        "  2023.1 可能是 2023-01，也可能是 2023-10：表格软件不留末尾的零\n"
        "  → 改写为 2023-01 或 2023-10\n"
        "  2023.1 may be 2023-01 or 2023-10: a spreadsheet keeps no zero at the end\n"
        "  → write 2023-01 or 2023-10"
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("2021.6.3", "2021-06-03"),
        ("2021/06/03", "2021-06-03"),
        ("2021年6月3日", "2021-06-03"),
        ("２０２１－６－３", "2021-06-03"),
        (20210603, "2021-06-03"),
        ("2021-06-03 00:00:00", "2021-06-03"),
        (dt.date(2021, 6, 3), "2021-06-03"),
        ("21.6.3", "21.6.3"),
        (44350, "44350"),
        (dt.datetime(2021, 6, 3, 8), "2021-06-03T08:00:00"),  # noqa: DTZ001 – as a workbook has it
    ],
)
def test_days(cell: Any, text: str, tmp_path: Path) -> None:
    """A day in any spelling with four digits of the year; a bare number of days is none."""
    row = ["P1", cell, "140802", "new_build", "1800", "3000000"]
    assert claims(read(book(tmp_path / "a.xlsx", [GRANT_HEAD, row]), policy(GRANT)))[0]["accepted_on"] == text


@pytest.mark.parametrize(
    ("place", "works", "read_as"),
    [
        ("盐湖区", "新建", ("140802", "new_build")),
        ("运城市盐湖区", "new_build", ("140802", "new_build")),
        ("山西省运城市盐湖区", " 新 建 ", ("140802", "new_build")),
        (140802, "NEW_BUILD", ("140802", "new_build")),
        ("１４０８０２", "新盖", ("140802", "新盖")),
    ],
)
def test_choices_and_divisions(place: Any, works: str, read_as: tuple[str, str], tmp_path: Path) -> None:
    """A choice by value or label, a division by code or by a name that only it has."""
    row = ["P1", "2021-06-03", place, works, "1800", "3000000"]
    found = claims(read(book(tmp_path / "a.xlsx", [GRANT_HEAD, row]), policy(GRANT)))[0]
    assert (found["place"], found["works"]) == read_as


@pytest.mark.parametrize("cell", [210102195001011234, 2.10102195001011e17, "2.10102E+17"])
def test_an_identifier_that_became_a_number_is_refused(cell: Any, tmp_path: Path) -> None:
    """More than 15 digits of a number are not what was typed; they are never written out again."""
    (piece,) = service(tmp_path, beneficiary=cell).pieces()
    assert piece.facts.column("beneficiary").to_pylist() == [None]
    assert piece.wrong[0][0].report() == (
        f"R0554 id-as-number  {tmp_path}/a.xlsx  名单!A2\n"
        "  A2 的标识是数字，超过 15 位，末几位已被表格软件改写\n"
        "  → 以文本格式重新录入\n"
        "  the identifier in A2 is a number of more than 15 digits, the last of which the spreadsheet has changed\n"
        "  → enter it again as text"
    )


def test_identifiers(tmp_path: Path) -> None:
    """A short number is an identifier; one in full-width signs is read in half-width ones, and noted."""
    assert claims(service(tmp_path, beneficiary=1001))[0]["beneficiary"] == "1001"
    roster = service(tmp_path, beneficiary=" ２１０１０２１９５００１０１１２３Ｘ ")
    assert claims(roster)[0]["beneficiary"] == "21010219500101123X"
    assert notes(roster) == [("R0743", "A2")]


@pytest.mark.parametrize("cell", [None, "/", "—", "－", "无", " "])
def test_a_blank_that_every_claim_states_is_zero_only_where_somebody_said_so(cell: Any, tmp_path: Path) -> None:
    """A blank, or a sign for nothing, is no number; named, the column counts it as zero, and says how often."""
    rows = [SERVICE_HEAD, ["A", "2023-08", cell, 30], ["B", "2023-08", 4, 30]]
    path = book(tmp_path / "a.xlsx", rows)
    roster = read(path, policy(SERVICE))
    (piece,) = roster.pieces()
    assert piece.wrong[0][0].report("en") == (
        f"R0715 blank-number  {path}  名单!C2\n"
        "  hours of home service in the month is blank, and every claim must state it\n"
        "  → fill it in; where a blank is zero, add --blank-is-zero hours"
    )
    zero = read(path, policy(SERVICE), blank_is_zero=["当月上门服务时长"])
    assert [each["hours"] for each in claims(zero)] == ["0", "4"]
    assert (wrong(zero), notes(zero)) == ([], [("R0737", "C2")])


def test_a_blank_that_a_claim_need_not_state_states_nothing(tmp_path: Path) -> None:
    """Of an optional fact a sign for nothing says nothing: it is not zero."""
    row = ["P1", "2021-06-03", "140802", "new_build", "1800", "3000000", "/"]
    roster = read(book(tmp_path / "a.xlsx", [[*GRANT_HEAD, "内嵌养老床位"], row]), policy(GRANT))
    assert "beds" not in claims(roster)[0]
    assert wrong(roster) == []


def test_errors_and_formulas_without_a_result_are_said(tmp_path: Path) -> None:
    """A cell with an error and a formula that nobody computed are no blanks, hidden rows no less."""
    rows = [SERVICE_HEAD, ["A", "2023-08", 1, 30], ["B", "2023-08", "=5+5", 30], ["C", "2023-08", 10, 30]]
    path = book(tmp_path / "a.xlsx", rows, errors={"C2": "#REF!"}, hidden_rows=[3], hidden_columns=["D"])
    roster = read(path, policy(SERVICE), blank_is_zero=["hours"])
    assert wrong(roster) == [("R0716", "C2"), ("R0717", "C3")]
    assert notes(roster) == [("R0739", "")]
    assert [each.get("hours") for each in claims(roster)] == [None, None, "10"]


def test_a_row_with_facts_is_never_passed_over(tmp_path: Path) -> None:
    """A remark that says 合计 makes no total of a row that states everything; a row with a bare identifier stays."""
    head = [*SERVICE_HEAD, "备注"]
    rows = [head, ["A", "2023-08", 1, 30, "合计"], ["B", None, None, None, None], ["合计", None, 1, None, None], head]
    roster = read(book(tmp_path / "a.xlsx", rows), policy(SERVICE))
    assert [each["beneficiary"] for each in claims(roster)] == ["A", "B"]
    assert [each for each in notes(roster) if each[0] != "R0734"] == [("R0730", "A4"), ("R0741", "A5")]


def test_a_file_without_a_claim_is_said(tmp_path: Path) -> None:
    """A header with nothing but a total below it has no row."""
    roster = read(book(tmp_path / "a.xlsx", [SERVICE_HEAD, ["合计", None, 0, None]]), policy(SERVICE))
    with pytest.raises(RequestError, match="R0706"):
        list(roster.pieces())
