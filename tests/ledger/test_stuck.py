"""A server of PostgreSQL that does not answer: nobody waits for it for ever, and nothing is lost by that."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
from sqlalchemy import text

from subsidy.client import Client
from subsidy.errors import ServiceError
from subsidy.ledger import Reader, writer

from .postgres import Postgres
from .served import running
from .support import NURSING, YUNCHENG, Place, nursing


@contextmanager
def silent(postgres: Postgres, place: Place) -> Iterator[None]:
    """The sessions of a ledger take what they are sent, and answer nothing."""
    name = place.url.rpartition("?")[0].rpartition("/")[2]
    pids = [pid for pid, database in postgres.run("SELECT pid, datname FROM pg_stat_activity") if database == name]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_no_caller_waits_for_ever(postgres: Postgres, postgres_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits is told to ask again, who comes later at once; asked again, the request has its one effect."""
    ledger = postgres_place.ledger()
    nursing(ledger, "a", "5")
    with silent(postgres, postgres_place), monkeypatch.context() as patched:
        patched.setattr(writer, "_PATIENCE", 0.3)
        patched.setattr(writer, "_STUCK", 0.2)
        for request, seconds in (("b", 0.3), ("c", 0.0)):
            begun = time.monotonic()
            with pytest.raises(ServiceError) as error:
                nursing(ledger, request, "700")
            assert error.value.report("en").endswith("→ try again with the same request id")
            assert seconds <= time.monotonic() - begun < seconds + 0.2
    assert [nursing(ledger, each, "700").amount for each in "bcb"] == ["700.00", "295.00", "700.00"]


def test_a_ledger_is_closed_in_time(postgres: Postgres, postgres_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the batch that does not end nor the lock that cannot be given back is waited for without end."""
    monkeypatch.setattr(writer, "_PATIENCE", 0.3)
    ledger = postgres_place.ledger()
    pool = ledger.store.engine.pool
    with silent(postgres, postgres_place):
        with pytest.raises(ServiceError, match="S0304"):
            nursing(ledger, "a", "5")
        begun = time.monotonic()
        ledger.close()
        assert time.monotonic() - begun < 1.0
    ledger._writer._thread.join(10)
    pool.dispose()


def test_a_lock_is_waited_for_for_a_while(postgres: Postgres, postgres_place: Place) -> None:
    """Where another session has what a commit locks, the claim fails for now, and is determined afterwards."""
    place = Place(
        f"{postgres_place.url}&options=-c%20lock_timeout%3D100", postgres_place.folder, postgres_place.catalogue
    )
    ledger = place.ledger()
    try:
        with psycopg.connect(postgres.url(str(ledger.store.url.database))) as other:
            other.execute("SELECT * FROM head FOR UPDATE")
            with pytest.raises(ServiceError, match="LockNotAvailable"):
                nursing(ledger, "a", "5")
            assert ledger.condition()["ledger"].code == "S0304"
        assert ledger.condition() == {}
        assert nursing(ledger, "a", "5").amount == "5.00"
    finally:
        place.close()


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        ("", ("10", "15000", "10s")),
        ("&connect_timeout=3&tcp_user_timeout=4000&options=-c%20lock_timeout%3D5s", ("3", "4000", "5s")),
    ],
)
def test_an_address_says_for_how_long(postgres_place: Place, own: str, wanted: tuple[str, ...]) -> None:
    """How long a server that is gone, or a lock, is waited for is bounded, unless the address says it."""
    postgres_place.ledger().close()
    with Reader(postgres_place.url + own) as reader, reader.store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        said = raw.info.get_parameters()
        locked = connection.scalar(text("SHOW lock_timeout"))
        assert (said["connect_timeout"], said["tcp_user_timeout"], locked) == wanted


def test_a_service_ends_in_time(postgres: Postgres, postgres_place: Place) -> None:
    """While the server is silent, SIGTERM ends the process within five seconds; what was acknowledged is there."""
    place, claim = postgres_place, {"elder": "E1", "month": "2024-03", "cost": "5", "bill": "a"}
    with (
        running(place, YUNCHENG, "--drain", "0", "--grace", "0") as (process, address),
        Client(address, options=[("grpc.enable_retries", 0)]) as client,
    ):
        given = client.determine(NURSING, claim, request="a")
        with silent(postgres, place):
            asking = threading.Thread(target=_asked, args=(client, {**claim, "bill": "b"}))
            asking.start()
            time.sleep(0.3)
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 2
            assert 4.5 < time.monotonic() - begun < 6.5
            asking.join(20)
    assert given.index is not None
    with Reader(place.url) as reader:
        assert reader.answer(given.index).body["request"] == "a"


def _asked(client: Client, claim: dict[str, str]) -> None:
    with suppress(ServiceError):
        client.determine(NURSING, claim, request="b")
