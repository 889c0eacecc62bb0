"""The outermost interceptor: counts calls, refuses those above the bound, and lets no exception text out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc.code_pb2 import Code
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from ..errors import InternalError, Problem, RequestError, ServiceError, SubsidyError
from ..text import Text
from .calls import ID, LONGEST, LONGEST_STREAM, Call, Calls, Deadlines, begin
from .errors import status_of

_RETRY_SECONDS: Final = 1
_PUSHBACK: Final = "grpc-retry-pushback-ms"  # by which clients with a retry policy wait as long


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
        calls: whoever is told of each call.

    Health and reflection have threads of their own, so that neither a burst of
    calls nor a reflection stream held open keeps the health from being asked.
    """

    def __init__(self, most: int, own: Mapping[str, CountingPool], calls: Calls) -> None:
        self._most, self._own, self._calls = most, own, calls
        self._deadlines = Deadlines()
        self._guarded: dict[str, Any] = {}
        self._pools = {
            name: ThreadPoolExecutor(2, thread_name_prefix=f"subsidy-{name}")
            for name in ("health", "reflection", "busy")
        }
        self._busy: dict[tuple[str, int], Any] = {}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        method = handler_call_details.method
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        pool = self._own.get(method) or self._own.get(method.split("/")[1])
        if pool is not None and pool.active >= (most := pool.most or self._most):
            found = self._busy.get((method, most))
            if found is None:
                found = self._busy[method, most] = self._refused(method, most)
            return found
        found = self._guarded.get(method)
        if found is None:
            found = self._guarded[method] = self._wrap(handler, method, pool)
        return found

    def _other(self, method: str) -> ThreadPoolExecutor:
        return self._pools["health" if method.startswith("/grpc.health.") else "reflection"]

    def close(self) -> None:
        """Let the threads go once they are done."""
        self._deadlines.close()
        for pool in (*self._own.values(), *self._pools.values()):
            pool.shutdown(wait=False)

    def _refused(self, method: str, most: int) -> Any:
        """How a call above a bound is answered."""
        error = ServiceError(Problem.of("S0201", "", limit=str(most), seconds=str(_RETRY_SECONDS)))

        def refuse(_: Any, context: grpc.ServicerContext) -> None:
            self._end(begin(method, context), context, error)

        refuse.experimental_thread_pool = self._pools["busy"]  # type: ignore[attr-defined]
        return grpc.unary_unary_rpc_method_handler(refuse)

    def _wrap(self, handler: Any, method: str, pool: CountingPool | None) -> Any:
        asks, answers = (
            "stream" if each else "unary" for each in (handler.request_streaming, handler.response_streaming)
        )
        kind = f"{asks}_{answers}"
        behaviour = getattr(handler, kind)
        if handler.request_deserializer is not None:  # gRPC would say INTERNAL of malformed bytes, before it comes here
            behaviour = functools.wraps(behaviour)(_reading(behaviour, handler.request_deserializer, asks))
        is_iterated = handler.response_streaming and not getattr(behaviour, "experimental_non_blocking", False)
        make = self._streamed if is_iterated else self._answered
        longest = 0.0 if pool is None else LONGEST_STREAM if "stream" in kind else LONGEST  # a watch of health has none
        guarded: Any = functools.wraps(behaviour)(make(behaviour, method, longest))  # keeps what gRPC notes on it
        guarded.experimental_thread_pool = pool or self._other(method)
        return handler._replace(request_deserializer=None, **{kind: guarded})

    def _answered(self, behaviour: Callable[..., Any], method: str, longest: float) -> Any:
        calls, deadlines = self._calls, self._deadlines

        def answer(request: Any, context: grpc.ServicerContext, *more: Any) -> Any:
            call = begin(method, context)
            if not context.is_active():  # its caller has given up while it waited: its place is for others
                return calls.ended(call, "CANCELLED")
            done = deadlines.set(context, longest) if longest else None
            try:
                found = behaviour(request, context, *more)
            except grpc.RpcError:  # the caller went away
                return calls.ended(call, "CANCELLED")
            except Exception as error:  # noqa: BLE001 — whatever it is, its text stays here
                return self._end(call, context, error)
            finally:
                if done is not None:
                    done()
            context.set_trailing_metadata(((ID, call.id),))
            calls.ended(call)
            return found

        return answer

    def _streamed(self, behaviour: Callable[..., Any], method: str, longest: float) -> Any:
        def stream(request: Any, context: grpc.ServicerContext, *more: Any) -> Iterator[Any]:
            call = begin(method, context)
            done = self._deadlines.set(context, longest) if longest else None
            try:
                yield from behaviour(request, context, *more)
            except (GeneratorExit, grpc.RpcError):  # the caller went away
                return self._calls.ended(call, "CANCELLED")
            except Exception as error:  # noqa: BLE001
                return self._end(call, context, error)
            finally:
                if done is not None:
                    done()
            context.set_trailing_metadata(((ID, call.id),))
            return self._calls.ended(call)

        return stream

    def _end(self, call: Call, context: grpc.ServicerContext, error: Exception) -> None:
        """Answer with an error; one that cannot happen is told to the log alone, under the id of the call."""
        is_ours = not isinstance(error, SubsidyError) or isinstance(error, InternalError)
        status = status_of(InternalError(Problem.of("I0101", "", id=call.id)) if is_ours else error)  # type: ignore[arg-type]
        reason = "" if is_ours else error.problems[0].reason  # type: ignore[attr-defined]
        self._calls.ended(call, Code.Name(status.code), reason, error if is_ours else None)
        context.abort_with_status(_with_ids(status, call))


def _reading(behaviour: Callable[..., Any], read: Callable[[bytes], Any], asks: str) -> Any:
    """A behaviour that takes bytes; those that are no message are the caller's error."""

    def one(content: bytes) -> Any:
        try:
            return read(content)
        except DecodeError:
            detail = Text("不是 protobuf 编码", "these bytes are no protobuf")
            raise RequestError(Problem.of("R0301", "", detail=detail)) from None

    def call(content: Any, *more: Any) -> Any:
        return behaviour(map(one, content) if asks == "stream" else one(content), *more)

    return call


def _with_ids(status: Status, call: Call) -> Any:
    """A status as gRPC takes it, with the id of the call, and with when to ask again where that helps."""
    found: Any = rpc_status.to_status(status)
    more = [(ID, call.id)]
    if status.code == Code.RESOURCE_EXHAUSTED:
        more.append((_PUSHBACK, str(1000 * _RETRY_SECONDS)))
    return found._replace(trailing_metadata=(*found.trailing_metadata, *more))
