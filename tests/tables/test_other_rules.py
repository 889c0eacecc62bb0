"""What if under adoptions and texts of lower levels, with figures that a text leaves open, and between two policies."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.adoption.support import FACTS, ID, adoptions, policies

import subsidy
from subsidy.sheets.parquet import read_parquet
from subsidy.tables.supposing import supposed
from subsidy.tables.what_if import Side, what_if

from .rosters import BEDS, WORLD, bed, beds, run, sheet

COUNTIES = ("990121", "990101")
DAYS = ("2021-07-01", "2021-06-15")


@pytest.fixture
def granted(tmp_path: Path) -> tuple[str | Path, ...]:
    """Grants of two counties on two days: an adoption fills the bonus on one, a county's own text on the other."""
    rows = [{**FACTS, "place": place, "accepted_on": day} for place in COUNTIES for day in DAYS]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "g.parquet")
    folders = "--policies", policies(tmp_path, text=True), "--adoptions", adoptions(tmp_path)
    return ("what-if", tmp_path / "g.parquet", "--policy", ID, *folders, "--group", "place")


def test_what_stands_beside_a_text_stays(tmp_path: Path, granted: tuple[str | Path, ...]) -> None:
    """Under a changed figure what an adoption and a county's text fill and read stays, but nothing is adopted."""
    found = run(*granted, "--set", "rate=310")
    assert [line.split()[:6] for line in found.stdout.splitlines()[4:8]] == [
        ["place", "rows", "before", "after", "difference", "the"],
        ["990101", "East", "District", "2", "240.00", "240.00"],
        ["990121", "West", "County", "2", "30,421.50", "31,421.50"],
        ["total", "4", "30,661.50", "31,661.50", "1,000.00", "3"],
    ]
    catalogue = subsidy.Catalogue(tmp_path / "policies", tmp_path / "adoptions")
    alone = [catalogue.calculate(ID, FACTS, place=at, accepted_on=day).amount for at in COUNTIES for day in DAYS]
    assert sum(map(Decimal, map(str, alone))) == Decimal("30661.50")
    before = catalogue.policy(ID)
    after, _ = supposed(before, {"rate": "310"})
    assert [each.calculate(FACTS).is_simulation for each in (before, after)] == [False, True]
    assert after.calculate(FACTS, place="990101").amount == before.calculate(FACTS, place="990101").amount


def test_a_figure_that_a_text_leaves_open(granted: tuple[str | Path, ...]) -> None:
    """A delegated figure may be tried within its bounds, in the place of whoever filled it; beyond, it is refused."""
    found = run(*granted, "--set", "bonus=90")
    assert "bonus a bed (bonus) from what the text leaves open to 90 CNY/bed [五]\n" in found.stdout
    assert "4 rows: a difference of +418.50 CNY; 4 more, 0 less, 0 the same, 0 open\n" in found.stdout
    found = run(*granted, "--set", "bonus=101")
    assert (found.exit_code, found.stderr) == (
        4,
        (
            "P0606 outside-delegation  --set:3:9  parameters.bonus.value\n"
            "  101 is outside the bounds of bonus: 0 to 100\n"
            '    value = "101"\n'
            "            ^^^^^\n"
            "  ↳ cn/somewhere/town/grant/2021-01-01.toml:108:10  parameters.bonus.within  stated in the policy\n"
            '    within = { min = "0", max = "100" }\n'
            "             ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        ),
    )


def test_rows_that_are_other_claims(tmp_path: Path) -> None:
    """Rows that are other claims for one policy than for the other are never compared with each other."""
    policy = subsidy.catalogue().policy(BEDS)
    one = read_parquet(beds(tmp_path / "a.parquet", [bed(1), bed(2)]), policy)
    two = read_parquet(beds(tmp_path / "b.parquet", [bed(1)]), policy)
    with pytest.raises(subsidy.RequestError) as refused:
        what_if(Side(policy, one), Side(policy, two))
    assert refused.value.report("en") == (
        f"R0777 other-rows  {tmp_path}/a.parquet\n  the rows of {tmp_path}/a.parquet are not the same claims for "
        f"{BEDS} and for {BEDS}, so they cannot be compared row by row\n"
        "  → compare policies whose claims are of the same persons and months"
    )


def test_two_policies_over_one_roster(tmp_path: Path) -> None:
    """A roster with the facts of two policies goes through both, each reading its own columns."""
    roster = sheet(
        tmp_path / "r.csv",
        "batch,day,beds,home,grade,moderate,severe",
        "B1,2022-12-29,10,H1,five,1,2",
        "B2,2022-12-29,4,H2,one,10,0",
        "B3,2022-12-29,4,H3,six,10,0",
    )
    words = ("--policy", "cn/guizhou/guiyang/operating", "--against", "cn/shandong/operating", "--policies", WORLD)
    found = run("what-if", roster, *words, "--group", "grade")
    assert found.exit_code == 1
    assert found.stdout.splitlines()[4:] == [
        "grade  rows  before    after     difference  the same  more  less  open  no longer eligible  newly eligible",
        "five   1     3,000.00  960.00    -2,040.00   0         0     1     0     0                   0",
        "one    1     1,200.00  1,600.00  400.00      0         1     0     0     0                   0",
        "total  2     4,200.00  2,560.00  -1,640.00   0         1     1     0     0                   0",
        "",
        "2 rows: a difference of -1,640.00 CNY; 1 more, 1 less, 0 the same, 0 open; 1 row with problems is left out",
        (
            "  E4  F0109 grade of the home (grade) was given as “six”; allowed is one of: one (grade 1), "
            "two (grade 2), three (grade 3), four (grade 4), five (grade 5)"
        ),
    ]
