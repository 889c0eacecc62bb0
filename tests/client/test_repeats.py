"""What is refused or cut off is asked again by gRPC itself, has one effect, and is not asked for ever."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pytest
from tests.ledger.support import NURSING
from tests.service.conftest import Desk
from tests.service.test_ledger_process import serving, stop, words
from tests.service.test_server import Waiting
from tests.service.wire import GET, HOME, HOME_FACTS, call

import subsidy
from subsidy.client import Client
from subsidy.client.channel import _UNARY, service_config
from subsidy.errors import FactsError, ServiceError
from subsidy.service import Server
from subsidy.v1 import ledger_service_pb2 as ledger
from subsidy.v1.policy_service_pb2 import GetPolicyRequest

from .between import Between, Code

Record = Callable[[str, object], None]


def first(count: int, code: Code, *methods: str) -> Callable[[str, int], Code | None]:
    """Refuses so many attempts of each of some methods."""
    return lambda method, number: code if method in methods and number < count else None


def test_every_method_with_one_answer_is_asked_again() -> None:
    """Whichever method is added with one request and one answer is repeated; streams are not."""
    assert [each["method"] for each in _UNARY] == [
        "ListPolicies", "GetPolicy", "Calculate",
        "Determine", "Reverse", "Release", "GetDetermination", "ListDeterminations", "GetCheckpoint",
        "GetConsistencyProof",
    ]  # fmt: skip


@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED])
def test_what_is_refused_for_now_is_asked_again(server: Server, code: Code, record_property: Record) -> None:
    """A calculation that is refused three times is answered at the fourth, and nobody notices."""
    with Between(server.address, first(3, code, "Calculate")) as between, Client(between.address, timeout=4) as client:
        assert client.calculate(HOME, HOME_FACTS).is_determined
        tries = [each.metadata.get("grpc-previous-rpc-attempts", "0") for each in between.attempts("Calculate")]
    assert tries == ["0", "1", "2", "3"]
    record_property("figure calls repeated", {"attempts": len(tries), "answers": 1})


def test_a_large_request_is_asked_again_as_well(server: Server) -> None:
    """Up to what the service takes in one message."""
    refusal = first(2, Code.UNAVAILABLE, "Calculate")
    with Between(server.address, refusal) as between, Client(between.address, timeout=4) as client:
        with pytest.raises(FactsError, match="F0118"):
            client.calculate(HOME, HOME_FACTS | {"beneficiary": "x" * 1_000_000})
        assert len(between.attempts("Calculate")) == 3


def test_what_the_service_has_decided_is_not_asked_again(server: Server) -> None:
    """Five attempts are all; our own fault, and what a caller may not, are said the first time."""
    for code, wanted in ((Code.UNAVAILABLE, 5), (Code.INTERNAL, 1), (Code.PERMISSION_DENIED, 1)):
        with (
            Between(server.address, first(99, code, "Calculate")) as between,
            Client(between.address, timeout=2) as own,
        ):
            with pytest.raises(ServiceError, match=f"{code.name}: refused on the way"):
                own.calculate(HOME, HOME_FACTS)
            assert len(between.attempts("Calculate")) == wanted


def test_a_claim_whose_answer_is_lost_is_recorded_once(desk: Desk) -> None:
    """Where the ledger has written and the answer does not come, the next attempt has that same entry."""
    lost: list[bytes] = []

    class Lossy(Between):
        def service(self, handler_call_details: Any) -> Any:
            handler = super().service(handler_call_details)
            if not handler_call_details.method.endswith("Determine"):
                return handler

            def unary(content: bytes, context: grpc.ServicerContext) -> bytes:
                answer: bytes = handler.unary_unary(content, context)
                if len(lost) < 2:
                    lost.append(answer)
                    context.abort(Code.UNAVAILABLE, "lost on the way back")
                return answer

            return grpc.unary_unary_rpc_method_handler(unary)

    with Lossy(desk.server.address) as between, Client(between.address) as client:
        found = client.determine(NURSING, elder="E1", month="2024-03", cost="900", bill="b", request="q")
    assert len(lost) == 2
    assert {ledger.DetermineResponse.FromString(each).recorded.index for each in lost} == {found.index}
    assert [each.entry["request"] for each in desk.client.determinations()] == ["q"]


def test_a_busy_service_says_when(record_property: Record) -> None:
    """A refusal above the bound has a pause for gRPC, never shorter than its words, and different ones."""
    waiting = Waiting()
    with (
        Server(waiting, most_calls=1) as server,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(1) as other,
    ):
        running = other.submit(call, channel, GET, GetPolicyRequest(policy=HOME))
        assert waiting.entered.wait(20)
        pauses = [int(pushed(channel)) for _ in range(20)]
        waiting.go.set()
        assert running.result(20)
    record_property("figure pauses of a busy service", f"{min(pauses)} to {max(pauses)} ms")
    assert all(1000 <= each <= 2000 for each in pauses) and len(set(pauses)) > 5


def pushed(channel: grpc.Channel) -> str:
    """The pause, in milliseconds, that comes with a refusal."""
    with pytest.raises(grpc.RpcError) as error:
        call(channel, GET, GetPolicyRequest(policy=HOME))
    raised: grpc.Call = error.value  # type: ignore[assignment]
    return str(dict(raised.trailing_metadata())["grpc-retry-pushback-ms"])


def test_a_service_in_trouble_is_not_hammered(server: Server, record_property: Record) -> None:
    """After five hundred failures more than answers each call is made once, until there are answers again."""
    trouble = [True]

    def refusal(_: str, __: int) -> Code | None:
        return Code.UNAVAILABLE if trouble[0] else None

    with Between(server.address, refusal) as between, Client(between.address, timeout=1) as client:

        def ask(_: int) -> int:
            try:
                return len(list(client.policies()))
            except ServiceError:
                return 0

        with ThreadPoolExecutor(16) as callers:
            assert not any(callers.map(ask, range(110)))
        before = len(between.seen)
        assert not any(ask(0) for _ in range(10))
        once = len(between.seen) - before
        trouble[0] = False
        assert all(ask(0) for _ in range(40))
        trouble[0] = True
        before = len(between.seen)
        assert not ask(0)
        again = len(between.seen) - before
    record_property("figure trouble", f"10 calls {once} attempts, and {again} of one call after forty answers")
    assert (once, again) == (10, 5)


def test_a_service_that_is_not_there_yet_is_waited_for(catalogue: subsidy.Catalogue, record_property: Record) -> None:
    """A call waits for its connection as long as its deadline lets it, however soon five attempts would be over."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    quick = [("grpc.service_config", service_config(2))]  # five attempts in less than two seconds
    with Client(address, timeout=20, options=quick) as client, ThreadPoolExecutor(4) as callers:
        running = [callers.submit(client.calculate, HOME, HOME_FACTS) for _ in range(4)]
        time.sleep(2.5)
        assert not any(each.done() for each in running)
        with Server(catalogue, address):
            assert all(each.result(20).is_determined for each in running)
    record_property("figure calls before the service was there", {"asked": 4, "answered": 4})


@contextmanager
def restarted(bureau: Path, file: Path, address: str) -> Iterator[None]:
    """A server on an address that was there before."""
    with subprocess.Popen(words(bureau, file, "--listen", address), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield
            stop(process)
        finally:
            process.kill()


def test_nobody_notices_a_restart(bureau_folder: Path, tmp_path: Path, record_property: Record) -> None:
    """While a server is killed under load and started again, every claim is answered, and recorded once."""
    file, killed, done = tmp_path / "l.db", Event(), Event()
    answers: dict[str, object] = {}

    def ask(caller: int) -> int:
        with Client(address, timeout=20) as client:
            for number in range(2000):
                if done.is_set():
                    return number
                name = f"{caller}-{number}"
                answers[name] = client.determine(
                    NURSING, elder=f"E{caller}", month="2024-03", cost="1", bill=name, request=name
                ).index
        raise AssertionError

    with serving(bureau_folder, file) as (process, address), ThreadPoolExecutor(8) as callers:
        running = [callers.submit(ask, caller) for caller in range(8)]
        try:
            while len(answers) < 40 and not any(each.done() for each in running):
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            killed.set()
            before = len(answers)
            with restarted(bureau_folder, file, address):
                while len(answers) < before + 40 and not any(each.done() for each in running):
                    time.sleep(0.01)
                done.set()
                asked = sum(each.result(30) for each in running)
                with Client(address) as client:
                    entries = [each.entry["request"] for each in client.determinations()]
        finally:
            done.set()
    record_property("figure calls across a kill", {"asked": asked, "answered": len(answers), "entries": len(entries)})
    assert sorted(entries) == sorted(answers) and asked == len(answers) > before


def test_the_pauses_are_what_is_told() -> None:
    """Half a second, then each time twice as long; all in time for the deadline where that is short."""
    for timeout, pause, longest in (
        (10.0, "0.500000s", "4.000000s"),
        (60.0, "0.500000s", "4.000000s"),
        (2.0, "0.100000s", "0.800000s"),
    ):
        (method,) = json.loads(service_config(timeout))["methodConfig"]
        policy = method["retryPolicy"]
        assert (policy["initialBackoff"], policy["maxBackoff"]) == (pause, longest)
