"""`Calculate` (BASIC view) over a real channel, beside an empty handler of the same server: calls a second, 16 in flight.

The server runs in a process of its own; the two are called in turn, so that a drifting machine hits both alike.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import grpc

IN_FLIGHT = 16
SECONDS = 1.5
ROUNDS = 7
EMPTY = "/subsidy.benchmark.Empty/Empty"
CALCULATE = "/subsidy.v1.CalculationService/Calculate"


def serve(pipe: Connection) -> None:
    """The server as shipped, with one handler more that does nothing."""
    import subsidy
    from subsidy.service.server import Server

    server = Server(subsidy.catalogue())
    empty = grpc.unary_unary_rpc_method_handler(lambda content, _: content)
    table = grpc.method_handlers_generic_handler("subsidy.benchmark.Empty", {"Empty": empty})
    server._server.add_generic_rpc_handlers((table,))
    with server:
        pipe.send(server.address)
        pipe.recv()


@contextmanager
def started() -> Iterator[str]:
    """The address of a server in another process."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


def requests(address: str) -> dict[str, bytes]:
    """The first example of each shipped policy, as bytes on the wire."""
    import subsidy
    from subsidy.client import Client
    from subsidy.client.facts import encode_facts
    from subsidy.v1.calculation_service_pb2 import VIEW_BASIC, CalculateRequest

    found = {}
    with Client(address) as client:
        for policy in subsidy.catalogue():
            example = policy.document.examples[0]
            facts = encode_facts(client.policy(policy.id), example.facts)
            request = CalculateRequest(policy=policy.id, facts=facts, readings=example.under, view=VIEW_BASIC)
            found[policy.id] = request.SerializeToString()
    return found


def rate(call: Callable[[bytes], Any], request: bytes) -> float:
    """Calls a second."""
    waiting = deque(call(request) for _ in range(IN_FLIGHT))
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        waiting.popleft().result()
        waiting.append(call(request))
        count += 1
    elapsed = time.perf_counter() - start
    for each in waiting:
        each.result()
    return count / elapsed


def main() -> None:
    with started() as address, grpc.insecure_channel(address) as channel:
        empty, calculate = (channel.unary_unary(name).future for name in (EMPTY, CALCULATE))
        for name, request in requests(address).items():
            pairs = [(rate(empty, request), rate(calculate, request)) for _ in range(ROUNDS)]
            ratios = sorted(second / first for first, second in pairs)
            least, most = ratios[0], ratios[-1]
            first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(ratios)
            print(f"{name:40} empty {first:6.0f}/s   Calculate {second:6.0f}/s   ratio {ratio:.2f} ({least:.2f} – {most:.2f})")


if __name__ == "__main__":
    main()
