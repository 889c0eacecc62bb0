"""The typed client of the gRPC service.

with Client("127.0.0.1:50051") as client:
    answer = client.calculate("cn/shanxi/yuncheng/bed-subsidy", month="2021-06", ...)
    answer.amount            # Decimal("93.33")
"""

from __future__ import annotations

from ..extras import needs

with needs("service"):
    from .answer import Answer
    from .audited import Finding, Progress, Replayed, Verified
    from .channel import call_id
    from .client import Client
    from .recorded import Checkpoint, Consistency, Recorded
    from .tls import Tls

__all__ = [
    "Answer",
    "Checkpoint",
    "Client",
    "Consistency",
    "Finding",
    "Progress",
    "Recorded",
    "Replayed",
    "Tls",
    "Verified",
    "call_id",
]
