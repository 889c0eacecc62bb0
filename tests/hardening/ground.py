"""What the proofs stand on: a bureau, its server as an operator starts it, and calls as bytes with their gRPC codes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import grpc
from tests.faults.kill import server, serving
from tests.faults.load import in_memory
from tests.ledger.support import BED, NURSING, bureau

from subsidy.client import Client, Tls
from subsidy.client.facts import encode_facts
from subsidy.v1.calculation_service_pb2 import VIEW_FULL, CalculateRequest
from subsidy.v1.ledger_service_pb2 import DetermineRequest

CALCULATE: Final = "/subsidy.v1.CalculationService/Calculate"
DETERMINE: Final = "/subsidy.v1.LedgerService/Determine"
HEALTH: Final = "/grpc.health.v1.Health/Check"
ALONE: Final = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]  # one connection, no second try
PATIENCE: Final = 20.0  # seconds


@dataclass(frozen=True)
class Ground:
    """A bureau's folder, and where its ledger lies.

    Attributes:
        folder: policies, adoptions, and whatever a proof puts there.
    """

    folder: Path

    @property
    def file(self) -> Path:
        """The ledger."""
        return self.folder / "ledger.db"

    @property
    def words(self) -> list[str]:
        """The command of the server as an operator gives it."""
        return server(self.folder, self.file)

    @contextmanager
    def served(self, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """A serving process and its address; what it logs is in `log`."""
        with self.log.open("a", encoding="utf-8") as log, serving([*self.words, *more], log) as found:
            yield found

    @property
    def log(self) -> Path:
        """What the server said to its operator."""
        return self.folder / "server.log"


@contextmanager
def ground(*, is_kept: bool = False) -> Iterator[Ground]:
    """A bureau with its adoptions; in memory, unless the disk is to be `kept` to."""
    with TemporaryDirectory(dir=None if is_kept else in_memory()) as folder:
        bureau(Path(folder))
        yield Ground(Path(folder))


@dataclass(frozen=True)
class Asking:
    """Requests as bytes, made without asking anyone."""

    nursing: Any  # the policy, as the service says it
    calculate: bytes

    @classmethod
    def of(cls, address: str, tls: Tls | None = None) -> Asking:
        """From what the service says of its policies."""
        with Client(address, tls=tls) as client:
            bed, nursing = client.policy(BED, "2024-03-01"), client.policy(NURSING, "2024-03-01")
        facts = {
            "centre": "C1", "resident": "R1", "month": "2024-03", "care_level": "disabled",
            "stays": [{"moved_in": "2023-01-01"}],
        }  # fmt: skip
        request = CalculateRequest(policy=BED, facts=encode_facts(bed, facts), view=VIEW_FULL)
        return cls(nursing, request.SerializeToString(deterministic=True))

    def determine(self, number: int, batch: str = "q") -> bytes:
        """A claim that follows from its number: caps of many persons, each used up after a while."""
        request = f"{batch}-{number}"
        facts = {"elder": f"E{number % 997}", "month": ("2024-03", "2024-04", "2024-05")[number % 3]}
        facts |= {"cost": str(20 + number % 13 * 10), "bill": request}
        return DetermineRequest(
            request_id=request, policy=NURSING, facts=encode_facts(self.nursing, facts)
        ).SerializeToString(deterministic=True)


def call(channel: grpc.Channel, method: str, content: bytes, timeout: float = PATIENCE) -> bytes | grpc.StatusCode:
    """The bytes of the answer, or the code with which there is none."""
    unary: Any = channel.unary_unary(method)
    try:
        answer: bytes = unary(content, timeout=timeout)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()  # an RpcError is the call as well
        return code
    return answer


def numbers(process: int) -> Mapping[str, int]:
    """Memory in KiB, threads and open files of a process, as Linux has them."""
    own = Path(f"/proc/{process}")
    lines = dict(line.split(":", 1) for line in (own / "status").read_text("ascii").splitlines())
    return {
        "kib": int(lines["VmRSS"].split()[0]),
        "threads": int(lines["Threads"]),
        "files": len(list((own / "fd").iterdir())),
    }
