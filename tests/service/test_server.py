"""The server under strain: bounds, refusals, faults, and a stop that loses no call."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import grpc
import pytest
from benchmarks.wire import BUSY, OK, Connections
from google.rpc.error_details_pb2 import ErrorInfo, LocalizedMessage, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2_grpc

import subsidy
from subsidy.client import Client
from subsidy.errors import ServiceError
from subsidy.service import Server
from subsidy.v1 import policy_service_pb2 as v1
from subsidy.v1 import problems_pb2

from .wire import CALCULATE, GET, HOME, HOME_FACTS, call, details, refusal


class Waiting(subsidy.Catalogue):
    """A catalogue whose answers wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go = Event(), Event()

    def policy(
        self, policy_id: str, on: dt.date | str | None = None, known: dt.date | str | None = None
    ) -> subsidy.Policy:
        self.entered.set()
        assert self.go.wait(30)
        return super().policy(policy_id, on, known)


class Broken(subsidy.Catalogue):
    """A catalogue with a fault."""

    def policy(
        self, policy_id: str, on: dt.date | str | None = None, known: dt.date | str | None = None
    ) -> subsidy.Policy:
        raise KeyError(f"secret {policy_id} {on} {known}")


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    catalogue = Waiting()
    yield catalogue
    catalogue.go.set()


def test_oversized_request_is_refused(channel: grpc.Channel) -> None:
    """A message above 1 MiB is refused before it is read."""
    with pytest.raises(grpc.RpcError) as error:
        call(channel, CALCULATE, b"\0" * (1024 * 1024 + 1))
    assert grpc.StatusCode.RESOURCE_EXHAUSTED is error.value.code()


def test_calls_above_the_bound_are_told_to_retry(waiting: Waiting) -> None:
    """Above the bound a call is refused at once with a time to retry, health still answers, and the others finish."""
    request = v1.GetPolicyRequest(policy=HOME)
    with (
        Server(waiting, threads=2, most_calls=3) as server,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(3) as callers,
    ):
        running = [callers.submit(call, channel, GET, request) for _ in range(3)]
        while server.active_calls < 3:
            assert not any(each.done() for each in running)
        status = refusal(channel, GET, request)
        assert (grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], "the service is busy with 3 calls") == (
            status.code,
            status.message,
        )
        info, retry, local, _ = details(status, ErrorInfo, RetryInfo, LocalizedMessage, problems_pb2.Problems)
        assert ErrorInfo(reason="BUSY", domain="subsidy", metadata={"code": "S0201", "problems": "1"}) == info
        assert isinstance(retry, RetryInfo) and retry.retry_delay.seconds == 1
        assert LocalizedMessage(locale="zh-CN", message="服务繁忙，已有 3 个调用") == local
        once = [("grpc.enable_retries", 0)]
        with Client(server.address, options=once) as client, pytest.raises(ServiceError, match="S0201"):
            client.policy(HOME)
        check = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=20)
        assert check.status == health_pb2.HealthCheckResponse.SERVING
        waiting.go.set()
        assert len({each.result(20) for each in running}) == 1


def test_a_burst_is_answered_or_told_to_retry(server: Server) -> None:
    """2,560 calls at one moment: each has its answer or our refusal; gRPC by itself cancels of more than a thousand."""
    codes = Counter[int]()
    calls = Connections(server.address, GET, count=40, timeout=20)
    for _ in range(40 * 64):
        calls.send(v1.GetPolicyRequest(policy=HOME).SerializeToString(), None)
    until = time.monotonic() + 20
    while calls.unanswered and time.monotonic() < until:
        calls.receive(time.perf_counter() + 1, lambda _, code: codes.update([code]))
    calls.close()
    assert codes.total() == 40 * 64
    assert codes.keys() <= {OK, BUSY}


def test_open_streams_leave_health_and_calls_alone(channel: grpc.Channel) -> None:
    """Reflection streams held open take no thread from health or from calculations."""
    requests: SimpleQueue[Any] = SimpleQueue()
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    streams = [stub.ServerReflectionInfo(iter(requests.get, None), timeout=20) for _ in range(12)]
    check = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
    assert check.status == health_pb2.HealthCheckResponse.SERVING
    assert call(channel, GET, v1.GetPolicyRequest(policy=HOME), timeout=10)
    for stream in streams:
        stream.cancel()
        requests.put(None)


def test_abandoned_calls_free_their_places(waiting: Waiting) -> None:
    """A call that its caller gave up counts no longer once its thread is done."""
    request = v1.GetPolicyRequest(policy=HOME).SerializeToString()
    with Server(waiting, threads=1, most_calls=2) as server, grpc.insecure_channel(server.address) as channel:
        method: Any = channel.unary_unary(GET)
        futures = [method.future(request, timeout=20) for _ in range(2)]
        assert waiting.entered.wait(20)
        while server.active_calls < 2:
            pass
        for future in futures:
            future.cancel()
        waiting.go.set()
        while server.active_calls:
            pass
        assert call(channel, GET, request)


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:50051", "10.0.0.1:0", ":50051"])
def test_listening_elsewhere_is_refused(catalogue: subsidy.Catalogue, listen: str) -> None:
    """Without encryption an address that is not loopback is refused, in both languages, before anything is bound."""
    with pytest.raises(ServiceError) as error:
        Server(catalogue, listen)
    code = "S0103" if listen.startswith(":") else "S0101"
    assert [(code, listen)] == [(problem.code, problem.where) for problem in error.value.problems]
    assert listen in error.value.problems[0].message("zh") and listen in error.value.problems[0].message("en")


@pytest.mark.parametrize("listen", ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:٣"])
def test_address_that_is_none_is_refused(catalogue: subsidy.Catalogue, listen: str) -> None:
    """What is no address and port is said to be none."""
    with pytest.raises(ServiceError, match="S0103"):
        Server(catalogue, listen)


def test_localhost_is_loopback(catalogue: subsidy.Catalogue) -> None:
    """The name localhost is taken for the loopback address that it has."""
    with Server(catalogue, "localhost:0") as server, Client(server.address) as client:
        assert catalogue.ids == [policy.id for policy in client.policies()]


def test_port_in_use_is_refused(server: Server, catalogue: subsidy.Catalogue) -> None:
    """A second server on a port is refused, whether the first is ours or not."""
    with pytest.raises(ServiceError, match="S0102"):
        Server(catalogue, server.address)
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(ServiceError, match="S0102"):
        Server(catalogue, f"127.0.0.1:{other.getsockname()[1]}")


def test_fault_hides_its_text(caplog: pytest.LogCaptureFixture) -> None:
    """An internal error is answered with a number alone; the log has its types and places, not its words."""
    with (
        caplog.at_level(logging.ERROR, "subsidy.service"),
        Server(Broken()) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        status = refusal(channel, GET, v1.GetPolicyRequest(policy="cn/secret/place/scheme"))
        with Client(server.address) as client, pytest.raises(subsidy.InternalError, match="I0101"):
            client.calculate(HOME, HOME_FACTS)
    info, local, problems = details(status, ErrorInfo, LocalizedMessage, problems_pb2.Problems)
    assert isinstance(problems, problems_pb2.Problems) and isinstance(info, ErrorInfo)
    number = problems.problems[0].values["id"].plain
    assert (grpc.StatusCode.INTERNAL.value[0], f"an internal error, number {number}") == (status.code, status.message)
    assert info.reason == "INTERNAL"
    assert LocalizedMessage(locale="zh-CN", message=f"内部错误，编号 {number}") == local
    assert b"secret" not in status.SerializeToString()
    assert "secret" not in caplog.text
    record = next(each for each in caplog.records if number in each.getMessage())
    assert "builtins.KeyError" in vars(record)["trace"] and "test_server.py" in vars(record)["trace"]
    assert "secret" not in vars(record)["trace"]


def test_stop_lets_a_running_call_finish(waiting: Waiting) -> None:
    """A stop says "not serving", lets the running call finish, and then answers no more."""
    server = Server(waiting).start()
    with grpc.insecure_channel(server.address) as channel, ThreadPoolExecutor(1) as callers:
        running = callers.submit(call, channel, GET, v1.GetPolicyRequest(policy=HOME))
        assert waiting.entered.wait(20)
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=20)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        stopping = Thread(target=server.stop)
        stopping.start()
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        waiting.go.set()
        assert v1.GetPolicyResponse.FromString(running.result(20)).policy.summary.id == HOME
        watch.cancel()
        stopping.join(20)
        assert not stopping.is_alive()
    with Client(server.address, timeout=1) as client, pytest.raises(ServiceError, match="S0202"):
        client.policy(HOME)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_the_process(number: signal.Signals) -> None:
    """On SIGTERM and SIGINT the process stops by itself, with a clean exit."""
    program = (
        "import subsidy; from subsidy.service import serve; "
        "serve(subsidy.catalogue(), '127.0.0.1:0', ready=lambda address: print(address, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with Client(address) as client:
            assert client.calculate(HOME, HOME_FACTS).is_determined
        os.kill(process.pid, number)
        assert process.wait(20) == 0
