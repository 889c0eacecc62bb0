"""The words of what is noted and refused in a sheet, in both languages."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from subsidy.errors import Problem
from subsidy.sheets.reading import read

from .books import GRANT, GRANT_HEAD, SERVICE, SERVICE_HEAD, book, policy

WORDS = {
    "R0730": ("“合计”一行是合计，不作申报", "the row “合计” is a total and no claim"),
    "R0731": ("“制表：张”一行只有文字，不作申报", "the row “制表：张” has only words and is no claim"),
    "R0732": ("表头以上的“2023年服务费”，略过", "“2023年服务费” above the header is passed over"),
    "R0734": ("不是事实的列，原样带入结果：姓名", "columns that are no facts go along to the result: 姓名"),
    "R0735": ("“服务对象（身份证号）”列读作服务对象", "the column “服务对象（身份证号）” is read as beneficiary"),
    "R0736": ("各月的年份取自标题：2023 年", "the year of the months is that of the title, 2023"),
    "R0737": (
        "每小时服务价格有 1 处空白，按零计，第一处在此",
        "1 blanks of price an hour count as zero, the first of them here",
    ),
    "R0738": ("1 个月份的单元格空着，该月没有申报", "1 cells of a month are blank, and there is no claim for it"),
    "R0739": ("隐藏的行或列也读入了：3, B", "hidden rows or columns were read too: 3, B"),
    "R0740": (
        "表中合计 9，与以上各行之和不同：全部 3，上一合计以来 3",
        "the stated total 9 is not the sum of the rows above: 3 of all, 3 since the last total",
    ),
    "R0743": ("全角的标识 Ａ１ 读作 A1", "the identifier Ａ１, in full-width signs, is read as A1"),
    "R0744": (
        "“每小时服务价格（元）”列是每小时服务价格，单位读作 元/小时",
        "the column “每小时服务价格（元）” is price an hour, its unit read as CNY/h",
    ),
    "R0746": (
        "这一列没有表头，略过；其中有“见附件”等",
        "the column has no header and is passed over; it has “见附件” and so on",
    ),
}


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Problem]:
    """What is noted of a sheet with much to note."""
    rows = [
        ["2023年服务费"],
        ["服务对象（身份证号）", "姓名", "每小时服务价格（元）", "1月", "2月"],
        ["Ａ１", "张", None, 1, None, "见附件"],
        ["A2", "李", 30, 2, 0],
        ["合计", None, None, 9, 0],
        ["制表：张"],
    ]
    path = book(tmp_path_factory.mktemp("noted") / "a.xlsx", rows, hidden_rows=[3], hidden_columns=["B"])
    roster = read(path, policy(SERVICE), months_of="hours", blank_is_zero=["price"])
    assert sum(len(piece.rows) for piece in roster.pieces()) == 3
    return {each.code: each for each in roster.notes}


@pytest.mark.parametrize("code", WORDS)
def test_notes_of_a_sheet(code: str, noted: dict[str, Problem]) -> None:
    """Each note says in both languages what was read in which way."""
    assert (noted[code].message("zh"), noted[code].message("en")) == WORDS[code]
    assert noted[code].severity == "warning"


def test_nothing_else_was_noted(noted: dict[str, Problem]) -> None:
    """Every note of that sheet is one whose words are looked at here."""
    assert set(noted) == set(WORDS)


def test_what_is_multiplied_is_said_with_its_unit(tmp_path: Path) -> None:
    """Of a column, a cell and a line in 万元 the factor is said, and the unit that comes of it."""
    row = ["P1", "2021-06-30", "140802", "new_build", "1800", 300]
    path = book(tmp_path / "a.xlsx", [[*GRANT_HEAD[:5], "工程投资（万元）"], row, [*row[:5], "25万元"], GRANT_HEAD])
    roster = read(path, policy(GRANT))
    list(roster.pieces())
    assert [each.report() for each in roster.notes] == [
        (
            f"R0733 multiplied (warning)  {path}  名单!F1\n"
            "  “工程投资（万元）”列按工程投资，折算为元：乘以 10000\n"
            "  the column “工程投资（万元）” is cost of the works: in CNY, its figures times 10000"
        ),
        (
            f"R0742 unit-in-cell (warning)  {path}  名单!F3\n"
            "  25万元 按工程投资折算：乘以 10000\n"
            "  25万元 as cost of the works: times 10000"
        ),
    ]


def test_what_is_refused_in_a_cell(tmp_path: Path) -> None:
    """A cell with another unit, with an error, with a formula that nobody computed says what to do."""
    row = ["A", "2023-08", 1, 30]
    rows = [SERVICE_HEAD, [*row[:2], "1人", 30], [*row[:2], None, 30], [*row[:2], "=1+1", 30]]
    path = book(tmp_path / "a.xlsx", rows, errors={"C3": "#REF!"})
    (piece,) = read(path, policy(SERVICE)).pieces()
    assert [each.report() for found in piece.wrong.values() for each in found] == [
        (
            f"R0718 other-unit-in-cell  {path}  名单!C2\n"
            "  1人 的单位“人”不是该列的单位；应为：小时/(人·月)、h/(person·month)\n"
            "  → 改写为该列单位下的数\n"
            "  the unit “人” of 1人 is not that of the column, which is: 小时/(人·月)、h/(person·month)\n"
            "  → write the number in the unit of the column"
        ),
        (
            f"R0716 error-in-cell  {path}  名单!C3\n"
            "  单元格是错误值 #REF!\n"
            "  → 在表格软件中改正公式或内容\n"
            "  the cell has the error #REF!\n"
            "  → correct the formula or what it refers to"
        ),
        (
            f"R0717 formula-not-computed  {path}  名单!C4\n"
            "  单元格是公式，没有保存计算结果\n"
            "  → 用表格软件打开并保存，或填上数值\n"
            "  the cell has a formula, and nobody kept its result\n"
            "  → open the file in a spreadsheet and save it, or enter the value"
        ),
    ]


def test_a_repeated_header_is_said(tmp_path: Path) -> None:
    """The header of a second printed page is no claim."""
    path = book(tmp_path / "a.xlsx", [SERVICE_HEAD, ["A", "2023-08", 1, 30], SERVICE_HEAD, ["B", "2023-08", 1, 30]])
    roster = read(path, policy(SERVICE))
    assert sum(len(piece.rows) for piece in roster.pieces()) == 2
    assert [each.report("en") for each in roster.notes] == [
        (
            f"R0741 header-repeated (warning)  {path}  名单!A3\n"
            f"  the row “{' '.join(SERVICE_HEAD)}” has the header once more and is no claim"
        )
    ]


def test_what_cannot_be_seen_in_another_kind_of_workbook_is_said(tmp_path: Path) -> None:
    """Of an ODS nobody can tell whether a blank was an error."""
    path = tmp_path / "a.ods"
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in (SERVICE_HEAD, ("A", "2023-08", "1", "30"))
    )
    spaces = " ".join(
        f'xmlns:{each}="urn:oasis:names:tc:opendocument:xmlns:{each}:1.0"' for each in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w") as parts:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        parts.writestr("mimetype", kind)
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        parts.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{manifest}"><m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
        )
        parts.writestr(
            "content.xml",
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="A">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    roster = read(path, policy(SERVICE))
    assert sum(len(piece.rows) for piece in roster.pieces()) == 1
    assert [each.report("en") for each in roster.notes] == [
        (
            f"R0745 formulas-unseen (warning)  {path}\n"
            f"  {path} is no XLSX: cells with errors, formulas not computed and hidden rows cannot be seen\n"
            "  → save it as .xlsx"
        )
    ]
