"""A thread beside the server: whether claims can be determined, and whether policies or adoptions are new."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

from ...errors import Problem, SubsidyError
from ..calls import LOG, TRACE, told
from ..rereading import Refused
from ..server import Server
from ..serving import leave_alone
from .folders import Folders
from .metrics import Metrics

if TYPE_CHECKING:
    from ...ledger import Ledger

PULSE: Final = 5.0  # seconds between two looks at the ledger
_PATIENCE: Final = 10.0  # seconds in which its database answers
_TURN: Final = 0.5


class Keeper:
    """Keeps a server healthy in the eyes of others, and up to date; a context manager starts and stops it.

    Whatever fails in a turn, the next one comes: nobody else would notice that nothing is looked at any more.

    Args:
        folders: what is served, as of now.
        every: seconds between two looks at the folders; 0: only when told.
        least: bytes that the disk of the ledger must have free.
    """

    def __init__(
        self, server: Server, folders: Folders, metrics: Metrics, *, ledger: Ledger | None, every: float, least: int
    ) -> None:
        self._server, self._folders, self._metrics, self._ledger = server, folders, metrics, ledger
        self._every, self._least = every, least
        self._refused = Refused(_words, lambda is_good: metrics.read_again("policies", is_good))
        self._over, self._told = Event(), Event()
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="subsidy-condition")
        self._asked: Future[tuple[dict[str, Problem], int]] | None = None
        self._wrong: dict[str, Problem] = {}
        self._thread = Thread(target=self._run, name="subsidy-keeper", daemon=True)

    def look(self) -> None:
        """Look at the folders now."""
        self._told.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(_PATIENCE)
        self._asking.shutdown(wait=False)

    def _run(self) -> None:
        look, pulse = time.monotonic() + self._every, 0.0
        while True:
            now = time.monotonic()
            if self._ledger is not None and now >= pulse:
                self._feel(self._ledger)
                pulse = time.monotonic() + PULSE
            is_told = self._told.is_set()
            if is_told or (self._every and now >= look):
                self._told.clear()
                self._look(is_told=is_told)
                look = time.monotonic() + self._every
            if self._over.wait(_TURN):
                return

    def _look(self, *, is_told: bool) -> None:
        """Read again what changed, or was refused; folders only once no file in them is being written."""
        try:
            has_changed = self._folders.have_changed()
            if has_changed and not self._folders.have_settled():
                if is_told:
                    self._told.set()  # at the next turn
                return
            if has_changed or self._refused.is_due(is_told):
                self.read_again()
            elif is_told:
                LOG.info("policies and adoptions are as they were")
            self._server.look(is_told=is_told)
        except Exception as error:  # noqa: BLE001 — whatever it is, the thread goes on, and Prometheus hears of it
            self._refused.add(error)

    def read_again(self) -> bool:
        """Serve what the folders say now; where that is no good, say so and go on with what was served."""
        try:
            catalogue = self._folders.read()
            self._server.replace(catalogue)
        except Exception as error:  # noqa: BLE001 – what was served goes on, whatever it is
            self._refused.add(error)
            return False
        self._folders.taken(catalogue)
        leave_alone()
        self._refused.clear()
        self._metrics.policies.set(sum(1 for _ in catalogue))
        LOG.warning("policies and adoptions are read again: %d versions", sum(1 for _ in catalogue))
        return True

    def _feel(self, ledger: Ledger) -> None:
        """Ask the ledger how it is, and tell balancers and Prometheus."""
        from ...ledger.condition import CHECKS

        trace: dict[str, str] = {}
        try:
            if self._asked is None:
                self._asked = self._asking.submit(lambda: (ledger.condition(self._least), ledger.size))
            wrong, size = self._asked.result(_PATIENCE)
            self._metrics.entries(size)
        except SubsidyError as error:
            wrong = {"ledger": error.problems[0]}
        except Exception as error:  # noqa: BLE001 — no answer in time, or whatever it is: the thread goes on
            wrong = {"ledger": Problem.of("S0304", "ledger", detail=type(error).__name__)}
            trace = {TRACE: told(error)}
        if self._asked is not None and self._asked.done():  # it is not asked again before it answered
            self._asked = None
        for check in CHECKS:
            self._metrics.healthy(check, check not in wrong)
            if check in wrong and check not in self._wrong:
                LOG.error("not healthy: %s: %s %s", check, wrong[check].code, wrong[check].message("en"), extra=trace)
            elif check in self._wrong and check not in wrong:
                LOG.warning("healthy again: %s", check)
        self._wrong = wrong
        self._server.report_ledger(not wrong)


def _words(problem: Problem) -> str:
    place = f"{problem.place.file}:{problem.place.line}" if problem.place else problem.where
    return f"what is new is not served: {problem.code} {place}: {problem.message('en')}"
