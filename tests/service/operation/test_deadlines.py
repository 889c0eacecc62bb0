"""Calls without a deadline are given one, and a call whose caller has gone is not computed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import grpc
import pytest
from tests.service.test_server import Waiting
from tests.service.wire import GET, HOME

from subsidy.service import Server, deadlines, guard
from subsidy.v1 import policy_service_pb2 as v1
from subsidy.v1 import table_pb2

from .conftest import soon

REQUEST = v1.GetPolicyRequest(policy=HOME).SerializeToString()
TABLE = "/subsidy.v1.CalculationService/CalculateTable"


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    """A catalogue that waits, behind a server that gives half a second."""
    monkeypatch.setattr(deadlines, "_TURN", 0.05)
    monkeypatch.setattr(deadlines, "MESSAGE", 0.5)
    monkeypatch.setattr(deadlines, "IDLE", 0.5)
    monkeypatch.setattr(guard, "LONGEST", 0.5)
    monkeypatch.setattr(guard, "LONGEST_STREAM", 0.5)
    catalogue = Waiting()
    yield catalogue
    catalogue.go.set()


def asking(channel: grpc.Channel) -> Any:
    """The method, over bytes."""
    return channel.unary_unary(GET)


def ends(call: Any) -> tuple[grpc.StatusCode, float]:
    """How a call ends, and after how many seconds."""
    begun = time.monotonic()
    with pytest.raises(grpc.RpcError) as error:
        call()
    return error.value.code(), time.monotonic() - begun


def test_a_call_without_a_deadline_is_given_one(waiting: Waiting) -> None:
    """One that hangs ends for its caller after what any call may take; one with a deadline of its own has that."""
    with Server(waiting) as server, grpc.insecure_channel(server.address) as channel:
        code, seconds = ends(lambda: asking(channel)(REQUEST))
        assert code is grpc.StatusCode.CANCELLED and 0.4 < seconds < 5
        code, seconds = ends(lambda: asking(channel)(REQUEST, timeout=2))
        assert code is grpc.StatusCode.DEADLINE_EXCEEDED and seconds > 1.5
        waiting.go.set()


def test_a_stalled_table_gives_its_place_back(waiting: Waiting) -> None:
    """A table that nobody sends any more keeps one of the few places no longer than a stream may take."""
    waiting.go.set()
    stop = Event()

    def stalling() -> Iterator[bytes]:
        asked = table_pb2.TableAsked(policy=HOME)
        yield table_pb2.CalculateTableRequest(asked=asked).SerializeToString()
        stop.wait(30)

    with Server(waiting) as server, grpc.insecure_channel(server.address) as channel:
        tables: Any = channel.stream_stream(TABLE)
        code, seconds = ends(lambda: list(tables(stalling())))
        assert code is grpc.StatusCode.CANCELLED and seconds < 5
        assert soon(lambda: server.active_calls == 0)
        stop.set()


def test_a_call_that_waited_past_its_deadline_is_not_computed() -> None:
    """Behind one that takes all the threads, those whose callers gave up are let go without a look at them."""
    catalogue = Waiting()
    with Server(catalogue, threads=1) as server, grpc.insecure_channel(server.address) as channel:
        first = asking(channel).future(REQUEST, timeout=30)
        assert catalogue.entered.wait(20)
        catalogue.entered.clear()
        late = [asking(channel).future(REQUEST, timeout=0.2) for _ in range(5)]
        assert {each.code() for each in late} == {grpc.StatusCode.DEADLINE_EXCEEDED}
        catalogue.go.set()
        assert first.result()
        assert soon(lambda: server.active_calls == 0)
        assert not catalogue.entered.is_set()
        assert asking(channel)(REQUEST, timeout=20)
        assert catalogue.entered.is_set()


def test_a_stream_on_which_we_work_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time that the service takes between two parts of an answer counts for nobody's idleness; a caller's does."""
    monkeypatch.setattr(deadlines, "IDLE", 0.3)
    watch = deadlines.Deadlines()
    cancelled: list[float] = []

    class Context:
        def time_remaining(self) -> float:
            return 1e12

        def cancel(self) -> None:
            cancelled.append(time.monotonic())

    def parts() -> Iterator[int]:
        for number in range(3):
            time.sleep(0.6)  # longer than a caller may be idle
            yield number

    context: Any = Context()
    place = watch.begin(context, Event(), 60)  # type: ignore[arg-type]
    place.has_message()
    assert list(deadlines.taken(parts(), place)) == [0, 1, 2]
    assert cancelled == []
    place.asked = time.monotonic()  # and its caller is asked for the next message while it reads the answer
    for _ in deadlines.taken(iter(range(5)), place):
        time.sleep(0.2)
    assert cancelled == []
    for _ in deadlines.taken(iter([0]), place):
        time.sleep(0.8)
    watch.close()
    assert len(cancelled) == 1
