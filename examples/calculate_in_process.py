"""A calculation within a Python program: the amount, its bounds where the text leaves it open, and its explanation."""

from __future__ import annotations

import subsidy

policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy", on="2021-06-01")
facts = {
    "centre": "C1",
    "resident": "R1",
    "month": "2021-06",
    "care_level": "semi_disabled",
    "stays": [{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}],
}

undecided = policy.calculate(facts)
print(f"{undecided.low} to {undecided.high} CNY: the text does not say how a part month counts\n")

result = policy.calculate(facts, readings={"part_month": "by_days"})
print(result.amount, "CNY\n")
print(result.explain("zh"))

try:
    policy.calculate({**facts, "care_level": "semi-disabled", "month": "2021-13"})
except subsidy.FactsError as error:
    print(error.report("en"))
