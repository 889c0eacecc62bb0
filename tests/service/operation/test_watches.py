"""Whoever watches the health keeps nobody from anything: not by coming and going, nor when the service stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Semaphore, Thread

import grpc
import pytest
from grpc_health.v1 import health_pb2 as v1
from grpc_health.v1.health_pb2_grpc import HealthStub
from tests.service.wire import GET, HOME, call

import subsidy
from subsidy.service import Server
from subsidy.v1 import policy_service_pb2

from .conftest import soon

ASKED = v1.HealthCheckRequest()
SERVING, NOT_SERVING = v1.HealthCheckResponse.SERVING, v1.HealthCheckResponse.NOT_SERVING
UNKNOWN = v1.HealthCheckResponse.SERVICE_UNKNOWN


@pytest.fixture
def server(catalogue: subsidy.Catalogue) -> Iterator[Server]:
    """A server of its own."""
    with Server(catalogue) as running:
        yield running


def watching(server: Server, many: int) -> Iterator[tuple[grpc.Channel, HealthStub]]:
    """Callers, each over a connection of its own."""
    for _ in range(many):
        channel = grpc.insecure_channel(server.address, [("grpc.use_local_subchannel_pool", 1)])
        yield channel, HealthStub(channel)


def test_watches_that_come_and_go_stop_nothing(server: Server) -> None:
    """Hundreds of watches opened and ended at once: health and calls answer, and no place is lost."""
    end, count = time.monotonic() + 1.0, Semaphore(0)

    def come_and_go(stub: HealthStub) -> None:
        while time.monotonic() < end:
            with suppress(grpc.RpcError):  # refused: more are open than may be
                watch = stub.Watch(ASKED, timeout=5)
                assert next(watch).status == SERVING
                watch.cancel()
                count.release()

    callers = list(watching(server, 4))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(come_and_go, [stub for _, stub in callers for _ in range(2)]))
    assert [count.acquire(blocking=False) for _ in range(100)] == [True] * 100
    channel, stub = callers[0]
    assert stub.Check(ASKED, timeout=5).status == SERVING
    assert call(channel, GET, policy_service_pb2.GetPolicyRequest(policy=HOME), timeout=5)
    for opened, _ in callers:
        opened.close()
    with ThreadPoolExecutor(60) as threads:  # nearly as many as may watch at once
        told, go = Barrier(61), threading.Event()

        def watch(stub: HealthStub) -> None:
            for _ in stub.Watch(ASKED, timeout=20):
                told.wait(20)
                go.wait(20)
                return

        for _, each in watching(server, 60):
            threads.submit(watch, each)
        told.wait(20)
        go.set()


def test_watches_that_leave_when_told_do_not_hold_a_stop(catalogue: subsidy.Catalogue) -> None:
    """Each is told that it stops; some leave at once, some stay, and it waits for neither."""
    server = Server(catalogue).start()
    said: list[int] = []
    ready = Semaphore(0)

    def watch(channel: grpc.Channel, stub: HealthStub, leaves: bool) -> None:
        watch = stub.Watch(ASKED, timeout=30)
        for found in watch:
            said.append(found.status)
            ready.release()
            if found.status == NOT_SERVING and leaves:
                watch.cancel()
                break
        channel.close()

    threads = [Thread(target=watch, args=(*each, n % 2 == 0)) for n, each in enumerate(watching(server, 16))]
    for each in threads:
        each.start()
    for _ in threads:
        assert ready.acquire(timeout=20)
    stopping = Thread(target=server.stop, daemon=True)
    begun = time.monotonic()
    stopping.start()
    stopping.join(9)  # the calls that stay would be ended after 10
    assert not stopping.is_alive(), time.monotonic() - begun
    for each in threads:
        each.join(20)
    assert sorted(said) == [SERVING] * 16 + [NOT_SERVING] * 16


def test_what_is_watched_is_said_when_it_changes(server: Server) -> None:
    """A watch says how it stands, and each change once; of a service that there is not, that it is not known."""
    with grpc.insecure_channel(server.address) as channel:
        stub = HealthStub(channel)
        name = "subsidy.v1.CalculationService"
        watch, other = stub.Watch(v1.HealthCheckRequest(service=name)), stub.Watch(v1.HealthCheckRequest(service="no"))
        assert next(watch).status == SERVING
        assert next(other).status == UNKNOWN
        for is_serving in (True, False, False, True):
            server._health.set(name, is_serving=is_serving)
            time.sleep(0.05)
        assert [next(watch).status for _ in range(2)] == [NOT_SERVING, SERVING]
        watch.cancel()
        other.cancel()
        with pytest.raises(grpc.RpcError) as error:
            stub.Check(v1.HealthCheckRequest(service="no"))
        assert error.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_thread_that_cannot_be_started_stops_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine gives no more threads, calls are answered by those that are there."""
    start = Thread.start

    def refuse(self: Thread) -> None:
        if self.name.startswith("subsidy-call"):
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(Thread, "start", refuse)
    with grpc.insecure_channel(server.address) as channel, ThreadPoolExecutor(8) as callers:
        request = policy_service_pb2.GetPolicyRequest(policy=HOME)
        answers = [callers.submit(call, channel, GET, request, timeout=20) for _ in range(16)]
        assert len({each.result(20) for each in answers}) == 1
        assert soon(lambda: server.active_calls == 0)
