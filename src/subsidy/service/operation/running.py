"""The service as `subsidy serve` runs it: made from its settings, watched and kept up to date until told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from ...extras import needs
from ...policies import Catalogue
from ..server import LAST, Server
from ..serving import answer, signals
from .folders import Folders
from .host import allow_connections, tell_systemd
from .keeper import Keeper
from .metrics import Metrics
from .settings import MIB, Settings, tls_of

if TYPE_CHECKING:
    from ...ledger import Ledger


def run(
    settings: Settings, ready: Callable[[str], None] | None = None, stopping: Callable[[float], None] = lambda _: None
) -> None:
    """Serve until SIGTERM or SIGINT, then stop gracefully; look at the folders at SIGHUP. For the main thread.

    Args:
        ready: called with the address once calls are answered.
        stopping: called as the stop begins, with the seconds in which it ends.

    Raises:
        ServiceError, RequestError, CatalogueError, PolicyError: something of it cannot be used; see `checked`.
    """
    allow_connections()
    with signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as told:
        folders, metrics = Folders(settings.policies, settings.adoptions), Metrics()
        catalogue = folders.read()
        with _ledger(settings, catalogue) as ledger:
            server = Server(
                catalogue,
                settings.listen,
                threads=settings.threads,
                most_calls=settings.most_calls,
                ledger=ledger,
                tls=tls_of(settings),
                counted=metrics if settings.metrics else None,
            )
            folders.taken(catalogue)
            metrics.running(lambda: server.active_calls)
            metrics.policies.set(sum(1 for _ in catalogue))
            keeper = Keeper(
                server, folders, metrics, ledger=ledger, every=settings.reload_seconds, least=settings.least_free * MIB
            )

            def listening(address: str) -> None:
                if ready is not None:
                    ready(address)
                tell_systemd("READY=1")

            with _told(metrics, settings.metrics), keeper:
                seconds = settings.drain + settings.grace + LAST
                answer(
                    server,
                    told,
                    listening,
                    drain=settings.drain,
                    grace=settings.grace,
                    again=keeper.look,
                    stopping=lambda: stopping(seconds),
                )


@contextmanager
def _told(metrics: Metrics, listen: str | None) -> Iterator[None]:
    """Metrics, where Prometheus asks for them."""
    if listen is None:
        yield
        return
    server, thread = metrics.serve(listen)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _ledger(settings: Settings, catalogue: Catalogue) -> AbstractContextManager[Ledger | None]:
    """The ledger, closed once the last call has ended; before the port is taken, so that a second server stops here."""
    if settings.ledger is None:
        return nullcontext()
    with needs("ledger"):
        from ...ledger import Ledger
    return Ledger(settings.ledger, settings.scope, catalogue, key=settings.key)  # without a scope none is made
