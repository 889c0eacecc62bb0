"""Instalments and their releases: what is said of them, what is asked when, and what is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from decimal import Decimal
from typing import Any, Final

import pytest
from tests.conformance.support import catalogue
from tests.language.support import compiled, fact, pays

from subsidy import FactsError, Policy, RequestError, Result, SubsidyError, read_receipt
from subsidy.calculation.release import Release

CLAIM: Final[dict[str, Any]] = {
    "graduate": "G",
    "entered_on": "2024-02-29",
    "degree": "bachelor",
    "adjustment": "0",
    "place": "140802",
}

EXPLAINED_ZH = """\
    第二期（30%）：9000.00 元，2027-02-28 到期（入职日期 之后 36 月），拨付时须：仍在岗，否则作废  〔二〕
      省级财政 3000.00 元
      市级财政 3000.00 元
      县级财政（140802 盐湖区） 3000.00 元
"""
EXPLAINED_EN = """\
    second instalment (30%): 9000.00 CNY, due on 2027-02-28 (36 month after date of entry), \
if then still employed, or else it lapses  [二]
      provincial treasury 3000.00 CNY
      city treasury 3000.00 CNY
      county treasury (140802 Yanhu District) 3000.00 CNY
"""
RELEASED_ZH = """\
分期 · 第三期 · 山西省运城市
cn/test/instalments · 2024-01-01 · 第 1 次编码
依据：测试 · 测试 · 2024-01-01
摘要：{digest}
申报回执：{claim}

拨付时的事实
  仍在岗：是
  考核等级：A 级

条件
  ✗ 仍在岗 且 (非 已说明考核等级 或 考核等级 ≥ AA 级)：非 已说明 或 A 级 ≥ AA 级  〔二〕

拨付
  第三期：11000.00 元  〔二〕
  到期：2029-02-28
  结论：暂不拨付
  应拨：0.00 元
    省级财政 0.00 元
    市级财政 0.00 元
    县级财政（140802 盐湖区） 0.00 元

提示
  W0101 测算：没有采用文件，不作支付依据
  W0113 第三期 2029-02-28 到期；没有给出拨付日，未核对是否到期
"""
RELEASED_EN = """\
Instalments · third instalment · Yuncheng City
cn/test/instalments · 2024-01-01 · revision 1
Source: Test · Test · 2024-01-01
Digest: {digest}
Receipt of the claim: {claim}

Facts at the release
  still employed: yes

Conditions
  ✓ still employed and (not rating is stated or rating ≥ AA): yes and not (not stated)  [二]

Release
  third instalment: 11000.00 CNY  [二]
  Due: 2029-02-28
  Released on: 2029-02-28
  Outcome: paid
  To be paid: 11000.00 CNY
    provincial treasury 3666.67 CNY
    city treasury 3666.67 CNY
    county treasury (140802 Yanhu District) 3666.66 CNY

Remarks
  W0101 simulation: no adoption, so nothing may be paid from it
"""
WRONG_FACTS = """\
F0102 missing-fact  still_employed
  缺少 仍在岗（still_employed）：true 或 false
  still employed (still_employed) is missing: true or false
F0134 not-asked-now  degree
  degree 不是拨付第二期时填报的事实
  degree is not asked when second instalment is released
F0134 not-asked-now  rating
  rating 不是拨付第二期时填报的事实
  rating is not asked when second instalment is released
F0101 unknown-fact  extra
  该政策没有事实 extra
  → 可用：still_employed
  the policy has no fact extra
  → known: still_employed"""
AT_THE_CLAIM = """\
F0133 asked-at-instalment  still_employed
  仍在岗（still_employed）在分期拨付时填报，申报时不填
  → 拨付时用 subsidy release 给出
  still employed (still_employed) is stated when an instalment is released, not at the claim
  → give it to subsidy release then"""
NO_SUCH = """\
R0111 unknown-instalment  instalment
  该政策没有分期 secnd
  → 是否想写 second？
  the policy has no instalment secnd
  → did you mean second?"""
NOT_HERE = """\
R0112 no-instalment-here  second
  此申报没有第二期：其条件不成立
  this claim has no second instalment: it does not exist here"""
ALTERED = """\
R0114 receipt-not-right  result
  重算与回执不同，不能据以拨付：result.parts.entry.instalments.second.amount
  → 运行 subsidy replay 查看不同之处
  the receipt does not come out as it says, so nothing can be released from it: \
result.parts.entry.instalments.second.amount
  → see with subsidy replay what differs"""


def policy() -> Policy:
    return catalogue().policy("cn/test/instalments")


def calculated(**other: Any) -> Result:
    return policy().calculate(CLAIM | other)


def refused(result: Result, name: str, **asked: Any) -> str:
    """The printed report with which a release is refused."""
    with pytest.raises(SubsidyError) as caught:
        policy().release(result, name, asked)
    return str(caught.value)


def test_instalments_are_explained_in_both_languages() -> None:
    """Each instalment is said with its sum, the day on which it falls due, its test and its payers."""
    assert EXPLAINED_ZH in calculated().explain("zh")
    assert EXPLAINED_EN in calculated().explain("en")


def test_release_is_explained_in_both_languages() -> None:
    """A release says what was asked, its test in words and figures, the outcome and what each pays now."""
    result = calculated()
    waits = policy().release(result, "third", still_employed=True, rating="A")
    assert waits.explain("zh") == RELEASED_ZH.format(claim=waits.claim, digest=policy().digest)
    paid = policy().release(result, "third", {"still_employed": True}, on=dt.date(2029, 2, 28))
    assert paid.explain("en") == RELEASED_EN.format(claim=paid.claim, digest=policy().digest)


def test_a_release_is_explained_as_data() -> None:
    """The data of a release names the claim, and has the outcome, the days and every share as values."""
    found = policy().release(calculated(), "third", {"still_employed": True}, on=dt.date(2029, 2, 28))
    explanation = found.explanation
    values = {line.name: line.values for section in explanation.sections for line in section.lines}
    (amount,) = (line for section in explanation.sections for line in section.lines if line.kind == "amount")
    assert (explanation.kind, explanation.policy, explanation.digest) == ("release", policy().id, policy().digest)
    assert explanation.basis[0].en == f"Receipt of the claim: {found.claim}"
    assert values["due"] == values["on"] == ("2029-02-28",) and values["outcome"] == ("paid",)
    assert [(line.kind, line.values) for line in amount.lines] == [
        ("share", ("3666.67",)),
        ("share", ("3666.67",)),
        ("share", ("3666.66",)),
    ]
    assert explanation == type(explanation).from_dict(json.loads(json.dumps(explanation.to_dict())))


def test_an_instalment_that_is_not_due_waits() -> None:
    """On the day before it is due nothing is paid, on the day itself all of it; one whose test fails lapses anyway."""
    result = calculated()
    early, due = dt.date(2027, 2, 27), dt.date(2027, 2, 28)
    waits = policy().release(result, "second", still_employed=True, on=early)
    assert (waits.outcome, str(waits.amount), {str(share.amount) for share in waits.shares}) == (
        "waits",
        "0.00",
        {"0.00"},
    )
    assert "  Released on: 2027-02-27, before it is due\n  Outcome: not paid yet: it waits\n" in waits.explain("en")
    assert policy().release(result, "second", still_employed=True, on=due).outcome == "paid"
    assert policy().release(result, "second", still_employed=False, on=early).outcome == "lapses"
    assert waits.is_simulation


def test_release_is_a_frozen_value() -> None:
    """No attribute of a release can be set; its sum is what is paid now."""
    release: Release = policy().release(calculated(), "second", still_employed=True)
    assert (release.outcome, release.amount) == ("paid", Decimal("9000.00"))
    assert not hasattr(release, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        release.outcome = "waits"  # type: ignore[misc]


def test_release_from_a_receipt_is_that_from_the_result() -> None:
    """The receipt of a claim releases what its result releases, through the policy and through the catalogue."""
    result = calculated()
    expected = policy().release(result, "second", still_employed=False).receipt()
    receipt = read_receipt(result.receipt())
    assert expected == policy().release(receipt, "second", still_employed=False).receipt()
    assert expected == catalogue().release(result.receipt(), "second", still_employed=False).receipt()


def test_altered_receipt_releases_nothing() -> None:
    """A receipt whose instalment was altered is refused, with the key that differs."""
    data = json.loads(calculated().receipt())
    data["result"]["parts"]["entry"]["instalments"]["second"]["amount"] = "90000.00"
    with pytest.raises(RequestError) as caught:
        catalogue().release(json.dumps(data), "second", still_employed=True)
    assert str(caught.value) == ALTERED


def test_claim_under_another_policy_releases_nothing() -> None:
    """The result of one policy is refused by another, with both digests."""
    other = catalogue().policy("cn/test/outcome")
    with pytest.raises(RequestError) as caught:
        other.release(calculated(), "second", still_employed=True)
    assert caught.value.problems[0].message("en") == (
        f"the receipt has the digest {policy().digest}, not that of this policy, {other.digest}"
    )


def test_wrong_facts_of_a_release_come_all_at_once() -> None:
    """A missing fact, one of the claim, one of another instalment and an unknown one are refused together."""
    assert refused(calculated(), "second", degree="college", rating="A", extra=1) == WRONG_FACTS


def test_facts_of_a_release_are_refused_at_the_claim() -> None:
    """What is asked when an instalment is released cannot be stated at the claim."""
    with pytest.raises(SubsidyError) as caught:
        calculated(still_employed=True)
    assert str(caught.value) == AT_THE_CLAIM


def test_instalments_that_are_not_there_are_refused() -> None:
    """An unknown instalment, and one that this claim does not have, are refused with the reason."""
    assert refused(calculated(), "secnd") == NO_SUCH
    assert refused(calculated(degree="college"), "second", still_employed=True) == NOT_HERE


TO_AND_FROM: Final = (
    *(fact(name, "date", 'asked = "instalment"') for name in ("left_on", "came_on")),
    *(fact(name, "month", 'asked = "instalment"') for name in ("first", "last")),
    pays("9[CNY]"),
    """
[[outcome.parts.instalments]]
name = "stayed"
share = "100%"
test = "days_between(came_on, left_on) >= 30[day] and count(m in months(first, last)) >= 1[month]"
if_failed = "lapses"
label = { zh = "满月", en = "after a month" }
""",
)


def test_what_is_stated_at_a_release_may_contradict_itself() -> None:
    """An end before its beginning, and a span without end, are the caller's mistakes at a release as at a claim."""
    policy = compiled(*TO_AND_FROM)
    result = policy.calculate(claim="c", on="2021-06-01")
    stated = {"came_on": "2021-06-01", "left_on": "2021-07-01", "first": "2021-06", "last": "2021-07"}
    assert policy.release(result, "stayed", stated).outcome == "paid"
    with pytest.raises(FactsError) as reversed_:
        policy.release(result, "stayed", stated | {"left_on": "2021-05-31"})
    assert reversed_.value.report("en") == (
        "F0119 end-before-beginning  left_on\n"
        "  name (left_on) is before name: 2021-05-31 < 2021-06-01\n"
        "  → check both dates"
    )
    with pytest.raises(FactsError) as endless:
        policy.release(result, "stayed", stated | {"last": "2099-01"})
    assert endless.value.report("en") == (
        "F0120 too-many-months  months\n"
        "  a span to be counted month by month has more than 600 months\n"
        "  → check the first and the last month"
    )
