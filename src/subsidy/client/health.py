"""The health of a service, by the protocol that balancers ask by: grpc.health.v1."""

from __future__ import annotations

from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from .channel import DIRECT
from .errors import rebuilt
from .tls import Tls

UNKNOWN: Final = "SERVICE_UNKNOWN"


def health(
    target: str, service: str = "", *, timeout: float = 5.0, tls: Tls | None = None, name: str | None = None
) -> str:
    """What a process says of one of its services, or of itself: SERVING, NOT_SERVING or SERVICE_UNKNOWN.

    Args:
        target: its address.
        service: the full name of a service, such as ``subsidy.v1.LedgerService``; empty for the whole.
        timeout: seconds after which it counts as not answering.
        tls: the certificates of a service that asks for them.
        name: the name in the certificate of the service, where it is not that of `target`.

    Raises:
        ServiceError: there is no answer, the caller is shut out, or a file of `tls` cannot be read.
    """
    options = [DIRECT] if name is None else [DIRECT, ("grpc.ssl_target_name_override", name)]
    opened = (
        grpc.insecure_channel(target, options)
        if tls is None
        else grpc.secure_channel(target, tls.credentials(), options)
    )
    asked = health_pb2.HealthCheckRequest(service=service)
    with opened as channel:
        try:
            found = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=timeout)
        except grpc.RpcError as error:
            failed: Any = error  # which is the call as well
            if failed.code() is grpc.StatusCode.NOT_FOUND:
                return UNKNOWN
            raise rebuilt(error, target) from None
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(found.status))
