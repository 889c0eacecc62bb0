"""Serving in the main thread of a process, until a signal says that it is enough."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Final

from ..policies import Catalogue
from .calls import LOG
from .memory import keep_what_comes_free
from .server import GRACE, Server

if TYPE_CHECKING:
    from ..ledger import Ledger
    from .security.tls import Tls

DRAIN: Final = 1.0  # seconds between "not serving" and taking no more calls, for balancers to see it
_TURN: Final = 0.2  # seconds
Signals = SimpleQueue[int]  # its put may interrupt its get, unlike an Event's set


def serve(
    catalogue: Catalogue,
    listen: str,
    *,
    ready: Callable[[str], None] | None = None,
    ledger: Ledger | None = None,
    tls: Tls | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then stop gracefully. To be called in the main thread.

    Args:
        ready: called with the address once calls are answered.
        ledger: what records claims. Once this returns, no call uses it any more, and it can be closed.
        tls: as of `Server`.

    Raises:
        ServiceError, CatalogueError, PolicyError: see `Server`.
    """
    with signals(signal.SIGTERM, signal.SIGINT) as told:
        answer(Server(catalogue, listen, ledger=ledger, tls=tls), told, ready)


@contextmanager
def signals(*numbers: signal.Signals) -> Iterator[Signals]:
    """Signals that are put into a queue from now on, and afterwards do what they did before."""
    told: Signals = SimpleQueue()

    def note(number: int, _: FrameType | None) -> None:
        told.put(number)

    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def answer(
    server: Server,
    told: Signals,
    ready: Callable[[str], None] | None = None,
    *,
    drain: float = DRAIN,
    grace: float = GRACE,
    again: Callable[[], None] | None = None,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Answer calls until a signal other than SIGHUP comes.

    Args:
        drain, grace: as of `Server.stop`.
        again: what is done at SIGHUP.
        stopping: called as the stop begins.
    """
    keep_what_comes_free()
    leave_alone()
    try:
        server.start()
        if ready is not None:
            ready(server.address)
        while (found := _next(told)) == signal.SIGHUP:
            if again is not None:
                again()
        LOG.info("stopping on %s", found.name)
    finally:
        stopping()
        server.stop(drain=drain, grace=grace)


def leave_alone() -> None:
    """Policies and modules stay: looking through them again and again costs a tenth of the throughput."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _next(told: Signals) -> signal.Signals:
    """The next signal. Waits in short turns: one that comes just before a wait begins does not end that wait."""
    while True:
        with suppress(Empty):
            return signal.Signals(told.get(timeout=_TURN))
