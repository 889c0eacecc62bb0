"""The client: one channel to the service, with the library's own errors."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Self

from ..errors import FactsError, RequestError
from ..v1 import audit_service_pb2 as audit
from ..v1 import audit_service_pb2_grpc, calculation_service_pb2_grpc, ledger_service_pb2_grpc, policy_service_pb2_grpc
from ..v1 import calculation_service_pb2 as calculations
from ..v1 import ledger_service_pb2 as ledger
from ..v1.policy_service_pb2 import Fact, GetPolicyRequest, ListPoliciesRequest, Policy, PolicySummary
from .answer import Answer
from .audited import Finding, Progress, Replayed, Verified, replayed, verified
from .channel import Channel, Options
from .days import applies, text_of_day, wire_day
from .facts import encode_readings, encode_what_can_be, sendable, with_unsent
from .recorded import Checkpoint, Consistency, Recorded
from .tables import Tables
from .tls import Tls

TIMEOUT: Final = 10.0
_KEPT: Final = 1000  # policies, each as known by a day, of which the declarations are kept


class Client(Tables):
    """A connection to the service; a context manager closes it.

    It may be shared between threads. A process that forks makes it in the child: gRPC does not outlive a fork.

    A call waits for the service to be there, and is made again where the service refuses it for now, or is lost on the
    way: none has more than one effect. See `call_id` for how an operator finds a call.

    Args:
        target: the address of the service, such as ``127.0.0.1:50051``.
        timeout: seconds after which a call is given up, with the time in which it waits for a connection and is
            repeated. The parts of a table or of an audit have a time of their own.
        tls: the certificates of a service that asks for them.
        options: arguments of the channel as gRPC names them, in the place of ours.

    Raises:
        ServiceError: a file of `tls` cannot be read, or is not what it should be; all problems.
    """

    def __init__(self, target: str, *, timeout: float = TIMEOUT, tls: Tls | None = None, options: Options = ()) -> None:
        self.target, self.timeout = target, timeout
        self._channel = Channel(target, timeout, tls, options)
        opened = self._channel.opened
        self._policies = policy_service_pb2_grpc.PolicyServiceStub(opened)
        self._calculations = calculation_service_pb2_grpc.CalculationServiceStub(opened)
        self._ledger = ledger_service_pb2_grpc.LedgerServiceStub(opened)
        self._audits = audit_service_pb2_grpc.AuditServiceStub(opened)
        self._fetched: dict[tuple[str, dt.date | str | None], list[Policy]] = {}

    def policies(self, known: dt.date | str | None = None) -> Iterator[PolicySummary]:
        """Every policy in its latest version, by id; with `known`, what was published by that day.

        Raises:
            ServiceError: the service gives no answer.
        """
        token = ""
        while True:
            page = self._channel.ask(
                self._policies.ListPolicies, ListPoliciesRequest(page_token=token, known=wire_day(known, "known"))
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
        return self._policy(policy_id, on, known)

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
        request = calculations.CalculateRequest(
            policy=policy_id,
            on=wire_day(on),
            known=wire_day(known, "known"),
            digest=digest,
            readings=encode_readings(readings),
            view=calculations.VIEW_FULL if full else calculations.VIEW_BASIC,
        )
        return Answer(self._stated(self._calculations.Calculate, request, given, on, known))

    # — the ledger —

    def determine(
        self,
        policy_id: str,
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        request: str = "",
        readings: Mapping[str, str] | None = None,
        on: dt.date | str | None = None,
        validate_only: bool = False,
        **more: Any,
    ) -> Recorded:
        """Determine a claim and record it. The same request again has the same answer, and no further effect.

        Args:
            facts: values by fact name, without those that the ledger states; keyword arguments add to them.
            request: the caller's own id; a new one unless given, which an error has as its `request`, to be given when
                it is asked again. Whoever may ask again after a crash gives one.
            readings: those of the adoption unless given, and others are refused.
            on: the day that picks the version; without one, the facts' own day does.
            validate_only: only say what would be recorded now.

        Raises:
            RequestError: nothing can be paid from it, or the request id has another content; all reasons.
            FactsError: the facts do not fit; all problems.
            ServiceError: the service has no ledger, or is busy or gives no answer however often it is asked.
        """
        given = {**(facts or {}), **more}
        asked = ledger.DetermineRequest(
            request_id=_request_id(request),
            policy=policy_id,
            on=wire_day(on),
            readings=encode_readings(readings),
            validate_only=validate_only,
        )
        return Recorded(self._stated(self._ledger.Determine, asked, given, on, None).recorded)

    def reverse(self, index: int, *, why: str, request: str = "") -> Recorded:
        """Cancel a determination or a release; what it used of caps is free again.

        Raises:
            RequestError: there is nothing to cancel, or the request id has another content.
            ServiceError: as `determine`.
        """
        asked = ledger.ReverseRequest(request_id=_request_id(request), index=index, why=sendable(why))
        return Recorded(self._channel.ask(self._ledger.Reverse, asked).recorded)

    def release(
        self,
        index: int,
        instalment: str,
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        request: str = "",
        on: dt.date | str | None = None,
        **more: Any,
    ) -> Recorded:
        """Release an instalment of a determination: it is paid, lapses or waits.

        Args:
            facts: what is asked at the release; keyword arguments add to it.
            on: the day of the release; before the instalment is due it waits.

        Raises:
            RequestError: there is no such determination or instalment, it is settled, or the request id has another
                content.
            FactsError: the facts do not fit; all problems.
            ServiceError: as `determine`.
        """
        given = {**(facts or {}), **more}
        sent, unsent = encode_what_can_be(self._asked(index) if given else (), given)
        unsent.raise_as(FactsError)
        asked = ledger.ReleaseRequest(
            request_id=_request_id(request), index=index, instalment=sendable(instalment), facts=sent, on=wire_day(on)
        )
        return Recorded(self._channel.ask(self._ledger.Release, asked).recorded)

    def determination(self, index: int) -> Recorded:
        """What was recorded at an index, with the proof that was given then.

        Raises:
            RequestError: there is none.
            ServiceError: as `determine`.
        """
        asked = ledger.GetDeterminationRequest(index=index)
        return Recorded(self._channel.ask(self._ledger.GetDetermination, asked).recorded)

    def determinations(self) -> Iterator[Recorded]:
        """Every determination, reversal and release, in order, without their proofs.

        Raises:
            ServiceError: as `determine`.
        """
        token = ""
        while True:
            asked = ledger.ListDeterminationsRequest(page_token=token)
            page = self._channel.ask(self._ledger.ListDeterminations, asked)
            yield from map(Recorded, page.recorded)
            token = page.next_page_token
            if not token:
                return

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint of the log, for whoever keeps it.

        Raises:
            ServiceError: as `determine`.
        """
        found = self._channel.ask(self._ledger.GetCheckpoint, ledger.GetCheckpointRequest())
        return Checkpoint(found.checkpoint, found.size, tuple(found.keys))

    def consistency(self, old: int, new: int = 0) -> Consistency:
        """The proof that the log of `old` entries is the beginning of that of `new`, or of the latest.

        Raises:
            RequestError: it never had so many.
            ServiceError: as `determine`.
        """
        asked = ledger.GetConsistencyProofRequest(old_size=old, new_size=new)
        found = self._channel.ask(self._ledger.GetConsistencyProof, asked)
        return Consistency(old, found.new_size, tuple(found.proof), found.checkpoint)

    # — the audit —

    def replay(
        self,
        *,
        policies: Iterable[str] = (),
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        first: int = 0,
        last: int | None = None,
        timeout: float | None = None,
    ) -> Iterator[Progress | Finding | Replayed]:
        """Compute what was determined again, on the server; the totals come last. Whoever stops reading ends it.

        Args:
            policies: by id; all unless given.
            since, until: the days by which claims are dated, both in; where by a month, the month of the day counts.
            first, last: entries, both in.
            timeout: seconds after which it is given up; none unless given.

        Raises:
            ServiceError: the service has no ledger, is busy with another audit, or gives no answer.
            RequestError: the filter is none.
        """
        asked = audit.ReplayRequest(
            policies=map(sendable, policies),
            since=wire_day(since, "since"),
            until=wire_day(until, "until"),
            first=first,
            last=last,
        )
        return replayed(self._channel.parts(self._audits.Replay, asked, timeout))

    def verify(
        self,
        *,
        fingerprints: Iterable[str] = (),
        checkpoints: Iterable[str] = (),
        key: str = "",
        timeout: float | None = None,
    ) -> Iterator[Progress | Finding | Verified]:
        """Hold the ledger against its entries, on the server; the totals come last. Whoever stops reading ends it.

        Args:
            fingerprints: that were kept.
            checkpoints: that were kept, as signed notes.
            key: a public key that must have signed.
            timeout: seconds after which it is given up; none unless given.

        Raises:
            ServiceError: as `replay`.
            RequestError: what was kept is no fingerprint, checkpoint or key; all problems.
        """
        asked = audit.VerifyRequest(
            fingerprints=map(sendable, fingerprints), checkpoints=map(sendable, checkpoints), key=sendable(key)
        )
        return verified(self._channel.parts(self._audits.Verify, asked, timeout))

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _policy(self, policy_id: str, on: dt.date | str | None, known: dt.date | str | None) -> Policy:
        request = GetPolicyRequest(policy=policy_id, on=wire_day(on), known=wire_day(known, "known"))
        found: Policy = self._channel.ask(self._policies.GetPolicy, request).policy
        return found

    def _stated(
        self,
        method: Callable[..., Any],
        request: Any,
        given: Mapping[str, Any],
        on: dt.date | str | None,
        known: dt.date | str | None,
    ) -> Any:
        """The answer to a request with facts, each sent as the version declares it.

        A service has new versions while clients are connected. So where it refuses facts, what it declares is fetched
        again, and they are sent once more if that is something else.
        """
        declared = self._declared(request.policy, given, on, known)
        try:
            return self._sent(method, request, given, declared)
        except FactsError:
            self._fetched.pop((request.policy, known), None)
            anew = self._declared(request.policy, given, on, known)
            if anew == declared:
                raise
        return self._sent(method, request, given, anew)

    def _sent(self, method: Callable[..., Any], request: Any, given: Mapping[str, Any], declared: Policy) -> Any:
        sent, unsent = encode_what_can_be(declared.facts, given)
        whole = type(request)(facts=sent)
        whole.MergeFrom(request)
        if unsent.found and isinstance(whole, ledger.DetermineRequest):
            whole.validate_only = True  # what stands for it is never recorded
        try:
            answer = self._channel.ask(method, whole)
        except FactsError as error:
            raise with_unsent(error, unsent) from None
        unsent.raise_as(FactsError)
        return answer

    def _declared(
        self,
        policy_id: str,
        given: Mapping[str, Any],
        on: dt.date | str | None,
        known: dt.date | str | None,
    ) -> Policy:
        """The version whose declarations say how the facts are sent; each is fetched once and kept."""
        if len(self._fetched) >= _KEPT:
            self._fetched.clear()
        kept = self._fetched.setdefault((policy_id, known), [])
        if not kept:
            kept.append(self._policy(policy_id, None, known))
        latest = kept[0]
        day = text_of_day(given.get(latest.dated_by) if on is None else on)
        if not day:
            return latest
        for fetched in kept:
            if applies(fetched.summary, day):
                return fetched
        try:
            kept.append(self._policy(policy_id, day, known))
        except (RequestError, ValueError):
            return latest  # the day is wrong, which the service says with everything else
        return kept[-1]

    def _asked(self, index: int) -> Iterable[Fact]:
        """What the version of a determination asks when an instalment is released."""
        try:
            entry = self.determination(index).entry
        except RequestError:
            entry = {"kind": ""}  # nothing can be seen there
        if entry["kind"] != "determination":
            return ()  # the service says that there is nothing to release, or which request had this id
        dated = entry["dated"]
        day = f"{dated}-01" if len(dated) == 7 else dated
        self._fetched.pop((entry["policy"], None), None)  # as the service has it now: releases are rare
        return self._declared(entry["policy"], {}, day, None).asked


def _request_id(request: str) -> str:
    return sendable(request) if request else str(uuid.uuid4())
