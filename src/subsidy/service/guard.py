"""The outermost interceptor: counts calls, refuses those above the bound, and lets no exception text out."""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from random import randint
from threading import Lock
from typing import Any, Final

import grpc
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from ..errors import InternalError, Problem, ServiceError, SubsidyError
from .errors import status_of

_LOG: Final = logging.getLogger("subsidy.service")
_RETRY_SECONDS: Final = 1


class CountingPool(ThreadPoolExecutor):
    """A thread pool that knows how many calls wait or run in it.

    Args:
        most: calls that may; as many as the guard says unless given.
    """

    def __init__(self, threads: int, most: int | None = None) -> None:
        super().__init__(threads, thread_name_prefix="subsidy-call")
        self.active, self.most = 0, most
        self._counting = Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._counting:
            self.active += 1
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._done)  # also when a call is cancelled before it runs
        return future

    def _done(self, _: Future[Any]) -> None:
        with self._counting:
            self.active -= 1


class Guard(grpc.ServerInterceptor):
    """Stands before every handler.

    Args:
        most: calls that may wait or run in each pool that has no bound of its own.
        own: our own services, each with the pool in which its calls are counted and run; and so a method that has one
            for itself, by its path.

    Health and reflection have threads of their own, so that neither a burst of
    calls nor a reflection stream held open keeps the health from being asked.
    """

    def __init__(self, most: int, own: Mapping[str, CountingPool]) -> None:
        self._most, self._own = most, own
        self._guarded: dict[str, Any] = {}
        self._pools = {
            name: ThreadPoolExecutor(2, thread_name_prefix=f"subsidy-{name}")
            for name in ("health", "reflection", "busy")
        }
        self._busy = {limit: self._refused(limit) for limit in {most, *(pool.most or most for pool in own.values())}}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        method = handler_call_details.method
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        pool = self._own.get(method) or self._own.get(method.split("/")[1])
        if pool is not None and pool.active >= (most := pool.most or self._most):
            return self._busy[most]
        found = self._guarded.get(method)
        if found is None:
            found = self._guarded[method] = self._wrap(handler, method, pool or self._other(method))
        return found

    def _other(self, method: str) -> ThreadPoolExecutor:
        return self._pools["health" if method.startswith("/grpc.health.") else "reflection"]

    def close(self) -> None:
        """Let the threads go once they are done."""
        for pool in (*self._own.values(), *self._pools.values()):
            pool.shutdown(wait=False)

    def _refused(self, most: int) -> Any:
        """How a call above a bound is answered."""
        error = ServiceError(Problem.of("S0201", "", limit=str(most), seconds=str(_RETRY_SECONDS)))
        status: Any = rpc_status.to_status(status_of(error))

        def refuse(_: Any, context: grpc.ServicerContext) -> None:
            # A client's own gRPC heeds this. Not all at once, nor before the time that the words say.
            pause = str(randint(1000 * _RETRY_SECONDS, 2000 * _RETRY_SECONDS))  # noqa: S311
            metadata = (*status.trailing_metadata, ("grpc-retry-pushback-ms", pause))
            context.abort_with_status(status._replace(trailing_metadata=metadata))

        refuse.experimental_thread_pool = self._pools["busy"]  # type: ignore[attr-defined]
        return grpc.unary_unary_rpc_method_handler(refuse)

    def _wrap(self, handler: Any, method: str, pool: ThreadPoolExecutor) -> Any:
        asks, answers = (
            "stream" if each else "unary" for each in (handler.request_streaming, handler.response_streaming)
        )
        kind = f"{asks}_{answers}"
        behaviour = getattr(handler, kind)
        make = _guarded_stream if handler.response_streaming else _guarded
        guarded: Any = functools.wraps(behaviour)(make(behaviour, method))  # keeps what gRPC notes on the function
        guarded.experimental_thread_pool = pool
        return handler._replace(**{kind: guarded})


def _guarded(behaviour: Callable[..., Any], method: str) -> Any:
    def call(request: Any, context: grpc.ServicerContext, *more: Any) -> Any:
        try:
            return behaviour(request, context, *more)
        except Exception as error:  # noqa: BLE001 — whatever it is, its text stays here
            status = _answered(error, method)
        return context.abort_with_status(rpc_status.to_status(status))

    return call


def _guarded_stream(behaviour: Callable[..., Any], method: str) -> Any:
    call = _guarded(behaviour, method)

    def stream(request: Any, context: grpc.ServicerContext, *more: Any) -> Any:
        answers = call(request, context, *more)
        return None if answers is None else each(answers, context)

    def each(answers: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from answers
        except grpc.RpcError:
            return  # the caller went away
        except Exception as error:  # noqa: BLE001
            status = _answered(error, method)
        else:
            return
        context.abort_with_status(rpc_status.to_status(status))

    return stream


def _answered(error: Exception, method: str) -> Status:
    """The status of an error; of one that cannot happen, a number under which the log has it."""
    if isinstance(error, SubsidyError) and not isinstance(error, InternalError):
        return status_of(error)
    number = secrets.token_hex(6)
    _LOG.error("internal error %s in %s", number, method, exc_info=error)
    return status_of(InternalError(Problem.of("I0101", "", id=number)))
