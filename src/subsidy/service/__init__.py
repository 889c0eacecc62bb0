"""The gRPC service: policies and calculations over the wire. The contract is protos/subsidy/v1.

with Server(subsidy.catalogue(), "127.0.0.1:0") as server:
    ...  # a client connects to server.address
"""

from __future__ import annotations

from ..extras import needs

with needs("service"):
    from .server import Server
    from .serving import serve

__all__ = ["Server", "serve"]
