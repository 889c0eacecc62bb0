"""The check before every method: who calls, and whether a role of theirs allows it. Without a word on what there is.

It comes before anything of a request is looked at but the policy that it names, so a refusal is the same whether the
policy or the entry exists or not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError, Message

from ...errors import Problem, ServiceError
from ...v1 import audit_service_pb2 as audits
from ...v1 import calculation_service_pb2 as calculations
from ...v1 import ledger_service_pb2 as ledgers
from ...v1 import policy_service_pb2 as policies
from ...v1 import table_pb2 as tables
from ..audits import MOST
from ..calls import CALL
from .roles import EVERY, PACKAGE, Role, Roles

_URI: Final = "peer_uri"
_OURS: Final = f"/{PACKAGE}"
_HEALTH: Final = "/grpc.health."
_OF_LEDGERS: Final = ("LedgerService/", "AuditService/")

Policies = Collection[str]
Shows = Callable[[str], bool]  # whether a policy is for somebody to see


def _of(kind: type[Message], policies: Callable[[Any], Policies]) -> Callable[[bytes], Policies]:
    """The policies that a request names; none of bytes that are no request, which the method says in its own words."""

    def found(content: bytes) -> Policies:
        try:
            return policies(kind.FromString(content))
        except DecodeError:
            return ()

    return found


def _policy(request: Any) -> Policies:
    return (request.policy,) if request.policy else ()


def _none(_: bytes) -> Policies:
    return ()


def _some(request: audits.ReplayRequest) -> Policies:
    return request.policies[:MOST] or (EVERY,)  # of more the method refuses the request


def _every(_: bytes) -> Policies:
    """Entries are of any policy, and which one is not told to whoever may not see all."""
    return (EVERY,)


# Which policies a request is about, by its method.
NAMED: Final[Mapping[str, Callable[[bytes], Policies]]] = {
    "PolicyService/ListPolicies": _none,  # whose method lists what is shown
    "PolicyService/GetPolicy": _of(policies.GetPolicyRequest, _policy),
    "CalculationService/Calculate": _of(calculations.CalculateRequest, _policy),
    "CalculationService/CalculateTable": _of(tables.CalculateTableRequest, lambda request: _policy(request.asked)),
    "LedgerService/Determine": _of(ledgers.DetermineRequest, _policy),
    "LedgerService/Reverse": _every,
    "LedgerService/Release": _every,
    "LedgerService/GetDetermination": _every,
    "LedgerService/ListDeterminations": _every,
    "LedgerService/GetCheckpoint": _none,
    "LedgerService/GetConsistencyProof": _none,
    "AuditService/Replay": _of(audits.ReplayRequest, _some),
    "AuditService/Verify": _every,
}


class Access(grpc.ServerInterceptor):
    """Lets a call through to its method, or refuses it; one that streams is checked again once the roles changed.

    Args:
        roles: who may do what, at the moment.
        above: the division of the ledger and those above it; empty where there is no ledger.
    """

    def __init__(self, roles: Callable[[], Roles], above: Sequence[str]) -> None:
        self._roles, self._above = roles, frozenset(above)
        self._checked: dict[str, Any] = {}
        self._kept: tuple[Roles | None, dict[tuple[str, str], Shows]] = None, {}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        path = handler_call_details.method
        found = self._checked.get(path)
        if found is None:
            handler = continuation(handler_call_details)
            if handler is None:
                return None
            found = self._checked[path] = self._wrap(handler, path)
        return found

    def _wrap(self, handler: Any, path: str) -> Any:
        asks, answers = (
            "stream" if each else "unary" for each in (handler.request_streaming, handler.response_streaming)
        )
        kind = f"{asks}_{answers}"
        behaviour = getattr(handler, kind)
        method = path.removeprefix(_OURS)
        named = NAMED.get(method)

        def once(request: Any, context: grpc.ServicerContext) -> Any:
            caller, roles = _caller(context), self._roles()
            shows = self._shows(roles, caller, method)
            if named is not None:
                _check(method, shows, named(request))
            CALL.get().shows = shows
            return behaviour(request, context)

        def streamed(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            caller, roles = _caller(context), self._roles()
            shows = self._shows(roles, caller, method)
            about: Policies = ()
            if named is not None:
                first, request = _first_of(request)
                _check(method, shows, about := named(first))
            CALL.get().shows = shows

            def again() -> None:
                nonlocal roles
                if (now := self._roles()) is not roles:
                    _check(method, self._shows(now, caller, method), about)
                    roles = now

            asked = _each(request, again) if asks == "stream" else request
            return _each(behaviour(asked, context), again)

        return handler._replace(**{kind: streamed if answers == "stream" else once})

    def _shows(self, roles: Roles, caller: str, method: str) -> Shows:
        """Which policies a method shows a caller; found once for as long as the roles file is the same.

        Raises:
            ServiceError: the caller may not call it, whatever it is about.
        """
        if method not in NAMED:  # health for whoever has a certificate; what is served, for whoever has a role
            if caller in roles.denied or not (roles.of(caller) or method.startswith(_HEALTH)):
                raise _refused(method)
            return _nothing
        of, kept = self._kept
        if of is not roles:
            kept = {}
            self._kept = roles, kept
        found = kept.get((caller, method))
        if found is None:
            own = tuple(role for role in roles.of(caller) if self._is_for(role, method))
            if not own:  # nothing is kept of it: strangers leave nothing behind
                raise _refused(method)
            found = kept[caller, method] = functools.partial(_any_is_for, own)
        return found

    def _is_for(self, role: Role, method: str) -> bool:
        """Whether a role is for a method, and for the division of the ledger where it is one of ledgers."""
        is_here = not self._above or not method.startswith(_OF_LEDGERS) or not self._above.isdisjoint(role.divisions)
        return is_here and method in role.methods


def _any_is_for(own: Sequence[Role], policy: str) -> bool:
    return any(role.is_for(policy) for role in own)


def _nothing(_: str) -> bool:
    return False


def _check(method: str, shows: Shows, policies: Policies) -> None:
    """Refuse a request for a policy that the caller may not see, be it there or not."""
    for policy in policies:
        if not shows(policy):
            raise _refused(method)


def _each(messages: Iterator[Any], again: Callable[[], None]) -> Iterator[Any]:
    """Messages, each once its caller is found to be allowed them still.

    One who is not is told so at once: what makes the messages may wait for the caller, and ends with the call.
    """
    for message in messages:
        again()
        yield message


def _caller(context: grpc.ServicerContext) -> str:
    """The URI in the certificate of the caller, which the log is told.

    Raises:
        ServiceError: there is none, or more than one.
    """
    shown: Mapping[str, Sequence[bytes]] = context.auth_context()  # type: ignore[assignment]
    found = shown.get(_URI, ())
    if len(found) != 1:
        raise ServiceError(Problem.of("S0402", ""))
    CALL.get().caller = caller = found[0].decode("utf-8", "replace")
    return caller


def _refused(method: str) -> ServiceError:
    return ServiceError(Problem.of("S0401", "", method=method))


def _first_of(request: Any) -> tuple[bytes, Any]:
    """The bytes that say what is asked, and the request with them still in it."""
    if isinstance(request, bytes):
        return request, request
    messages: Iterator[bytes] = request
    first = next(messages, b"")
    return first, chain([first], messages)
