"""Reports as files: a page as a browser builds and prints it, a workbook as another library reads it."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from openpyxl.reader.excel import load_workbook

from subsidy.audit.findings import LISTED, Finding, Findings
from subsidy.audit.reporting import of_findings
from subsidy.errors import RequestError
from subsidy.reports import workbook as workbooks
from subsidy.reports.html import html
from subsidy.reports.report import Chart, Report, Table
from subsidy.reports.setting import bars, said
from subsidy.reports.writing import write, writer
from subsidy.text import LANGUAGES, Language, plain, visible

from .reported import HOSTILE, MARKUP, clean, hostile, months, report

BROWSER: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_a_browser = pytest.mark.skipif(BROWSER is None, reason="no browser is installed")


def browse(page: Path, *asked: str) -> tuple[str, str]:
    """What a browser says of a page: what was asked for, and its log."""
    assert BROWSER is not None
    folder = page.with_suffix(".profile")
    # The sandbox is switched off, as in a container there is none to be had; the page is our own.
    fixed = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}")
    # What the browser would ask of its maker on its own account does not leave the machine.
    alone = ("--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND")
    logged = ("--enable-logging=stderr", "--v=0", f"--log-net-log={page.with_suffix('.net')}")
    done = subprocess.run(
        [BROWSER, *fixed, *alone, *logged, *asked, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, done.stderr


class Cells(HTMLParser):
    """The cells of the tables of a page, by the section in which they are; and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.section, self.in_cell = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.section = dict(attrs)["id"] or ""
            self.tables[self.section] = []
        if tag == "tr":
            self.tables[self.section].append([])
        self.in_cell = tag in {"td", "th"}
        if self.in_cell:
            self.tables[self.section][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            self.tables[self.section][-1][-1] += data


def rows(table: Table, language: Language) -> list[list[str]]:
    """A table as it is to be read, with its head and its total."""
    all_ = [table.heads, *table.rows, *([table.total] if table.total else [])]
    return [[said(cell, language) for cell in row] for row in all_]


@needs_a_browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_shows_every_figure(language: Language, tmp_path: Path) -> None:
    """Each table is on the page as the browser built it, cell by cell; nothing is fetched, and no error is logged."""
    page = tmp_path / "report.html"
    write(report(), language, page)
    built, log = browse(page, "--dump-dom")
    cells = Cells(built)
    wanted = {f"table-{table.name}": rows(table, language) for table in report().tables}
    assert {name: found for name, found in cells.tables.items() if found} == {
        name: each for name, each in wanted.items() if len(each) > 1
    }
    assert next(iter(cells.tables)) == "table-findings"
    assert "CONSOLE" not in log
    asked = set(re.findall(r'"url":"([^"]+)"', page.with_suffix(".net").read_text("utf-8")))
    hosts = {urlsplit(url).hostname or "" for url in asked if url.startswith("http")}
    assert not [host for host in hosts if not host.endswith((".google.com", ".googleapis.com", ".gvt1.com"))]


@needs_a_browser
def test_a_browser_that_is_told_to_fetch_says_so(tmp_path: Path) -> None:
    """The control: what the test above looks for is found on a page that runs a script and fetches an image."""
    page = tmp_path / "bad.html"
    page.write_text('<img src="http://127.0.0.1:9/x"><script>console.error("ran")</script>', "utf-8")
    _, log = browse(page, "--dump-dom")
    assert "CONSOLE" in log
    assert "http://127.0.0.1:9/x" in page.with_suffix(".net").read_text("utf-8")


@needs_a_browser
def test_what_others_put_in_is_shown_and_not_run(tmp_path: Path) -> None:
    """Markup, control signs and half characters in every field are words on the page as the browser built it."""
    page = tmp_path / "report.html"
    write(hostile(), "en", page)
    built, log = browse(page, "--dump-dom")
    cells = Cells(built)
    assert cells.tables["table-" + visible(HOSTILE)] == rows(hostile().tables[0], "en")
    assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in cells.tags}
    assert not [name for _, attrs in cells.tags for name in attrs if name.startswith("on")]
    assert "CONSOLE" not in log
    assert "127.0.0.1" not in page.with_suffix(".net").read_text("utf-8")


@needs_a_browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_what_is_folded_is_printed_open(tmp_path: Path) -> None:
    """Samples are folded on the screen, and on paper each line of them is there, as is every figure."""
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    write(report(), "en", page)
    browse(page, f"--print-to-pdf={paper}")
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    assert "<details open" not in html(report(), "en")
    assert "31 d × 10.00 CNY/d = 310.00 CNY" in text
    assert not [sum_ for _, _, sum_ in months() if f"{sum_:,.2f}" not in text]


def test_a_page_says_what_it_is() -> None:
    """Its language, its verdict in words and in colour, and each chart in words for who does not see it."""
    zh, en = html(report(), "zh"), html(report(), "en")
    assert '<html lang="zh-CN">' in zh
    assert '<html lang="en">' in en
    assert '<p class="verdict found"><strong>发现问题</strong>54,300 条核定中，2 处有问题，最先在第 17204 条</p>' in zh
    assert (
        '<p class="verdict clean"><strong>Clean</strong>'
        "all 54,311 entries agree with the fingerprint that was kept</p>" in html(clean(), "en")
    )
    assert '<p class="note">未发现问题。</p>' in html(clean(), "zh")
    assert re.findall('<figure role="img" aria-label="([^"]*)">', en) == [
        "Totals by policy: difference (CNY)",
        "Totals by month of service: paid (CNY), the largest 20 of 30",
        "Totals by payer: paid (CNY)",
    ]


def test_bars_are_on_one_scale() -> None:
    """A sum below zero goes to the left of zero, as long as it is large; many have the largest 20 and say the rest."""
    table = Table("t", plain("t"), (plain("n"), plain("s")), (("a", Decimal("3.00")), ("b", Decimal("-1.00"))))
    page = html(Report(plain("r"), plain("v"), True, (), (with_chart(table),)), "en")
    assert re.findall(r'<rect(.*?) y="0" width="([0-9.]+)"', page) == [
        (' x="250.00"', "750.00"),
        (' class="less" x="0.00"', "250.00"),
    ]
    many = with_chart(Table("t", plain("t"), table.heads, tuple((str(n), Decimal(n)) for n in range(100))))
    shown = bars(many, Chart(0, 1))
    assert [name for name, _ in shown.rows] == [str(n) for n in range(80, 100)]
    assert shown.rest is not None
    assert (shown.rest[0].en, shown.rest[1]) == ("the other 80 together", Decimal(sum(range(80))))


def with_chart(table: Table) -> Table:
    """The same with bars."""
    return Table(table.name, table.title, table.heads, table.rows, chart=Chart(0, 1))


@pytest.mark.parametrize(
    ("sum_", "shown"),
    [
        ("0", "0.00"),
        ("-0.00", "0.00"),
        ("1E+3", "1,000.00"),
        ("-1234567.8", "-1,234,567.80"),
        ("0.005", "0.005"),
        ("12345678901234567.89", "12,345,678,901,234,567.89"),
        ("1E+999999", "1E+999999"),
        ("NaN", "NaN"),
    ],
)
def test_a_sum_is_never_rounded(sum_: str, shown: str) -> None:
    """A sum is set out to the fen, and one that is no sum of a payment as it is."""
    assert said(Decimal(sum_), "en") == shown


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Any]:
    """The workbook of the report, in Chinese."""
    write(report(), "zh", tmp_path / "report.xlsx")
    found = load_workbook(tmp_path / "report.xlsx")
    yield found
    found.close()


def test_another_library_reads_every_figure(book: Any) -> None:
    """A sheet for each table after the summary; each figure is a number, equal to the fen, and each word as it was."""
    tables = report().in_order()
    titles = [table.title.zh for table in tables]
    assert book.sheetnames == ["总览", *titles, "示例"]
    for table in tables:
        if not table.rows:
            continue
        found = [tuple(cell.value for cell in row) for row in book[table.title.zh].iter_rows(2, len(table.rows) + 1)]
        for row, cells in zip(table.rows, found, strict=True):
            for cell, value in zip(row, cells, strict=False):
                if isinstance(cell, int | Decimal):
                    assert Decimal(repr(value)) == cell
                else:
                    assert (value or "") == said(cell, "zh")
    policies = book["按政策"]
    assert {cell.number_format for cell in policies["D"][1:]} == {"#,##0.00"}
    assert [Decimal(repr(cell.value)) for cell in policies[6][1:]] == list(tables[1].total or ())[1:]
    assert (policies.freeze_panes, policies.auto_filter.ref) == ("A2", "A1:E5")
    assert book["总览"]["A2"].value == "发现问题"
    assert book["未能重算的"]["A2"].value == "没有。"
    assert policies.column_dimensions["A"].width >= len("cn/shanxi/yuncheng/construction-grant@2021-03-29")
    assert book["按服务月份"].column_dimensions["C"].width >= len("已付（元）") * 2


def test_charts_draw_what_the_table_says(book: Any) -> None:
    """A chart is of the rows of its table without the total, or of the block that has the largest; from nought."""
    ranges = {}
    for sheet in book:
        for chart in sheet._charts:
            series = chart.series[0]
            ranges[sheet.title] = (series.cat.strRef.f, series.val.numRef.f, chart.y_axis.scaling.min)
    assert ranges == {
        "按政策": ("按政策!$A$2:$A$5", "按政策!$E$2:$E$5", None),
        "按服务月份": ("按服务月份!$E$2:$E$21", "按服务月份!$F$2:$F$21", 0),
        "按出资方": ("按出资方!$A$2:$A$4", "按出资方!$B$2:$B$4", None),
    }
    block = [(row[0].value, Decimal(repr(row[1].value))) for row in book["按服务月份"]["E2:F22"]]
    largest = sorted((sum_ for _, _, sum_ in months()), reverse=True)
    assert block[:20] == [(month, sum_) for month, _, sum_ in months() if sum_ in largest[:20]]
    assert block[20] == ("其余 10 项合计", sum(largest[20:]))


def test_no_text_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    """What begins like a formula is text, and stays text when it is edited; names of sheets are ones that may be."""
    write(hostile(), "en", tmp_path / "report.xlsx")
    book = load_workbook(tmp_path / "report.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    doubtful = [cell for cell in cells if str(cell.value)[0] in "=+-@" and cell.data_type == "s"]
    assert len(doubtful) > 10
    assert all(cell.quotePrefix for cell in doubtful if cell.hyperlink is None)
    assert [cell.value for cell in book.worksheets[1]["B"][1:4]] == [1, "NaN", "1E+999999"]
    assert book.sheetnames == [
        "Summary",
        "=1+1 <script>alert(1)< script>",
        "=1+1 <script>alert(1)< scri (2)",
        "History_",
        "Samples",
    ]
    assert book["History_"]["A2"].value.endswith("lon… (33,717 more characters)")
    assert MARKUP in book["Summary"]["A1"].value


def test_a_sum_that_a_cell_cannot_hold_is_text(tmp_path: Path) -> None:
    """Fifteen digits are a number; with sixteen, or with less than a fen, it is the text of all of them."""
    exact = ("9999999999999.99", "-9999999999999.99", "0.01", "1E+3")
    texts = {
        "10000000000000.01": "10,000,000,000,000.01",
        "0.001": "0.001",
        "-12345678901234567890.12": "-12,345,678,901,234,567,890.12",
    }
    table = Table("t", plain("t"), (plain("s"),), tuple((Decimal(each),) for each in (*exact, *texts)))
    write(Report(plain("r"), plain("v"), True, (), (table,)), "en", tmp_path / "report.xlsx")
    found = [row[0] for row in load_workbook(tmp_path / "report.xlsx")["t"].iter_rows(2, values_only=True)]
    assert [Decimal(repr(value)) for value in found[:4]] == [Decimal(each) for each in exact]
    assert found[4:] == list(texts.values())


def test_what_a_sheet_has_no_room_for_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows beyond those of a sheet are left out, and it is said how many; the total stays."""
    monkeypatch.setattr(workbooks, "ROWS", 12)
    table = Table("t", plain("t"), (plain("n"), plain("s")), tuple((str(n), n) for n in range(11)), total=("all", 55))
    for rows_, wanted in ((10, ["9", "all"]), (11, ["8", "2 more, for which a sheet has no room", "all"])):
        cut = Table("t", table.title, table.heads, table.rows[:rows_], total=table.total)
        write(Report(plain("r"), plain("v"), True, (), (cut,)), "en", tmp_path / "report.xlsx")
        names = [row[0] for row in load_workbook(tmp_path / "report.xlsx")["t"].iter_rows(values_only=True)]
        assert len(names) == 12
        assert names[-len(wanted) :] == wanted


def test_the_same_report_is_the_same_file(tmp_path: Path) -> None:
    """Written twice, a report is the same bytes, in either form."""
    for name in ("a.html", "b.html", "a.xlsx", "b.xlsx"):
        write(report(), "zh", tmp_path / name)
    for suffix in (".html", ".xlsx"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_another_name_is_refused_before_the_work(tmp_path: Path) -> None:
    """There are two forms, by the end of the name; any other is refused, and can be before there is a report."""
    writer(Path("REPORT.XLSX"))
    with pytest.raises(RequestError) as error:
        write(report(), "zh", tmp_path / "report.pdf")
    assert error.value.report().splitlines()[1:] == [
        f"  报告没有这种格式：{tmp_path}/report.pdf",
        "  → 文件名以 .html, .xlsx 结尾",
        f"  there is no form of report for {tmp_path}/report.pdf",
        "  → let the name end with .html, .xlsx",
    ]
    assert not list(tmp_path.iterdir())


@contextmanager
def little_room() -> Iterator[None]:
    """No file may grow beyond a few kilobytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("suffix", [".html", ".xlsx"])
def test_nothing_is_half_written(suffix: str, tmp_path: Path) -> None:
    """Where there is no room, what was there before is there, nothing else is, and it is said."""
    path = tmp_path / f"report{suffix}"
    path.write_text("before", "utf-8")
    with little_room(), pytest.raises(RequestError) as refused:
        write(report(), "zh", path)
    assert refused.value.report("en") == f"R0526 not-written  {path}\n  {path} cannot be written: File too large"
    assert {each.name: each.read_text("utf-8") for each in tmp_path.iterdir()} == {path.name: "before"}
    nowhere = tmp_path / "no" / path.name
    with pytest.raises(RequestError) as refused:
        write(clean(), "en", nowhere)
    said_ = f"R0526 not-written  {nowhere}\n  {nowhere} cannot be written: No such file or directory"
    assert refused.value.report("en") == said_


def test_findings_that_are_not_listed_are_counted() -> None:
    """The table of findings has those that are kept, and says how many more there are."""
    found = Findings()
    found.add(*(Finding.of("V0101", at, wanted=str(at), given="x") for at in range(LISTED + 2)))
    table = of_findings(found)
    assert len(table.rows) == LISTED
    assert table.note is not None
    assert (table.note.zh, table.note.en) == ("另有 2 项没有列出。", "2 more are not listed.")
