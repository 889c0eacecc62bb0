"""A ledger behind a server in a process of its own, until its standard input is closed; and many who call it.

``python -m tests.faults.serving URL FOLDER SCOPE [--leak]``: the folder has the bureau's policies, adoptions and key.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import grpc

import subsidy
from subsidy.client.errors import rebuilt
from subsidy.client.facts import encode_facts
from subsidy.ledger import Answer, Ledger
from subsidy.service import Server
from subsidy.v1 import ledger_service_pb2_grpc
from subsidy.v1.ledger_service_pb2 import DetermineRequest
from subsidy.v1.policy_service_pb2 import Policy

from .evidence import ROOT
from .judge import Ask

_OWN: Final = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100)]
LEAKED: Final = 1 << 19  # bytes an answer, by the control


class Leaking(Ledger):
    """The control of the soak: a ledger that keeps something of every answer, and a file of every twentieth."""

    kept: list[Any]

    def determine(self, *given: Any, **named: Any) -> Answer:
        """As the ledger, and leaks."""
        found = super().determine(*given, **named)
        self.__dict__.setdefault("kept", []).append(bytearray(os.urandom(LEAKED)))
        if found.position % 20 == 0:
            self.kept.append(Path(os.devnull).open("rb"))  # noqa: SIM115
        return found


@contextmanager
def served(url: str, folder: Path, scope: str, *, leak: bool = False) -> Iterator[tuple[str, int]]:
    """The address and the process id of a server with a ledger."""
    words = [sys.executable, "-m", "tests.faults.serving", url, str(folder), scope, *(["--leak"] if leak else [])]
    with subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.communicate()


@contextmanager
def callers(address: str, count: int, policy: Policy) -> Iterator[Callable[[Ask, int], bytes]]:
    """A function that asks over one of so many connections, and gives the answer's bytes."""
    with ExitStack() as stack:
        channels = [stack.enter_context(grpc.insecure_channel(address, _OWN)) for _ in range(count)]
        stubs = [ledger_service_pb2_grpc.LedgerServiceStub(channel) for channel in channels]

        def tell(ask: Ask, _: int) -> bytes:
            stub = stubs[hash(ask.request) % count]
            request = DetermineRequest(request_id=ask.request, policy=ask.policy, facts=encode_facts(policy, ask.facts))
            try:
                answer = stub.Determine(request, timeout=30)
            except grpc.RpcError as error:
                raise rebuilt(error, address) from None
            return bytes(answer.recorded.SerializeToString(deterministic=True))

        yield tell


def main(url: str, folder: Path, scope: str, kind: type[Ledger]) -> None:
    """Serve until there is nobody who would end it."""
    catalogue = subsidy.Catalogue(folder / "policies", adoptions=folder / "adoptions")
    with (
        kind(url, scope, catalogue, key=folder / "key.pem") as ledger,
        Server(catalogue, most_calls=256, ledger=ledger) as server,
    ):
        print(server.address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Leaking if "--leak" in sys.argv else Ledger)
