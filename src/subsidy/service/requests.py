"""What the methods have in common: bytes become a request, a claim finds its version, and lists come in pages."""

from __future__ import annotations

import binascii
import datetime as dt
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from google.protobuf.message import DecodeError, Message

from ..calculation.policy import Policy
from ..errors import Problem, RequestError, hint
from ..policies import Catalogue
from ..text import Text
from . import convert
from .calls import CALL
from .twice import given_twice

Handler = Callable[[bytes], bytes]
_UNKNOWN: Final = "R0101"
_PAGE: Final = 50
_LARGEST_PAGE: Final = 1000


def decoded(kind: type[Message], method: Callable[[Any], Message]) -> Handler:
    """A method over bytes."""

    def handle(content: bytes) -> bytes:
        return method(decode(kind, content)).SerializeToString(deterministic=True)

    return handle


def decode(kind: type[Message], content: bytes) -> Any:
    """The request that some bytes are.

    Raises:
        RequestError: they are malformed, or something stands twice.
    """
    try:
        request = kind.FromString(content)
    except DecodeError:
        name = kind.DESCRIPTOR.name
        detail = Text(f"不是 {name} 的 protobuf 编码", f"these bytes are no protobuf {name}")
        raise RequestError(Problem.of("R0301", "", detail=detail)) from None
    if request.ByteSize() != len(content):  # something was dropped, or is written at length
        twice = dict.fromkeys(given_twice(content, kind.DESCRIPTOR))
        if twice:
            raise RequestError(Problem.of("R0302", where) for where in twice)
    return request


def shown(ids: Iterable[str]) -> list[str]:
    """Those policies that are for the caller to see."""
    return list(filter(CALL.get().shows, ids))


def version(catalogue: Catalogue, policy: str, on: dt.date | None, known: dt.date | None) -> Policy:
    """The version of a policy that applies on a day.

    Raises:
        RequestError: as `Catalogue.policy`; where there is no such policy, none is named that the caller may not see.
    """
    try:
        return catalogue.policy(policy, on, known)
    except RequestError as error:
        if error.problems[0].code != _UNKNOWN:
            raise
        near = hint(policy, shown(catalogue.ids))
        raise RequestError(Problem.of(_UNKNOWN, policy, given=policy, **near)) from None


def dated_facts(
    catalogue: Catalogue, request: Any, on: dt.date | None, known: dt.date | None = None
) -> tuple[Policy, dict[str, Any]]:
    """The version that a day, or the day in the facts, picks; and the facts as it declares them."""
    policy = version(catalogue, request.policy, on, known)
    facts = convert.decode_facts(policy, request.facts)
    if on is None:
        dated = catalogue.dated(request.policy, facts, None, request.readings, known)
        if dated is not policy:
            return dated, convert.decode_facts(dated, request.facts)
    return policy, facts


def by_digest(catalogue: Catalogue, request: Any) -> Policy:
    """The version of the policy of a request that its digest names.

    Raises:
        RequestError: there is none that the caller may see, it is another policy's, or a day is given beside it.
    """
    for day in ("on", "known"):
        if request.HasField(day):
            raise convert.bad_request(day, "不能与 digest 同时给出", "it cannot be given together with digest")
    convert.check_name("digest", request.digest)
    policy = catalogue.by_digest(request.digest)
    if policy is None or not CALL.get().shows(policy.id):
        raise RequestError(Problem.of("R0202", "digest", given=request.digest))
    if policy.id != request.policy:
        raise convert.bad_request("digest", f"是 {policy.id} 的摘要", f"it is the digest of {policy.id}")
    return policy


def readings_of(readings: Mapping[str, str]) -> dict[str, str]:
    """The readings of a request."""
    convert.check_names("readings", readings)
    found = {name: readings[name] for name in readings}  # `items` of a map of protobuf is slower
    for name, reading in found.items():
        convert.check_name(f"readings.{name}", reading)
    return found


def page_size(request: Any) -> int:
    """How many a page may have."""
    if request.page_size < 0:
        raise convert.bad_request("page_size", f"{request.page_size} 小于零", f"{request.page_size} is below zero")
    return int(min(request.page_size or _PAGE, _LARGEST_PAGE))


def token_of(last: str) -> str:
    """The token of the page behind something."""
    return urlsafe_b64encode(last.encode()).decode()


def text_of(token: str) -> str:
    """What the page of a token stands behind."""
    try:
        return urlsafe_b64decode(token.encode("ascii")).decode()
    except (binascii.Error, UnicodeError):
        raise convert.bad_request("page_token", "不是本服务给出的", "it is none that this service gave") from None
