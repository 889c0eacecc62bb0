"""Policies over the wire: listed in pages, and each with all that it says."""

from __future__ import annotations

import json
from fractions import Fraction

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

import subsidy
from subsidy.client import Client
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


def test_version_before_the_first_is_not_found(client: Client) -> None:
    """A day before the first version is answered with the error of the library."""
    with pytest.raises(subsidy.RequestError) as here:
        subsidy.catalogue().policy(HOME, "1999-01-01")
    with pytest.raises(subsidy.RequestError) as remote:
        client.policy(HOME, "1999-01-01")
    assert here.value.problems == remote.value.problems
