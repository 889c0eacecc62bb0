"""The shipped modules hold every case that was worked out from the founding documents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from subsidy import Catalogue

from .mapping import Said, Unsaid, compare, each_case, read_cases
from .rules import AVERAGE, NO_PRICE, RULES

FILE: Final = Path(__file__).parent / "cases.json"
UNSAID: Final = {("S-PJ-2-TRAIN", 1): AVERAGE, ("S-PJ-3-CENTRES", 1): AVERAGE}
INSTEAD: Final = {("S-SY-1-HOME-HOURS", 3): NO_PRICE}


@pytest.mark.parametrize(("rule", "number", "case"), read_cases(FILE))
def test_case_holds_to_the_fen(catalogue: Catalogue, rule: str, number: int, case: Mapping[str, Any]) -> None:
    """Every runner gives what the case expects; what no module says is in the list of such cases, with its reason."""
    match RULES[rule](case):
        case Said() as made:
            compare(catalogue, case, made)
            assert INSTEAD.get((rule, number), "") == made.instead
        case Unsaid(reason):
            assert UNSAID[rule, number] == reason


def test_nothing_is_passed_over() -> None:
    """Each rule has a function, and the cases that no module says are those of the list."""
    cases = list(each_case(FILE))
    assert (len(cases), {rule for rule, _, _ in cases}) == (33, set(RULES))
    assert {(rule, number) for rule, number, case in cases if isinstance(RULES[rule](case), Unsaid)} == UNSAID.keys()


@pytest.mark.parametrize(
    ("policy", "average"),
    [
        ("cn/liaoning/panjin/carer-training", "60 万元 ÷ 1000 名 = 600 元是平均数，不是每人标准，不据此支付"),
        ("cn/liaoning/panjin/centre-grant-2017", "130 万元 ÷ 5 个 = 26 万元是平均数，不是每个中心的标准，不据此支付"),
        (
            "cn/liaoning/shenyang/home-care-beds",
            "4315 万元 ÷ 4500 张 = 9588.89 元是平均数，不是每张床位的标准，不据此支付",
        ),
    ],
)
def test_an_average_is_never_payable(catalogue: Catalogue, policy: str, average: str) -> None:
    """A module of a lump sum pays nothing, and its first gap says that the average is no rate."""
    module = catalogue.policy(policy)
    assert module.program.parts == ()
    assert module.gaps[0].text.zh == average
