"""`subsidy serve --ledger` as a process: it keeps what it acknowledged, and one process at a time has a ledger open."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest
from tests.ledger.support import NURSING, YUNCHENG

from subsidy.client import Client, Recorded
from subsidy.errors import ServiceError

ONCE: Final = [("grpc.service_config", "{}")]  # what is cut off is not asked again


def words(bureau: Path, ledger: Path, *more: str) -> list[str]:
    """The command of a server with a ledger."""
    return [
        sys.executable, "-m", "subsidy", "serve", "--listen", "127.0.0.1:0", "--json",
        "--policies", str(bureau / "policies"), "--adoptions", str(bureau / "adoptions"),
        "--ledger", f"sqlite:///{ledger}", "--scope", YUNCHENG, *more,
    ]  # fmt: skip


@contextmanager
def serving(bureau: Path, ledger: Path, *, has_scope: bool = True) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running server, and its address; killed where a test leaves it running."""
    command = words(bureau, ledger) if has_scope else words(bureau, ledger)[:-2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            lines = "".join(process.stdout.readline() for _ in range(3))
            yield process, json.loads(lines)["listening"]
        finally:
            process.kill()


def stop(process: subprocess.Popen[str]) -> None:
    """Stop a server as an operator does; it ends well."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def nursing(client: Client, request: str, cost: str = "1") -> Recorded:
    """A claim for nursing of a bill of its own."""
    return client.determine(NURSING, elder="E1", month="2024-03", cost=cost, bill=request, request=request)


def test_a_restarted_server_has_everything(bureau_folder: Path, tmp_path: Path) -> None:
    """After a stop the next process has the entries, the caps, the requests and the key, and the log goes on."""
    with serving(bureau_folder, tmp_path / "l.db") as (process, address), Client(address) as client:
        first = nursing(client, "a", "900")
        kept = client.checkpoint()
        stop(process)
    with serving(bureau_folder, tmp_path / "l.db") as (process, address), Client(address) as client:
        assert nursing(client, "a", "900") == first
        assert nursing(client, "b", "900").amount == Decimal("100.00")
        assert client.consistency(kept.size).verify(kept.note, *kept.keys)
        assert client.checkpoint().keys == kept.keys
        stop(process)


def test_a_ledger_that_is_there_has_its_scope(bureau_folder: Path, tmp_path: Path) -> None:
    """A ledger that was made is served without its scope being said again, and has what it had."""
    with serving(bureau_folder, tmp_path / "l.db") as (process, address), Client(address) as client:
        first = nursing(client, "a")
        stop(process)
    with serving(bureau_folder, tmp_path / "l.db", has_scope=False) as (process, address), Client(address) as client:
        assert nursing(client, "a") == first
        stop(process)


def test_a_second_server_is_refused_at_once(bureau_folder: Path, tmp_path: Path) -> None:
    """Another process on the same ledger ends with the reason, and the first goes on."""
    with serving(bureau_folder, tmp_path / "l.db") as (process, address), Client(address) as client:
        second = subprocess.run(
            words(bureau_folder, tmp_path / "l.db", "--lang", "en"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 2
        assert [problem["code"] for problem in json.loads(second.stdout)["problems"]] == ["S0302"]
        assert nursing(client, "a").decision == "determined"
        stop(process)


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (["--scope", "210100"], 2, "scope is given together with ledger"),
        (["--key", "k"], 2, "key is given together with ledger"),
        (["--ledger", "sqlite:///{}/mistyped.db"], 2, "S0306 no-ledger"),
        (["--ledger", "mysql://x/y", "--scope", "210100"], 3, "R0501 bad-ledger"),
        (["--ledger", "sqlite:///{}/l.db", "--scope", "999999"], 3, "R0517 no-such-scope"),
        (["--ledger", "sqlite:////nowhere/l.db", "--scope", "210100"], 2, "S0304 store-failed"),
    ],
)
def test_a_ledger_that_cannot_be_opened_stops_the_start(
    tmp_path: Path, more: list[str], status: int, said: str
) -> None:
    """A wrong ledger, scope or option ends the command before anything is listened on."""
    given = [word.format(tmp_path) for word in more]
    command = [sys.executable, "-m", "subsidy", "serve", "--listen", "127.0.0.1:0", *given]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, said in found.stderr, "Traceback" in found.stderr) == (status, True, False)
    assert not [*tmp_path.glob("mistyped*")]


def test_a_stop_under_load_loses_nothing_acknowledged(bureau_folder: Path, tmp_path: Path) -> None:
    """Every claim that was answered while the server was told to stop is there afterwards, with the same answer."""
    enough = Event()
    answered: dict[str, Recorded] = {}

    def ask(number: int) -> str:
        request = f"q{number}"
        with Client(address, timeout=30, options=ONCE) as client:
            answered[request] = nursing(client, request)
        if len(answered) >= 20:
            enough.set()
        return request

    refused: list[Any] = []
    with (
        serving(bureau_folder, tmp_path / "l.db") as (process, address),
        ThreadPoolExecutor(16) as callers,
    ):
        running = [callers.submit(ask, number) for number in range(1000)]
        assert enough.wait(60)
        stop(process)
        for each in as_completed(running):
            error = each.exception()
            if error is not None:
                assert isinstance(error, ServiceError), error
                refused.append(error)
    assert refused and len(answered) >= 20
    with serving(bureau_folder, tmp_path / "l.db") as (process, address), Client(address) as client:
        before = client.checkpoint()
        again = {request: nursing(client, request) for request in answered}
        assert (again, client.checkpoint()) == (answered, before)
        stop(process)


def test_a_client_asks_again_across_a_restart(bureau_folder: Path, tmp_path: Path) -> None:
    """A call that finds the server gone is sent again, and has one effect once it is back."""
    with serving(bureau_folder, tmp_path / "l.db") as (process, address):
        stop(process)
    port = address.rpartition(":")[2]
    command = words(bureau_folder, tmp_path / "l.db", "--listen", f"127.0.0.1:{port}")
    with Client(address) as client, ThreadPoolExecutor(1) as caller:
        asking = caller.submit(client.checkpoint)  # nobody listens yet
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert asking.result(30).size == 2
                assert nursing(client, "a").decision == "determined"
                assert [each.entry["request"] for each in client.determinations()] == ["a"]
                stop(process)
            finally:
                process.kill()
