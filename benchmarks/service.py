"""`Calculate` (BASIC view) over a real channel, beside an empty handler: calls a second, 16 in flight.

`subsidy serve` runs as shipped; a bare gRPC server with the same options and threads, whose one handler gives back what
it got, runs in a process of its own. They are called in turn, so that a drifting machine hits both alike.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

IN_FLIGHT = 16
SECONDS = 1.5
ROUNDS = 7
EMPTY = "/subsidy.benchmark.Empty/Empty"
CALCULATE = "/subsidy.v1.CalculationService/Calculate"
BARE = """
import sys
from concurrent.futures import ThreadPoolExecutor
import grpc
from subsidy.service.server import OPTIONS, THREADS
server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
empty = grpc.unary_unary_rpc_method_handler(lambda content, _: content)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("subsidy.benchmark.Empty", {"Empty": empty}),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(f"127.0.0.1:{port}", flush=True)
sys.stdin.read()
"""
SHIPPED = """
import sys
import subsidy
from subsidy.service.server import serve
serve(subsidy.catalogue(), "127.0.0.1:0", ready=lambda address: print(address, flush=True))
"""


@contextmanager
def started(code: str) -> Iterator[str]:
    """The address of a server in a process of its own."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


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
    with (
        started(BARE) as bare,
        started(SHIPPED) as shipped,
        grpc.insecure_channel(bare) as one,
        grpc.insecure_channel(shipped) as two,
    ):
        empty, calculate = one.unary_unary(EMPTY).future, two.unary_unary(CALCULATE).future
        for name, request in requests(shipped).items():
            pairs = [(rate(empty, request), rate(calculate, request)) for _ in range(ROUNDS)]
            first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratios = sorted(after / before for before, after in pairs)
            spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} – {ratios[-1]:.2f})"
            print(f"{name:40} empty {first:6.0f}/s   Calculate {second:6.0f}/s   ratio {spread}")


if __name__ == "__main__":
    main()
