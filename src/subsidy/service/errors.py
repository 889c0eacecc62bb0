"""Errors of the library as `google.rpc.Status`: one table from codes to gRPC's, and the details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, LocalizedMessage, RetryInfo
from google.rpc.status_pb2 import Status

from ..errors import Problem, SubsidyError
from ..text import Text
from ..v1 import problems_pb2 as v1
from ..v1.values_pb2 import Text as WireText

DOMAIN: Final = "subsidy"

# A status travels in the trailers, of which a receiver takes 8 KiB unless it was told otherwise.
_LARGEST: Final = 7000
_LONGEST: Final = 240
_MOST: Final = 60

_BY_FAMILY: Final = {
    "P": grpc.StatusCode.FAILED_PRECONDITION,
    "A": grpc.StatusCode.FAILED_PRECONDITION,
    "C": grpc.StatusCode.FAILED_PRECONDITION,
    "R": grpc.StatusCode.INVALID_ARGUMENT,
    "F": grpc.StatusCode.INVALID_ARGUMENT,
    "U": grpc.StatusCode.FAILED_PRECONDITION,
    "W": grpc.StatusCode.OK,
    "S": grpc.StatusCode.UNAVAILABLE,
    "V": grpc.StatusCode.DATA_LOSS,  # what an audit finds is sent as an answer, and never raised
    "I": grpc.StatusCode.INTERNAL,
}
_BY_CODE: Final = {
    "R0101": grpc.StatusCode.NOT_FOUND,
    "R0102": grpc.StatusCode.NOT_FOUND,
    "R0121": grpc.StatusCode.NOT_FOUND,
    "R0122": grpc.StatusCode.NOT_FOUND,
    "R0202": grpc.StatusCode.NOT_FOUND,
    "R0502": grpc.StatusCode.FAILED_PRECONDITION,
    "R0503": grpc.StatusCode.FAILED_PRECONDITION,
    "R0504": grpc.StatusCode.FAILED_PRECONDITION,
    "R0505": grpc.StatusCode.FAILED_PRECONDITION,
    "R0506": grpc.StatusCode.FAILED_PRECONDITION,
    "R0507": grpc.StatusCode.NOT_FOUND,
    "R0508": grpc.StatusCode.FAILED_PRECONDITION,
    "R0509": grpc.StatusCode.FAILED_PRECONDITION,
    "R0510": grpc.StatusCode.FAILED_PRECONDITION,
    "R0511": grpc.StatusCode.FAILED_PRECONDITION,
    "R0512": grpc.StatusCode.ALREADY_EXISTS,
    "R0513": grpc.StatusCode.PERMISSION_DENIED,
    "S0203": grpc.StatusCode.UNIMPLEMENTED,
    "S0204": grpc.StatusCode.UNIMPLEMENTED,
    "S0205": grpc.StatusCode.UNIMPLEMENTED,
    "S0201": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "S0401": grpc.StatusCode.PERMISSION_DENIED,
    "S0402": grpc.StatusCode.UNAUTHENTICATED,
}


def status_code(code: str) -> grpc.StatusCode:
    """The gRPC code of one of ours."""
    return _BY_CODE.get(code) or _BY_FAMILY[code[0]]


def status_of(error: SubsidyError) -> Status:
    """An error with its details. Problems that would outgrow the trailers are left out at the end, and counted."""
    shown: Sequence[Problem] = error.problems[:_MOST]
    while True:
        status = _status(shown, len(error.problems))
        size = status.ByteSize() * 4 // 3 + 3 * len(status.message.encode())  # base64, and percent signs
        if size <= _LARGEST or len(shown) == 1:
            return status
        shown = shown[: max(1, min(len(shown) - 1, len(shown) * _LARGEST // size))]


def _status(shown: Sequence[Problem], total: int) -> Status:
    first = shown[0]
    code = status_code(first.code)
    more = total - 1
    zh, en = first.message("zh"), first.message("en")
    status = Status(code=code.value[0], message=_clip(en) + (f" (and {more} more)" if more else ""))
    metadata = {"code": first.code, "problems": str(total)}
    status.details.add().Pack(ErrorInfo(reason=first.reason, domain=DOMAIN, metadata=metadata))
    if code is grpc.StatusCode.INVALID_ARGUMENT:
        status.details.add().Pack(BadRequest(field_violations=[_violation(problem) for problem in shown]))
    seconds = first.values.get("seconds")
    if first.code == "S0201" and isinstance(seconds, str):
        status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=int(seconds))))
    local = _clip(zh) + (f"（另有 {more} 项）" if more else "")
    status.details.add().Pack(LocalizedMessage(locale="zh-CN", message=local))
    status.details.add().Pack(v1.Problems(problems=[problem_message(problem) for problem in shown], total=total))
    return status


def _violation(problem: Problem) -> BadRequest.FieldViolation:
    return BadRequest.FieldViolation(
        field=_clip(problem.where),
        description=_clip(problem.message("en")),
        reason=problem.reason,
        localized_message=LocalizedMessage(locale="zh-CN", message=_clip(problem.message("zh"))),
    )


def problem_message(problem: Problem) -> v1.Problem:
    """A problem with everything that its words need."""
    values = {name: _word(value) for name, value in problem.values.items()}
    return v1.Problem(code=problem.code, where=_clip(problem.where), values=values)


def _word(value: str | Text) -> v1.Word:
    if isinstance(value, Text):
        return v1.Word(text=WireText(zh=_clip(value.zh), en=_clip(value.en)))
    return v1.Word(plain=_clip(value))


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
