"""Clients in Java and Go, made from the contract with the tools of a Linux distribution, get answers over TLS."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Final

import pytest
from tests.client.between import Between, Code
from tests.service.security.conftest import Town, town
from tests.service.wire import HOME

import subsidy
from subsidy.client import Client
from subsidy.service import Server

__all__ = ["town"]
ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = ROOT / "examples" / "clients"
# What each takes of Debian: examples/clients/*/build.sh name the packages.
TOOLS: Final = {
    "java": ["/usr/bin/protoc", "/usr/bin/grpc_java_plugin", "/usr/bin/javac", "/usr/share/java/grpc-netty.jar",
             "/usr/share/java/protobuf.jar", "/usr/share/java/netty-tcnative.jar"],
    "go": ["/usr/bin/protoc", "/usr/bin/protoc-gen-go", "/usr/bin/protoc-gen-go-grpc", "/usr/bin/go",
           "/usr/share/gocode/src/google.golang.org/grpc", "/usr/share/gocode/src/google.golang.org/protobuf"],
}  # fmt: skip


def built(language: str) -> Path:
    """The client of a language, built anew where anything that it is made of has changed."""
    lacking = [tool for tool in TOOLS[language] if not Path(tool).exists()]
    if lacking:
        pytest.skip(
            f"to build it needs what examples/clients/{language}/build.sh names; not here: {', '.join(lacking)}"
        )
    made, digest = ROOT / "build" / "clients" / language, hashlib.sha256()
    for source in sorted([*(ROOT / "protos").rglob("*.proto"), *(SOURCES / language).iterdir()]):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    mark = made / "made-of"
    if not mark.exists() or mark.read_text() != digest.hexdigest():
        shutil.rmtree(made, ignore_errors=True)
        build = [SOURCES / language / "build.sh", made]
        subprocess.run(build, check=True, env={**os.environ, "PYTHON": sys.executable}, timeout=280)
        mark.write_text(digest.hexdigest())
    return made / "calculate"


@pytest.mark.parametrize("language", ["java", "go"])
def test_a_client_of_another_language_is_answered(language: str, town: Town) -> None:
    """It gets the amount that the library gives, is told what is wrong, and asks again while the service is busy, and
    where one that stops has not taken the call."""
    client, bureau = built(language), town.caller("bureau")
    catalogue = subsidy.catalogue()
    with Server(catalogue, tls=town.tls(), most_calls=1) as server:

        def started(*more: str, address: str = server.address) -> subprocess.Popen[str]:
            words = [
                str(client),
                address,
                *(str(each) for each in (bureau.authority, bureau.certificate, bureau.key)),
            ]
            return subprocess.Popen(
                [*words, *more],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "GRPC_GO_RETRY": "on"},
            )

        facts = {"beneficiary": "B1", "month": "2023-08", "hours": "20.25", "price": "30.50", "left_monthly": "1350"}
        with Client(server.address, tls=bureau) as ours:
            answer = ours.calculate(HOME, facts)
        said, wrong = started().communicate(timeout=60)
        assert said == f"{answer.amount} CNY, {answer.digest}\n", wrong

        said, wrong = started("many").communicate(timeout=60)
        assert said == ""
        assert "hours of home service in the month (hours) was given as “many”" in wrong

        free = Event()
        pool = server._pools["subsidy.v1.CalculationService"]
        held = [pool.submit(free.wait, 60)]  # the one call that is taken at once
        waiting = started()
        end = time.monotonic() + 30
        while not server._guard._busy and time.monotonic() < end:  # it was not refused yet
            time.sleep(0.02)
        assert server._guard._busy
        free.set()
        said, wrong = waiting.communicate(timeout=60)
        assert said.startswith(f"{answer.amount} CNY"), wrong
        assert held[0].result()

    def stops(_: str, number: int) -> Code | None:
        return Code.CANCELLED if number == 0 else None

    credentials, _ = town.tls().credentials()
    with Server(catalogue) as server, Between(server.address, stops, credentials) as between:
        said, wrong = started(address=between.address).communicate(timeout=60)
        assert said.startswith(f"{answer.amount} CNY"), wrong
        assert len(between.attempts("Calculate")) == 2
