"""CSVs: encodings, rows of another width, quotes, many pieces; and Parquet beside them."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subsidy.errors import RequestError
from subsidy.sheets.grid import Csv, open_grid
from subsidy.sheets.reading import read
from subsidy.sheets.roster import PIECE

from .books import SERVICE, SERVICE_HEAD, cell, claims, csv_of, notes, policy, wrong

CELLS = st.text(st.sampled_from(' a1,"\n\r一计；#\t'), max_size=4)
PLAIN = st.text(st.sampled_from(" a1一计；#\t"), max_size=4)
HEADS = st.text(st.sampled_from(' a1"一,\n'), max_size=3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.lists(st.lists(CELLS, max_size=4), min_size=1, max_size=12),
        st.builds(
            list.__add__,
            st.lists(st.lists(HEADS, min_size=3, max_size=3), min_size=1, max_size=3),
            st.lists(st.lists(PLAIN, max_size=4), max_size=8),
        ),
    ),
    st.sampled_from(["utf-8", "gb18030"]),
    st.integers(0, 3),
)
def test_arrow_and_python_read_the_same_cells(tmp_path: Path, rows: list[list[str]], encoding: str, first: int) -> None:
    """Whatever a CSV has in its cells and however wide its rows are, its blocks are the rows that Python reads."""
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    grid = open_grid(path, None, "gb18030" if encoding == "gb18030" else "utf-8")
    assert isinstance(grid, Csv)
    with path.open(encoding=encoding, newline="") as file:
        wanted = list(csv.reader(file))[first:]
    for size in (2, 100):
        found = list[tuple[int, tuple[str, ...]]]()
        ragged = dict[int, int]()
        for block in grid.blocks(first, 3, size):
            assert len(block.numbers) <= size
            ragged |= {int(block.numbers[at]): wide for at, wide in block.ragged.items()}
            numbers = block.numbers.tolist()
            found += list(zip(numbers, zip(*(each.to_pylist() for each in block.columns), strict=True), strict=True))
        even = [(at, tuple((row + [""] * 3)[:3])) for at, row in enumerate(wanted, start=first)]
        assert found == even
        assert all(number in ragged for number, row in enumerate(wanted, start=first) if 0 < len(row) < 3 and any(row))


def test_quotes_in_a_header_alone_leave_its_rows_to_arrow(tmp_path: Path) -> None:
    """A header in quotes, as many programs write it, is no reason to read a million rows one by one; a later one is."""
    path = tmp_path / "a.csv"
    for text, first, is_arrows in [
        ('"a","b"\n1,2\n', 1, True),
        ('"a","b"\n1,2\n', 0, False),
        ('"a\nx","b"\n1,2\n', 1, False),
        ('"a","b"\n1,2\n3,"4"\n', 1, False),
    ]:
        path.write_text(text, encoding="utf-8")
        grid = open_grid(path, None, "utf-8")
        assert isinstance(grid, Csv)
        assert grid.is_plain(first) is is_arrows


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
def test_rows_keep_their_numbers_over_pieces(quote: str, tmp_path: Path) -> None:
    """Blank rows, totals and rows of another width between, every claim and every problem has the number of its row."""
    path = tmp_path / "a.csv"
    lines = [",".join(SERVICE_HEAD), f"{quote}A{quote},2023-08,1,30"]
    lines += ["", "合计,,,", "B,2023-08"] + ["C,2023-08,2,30"] * PIECE + ["D,2023-08,x小时,1,9", "E,2023.1,3,30"]
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    roster = read(path, policy(SERVICE))
    pieces = list(roster.pieces())
    numbers = [number for piece in pieces for number in piece.rows.to_pylist()]
    assert numbers == [2, *range(5, PIECE + 8)]
    assert [len(piece.rows) <= PIECE for piece in pieces] == [True, True]
    last = [(each.code, cell(each)) for piece in pieces for each in sum(piece.wrong.values(), ())]
    assert last == [
        ("R0704", "A5"),
        ("R0715", "C5"),
        ("R0715", "D5"),
        ("R0704", f"A{PIECE + 6}"),
        ("R0714", f"B{PIECE + 7}"),
    ]
    assert notes(roster) == [("R0730", "A4")]
    assert roster.size == PIECE + 6


@pytest.mark.parametrize(
    ("written", "asked"), [("gb18030", "utf-8"), ("utf-8-sig", "gb18030"), ("utf-16", "utf-8")]
)  # fmt: skip
def test_another_encoding_is_named(written: str, asked: str, tmp_path: Path) -> None:
    """A file in another encoding than was said is refused, with the one that it is in, where that can be told."""
    path = csv_of(tmp_path / "a.csv", [SERVICE_HEAD, ["甲", "2023-08", "1", "30"]], written)
    with pytest.raises(RequestError) as raised:
        read(path, policy(SERVICE), encoding="gb18030" if asked == "gb18030" else "utf-8")
    (problem,) = raised.value.problems
    other = {"gb18030": "gb18030", "utf-8-sig": "utf-8"}.get(written)
    assert problem.code == "R0701"
    assert problem.help("en") == (
        f"the file is in {other}: add --encoding {other}"
        if other
        else "save it as CSV in UTF-8; for the national encoding add --encoding gb18030"
    )
    if other == "gb18030":
        assert claims(read(path, policy(SERVICE), encoding="gb18030"))[0]["beneficiary"] == "甲"


def test_the_same_note_comes_once_however_often_the_rows_are_read(tmp_path: Path) -> None:
    """Every reading of the rows begins anew, with its notes."""
    roster = read(
        csv_of(tmp_path / "a.csv", [SERVICE_HEAD, ["A", "2023-08", "1", "30"], ["合计", "", "1", ""]]), policy(SERVICE)
    )
    assert notes(roster) == notes(roster) == [("R0730", "A3")]
    assert wrong(roster) == []


def test_a_parquet_file_takes_its_other_columns_along(tmp_path: Path) -> None:
    """Columns are facts by name or label; others go along, and one near a fact stops the file."""
    table = pa.table(
        {"服务对象": ["A"], "month": ["2023-08"], "hours": [1], "price": [30], "姓名": ["张"], "hour": [1]}
    )
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    with pytest.raises(RequestError) as raised:
        read(path, policy(SERVICE), carried=["电话"])
    assert [(each.code, each.where) for each in raised.value.problems] == [("R0719", "电话"), ("R0702", "hour")]
    roster = read(path, policy(SERVICE), ignored=["hour"])
    assert claims(roster) == [{"beneficiary": "A", "month": "2023-08", "hours": 1, "price": 30}]
    assert roster.carried.names == ["姓名"]
    assert notes(roster) == [("R0734", "")]
