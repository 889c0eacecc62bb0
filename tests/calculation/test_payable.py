"""What is payable: a sum without the shares that payers bear themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conformance.support import HERE, catalogue, compiled

from subsidy import Policy, RequestError, Result, UndeterminedError
from subsidy.client.answer import Answer
from subsidy.service.answers import calculate_response

EXPLAINED = """\
结果
  保险：100.01 元  〔一〕
    = 保险费
    市级财政（1/3） 33.34 元
    机构自担（2/3）（自担，不支付） 66.67 元
    应付：33.34 元
    一期（50%）：50.01 元
      市级财政 16.67 元
      机构自担（自担，不支付） 33.34 元
      应付：16.67 元
    二期（其余）：50.00 元，拨付时须：仍在运营，否则作废
      市级财政 16.67 元
      机构自担（自担，不支付） 33.33 元
      应付：16.67 元
"""
RELEASED = """\
  Outcome: paid
  To be paid: 16.67 CNY
    city treasury 16.67 CNY
    the facility itself (own, not paid out) 33.33 CNY
"""
DOUBT = """
[[conditions]]
name = "in_time"
kind = "required"
test = "reading(late) == paid or day < 2024-01-01"
label = { zh = "及时", en = "in time" }
clause = "一"

[[interpretations]]
name = "late"
question = { zh = "逾期是否给付", en = "is a late claim paid" }
clause = "一"
readings = { paid = { zh = "给付", en = "it is" }, not_paid = { zh = "不给付", en = "it is not" } }
"""
NO_INSTALMENT = """\
R0111 unknown-instalment  instalment
  the policy has no instalment secnd
  → did you mean second?"""
WRONG_FORMAT = """\
R0206 wrong-format  format
  the receipt has the format subsidy-release-1; allowed is subsidy-receipt-1
  → give a receipt as subsidy calculate --receipt or subsidy release --json writes it"""


def calculated(cost: str = "100.01", **readings: str) -> Result:
    facts = {"home": "H", "day": "2024-02-29", "cost": cost}
    return catalogue().policy("cn/test/own").calculate(facts, readings={"tests": "full", **readings})


def test_own_shares_are_not_payable() -> None:
    """What is payable of the sum, a part and an instalment leaves out the facility's own share; bounds stay bounds."""
    result = calculated()
    insurance, repair = result.parts
    first, second = insurance.instalments
    assert [str(sum_.amount) for sum_ in (insurance.payable, first.payable, second.payable)] == [
        "33.34",
        "16.67",
        "16.67",
    ]
    assert (str(repair.payable.low), str(repair.payable.high)) == ("30.00", "70.02")
    assert (str(result.amount), str(result.payable.low), str(result.payable.high)) == ("200.02", "63.34", "103.36")
    with pytest.raises(UndeterminedError):
        _ = result.payable.amount


def test_what_is_payable_is_explained() -> None:
    """Own shares are marked, and below the shares stands what is payable; nothing of it is said where none is own."""
    assert EXPLAINED in calculated().explain("zh")
    assert "  Payable: between 63.34 and 103.36 CNY, undetermined\n" in calculated().explain("en")
    assert (
        "  Amount in capitals: 人民币贰佰元零贰分\n"
        "  Payable: between 63.34 and 103.36 CNY, undetermined\n"
        "  Payable in capitals: between 人民币陆拾叁元叁角肆分 and 人民币壹佰零叁元叁角陆分, undetermined\n"
    ) in calculated().explain("en", capitals=True)
    other = catalogue().policy("cn/test/entered").program.parts
    assert not any(share.own for part in other for share in part.shares)


def test_what_is_payable_is_on_the_wire() -> None:
    """An answer has what is payable of the sum, a part and an instalment, only where a payer bears a share itself."""
    message = calculate_response(calculated(), full=False)
    assert (Answer(message).payable.low, Answer(message).payable.high) == (
        calculated().payable.low,
        calculated().payable.high,
    )
    insurance, repair = message.parts
    assert (insurance.payable.determined.units, insurance.payable.determined.nanos) == (33, 340_000_000)
    assert (insurance.instalments[1].payable.determined.units, repair.payable.bounds.high.units) == (16, 70)
    facts = {"graduate": "G", "entered_on": "2024-02-29", "degree": "college", "adjustment": "0", "place": "140802"}
    other = calculate_response(catalogue().policy("cn/test/instalments").calculate(facts), full=False)
    assert not other.HasField("payable") and not any(part.HasField("payable") for part in other.parts)
    assert str(Answer(other).payable.amount) == "30000.01"


def test_release_pays_what_is_payable() -> None:
    """The release of an instalment pays the shares that are not own, and shows the others."""
    release = catalogue().policy("cn/test/own").release(calculated(), "second", open_now=True)
    assert RELEASED in release.explain("en")
    assert json.loads(release.receipt())["result"]["shares"] == [
        {"payer": "city", "amount": "16.67"},
        {"payer": "facility", "amount": "33.33", "own": True},
    ]


def test_receipt_of_a_release_is_replayed() -> None:
    """A release's receipt has the claim's, is the same when computed again, and says what was altered in either."""
    policy = catalogue().policy("cn/test/own")
    receipt = policy.release(calculated(), "second", open_now=True).receipt()
    again = catalogue().replay_release(receipt)
    assert (again.is_same, again.result.receipt()) == (True, receipt)
    data = json.loads(receipt)
    data["result"]["amount"] = "50.00"
    data["claim"]["receipt"]["result"]["amount"] = "300.02"
    altered = catalogue().replay_release(json.dumps(data))
    assert [(each.key, each.recorded, each.computed) for each in altered.differences if each.key != "claim.digest"] == [
        ("claim.receipt.result.amount", "300.02", "200.02"),
        ("result.amount", "50.00", "16.67"),
    ]
    assert [each.key for each in altered.differences].count("claim.digest") == 1


def test_receipt_of_a_release_that_cannot_be_is_refused() -> None:
    """An instalment that the claim does not have, and another day than a date, are the caller's errors."""
    data: dict[str, Any] = json.loads(catalogue().policy("cn/test/own").release(calculated(), "first").receipt())
    with pytest.raises(RequestError) as caught:
        catalogue().replay_release(json.dumps(data | {"instalment": "secnd"}))
    assert caught.value.report("en") == NO_INSTALMENT
    with pytest.raises(RequestError) as caught:
        catalogue().replay_release(json.dumps(data | {"on": "soon"}))
    assert [problem.code for problem in caught.value.problems] == ["R0106"]


def test_receipt_of_another_format_is_one_problem() -> None:
    """A release's receipt in place of a claim's is refused with the format that it has, and the one wanted."""
    receipt = catalogue().policy("cn/test/own").release(calculated(), "first").receipt()
    with pytest.raises(RequestError) as caught:
        catalogue().replay(receipt)
    assert caught.value.report("en") == WRONG_FORMAT


def test_what_is_left_open_is_what_matters() -> None:
    """A figure that does not touch the amount is not named with it; what leaves only the split open is named apart."""
    small, great = calculated("100.01", tests="open"), calculated("2000", tests="open")
    assert (small.total.why.en, great.total.why.en) == (
        "how much of the tests counts",
        "how much of the tests counts; share of others",
    )
    apart = "  Left open besides the amount: share of the county\n"
    assert f"  Left open: how much of the tests counts\n{apart}" in small.explain("en")
    certain = calculated().explain("en")
    assert apart in certain
    assert "  Left open: " not in certain


def test_each_way_to_the_same_value_names_its_reading() -> None:
    """Where a question makes no difference to a value, both ways to it are explained, each under its reading."""
    found = calculated("100", tests="open").explain("en")
    assert "how much of the tests counts: left open (makes no difference here)" in found
    assert "  2. tests (if all of it)  [三]\n" in found
    assert "  2. tests (if at most 100 CNY)  [三]\n" in found


def test_doubt_about_a_condition_for_all_is_said_once() -> None:
    """Where a condition for all parts is in doubt, the result says so, and no part repeats it without a name."""
    text = (HERE / "head.toml").read_text("utf-8") + DOUBT + (HERE / "outcome.toml").read_text("utf-8")
    policy = compiled(text.replace('value = "0"', 'value = "1[CNY]"'))
    assert isinstance(policy, Policy)
    found = policy.calculate({"claim": "C", "day": "2024-02-29"}).explain("en")
    assert "  whether it is eligible is undetermined\n  nothing: between 0.00 and 1.00 CNY, undetermined\n" in found
