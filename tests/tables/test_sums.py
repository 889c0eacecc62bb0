"""Sums of a result are exact, whatever their size, and count every row once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.support import catalogue as conformance

from subsidy.calculation.columnar.writing import SUM
from subsidy.errors import Place, Problem, RequestError
from subsidy.sheets.parquet import ParquetRoster
from subsidy.sheets.reading import read
from subsidy.sheets.roster import Piece
from subsidy.tables.calculating import calculate
from subsidy.tables.outcome import Outcome
from subsidy.tables.sums import Tally, by_hand

from .results import GRANT, cells_of, policy, roster_of

ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.none() | st.integers(-(10**20), 10**20)), min_size=1, max_size=30
)


@settings(deadline=None)
@given(ROWS)
def test_sums_by_hand_are_those_of_arrow(rows: list[tuple[str | None, int | None]]) -> None:
    """Where 38 digits may not do, Python adds; where they do, it comes to the same."""
    sums = [None if each is None else Decimal(each).scaleb(-2) for _, each in rows]
    table = pa.table({"key.a": [key for key, _ in rows], "sum.b": pa.array(sums, SUM)})
    found = table.group_by(["key.a"], use_threads=False).aggregate([("sum.b", "sum"), ([], "count_all")]).to_pylist()

    def plain(each: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(row["key.a"], row["count_all"], row["sum.b_sum"] or Decimal(0)) for row in each]

    assert plain(by_hand(table, ["key.a"], ["sum.b"])) == plain(found)


def test_no_digit_of_a_large_sum_is_lost() -> None:
    """Tallies are added without the 28 digits of Python's ordinary decimals."""
    large, small = Decimal("9" * 34 + ".99"), Decimal("0.01")
    tally = Tally(low={"amount": large}, high={"amount": large})
    tally.add(Tally(low={"amount": small}, high={"amount": small}))
    assert str(tally.low["amount"]) == "1" + "0" * 34 + ".00"


class Spoilt(ParquetRoster):
    """A roster of which a cell could not be read: that of a fact which need not be stated."""

    def pieces(self) -> Any:
        for piece in super().pieces():
            problem = Problem("R0716", "beds", {"given": "#REF!"}, Place("r.parquet", "G2"))
            yield Piece(piece.facts, piece.rows, piece.carried, wrong={0: (problem,)})


def test_a_row_with_an_unread_cell_is_not_computed(tmp_path: Path) -> None:
    """Though the rest of it would do: it has no amount, is in no sum, and says which cell is wrong."""
    good = {"project": "P", "accepted_on": "2021-06-30", "place": "140802", "works": "new_build", "cost": "9"}
    file = roster_of(tmp_path / "r.parquet", [good | {"floor_area": "10"}, good | {"floor_area": "20"}])
    roster = read(file, policy(GRANT))
    assert isinstance(roster, ParquetRoster)
    spoilt = Spoilt(roster.file, roster.policy, heads=roster.heads, size=2, data=roster.data)
    outcome = calculate(spoilt, tmp_path / "out.csv", language="en")
    first, second = cells_of(tmp_path / "out.csv")
    assert (first["amount"], first["eligible"], second["amount"]) == ("", "", "6000.00")
    assert first["problems"] == "G2 R0716 the cell has the error #REF! → correct the formula or what it refers to"
    total = outcome.total
    assert (total.rows, total.computed, total.wrong, total.low["amount"]) == (2, 1, 1, Decimal("6000.00"))


def test_a_roster_without_a_row_gives_no_result(tmp_path: Path) -> None:
    """It is said, and no file is made."""
    columns = ["project", "accepted_on", "place", "works", "floor_area", "cost"]
    file = tmp_path / "r.parquet"
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in columns}), file)
    with pytest.raises(RequestError, match="R0706"):
        calculate(read(file, policy(GRANT)), tmp_path / "out.csv")
    assert [each.name for each in tmp_path.iterdir()] == ["r.parquet"]


def of_divisions() -> Any:
    """A policy of the conformance cases of which a share is borne by the division of the claim."""
    for each in conformance():
        if any(share.of for part in each.program.parts for share in part.shares):
            return each
    raise AssertionError


def test_shares_of_divisions_are_summed_by_the_division_that_pays(tmp_path: Path) -> None:
    """Every division that pays is a payer of its own, and together they bear what the share comes to."""
    found = of_divisions()
    rows = [{name: str(value) for name, value in example.facts.items()} for example in found.document.examples]
    roster = read(roster_of(tmp_path / "r.csv", rows), found)
    outcome: Outcome = calculate(roster, tmp_path / "out.csv")
    for part in found.program.parts:
        for share in part.shares:
            name = f"shares.{part.name}.{share.name}"
            payers = [each for each in outcome.payers if each.name == name]
            assert sum((each.low for each in payers), Decimal(0)) == outcome.total.low[name]
            assert bool(share.of) == any("·" in each.payer.zh for each in payers)
