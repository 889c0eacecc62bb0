"""Standards and targets, and facts that a ledger would give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from tests.conformance.support import catalogue

from subsidy import RequestError, Result
from subsidy.cli.page import page

QUARTER: Final[dict[str, Any]] = {
    "quarter": "Q",
    "approved_on": "2024-02-29",
    "new_quarter": True,
    "households": "125",
    "premises": "20.00",
    "wait": "15",
}
CLAIM: Final[dict[str, Any]] = {
    "centre": "C",
    "resident": "R",
    "month": "2024-07",
    "level": "disabled",
    "paid_before": "1000.01",
    "months_before": "6",
    "paid_elsewhere": "50",
}
MEASURES_ZH = """\
标准
  ✗ 用房面积：20 m²，应不少于 25 m²，差 5 m²，不迟于 2026-02-28  〔一〕
    实际 = 养老服务用房 = 20.00 m²
    = 户数 × 每百户用房 ÷ 100 户 = 125 户 × 20 m² ÷ 100 户
  ? 办理时限：15 天，应不超过 10 天 至 20 天 之间（未定），超出 0 天 至 5 天 之间（未定），2026-01-01 之前  〔二〕
    实际 = 办理天数 = 15 天
    = 最长办理天数
"""
MEASURES_EN = """\
Measures
  ✗ area of premises: 20 m², at least 25 m² required, short by 5 m², by 2026-02-28  [一]
    actual = premises = 20.00 m²
    = households × premises for a hundred households ÷ 100 household = 125 household × 20 m² ÷ 100 household
  ? time taken: 15 d, at most between 10 d and 20 d (undetermined) allowed, \
over by between 0 d and 5 d (undetermined), before 2026-01-01  [二]
    actual = days taken = 15 d
    = most days
"""
NO_AMOUNT = """\
R0115 no-amount  amount
  cn/test/measures 只定标准，没有金额
  → 看 measures
  cn/test/measures sets standards and pays nothing
  → see its measures"""
FROM_THE_LEDGER = [
    "W0109 本年已付 = 1000.01 由申报方声明，不是台账记录",
    "W0109 已付月数 = 6 由申报方声明，不是台账记录",
    "W0109 床位补贴已付 = 50.00 由申报方声明，不是台账记录",
]
PAGE = """\
  paid_before (paid this year): 0 to 1000000.00 CNY, in steps of 0.01; from the ledger: sum of the amount \
of the same resident, from beginning of the year, until month  [二]
  months_before (months before): 0 to 1200 person·month, in steps of 1; from the ledger: number of claims \
of the same resident, centre
  last_level (last care level): one of, from the least to the greatest; from the ledger: last care level \
of the same resident; may be left out
"""


def measured(**other: Any) -> Result:
    return catalogue().policy("cn/test/measures").calculate(QUARTER | other)


def test_measures_are_explained_in_both_languages() -> None:
    """What is, what is required, what is missing and by when are said, with the clause and how it is computed."""
    assert MEASURES_ZH in measured().explain("zh")
    assert MEASURES_EN in measured().explain("en")


def test_measure_says_what_is_missing() -> None:
    """A measure has its value, what is required, the shortfall, and its deadline as values."""
    room, speed = measured().measures
    assert (room.value, room.required, room.shortfall) == ((Decimal(20),), (Decimal(25),), (Decimal(5),))
    assert (room.met, [day.isoformat() for day in room.deadline], room.is_before) == (False, ["2026-02-28"], False)
    assert (speed.met, speed.required, speed.is_before) == (None, (Decimal(10), Decimal(20)), True)


@pytest.mark.parametrize("name", ["amount", "low", "high", "total"])
def test_policy_that_only_sets_standards_has_no_amount(name: str) -> None:
    """There is no amount, rather than one of zero; the receipt has none either."""
    result = measured()
    with pytest.raises(RequestError) as caught:
        getattr(result, name)
    assert str(caught.value) == NO_AMOUNT
    assert "amount" not in result.to_dict()["result"]


def test_facts_from_the_ledger_are_said_to_be_stated() -> None:
    """Where there is no ledger, every fact that it would give is stated by the caller, and the result says so."""
    result = catalogue().policy("cn/test/ledger").calculate(CLAIM)
    assert result.amount == Decimal("149.99")
    said = [f"{each.code} {each.message('zh')}" for each in result.warnings]
    assert [line for line in said if line.startswith("W0109")] == FROM_THE_LEDGER


def test_page_says_what_comes_from_the_ledger() -> None:
    """The page of a policy says which earlier claims a fact speaks of, and what tells one claim from another."""
    text = page(catalogue().policy("cn/test/ledger"), "en")
    assert "  one claim for each centre, resident, month\n" in text + "\n"
    shown = [line for line in text.splitlines(keepends=True) if "from the ledger" in line]
    assert "".join(shown[:3]) == PAGE
