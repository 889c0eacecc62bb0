"""The health of the services, as gRPC's own protocol has it."""

from __future__ import annotations

from typing import Any

import grpc
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse

_Theirs: Any = health.HealthServicer  # it has no types


class Health(_Theirs):  # type: ignore[misc]
    """As gRPC's, and with a list. It keeps nothing of a service that there is not: names cost their asker alone."""

    def List(self, request: HealthListRequest, context: grpc.ServicerContext) -> HealthListResponse:  # noqa: ARG002
        """Every service."""
        with self._lock:
            known = dict(self._server_status)
        return HealthListResponse(statuses={name: HealthCheckResponse(status=status) for name, status in known.items()})

    def Watch(self, request: HealthCheckRequest, context: grpc.ServicerContext, send: Any = None) -> Any:
        """A service from now on; of one that there is not, that it is unknown."""
        if send is not None and request.service not in self._server_status:
            return send(HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN))
        return super().Watch(request, context, send)
