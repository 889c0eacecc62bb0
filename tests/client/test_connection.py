"""One connection: how it is kept, what it lets pass, and what the service sees of it."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.faults.proxy import Act, Link, Relay
from tests.service.wire import HOME, HOME_FACTS

import subsidy
from subsidy.client import Client
from subsidy.client.channel import LARGEST_REQUEST, OPTIONS
from subsidy.client.health import health
from subsidy.errors import ServiceError
from subsidy.service import Server, server
from subsidy.text import Text

from .between import Between

Record = Callable[[str, object], None]
PERMITTED = "grpc.http2.min_ping_interval_without_data_ms"
AGE = [("grpc.max_connection_age_ms", 200), ("grpc.max_connection_age_grace_ms", 1000)]


def test_connections_that_grow_old_fail_no_call(
    catalogue: subsidy.Catalogue, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    """Where the server ends each connection after a fifth of a second, calls without a pause are all answered."""
    monkeypatch.setattr(server, "OPTIONS", list({**dict(server.OPTIONS), **dict(AGE)}.items()))
    links = dict[int, Link]()

    def count(link: Link, _: bool, __: bytes) -> Act:
        links[id(link)] = link
        return Act.PASS

    with (
        Server(catalogue) as running,
        Relay(running.port, count) as relay,
        Client(f"127.0.0.1:{relay.ports[0]}") as client,
        ThreadPoolExecutor(4) as callers,
    ):
        end = time.monotonic() + 2.5

        def ask(_: int) -> int:
            answered = 0
            while time.monotonic() < end:
                assert client.calculate(HOME, HOME_FACTS).is_determined
                answered += 1
            return answered

        answered = sum(callers.map(ask, range(4)))
    record_property("figure old connections", {"connections": len(links), "calls": answered, "failures": 0})
    assert len(links) >= 8 and answered > 200


def test_the_client_asks_no_more_often_than_is_permitted(
    monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    """While a call runs the client's pings are permitted; were they thrice as often, the server would hang up."""
    ours = dict(server.OPTIONS)
    permitted = ours.get(PERMITTED, 300_000)  # what gRPC permits where nothing is said
    asked = int(dict(OPTIONS)["grpc.keepalive_time_ms"])
    with ThreadPoolExecutor(2) as both:
        outcomes = []
        for scale in (1000 / asked, 3000 / asked):  # a client pings once in a second, at the most
            monkeypatch.setattr(server, "OPTIONS", list({**ours, PERMITTED: int(permitted * scale)}.items()))
            outcomes.append(both.submit(pinged, Server(Slow())))
        found = [each.result(30) for each in outcomes]
    record_property("figure pings", f"every {asked // 1000} s {found[0]}, every {asked // 3000} s {found[1]}")
    assert found == ["answered", "too many pings"]


class Slow(subsidy.Catalogue):
    """A catalogue that takes six seconds and a half."""

    def policy(self, *given: Any, **more: Any) -> subsidy.Policy:
        time.sleep(6.5)
        return super().policy(*given, **more)


def pinged(made: Server) -> str:
    """What comes of a call during which the client pings once in a second, without end."""
    options = [
        ("grpc.keepalive_time_ms", 1000), ("grpc.http2.max_pings_without_data", 0), ("grpc.service_config", "{}"),
    ]  # fmt: skip
    with made as running, Client(running.address, options=options) as client:
        try:
            client.policy(HOME)
        except ServiceError as error:
            return "too many pings" if "Too many pings" in error.report() else error.report()
    return "answered"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux alone says how long it waits for a peer")
def test_a_service_that_is_gone_without_a_word_is_given_up(server: Server) -> None:
    """The system waits 20 seconds for what was sent to be taken, and not a quarter of an hour."""
    with Client(server.address, options=[("grpc.use_local_subchannel_pool", 1)]) as client:
        client.policy(HOME)
        waits = []
        for each in Path("/proc/self/fd").iterdir():
            try:
                with socket.socket(fileno=os.dup(int(each.name))) as found:
                    if found.getpeername()[1] == server.port:
                        waits.append(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
            except (OSError, IndexError, TypeError):
                continue
    assert 20_000 in waits


def test_the_service_sees_who_calls(server: Server) -> None:
    """The version of the client stands first in its user agent, and every call has a deadline."""
    with Between(server.address) as between, Client(between.address, timeout=7) as client:
        client.policy(HOME)
    (seen,) = between.seen
    assert seen.metadata["user-agent"].startswith(f"subsidy/{subsidy.__version__} grpc-python/")
    assert 5 < seen.seconds < 7.5  # as gRPC rounds it up


def test_what_is_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    """A request above what the service takes is said to be so at once, and not sent five times."""
    with Between(server.address) as between, Client(between.address) as client:
        client.policy(HOME)
        began = time.monotonic()
        with pytest.raises(ServiceError) as error:
            client.calculate(HOME, HOME_FACTS | {"beneficiary": "x" * LARGEST_REQUEST})
        assert time.monotonic() - began < 0.4 and not between.attempts("Calculate")
    said = error.value.problems[0].values["detail"]
    assert isinstance(said, Text) and said.en.startswith(
        "a message is larger than allowed (RESOURCE_EXHAUSTED: CLIENT: "
    )
    assert error.value.problems[0].help("zh") == "分成几次，或用 calculate_table"
    assert error.value.problems[0].help("en") == "ask in parts, or use calculate_table"


def test_no_proxy_of_the_environment_stands_between(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls and the health of a service go to it directly; whoever wants the proxy says so."""
    for name in ("no_proxy", "no_grpc_proxy", "grpc_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert health(server.address) == "SERVING"
    with Client(server.address, timeout=5) as client:
        assert client.policy(HOME).summary.id == HOME
    through = [("grpc.enable_http_proxy", 1)]
    with Client(server.address, timeout=0.4, options=through) as own, pytest.raises(ServiceError, match="S0202"):
        own.policy(HOME)


def test_an_argument_of_the_callers_own_stands_in_the_place_of_ours(server: Server) -> None:
    """Whoever needs another bound has it."""
    few = [("grpc.max_send_message_length", 10)]
    with Client(server.address, timeout=1, options=few) as own, pytest.raises(ServiceError, match=r"\(\d+ vs. 10\)"):
        own.policy(HOME)
