"""What a caller is told: every problem, its code, its place and its words in both languages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, LocalizedMessage
from google.type.date_pb2 import Date

import subsidy
from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.codes import CODES
from subsidy.errors import Problem
from subsidy.service.errors import status_code, status_of
from subsidy.service.policies import policy_message
from subsidy.text import Text
from subsidy.v1 import calculation_service_pb2 as v1
from subsidy.v1 import policy_service_pb2, problems_pb2, values_pb2
from subsidy.v1.values_pb2 import Value

from .wire import BED, BED_FACTS, CALCULATE, GET, HOME, HOME_FACTS, LIST, call, details, refusal

GRANT = "cn/shanxi/yuncheng/construction-grant"
INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT.value[0], grpc.StatusCode.NOT_FOUND.value[0]


def home(**changed: Value) -> v1.CalculateRequest:
    """A request for the home-service subsidy with some facts changed."""
    facts = encode_facts(policy_message(subsidy.catalogue().policy(HOME), b""), HOME_FACTS)
    return v1.CalculateRequest(policy=HOME, facts={**facts, **changed})


def home_in_view(view: Any) -> v1.CalculateRequest:
    """The same request, with a view by its number."""
    return v1.CalculateRequest(policy=HOME, view=view)


def test_status_has_every_problem_in_both_languages(channel: grpc.Channel) -> None:
    """Two bad facts are two violations in the policy's order, with place, reason, both texts and values."""
    status = refusal(channel, CALCULATE, home(hours=Value(decimal="745"), price=Value(decimal="1,0")))
    hours_en = "hours of home service in the month (hours) is 745; allowed is 0 to 744 h/(person·month)"
    hours_zh = "当月上门服务时长（hours）为 745，允许 0 至 744 小时/(人·月)"
    price_en = "price an hour (price) was given as “1,0”, which is not an acceptable number"
    price_zh = "每小时服务价格（price）给出的“1,0”不是可接受的数"
    assert (INVALID, f"{hours_en} (and 1 more)") == (status.code, status.message)
    info, bad, local, problems = details(status, ErrorInfo, BadRequest, LocalizedMessage, problems_pb2.Problems)
    assert ErrorInfo(reason="OUT_OF_RANGE", domain="subsidy", metadata={"code": "F0104", "problems": "2"}) == info
    violation = BadRequest.FieldViolation
    assert (
        BadRequest(
            field_violations=[
                violation(
                    field="hours",
                    description=hours_en,
                    reason="OUT_OF_RANGE",
                    localized_message=LocalizedMessage(locale="zh-CN", message=hours_zh),
                ),
                violation(
                    field="price",
                    description=price_en,
                    reason="NOT_A_NUMBER",
                    localized_message=LocalizedMessage(locale="zh-CN", message=price_zh),
                ),
            ]
        )
        == bad
    )
    assert LocalizedMessage(locale="zh-CN", message=f"{hours_zh}（另有 1 项）") == local
    assert isinstance(problems, problems_pb2.Problems)
    assert (problems.total, [problem.code for problem in problems.problems]) == (2, ["F0104", "F0107"])


@pytest.mark.parametrize(
    ("method", "request_", "code", "reason", "message"),
    [
        (
            GET, policy_service_pb2.GetPolicyRequest(policy="cn/nowhere/at-all"), NOT_FOUND, "UNKNOWN_POLICY",
            "there is no policy cn/nowhere/at-all",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy="cn/nowhere/at-all"), NOT_FOUND, "UNKNOWN_POLICY",
            "there is no policy cn/nowhere/at-all",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy=HOME, on=Date(year=1999, month=1, day=1)), NOT_FOUND,
            "NO_VERSION_ON_DATE",
            f"no version of {HOME} is in force on 1999-01-01; the first is in force from 2023-07-26",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy=HOME, digest="sha256:00"), NOT_FOUND, "DIGEST_UNKNOWN",
            "the catalogue has no module with the digest sha256:00",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy=BED, digest=subsidy.catalogue().policy(HOME).digest), INVALID,
            "BAD_REQUEST", f"the request is not well formed: digest: it is the digest of {HOME}",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy=BED, digest="sha256:00", on=Date(year=2021, month=6, day=1)), INVALID,
            "BAD_REQUEST", "the request is not well formed: on: it cannot be given together with digest",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy=HOME, on=Date(year=2021, month=2, day=30)), INVALID, "BAD_REQUEST",
            "the request is not well formed: on: 2021-02-30 is not a day",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy="x" * 257), INVALID, "BAD_REQUEST",
            "the request is not well formed: policy: a name has 257 characters; at most 256",
        ),
        (
            CALCULATE, v1.CalculateRequest(policy=HOME, facts={f"f{n}": Value() for n in range(257)}), INVALID,
            "BAD_REQUEST", "the request is not well formed: facts: 257 entries; at most 256",
        ),
        (
            CALCULATE, home_in_view(77), INVALID, "BAD_REQUEST",
            f"the request is not well formed: view: there is no view 77; there are: {', '.join(v1.View.keys())}",
        ),
        (
            LIST, policy_service_pb2.ListPoliciesRequest(page_size=-1), INVALID, "BAD_REQUEST",
            "the request is not well formed: page_size: -1 is below zero",
        ),
        (
            LIST, policy_service_pb2.ListPoliciesRequest(page_token="页"), INVALID, "BAD_REQUEST",  # noqa: S106
            "the request is not well formed: page_token: it is none that this service gave",
        ),
        (
            CALCULATE, b"\xff\xff\xff", INVALID, "BAD_REQUEST",
            "the request is not well formed: these bytes are no protobuf CalculateRequest",
        ),
    ],
)  # fmt: skip
def test_request_is_refused(
    channel: grpc.Channel, method: str, request_: Any, code: int, reason: str, message: str
) -> None:
    """A request for what is not there is NOT_FOUND, a malformed one INVALID_ARGUMENT; each says what is wrong."""
    status = refusal(channel, method, request_)
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (code, message, reason, "subsidy") == (status.code, status.message, info.reason, info.domain)


@pytest.mark.parametrize(
    ("policy", "facts", "readings"),
    [
        (HOME, {}, {}),
        (HOME, {**HOME_FACTS, "hours": "-1", "prise": "3", "month": "2023-13"}, {}),
        (HOME, {**HOME_FACTS, "hours": "3.005", "beneficiary": " B1", "price": True}, {}),
        (HOME, {**HOME_FACTS, "month": "2020-01"}, {"fewer_hours": "nothing"}),
        (HOME, HOME_FACTS, {"fewer_hour": "nothing", "more_hours": "none"}),
        (HOME, {**HOME_FACTS, "hours": Decimal("NaN"), "price": Decimal("5000.50"), "month": None}, {}),
        (BED, {**BED_FACTS, "care_level": "semi-disabled", "stays": [{"moved_in": "2021-02-30"}]}, {}),
        (BED, {**BED_FACTS, "stays": [{"moved_out": "2021-06-01", "left": "x"}], "centre": 7}, {}),
        (BED, {**BED_FACTS, "stays": [{"moved_in": "2021-06-01"}] * 32, "care_level": True}, {}),
        (BED, {**BED_FACTS, "stays": [{"moved_in": "2021-06-10", "moved_out": "2021-06-01"}]}, {}),
        (BED, {**BED_FACTS, "stays": [1, {"moved_in": "2021-02-30"}, None, "row", [1.5]], "centre": b"C1"}, {}),
        (BED, {**BED_FACTS, "stays": {"moved_in": "2021-06-10"}, "month": 1.5}, {}),
        (HOME, {**HOME_FACTS, "hours": 10**18, "price": Decimal("1e30"), "left_monthly": "0.0000000001"}, {}),
        (HOME, {**HOME_FACTS, "hours": 10**5000, "price": Decimal("1e-30"), "left_monthly": [1]}, {}),
        (HOME, {**HOME_FACTS, "hours": Decimal("-0.01"), "price": Decimal("1e999999999")}, {}),
        (HOME, HOME_FACTS, {1: 2, "fewer_hours": 3}),
        (HOME, HOME_FACTS, 3),
        ("cn/shanxi/yuncheng/bed-subsidi", BED_FACTS, {}),
    ],
)
def test_client_raises_the_error_of_the_library(
    client: Client, policy: str, facts: dict[str, Any], readings: Any
) -> None:
    """Over the wire the same error is raised, with the same problems, places, values and words."""
    with pytest.raises(subsidy.RequestError) as here:
        subsidy.catalogue().calculate(policy, facts, readings=readings)
    with pytest.raises(subsidy.RequestError) as remote:
        client.calculate(policy, facts, readings=readings)
    assert type(here.value) is type(remote.value)
    assert here.value.problems == remote.value.problems
    assert here.value.report() == remote.value.report()


@pytest.mark.parametrize(
    ("fact", "value", "given"),
    [
        ("price", Value(flag=True), "True"),
        ("price", Value(choice="3"), "3"),
        ("price", Value(id="4"), "4"),
        ("month", Value(date=Date(year=2023, month=8, day=1)), "2023-08-01"),
        ("month", Value(id="2023-08"), "2023-08"),
        ("beneficiary", Value(decimal="7"), "7"),
        ("beneficiary", Value(division="140800"), "140800"),
        ("beneficiary", Value(records=values_pb2.Records()), "[…]"),
    ],
)
def test_another_member_is_never_converted(channel: grpc.Channel, fact: str, value: Value, given: str) -> None:
    """A value in another member of the oneof than the policy declares is a wrong type, however alike it looks."""
    status = refusal(channel, CALCULATE, home(**{fact: value}))
    problems = problems_pb2.Problems()
    assert status.details[-1].Unpack(problems)
    assert [("F0106", fact, given)] == [(p.code, p.where, p.values["given"].plain) for p in problems.problems]


@pytest.mark.parametrize(
    ("month", "code", "given"),
    [
        (values_pb2.Month(year=2023, month=13), "F0110", "2023-13"),
        (values_pb2.Month(year=2023), "F0110", "2023-00"),
        (values_pb2.Month(year=-1, month=-1), "F0110", "-001--1"),
        (values_pb2.Month(month=8), "F0104", "0000-08"),
    ],
)
def test_impossible_month_is_said(channel: grpc.Channel, month: values_pb2.Month, code: str, given: str) -> None:
    """A month that the calendar does not have, or no policy reaches, is refused as it was written."""
    status = refusal(channel, CALCULATE, home(month=Value(month=month)))
    problems = problems_pb2.Problems()
    assert status.details[-1].Unpack(problems)
    assert [(code, "month", given)] == [(p.code, p.where, p.values["given"].plain) for p in problems.problems]


def test_value_without_a_member_is_missing(channel: grpc.Channel) -> None:
    """A fact that is named without a value is a missing fact."""
    status = refusal(channel, CALCULATE, home(price=Value()))
    problems = problems_pb2.Problems()
    assert status.details[-1].Unpack(problems)
    assert [(problem.code, problem.where) for problem in problems.problems] == [("F0102", "price")]


def test_what_stands_twice_is_refused(channel: grpc.Channel) -> None:
    """A fact, a field of a row, a reading or a single field that stands twice is refused, with its place."""
    row = values_pb2.Record(fields={"moved_in": Value(id="a")}).SerializeToString()
    again = row + values_pb2.Record(fields={"moved_in": Value(id="b")}).SerializeToString()
    rows = bytes([0x42, len(again) + 2, 0x0A, len(again)]) + again
    entry = b"\x0a\x05stays\x12" + bytes([len(rows)]) + rows
    both = Value(flag=True).SerializeToString() + Value(id="x").SerializeToString()
    mixed = b"\x0a\x05price\x12" + bytes([len(both)]) + both
    content = (
        home().SerializeToString()
        + home().SerializeToString()
        + v1.CalculateRequest(readings={"a": "b"}).SerializeToString() * 2
        + b"\x2a" + bytes([len(entry)]) + entry
        + b"\x2a" + bytes([len(mixed)]) + mixed
    )  # fmt: skip
    status = refusal(channel, CALCULATE, content)
    problems = problems_pb2.Problems()
    assert status.details[-1].Unpack(problems)
    assert {"R0302"} == {problem.code for problem in problems.problems}
    assert {"policy", *HOME_FACTS, "readings.a", "stays[1].moved_in"} == {each.where for each in problems.problems}


def test_fact_sent_twice_is_refused_by_name(channel: grpc.Channel) -> None:
    """One fact given twice is refused with its name, and a request written at length is not."""
    twice = v1.CalculateRequest(facts={"price": Value(decimal="31")}).SerializeToString()
    status = refusal(channel, CALCULATE, home().SerializeToString() + twice)
    assert (status.code, status.message) == (INVALID, "the fact price is given twice")
    assert call(channel, CALCULATE, home().SerializeToString() + b"\x22\x00")  # an empty digest, spelled out


def test_float_is_refused_before_it_is_sent(client: Client) -> None:
    """A binary float is refused by the client, in the words of the library."""
    facts = {**HOME_FACTS, "hours": 3.5, "price": 30.0}
    with pytest.raises(subsidy.FactsError) as here:
        subsidy.catalogue().calculate(HOME, facts)
    with pytest.raises(subsidy.FactsError) as remote:
        client.calculate(HOME, facts)
    assert here.value.report() == remote.value.report()


def test_what_cannot_be_sent_is_also_said_not_to_apply(client: Client) -> None:
    """A float for a fact that does not apply is refused for both reasons, as in the library."""
    facts = {"project": "P1", "accepted_on": "2021-06-30", "place": "140802", "works": "new_build", "cost": 1.5}
    readings = {"shortfall": "same_rate_above_cap"}
    with pytest.raises(subsidy.FactsError) as here:
        subsidy.catalogue().calculate(GRANT, facts, readings=readings)
    with pytest.raises(subsidy.FactsError) as remote:
        client.calculate(GRANT, facts, readings=readings)
    found = [[problem.code for problem in error.value.problems] for error in (here, remote)]
    assert found == [["F0102", "F0108", "F0103"]] * 2


def test_half_a_surrogate_pair_is_refused_as_in_the_library(client: Client) -> None:
    """A text that has no UTF-8 cannot be sent, and is refused all the same for what it is."""
    half = "\ud800"
    facts = {**BED_FACTS, "centre": half, "month": half, "care_level": half, "stays": [{"moved_in": half, half: half}]}
    with pytest.raises(subsidy.FactsError) as here:
        subsidy.catalogue().calculate(BED, facts)
    with pytest.raises(subsidy.FactsError) as remote:
        client.calculate(BED, facts)
    found = [[problem.code for problem in error.value.problems] for error in (here, remote)]
    assert found == [["F0118", "F0110", "F0109", "F0110", "F0101"]] * 2


def test_answer_is_explained_in_no_other_language(client: Client) -> None:
    """A language that nothing is said in is refused by the answer as by the result."""
    language: Any = "fr"
    with pytest.raises(subsidy.RequestError) as here:
        subsidy.catalogue().calculate(HOME, HOME_FACTS).explain(language)
    with pytest.raises(subsidy.RequestError) as remote:
        client.calculate(HOME, HOME_FACTS, full=True).explain(language)
    assert here.value.report() == remote.value.report()


def test_more_problems_than_trailers_hold_are_counted(client: Client, channel: grpc.Channel) -> None:
    """Problems that would outgrow the trailers are left out at the end, and their number is told."""
    facts = {**BED_FACTS, "stays": [{"moved_in": f"2021-02-{day}"} for day in range(50, 80)]}
    with pytest.raises(subsidy.FactsError) as here:
        subsidy.catalogue().calculate(BED, facts)
    with pytest.raises(subsidy.FactsError) as remote:
        client.calculate(BED, facts)
    found = remote.value.problems
    assert 5 < len(found) < 30 == len(here.value.problems)
    assert here.value.problems[: len(found)] == found
    encoded = encode_facts(policy_message(subsidy.catalogue().policy(BED), b""), facts)
    status = refusal(channel, CALCULATE, v1.CalculateRequest(policy=BED, facts=encoded))
    assert status.message.endswith(" (and 29 more)")
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.metadata["problems"] == "30"


def test_long_texts_are_cut(channel: grpc.Channel) -> None:
    """A given text of any length fits the trailers, and is cut where it is long."""
    status = refusal(channel, CALCULATE, home(beneficiary=Value(id="长" * 100_000), **{"n" * 256: Value()}))
    problems = problems_pb2.Problems()
    assert status.details[-1].Unpack(problems)
    assert [problem.code for problem in problems.problems] == ["F0118", "F0101"]
    assert problems.problems[0].values["given"].plain == "长" * 57 + "…"
    assert problems.problems[1].where == "n" * 57 + "…"


def test_every_code_has_a_status() -> None:
    """Each code that can be an error has a gRPC code that is not OK, and a reason of its own."""
    errors = {code: found for code, found in CODES.items() if not found.warning}
    assert all(status_code(code) is not grpc.StatusCode.OK for code in errors)
    assert len(CODES) == len({Problem(code).reason for code in CODES})


def test_text_and_plain_values_travel_apart() -> None:
    """A value that reads the same in both languages stays a plain one, a text stays a text."""
    problem = Problem.of("R0301", "on", detail=Text("甲", "a"))
    status = status_of(subsidy.RequestError([problem, Problem.of("R0101", "x", given="x")]))
    problems = problems_pb2.Problems()
    assert status.details[-1].Unpack(problems)
    assert values_pb2.Text(zh="甲", en="a") == problems.problems[0].values["detail"].text
    assert problems.problems[1].values["given"].plain == "x"


def test_day_may_be_text_or_date(client: Client) -> None:
    """The client takes days as text and as dates alike."""
    text = [{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}]
    one = client.calculate(BED, {**BED_FACTS, "stays": text}, on="2021-06-01")
    two = client.calculate(BED, BED_FACTS, on=dt.date(2021, 6, 1))
    assert one == two
