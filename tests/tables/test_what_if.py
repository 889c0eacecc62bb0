"""What if: the differences of two rules over one roster, and that what is changed is proved anew and marked."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

import subsidy
from subsidy import Policy
from subsidy.errors import PolicyError
from subsidy.sheets.parquet import read_parquet
from subsidy.tables.supposing import supposed, version_of
from subsidy.tables.what_if import Side, WhatIf, what_if

from .rosters import BEDS, LEVELS, WORLD, bed, beds, run, sheet

CLAIMS = st.lists(
    st.builds(
        bed,
        st.integers(0, 9),
        st.sampled_from(LEVELS),
        st.sampled_from(("2025-01", "2025-02", "2025-13")),
        st.sampled_from(("2025-01-01", "2025-01-20", "2025-02-16", "no day")),
    ),
    min_size=1,
    max_size=12,
)


def policy() -> Policy:
    """The bed subsidy, whose part months the text leaves open."""
    return subsidy.catalogue().policy(BEDS)


def compared(path: Path, claims: list[dict[str, Any]], after: Policy, **readings: str) -> tuple[WhatIf, list[Any]]:
    """A what-if with its rows."""
    roster = read_parquet(beds(path, claims), policy())
    rows: list[Any] = []
    sides = Side(policy(), roster), Side(after, roster, readings)
    found = what_if(*sides, ("payer", "month", "care_level"), rows=lambda batch: rows.extend(batch.to_pylist()))
    return found, rows


@settings(max_examples=10, deadline=None)
@given(CLAIMS, st.sampled_from(("310", "100", "0")), st.sampled_from(("any_day", "by_days", "open")))
def test_differences_add_up(tmp_path_factory: pytest.TempPathFactory, claims: Any, rate: str, way: str) -> None:
    """Each row's difference is after less before, as each is alone, and they add up to every group and the total."""
    path = tmp_path_factory.mktemp("rows") / "r.parquet"
    after, _ = supposed(policy(), {"rate.disabled": rate})
    found, rows = compared(path, claims, after, part_month=way)
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row, claim in zip(rows, claims, strict=True):
        try:
            old = policy().calculate(claim)
            new = after.calculate(claim, readings={"part_month": way})
        except subsidy.FactsError:
            assert (row["change"], row["difference.low"]) == ("left_out", None)
            continue
        low = new.total_in_fen().low - old.total_in_fen().low
        high = new.total_in_fen().high - old.total_in_fen().high
        assert (row["difference.low"], row["difference.high"]) == (Decimal(low) / 100, Decimal(high) / 100)
        for key in (("", ""), ("month", claim["month"]), ("care_level", claim["care_level"]), ("payer", "county")):
            sums[key] = [sums[key][0] + row["difference.low"], sums[key][1] + row["difference.high"]]
    assert list(found.total.difference) == sums["", ""]
    for name, (_, moved) in found.groups.items():
        assert {key: list(each.difference) for key, each in moved.items() if each.rows} == {
            key: sum_ for (group, key), sum_ in sums.items() if group == name and (name != "payer" or moved[key].rows)
        }
    assert found.left_out + sum(found.total.states) == len(claims)


@settings(max_examples=6, deadline=None)
@given(CLAIMS)
def test_a_rule_against_itself_changes_nothing(tmp_path_factory: pytest.TempPathFactory, claims: Any) -> None:
    """Against itself no row, group or total moves, also where it is open."""
    found, rows = compared(tmp_path_factory.mktemp("rows") / "r.parquet", claims, policy())
    assert not any(found.total.difference)
    assert not any(any(each.difference) for _, moved in found.groups.values() for each in moved.values())
    assert {row["change"] for row in rows} <= {"same", "open", "left_out"}
    assert not any(row["difference.low"] for row in rows)


@settings(max_examples=6, deadline=None)
@given(st.data(), CLAIMS)
def test_order_is_nothing(tmp_path_factory: pytest.TempPathFactory, data: Any, claims: Any) -> None:
    """Rows in another order give the same total and the same groups."""
    path, after = tmp_path_factory.mktemp("rows"), supposed(policy(), {"rate.disabled": "350"})[0]
    one, _ = compared(path / "a.parquet", claims, after)
    two, _ = compared(path / "b.parquet", data.draw(st.permutations(claims)), after)
    assert (one.total, one.left_out) == (two.total, two.left_out)
    assert {name: moved for name, (_, moved) in one.groups.items()} == {
        name: moved for name, (_, moved) in two.groups.items()
    }


def test_a_changed_figure_is_said_and_marked(tmp_path: Path) -> None:
    """What is printed says what was changed from what to what by which clause, and that it is a simulation."""
    roster = beds(tmp_path / "r.parquet", [bed(1), bed(2, "self_care"), bed(3, month="2025-13")])
    found = run("what-if", roster, "--policy", BEDS, "--set", "rate.disabled=350", "--group", "month")
    assert found.stdout == (
        "a simulation: nothing may be paid from it\n"
        "before: “Bed subsidy for residents” cn/shanxi/yuncheng/bed-subsidy 2021-03-29\n"
        "after:  “Bed subsidy for residents” cn/shanxi/yuncheng/bed-subsidy 2021-03-29; "
        "rate per person and month (rate.disabled) from 300 to 350 CNY/(person*month) [二(四)]\n"
        "\n"
        "month    rows  before  after   difference  the same  more  less  open  no longer eligible  newly eligible\n"
        "2025-01  2     400.00  450.00  50.00       1         1     0     0     0                   0\n"
        "total    2     400.00  450.00  50.00       1         1     0     0     0                   0\n"
        "\n"
        "2 rows: a difference of +50.00 CNY; 1 more, 0 less, 1 the same, 0 open; 1 row with problems is left out\n"
        "  C4  F0110 month (month) was given as “2025-13”, which is not a month, written 2021-06\n"
    )
    assert found.exit_code == 1


def test_json_has_the_mark_and_no_digest_of_a_changed_text(tmp_path: Path) -> None:
    """Plain data says that it is a simulation, and never passes a changed text off as the released one."""
    roster = beds(tmp_path / "r.parquet", [bed(1)])
    found = run("what-if", roster, "--policy", BEDS, "--set", "rate.disabled=350", "--json")
    said = json.loads(found.stdout)
    assert (found.exit_code, said["simulation"], said["after"]["digest"]) == (0, True, None)
    assert said["before"]["digest"] == policy().digest
    assert said["after"]["changed"][0] | {"label": None} == {
        "parameter": "rate.disabled", "label": None, "clause": "二(四)", "unit": "CNY/(person*month)",
        "from": "300", "to": "350",
    }  # fmt: skip
    assert said["total"]["difference"] == {"low": "50.00", "high": "50.00"}


def test_a_changed_text_has_a_digest_of_its_own() -> None:
    """A changed policy is no released one, stands under no adoption, and answers as a simulation."""
    after, (change,) = supposed(policy(), {"rate.disabled": "350"})
    assert after.digest != policy().digest
    assert not after.is_released
    result = after.calculate(bed(1))
    assert (result.is_simulation, str(result.amount)) == (True, "350.00")
    assert (change.old, change.new, change.clause) == ("300", "350", "二(四)")


def test_a_figure_that_breaks_a_proof_is_refused(tmp_path: Path) -> None:
    """A figure under which an amount may fall below zero is refused with the report of the compiler."""
    roster = beds(tmp_path / "r.parquet", [bed(1)])
    found = run("what-if", roster, "--policy", BEDS, "--set", "rate.disabled=-350")
    assert found.exit_code == 4
    assert found.stderr.startswith(
        "P0602 amount-below-zero  cn/shanxi/yuncheng/bed-subsidy/2021-03-29.toml --set:100:10  outcome.parts[0].value\n"
        "  bed may fall below zero, to -350\n"
        "  → use max(0, …)\n"
    )
    with pytest.raises(PolicyError):
        supposed(policy(), {"rate.disabled": "three hundred"})


def test_figures_that_are_not_there(tmp_path: Path) -> None:
    """Every figure that is no figure of the policy is said at once, each with what there is."""
    roster = beds(tmp_path / "r.parquet", [bed(1)])
    words = ("rate.disabld=1", "rate=3", "days_most=2", "days_least.a=2")
    found = run("what-if", roster, "--policy", BEDS, *(word for each in words for word in ("--set", each)))
    assert (found.exit_code, found.stderr) == (
        3,
        (
            "R0773 no-such-cell  rate.disabld\n"
            "  the table rate has no cell rate.disabld\n"
            "  → did you mean rate.disabled?\n"
            "R0771 figure-of-a-table  rate\n"
            "  rate is a table by care_level, and rate does not say which cell is meant\n"
            "  → write rate.self_care=FIGURE\n"
            "R0770 no-such-figure  days_most\n"
            "  the policy cn/shanxi/yuncheng/bed-subsidy has no parameter days_most\n"
            "  → did you mean days_least?\n"
            "R0772 figure-alone  days_least.a\n"
            "  days_least is one figure and has no cells: days_least.a\n"
            "  → write days_least=FIGURE\n"
        ),
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--set", "rate.disabled=1", "--set", "rate.disabled=2"),
            "R0774 figure-twice  rate.disabled\n  two figures are given for rate.disabled\n",
        ),
        (
            ("--against-version", "2020-01-01"),
            (
                "R0753 no-such-version  cn/shanxi/yuncheng/bed-subsidy\n"
                "  cn/shanxi/yuncheng/bed-subsidy has no version 2020-01-01; there are: 2021-03-29\n"
            ),
        ),
        (
            ("--set", "rate.disabled=1", "--group", "county"),
            (
                "R0776 no-such-group  county\n"
                "  nothing can be put together by “county”; allowed is: payer, month, centre, resident, care_level\n"
            ),
        ),
        (
            (),
            (
                "R0778 nothing-changed\n"
                "  both sides have the same text, readings and figures: there is nothing to compare\n"
                "  → say what is to be other with --against, --against-version, --against-on, "
                "--against-reading or --set\n"
            ),
        ),
    ],
)
def test_what_is_asked_wrongly(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """What cannot be compared is said before anything is computed."""
    found = run("what-if", beds(tmp_path / "r.parquet", [bed(1)]), "--policy", BEDS, *words)
    assert (found.exit_code, found.stderr) == (3, said)


def test_two_versions_of_a_text_in_the_same_time(tmp_path: Path) -> None:
    """An older version is put to rows of any day, as if it were in force: 200 before, 300 now at the age of 80."""
    policies = subsidy.Catalogue(WORLD)
    versions = [each.version for each in policies.versions("cn/guangdong/shenzhen/age-allowance")]
    assert versions == ["2010-01-01", "2019-10-01"]
    old = version_of(policies, "cn/guangdong/shenzhen/age-allowance", "2010-01-01", None)
    assert old.last_day is None
    roster = sheet(tmp_path / "r.csv", "person,month,born", "P1,2024-03,1943-05-01", "P2,2024-03,1950-05-01")
    found = run(
        "what-if", roster, "--policy", "cn/guangdong/shenzhen/age-allowance", "--policies", WORLD,
        "--version", "2010-01-01", "--against-version", "2019-10-01", "--json",
    )  # fmt: skip
    said = json.loads(found.stdout)
    assert (said["before"]["version"], said["after"]["version"]) == ("2010-01-01", "2019-10-01")
    assert said["total"]["difference"] == {"low": "200.00", "high": "200.00"}


def test_files_say_what_they_are(tmp_path: Path) -> None:
    """Rows as CSV and Parquet, reports as workbook and page: all of them are marked, with the rows."""
    roster = beds(tmp_path / "r.parquet", [bed(1), bed(2, "self_care")])
    words = ("what-if", roster, "--policy", BEDS, "--set", "rate.disabled=350", "--why")
    for end in ("csv", "parquet", "xlsx", "html"):
        assert run(*words, "--out", tmp_path / f"o.{end}").exit_code == 0
    mark = "模拟 · simulation: cn/shanxi/yuncheng/bed-subsidy 2021-03-29 → "
    mark += "cn/shanxi/yuncheng/bed-subsidy 2021-03-29 rate.disabled 300→350 〔二(四)〕"
    lines = (tmp_path / "o.csv").read_text("utf-8-sig").splitlines()
    assert lines[1] == (
        f'2,"C1","R1","2025-01",300.00,300.00,350.00,350.00,50.00,50.00,"more",true,true,"monthly","{mark}"'
    )
    table = pq.read_table(tmp_path / "o.parquet")
    assert table.schema.metadata[b"simulation"].decode() == mark
    assert table["first_step"].to_pylist() == ["monthly", None]
    made = python_calamine.load_workbook(tmp_path / "o.xlsx")
    assert made.sheet_names == ["Summary", "Total", "By payer", "By month", "Rows that change"]
    assert made.get_sheet_by_name("By month").to_python()[1][:5] == ["2025-01", 2.0, 400.0, 450.0, 50.0]
    assert "a simulation: nothing may be paid from it" in (tmp_path / "o.html").read_text("utf-8")
    assert run(*words, "--out", tmp_path / "o.doc").stderr == (
        f"R0581 no-form-of-report  {tmp_path}/o.doc\n  there is no form of report for {tmp_path}/o.doc\n"
        "  → let the name end with .html, .xlsx, .csv, .parquet\n"
    )


def test_a_drawing(tmp_path: Path) -> None:
    """The differences are drawn, with their exact figures and the mark."""
    roster = beds(tmp_path / "r.parquet", [bed(1), bed(2, month="2025-02", moved_in="2025-02-01")])
    found = run("what-if", roster, "--policy", BEDS, "--set", "rate.disabled=350", "--plot", tmp_path / "p.svg")
    assert found.exit_code == 0
    drawn = (tmp_path / "p.svg").read_text("utf-8")
    assert "Difference by month (a simulation)" in drawn
    assert drawn.count("+50.00") == 2


def test_open_sums_have_both_bounds_in_a_report(tmp_path: Path) -> None:
    """Where something is open each sum has two columns of figures, so that a chart has a bar for every group."""
    open_ = bed(2, month="2025-02", moved_in="2025-02-20")
    roster = beds(tmp_path / "r.parquet", [bed(1), open_, bed(3, month="2025-03")])
    found = run("what-if", roster, "--policy", BEDS, "--set", "rate.disabled=350", "--out", tmp_path / "o.xlsx")
    assert found.exit_code == 0
    rows = python_calamine.load_workbook(tmp_path / "o.xlsx").get_sheet_by_name("By month").to_python()
    assert [row[6:8] for row in rows[:4]] == [
        ["difference (least)", "difference (most)"], [50.0, 50.0], [0.0, 50.0], [50.0, 50.0],
    ]  # fmt: skip
