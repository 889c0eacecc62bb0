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
from ..calls import CALL
from .roles import EVERY, PACKAGE, Role, Roles

_URI: Final = "peer_uri"
_OURS: Final = f"/{PACKAGE}"
_HEALTH: Final = "/grpc.health."
_OF_LEDGERS: Final = ("LedgerService/", "AuditService/")


Policies = Collection[str]


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


def _every(_: bytes) -> Policies:
    """Entries are of any policy, and which one is not told to whoever may not see all."""
    return (EVERY,)


LIST: Final = "PolicyService/ListPolicies"  # of which a caller is shown its own

# Which policies a request is about, by its method.
NAMED: Final[Mapping[str, Callable[[bytes], Policies]]] = {
    LIST: _none,
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
    "AuditService/Replay": _of(audits.ReplayRequest, lambda request: request.policies or (EVERY,)),
    "AuditService/Verify": _every,
}


class Access(grpc.ServerInterceptor):
    """Lets a call through to its method, or refuses it.

    Args:
        roles: who may do what, at the moment.
        above: the division of the ledger and those above it; empty where there is no ledger.
    """

    def __init__(self, roles: Callable[[], Roles], above: Sequence[str]) -> None:
        self._roles, self._above = roles, frozenset(above)
        self._checked: dict[str, Any] = {}
        self._kept: tuple[Roles | None, dict[tuple[str, str], Sequence[Role]]] = None, {}

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

        def call(request: Any, context: grpc.ServicerContext, *more: Any) -> Any:
            own, let_through = self._let_through(path, request, context)
            answer = behaviour(let_through, context, *more)
            return _shown(answer, own) if path == f"/{PACKAGE}{LIST}" else answer

        return handler._replace(**{kind: functools.wraps(behaviour)(call)})

    def _let_through(self, path: str, request: Any, context: grpc.ServicerContext) -> tuple[Sequence[Role], Any]:
        """The roles by which a caller may make a request, and the request.

        Raises:
            ServiceError: the caller may not.
        """
        identity = _identity(context)
        CALL.get().caller = identity
        roles, method = self._roles(), path.removeprefix(_OURS)
        if method not in NAMED:  # health for whoever has a certificate; what is served, for whoever has a role
            if identity in roles.denied or not (roles.of(identity) or path.startswith(_HEALTH)):
                raise _refused(path)
            return (), request
        own = self._own(roles, identity, method)
        if not own:
            raise _refused(method)
        first, request = _first_of(request)
        for policy in NAMED[method](first):
            if not any(role.is_for(policy) for role in own):
                raise _refused(method)
        return own, request

    def _own(self, roles: Roles, identity: str, method: str) -> Sequence[Role]:
        """The roles by which a caller may call a method; found once for as long as the roles file is the same."""
        of, kept = self._kept
        if of is not roles:
            kept = {}
            self._kept = roles, kept
        found = kept.get((identity, method))
        if found is None:
            found = tuple(role for role in roles.of(identity) if self._is_for(role, method))
            if found:  # of callers that are known, so that strangers leave nothing behind
                kept[identity, method] = found
        return found

    def _is_for(self, role: Role, method: str) -> bool:
        """Whether a role is for a method, and for the division of the ledger where it is one of ledgers."""
        is_here = not self._above or not method.startswith(_OF_LEDGERS) or not self._above.isdisjoint(role.divisions)
        return is_here and method in role.methods


def _identity(context: grpc.ServicerContext) -> str:
    """The URI in the certificate of the caller.

    Raises:
        ServiceError: there is none, or more than one.
    """
    shown: Mapping[str, Sequence[bytes]] = context.auth_context()  # type: ignore[assignment]
    found = shown.get(_URI, ())
    if len(found) != 1:
        raise ServiceError(Problem.of("S0402", ""))
    return found[0].decode("utf-8", "replace")


def _refused(method: str) -> ServiceError:
    return ServiceError(Problem.of("S0401", "", method=method))


def _first_of(request: Any) -> tuple[bytes, Any]:
    """The bytes that say what is asked, and the request with them still in it."""
    if isinstance(request, bytes):
        return request, request
    messages: Iterator[bytes] = request
    first = next(messages, b"")
    return first, chain([first], messages)


def _shown(answer: bytes, own: Sequence[Role]) -> bytes:
    """A page of policies without those that are not the caller's."""
    page = policies.ListPoliciesResponse.FromString(answer)
    kept = [each for each in page.policies if any(role.is_for(each.id) for role in own)]
    if len(kept) == len(page.policies):
        return answer
    return policies.ListPoliciesResponse(policies=kept, next_page_token=page.next_page_token).SerializeToString()
