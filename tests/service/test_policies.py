"""Policies over the wire: listed in pages, and each with all that it says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from fractions import Fraction

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.catalogue.support import ID, add, copy, repeal

import subsidy
from subsidy.catalogue.versions import repeal_of
from subsidy.client import Client
from subsidy.service import Server
from subsidy.service.errors import status_code
from subsidy.service.policies import policy_message, summary_message
from subsidy.v1 import policy_service_pb2 as v1

from .wire import BED, GET, HOME, LIST, call


def test_list_has_every_policy(client: Client, catalogue: subsidy.Catalogue) -> None:
    """The list has every policy once, by id, in its latest version."""
    assert [summary_message(catalogue.policy(policy_id)) for policy_id in catalogue.ids] == list(client.policies())


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 2**31 - 1])
def test_pages_join_to_the_list(channel: grpc.Channel, catalogue: subsidy.Catalogue, size: int) -> None:
    """Pages of any size, one after another, make the whole list, and the last one has no token."""
    found, token, pages = [], "", 0
    while pages == 0 or token:
        content = call(channel, LIST, v1.ListPoliciesRequest(page_size=size, page_token=token))
        page = v1.ListPoliciesResponse.FromString(content)
        found += [each.id for each in page.policies]
        token, pages = page.next_page_token, pages + 1
    assert catalogue.ids == found
    assert -(-len(found) // size) == pages


@pytest.mark.parametrize("policy", list(subsidy.catalogue()), ids=lambda policy: f"{policy.id} {policy.version}")
def test_get_has_the_whole_policy(channel: grpc.Channel, catalogue: subsidy.Catalogue, policy: subsidy.Policy) -> None:
    """A policy comes with the bytes of its file, its schema, its facts, its range and its digest."""
    day = policy.document.policy.valid.from_
    request = v1.GetPolicyRequest(policy=policy.id)
    request.on.year, request.on.month, request.on.day = day.year, day.month, day.day
    found = v1.GetPolicyResponse.FromString(call(channel, GET, request)).policy
    file = (catalogue.folder.path / policy.path).read_bytes()
    assert policy_message(policy, file) == found
    assert file == found.text
    assert policy.digest == found.summary.digest
    assert policy.schema() == json.loads(found.facts_json_schema)
    assert list(policy.facts) == [fact.name for fact in found.facts]
    low, high = (
        Fraction(end.units) + Fraction(end.nanos, 10**9) for end in (found.amount_range.low, found.amount_range.high)
    )
    assert policy.program.ranges["amount"] == (low, high)


def test_get_says_what_the_text_leaves_open(client: Client, catalogue: subsidy.Catalogue) -> None:
    """Readings, caps and gaps come with their clauses."""
    found, policy = client.policy(BED), catalogue.policy(BED)
    assert [reading.name for reading in found.interpretations[0].readings] == ["any_day", "fifteen_days", "by_days"]
    assert [(gap.clause, gap.text.zh) for gap in policy.gaps] == [(gap.clause, gap.text.zh) for gap in found.gaps]
    assert [(cap.name, cap.times, cap.beyond) for cap in found.caps] == [("monthly_once", 1, v1.Cap.BEYOND_REFUSE)]
    assert [(field.name, field.optional) for field in found.facts[-1].records.fields] == [
        ("moved_in", False),
        ("moved_out", True),
    ]


def test_health_answers_for_each_service(channel: grpc.Channel) -> None:
    """The server as a whole and each service are serving; another name is unknown."""
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ("", "subsidy.v1.PolicyService", "subsidy.v1.CalculationService"):
        found = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=20)
        assert found.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as error:
        stub.Check(health_pb2.HealthCheckRequest(service="subsidy.v1.Nothing"), timeout=20)
    assert grpc.StatusCode.NOT_FOUND is error.value.code()


def test_reflection_lists_the_services(channel: grpc.Channel) -> None:
    """Reflection names every service, and gives the file of a message."""
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="subsidy.v1.Value"),
    ]
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    listed, described = stub.ServerReflectionInfo(iter(requests), timeout=20)
    assert {
        "subsidy.v1.PolicyService",
        "subsidy.v1.CalculationService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    } == {service.name for service in listed.list_services_response.service}
    assert b"subsidy/v1/values.proto" in described.file_descriptor_response.file_descriptor_proto[0]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> subsidy.Catalogue:
    """A grant of 2021, raised by a text of 2022-11-01 from 2022 on, mended in 2023, abolished from 2026 on."""
    folder = copy(tmp_path_factory.mktemp("many"))
    later = {
        "accepted_on = 2021-07-01": "accepted_on = 2022-07-01",
        "30000": "35000",
        'value = "300"': 'value = "350"',
    }
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2)
    add(folder, "2022-11-01", "{ from = 2022-01-01 }", published="2022-11-01", changes=later)
    repeal(folder, "2026-01-01", published="2025-12-01")
    return subsidy.Catalogue(folder)


@pytest.fixture(scope="module")
def over(many: subsidy.Catalogue) -> Iterator[Client]:
    """A client of a server of that grant."""
    with Server(many) as running, Client(running.address) as opened:
        yield opened


@pytest.mark.parametrize(
    ("on", "known"),
    [
        (None, None),
        ("2021-06-01", None),
        ("2021-06-01", "2023-04-30"),
        ("2022-06-01", None),
        ("2022-06-01", "2022-10-31"),
        (None, "2022-10-31"),
        ("2025-12-31", "2025-11-30"),
    ],
)
def test_get_has_the_version_that_was_known(
    many: subsidy.Catalogue, over: Client, on: str | None, known: str | None
) -> None:
    """The service gives the version that the library gives, with the days that it had as far as was known."""
    policy, found = many.policy(ID, on, known), over.policy(ID, on, known)
    repealed = repeal_of(many.folder.entries(ID), None if known is None else dt.date.fromisoformat(known))
    assert summary_message(policy, repealed) == found.summary
    assert (policy.digest, policy.revision) == (found.summary.digest, found.summary.revision)
    assert found.summary.HasField("last_day") == (policy.last_day is not None)
    assert found.summary.HasField("abolished") == (known is None)


def test_the_end_of_a_policy_is_told(over: Client, many: subsidy.Catalogue) -> None:
    """The summary of an abolished policy has its end: the first day, the text and its digest."""
    (summary,) = over.policies()
    end = summary.abolished
    assert (end.first_day.year, end.first_day.month, end.first_day.day) == (2026, 1, 1)
    assert (end.published.year, end.published.month, end.published.day) == (2025, 12, 1)
    assert (end.source.number, end.source.title.en) == ("某政〔2026〕1 号", "Notice on the end of construction grants")
    assert end.digest == many.folder.entries(ID)[-1].digest


def test_the_list_has_what_was_published(over: Client) -> None:
    """A list for a day before the first text is empty, for a day before the end it tells of none."""
    assert list(over.policies(known="2020-12-31")) == []
    (summary,) = over.policies(known="2022-10-31")
    assert (summary.version, summary.HasField("abolished")) == ("2021-01-01", False)


@pytest.mark.parametrize(
    ("known", "amount"), [(None, "35000.00"), ("2022-11-01", "35000.00"), ("2022-10-31", "30000.00")]
)
def test_calculate_takes_what_was_known(over: Client, many: subsidy.Catalogue, known: str | None, amount: str) -> None:
    """The same claim has the amount of the text that was known, in the library and over the wire."""
    facts = dict(many.policy(ID).document.examples[0].facts)
    answer = over.calculate(ID, facts, known=known, full=True)
    assert amount == str(answer.amount)
    assert many.calculate(ID, facts, known=known).receipt() == answer.receipt()


@pytest.mark.parametrize(("on", "known"), [("2026-01-01", None), ("2021-06-01", "2020-12-31")])
def test_no_version_known_is_not_found(over: Client, many: subsidy.Catalogue, on: str, known: str | None) -> None:
    """An abolished policy and one that was not yet published are the library's errors, and NOT_FOUND."""
    with pytest.raises(subsidy.RequestError) as here:
        many.policy(ID, on, known)
    with pytest.raises(subsidy.RequestError) as remote:
        over.policy(ID, on, known)
    assert here.value.problems == remote.value.problems
    assert status_code(here.value.problems[0].code) is grpc.StatusCode.NOT_FOUND


def test_a_digest_takes_no_day_of_knowledge(over: Client, many: subsidy.Catalogue) -> None:
    """A digest names its module whatever was known, so that both together are refused."""
    facts = dict(many.policy(ID).document.examples[0].facts)
    with pytest.raises(subsidy.RequestError) as caught:
        over.calculate(ID, facts, known="2022-11-01", digest=many.policy(ID).digest)
    assert caught.value.report("en") == (
        "R0301 bad-request  known\n  the request is not well formed: known: it cannot be given together with digest"
    )


def test_version_before_the_first_is_not_found(client: Client) -> None:
    """A day before the first version is answered with the error of the library."""
    with pytest.raises(subsidy.RequestError) as here:
        subsidy.catalogue().policy(HOME, "1999-01-01")
    with pytest.raises(subsidy.RequestError) as remote:
        client.policy(HOME, "1999-01-01")
    assert here.value.problems == remote.value.problems
