"""The programs in examples/ run as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from subsidy.service import Server

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_example_over_grpc_runs(server: Server) -> None:
    """The example of the client prints the amount and the explanation."""
    command = [sys.executable, str(EXAMPLES / "calculate_over_grpc.py"), server.address]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "93.33 CNY" in found.stdout and "F0110 bad-date" in found.stdout


def test_example_in_process_runs() -> None:
    """The example of the library prints the same amount."""
    command = [sys.executable, str(EXAMPLES / "calculate_in_process.py")]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "93.33 CNY" in found.stdout and "F0110 bad-date" in found.stdout
