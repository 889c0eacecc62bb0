"""What Prometheus is told of calls, ledger, certificate and process: numbers, and never what a call was about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from threading import Thread
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)

from ... import __version__
from ...errors import Problem, ServiceError
from ..addresses import address_of

READ: Final = ("policies", "roles", "certificates")  # what is read again while the service runs
_OUTCOMES: Final = ("refused", "taken")
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The numbers of one server, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # when a series began helps nobody here
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        said, labels = "How many calls there were and how long they took, by method and status.", ("method", "code")
        self._calls = Histogram("subsidy_call_seconds", said, labels, buckets=_BUCKETS, registry=self.registry)
        self._read = Counter(
            "subsidy_reloads", "Files read again, by outcome.", ["what", "outcome"], registry=self.registry
        )
        self._refused = self._gauge("reload_refused", "1 while what was last read is refused, 0 once taken.", ["what"])
        for what in READ:  # from 0 on: what begins at 1 is no increase to Prometheus
            self._refused.labels(what)
            for outcome in _OUTCOMES:
                self._read.labels(what, outcome)
        self._healthy = self._gauge("healthy", "1 where a check passes, 0 where it fails.", ["check"])
        self.policies = self._gauge("policies", "Versions of policies that are served.")
        self._gauge("build", "The version of the package.", ["version"]).labels(__version__).set(1)
        self._later: dict[str, Gauge] = {}
        self._by_end: dict[tuple[str, str], Histogram] = {}

    def _gauge(self, name: str, said: str, labels: Collection[str] = ()) -> Gauge:
        return Gauge(f"subsidy_{name}", said, labels, registry=self.registry)

    def _set(self, name: str, said: str, value: float) -> None:
        """A number that there is only once it is known: the 0 before it would raise alarms."""
        gauge = self._later.get(name) or Gauge(f"subsidy_{name}", said, registry=None)
        gauge.set(value)
        if name not in self._later:
            self._later[name] = gauge
            self.registry.register(gauge)

    def expires(self, when: dt.datetime) -> None:
        """The certificate that the server shows from now on ends then."""
        said = "When the certificate ends that the server shows."
        self._set("certificate_expires_timestamp_seconds", said, when.timestamp())

    def entries(self, count: int) -> None:
        """The ledger has so many entries."""
        self._set("ledger_entries", "Entries of the ledger.", count)

    def running(self, count: Callable[[], int]) -> None:
        """Ask for how many calls wait or run whenever Prometheus does."""
        self._gauge("calls_running", "Calls that wait or run now.").set_function(count)

    def ended(self, method: str, code: str, seconds: float) -> None:
        """A call ended. `method` is one of ours: callers make no series of their own."""
        found = self._by_end.get((method, code))
        if found is None:
            found = self._by_end[method, code] = self._calls.labels(method, code)
        found.observe(seconds)

    def healthy(self, check: str, is_so: bool) -> None:
        """How a check came out."""
        self._healthy.labels(check).set(is_so)

    def read_again(self, what: str, is_good: bool) -> None:
        """Something was read again, and taken or refused."""
        self._read.labels(what, _OUTCOMES[is_good]).inc()
        self._refused.labels(what).set(not is_good)

    def serve(self, listen: str) -> tuple[WSGIServer, Thread]:
        """Answer Prometheus on a loopback address, from a thread.

        Raises:
            ServiceError: it is no loopback address, or cannot be listened on.
        """
        host, port = address_of(listen)
        try:
            return start_http_server(port, host.strip("[]"), self.registry)
        except OSError:
            raise ServiceError(Problem.of("S0102", listen, given=listen)) from None
