"""The methods of the services: each takes a request and gives an answer, or raises an error of the library."""

from __future__ import annotations

import binascii
import datetime as dt
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.message import DecodeError, Message

from ..calculation.policy import Policy
from ..catalogue.folder import read_entry
from ..catalogue.versions import known_versions, repeal_of
from ..errors import CatalogueError, Problem, Problems, RequestError
from ..policies import Catalogue
from ..text import Text
from ..v1 import calculation_service_pb2 as calculations
from ..v1 import policy_service_pb2 as policies
from . import convert
from .answers import calculate_response
from .policies import policy_message, summary_message
from .twice import given_twice

Handler = Callable[[bytes], bytes]
_PAGE: Final = 50
_LARGEST_PAGE: Final = 1000
_VIEWS: Final = frozenset(calculations.View.values())


def handlers(catalogue: Catalogue) -> Mapping[str, Mapping[str, Handler]]:
    """Every method by service and name, from the bytes of a request to those of the answer.

    Every policy is compiled here, so that no call waits for it and a bad module stops the start.

    Raises:
        CatalogueError, PolicyError: a module is not what its lock says, or not sound.
    """
    texts = {policy.digest: policy_message(policy, _text(catalogue, policy)) for policy in catalogue}
    methods = _Methods(catalogue, texts)
    return {
        "subsidy.v1.PolicyService": {
            "ListPolicies": _decoded(policies.ListPoliciesRequest, methods.list_policies),
            "GetPolicy": _decoded(policies.GetPolicyRequest, methods.get_policy),
        },
        "subsidy.v1.CalculationService": {
            "Calculate": _decoded(calculations.CalculateRequest, methods.calculate),
        },
    }


def _text(catalogue: Catalogue, policy: Policy) -> bytes:
    """The file of a module, proved to be the text that was compiled."""
    content = (catalogue.folder.path / policy.path).read_bytes()
    problems = Problems()
    read_entry(policy.path, content, policy.digest, problems)
    problems.raise_as(CatalogueError)
    return content


def _decoded(kind: type[Message], method: Callable[[Any], Message]) -> Handler:
    def handle(content: bytes) -> bytes:
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
        return method(request).SerializeToString(deterministic=True)

    return handle


class _Methods:
    """What the services do."""

    def __init__(self, catalogue: Catalogue, messages: Mapping[str, policies.Policy]) -> None:
        self.catalogue, self.messages = catalogue, messages

    def list_policies(self, request: policies.ListPoliciesRequest) -> policies.ListPoliciesResponse:
        if request.page_size < 0:
            raise convert.bad_request("page_size", f"{request.page_size} 小于零", f"{request.page_size} is below zero")
        known = convert.decode_day(request, "known")
        entries = self.catalogue.folder.entries
        ids = [each for each in self.catalogue.ids if known_versions(entries(each), known)]
        start = bisect_right(ids, _after(request.page_token))
        end = start + min(request.page_size or _PAGE, _LARGEST_PAGE)
        return policies.ListPoliciesResponse(
            policies=[self._summary(self.catalogue.policy(each, known=known), known) for each in ids[start:end]],
            next_page_token=_token(ids[end - 1]) if end < len(ids) else "",
        )

    def get_policy(self, request: policies.GetPolicyRequest) -> policies.GetPolicyResponse:
        convert.check_name("policy", request.policy)
        known = convert.decode_day(request, "known")
        policy = self.catalogue.policy(request.policy, convert.decode_day(request, "on"), known)
        found = policies.GetPolicyResponse(policy=self.messages[policy.digest])
        found.policy.summary.CopyFrom(self._summary(policy, known))
        return found

    def _summary(self, policy: Policy, known: dt.date | None) -> policies.PolicySummary:
        """A version with its days and its end, as far as they were known."""
        return summary_message(policy, repeal_of(self.catalogue.folder.entries(policy.id), known))

    def calculate(self, request: calculations.CalculateRequest) -> calculations.CalculateResponse:
        convert.check_name("policy", request.policy)
        readings = _readings(request.readings)
        _check_view(request.view)
        policy, facts = self._chosen(request)
        result = policy.calculate(facts, readings=readings)
        return calculate_response(result, full=request.view == calculations.VIEW_FULL)

    def _chosen(self, request: calculations.CalculateRequest) -> tuple[Policy, dict[str, Any]]:
        """The version to use, by its digest, by the day given, or by the facts' own day; and the facts for it."""
        on, known = convert.decode_day(request, "on"), convert.decode_day(request, "known")
        if request.digest:
            policy = self._by_digest(request)
            return policy, convert.decode_facts(policy, request.facts)
        policy = self.catalogue.policy(request.policy, on, known)
        facts = convert.decode_facts(policy, request.facts)
        if on is None:
            dated = self.catalogue.dated(request.policy, facts, None, request.readings, known)
            if dated is not policy:
                return dated, convert.decode_facts(dated, request.facts)
        return policy, facts

    def _by_digest(self, request: calculations.CalculateRequest) -> Policy:
        for day in ("on", "known"):
            if request.HasField(day):
                raise convert.bad_request(day, "不能与 digest 同时给出", "it cannot be given together with digest")
        convert.check_name("digest", request.digest)
        policy = self.catalogue.by_digest(request.digest)
        if policy is None:
            raise RequestError(Problem.of("R0202", "digest", given=request.digest))
        if policy.id != request.policy:
            raise convert.bad_request("digest", f"是 {policy.id} 的摘要", f"it is the digest of {policy.id}")
        return policy


def _check_view(view: int) -> None:
    """Refuse a number that the contract has no view for: an answer in another view would be none to the question."""
    if view not in _VIEWS:
        views = calculations.View.keys()
        zh, en = f"没有视图 {view}；可用：{'、'.join(views)}", f"there is no view {view}; there are: {', '.join(views)}"
        raise convert.bad_request("view", zh, en)


def _readings(readings: Mapping[str, str]) -> dict[str, str]:
    convert.check_names("readings", readings)
    found = {name: readings[name] for name in readings}  # `items` of a map of protobuf is slower
    for name, reading in found.items():
        convert.check_name(f"readings.{name}", reading)
    return found


def _token(policy_id: str) -> str:
    return urlsafe_b64encode(policy_id.encode()).decode()


def _after(token: str) -> str:
    try:
        return urlsafe_b64decode(token.encode("ascii")).decode()
    except (binascii.Error, UnicodeError):
        raise convert.bad_request("page_token", "不是本服务给出的", "it is none that this service gave") from None
