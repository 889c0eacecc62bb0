"""The example modules hold every case of the thirty rules of other places, or say why not."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
from tests.founding.mapping import Claim, Said, Unsaid, answer, compare, each_case, exact, read_cases

from subsidy import Catalogue
from subsidy.calculation.runners import by_the_runner

from .homes import ENDED, ODD_FEN
from .people import DRAFT
from .rules import RULES

FILE: Final = Path(__file__).parent / "cases.json"
WORLD: Final = Path(__file__).resolve().parents[2] / "examples" / "world"
UNSAID: Final = {("W23-GUIYANG", 2): ODD_FEN, ("W83-SHENZHEN-DRAFT", 1): DRAFT}
INSTEAD: Final = {("W37-TANGSHAN-INS", 3): ENDED}
MARK_ZH: Final = "示例，未与原文核对"
MARK_EN: Final = "example, unverified against the original"


@pytest.fixture(scope="module")
def world() -> Catalogue:
    """The example catalogue."""
    return Catalogue(WORLD / "policies")


@pytest.mark.parametrize(("rule", "number", "case"), read_cases(FILE))
def test_case_holds_to_the_fen(world: Catalogue, rule: str, number: int, case: Mapping[str, Any]) -> None:
    """Every runner gives what the case expects; what no module says is in the list of such cases, with its reason."""
    match RULES[rule](case):
        case Said() as made:
            compare(world, case, made)
            assert INSTEAD.get((rule, number), "") == made.instead
        case Unsaid(reason):
            assert UNSAID[rule, number] == reason


def test_nothing_is_passed_over() -> None:
    """Each rule has a function, and the cases that no module says are those of the list."""
    cases = list(each_case(FILE))
    assert (len(cases), {rule for rule, _, _ in cases}) == (95, set(RULES))
    assert {(rule, number) for rule, number, case in cases if isinstance(RULES[rule](case), Unsaid)} == UNSAID.keys()


def test_every_module_is_sound(world: Catalogue) -> None:
    """Every example module compiles without a warning, and its own worked examples hold."""
    assert world.check() == ()


def test_each_module_is_marked() -> None:
    """Title, note and first line of every module say that it is an example and was not checked, in both languages."""
    files = sorted((WORLD / "policies").glob("cn/**/*.toml"))
    assert len(files) == 44
    for file in files:
        text = file.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith(("# ", "title = ", "note = "))]
        marked = [line for line in lines if MARK_ZH in line and MARK_EN in line.lower()]
        assert len(marked) == 3, file


def test_published_totals_reproduce(world: Catalogue) -> None:
    """What two texts print as paid is what their modules give."""
    shuangta = {"batch": "B1", "day": "2022-12-29", "half_years": [{"begins": "2021-07", "bed_months": 3815}]}
    guiyang = {"batch": "B1", "day": "2013-11-20", "beds": 1479}
    assert paid(world, Claim("cn/liaoning/chaoyang/shuangta/operating", "2022-12-29", shuangta)) == 495950
    assert paid(world, Claim("cn/guizhou/guiyang/operating", "2013-11-20", guiyang)) == 443700  # 44.37 万元


def test_a_published_total_that_does_not_reproduce(world: Catalogue) -> None:
    """The 766,651 that Shandong printed for a home lie between two neighbouring sums of whole months."""
    sums = [
        paid(
            world,
            Claim(
                "cn/shandong/operating",
                "2022-08-01",
                {"home": "H1", "day": "2022-08-01", "grade": "five", "moderate": moderate, "severe": severe},
            ),
        )
        for moderate, severe in ((1, 0), (0, 1), (2, 2128), (1, 2129))
    ]
    assert sums == [240, 360, 766560, 766680]  # every sum is one of 240s and 360s, so a multiple of 120
    assert [766560 % 120, 766680 % 120, 766680 - 766560, 766651 % 120] == [0, 0, 120, 91]


def test_the_readme_counts_the_cases() -> None:
    """The table of both languages has each rule with its modules, its cases held, and those that are not."""
    for name in ("README.md", "README.zh.md"):
        rows = [
            line
            for line in (WORLD / name).read_text(encoding="utf-8").splitlines()
            if line.startswith("| W") and "`cn/" in line
        ]
        found = [[cell.strip() for cell in row.strip("|").split("|")][:4] for row in rows]
        assert found == [list(map(str, row)) for row in table()]


def table() -> list[tuple[str, str, int, int]]:
    """Each rule: its name, the modules that its cases ask, how many cases hold as they are, how many do not."""
    rows = []
    for rule, function in RULES.items():
        made = [function(case) for name, _, case in each_case(FILE) if name == rule]
        held = [each for each in made if isinstance(each, Said) and not each.instead]
        modules = dict.fromkeys(claim.policy for each in made if isinstance(each, Said) for claim in each.claims)
        rows.append((rule, "<br>".join(f"`{module}`" for module in modules), len(held), len(made) - len(held)))
    return rows


def paid(world: Catalogue, claim: Claim) -> Fraction:
    """The amount of a claim."""
    found = exact(answer(world, claim, by_the_runner)["amount"])
    assert isinstance(found, Fraction)
    return found


def test_a_draft_is_a_draft(world: Catalogue) -> None:
    """The draft of Shenzhen is one here too, so that no bureau can adopt it."""
    assert world.policy("cn/guangdong/shenzhen/staff-allowance").status == "draft"
