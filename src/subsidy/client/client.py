"""The client: one channel to the service, with the library's own errors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Self

import grpc
from google.type.date_pb2 import Date

from ..errors import FactsError, RequestError
from ..policies import day_of
from ..v1 import calculation_service_pb2 as calculations
from ..v1 import calculation_service_pb2_grpc, policy_service_pb2_grpc
from ..v1.policy_service_pb2 import GetPolicyRequest, ListPoliciesRequest, Policy, PolicySummary
from .answer import Answer
from .errors import rebuilt
from .facts import encode_readings, encode_what_can_be, with_unsent

TIMEOUT: Final = 10.0


class Client:
    """A connection to the service; a context manager closes it. May be shared between threads.

    Args:
        target: the address of the service, such as ``127.0.0.1:50051``.
        timeout: seconds after which a call is given up.
    """

    def __init__(self, target: str, *, timeout: float = TIMEOUT) -> None:
        self.target, self.timeout = target, timeout
        self._channel = grpc.insecure_channel(target)
        self._policies = policy_service_pb2_grpc.PolicyServiceStub(self._channel)
        self._calculations = calculation_service_pb2_grpc.CalculationServiceStub(self._channel)
        self._fetched: dict[tuple[str, dt.date | str | None], list[Policy]] = {}

    def policies(self, known: dt.date | str | None = None) -> Iterator[PolicySummary]:
        """Every policy in its latest version, by id; with `known`, what was published by that day.

        Raises:
            ServiceError: the service gives no answer.
        """
        token = ""
        while True:
            page = self._call(
                self._policies.ListPolicies, ListPoliciesRequest(page_token=token, known=_day(known, "known"))
            )
            yield from page.policies
            token = page.next_page_token
            if not token:
                return

    def policy(self, policy_id: str, on: dt.date | str | None = None, known: dt.date | str | None = None) -> Policy:
        """The version of a policy that applies on a day, as published by `known`; without a day, the latest.

        Raises:
            RequestError: there is no such policy, or none of its versions applies on that day.
            ServiceError: the service gives no answer.
        """
        request = GetPolicyRequest(policy=policy_id, on=_day(on), known=_day(known, "known"))
        found: Policy = self._call(self._policies.GetPolicy, request).policy
        return found

    def calculate(
        self,
        policy_id: str,
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        readings: Mapping[str, str] | None = None,
        on: dt.date | str | None = None,
        known: dt.date | str | None = None,
        digest: str = "",
        full: bool = False,
        **more: Any,
    ) -> Answer:
        """The amount that a policy gives for some facts; with `full`, all reasons, the explanation and the receipt.

        Args:
            facts: values by fact name, as the library takes them; keyword arguments add to them.
            readings: a reading by interpretation name; ``open`` leaves one open. Others are as recommended.
            on: the day that picks the version; without one, the facts' own day does.
            known: only what was published by that day counts; without one, all of it.
            digest: the very module to use, in place of `on` and `known`.

        Raises:
            RequestError, FactsError: as `Catalogue.calculate`.
            ServiceError: the service is busy or gives no answer.
        """
        given = {**(facts or {}), **more}
        sent, unsent = encode_what_can_be(self._declared(policy_id, given, on, known), given)
        request = calculations.CalculateRequest(
            policy=policy_id,
            on=_day(on),
            known=_day(known, "known"),
            digest=digest,
            facts=sent,
            readings=encode_readings(readings),
            view=calculations.VIEW_FULL if full else calculations.VIEW_BASIC,
        )
        try:
            answer = self._call(self._calculations.Calculate, request)
        except FactsError as error:
            raise with_unsent(error, unsent) from None
        unsent.raise_as(FactsError)
        return Answer(answer)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _declared(
        self, policy_id: str, given: Mapping[str, Any], on: dt.date | str | None, known: dt.date | str | None
    ) -> Policy:
        """The version whose declarations say how the facts are sent; each is fetched once and kept."""
        kept = self._fetched.setdefault((policy_id, known), [])
        if not kept:
            kept.append(self.policy(policy_id, known=known))
        latest = kept[0]
        day = _text_of_day(given.get(latest.dated_by) if on is None else on)
        if not day:
            return latest
        for fetched in kept:
            if _applies(fetched.summary, day):
                return fetched
        try:
            kept.append(self.policy(policy_id, day, known))
        except (RequestError, ValueError):
            return latest  # the day is wrong, which the service says with everything else
        return kept[-1]

    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        try:
            return method(request, timeout=self.timeout)
        except grpc.RpcError as error:
            raise rebuilt(error, self.target) from None


def _day(on: dt.date | str | None, where: str = "on") -> Date | None:
    if on is None:
        return None
    day = day_of(on, where)
    return Date(year=day.year, month=day.month, day=day.day)


def _text_of_day(value: Any) -> str:
    """A day as text, the first one of a month; empty where the value is neither."""
    text = value.isoformat() if type(value) is dt.date else value if isinstance(value, str) else ""
    return f"{text}-01" if len(text) == 7 else text if len(text) == 10 else ""


def _applies(summary: PolicySummary, day: str) -> bool:
    first, last = (f"{d.year:04d}-{d.month:02d}-{d.day:02d}" for d in (summary.first_day, summary.last_day))
    return first <= day and (not summary.HasField("last_day") or day <= last)
