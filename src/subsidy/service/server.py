"""The server: one synchronous gRPC server; with certificates of both sides, or else on a loopback address alone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from ..catalogue.divisions import above
from ..errors import Problem, ServiceError
from ..policies import Catalogue
from .addresses import address_of
from .audits import AUDIT, audit_handlers, lacking
from .calls import LOG, Calls, Counted
from .determinations import LEDGER
from .guard import CountingPool, Guard
from .handlers import CALCULATION, handlers
from .health import Health
from .requests import Handler
from .security.access import Access
from .security.roles import Roles, read_roles
from .security.watched import Watched
from .served import Served
from .tables import AT_ONCE, METHOD, table_handler

if TYPE_CHECKING:
    from ..ledger import Ledger
    from .security.tls import Tls

THREADS: Final = 4
MOST_CALLS: Final = 64
LARGEST_REQUEST: Final = 1024 * 1024  # bytes
GRACE: Final = 10.0  # seconds in which running calls may finish
_AUDITORS: Final = 8  # threads: one streams an audit, and others refuse more, or wait for messages
_OF_LEDGER: Final = {LEDGER, AUDIT}  # whose health is that of the ledger
LAST: Final = 5.0  # seconds more, for what does not heed the grace
OPTIONS: Final = [
    ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a half of the calls
    ("grpc.max_receive_message_length", LARGEST_REQUEST),
    ("grpc.max_metadata_size", 8 * 1024),
    ("grpc.absolute_max_metadata_size", 16 * 1024),
    ("grpc.max_concurrent_streams", 64),  # more of one connection wait in its client
    (
        "grpc.server.max_pending_requests",
        8_192,
    ),  # it is we who refuse: gRPC itself cancels, whoever it is, from 1,000 on
    ("grpc.server.max_pending_requests_hard_limit", 16_384),
    ("grpc.max_allowed_incoming_connections", 4096),  # 20 KiB each: gRPC has no bound for one peer
    ("grpc.server_handshake_timeout_ms", 3_000),  # whoever says nothing gives the place back
    ("grpc.max_connection_idle_ms", 5 * 60_000),
    ("grpc.max_connection_age_ms", 30 * 60_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
]


class Server:
    """Serves a catalogue. Bound when it is made, answering from `start` to `stop`; a context manager does both.

    Args:
        catalogue: every policy in it is compiled first.
        listen: an address and a port, such as ``127.0.0.1:50051``; port 0 takes a free one. Without `tls` it is a
            loopback address.
        most_calls: calls waiting or running; more are refused with RESOURCE_EXHAUSTED and a time to retry. Those of the
            ledger are counted by themselves: each waits for its commit, in a thread of its own. So are the one audit,
            and tables.
        ledger: what records claims; left open when the server stops. Without one, its methods are UNIMPLEMENTED.
        tls: the certificates, and the roles by which callers are let through; without it everyone on this machine is.
        counted: whoever counts calls.

    Attributes:
        port: the port it listens on.
        address: what a client connects to.

    Raises:
        ServiceError: the address is no loopback address, or cannot be listened on; a file of `tls` is not right.
        CatalogueError, PolicyError: a module is not what its lock says, or not sound.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        listen: str = "127.0.0.1:0",
        *,
        threads: int = THREADS,
        most_calls: int = MOST_CALLS,
        ledger: Ledger | None = None,
        tls: Tls | None = None,
        counted: Counted | None = None,
    ) -> None:
        host, port = address_of(listen, is_encrypted=tls is not None)
        credentials, papers = tls.credentials(counted) if tls is not None else (None, None)
        self._served, self._ledger = Served(catalogue), ledger
        roles = _roles(tls, self._served, counted) if tls is not None else None
        self._watched = [each for each in (papers, roles) if each is not None]
        access = [] if roles is None else [_access(roles, self._served, ledger)]
        services = handlers(self._served, ledger, self._lost)
        self._pools = dict.fromkeys(services, CountingPool(most_calls, threads))
        if ledger is not None:
            self._pools[LEDGER] = CountingPool(most_calls)
        audits = audit_handlers(ledger)
        self._pools[AUDIT] = CountingPool(_AUDITORS)
        self._tables = CountingPool(AT_ONCE)
        own = {**self._pools, f"/{CALCULATION}/{METHOD}": self._tables}
        self._guard = Guard(own, Calls(counted))
        self._server = grpc.server(ThreadPoolExecutor(1), interceptors=[self._guard, *access], options=OPTIONS)
        for service, methods in services.items():
            table = {name: _handler(method) for name, method in methods.items()}
            if service == CALCULATION:
                table[METHOD] = grpc.stream_stream_rpc_method_handler(table_handler(self._served))
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, table),))
        streams: dict[str, Any] = {
            name: grpc.unary_stream_rpc_method_handler(method) for name, method in audits.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(AUDIT, streams),))
        self._health = Health()
        self._telling = Lock()  # what is told last is what holds: of a look, and of a call that finds the ledger lost
        self._is_well, self._is_lost = True, False
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        unserved = [name for name, no in ((LEDGER, ledger is None), (AUDIT, lacking(ledger))) if no]
        self._services = [name for name in self._pools if name not in unserved]
        reflection.enable_server_reflection(
            [*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        try:
            where = f"{host}:{port}"
            self.port: int = (
                self._server.add_insecure_port(where)
                if credentials is None
                else self._server.add_secure_port(where, credentials)
            )
        except RuntimeError:
            self._guard.close()
            raise ServiceError(Problem.of("S0102", listen, given=listen)) from None
        self.address = f"{host}:{self.port}"

    @property
    def active_calls(self) -> int:
        """How many calls wait or run now."""
        return sum(pool.active for pool in {*self._pools.values(), self._tables})

    @property
    def catalogue(self) -> Catalogue:
        """What is served now."""
        return self._served.now.catalogue

    def replace(self, catalogue: Catalogue) -> None:
        """Serve another catalogue from the next call on; those that run end as they began.

        Raises:
            CatalogueError, PolicyError: a module is not what its lock says, or not sound; what was served stays.
        """
        self._served.replace(catalogue)
        if self._ledger is not None:
            self._ledger.catalogue = catalogue

    def look(self, *, is_told: bool) -> None:
        """Look at the roles and the certificates now, also where nobody calls.

        Args:
            is_told: what was refused is tried again at once.
        """
        for each in self._watched:
            each.look(is_told=is_told)

    def report_ledger(self, is_healthy: bool) -> None:
        """Say to balancers whether claims can be determined and audited; calculations go on."""
        self._is_well = is_healthy
        self._tell_ledger()

    def _lost(self) -> None:
        """The ledger is another process's now: that stays so until this one ends."""
        if not self._is_lost:
            self._is_lost = True
            LOG.error("another process has taken over the ledger")
            self._tell_ledger()

    def _tell_ledger(self) -> None:
        with self._telling:
            for service in _OF_LEDGER.intersection(self._services):
                self._health.set(service, is_serving=self._is_well and not self._is_lost)

    def start(self) -> Self:
        """Answer calls from now on."""
        self._server.start()
        for service in set(self._services) - _OF_LEDGER:
            self._health.set(service, is_serving=True)
        self._tell_ledger()
        LOG.info("listening on %s", self.address)
        return self

    def stop(self, *, drain: float = 0.0, grace: float = GRACE) -> None:
        """Say "not serving", answer for `drain` more seconds, take no more calls, and let those running finish.

        Returns once all is done, at the latest five seconds after `drain` and `grace`.
        """
        self._health.stops()
        time.sleep(drain)
        self._health.close()
        self._server.stop(grace).wait(grace + LAST)
        self._guard.close()
        LOG.info("stopped")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _roles(tls: Tls, served: Served, counted: Counted | None) -> Watched[Roles]:
    """The roles file, whose divisions are those that are served when it is read."""

    def told(is_good: bool) -> None:
        if counted is not None:
            counted.read_again("roles", is_good)

    return Watched([tls.roles], lambda: read_roles(tls.roles, served.now.catalogue.folder.vocabulary.divisions), told)


def _access(roles: Watched[Roles], served: Served, ledger: Ledger | None) -> Access:
    """Who is let through, as the roles file says at the time of a call."""
    divisions = served.now.catalogue.folder.vocabulary.divisions
    return Access(roles.now, [] if ledger is None else list(above(divisions, ledger.scope)))


def _handler(method: Handler) -> Any:
    """A method as gRPC takes it. Bytes are decoded inside, so that malformed ones are the caller's error, said well."""
    return grpc.unary_unary_rpc_method_handler(lambda content, _: method(content))
