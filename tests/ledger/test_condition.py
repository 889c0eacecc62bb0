"""What a ledger says of itself where all can be read and nothing can be written, or nothing comes to an end."""

from __future__ import annotations

import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Final

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from subsidy.errors import ServiceError
from subsidy.ledger import condition as conditions

from .postgres import Postgres
from .support import Place, nursing

Spoilt = Callable[[Place, Postgres], AbstractContextManager[None]]


@contextmanager
def no_room(place: Place, _: Postgres) -> Iterator[None]:
    """The file may not grow; what is in it can be written over."""
    file = place.made[-1].store.path
    assert file is not None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only_file(place: Place, _: Postgres) -> Iterator[None]:
    """As a file system that was mounted anew to be read alone."""
    engine = place.made[-1].store.engine

    def spoil(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA query_only=1")

    event.listen(engine, "checkout", spoil)
    try:
        yield
    finally:
        event.remove(engine, "checkout", spoil)
        engine.dispose()


@contextmanager
def lost_rights(place: Place, postgres: Postgres) -> Iterator[None]:
    """The role of the ledger may not change the head any more."""
    name = str(place.made[-1].store.url.database)
    again = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' AND pid != pg_backend_pid()"
    )
    role = f"clerk_{name[-12:]}"
    postgres.run(f"CREATE ROLE {role}", name)
    postgres.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}", name)
    postgres.run(f'ALTER ROLE postgres IN DATABASE "{name}" SET role = {role}')
    postgres.run(again)
    try:
        yield
    finally:
        postgres.run(f'ALTER ROLE postgres IN DATABASE "{name}" RESET role')
        postgres.run(again)
        postgres.run(f"DROP OWNED BY {role}", name)
        postgres.run(f"DROP ROLE {role}", name)


@contextmanager
def locked_file(place: Place, _: Postgres) -> Iterator[None]:
    """Another program has begun to write."""
    with closing(sqlite3.connect(place.url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def locked_head(place: Place, postgres: Postgres) -> Iterator[None]:
    """Another session has the row that each commit locks."""
    with psycopg.connect(postgres.url(str(place.made[-1].store.url.database))) as other:
        other.execute("SELECT * FROM head FOR UPDATE")
        yield


UNWRITABLE: Final[dict[str, tuple[str, Spoilt]]] = {
    "no room": ("sqlite", no_room),
    "a read-only file": ("sqlite", read_only_file),
    "lost rights": ("postgres", lost_rights),
}
LOCKED: Final[dict[str, tuple[str, Spoilt]]] = {
    "a file": ("sqlite", locked_file),
    "a row": ("postgres", locked_head),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_what_can_be_read_and_not_written_is_not_well(
    name: str, request: pytest.FixtureRequest, postgres: Postgres
) -> None:
    """From the first claim that fails until it could be written again, and no longer, though nobody asks meanwhile."""
    store, spoilt = UNWRITABLE[name]
    place: Place = request.getfixturevalue(f"{store}_place")
    ledger = place.ledger()
    nursing(ledger, "a", "5")
    with spoilt(place, postgres):
        with pytest.raises(ServiceError, match="S0304"):
            nursing(ledger, "b", "700")
        assert ledger.size
        for _ in range(3):
            assert {check: problem.code for check, problem in ledger.condition().items()} == {"ledger": "S0304"}
    before = ledger.size
    assert (ledger.condition(), ledger.size) == ({}, before)
    assert nursing(ledger, "b", "700").amount == "700.00"


@pytest.mark.parametrize("name", LOCKED)
def test_a_batch_that_does_not_end_is_seen(
    name: str, request: pytest.FixtureRequest, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that waits for others for long is not well while it does; the claim is determined afterwards."""
    monkeypatch.setattr(conditions, "_LONG", 0.2)
    store, spoilt = LOCKED[name]
    place: Place = request.getfixturevalue(f"{store}_place")
    ledger = place.ledger()
    nursing(ledger, "a", "5")
    asking = threading.Thread(target=nursing, args=(ledger, "b", "700"))
    with spoilt(place, postgres):
        asking.start()
        time.sleep(0.3)
        assert {check: problem.code for check, problem in ledger.condition().items()} == {"ledger": "S0304"}
    asking.join(30)
    assert ledger.condition() == {}
    assert nursing(ledger, "c", "700").amount == "295.00"


def test_a_fault_that_has_passed_is_forgotten(place: Place) -> None:
    """One commit that fails makes no ledger unwell: the next look finds that it can be written, and adds nothing."""
    ledger = place.ledger()
    fail = iter([True])

    def once(connection: Connection) -> None:
        if connection.get_execution_options().get("writes") and next(fail, False):
            raise DBAPIError("COMMIT", None, psycopg.OperationalError("no space left on device"))

    event.listen(ledger.store.engine, "commit", once)
    with pytest.raises(ServiceError, match="S0304"):
        nursing(ledger, "a", "5")
    before = ledger.size
    assert (ledger.condition(), ledger.size) == ({}, before)
    assert nursing(ledger, "a", "5").amount == "5.00"
