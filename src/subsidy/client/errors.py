"""Errors of the service as the library's own, from the details of a status."""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from ..codes import CODES
from ..errors import (
    CatalogueError,
    FactsError,
    InternalError,
    PolicyError,
    Problem,
    RequestError,
    ServiceError,
    SubsidyError,
    UndeterminedError,
)
from ..text import Text
from ..v1 import problems_pb2 as v1
from .causes import RECORDED, cause_of

_FAMILIES: Final[dict[str, type[SubsidyError]]] = {
    "P": PolicyError,
    "A": CatalogueError,
    "C": CatalogueError,
    "R": RequestError,
    "F": FactsError,
    "U": UndeterminedError,
    "S": ServiceError,
    "I": InternalError,
}


def rebuilt(error: Any, target: str, call_id: str = "", request: str = "", *, has_tls: bool = False) -> SubsidyError:
    """The library's error that the service raised; a `ServiceError` where the service did not answer with one.

    Args:
        target: the address of the service.
        call_id: the id that the call had.
        request: the id under which it was to record something.
        has_tls: whether the call went over TLS.
    """
    found = _raised(error) or _no_answer(error, target, has_tls, may_be_recorded=bool(request))
    found.call_id, found.request = call_id, request
    return found


def _raised(error: Any) -> SubsidyError | None:
    status = rpc_status.from_call(error)
    problems = _problems(status) if status is not None else []
    if problems and all(problem.code in CODES for problem in problems):
        return _FAMILIES[problems[0].code[0]](problems)
    return None


def _no_answer(error: Any, target: str, has_tls: bool, *, may_be_recorded: bool) -> ServiceError:
    """What is said where no answer came. Why the last attempt had none says nothing of what came of those before."""
    code: grpc.StatusCode = error.code()
    details = str(error.details() or "").partition("\n")[0]  # behind it are places in the source of gRPC
    said = f"{code.name}: {details}"
    cause = cause_of(said, has_tls=has_tls)
    detail = Text(f"{cause.what.zh}（{said}）", f"{cause.what.en} ({said})") if cause else Text(said, said)
    hint = cause.hint if cause else CODES["S0202"].help
    if may_be_recorded:
        hint = Text(f"{RECORDED.zh}；{hint.zh}", f"{RECORDED.en}; {hint.en}")
    return ServiceError(Problem.of("S0202", target, detail=detail, hint=hint))


def _problems(status: Status) -> list[Problem]:
    sent = v1.Problems()
    for detail in status.details:
        if detail.Unpack(sent):
            return [problem_of(each) for each in sent.problems]
    return []


def problem_of(sent: v1.Problem) -> Problem:
    """A problem from its message."""
    return Problem.of(sent.code, sent.where, **{name: _word(word) for name, word in sent.values.items()})


def _word(word: v1.Word) -> str | Text:
    return word.plain if word.WhichOneof("kind") == "plain" else Text(word.text.zh, word.text.en)
