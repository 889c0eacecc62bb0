"""The methods of the services: each takes a request and gives an answer, or raises an error of the library."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..calculation.policy import Policy
from ..catalogue.versions import known_versions, repeal_of
from ..policies import Catalogue
from ..v1 import calculation_service_pb2 as calculations
from ..v1 import policy_service_pb2 as policies
from . import convert
from .answers import calculate_response
from .determinations import LEDGER, ledger_handlers
from .policies import summary_message
from .requests import (
    Handler,
    by_digest,
    dated_facts,
    decoded,
    page_size,
    readings_of,
    shown,
    text_of,
    token_of,
    version,
)
from .served import Served

if TYPE_CHECKING:
    from ..ledger import Ledger

CALCULATION: Final = "subsidy.v1.CalculationService"
_VIEWS: Final = frozenset(calculations.View.values())


def handlers(
    served: Served, ledger: Ledger | None = None, lost: Callable[[], None] = lambda: None
) -> Mapping[str, Mapping[str, Handler]]:
    """Every method by service and name, from the bytes of a request to those of the answer.

    Args:
        lost: called when the ledger turns out to be another process's now.
    """
    methods = _Methods(served)
    return {
        "subsidy.v1.PolicyService": {
            "ListPolicies": decoded(policies.ListPoliciesRequest, methods.list_policies),
            "GetPolicy": decoded(policies.GetPolicyRequest, methods.get_policy),
        },
        CALCULATION: {
            "Calculate": decoded(calculations.CalculateRequest, methods.calculate),
        },
        LEDGER: ledger_handlers(served, ledger, lost),
    }


class _Methods:
    """What the services do; each with the catalogue as it was when it began."""

    def __init__(self, served: Served) -> None:
        self.served = served

    def list_policies(self, request: policies.ListPoliciesRequest) -> policies.ListPoliciesResponse:
        size = page_size(request)
        known = convert.decode_day(request, "known")
        catalogue = self.served.now.catalogue
        entries = catalogue.folder.entries
        ids = [each for each in shown(catalogue.ids) if known_versions(entries(each), known)]
        start = bisect_right(ids, text_of(request.page_token))
        end = start + size
        return policies.ListPoliciesResponse(
            policies=[_summary(catalogue, catalogue.policy(each, known=known), known) for each in ids[start:end]],
            next_page_token=token_of(ids[end - 1]) if end < len(ids) else "",
        )

    def get_policy(self, request: policies.GetPolicyRequest) -> policies.GetPolicyResponse:
        convert.check_name("policy", request.policy)
        known = convert.decode_day(request, "known")
        catalogue, messages = self.served.now
        policy = version(catalogue, request.policy, convert.decode_day(request, "on"), known)
        found = policies.GetPolicyResponse(policy=messages[policy.digest])
        found.policy.summary.CopyFrom(_summary(catalogue, policy, known))
        return found

    def calculate(self, request: calculations.CalculateRequest) -> calculations.CalculateResponse:
        convert.check_name("policy", request.policy)
        readings = readings_of(request.readings)
        _check_view(request.view)
        policy, facts = _chosen(self.served.now.catalogue, request)
        result = policy.calculate(facts, readings=readings)
        return calculate_response(result, full=request.view == calculations.VIEW_FULL)


def _summary(catalogue: Catalogue, policy: Policy, known: dt.date | None) -> policies.PolicySummary:
    """A version with its days and its end, as far as they were known."""
    return summary_message(policy, repeal_of(catalogue.folder.entries(policy.id), known))


def _chosen(catalogue: Catalogue, request: calculations.CalculateRequest) -> tuple[Policy, dict[str, Any]]:
    """The version to use, by its digest, by the day given, or by the facts' own day; and the facts for it."""
    on, known = convert.decode_day(request, "on"), convert.decode_day(request, "known")
    if request.digest:
        policy = by_digest(catalogue, request)
        return policy, convert.decode_facts(policy, request.facts)
    return dated_facts(catalogue, request, on, known)


def _check_view(view: int) -> None:
    """Refuse a number that the contract has no view for: an answer in another view would be none to the question."""
    if view not in _VIEWS:
        views = calculations.View.keys()
        zh, en = f"没有视图 {view}；可用：{'、'.join(views)}", f"there is no view {view}; there are: {', '.join(views)}"
        raise convert.bad_request("view", zh, en)
