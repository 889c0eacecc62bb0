"""Any formula in a good module: it compiles, or it is refused with a report; nothing else comes out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.catalogue.support import FIRST, GOOD

from subsidy.catalogue.folder import read_entry
from subsidy.errors import PolicyError, Problems
from subsidy.language.compiler import compile_module

from .support import FOLDER, codes, number, pays

TEXT = (GOOD / FIRST).read_text("utf-8")
FORMULAS = [
    line for line in TEXT.splitlines() if line.startswith(("value = ", "test = ", "when = ")) and " " in line[9:]
]

numbers = st.sampled_from(
    [
        "floor_area",
        "beds",
        "lease_months",
        "days",
        "granted_area",
        "rate",
        "area_cap[works]",
        "bonus",
        "left(once)",
        "0",
        "1",
        "60%",
        "20[m2]",
        "3[month]",
        "1[day]",
        "city_share[care_level]",
        "days_in(month_of(accepted_on))",
        "count(s in stays)",
        "count(s in stays if given(s.moved_out))",
        "days_between(accepted_on, ends_on)",
        "max(days_between(s.moved_in, accepted_on) for s in stays if s.moved_in > accepted_on, else 0)",
    ]
)
tests = st.sampled_from(
    [
        "works == lease",
        "works in (lease, new_build)",
        "given(beds)",
        "given(lease_months)",
        "true",
        "stays == stays",
        "reading(part_stay) == counts",
        "class(place) == county",
        "care_level >= disabled",
        "project == project",
        "any(given(s.moved_out) and s.moved_out > s.moved_in for s in stays)",
        "in_month(accepted_on, 2021-07)",
    ]
)
others = st.sampled_from(["works", "place", "project", "stays", "accepted_on", "add_months(accepted_on, lease_months)"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "<", "==", ">=", "!=", "and", "or"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, signs, inner),
        st.builds("if {} then {} else {}".format, inner, inner, inner).map("({})".format),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max", "overlap_days", "in_month"]), inner, inner),
        st.builds("round({}, 0.01, {})".format, inner, st.sampled_from(["half_up", "floor"])),
        st.builds("({} in ({}, {}))".format, inner, inner, inner),
        st.builds("{}({})".format, st.sampled_from(["not ", "-", "class", "given", "first_day"]), inner).map(
            "({})".format
        ),
    )


formulas = st.recursive(numbers | tests | others, _grown, max_leaves=8)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMULAS), formulas)
def test_any_formula_compiles_or_is_reported(line: str, formula: str) -> None:
    """Every problem has a place in the file and can be printed in both languages."""
    key = line.partition(" = ")[0]
    problems = Problems()
    entry = read_entry(FIRST, TEXT.replace(line, f'{key} = "{formula}"').encode(), None, problems)
    assert entry is not None
    try:
        compile_module(entry, FOLDER.vocabulary)
    except PolicyError as error:
        problems.found.extend(error.problems)
    assert all(problem.place and problem.place.line and problem.report() for problem in problems.found)


def test_tests_within_tests_take_no_longer_than_their_length() -> None:
    """Comparisons nested in comparisons are each looked at once, not twice for every level."""
    formula = "x"
    for _ in range(7):
        formula = f"(if {formula} > 1 then 1 else 2)"
    begun = time.process_time()
    assert codes(number("x", "0", "9"), pays(f"if {formula} > 1 then 1[CNY] else 0")) == []
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("count", [1, 40])
def test_many_mistakes_are_one_report(count: int) -> None:
    """As many problems are reported as there are mistakes."""
    facts = "".join(number(f"x{n}", "0", "9", unit=f"u{n}") for n in range(count))
    assert ["P0307"] * count == [code for code in codes(facts, pays("1[CNY]")) if code == "P0307"]
