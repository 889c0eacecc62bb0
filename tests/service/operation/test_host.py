"""The service and the system that it runs on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from subsidy import Catalogue
from subsidy.ledger import Ledger, Reader


def test_systemd_is_told_once_calls_are_answered(tmp_path: Path) -> None:
    """READY=1 comes when the service listens, and not before; more descriptors are asked for than a system gives."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(tmp_path / "notify"))
        told.settimeout(60)
        with subprocess.Popen(
            ["sh", "-c", f"ulimit -S -n 256; exec {sys.executable} -m subsidy serve --listen 127.0.0.1:0"],
            env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert told.recv(100) == b"READY=1"
            assert process.stdout is not None
            assert "127.0.0.1:" in process.stdout.readline()
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            assert next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files")) == "8192"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_a_ledger_is_for_its_operator_alone(bureau_catalogue: Catalogue, tmp_path: Path, umask: int) -> None:
    """Whatever the umask, nobody else on the machine can read a ledger, its key or a copy of it."""
    before = os.umask(umask)
    try:
        with Ledger(f"sqlite:///{tmp_path}/l.db", "140800", bureau_catalogue):
            pass
        with Reader(f"sqlite:///{tmp_path}/l.db") as reader:
            reader.backup(tmp_path / "copy.db")
    finally:
        os.umask(before)
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in tmp_path.iterdir()}
    assert modes.keys() >= {"l.db", "l.db.key", "l.db.lock", "copy.db"}
    assert set(modes.values()) == {"0o600"}
