"""The health of the services, as gRPC's own protocol has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Condition
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse

WATCH: Final = "/grpc.health.v1.Health/Watch"
_LOOKS: Final = 1.0  # seconds after which a watch sees for itself whether its caller is there
_UNKNOWN: Final = HealthCheckResponse.SERVICE_UNKNOWN
_Theirs: Any = health_pb2_grpc.HealthServicer  # it has no types


class Health(_Theirs):  # type: ignore[misc]
    """What is said of the process, whose name is empty, and of each service.

    Not gRPC's own servicer: that one holds its lock while it sends to whoever watches, and sending waits for the one
    thread which, when another watch just ends, waits for that lock. This one sends without it, and keeps nothing of a
    service that there is not: names cost their asker alone.
    """

    def __init__(self) -> None:
        self._changed = Condition()  # held for a moment, never while something is sent
        self._statuses: Mapping[str, int] = {"": HealthCheckResponse.SERVING}
        self._is_final = self._is_over = False

    def set(self, service: str, *, is_serving: bool) -> None:
        """Say from now on whether a service serves; nothing once the process stops."""
        with self._changed:
            if not self._is_final:
                self._say({service: is_serving})

    def stops(self) -> None:
        """Nothing serves any more, to whoever asks or watches."""
        with self._changed:
            self._is_final = True
            self._say(dict.fromkeys(self._statuses, False))

    def close(self) -> None:
        """Let those go who watch."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def Check(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> HealthCheckResponse:
        """A service now."""
        status = self._statuses.get(request.service)
        if status is None:
            context.set_code(grpc.StatusCode.NOT_FOUND)
        return HealthCheckResponse(status=status)  # type: ignore[arg-type]

    def List(self, request: HealthListRequest, context: grpc.ServicerContext) -> HealthListResponse:  # noqa: ARG002
        """Every service now."""
        found = self._statuses.items()
        return HealthListResponse(statuses={name: HealthCheckResponse(status=status) for name, status in found})  # type: ignore[arg-type]

    def Watch(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> Iterator[HealthCheckResponse]:
        """A service from now on; of one that there is not, that it is unknown."""
        said = None
        context.add_callback(self._wake)
        while context.is_active():
            with self._changed:
                status = self._statuses.get(request.service, _UNKNOWN)
                if status == said:
                    if self._is_over:
                        return
                    self._changed.wait(_LOOKS)
                    continue
            said = status
            yield HealthCheckResponse(status=status)  # type: ignore[arg-type]

    def _say(self, found: Mapping[str, bool]) -> None:
        serving, no = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
        self._statuses = {**self._statuses, **{name: serving if is_so else no for name, is_so in found.items()}}
        self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
