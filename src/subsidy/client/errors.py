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


def rebuilt(error: Any, target: str) -> SubsidyError:
    """The library's error that the service raised; a `ServiceError` where the service did not answer with one."""
    status = rpc_status.from_call(error)
    problems = _problems(status) if status is not None else []
    if problems and all(problem.code in CODES for problem in problems):
        return _FAMILIES[problems[0].code[0]](problems)
    code: grpc.StatusCode = error.code()
    return ServiceError(Problem.of("S0202", target, detail=f"{code.name}: {error.details()}"))


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
