"""The client: one channel to the service, with the library's own errors."""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Self

import grpc

from ..errors import FactsError, RequestError
from ..v1 import audit_service_pb2 as audit
from ..v1 import audit_service_pb2_grpc, calculation_service_pb2_grpc, ledger_service_pb2_grpc, policy_service_pb2_grpc
from ..v1 import calculation_service_pb2 as calculations
from ..v1 import ledger_service_pb2 as ledger
from ..v1.policy_service_pb2 import Fact, GetPolicyRequest, ListPoliciesRequest, Policy, PolicySummary
from .answer import Answer
from .audited import Finding, Progress, Replayed, Verified, replayed, verified
from .days import applies, text_of_day, wire_day
from .errors import rebuilt
from .facts import encode_readings, encode_what_can_be, sendable, with_unsent
from .recorded import Checkpoint, Consistency, Recorded
from .tables import Tables
from .tls import Tls

TIMEOUT: Final = 10.0
_Call = Callable[[Callable[..., Any], Any], Any]
_OPTIONS: Final = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 2000)]
_PAUSES: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # seconds before a call to the ledger is tried again
_BUSY: Final = "S0201"
_PAUSE_IF_BUSY: Final = 1.0  # at least, as the service asks for


class Client(Tables):
    """A connection to the service; a context manager closes it. May be shared between threads.

    Args:
        target: the address of the service, such as ``127.0.0.1:50051``.
        timeout: seconds after which a call is given up.
        tls: the certificates of a service that asks for them.

    Raises:
        ServiceError: a file of `tls` cannot be read.
    """

    def __init__(self, target: str, *, timeout: float = TIMEOUT, tls: Tls | None = None) -> None:
        self.target, self.timeout = target, timeout
        self._channel = (
            grpc.insecure_channel(target, options=_OPTIONS)
            if tls is None
            else grpc.secure_channel(target, tls.credentials(), options=_OPTIONS)
        )
        self._policies = policy_service_pb2_grpc.PolicyServiceStub(self._channel)
        self._calculations = calculation_service_pb2_grpc.CalculationServiceStub(self._channel)
        self._ledger = ledger_service_pb2_grpc.LedgerServiceStub(self._channel)
        self._audits = audit_service_pb2_grpc.AuditServiceStub(self._channel)
        self._fetched: dict[tuple[str, dt.date | str | None], list[Policy]] = {}

    def policies(self, known: dt.date | str | None = None) -> Iterator[PolicySummary]:
        """Every policy in its latest version, by id; with `known`, what was published by that day.

        Raises:
            ServiceError: the service gives no answer.
        """
        token = ""
        while True:
            page = self._call(
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
        return self._policy(self._call, policy_id, on, known)

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
        sent, unsent = encode_what_can_be(self._declared(self._call, policy_id, given, on, known).facts, given)
        request = calculations.CalculateRequest(
            policy=policy_id,
            on=wire_day(on),
            known=wire_day(known, "known"),
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
            request: the caller's own id; a new one unless given. Whoever may ask again after a crash gives one.
            readings: those of the adoption unless given, and others are refused.
            on: the day that picks the version; without one, the facts' own day does.
            validate_only: only say what would be recorded now.

        Raises:
            RequestError: nothing can be paid from it, or the request id has another content; all reasons.
            FactsError: the facts do not fit; all problems.
            ServiceError: the service has no ledger, or is busy or gives no answer however often it is asked.
        """
        given = {**(facts or {}), **more}
        sent, unsent = encode_what_can_be(self._declared(self._call_again, policy_id, given, on, None).facts, given)
        asked = ledger.DetermineRequest(
            request_id=_request_id(request),
            policy=policy_id,
            on=wire_day(on),
            facts=sent,
            readings=encode_readings(readings),
            validate_only=validate_only or bool(unsent.found),  # what stands for it is never recorded
        )
        try:
            answer = self._call_again(self._ledger.Determine, asked)
        except FactsError as error:
            raise with_unsent(error, unsent) from None
        unsent.raise_as(FactsError)
        return Recorded(answer.recorded)

    def reverse(self, index: int, *, why: str, request: str = "") -> Recorded:
        """Cancel a determination or a release; what it used of caps is free again.

        Raises:
            RequestError: there is nothing to cancel, or the request id has another content.
            ServiceError: as `determine`.
        """
        asked = ledger.ReverseRequest(request_id=_request_id(request), index=index, why=sendable(why))
        return Recorded(self._call_again(self._ledger.Reverse, asked).recorded)

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
        return Recorded(self._call_again(self._ledger.Release, asked).recorded)

    def determination(self, index: int) -> Recorded:
        """What was recorded at an index, with the proof that was given then.

        Raises:
            RequestError: there is none.
            ServiceError: as `determine`.
        """
        asked = ledger.GetDeterminationRequest(index=index)
        return Recorded(self._call_again(self._ledger.GetDetermination, asked).recorded)

    def determinations(self) -> Iterator[Recorded]:
        """Every determination, reversal and release, in order, without their proofs.

        Raises:
            ServiceError: as `determine`.
        """
        token = ""
        while True:
            asked = ledger.ListDeterminationsRequest(page_token=token)
            page = self._call_again(self._ledger.ListDeterminations, asked)
            yield from map(Recorded, page.recorded)
            token = page.next_page_token
            if not token:
                return

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint of the log, for whoever keeps it.

        Raises:
            ServiceError: as `determine`.
        """
        found = self._call_again(self._ledger.GetCheckpoint, ledger.GetCheckpointRequest())
        return Checkpoint(found.checkpoint, found.size, tuple(found.keys))

    def consistency(self, old: int, new: int = 0) -> Consistency:
        """The proof that the log of `old` entries is the beginning of that of `new`, or of the latest.

        Raises:
            RequestError: it never had so many.
            ServiceError: as `determine`.
        """
        asked = ledger.GetConsistencyProofRequest(old_size=old, new_size=new)
        found = self._call_again(self._ledger.GetConsistencyProof, asked)
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
        return replayed(self._parts(self._audits.Replay, asked, timeout))

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
        return verified(self._parts(self._audits.Verify, asked, timeout))

    def _parts(self, method: Callable[..., Any], request: Any, timeout: float | None) -> Iterator[Any]:
        """The parts of an answer as they come; the call is ended with whoever reads them."""
        call = method(request, timeout=timeout)
        try:
            yield from call
        except grpc.RpcError as error:
            raise rebuilt(error, self.target) from None
        finally:
            call.cancel()

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _policy(self, call: _Call, policy_id: str, on: dt.date | str | None, known: dt.date | str | None) -> Policy:
        request = GetPolicyRequest(policy=policy_id, on=wire_day(on), known=wire_day(known, "known"))
        found: Policy = call(self._policies.GetPolicy, request).policy
        return found

    def _declared(
        self,
        call: _Call,
        policy_id: str,
        given: Mapping[str, Any],
        on: dt.date | str | None,
        known: dt.date | str | None,
    ) -> Policy:
        """The version whose declarations say how the facts are sent; each is fetched once and kept."""
        kept = self._fetched.setdefault((policy_id, known), [])
        if not kept:
            kept.append(self._policy(call, policy_id, None, known))
        latest = kept[0]
        day = text_of_day(given.get(latest.dated_by) if on is None else on)
        if not day:
            return latest
        for fetched in kept:
            if applies(fetched.summary, day):
                return fetched
        try:
            kept.append(self._policy(call, policy_id, day, known))
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
        return self._declared(self._call_again, entry["policy"], {}, day, None).asked

    def _call_again(self, method: Callable[..., Any], request: Any) -> Any:
        """Call, again where no answer came or the service is busy: the same request has one effect, however often."""
        for pause in _PAUSES:
            try:
                return method(request, timeout=self.timeout)
            except grpc.RpcError as error:
                found = rebuilt(error, self.target)
                is_busy = found.problems[0].code == _BUSY
                if not is_busy and _code(error) is not grpc.StatusCode.UNAVAILABLE:
                    raise found from None
            least = _PAUSE_IF_BUSY if is_busy else 0.0
            time.sleep(max(pause, least) * random.uniform(0.5, 1.5))  # noqa: S311 — or all who wait come back at once
        return self._call(method, request)

    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        try:
            return method(request, timeout=self.timeout)
        except grpc.RpcError as error:
            raise rebuilt(error, self.target) from None


def _request_id(request: str) -> str:
    return sendable(request) if request else str(uuid.uuid4())


def _code(error: Any) -> grpc.StatusCode:
    """The code of an error, which is the call as well."""
    found: grpc.StatusCode = error.code()
    return found
