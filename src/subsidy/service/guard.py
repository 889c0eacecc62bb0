"""The outermost interceptor: counts calls, refuses those above the bound, and lets no exception text out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from random import randint
from threading import Lock
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc.code_pb2 import Code
from grpc_status import rpc_status

from ..errors import InternalError, Problem, RequestError, ServiceError, SubsidyError
from ..text import Text
from .calls import ID, Call, Calls, begin
from .deadlines import LONGEST, LONGEST_STREAM, Deadlines, sent, taken
from .errors import status_of
from .health import WATCH

_RETRY_SECONDS: Final = 1
_OTHERS: Final = 64  # calls of health, and as many of reflection
_PUSHBACK: Final = "grpc-retry-pushback-ms"  # which clients with a retry policy heed


class CountingPool(ThreadPoolExecutor):
    """A thread pool that knows how many calls wait or run in it.

    Args:
        most: calls that may.
        threads: how many it has, and as many more as ever waited at once for messages that did not come.
    """

    def __init__(self, most: int, threads: int | None = None) -> None:
        super().__init__(threads or most, thread_name_prefix="subsidy-call")
        self.active, self.most, self._threads_at_first = 0, most, threads or most
        self._counting = Lock()
        super().submit(int)  # one thread from the beginning: should no more be had later, calls wait for this one

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._counting:
            self.active += 1
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._done)  # also when a call is cancelled before it runs
        return future

    def _done(self, _: Future[Any]) -> None:
        with self._counting:
            self.active -= 1

    def make_up_for(self, stuck: int) -> None:
        """Let others work in the place of threads that are stuck, where calls wait for one."""
        if self._work_queue.qsize():
            self._max_workers = max(self._max_workers, min(self.most, self._threads_at_first + stuck))
            for _ in range(stuck):
                self._adjust_thread_count()  # what the pool does itself with every call

    def _adjust_thread_count(self) -> None:
        """A thread more where one is needed and to be had; else the call waits, and the next one tries again."""
        with suppress(RuntimeError):  # "can't start new thread" would end the thread of gRPC that hands in calls
            super()._adjust_thread_count()


class _AtOnce(ThreadPoolExecutor):
    """Runs what does not wait in the thread that hands it in, which polls: no hand-over for a mere refusal."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        fn(*args, **kwargs)
        return _DONE


_DONE: Final = Future[Any]()
_DONE.set_result(None)


class Guard(grpc.ServerInterceptor):
    """Stands before every handler.

    Args:
        own: our own services, each with the pool in which its calls are counted and run; and so a method that has one
            for itself, by its path.
        calls: whoever is told of each call.

    Health and reflection have threads of their own, so that neither a burst of
    calls nor a reflection stream held open keeps the health from being asked.
    Every method is registered as one that is asked by a stream: so it is we who
    wait for the one message of the others, and know for how long.
    """

    def __init__(self, own: Mapping[str, CountingPool], calls: Calls) -> None:
        self._own, self._calls = own, calls
        self._deadlines = Deadlines()
        self._guarded: dict[str, Any] = {}
        self._others = {name: CountingPool(_OTHERS, 2) for name in ("health", "reflection")}
        self._others[WATCH] = CountingPool(_OTHERS)  # each keeps a thread, which health has not to spare
        self._refusing = _AtOnce()
        self._busy: dict[str, Any] = {}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        method = handler_call_details.method
        found = self._guarded.get(method)
        if found is None:
            handler = continuation(handler_call_details)
            if handler is None:
                return None
            found = self._guarded[method] = self._wrap(handler, method), self._pool(method)
        handler, pool = found
        if pool.active >= pool.most and not self._deadlines.make_room(pool):
            busy = self._busy.get(method)
            if busy is None:
                busy = self._busy[method] = self._refused(method, pool.most)
            return busy
        return handler

    def _pool(self, method: str) -> CountingPool:
        other = self._others["health" if method.startswith("/grpc.health.") else "reflection"]
        return self._own.get(method) or self._own.get(method.split("/")[1]) or self._others.get(method, other)

    def close(self) -> None:
        """Let the threads go once they are done."""
        self._deadlines.close()
        for pool in (*self._own.values(), *self._others.values(), self._refusing):
            pool.shutdown(wait=False)

    def _refused(self, method: str, most: int) -> Any:
        """How a call above a bound is answered: at little cost, as answers are wanted of others just then."""
        error = ServiceError(Problem.of("S0201", "", limit=str(most), seconds=str(_RETRY_SECONDS)))
        status, reason = status_of(error), error.problems[0].reason
        found, calls = rpc_status.to_status(status), self._calls

        def refuse(_: Any, context: grpc.ServicerContext, send: Callable[[None], None]) -> None:
            call = begin(method, context)
            calls.ended(call, "RESOURCE_EXHAUSTED", reason)
            context.set_code(found.code)
            context.set_details(found.details)
            context.set_trailing_metadata(_with_ids(found, call, _RETRY_SECONDS).trailing_metadata)
            send(None)  # no answer, which costs less than an exception

        refuse.experimental_thread_pool = self._refusing  # type: ignore[attr-defined]
        refuse.experimental_non_blocking = True  # type: ignore[attr-defined]
        return grpc.stream_stream_rpc_method_handler(refuse)

    def _wrap(self, handler: Any, method: str) -> Any:
        asks, answers = (
            "stream" if each else "unary" for each in (handler.request_streaming, handler.response_streaming)
        )
        behaviour = getattr(handler, f"{asks}_{answers}")
        if handler.request_deserializer is not None:  # gRPC would say INTERNAL of malformed bytes, before it comes here
            behaviour = _reading(behaviour, handler.request_deserializer, asks)
        is_iterated = answers == "stream"
        guarded: Any = self._streamed(behaviour, method, asks) if is_iterated else self._answered(behaviour, method)
        guarded.experimental_thread_pool = self._pool(method)
        return handler._replace(
            request_streaming=True,
            request_deserializer=None,
            **{f"{asks}_{answers}": None, f"stream_{answers}": guarded},
        )

    def _answered(self, behaviour: Callable[..., Any], method: str) -> Any:
        calls, deadlines, pool = self._calls, self._deadlines, self._pool(method)

        def answer(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
            call = begin(method, context)
            place = deadlines.begin(context, pool, LONGEST)
            try:
                request = _only(requests)
                place.has_message()
                found = _unless_over(behaviour, request, context)
            except grpc.RpcError:  # the caller went away
                return calls.ended(call, "CANCELLED")
            except Exception as error:  # noqa: BLE001 — whatever it is, its text stays here
                return self._end(call, context, error)
            finally:
                deadlines.done(place)
            calls.ended(call)
            return found

        return answer

    def _streamed(self, behaviour: Callable[..., Any], method: str, asks: str) -> Any:
        calls, deadlines, pool = self._calls, self._deadlines, self._pool(method)

        def stream(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
            call = begin(method, context)
            place = deadlines.begin(context, pool, LONGEST_STREAM)
            messages = sent(requests, place)
            try:
                asked = _only(messages) if asks == "unary" else messages
                yield from taken(behaviour(asked, context), place)
            except (GeneratorExit, grpc.RpcError):  # the caller went away
                return calls.ended(call, "CANCELLED")
            except Exception as error:  # noqa: BLE001
                return self._end(call, context, error)
            finally:
                deadlines.done(place)
            return calls.ended(call)

        return stream

    def _end(self, call: Call, context: grpc.ServicerContext, error: Exception) -> None:
        """Answer with an error; one that cannot happen is told to the log alone, under the id of the call."""
        is_ours = not isinstance(error, SubsidyError) or isinstance(error, InternalError)
        status = status_of(InternalError(Problem.of("I0101", "", id=call.id)) if is_ours else error)  # type: ignore[arg-type]
        reason = "" if is_ours else error.problems[0].reason  # type: ignore[attr-defined]
        self._calls.ended(call, Code.Name(status.code), reason, error if is_ours else None)
        seconds = 0 if is_ours else error.problems[0].values.get("seconds", 0)  # type: ignore[attr-defined]
        context.abort_with_status(_with_ids(rpc_status.to_status(status), call, int(seconds)))


def _only(requests: Iterator[Any]) -> Any:
    """The message of a call that has one.

    Raises:
        RequestError: it has none.
        RpcError: the call was over before it came.
    """
    for request in requests:
        return request
    raise RequestError(Problem.of("R0301", "", detail=Text("没有消息", "there is no message")))


def _unless_over(behaviour: Callable[..., Any], request: Any, context: grpc.ServicerContext) -> Any:
    """What a behaviour answers; nothing is computed for a caller who has given up while the call waited."""
    if not context.is_active():
        raise _Over
    return behaviour(request, context)


class _Over(grpc.RpcError):
    """The caller has gone."""


def _reading(behaviour: Callable[..., Any], read: Callable[[bytes], Any], asks: str) -> Any:
    """A behaviour that takes bytes; those that are no message are the caller's error."""

    def one(content: bytes) -> Any:
        try:
            return read(content)
        except DecodeError:
            detail = Text("不是 protobuf 编码", "these bytes are no protobuf")
            raise RequestError(Problem.of("R0301", "", detail=detail)) from None

    def call(content: Any, context: grpc.ServicerContext) -> Any:
        return behaviour(map(one, content) if asks == "stream" else one(content), context)

    return call


def _with_ids(status: Any, call: Call, seconds: int) -> Any:
    """A status with the id of its call, and after how many seconds to ask again, where that helps.

    Not all at once, nor before the time that the words say.
    """
    again = ((_PUSHBACK, str(randint(1000 * seconds, 2000 * seconds))),) if seconds else ()  # noqa: S311
    return status._replace(trailing_metadata=(*status.trailing_metadata, (ID, call.id), *again))
