"""Tables as messages of a call, for the tests of the service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import grpc
import pyarrow as pa

from subsidy.v1 import table_pb2 as v1

from .wire import HOME

METHOD = "/subsidy.v1.CalculationService/CalculateTable"


def roster(rows: int) -> pa.Table:
    """So many claims for home service, every seventh of the first hundred with hours that are none."""
    return pa.table(
        {
            "beneficiary": [f"B{row:06}" for row in range(rows)],
            "month": ["2023-08"] * rows,
            "hours": ["many" if row % 7 == 6 and row < 100 else f"{row % 40}.25" for row in range(rows)],
            "price": pa.array([row % 50 for row in range(rows)], pa.int32()),
            "left_monthly": ["1350"] * rows,
        }
    )


def asked(policy: str = HOME, **more: Any) -> bytes:
    """The first message of a call."""
    return v1.CalculateTableRequest(asked=v1.TableAsked(policy=policy, **more)).SerializeToString()


def arrow(content: bytes) -> bytes:
    """A message with some bytes of a table."""
    return v1.CalculateTableRequest(arrow=content).SerializeToString()


def stream(table: pa.Table, options: pa.ipc.IpcWriteOptions | None = None, rows: int | None = None) -> bytes:
    """A table as Arrow writes it."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table, rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def exchanged(channel: grpc.Channel, messages: Iterable[bytes]) -> list[bytes]:
    """Every message of the answer."""
    method: Any = channel.stream_stream(METHOD)
    return list(method(iter(messages), timeout=60))
