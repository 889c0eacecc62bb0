"""Outcomes: conditions for one part, payers that follow from a place, sums to be recovered, ceilings without a rate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from tests.conformance.support import catalogue

from subsidy import FactsError, Policy, Result, UndeterminedError

CLAIM: Final[dict[str, Any]] = {
    "resident": "R",
    "day": "2024-02-01",
    "hukou": "210102",
    "place": "140802",
    "balance": "-100.00",
    "hours": "3",
    "decided_amount": "3000",
}

OUTCOME_ZH = """\
结果
  差额结算：-100.00 元（追缴 100.00 元）  〔一〕
    = 应补差额 = -100.00 元
    县级财政（210102 和平区）（1/3） -33.33 元（追缴 33.33 元）
    市级财政（210100 沈阳市）（1/6） -16.67 元（追缴 16.67 元）
    省级财政（210000 辽宁省）（50%） -50.00 元（追缴 50.00 元）
  服务补贴：0.00 元，不符合条件：服务不少于 2 小时  〔二〕
    县级财政（210102 和平区） 0.00 元
    县级财政（140802 盐湖区） 0.00 元
  居家改造补贴：0.00 至 3000.00 元之间，未定  〔三〕
    最高 = 改造补贴上限 = 3000.00 元
    县级财政（140802 盐湖区） 0.00 至 3000.00 元之间，未定
  金额合计：-100.00 至 2900.00 元之间，未定（负数为追缴）
  未定之处：核定金额
"""
OUTCOME_EN = """\
Result
  settlement: -100.00 CNY (100.00 CNY to be recovered)  [一]
    = balance = -100.00 CNY
    county treasury (210102 Heping District) (1/3) -33.33 CNY (33.33 CNY to be recovered)
    city treasury (210100 Shenyang City) (1/6) -16.67 CNY (16.67 CNY to be recovered)
    provincial treasury (210000 Liaoning Province) (50%) -50.00 CNY (50.00 CNY to be recovered)
  service: 0.00 CNY, not eligible: at least 2 hours of service  [二]
    county treasury (210102 Heping District) 0.00 CNY
    county treasury (140802 Yanhu District) 0.00 CNY
  repairs at home: between 0.00 and 3000.00 CNY, undetermined  [三]
    at most = most for repairs = 3000.00 CNY
    county treasury (140802 Yanhu District) between 0.00 and 3000.00 CNY, undetermined
  Amount: between -100.00 and 2900.00 CNY, undetermined (below zero: to be recovered)
  Left open: sum decided
"""
ABOVE = """\
F0132 above-ceiling  decided_amount
  核定金额（decided_amount）为 3000.01 元，超过最高 3000.00 元〔三〕
  sum decided (decided_amount) is 3000.01 CNY, above the ceiling of 3000.00 CNY [三]"""
NO_PAYER = """\
F0131 no-payer-for-division  hukou
  户籍地（hukou）给出的 210000 辽宁省 无法确定市级财政
  → 用更低一级的区划代码，如区、县
  place of the hukou (hukou) was given as 210000 Liaoning Province, which does not tell the payer: city treasury
  → give the code of a lower division, such as a district or a county"""


def policy() -> Policy:
    return catalogue().policy("cn/test/outcome")


def calculated(**other: Any) -> Result:
    """The result of the claim with other values for some facts, without those that are None."""
    facts = {name: value for name, value in (CLAIM | other).items() if value is not None}
    return policy().calculate(facts)


def test_outcome_is_explained_in_both_languages() -> None:
    """The reason of a part that is refused alone, the payers' places, what is recovered and what is open are said."""
    result = calculated(hours="0", decided_amount=None)
    assert OUTCOME_ZH in result.explain("zh")
    assert OUTCOME_EN in result.explain("en")


def test_condition_for_one_part_leaves_the_claim_eligible() -> None:
    """A condition for one part says which it is for; the claim stays eligible and the other parts are paid."""
    result = calculated(hours="0")
    parts = {part.name: part for part in result.parts}
    assert {test.name: (test.holds, test.parts) for test in result.conditions} == {
        "living": (True, ()),
        "enough_hours": (False, ("service",)),
    }
    assert result.eligible is True
    assert {name: part.eligible for name, part in parts.items()} == {
        "settlement": True,
        "service": False,
        "repair": True,
    }
    assert (parts["service"].amount, parts["repair"].amount) == (Decimal("0.00"), Decimal("3000.00"))


def test_payers_are_those_of_the_place() -> None:
    """A share of a place names the division that pays, at the level of its payer."""
    shares = {share.name: (share.payer, share.division) for share in calculated().shares}
    assert shares == {
        "settlement.county": ("county", "210102"),
        "settlement.city": ("city", "210100"),
        "settlement.province": ("province", "210000"),
        "service.county_of_hukou": ("county", "210102"),
        "service.county_of_place": ("county", "140802"),
        "repair.county": ("county", "140802"),
    }


def test_place_that_tells_no_payer_is_refused() -> None:
    """A province has neither county nor city, so a claim that names one where these pay is refused with the reason."""
    with pytest.raises(FactsError) as caught:
        calculated(hukou="210000")
    assert str(caught.value) == NO_PAYER


@pytest.mark.parametrize("fen", [1, 2, 3, 100, 4_999_999])
def test_recovery_mirrors_payment(fen: int) -> None:
    """A sum to be recovered is split between the payers as the same sum is when it is paid."""
    paid, recovered = (calculated(balance=Decimal(sign * fen) / 100).parts[0] for sign in (1, -1))
    assert [share.amount for share in paid.shares] == [-share.amount for share in recovered.shares]


def test_ceiling_without_a_rate_is_open_until_it_is_decided() -> None:
    """Up to a ceiling, the sum lies between zero and the ceiling, and asking for it says who has to decide."""
    part = calculated(decided_amount=None).parts[2]
    assert (part.low, part.high) == (Decimal("0.00"), Decimal("3000.00"))
    with pytest.raises(UndeterminedError) as caught:
        _ = part.amount
    expected = "repairs at home is undetermined, between 0.00 and 3000.00: sum decided"
    assert expected == caught.value.problems[0].message("en")
    assert calculated(decided_amount="1200.50").parts[2].amount == Decimal("1200.50")


def test_decision_above_the_ceiling_is_refused() -> None:
    """More than the ceiling cannot be decided: the caller's error names the clause."""
    with pytest.raises(FactsError) as caught:
        calculated(decided_amount="3000.01")
    assert str(caught.value) == ABOVE
