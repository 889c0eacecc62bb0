"""A ledger of a test behind `subsidy serve` as a process of its own, and clients that each have a connection."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from tests.service.wire import call

from subsidy.client import Client

from .support import YUNCHENG, Place

_ALONE = ("grpc.use_local_subchannel_pool", 1)  # or gRPC puts all channels to one address on one connection


@contextmanager
def running(place: Place, scope: str = YUNCHENG, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server that has the ledger open, and its address; killed where a test leaves it running."""
    folder = place.catalogue.folder.path
    words = [
        sys.executable, "-m", "subsidy", "serve", "--listen", "127.0.0.1:0", "--json",
        "--policies", str(folder), "--adoptions", str(folder.parent / "adoptions"),
        "--ledger", place.url, "--scope", scope, "--key", str(place.folder / "key.pem"), *more,
    ]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads("".join(process.stdout.readline() for _ in range(3)))["listening"]
        finally:
            process.kill()


@contextmanager
def served(place: Place, scope: str = YUNCHENG) -> Iterator[str]:
    """The address of a server that has the ledger open; stopped as an operator does, and killed where that fails."""
    with running(place, scope) as (process, address):
        yield address
        process.terminate()
        assert process.wait(30) == 0


@contextmanager
def clients(address: str, count: int) -> Iterator[list[Client]]:
    """Clients, each with a channel and a connection of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(Client(address, timeout=60, options=[_ALONE])) for _ in range(count)]


def channels(address: str, count: int, stack: ExitStack) -> list[grpc.Channel]:
    """Channels, each with a connection of its own."""
    return [stack.enter_context(grpc.insecure_channel(address, options=[_ALONE])) for _ in range(count)]


def told(channel: grpc.Channel, method: str, content: Message) -> bytes | Status:
    """The bytes of the answer, or the status of a refusal; asked again while the server is busy."""
    while True:
        try:
            return call(channel, method, content, timeout=60)
        except grpc.RpcError as error:
            raised: Any = error  # an RpcError that is the call as well
        status: Status | None = rpc_status.from_call(raised)
        if status is None:
            raise raised
        if status.code != grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]:
            return status
        time.sleep(0.05)
