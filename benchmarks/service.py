"""`Calculate` (BASIC view) over a real channel, beside an empty handler: calls a second, 16 in flight.

`subsidy serve` runs as shipped; a bare gRPC server with the same options and threads, whose one handler reads the same
request and answers an empty response of the same kind, runs in a process of its own. This process sends both the same
bytes, reads no answer, and calls them in turn, each first in every other round, so that a drifting machine hits both
alike. Then both once more, each kept on one core: Python runs one thread at a time, and pays for taking turns on two.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc

IN_FLIGHT = 16
SECONDS = 1.0
ROUNDS = 8
CALCULATE = "/subsidy.v1.CalculationService/Calculate"
ONE_CORE = ("taskset", "--cpu-list", "0")
BARE = """
import sys
from concurrent.futures import ThreadPoolExecutor
import grpc
from subsidy.service.server import OPTIONS, THREADS
from subsidy.v1.calculation_service_pb2 import CalculateRequest, CalculateResponse
server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
empty = grpc.unary_unary_rpc_method_handler(
    lambda request, _: CalculateResponse(), CalculateRequest.FromString, CalculateResponse.SerializeToString
)
table = grpc.method_handlers_generic_handler("subsidy.v1.CalculationService", {"Calculate": empty})
server.add_generic_rpc_handlers((table,))
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
def started(code: str, before: Sequence[str]) -> Iterator[str]:
    """The address of a server in a process of its own; `before` is what its command begins with."""
    command = [*before, sys.executable, "-c", code]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
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


def measure(before: Sequence[str]) -> None:
    """Prints a line for each policy."""
    with (
        started(BARE, before) as bare,
        started(SHIPPED, before) as shipped,
        grpc.insecure_channel(bare) as one,
        grpc.insecure_channel(shipped) as two,
    ):
        calls = {"empty": one.unary_unary(CALCULATE).future, "ours": two.unary_unary(CALCULATE).future}
        for name, request in requests(shipped).items():
            rounds = []
            for number in range(ROUNDS):
                order = sorted(calls, reverse=bool(number % 2))
                rounds.append({each: rate(calls[each], request) for each in order})
            empty, ours = (statistics.median(each[which] for each in rounds) for which in calls)
            ratios = sorted(each["ours"] / each["empty"] for each in rounds)
            spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} – {ratios[-1]:.2f})"
            print(f"{name:40} empty {empty:6.0f}/s   Calculate {ours:6.0f}/s   ratio {spread}", flush=True)


def main() -> None:
    print("as the machine places them")
    measure(())
    if shutil.which(ONE_CORE[0]):
        print("each kept on one core")
        measure(ONE_CORE)


if __name__ == "__main__":
    main()
