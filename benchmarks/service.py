"""`Calculate` (BASIC view) over a real channel, beside an empty handler: calls a second, 16 in flight.

`subsidy serve` runs as shipped, with metrics; a bare gRPC server with the same options and threads, whose one handler
reads the same request and answers an empty response of its kind, runs in a process of its own. This process sends both
the same bytes, reads no answer, and calls them in turn, each first in every other round, so that a machine that drifts
hits both alike. Then both once more, each kept on one core: Python runs one thread at a time, and pays for taking turns
on two. And so with certificates of both sides, ours with roles: beside the empty handler over the same encryption, and
beside the one without any.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

IN_FLIGHT = 16
SECONDS = 1.0
ROUNDS = 8
CALCULATE = "/subsidy.v1.CalculationService/Calculate"
POLICY = "cn/shanxi/yuncheng/operating-subsidy"
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
if sys.argv[1:]:
    from pathlib import Path
    key, certificate, authority = (Path(each).read_bytes() for each in sys.argv[1:])
    credentials = grpc.ssl_server_credentials([(key, certificate)], authority, True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
else:
    port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(f"127.0.0.1:{port}", flush=True)
sys.stdin.read()
"""
SHIPPED = """
import sys
from subsidy.service.operation.running import run
from subsidy.service.operation.settings import read_settings
flags = {"listen": "127.0.0.1:0", "metrics": "127.0.0.1:0"}
if sys.argv[1:]:
    from pathlib import Path
    key, certificate, authority = map(Path, sys.argv[1:])
    roles = authority.with_name("roles.toml")
    flags |= {"tls_key": key, "tls_cert": certificate, "tls_ca": authority, "roles": roles}
run(read_settings(flags), lambda address: print(address, flush=True))
"""


@contextmanager
def started(code: str, before: Sequence[str] = (), files: Sequence[str] = ()) -> Iterator[str]:
    """The address of a server in a process of its own; `before` is what its command begins with, `files` behind it."""
    command = [*before, sys.executable, "-c", code, *files]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def requests(address: str, tls: Any = None) -> dict[str, bytes]:
    """The first example of each shipped policy, as bytes on the wire."""
    import subsidy
    from subsidy.client import Client
    from subsidy.client.facts import encode_facts
    from subsidy.v1.calculation_service_pb2 import VIEW_BASIC, CalculateRequest

    found = {}
    with Client(address, tls=tls) as client:
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


def measure_secured(folder: Path, before: Sequence[str]) -> None:
    """Prints a line for one policy: ours with certificates and roles, beside both empty handlers."""
    from subsidy.client import Tls

    subprocess.run([sys.executable, "-m", "subsidy", "pki", "demo", str(folder)], check=True, stdout=subprocess.DEVNULL)
    files = [str(folder / name) for name in ("server.key", "server.pem", "ca.pem")]
    tls = Tls(folder / "ca.pem", folder / "reader.pem", folder / "reader.key")
    with (
        started(BARE, before) as plain,
        started(BARE, before, files) as bare,
        started(SHIPPED, before, files) as shipped,
        grpc.insecure_channel(plain) as one,
        grpc.secure_channel(bare, tls.credentials()) as two,
        grpc.secure_channel(shipped, tls.credentials()) as three,
    ):
        calls = {
            name: channel.unary_unary(CALCULATE).future
            for name, channel in {"plain": one, "empty": two, "ours": three}.items()
        }
        request = requests(shipped, tls)[POLICY]
        rounds = []
        for number in range(2 * ROUNDS):
            order = sorted(calls, reverse=bool(number % 2))
            rounds.append({each: rate(calls[each], request) for each in order})
    for name, said in (("empty", "over the same encryption"), ("plain", "without encryption")):
        empty, ours = (statistics.median(each[which] for each in rounds) for which in (name, "ours"))
        ratios = sorted(each["ours"] / each[name] for each in rounds)
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} – {ratios[-1]:.2f})"
        print(f"empty {said:25} {empty:6.0f}/s   Calculate {ours:6.0f}/s   ratio {spread}", flush=True)


def main() -> None:
    for said, before in (("as the machine places them", ()), ("each kept on one core", ONE_CORE)):
        if before and not shutil.which(before[0]):
            continue
        print(said)
        measure(before)
        print(f"{said}, with certificates of both sides and roles: {POLICY}")
        with tempfile.TemporaryDirectory() as folder:
            measure_secured(Path(folder) / "pki", before)


if __name__ == "__main__":
    main()
