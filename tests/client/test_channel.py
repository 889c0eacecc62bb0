"""What every call of the client has: an id, a deadline, and its repeats; and what is said where no answer comes."""

from __future__ import annotations

import datetime as dt
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.service.security.conftest import DAY, DOMAIN, NOW, Town, town  # noqa: F401 — a fixture
from tests.service.wire import HOME, HOME_FACTS

import subsidy
from subsidy.client import Client, Tls, call_id
from subsidy.client.channel import _UNARY
from subsidy.errors import RequestError, ServiceError
from subsidy.service import Server
from subsidy.service import server as serving
from subsidy.service.operation.metrics import Metrics

CALCULATE = "/subsidy.v1.CalculationService/Calculate"


@pytest.fixture(scope="module")
def catalogue() -> subsidy.Catalogue:
    """The shipped policies, compiled once."""
    return subsidy.Catalogue()


def ended(metrics: Metrics, code: str, method: str = CALCULATE) -> int:
    """How many calls of a method ended with a code."""
    found = metrics.registry.get_sample_value("subsidy_call_seconds_count", {"method": method, "code": code})
    return int(found or 0)


def test_a_busy_service_is_asked_again_when_it_says_so(
    catalogue: subsidy.Catalogue, record_property: Callable[[str, object], None]
) -> None:
    """A call that was refused for lack of room is answered after the pause that the service asked for."""
    metrics, free = Metrics(), threading.Event()
    with Server(catalogue, most_calls=1, counted=metrics) as server, Client(server.address) as client:
        client.calculate(HOME, HOME_FACTS)  # what the client wants to know of the policy is fetched before
        held = server._pools["subsidy.v1.CalculationService"].submit(free.wait, 30)
        threading.Timer(0.5, free.set).start()
        begun = time.monotonic()
        amount = client.calculate(HOME, HOME_FACTS).amount
        seconds = time.monotonic() - begun
        held.result()
    assert amount == catalogue.calculate(HOME, HOME_FACTS).amount
    refused = ended(metrics, "RESOURCE_EXHAUSTED")
    assert refused >= 1 and 1.0 <= seconds < 9
    record_property("figure client beside a busy service", f"{refused} refused, answered after {seconds:.1f} s")


def test_every_method_with_one_answer_is_repeated() -> None:
    """The list of what is asked again has each of them, and no stream: a new method is on it by itself."""
    assert len(_UNARY) == 10
    assert {"service": "subsidy.v1.LedgerService", "method": "Determine"} in _UNARY
    assert not [each for each in _UNARY if each["method"] in ("CalculateTable", "Replay", "Verify")]


def test_connections_that_end_of_age_lose_no_call(
    catalogue: subsidy.Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """Under a service that closes each connection after a fifth of a second, calls go on without a failure."""
    options = [(name, 200 if name == "grpc.max_connection_age_ms" else value) for name, value in serving.OPTIONS]
    monkeypatch.setattr(serving, "OPTIONS", options)
    calls, end = 0, time.monotonic() + 3
    with Server(catalogue) as server, Client(server.address) as client:
        while time.monotonic() < end:
            client.calculate(HOME, HOME_FACTS)
            calls += 1
    assert calls > 100
    record_property("figure calls over connections of 0.2 s", f"{calls} answered, 0 failed")


def test_a_call_is_found_by_its_id(catalogue: subsidy.Catalogue, caplog: pytest.LogCaptureFixture) -> None:
    """Within `call_id` all calls have the id, the log of the service has it too; outside, each has one of its own."""
    caplog.set_level(logging.DEBUG, "subsidy.service")
    given = uuid.uuid4()
    with Server(catalogue) as server, Client(server.address) as client:
        with call_id(given) as known:
            client.calculate(HOME, HOME_FACTS)
            with pytest.raises(RequestError) as error:
                client.policy("cn/no/such")
        with pytest.raises(RequestError) as other:
            client.policy("cn/no/such")
    assert known == given
    assert error.value.call_id == str(given) != other.value.call_id
    assert str(uuid.UUID(other.value.call_id)) == other.value.call_id
    logged = [vars(record)["id"] for record in caplog.records if record.getMessage() == "call"]
    assert logged.count(str(given)) == len(logged) - 1
    assert logged[-1] == other.value.call_id


def test_an_id_is_a_uuid_and_nothing_else() -> None:
    """Whatever could be of a person is refused before it is sent."""
    with pytest.raises(RequestError) as error, call_id("210102194001011234"):
        pass
    assert error.value.report() == (
        "R0301 bad-request  call_id\n"
        "  请求有误：call_id：210102194001011234 不是 UUID\n"
        "  the request is not well formed: call_id: 210102194001011234 is no UUID"
    )


@pytest.fixture
def nobody() -> str:
    """An address where nobody listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def speechless() -> Iterator[str]:
    """A server that is none of gRPC."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(100)
                    caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def why(target: str, tls: Tls | None = None) -> tuple[str, str, list[str]]:
    """What a caller reads: the code, and what is said and advised in Chinese; and all lines."""
    with Client(target, tls=tls, timeout=1.5) as client, pytest.raises(ServiceError) as error:
        client.policy(HOME)
    assert error.value.call_id
    lines = error.value.report().splitlines()
    return error.value.problems[0].code, error.value.problems[0].message("en"), lines


def test_what_is_wrong_with_an_address_is_said(nobody: str, speechless: str) -> None:
    """Nobody there, no name, no gRPC: each in its own words, with what to do and the id of the call."""
    code, said, lines = why(nobody)
    assert (code, "nobody listens there" in said) == ("S0202", True)
    assert lines[0] == f"S0202 no-answer  {nobody}"
    assert lines[2] == "  → 核对地址和端口，查看服务是否在运行"
    assert lines[4] == "  → check the address and the port, and see whether the service runs"
    assert lines[5].startswith("  调用编号 · id of the call: ")
    assert "the address cannot be resolved" in why("no-such-host.invalid:1")[1]
    assert "the other side is no gRPC service" in why(speechless)[1]


def test_what_is_wrong_with_certificates_is_said(catalogue: subsidy.Catalogue, town: Town, tmp_path: Path) -> None:  # noqa: F811
    """With and without TLS on either side, a foreign authority, another name, and one's own that is over."""
    mine = town.caller("bureau")
    other = Town(tmp_path, type(town.authority).new("other", NOW - DAY, 30))
    (tmp_path / "ca.pem").write_bytes(other.authority.pem)
    with Server(catalogue, tls=town.tls()) as server:
        assert "takes no connection without encryption" in why(server.address)[1]
        foreign = Tls(tmp_path / "ca.pem", mine.certificate, mine.key)
        assert "nobody in tls.authority has signed the certificate of the service" in why(server.address, foreign)[1]
        stranger = other.caller("bureau")
        strange = Tls(town.folder / "ca.pem", stranger.certificate, stranger.key)
        assert "the service does not take this certificate" in why(server.address, strange)[1]
    with Server(catalogue) as plain:
        assert "the other side does not speak TLS" in why(plain.address, mine)[1]
    over = town.put("over", town.authority.caller([f"{DOMAIN}/bureau"], NOW - dt.timedelta(days=3), 1))
    with pytest.raises(ServiceError) as error:
        Client("127.0.0.1:1", tls=over)
    assert [problem.code for problem in error.value.problems] == ["S0107"]


def test_a_deadline_that_passes_says_that_the_outcome_is_not_known() -> None:
    """Where a service hangs, the caller is told after the timeout that it may have been done, and how to ask again."""
    stop = threading.Event()

    def hang(_: Any, __: grpc.ServicerContext) -> bytes:
        stop.wait(20)
        return b""

    bare = grpc.server(ThreadPoolExecutor(2))
    table: dict[str, Any] = {"GetPolicy": grpc.unary_unary_rpc_method_handler(hang)}
    bare.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("subsidy.v1.PolicyService", table),))
    port = bare.add_insecure_port("127.0.0.1:0")
    bare.start()
    try:
        assert "the deadline passed" in why(f"127.0.0.1:{port}")[1]
    finally:
        stop.set()
        bare.stop(None)
