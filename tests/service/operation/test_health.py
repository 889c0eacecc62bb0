"""Health that means it: where claims cannot be determined, balancers and Prometheus are told so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.ledger.support import NURSING

from subsidy.errors import ServiceError
from subsidy.ledger.writer import become_writer
from subsidy.policies import Catalogue
from subsidy.service import Server
from subsidy.service.operation import keeper as keeping

from .conftest import Kept, soon

LEDGER, AUDIT, CALCULATION = (f"subsidy.v1.{name}Service" for name in ("Ledger", "Audit", "Calculation"))
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is asked more often than in service."""
    monkeypatch.setattr(keeping, "PULSE", 0.05)


def health(kept: Kept | Server) -> dict[str, int]:
    """What balancers are told."""
    server = kept if isinstance(kept, Server) else kept.server
    with grpc.insecure_channel(server.address) as channel:
        found = health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest()).statuses
    return {name: each.status for name, each in found.items()}


def checks(kept: Kept) -> dict[str, float]:
    """What Prometheus is told."""
    return {check: kept.number("healthy", check=check) for check in ("writer", "disk", "ledger")}


def in_file(statement: str) -> Callable[[Kept, Path], None]:
    """A fault done to the file of the ledger behind its back."""

    def do(_: Kept, file: Path) -> None:
        with sqlite3.connect(file, timeout=30) as connection:
            connection.execute(statement)
        connection.close()

    return do


def replaced(kept: Kept, _: Path) -> None:
    become_writer(kept.ledger.store, "somebody else")


def stopped(kept: Kept, _: Path) -> None:
    kept.ledger._writer.close()


def filled(kept: Kept, _: Path) -> None:
    kept.keeper._least = 1 << 62


def gone(kept: Kept, file: Path) -> None:
    file.rename(file.with_suffix(".gone"))
    kept.ledger.store.engine.dispose()  # as after any fault of a connection: the next one looks for the file


FAULTS: dict[str, tuple[Callable[[Kept, Path], None], str, str]] = {
    "another writer": (replaced, "writer", "S0303 another process has taken over the writing of the ledger"),
    "no writer": (stopped, "writer", "S0307 the writer of the ledger has stopped"),
    "full disk": (filled, "disk", "S0308 the disk of the ledger has "),
    "no file": (gone, "ledger", "S0304 the database of the ledger failed: "),
    "an entry gone": (
        in_file("DELETE FROM entries WHERE position = (SELECT MAX(position) FROM entries)"),
        "ledger",
        "S0309 the end of the ledger does not fit together: head ",
    ),
    "another head": (in_file("UPDATE head SET size = size - 1"), "ledger", "S0309 the end of the ledger does not fit"),
    "no checkpoint": (in_file("DELETE FROM checkpoints"), "ledger", "S0309 the end of the ledger does not fit"),
    "a hash of the tree": (
        in_file("UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0"), "ledger", "S0309"
    ),
    "a checkpoint of another key": (
        in_file("UPDATE checkpoints SET note = replace(note, '— ', '— x')"), "ledger", "S0309"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_ledger_that_cannot_be_determined_in_is_not_serving(
    kept: Kept, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever part of it fails, health says so of ledger and audit alone, one check is 0, and the log says why."""
    kept.client.determine(NURSING, elder="E1", month="2024-03", cost="1", bill="a", request="a")
    assert soon(lambda: checks(kept) == {"writer": 1, "disk": 1, "ledger": 1})
    assert health(kept) == {"": SERVING, "subsidy.v1.PolicyService": SERVING, CALCULATION: SERVING, LEDGER: SERVING,
                            AUDIT: SERVING}  # fmt: skip
    fault, check, said = FAULTS[name]
    fault(kept, tmp_path / "l.db")
    assert soon(lambda: health(kept)[LEDGER] == NOT_SERVING)
    assert health(kept) == {"": SERVING, "subsidy.v1.PolicyService": SERVING, CALCULATION: SERVING,
                            LEDGER: NOT_SERVING, AUDIT: NOT_SERVING}  # fmt: skip
    assert [each for each, is_so in checks(kept).items() if not is_so] == [check]
    assert any(f"not healthy: {check}: {said}" in each.getMessage() for each in caplog.records)
    if check == "disk":
        assert any(" MiB left, which is less than " in each.getMessage() for each in caplog.records)
    if check != "disk":
        return
    kept.keeper._least = 0
    assert soon(lambda: health(kept)[LEDGER] == SERVING)
    assert any("healthy again: disk" in each.getMessage() for each in caplog.records)


def test_a_database_that_does_not_answer_is_not_waited_for(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that hangs is one more way not to be healthy; when it answers, the ledger serves again."""
    from threading import Event

    go = Event()
    asked = kept.ledger.condition
    monkeypatch.setattr(keeping, "_PATIENCE", 0.1)
    monkeypatch.setattr(kept.ledger, "condition", lambda least: asked(least) if go.wait(30) else {})
    assert soon(lambda: health(kept)[LEDGER] == NOT_SERVING)
    go.set()
    assert soon(lambda: health(kept)[LEDGER] == SERVING)


def test_what_was_taken_over_stays_so(kept: Kept) -> None:
    """Once a call has found that another process writes, no later look at the ledger says otherwise."""
    become_writer(kept.ledger.store, "somebody else")
    with pytest.raises(ServiceError, match="S0303"):
        kept.client.determine(NURSING, elder="E1", month="2024-03", cost="1", bill="a", request="a")
    assert soon(lambda: health(kept)[LEDGER] == NOT_SERVING)
    become_writer(kept.ledger.store, kept.ledger._writer.mark)
    assert not soon(lambda: health(kept)[LEDGER] == SERVING, 0.5)


def test_a_look_that_began_before_the_loss_does_not_end_after_it(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a call that finds the ledger lost falls together with looks that found it well, it stays lost."""
    kept.keeper.__exit__()
    real = kept.server._health.set

    def overtaken(service: str, *, is_serving: bool) -> None:
        """The look is switched away just before it says what it found, and a call finds the ledger lost."""
        if not losing:
            losing.append(Thread(target=kept.server._lost))
            losing[0].start()
            assert soon(lambda: kept.server._is_lost)
        real(service, is_serving=is_serving)

    losing: list[Thread] = []
    monkeypatch.setattr(kept.server._health, "set", overtaken)
    kept.server.report_ledger(is_healthy=True)
    losing[0].join(10)
    assert (health(kept)[LEDGER], health(kept)[AUDIT]) == (NOT_SERVING, NOT_SERVING)
    kept.server.report_ledger(is_healthy=True)
    assert health(kept)[LEDGER] == NOT_SERVING


def test_what_is_found_before_the_start_is_told_from_the_start_on(kept: Kept) -> None:
    """A ledger that the first look finds unwell is not said to be well until the second one."""
    with Server(Catalogue(), ledger=kept.ledger) as server:
        assert health(server)[LEDGER] == SERVING
    server = Server(Catalogue(), ledger=kept.ledger)
    server.report_ledger(is_healthy=False)
    with server:
        assert (health(server)[LEDGER], health(server)[CALCULATION]) == (NOT_SERVING, SERVING)


def test_it_is_looked_at_for_ever(kept: Kept) -> None:
    """Where no connection to the database is left, that is told as a fault of it, and what comes after it as well."""
    pool: Any = kept.ledger.store.engine.pool
    pool._timeout = 0.05
    with ExitStack() as taken:
        for _ in range(pool.size() + pool._max_overflow):
            taken.enter_context(kept.ledger.store.engine.connect())
        assert soon(lambda: checks(kept) == {"writer": 1, "disk": 1, "ledger": 0})
        assert health(kept)[LEDGER] == NOT_SERVING
        with pytest.raises(ServiceError, match="S0304"):
            kept.ledger.checkpoint()
    assert soon(lambda: health(kept)[LEDGER] == SERVING)
    become_writer(kept.ledger.store, "somebody else")
    assert soon(lambda: checks(kept)["writer"] == 0)
