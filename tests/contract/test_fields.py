"""What the contract says of each field of a request, that it must be given or may be left out, the service holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import grpc
import pytest
from google.api import field_behavior_pb2
from google.protobuf.message import Message
from tests.ledger.support import NURSING
from tests.service.conftest import Desk, bureau_catalogue, bureau_folder, desk

from subsidy.client.facts import encode_facts
from subsidy.v1 import (
    audit_service_pb2,
    calculation_service_pb2,
    calculation_service_pb2_grpc,
    ledger_service_pb2,
    policy_service_pb2,
    table_pb2,
)

__all__ = ["bureau_catalogue", "bureau_folder", "desk"]
SERVICES: Final = [
    service
    for file in (policy_service_pb2, calculation_service_pb2, ledger_service_pb2, audit_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
]
CLAIM: Final = {"elder": "E1", "month": "2024-03", "cost": "900", "bill": "B1"}


def behaviour(field: Any) -> list[str]:
    """What the contract says of a field."""
    found = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return [field_behavior_pb2.FieldBehavior.Name(each) for each in found]


def requests() -> Iterator[Any]:
    """Every message that is asked of a method, and what the first message of a table holds."""
    yield table_pb2.TableAsked.DESCRIPTOR
    for service in SERVICES:
        yield from (method.input_type for method in service.methods if not method.client_streaming)


def test_every_field_of_a_request_says_whether_it_must_be_given() -> None:
    """It is REQUIRED or OPTIONAL, one of them."""
    fields = [field for message in requests() for field in message.fields]
    assert len(fields) > 40
    assert [field.full_name for field in fields if behaviour(field) not in (["REQUIRED"], ["OPTIONAL"])] == []


def calls(desk: Desk) -> dict[str, Message]:
    """A request of each method, with every field that must be given and no other but what some policy asks for."""
    asked, sheet = ledger_service_pb2, calculation_service_pb2
    index = desk.client.determine(NURSING, CLAIM).index or 0
    facts = encode_facts(desk.client.policy(NURSING), {**CLAIM, "bill": "B2"})
    left = encode_facts(desk.client.policy(NURSING), {**CLAIM, "left_monthly": "1000", "left_lifetime": "2500"})
    return {
        "PolicyService/ListPolicies": policy_service_pb2.ListPoliciesRequest(),
        "PolicyService/GetPolicy": policy_service_pb2.GetPolicyRequest(policy=NURSING),
        "CalculationService/Calculate": sheet.CalculateRequest(policy=NURSING, facts=left),
        "LedgerService/Determine": asked.DetermineRequest(request_id="a", policy=NURSING, facts=facts),
        "LedgerService/GetDetermination": asked.GetDeterminationRequest(index=index),
        "LedgerService/ListDeterminations": asked.ListDeterminationsRequest(),
        "LedgerService/GetCheckpoint": asked.GetCheckpointRequest(),
        "LedgerService/GetConsistencyProof": asked.GetConsistencyProofRequest(),
        "LedgerService/Release": asked.ReleaseRequest(request_id="b", index=index, instalment="first"),
        "LedgerService/Reverse": asked.ReverseRequest(request_id="c", index=index + 1, why="x"),
        "AuditService/Replay": audit_service_pb2.ReplayRequest(),
        "AuditService/Verify": audit_service_pb2.VerifyRequest(),
    }


def status(channel: grpc.Channel, method: str, request: Message) -> str:
    """The code with which a call ends."""
    make: Any = channel.unary_stream if method.startswith("AuditService/") else channel.unary_unary
    try:
        answer = make(f"/subsidy.v1.{method}")(request.SerializeToString(), timeout=20)
        if not isinstance(answer, bytes):
            list(answer)
    except grpc.RpcError as error:
        raised: Any = error  # an RpcError that is the call as well
        return str(raised.code().name)
    return "OK"


def test_what_must_be_given_is_refused_where_it_is_not(desk: Desk) -> None:
    """Without a field that is REQUIRED each call is refused; with all of these, and no OPTIONAL one, it is answered."""
    requests_, ends = calls(desk), dict[str, set[str]]()
    with grpc.insecure_channel(desk.server.address) as channel:
        for method, request in requests_.items():
            for field in request.DESCRIPTOR.fields:
                if behaviour(field) == ["REQUIRED"]:
                    lacking = type(request).FromString(request.SerializeToString())
                    lacking.ClearField(field.name)
                    ends.setdefault(method, set()).add(status(channel, method, lacking))
        answered = {method: status(channel, method, request) for method, request in requests_.items()}
    assert set(answered.values()) == {"OK"}, answered
    assert set().union(*ends.values()) <= {"INVALID_ARGUMENT", "NOT_FOUND"}, ends
    assert len(ends) == 6


def test_a_table_must_say_its_policy(desk: Desk) -> None:
    """What is asked of a table is refused without its policy."""
    stub: Any = calculation_service_pb2_grpc.CalculationServiceStub
    asked = table_pb2.CalculateTableRequest(asked=table_pb2.TableAsked())
    with grpc.insecure_channel(desk.server.address) as channel:
        answer = stub(channel).CalculateTable(iter([asked]), timeout=20)
        with pytest.raises(grpc.RpcError):
            list(answer)
        assert answer.code() is grpc.StatusCode.NOT_FOUND
