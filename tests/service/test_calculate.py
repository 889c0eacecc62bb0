"""A calculation over the wire is the calculation in process, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Any

import grpc
import pytest
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

import subsidy
from subsidy.calculation.explanation import Explanation, Formula, Line, Section
from subsidy.calculation.renderings import RENDERINGS
from subsidy.catalogue.documents import Example
from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.service.answers import calculate_response
from subsidy.service.policies import policy_message
from subsidy.v1 import calculation_service_pb2 as v1
from subsidy.v1 import explanation_pb2, values_pb2

from .wire import BED, BED_FACTS, CALCULATE, HOME, HOME_FACTS, call


def worked() -> Iterator[Any]:
    """Every example of every shipped module that has an answer."""
    for policy in subsidy.catalogue():
        for example in policy.document.examples:
            if "error" not in example.expect:
                yield pytest.param(policy, example, id=f"{policy.id} {example.name}")


def request_for(policy: subsidy.Policy, example: Example, view: v1.View) -> v1.CalculateRequest:
    facts = encode_facts(policy_message(policy, b""), example.facts)
    return v1.CalculateRequest(policy=policy.id, digest=policy.digest, facts=facts, readings=example.under, view=view)


@pytest.mark.parametrize(("policy", "example"), list(worked()))
def test_example_is_the_same_over_the_wire(
    channel: grpc.Channel, client: Client, policy: subsidy.Policy, example: Example
) -> None:
    """Both views are, byte for byte, what the result in process makes; receipt and explanation are the library's."""
    result = policy.calculate(example.facts, readings=example.under)
    for view in (v1.VIEW_UNSPECIFIED, v1.VIEW_BASIC, v1.VIEW_FULL):
        wanted = calculate_response(result, full=view == v1.VIEW_FULL).SerializeToString(deterministic=True)
        assert wanted == call(channel, CALCULATE, request_for(policy, example, view))
    answer = client.calculate(policy.id, example.facts, readings=example.under, full=True)
    assert result.receipt() == answer.receipt()
    assert result.eligible == answer.eligible
    if policy.pays:
        assert (result.low, result.high) == (answer.low, answer.high)
    assert (result.explain("zh"), result.explain("en")) == (answer.explain("zh"), answer.explain("en"))
    assert result.explanation == answer.explanation


def test_a_client_puts_the_explanation_on_paper(client: Client) -> None:
    """From the data of a full answer a client makes every form that the library makes; a basic one has none."""
    readings = {"part_month": "by_days"}
    result = subsidy.catalogue().policy(BED).calculate(BED_FACTS, readings=readings)
    explanation = client.calculate(BED, BED_FACTS, readings=readings, full=True).explanation
    assert explanation is not None
    for render in RENDERINGS.values():
        assert render(explanation, "en", capitals=True) == render(result.explanation, "en", capitals=True)
    assert explanation.to_dict() == result.explanation.to_dict()
    assert client.calculate(BED, BED_FACTS, readings=readings).explanation is None


@pytest.mark.parametrize(
    ("message", "of"),
    [
        (explanation_pb2.Explanation, Explanation),
        (explanation_pb2.Explanation.Section, Section),
        (explanation_pb2.Explanation.Line, Line),
        (explanation_pb2.Explanation.Formula, Formula),
    ],
)
def test_the_message_of_an_explanation_is_its_data(message: Any, of: Any) -> None:
    """The message has the fields of the data, by the same names, and no others."""
    names = {field.name for field in message.DESCRIPTOR.fields}
    assert names == {each.name for each in fields(of)}


@pytest.mark.parametrize(
    "hours", [3, Decimal("3.00"), Decimal("30e-1"), Decimal("3." + "0" * 99), "3.000000000"], ids=str
)
def test_every_exact_form_of_a_number_is_sent(client: Client, hours: Any) -> None:
    """A number that the library accepts is accepted over the wire, in whatever form it is given."""
    result = subsidy.catalogue().calculate(HOME, {**HOME_FACTS, "hours": hours})
    assert result.receipt() == client.calculate(HOME, {**HOME_FACTS, "hours": hours}, full=True).receipt()


def test_basic_view_has_the_amount_and_no_reasons(channel: grpc.Channel, catalogue: subsidy.Catalogue) -> None:
    """A basic answer has the amount, the shares, eligibility, whose it is and the digest, and nothing else."""
    policy = catalogue.policy(HOME)
    facts = encode_facts(policy_message(policy, b""), HOME_FACTS)
    found = call(channel, CALCULATE, v1.CalculateRequest(policy=HOME, facts=facts))
    ninety = values_pb2.Amount(determined=Money(currency_code="CNY", units=90))
    wanted = v1.CalculateResponse(
        policy=HOME,
        version="2023-07-26",
        revision=1,
        digest=policy.digest,
        amount=ninety,
        eligible=values_pb2.VERDICT_HOLDS,
        standing=v1.STANDING_SIMULATION,
        parts=[
            v1.Part(
                name="home_service",
                amount=ninety,
                counted=True,
                shares=[v1.Share(name="government", payer="government", amount=ninety)],
                eligible=values_pb2.VERDICT_HOLDS,
            )
        ],
    )
    assert wanted == v1.CalculateResponse.FromString(found)


def test_full_view_has_every_reason(client: Client) -> None:
    """A full answer has steps in figures, conditions, readings, warnings, the explanation and the receipt."""
    message = client.calculate(BED, BED_FACTS, readings={"part_month": "by_days"}, full=True).message
    assert [step.name for step in message.steps] == ["days", "month_counts", "monthly"]
    assert message.steps[0].unit == "day"
    assert [values_pb2.Figure(decimal="14")] == list(message.steps[0].values)
    assert [values_pb2.Figure(decimal="93.33")] == list(message.steps[2].values)
    assert "14" in message.steps[2].figures.zh and "14" in message.steps[2].figures.en
    assert [(item.name, item.reading, item.recommended) for item in message.interpretations] == [
        ("part_month", "by_days", False)
    ]
    assert message.warnings[0].problem.code == "W0101"
    assert "93.33" in message.explanation.zh and "93.33" in message.explanation.en
    assert json.loads(message.receipt)["result"]["amount"] == "93.33"


def test_open_reading_gives_bounds_and_says_why(client: Client) -> None:
    """Where a reading is open the amount has bounds, the question is said, and the one figure is refused."""
    answer = client.calculate(BED, BED_FACTS)
    assert (Decimal("0.00"), Decimal("200.00")) == (answer.low, answer.high)
    assert not answer.is_determined
    assert answer.message.left_open.en == "how a part month counts"
    with pytest.raises(subsidy.UndeterminedError) as remote:
        _ = answer.amount
    with pytest.raises(subsidy.UndeterminedError) as here:
        _ = subsidy.catalogue().calculate(BED, BED_FACTS).amount
    assert here.value.problems == remote.value.problems


def test_day_picks_the_version(channel: grpc.Channel, catalogue: subsidy.Catalogue) -> None:
    """A day in the request picks the version, as it does in process."""
    facts = encode_facts(policy_message(catalogue.policy(HOME), b""), HOME_FACTS)
    request = v1.CalculateRequest(policy=HOME, facts=facts, on=Date(year=2023, month=8, day=1))
    result = catalogue.calculate(HOME, HOME_FACTS, on="2023-08-01")
    wanted = calculate_response(result, full=False).SerializeToString(deterministic=True)
    assert wanted == call(channel, CALCULATE, request)
