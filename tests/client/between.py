"""A gRPC server that stands before ours: it refuses what it is told to, passes on the rest, and notes what it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import grpc

Code = grpc.StatusCode


@dataclass(frozen=True)
class Seen:
    """One attempt of a call.

    Attributes:
        method: its last name.
        metadata: what came with it.
        seconds: that it may take.
    """

    method: str
    metadata: dict[str, str]
    seconds: float


class Between(grpc.GenericRpcHandler):
    """Refuses attempts as `refusal` says, by how many there were of the method before; None lets it pass.

    Args:
        server: the address of ours.
        credentials: for clients that come over TLS.
    """

    def __init__(
        self,
        server: str,
        refusal: Callable[[str, int], Code | None] = lambda _, __: None,
        credentials: grpc.ServerCredentials | None = None,
    ) -> None:
        self.refusal = refusal
        self.seen: list[Seen] = []
        self._counts: Counter[str] = Counter()
        self._channel = grpc.insecure_channel(server)
        self._server = grpc.server(ThreadPoolExecutor(16), handlers=[self])
        free = "127.0.0.1:0"
        port = (
            self._server.add_insecure_port(free)
            if credentials is None
            else self._server.add_secure_port(free, credentials)
        )
        self.address = f"127.0.0.1:{port}"

    def service(self, handler_call_details: Any) -> Any:
        path = handler_call_details.method
        method = path.rpartition("/")[2]

        def note(context: grpc.ServicerContext) -> None:
            metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
            self.seen.append(Seen(method, metadata, context.time_remaining()))
            number, self._counts[method] = self._counts[method], self._counts[method] + 1
            if (code := self.refusal(method, number)) is not None:
                context.abort(code, "refused on the way")

        def unary(content: bytes, context: grpc.ServicerContext) -> bytes:
            note(context)
            passed: Any = self._channel.unary_unary(path)
            try:
                answer: bytes = passed(content, timeout=20)
            except grpc.RpcError as error:
                raised: Any = error  # an RpcError that is the call as well
                context.set_trailing_metadata(raised.trailing_metadata())
                context.abort(raised.code(), raised.details())
            return answer

        def stream(content: Any, context: grpc.ServicerContext) -> Any:
            note(context)
            passed: Any = self._channel.stream_stream(path)
            yield from passed(content, timeout=20)

        if method == "CalculateTable":
            return grpc.stream_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)

    def attempts(self, method: str) -> list[Seen]:
        """Those of a method."""
        return [each for each in self.seen if each.method == method]

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(0).wait(10)
        self._channel.close()
