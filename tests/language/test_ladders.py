"""Which rows of a ladder exclude which: never claimed of two that can hold together."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidy.language.ladders import overlaps

from .support import codes, compiled, fact, number, pays, step

FACTS = (
    number("a", "0", "4"),
    number("b", "0", "2"),
    fact("level", "choice", 'of = "care_level"'),
    fact("yes", "flag"),
)
ATOMS = [
    *(f"a {sign} {n}" for sign in ("<", "<=", ">", ">=", "==", "!=") for n in (0, 1, 3)),
    *(f"{n} {sign} b" for sign in ("<", "<=", ">", ">=") for n in (0, 2)),
    "a in (1, 2)",
    "a == b",
    "yes",
    "level == disabled",
    "level != self_care",
    "level >= semi_disabled",
    "level < disabled",
    "level in (self_care, disabled)",
]


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
    return both | inner.map("(not {})".format)


TESTS = st.recursive(st.sampled_from(ATOMS), joined, max_leaves=4)


@settings(max_examples=150, deadline=None)
@given(TESTS, TESTS)
def test_rows_said_to_exclude_each_other_do(one: str, two: str) -> None:
    """Over every combination of small facts, no two tests hold together that were found to exclude each other."""
    steps = [step("one", one, 'type = "flag"'), step("two", two, 'type = "flag"')]
    used = "a + b + (if level == disabled or yes then 1 else 0) + (if one or two then 1 else 0)"
    policy = compiled(*FACTS, *steps, pays(f"({used}) * 1[CNY]"))
    if list(overlaps([each.value for each in policy.program.steps])):
        return
    for a, b, level, yes in product(range(5), range(3), ("self_care", "semi_disabled", "disabled"), (False, True)):
        claim = {"claim": "c", "on": "2021-06-01", "a": a, "b": b, "level": level, "yes": yes}
        assert [each.value for each in policy.calculate(claim).steps] != [True, True], claim


@pytest.mark.parametrize(
    ("one", "two", "excludes"),
    [
        ("a < 2", "a >= 2", True),
        ("a < 2 and yes", "a >= 2 or not yes", True),
        ("a <= 2", "a >= 2", False),
        ("level == disabled", "level in (self_care, semi_disabled)", True),
        ("level > self_care", "level == self_care", True),
        ("yes", "not yes", True),
        ("a == b", "not (a == b)", True),
        ("a < 2", "b >= 2", False),
        ("a != 1", "a == 1", True),
    ],
)
def test_what_is_seen_to_exclude(one: str, two: str, excludes: bool) -> None:
    """Thresholds, lists, flags and opposite tests are seen to exclude each other; facts apart are not."""
    rows = f'rows = [{{ if = "{one}", value = "1" }}, {{ if = "{two}", value = "2" }}]'
    text = '\n[[steps]]\nname = "s"\nunit = "ratio"\npick = "only"\notherwise = "0"\n' + rows
    text += '\nlabel = { zh = "级", en = "s" }\n'
    used = "(s + a + b + (if level == disabled or yes then 1 else 0)) * 1[CNY]"
    assert ("P0614" in codes(*FACTS, text, pays(used))) is not excludes
