"""What columns may be: every type that Arrow has for a fact, and what is refused; and how tables are laid out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import subsidy
from subsidy.errors import FactsError, RequestError

GRANT = subsidy.catalogue().policy("cn/shanxi/yuncheng/construction-grant")
BED = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy")
FACTS: dict[str, Any] = {
    "project": "P1",
    "accepted_on": "2021-06-30",
    "place": "140802",
    "works": "new_build",
    "floor_area": "2350.50",
    "cost": "3000000",
}


def a_table(count: int = 3, **columns: Any) -> pa.Table:
    """So many rows of the grant, with some columns otherwise."""
    return pa.table({name: columns.get(name, [value] * count) for name, value in FACTS.items()})


def amounts(table: Any, **more: Any) -> list[Any]:
    """The amount of each row, or the code of its first problem."""
    rows = GRANT.calculate_table(table, **more).to_pylist()
    return [row["problems"][0]["code"] if row["problems"] else row["amount"] for row in rows]


def alone(**facts: Any) -> Any:
    """The same of a single claim."""
    try:
        return GRANT.calculate({**FACTS, **facts}).amount
    except RequestError as error:
        return error.problems[0].code


def moments(unit: str, zone: str | None = None, *, hour: int = 0) -> pa.Array:
    """Two times and none."""
    days = [dt.datetime(2021, 6, 30, hour, tzinfo=dt.UTC), dt.datetime(2021, 1, 1, hour, tzinfo=dt.UTC)]
    return pa.array([*days, None], pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, zone))


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["1999.99", "500", "0.01"]),
        pa.array(["1999.99", "500", "0.01"], pa.large_string()),
        pa.array(["1999.99", "500", "0.01"]).dictionary_encode(),
        pa.array([Decimal("1999.99"), Decimal("500.00"), Decimal("0.01")], pa.decimal128(12, 2)),
        pa.array([Decimal("1999.990000"), Decimal("500.000000"), Decimal("0.010000")], pa.decimal128(38, 6)),
        pa.chunked_array([pa.array(["1999.99"]), pa.array(["500", "0.01"])]),
        pa.array(["x", "1999.99", "500", "0.01", "y"]).slice(1, 3),
    ],
    ids=["texts", "large texts", "dictionary", "hundredths", "millionths", "chunks", "slice"],
)
def test_numbers_as_columns_have_them(column: Any) -> None:
    """Texts, dictionaries and decimals of any scale, in chunks and slices, come to the same sums."""
    assert amounts(a_table(floor_area=column)) == [alone(floor_area=each) for each in ("1999.99", "500", "0.01")]


@pytest.mark.parametrize("type_", [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint32(), pa.uint64()])
def test_whole_numbers(type_: pa.DataType) -> None:
    """Whole numbers of every width count as they are, and are refused where they are too large or below zero."""
    numbers = [1, 100, 127]
    assert amounts(a_table(floor_area=pa.array(numbers, type_))) == [alone(floor_area=each) for each in numbers]
    least, most = np.iinfo(type_.to_pandas_dtype()).min, np.iinfo(type_.to_pandas_dtype()).max
    ends = [int(least), 5, int(most)]
    assert amounts(a_table(floor_area=pa.array(ends, type_))) == [alone(floor_area=each) for each in ends]


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(), st.integers(0, 400000).map(lambda each: each / 100)), min_size=1, max_size=8))
def test_floats_count_only_where_they_are_exact(numbers: list[float]) -> None:
    """A float that is a number of hundredths exactly is that number; of any other, the text to write is said."""
    wanted = []
    for each in numbers:
        is_exact = abs(each) < 2**51 and (Decimal(each) * 100) % 1 == 0 and str(each) != "-0.0"
        wanted.append(alone(floor_area=Decimal(each) if is_exact else each))
    assert amounts(a_table(len(numbers), floor_area=pa.array(numbers, pa.float64()))) == wanted


@pytest.mark.parametrize(
    "column",
    [
        pa.array([dt.date(2021, 6, 30), dt.date(2021, 1, 1), None], pa.date32()),
        pa.array([dt.date(2021, 6, 30), dt.date(2021, 1, 1), None], pa.date64()),
        moments("ns"),
        moments("s"),
        pa.array(["2021-06-30", "2021-01-01", None]),
        pa.array(["2021-06-30", "2021-01-01", None]).dictionary_encode(),
    ],
    ids=lambda each: str(each.type),
)
def test_days(column: pa.Array) -> None:
    """Days, times at midnight and texts are days; a day before the policy is said as such, and one that is missing."""
    wanted = [alone(), alone(accepted_on="2021-01-01"), "F0102"]
    assert wanted[1] == "R0105"
    assert amounts(a_table(accepted_on=column)) == wanted


def test_a_time_within_a_day_is_no_day() -> None:
    """Nothing is cut off a time, and a zone is not guessed at."""
    assert [amounts(a_table(accepted_on=each))[:2] for each in (moments("us", hour=12), moments("us", "UTC"))] == [
        ["F0106"] * 2
    ] * 2


def test_a_column_of_anything_else_is_no_number() -> None:
    """Flags, bytes, lists, structs and times are refused row by row, as they are alone; nothing is guessed."""
    for column in (
        pa.array([True] * 3),
        pa.array([b"1"] * 3),
        pa.array([["1"]] * 3),
        pa.array([1] * 3, pa.timestamp("ns")),
        pa.array([{"a": 1}] * 3),
    ):
        assert amounts(a_table(floor_area=column)) == ["F0106"] * 3


def test_frames() -> None:
    """A frame of pandas or Polars is a table."""
    facts = {name: [value] * 2 for name, value in FACTS.items()}
    wanted = [alone()] * 2
    assert [amounts(pd.DataFrame(facts)), amounts(pl.DataFrame(facts))] == [wanted, wanted]


def test_no_rows() -> None:
    """A table without rows has an answer without rows, with every column."""
    empty = GRANT.calculate_table(a_table(0), steps=["granted_area"])
    assert (empty.num_rows, empty.schema) == (0, GRANT.calculate_table(a_table(1), steps=["granted_area"]).schema)


def test_a_row_that_is_wrong_stops_no_other() -> None:
    """Each row has its own problems, all of them, in both languages; rows out are rows in."""
    table = a_table(floor_area=["2350.50", "two", None], works=["new_build", "new", "new_build"])
    rows = GRANT.calculate_table(table).to_pylist()
    assert [row["amount"] for row in rows] == [Decimal("600000.00"), None, None]
    assert rows[0]["problems"] is None
    assert [(each["code"], each["where"]) for each in rows[1]["problems"]] == [
        ("F0109", "works"),
        ("F0107", "floor_area"),
    ]
    (lacking,) = rows[2]["problems"]
    assert lacking["where"] == "floor_area"
    assert lacking["zh"].startswith("缺少")
    assert lacking["en"].startswith("actual floor area (floor_area) is missing")


def test_columns_that_do_not_fit() -> None:
    """A column that is no fact, a fact without a column, and a column twice are said before any row is computed."""
    table = a_table().rename_columns(["floor_areas" if name == "floor_area" else name for name in FACTS])
    with pytest.raises(FactsError) as wrong:
        GRANT.calculate_table(table)
    assert wrong.value.report("en") == (
        "F0102 missing-fact  floor_area\n"
        "  actual floor area (floor_area) is missing: 0 to 1000000 m² in steps of 0.01\n"
        "F0101 unknown-fact  floor_areas\n"
        "  the policy has no fact floor_areas\n"
        "  → did you mean floor_area?"
    )
    with pytest.raises(RequestError, match="R0703"):
        GRANT.calculate_table(a_table().append_column("cost", [["1"] * 3]))
    with pytest.raises(RequestError) as unknown:
        GRANT.calculate_table(a_table(), steps=["granted"])
    assert "the policy has no step and no condition granted" in unknown.value.report("en")


def test_threads_and_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """With any number of threads and any size of pieces the answer is the same, in the same order."""
    table = a_table(1000, floor_area=[str(each) for each in range(1000)])
    wanted = GRANT.calculate_table(table, steps=["granted_area"])
    for piece, read in ((1, 1), (1, 1000), (7, 500), (999, 10**6)):
        monkeypatch.setattr("subsidy.calculation.columnar.table.PIECE", piece)
        monkeypatch.setattr("subsidy.calculation.columnar.table.READ", read)
        assert GRANT.calculate_table(table, steps=["granted_area"], threads=3).equals(wanted)


def test_what_is_open_has_bounds() -> None:
    """Where a reading is left open, the amount is empty and its bounds stand beside it."""
    stays = [
        [{"moved_in": dt.date(2021, 6, 5), "moved_out": dt.date(2021, 6, 18)}],
        [{"moved_in": dt.date(2021, 6, 1)}],
    ]
    table = pa.table(
        {
            "centre": ["C1", "C1"],
            "resident": ["R1", "R2"],
            "month": ["2021-06", "2021-06"],
            "care_level": ["semi_disabled", "disabled"],
            "stays": pa.array(stays, pa.list_(pa.struct([("moved_in", pa.date32()), ("moved_out", pa.date32())]))),
        }
    )
    rows = BED.calculate_table(table).to_pylist()
    assert [(row["amount"], row["amount.low"], row["amount.high"]) for row in rows] == [
        (None, Decimal("0.00"), Decimal("200.00")),
        (Decimal("300.00"),) * 3,
    ]
    by_days = BED.calculate_table(table, readings={"part_month": "by_days"})
    assert by_days["amount"].to_pylist() == [Decimal("93.33"), Decimal("300.00")]
