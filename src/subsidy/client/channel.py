"""The channel: one connection to the service, and what every call over it has: an id, a deadline, and its repeats."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from uuid import UUID, uuid4

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from .. import __version__
from ..errors import Problem, RequestError
from ..text import Text
from ..v1 import audit_service_pb2, calculation_service_pb2, ledger_service_pb2, policy_service_pb2
from .errors import rebuilt
from .tls import Tls

Options = Sequence[tuple[str, Any]]
LARGEST_REQUEST: Final = 1024 * 1024  # bytes that the service takes: more is refused here, and not sent again and again
LARGEST_ANSWER: Final = 16 * 1024 * 1024  # bytes
_HEADER: Final = "x-request-id"
_ASKED_WHY: Final = 1.0  # seconds in which gRPC says why there is no connection
_GIVEN: ContextVar[str] = ContextVar("subsidy_call_id", default="")

# All methods with one request and one answer may be asked again: they change nothing, or once for each request id.
_SERVICES: Final = [
    service
    for file in (policy_service_pb2, calculation_service_pb2, ledger_service_pb2, audit_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
]
_UNARY: Final = [
    {"service": service.full_name, "method": method.name}
    for service in _SERVICES
    for method in service.methods
    if not (method.client_streaming or method.server_streaming)
]

DIRECT: Final = ("grpc.enable_http_proxy", 0)  # gRPC would send even 127.0.0.1 through the proxy of the environment
OPTIONS: Final[Options] = [
    DIRECT,
    ("grpc.primary_user_agent", f"subsidy/{__version__}"),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.max_send_message_length", LARGEST_REQUEST),
    ("grpc.max_receive_message_length", LARGEST_ANSWER),
    ("grpc.per_rpc_retry_buffer_size", LARGEST_REQUEST),  # or what is above a quarter of that is not asked again
    # A service that is gone without a word is given up after 20 s: it is asked while calls run, and no more often than
    # every five minutes, which is what a service permits. It asks by itself in the meantime.
    ("grpc.keepalive_time_ms", 6 * 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.enable_retries", 1),
]


def service_config(timeout: float) -> str:
    """How calls are repeated: they wait for a connection, and what is refused or cut off is asked up to five times.

    Five is the most that gRPC takes. The pauses (0.5, 1, 2 and 4 s, each a fifth more or less, or as the service says)
    are shorter where `timeout` is: the last answer comes in time, and is told. A process whose calls fail five hundred
    times oftener than they are answered asks only once, until they are.
    """
    first = min(0.5, timeout / 20)
    policy = {
        "maxAttempts": 5,
        "initialBackoff": f"{first:.6f}s",
        "maxBackoff": f"{8 * first:.6f}s",
        "backoffMultiplier": 2,
        # CANCELLED is what a service that stops says of calls that have just come: nobody here cancels them.
        "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "CANCELLED"],
    }
    method = {"name": _UNARY, "waitForReady": True, "retryPolicy": policy}
    throttling = {"maxTokens": 1000, "tokenRatio": 1.0}  # gRPC reads a plain 1 as a thousandth, and would never recover
    return json.dumps({"methodConfig": [method], "retryThrottling": throttling})


@contextmanager
def call_id(given: UUID | str | None = None) -> Iterator[UUID]:
    """An id for the calls made within, by which the operator finds them; without it each call has a new one.

    It is sent as ``x-request-id``, and says nothing of the `request` under which a ledger records something once. It
    holds in this thread or task.

    Args:
        given: a UUID, and nothing else: what goes into logs shall not be of persons. A new one unless given.

    Raises:
        RequestError: it is no UUID.
    """
    try:
        found = uuid4() if given is None else UUID(str(given))
    except ValueError:
        detail = Text(f"call_id：{given} 不是 UUID", f"call_id: {given} is no UUID")
        raise RequestError(Problem.of("R0301", "call_id", detail=detail)) from None
    token = _GIVEN.set(str(found))
    try:
        yield found
    finally:
        _GIVEN.reset(token)


class Channel:
    """A connection, made at the first call.

    Args:
        options: arguments of the channel as gRPC names them, in the place of ours.
    """

    def __init__(self, target: str, timeout: float, tls: Tls | None, options: Options) -> None:
        self.target, self._timeout, self._has_tls = target, timeout, tls is not None
        every = [*{**dict(OPTIONS), "grpc.service_config": service_config(timeout), **dict(options)}.items()]
        self.opened = (
            grpc.insecure_channel(target, options=every)
            if tls is None
            else grpc.secure_channel(target, tls.credentials(), options=every)
        )
        self._health = HealthStub(self.opened)

    def ask(self, method: Callable[..., Any], request: Any) -> Any:
        """The one answer to one request.

        Raises:
            SubsidyError: the service says it, or gives no answer.
        """
        id_ = _id()
        try:
            return method(request, timeout=self._timeout, metadata=((_HEADER, id_),))
        except grpc.RpcError as error:
            raise self._error(self._why(error), id_, _recorded_as(request)) from None

    def parts(self, method: Callable[..., Any], requests: Any, timeout: float | None) -> Iterator[Any]:
        """The parts of an answer as they come; the call is ended with whoever reads them.

        Raises:
            SubsidyError: as `ask`, when they are read.
        """
        return self._parts(method, requests, timeout, _id())

    def _parts(self, method: Callable[..., Any], requests: Any, timeout: float | None, id_: str) -> Iterator[Any]:
        call = method(requests, timeout=timeout, metadata=((_HEADER, id_),))
        try:
            yield from call
        except grpc.RpcError as error:
            raise self._error(error, id_) from None
        finally:
            call.cancel()

    def _error(self, error: Any, id_: str, request: str = "") -> Exception:
        return rebuilt(error, self.target, id_, request, has_tls=self._has_tls)

    def _why(self, error: Any) -> Any:
        """What gRPC says of a connection that was waited for in vain; the error itself where there is one."""
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            try:
                self._health.Check(HealthCheckRequest(), timeout=_ASKED_WHY)  # this one waits for no connection
            except grpc.RpcError as found:
                raised: Any = found  # an RpcError that is the call as well
                if raised.code() is grpc.StatusCode.UNAVAILABLE:
                    return raised
        return error

    def close(self) -> None:
        """Close it; calls that run are ended."""
        self.opened.close()


def _id() -> str:
    return _GIVEN.get() or str(uuid4())


def _recorded_as(request: Any) -> str:
    """The id under which a request is recorded; empty of one that changes nothing."""
    return "" if getattr(request, "validate_only", False) else getattr(request, "request_id", "")
