"""Numbers for Prometheus: every call counted once, on a loopback port of their own."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed
from tests.service.security.conftest import DAY, NOW, ROLES, Town, client, town  # noqa: F401 — a fixture
from tests.service.wire import HOME, HOME_FACTS

import subsidy
from subsidy.client import Client
from subsidy.errors import RequestError, ServiceError
from subsidy.service import Server
from subsidy.service.operation.metrics import Metrics

from .conftest import Kept, soon

COUNT = "call_seconds_count"
CALCULATE, GET = "/subsidy.v1.CalculationService/Calculate", "/subsidy.v1.PolicyService/GetPolicy"


def test_every_call_is_counted_once_by_how_it_ended(kept: Kept) -> None:
    """Answers, refusals and streams, each under its method and status; unknown methods make no series."""
    for _ in range(3):
        kept.client.calculate(HOME, HOME_FACTS)
    with pytest.raises(RequestError):
        kept.client.policy("cn/no/such/policy")
    with grpc.insecure_channel(kept.server.address) as channel:
        for path in ("/x/y", "/subsidy.v1.CalculationService/Nothing"):
            call: Any = channel.unary_unary(path)
            with pytest.raises(grpc.RpcError):
                call(b"")
    list(kept.client.verify())
    assert kept.number(COUNT, method=CALCULATE, code="OK") == 3
    assert kept.number(COUNT, method=GET, code="NOT_FOUND") == 1
    assert soon(lambda: kept.number(COUNT, method="/subsidy.v1.AuditService/Verify", code="OK") == 1)
    methods = {sample.labels["method"] for family in kept.metrics.registry.collect() for sample in family.samples
               if "method" in sample.labels}  # fmt: skip
    assert not [each for each in methods if each.startswith("/x") or each.endswith("Nothing")]


def test_calls_above_the_bound_are_counted_too() -> None:
    """A refusal for lack of room is a call that ended."""
    metrics = Metrics()
    once = [("grpc.enable_retries", 0)]
    catalogue = subsidy.catalogue()
    with Server(catalogue, most_calls=1, counted=metrics) as server, Client(server.address, options=once) as client:
        server._pools["subsidy.v1.PolicyService"].active += 1  # as if one were running
        with pytest.raises(ServiceError, match="S0201"):
            client.policy(HOME)
    found = metrics.registry.get_sample_value(f"subsidy_{COUNT}", {"method": GET, "code": "RESOURCE_EXHAUSTED"})
    assert found is not None and found >= 1


def test_files_that_are_read_again_are_counted_and_the_certificate_shown_is_the_one_told(town: Town) -> None:  # noqa: F811
    """Certificates and roles that are refused are counted from 0 on, and the end of the certificate stays that of the
    one which is shown; a new one has its own."""
    metrics, tls, mine = Metrics(), town.tls(), town.caller("bureau")

    def read(what: str) -> tuple[float | None, ...]:
        name = "subsidy_reloads_total"
        return tuple(metrics.registry.get_sample_value(name, {"what": what, "outcome": each})
                     for each in ("taken", "refused"))  # fmt: skip

    def days() -> float:
        name = "subsidy_certificate_expires_timestamp_seconds"
        return ((metrics.registry.get_sample_value(name) or 0) - NOW.timestamp()) / DAY.total_seconds()

    def ask() -> bool:
        with client(server, mine) as caller:
            return bool(list(caller.policies()))

    with Server(subsidy.catalogue(), tls=tls, counted=metrics) as server:
        assert ask() and [read(what) for what in ("certificates", "roles")] == [(0, 0), (0, 0)]
        assert round(days()) == 1
        tls.certificate.write_text("half a fi")
        tls.roles.write_text("[roles")
        assert ask() and read("certificates") == (0, 1) and round(days()) == 1
        assert soon(lambda: ask() and read("roles") == (0, 1))
        town.put("server", town.authority.server(NOW - DAY, 9))
        tls.roles.write_text(ROLES)
        assert ask() and read("certificates")[0] == 1 and round(days()) == 8
        assert soon(lambda: ask() and read("roles") == (1, 1))


def test_there_is_no_number_before_it_is_known() -> None:
    """What Prometheus may ask for meanwhile is never the 0 that a number would begin with."""
    metrics = Metrics()
    seen: set[float] = set()
    over = Event()

    def scrape() -> None:
        while not over.is_set():
            names = ("subsidy_ledger_entries", "subsidy_certificate_expires_timestamp_seconds")
            seen.update(found for name in names if (found := metrics.registry.get_sample_value(name)) is not None)

    scraping = Thread(target=scrape)
    scraping.start()
    for count in (7, 8):
        metrics.entries(count)
        metrics.expires(NOW)
    assert soon(lambda: seen >= {8.0, NOW.timestamp()})
    over.set()
    scraping.join()
    assert 0.0 not in seen


def test_prometheus_reads_them_on_loopback_alone(kept: Kept) -> None:
    """The page is what Prometheus parses, with memory and descriptors of the process; no other address is taken."""
    kept.client.calculate(HOME, HOME_FACTS)
    kept.metrics.running(lambda: kept.server.active_calls)
    assert soon(lambda: kept.metrics.registry.get_sample_value("subsidy_ledger_entries") is not None)
    server, thread = kept.metrics.serve("127.0.0.1:0")
    try:
        assert server.server_address[0] == "127.0.0.1"
        with urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as page:
            names = {family.name for family in parsed(page.read().decode())}
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert names >= {
        "subsidy_call_seconds", "subsidy_calls_running", "subsidy_healthy", "subsidy_ledger_entries",
        "subsidy_policies", "subsidy_reloads", "subsidy_build", "process_resident_memory_bytes", "process_open_fds",
    }  # fmt: skip
    for listen, code in (("0.0.0.0:0", "S0101"), (f"127.0.0.1:{kept.server.port}", "S0102")):
        with pytest.raises(ServiceError, match=code):
            kept.metrics.serve(listen)
