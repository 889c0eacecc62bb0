"""The benchmarks beside other engines: what they are held to is right, and the pages say what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from benchmarks.peers import pages
from benchmarks.peers.by_hand import r1, r1_decimal, r1_traced, r4, r4_decimal
from benchmarks.peers.environments import NAMES, PINNED, bare
from benchmarks.peers.figures import lines
from benchmarks.peers.ours import FACTS, POLICIES, table
from benchmarks.peers.protocol import AREA, COST, DISTRICT, by_rows, columns
from benchmarks.peers.rows import GIVEN, data, reference, wrong
from benchmarks.peers.run import ANSWER, RESULTS, turns
from benchmarks.peers.texts import ENGINES, FAIR

import subsidy

ROWS = 400


def cents(number: Fraction) -> int:
    """An amount in fen, half up."""
    return int((number * 100 + Fraction(1, 2)) // 1)


def by_definition(rule: str, row: dict[str, Fraction]) -> list[int]:
    """The rules as they are told, on fractions of a CNY, a square metre and an hour."""
    if rule == "r1":
        cap = 2000 if row["municipal"] else 1500
        grant = Fraction(0) if row["area"] < 500 else 300 * min(row["area"], Fraction(cap))
        return [cents(grant), cents(max(row["cost"] - grant, Fraction(0)))]
    if not 3 <= row["hours"] <= 45:
        return [0]
    due = Fraction(cents(row["hours"] * row["rate"]), 100)
    return [cents(max(min(due, 1350 - row["granted"]), Fraction(0)))]


@pytest.mark.parametrize("rule", ["r1", "r4"])
def test_the_reference_is_the_rule(rule: str) -> None:
    """What every engine is held to is what the rules say, computed on fractions."""
    found = data(ROWS)
    rows = [
        {name: Fraction(int(found[name][at]), 1 if name == "municipal" else 100) for name in GIVEN[rule]}
        for at in range(ROWS)
    ]
    wanted = [by_definition(rule, row) for row in rows]
    assert [list(each) for each in zip(*(column.tolist() for column in reference(found, rule)), strict=True)] == wanted


@pytest.mark.parametrize("rule", ["r1", "r4"])
@pytest.mark.parametrize(
    "make",
    [table, by_rows({"r1": r1, "r4": r4}, int), by_rows({"r1": r1_decimal, "r4": r4_decimal}, Decimal)],
    ids=["ours", "by hand, int", "by hand, Decimal"],
)
def test_ours_and_the_one_by_hand_are_exact(make: Callable[[str, Any], Callable[[], Any]], rule: str) -> None:
    """Ours and hand-written Python agree with the reference to the fen, in every row."""
    found = data(ROWS)
    got = columns(make(rule, found)())
    assert wrong(got, reference(found, rule)) == (0, 0)
    got[0][7] += 3
    assert wrong(got, reference(found, rule)) == (1, 3)


def test_the_one_record_has_its_answer() -> None:
    """The record that is asked alone comes to the same in both, and is that of the table."""
    parts = subsidy.Catalogue(POLICIES).policy("bench/rules/r1").calculate(FACTS).parts
    assert [int(part.low * 100) for part in parts] == ANSWER
    assert list(r1(AREA, DISTRICT, COST)) == list(r1_traced(AREA, DISTRICT, COST)[:2]) == ANSWER


def test_ours_is_first_and_last_in_turn() -> None:
    """Over the rounds every other engine has every place, and ours either end."""
    names = ["ours", "a", "b", "c"]
    assert [turns(names, number) for number in range(3)] == [
        ["ours", "a", "b", "c"],
        ["b", "c", "a", "ours"],
        ["ours", "c", "a", "b"],
    ]


def test_every_engine_is_pinned_and_told_fairly() -> None:
    """Each engine has a script, pinned versions, a name, and a word on what it was built for."""
    folder = Path(pages.__file__).parent
    assert all((folder / f"{name}.py").exists() for name in NAMES)
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", each) for every in PINNED.values() for each in every)
    assert ENGINES.keys() == {*NAMES}
    assert {*NAMES} - {"cel_cpp"} == FAIR.keys()  # CEL is told once


def test_what_an_installer_says_is_told_without_the_machine() -> None:
    """A reason in a page has neither addresses nor paths."""
    line = "ERROR: Could not find a version from https://registry.example/simple in /home/somebody/x"
    assert bare(line) == "ERROR: Could not find a version from … in …"


def test_the_pages_are_what_was_measured() -> None:
    """The pages and the labels of the charts are those that the kept results come to."""
    found = json.loads(RESULTS.read_text("utf-8"))
    for path, text in pages.made(found).items():
        kept = path.read_text("utf-8")
        if path.suffix == ".md":
            assert kept == text, f"{path.name} is not what docs/performance.json says: {pages.__name__} writes it"
        else:
            assert re.findall(r"<text[^>]*>([^<]*)<", kept) == re.findall(r"<text[^>]*>([^<]*)<", text)


def test_no_amount_of_ours_is_wrong() -> None:
    """In the kept results ours has no wrong amount, anywhere; every engine was looked at in every row it computed."""
    found = json.loads(RESULTS.read_text("utf-8"))
    ours = lines(found["peers"])[0]
    assert ours.engine == "ours"
    assert ours.wrong == found["province"]["wrong"] == sum(each["wrong"] for each in found["sizes"]["sizes"]) == 0
    assert all(round_["once"] for round_ in found["peers"]["engines"]["ours"])
