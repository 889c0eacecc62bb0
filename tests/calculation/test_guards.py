"""Facts that contradict themselves are refused, where a formula would have to count backwards or without end."""

from __future__ import annotations

from typing import Any

import pytest
from tests.language.support import compiled, fact, pays

from subsidy import FactsError, Policy

REVERSED = """\
F0119 end-before-beginning  went
  名（went）早于名：2021-05-01 < 2021-05-02
  → 核对两个日期
  name (went) is before name: 2021-05-01 < 2021-05-02
  → check both dates"""
IN_ROWS = """\
F0119 end-before-beginning  stays.went
  出（stays.went）早于入：–
  → 核对两个日期
  out (stays.went) is before in: –
  → check both dates"""
TOO_LONG = """\
F0120 too-many-months  months
  逐月计算的期间超过 600 个月
  → 核对起止月份
  a span to be counted month by month has more than 600 months
  → check the first and the last month"""
STAYS = (
    'rows = [0, 3]\nfields.came = { type = "date", label = { zh = "入", en = "in" } }',
    'fields.went = { type = "date", label = { zh = "出", en = "out" } }',
)


def days() -> Policy:
    return compiled(fact("came", "date"), fact("went", "date"), pays("days_between(came, went) * 1[CNY/day]"))


def refused(policy: Policy, **facts: Any) -> str:
    with pytest.raises(FactsError) as caught:
        policy.calculate({"claim": "c", "on": "2021-06-01"}, **facts)
    return caught.value.report()


def test_an_end_before_its_beginning_is_refused() -> None:
    """Two facts that a formula takes as beginning and end are refused where they are reversed, never counted as 0."""
    assert refused(days(), came="2021-05-02", went="2021-05-01") == REVERSED


def test_the_same_day_is_no_contradiction() -> None:
    """An end on the day of the beginning is answered."""
    assert str(days().calculate(claim="c", on="2021-06-01", came="2021-05-02", went="2021-05-02").amount) == "0.00"


def test_a_row_that_is_reversed_is_refused() -> None:
    """Every row is looked at, and only those that count."""
    formula = "sum(days_between(s.came, s.went) for s in stays if s.went > 2021-01-01) * 1[CNY/day]"
    policy = compiled(fact("stays", "records", *STAYS), pays(formula))
    good, bad = {"came": "2021-02-01", "went": "2021-02-03"}, {"came": "2021-02-03", "went": "2021-02-01"}
    old = {"came": "2020-02-03", "went": "2020-02-01"}
    assert refused(policy, stays=[good, bad]) == IN_ROWS
    assert str(policy.calculate(claim="c", on="2021-06-01", stays=[good, old]).amount) == "2.00"


def test_what_is_not_evaluated_is_not_looked_at() -> None:
    """A branch that is not taken refuses nothing, and what a formula makes of dates counts 0 where it is reversed."""
    formula = "(if went > came then days_between(came, went) else days_between(went, first_day(month_of(came))))"
    policy = compiled(fact("came", "date"), fact("went", "date"), pays(f"{formula} * 1[CNY/day]"))
    assert str(policy.calculate(claim="c", on="2021-06-01", came="2021-05-20", went="2021-05-10").amount) == "0.00"


def test_no_span_is_gone_through_without_end() -> None:
    """More than 600 months are refused, 600 are counted."""
    policy = compiled(
        fact("a", "month"), fact("b", "month"), pays("count(m in months(a, b) if days_in(m) > 0) * 1[CNY/month]")
    )
    assert str(policy.calculate(claim="c", on="2021-06-01", a="1970-01", b="2019-12").amount) == "600.00"
    assert refused(policy, a="1970-01", b="2020-01") == TOO_LONG
