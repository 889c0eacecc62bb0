"""Calls as bytes, and the facts of one claim, for the tests of the service."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

CALCULATE: Final = "/subsidy.v1.CalculationService/Calculate"
GET: Final = "/subsidy.v1.PolicyService/GetPolicy"
LIST: Final = "/subsidy.v1.PolicyService/ListPolicies"

HOME: Final = "cn/liaoning/shenyang/home-service"
HOME_FACTS: Final[dict[str, Any]] = {
    "beneficiary": "B1",
    "month": "2023-08",
    "hours": "3",
    "price": "30",
    "left_monthly": "1350",
}
BED: Final = "cn/shanxi/yuncheng/bed-subsidy"
BED_FACTS: Final[dict[str, Any]] = {
    "centre": "C1",
    "resident": "R1",
    "month": "2021-06",
    "care_level": "semi_disabled",
    "stays": [{"moved_in": dt.date(2021, 6, 5), "moved_out": dt.date(2021, 6, 18)}],
}


def call(channel: grpc.Channel, method: str, content: bytes | Message, timeout: float = 20) -> bytes:
    """The bytes of the answer, without any code of the client."""
    sent = content if isinstance(content, bytes) else content.SerializeToString()
    multicallable: Any = channel.unary_unary(method)
    answer: bytes = multicallable(sent, timeout=timeout)
    return answer


def refusal(channel: grpc.Channel, method: str, content: bytes | Message) -> Status:
    """The status with which a call is refused."""
    with pytest.raises(grpc.RpcError) as error:
        call(channel, method, content)
    raised: Any = error.value  # an RpcError that is the call as well
    status: Status | None = rpc_status.from_call(raised)
    assert status is not None, raised
    return status


def details(status: Status, *kinds: type[Message]) -> list[Message]:
    """The details of a status, which must be of these kinds, in this order."""
    assert [kind.DESCRIPTOR.full_name for kind in kinds] == [each.TypeName() for each in status.details]
    found = [kind() for kind in kinds]
    for each, message in zip(status.details, found, strict=True):
        assert each.Unpack(message)
    return list(found)
