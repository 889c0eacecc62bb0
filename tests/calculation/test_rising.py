"""What was not proved of `rises_with` is tried, and an amount that falls is found."""

from __future__ import annotations

import pytest

from subsidy import Policy
from subsidy.calculation.rising import CLAIMS_LIMIT, falls, rises
from subsidy.cli.page import page

from ..language.support import compiled, fact, number, parameter, pays, step
from ..language.test_reach import READINGS

EXAMPLE = """
[[examples]]
name = "十床"
source = "derived"
facts = { claim = "c", on = 2021-06-01, x = 10, yes = true }
expect = { eligible = true }
"""


def policy(formula: str, *more: str) -> Policy:
    facts = (number("x", "0", "1000"), fact("yes", "flag"), EXAMPLE, '\n[outcome]\nrises_with = ["x"]\n')
    return compiled(*facts, *more, pays(f"({formula} + (if yes then 0 else 1)) * 1[CNY]"))


@pytest.mark.parametrize(
    ("formula", "less", "more"),
    [
        ("1000 - x", "0", "1"),
        ("if x > 437 then 0 else x", "437", "438"),
        ("if x < 437 then x else max(0, x - 2)", "436", "437"),
        ("abs_of", "0", "1"),
        ("if x == 1000 then 0 else 1", "999", "1000"),
    ],
)
def test_a_fall_is_found(formula: str, less: str, more: str) -> None:
    """Falls over the whole range, and by one at a figure that the module names, are found where they are."""
    steps = (step("abs_of", "max(x, 500) - min(x, 500)", 'unit = "ratio"'),) if formula == "abs_of" else ()
    (rise,) = rises(policy(formula, *steps))
    assert rise.fall is not None
    assert (rise.fall.less, rise.fall.more, rise.is_proved) == (less, more, False)


def test_a_claim_that_holds_is_tried_on_many() -> None:
    """Where nothing falls, it is said on how many claims that was tried: no more than the limit."""
    (rise,) = rises(policy("max(0, x + min(x, 500) - min(x, 500))"))
    assert rise.fall is None
    assert not rise.is_proved
    assert 20 <= rise.tried <= CLAIMS_LIMIT


def test_a_proved_claim_is_not_tried() -> None:
    """What is proved needs no trial."""
    (rise,) = rises(policy("x"))
    assert (rise.is_proved, rise.tried) == (True, 0)


def test_a_fall_under_another_reading_is_found() -> None:
    """A reading that no example has is tried too, and named."""
    (problem,) = falls(policy("if reading(what) == two then 1000 - x else x", READINGS))
    assert problem.message("en") == (
        "the amount falls as x rises: in the example “十床 (what = two)”, it is 1000.00 for 0 and 999.00 for 1"
    )


def test_a_figure_of_a_table_is_tried() -> None:
    """Parameters are among the figures around which a fact is tried."""
    (rise,) = rises(policy("if x > limit then 0 else x", parameter("limit", 'value = "613"', 'unit = "ratio"')))
    assert rise.fall is not None
    assert (rise.fall.less, rise.fall.more) == ("613", "614")


@pytest.mark.parametrize(
    ("formula", "zh", "en"),
    [
        ("x", "  金额不随其增加而减少：名（已证明）", "  The amount never falls with more of: name (proved)"),
        (
            "max(0, x + min(x, 500) - min(x, 500))",
            "  金额不随其增加而减少：名（未证明，试算 47 例）",
            "  The amount never falls with more of: name (not proved: tried on 47 claims)",
        ),
    ],
)
def test_a_page_says_whether_it_was_proved(formula: str, zh: str, en: str) -> None:
    """The page of a policy tells what is proved from what was only tried, and on how many claims."""
    found = policy(formula)
    assert zh in page(found, "zh").splitlines()
    assert en in page(found, "en").splitlines()
