"""Reconcile: the totals of a roster beside published ones; what fits none is named, and nothing is rounded unsaid."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidy import Catalogue
from subsidy.tables.published import figure
from subsidy.tables.whole_sums import quantum_of

from .rosters import BEDS, LEVELS, WORLD, bed, beds, book, run, sheet

FIGURES = st.decimals(Decimal("-1e9"), Decimal("1e9"), places=2)


@settings(max_examples=7, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(LEVELS), st.sampled_from(("01", "02", "03"))), min_size=1),
    st.sampled_from(("month", "payer", "care_level", "centre")),
    st.booleans(),
)
def test_what_is_computed_fits_itself(
    tmp_path_factory: pytest.TempPathFactory, claims: Any, group: str, in_wan: bool
) -> None:
    """What a roster comes to, published as it is, in 元 or in 万元, is equal in every group and in the whole."""
    folder = tmp_path_factory.mktemp("rows")
    roster = beds(folder / "r.parquet", [bed(number, level, f"2025-{month}") for number, level, month in claims])
    words = ("reconcile", roster, "--policy", BEDS, "--reading", "part_month=any_day", "--json")
    nothing = sheet(folder / "none.csv", f"{group},amount")
    found = json.loads(run(*words, "--group", group, "--published", nothing).stdout)
    sums = {each["group"]: Decimal(each["low"]) for each in found["groups"]}
    assert {each["verdict"] for each in found["groups"]} <= {"not_published", "nothing_due"}
    head, scale = ("金额（万元）", 10_000) if in_wan else ("金额", 1)
    lines = [f"{key},{sum_ / scale:f}" for key, sum_ in sums.items()] + [f"合计,{sum(sums.values()) / scale:f}"]
    published = sheet(folder / "p.csv", f"{group},{head}", *lines)
    again = run(*words, "--group", group, "--published", published)
    said = json.loads(again.stdout)
    assert (again.exit_code, said["fits"]) == (0, True)
    assert {each["verdict"] for each in (*said["groups"], said["total"])} == {"equal"}


@given(FIGURES, st.sampled_from(("", "元", "万元", "亿元")))
def test_a_figure_is_read_as_it_is_printed(number: Decimal, unit: str) -> None:
    """A figure keeps its value and its last place, also with commas, a blank before its unit, and full-width digits."""
    found = figure(f"{number:,f} {unit}")
    scale = {"": 1, "元": 1, "万元": 10_000, "亿元": 100_000_000}[unit]
    assert found is not None
    assert (found.value, found.half) == (number * scale, Decimal("0.005") * scale)
    wide = f"{number:f}".translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert figure(f"{wide}{unit}") == found.__class__(f"{wide}{unit}", found.value, found.half, found.place)


@pytest.mark.parametrize("text", ["", "四十万", "1,23", "12%", "1.2.3", "12 months", "--3", "1e5"])
def test_what_is_no_figure(text: str) -> None:
    """What is no sum of money is none; nothing is made of it."""
    assert figure(text) is None


def months(tmp_path: Path) -> Path:
    """A roster over three months: one is open as its stay is a part of it, one has a row with a problem."""
    rows = [
        bed(1, month="2025-01"),
        bed(2, "semi_disabled", month="2025-01"),
        bed(3, month="2025-02", moved_in="2025-02-20"),
        bed(4, month="2025-03", moved_in="no day"),
        bed(5, month="2025-03"),
    ]
    return beds(tmp_path / "r.parquet", rows)


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    """Equal, open that fits or cannot, on one side only, and rows left out: each is said of its group."""
    published = sheet(
        tmp_path / "p.csv",
        "2025年床位补贴公示,",
        "金额单位：万元,",
        "月份,发放金额",
        "2025年1月,0.05",
        "2025.02,0.0150",
        "202503,0.03",
        "小计,0.095",
        "2025-04,0.02",
        "合计,0.13",
    )
    words = ("reconcile", months(tmp_path), "--policy", BEDS)
    found = run(*words, "--group", "month", "--published", published)
    assert (found.exit_code, found.stdout) == (
        1,
        (
            "Bed subsidy for residents cn/shanxi/yuncheng/bed-subsidy 2021-03-29\n"
            "note: B7 is a subtotal, and was passed over\n"
            "\n"
            "month    published  computed           difference         rows  verdict\n"
            "2025-01  0.05       500.00             0.00               2     equal\n"
            "2025-02  0.0150     0.00 … 300.00      -150.00 … +150.00  1     open, may fit\n"
            "2025-03  0.03       300.00             0.00               1     equal; 1 row left out\n"
            "2025-04  0.02       –                  –                  0     not in the roster\n"
            "total    0.13       800.00 … 1,100.00  -500.00 … -200.00  4     open, cannot fit; 1 row left out\n"
            "\n"
            "1 row has problems and is in no total:\n"
            "  E5  F0110 moved in (stays[1].moved_in) was given as “no day”, which is not a date, written 2021-03-29\n"
            "3 of 5 do not fit\n"
        ),
    )


def test_published_groups_that_do_not_add_up(tmp_path: Path) -> None:
    """Where the published groups cannot add up to the published whole, that is said, whatever is computed."""
    published = book(
        tmp_path / "p.xlsx", [["Month", "Amount (CNY)"], ["2025-01", 300], ["2025-02", 300], ["Total", 700]]
    )
    roster = beds(tmp_path / "r.parquet", [bed(1), bed(2, month="2025-02", moved_in="2025-02-01")])
    words = ("reconcile", roster, "--policy", BEDS, "--reading", "part_month=any_day")
    found = run(*words, "--group", "month", "--published", published)
    assert found.stdout.splitlines()[-3:] == [
        (
            "total: the published 700 cannot be a sum of whole amounts: every amount of these rows is a multiple of "
            "300.00 CNY, and the nearest are 600.00 and 900.00"
        ),
        "the published groups add up to 600.00, and the published total is 700.00",
        "1 of 3 does not fit",
    ]
    assert found.exit_code == 1


def test_a_sum_by_days_is_of_no_whole_amounts(tmp_path: Path) -> None:
    """Where days or a rounding to the fen come in, nothing is claimed of whole amounts."""
    roster = beds(tmp_path / "r.parquet", [bed(1)])
    words = ("reconcile", roster, "--policy", BEDS, "--total", "250")
    assert "whole amounts" in run(*words, "--reading", "part_month=any_day").stdout
    assert "whole amounts" not in run(*words, "--reading", "part_month=by_days").stdout
    assert "whole amounts" not in run(*words, "--reading", "part_month=open").stdout


def refused(tmp_path: Path, published: Path, *more: str) -> str:
    found = run("reconcile", months(tmp_path), "--policy", BEDS, "--group", "month", "--published", published, *more)
    assert found.exit_code == 3
    return found.stderr.replace(f"{tmp_path}/", "")


def test_published_files_that_cannot_be_read(tmp_path: Path) -> None:
    """What is not understood of a published file is said with its place; nothing is taken for something else."""
    bad = sheet(tmp_path / "p.csv", "month,amount", "2025-01,five hundred", "2025-02,300", "2025年2月,300", "2025-03,")
    assert refused(tmp_path, bad) == (
        "R0780 unreadable-figure  p.csv  B2\n"
        "  the published figure “five hundred” cannot be read as a sum\n"
        "  → write 495950, 495,950.00元 or 44.37万元\n"
        "R0783 published-twice  p.csv  B4\n"
        "  “2025年2月” was published twice\n"
        "R0780 unreadable-figure  p.csv  B5\n"
        "  the published figure “” cannot be read as a sum\n"
        "  → write 495950, 495,950.00元 or 44.37万元\n"
    )
    assert refused(tmp_path, sheet(tmp_path / "p.csv", "county,amount", "A,1")) == (
        "R0781 no-published-column  p.csv\n"
        "  no row of p.csv is a header with both “month” and a published sum; seen were: county、amount、A、1\n"
        "  → name the headers of the two columns with --published-group and --published-column\n"
    )
    two = sheet(tmp_path / "p.csv", "month,plan total,paid", "2025-01,1,500")
    assert refused(tmp_path, two) == (
        "R0782 several-published-columns  p.csv\n"
        "  several columns of p.csv may have what was published: plan total、paid\n"
        "  → name one with --published-column\n"
    )
    named = run(
        "reconcile", months(tmp_path), "--policy", BEDS, "--group", "month", "--published", two,
        "--published-column", "paid",
    )  # fmt: skip
    assert "2025-01  500        500.00" in named.stdout
    assert refused(tmp_path, sheet(tmp_path / "p.csv", "month,amount (千元)", "2025-01,1")) == (
        "R0784 published-unit  p.csv\n  the unit of “千元” is not understood; allowed are 元, 万元 and 亿元\n"
    )
    found = run("reconcile", months(tmp_path), "--policy", BEDS, "--total", "a lot")
    assert (found.exit_code, found.stderr) == (
        3,
        (
            "R0780 unreadable-figure  --total\n"
            "  the published figure “a lot” cannot be read as a sum\n"
            "  → write 495950, 495,950.00元 or 44.37万元\n"
        ),
    )


def test_by_a_column_that_is_no_fact(tmp_path: Path) -> None:
    """Published by county, which only the roster knows: groups by what stands in its column, blanks among them."""
    roster = sheet(
        tmp_path / "r.csv", "batch,day,beds,county", "B1,2013-11-20,10,云岩", "B2,2013-11-20,5,", "B3,2013-11-20,1,云岩"
    )
    published = sheet(tmp_path / "p.csv", "county,amount (万元)", "云岩,0.33", "南明,0.1")
    words = ("--policy", "cn/guizhou/guiyang/operating", "--policies", WORLD)
    found = run("reconcile", roster, *words, "--group", "county", "--published", published)
    assert found.stdout.splitlines()[2:6] == [
        "county   published  computed  difference  rows  verdict",
        "云岩     0.33       3,300.00  0.00        2     equal",
        "南明     0.1        –         –           0     not in the roster",
        "(blank)  –          1,500.00  –           1     not published",
    ]
    assert found.exit_code == 1


@pytest.mark.parametrize("folder", [None, WORLD], ids=["shipped", "world"])
def test_amounts_are_multiples_of_what_is_claimed(folder: Path | None) -> None:
    """The amount of every worked example is a multiple of what all amounts with its choices are said to be one of."""
    tried = 0
    for policy in Catalogue(folder):
        for example in policy.document.examples:
            expected = example.expect.get("amount")
            choices = {name: str(value) for name, value in example.facts.items() if isinstance(value, str)}
            whole = quantum_of(policy, example.under, choices)
            if isinstance(expected, str) and whole is not None:
                assert not Fraction(expected) % whole, (policy.id, example.name, whole)
                tried += whole > Fraction("0.01") and Fraction(expected) > 0
    assert tried > 5
