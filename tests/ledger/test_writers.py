"""Who writes a ledger: one at a time, also after a crash; and what is acknowledged when a commit fails."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event, update
from sqlalchemy.exc import DBAPIError

import subsidy
from subsidy.errors import ServiceError
from subsidy.ledger import Outcome, Roster
from subsidy.ledger import tables as t
from subsidy.ledger.determining import Claim

from .postgres import Postgres
from .support import NURSING, SHENYANG, Place, everything, home, nursing, refused, shown

ANOTHER = """\
import sys
from subsidy import Catalogue, SubsidyError
from subsidy.ledger import Ledger
try:
    Ledger(sys.argv[1], "140800", Catalogue(), key=sys.argv[2]).close()
except SubsidyError as error:
    sys.exit(error.report("en"))
"""


# — one writer —


def test_a_second_writer(place: Place) -> None:
    """A second writer is refused, in this process and in another, for as long as the first one has not closed."""
    ledger = place.ledger()
    said = (
        f"S0302 second-writer  {shown(place)}\n  another process has the ledger open\n"
        "  → stop it first; a ledger has one writer"
    )
    words = [sys.executable, "-c", ANOTHER, place.url, str(place.folder / "key.pem")]
    assert refused(place) == said
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (1, said)
    assert nursing(ledger, "a", "5").amount == "5.00"
    ledger.close()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    place.ledger()


HOLDER = """\
import sys, time
from subsidy import Catalogue
from subsidy.ledger import Ledger
ledger = Ledger(sys.argv[1], "140800", Catalogue(), key=sys.argv[2])
print("open", flush=True)
time.sleep(60)
"""


def test_a_writer_that_was_killed_holds_nothing(place: Place) -> None:
    """A writer that is killed leaves nothing that would keep the next one out."""
    words = [sys.executable, "-c", HOLDER, place.url, str(place.folder / "key.pem")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        assert "S0302" in refused(place)
        holder.kill()
    for _ in range(200):  # until the server has seen that its client is gone
        try:
            place.ledger()
        except ServiceError:
            time.sleep(0.05)
        else:
            break
    assert nursing(place.made[-1], "a", "5").amount == "5.00"


def test_a_writer_that_was_replaced_stops(place: Place) -> None:
    """A writer that finds another's mark in the head records nothing more, and says so to all that ask."""
    ledger = place.ledger()
    nursing(ledger, "a", "5")
    with ledger.store.writing() as connection:
        connection.execute(update(t.HEAD).values(writer="another"))
    before = everything(ledger.store)
    for request in ("b", "c", "a"):
        with pytest.raises(ServiceError) as error:
            nursing(ledger, request, "5", bill="a")
        assert error.value.report("en") == (
            f"S0303 writer-replaced  {shown(place)}\n  another process has taken over the writing of the ledger"
        )
    assert everything(ledger.store) == before
    assert not ledger._writer.is_alive


def test_too_many_wait(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes while the queue is full is told to come again, at once, and leaves nothing."""
    monkeypatch.setattr("subsidy.ledger.writer.WAITING", 2)
    ledger = sqlite_place.ledger()
    with ledger.store.writing():  # the writer waits for the file
        threads = [threading.Thread(target=nursing, args=(ledger, f"q{n}", "5")) for n in range(3)]
        for thread in threads:
            thread.start()
            time.sleep(0.1)  # the first is with the writer before the others wait
        with pytest.raises(ServiceError) as error:
            nursing(ledger, "late", "5")
    for thread in threads:
        thread.join()
    assert error.value.report("en") == ("S0201 busy  ledger\n  the service is busy with 2 calls\n  → try again in 1 s")
    assert nursing(ledger, "late", "5").amount == "5.00"


# — commits that fail —


class Broken(psycopg.OperationalError):
    """What a driver raises."""


def test_a_commit_that_fails_acknowledges_nobody(place: Place) -> None:
    """Where the commit itself fails, its callers are told so, nothing is there, and a retry does it once."""
    ledger = place.ledger()
    nursing(ledger, "a", "5")
    before = everything(ledger.store)

    def fail(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            raise DBAPIError("COMMIT", None, Broken("no space left on device"))

    event.listen(ledger.store.engine, "commit", fail)
    with pytest.raises(ServiceError) as error:
        nursing(ledger, "b", "700")
    event.remove(ledger.store.engine, "commit", fail)
    assert error.value.report("en") == (
        f"S0304 store-failed  {shown(place)}\n  the database of the ledger failed: Broken\n"
        "  → try again with the same request id"
    )
    assert everything(ledger.store) == before
    assert nursing(ledger, "b", "700").amount == "700.00"
    assert nursing(ledger, "c", "700").amount == "295.00"


def test_a_commit_whose_answer_is_lost(place: Place) -> None:
    """Where the database committed and its word was lost, the request is answered by what is there, as ever after."""
    ledger = place.ledger()
    lose = iter([True])

    def lost(connection: Connection) -> None:
        if connection.get_execution_options().get("writes") and next(lose, False):
            connection.connection.commit()
            raise DBAPIError("COMMIT", None, Broken("server closed the connection unexpectedly"))

    event.listen(ledger.store.engine, "commit", lost)
    answer = nursing(ledger, "a", "700")
    assert next(lose, None) is None
    assert nursing(ledger, "a", "700").to_bytes() == answer.to_bytes()
    assert nursing(ledger, "b", "700").amount == "300.00"
    lose = iter([True])
    before = len(ledger.verifiers())
    ledger.rotate_key(place.folder / "second.pem")
    assert len(ledger.verifiers()) == before + 1
    nursing(ledger, "c", "5", month="2024-04")
    ledger.close()
    (place.folder / "key.pem").write_bytes((place.folder / "second.pem").read_bytes())
    place.ledger()


def test_a_new_key_whose_commit_is_not_known(place: Place) -> None:
    """Where nobody could say whether a new key was recorded, the next commit finds out, and signs with that key."""
    ledger = place.ledger()
    lose, down = iter([True]), iter([True])

    def lost(connection: Connection) -> None:
        if connection.get_execution_options().get("writes") and next(lose, False):
            connection.connection.commit()
            event.listen(ledger.store.engine, "begin", unreachable)
            raise DBAPIError("COMMIT", None, Broken("server closed the connection unexpectedly"))

    def unreachable(_: Connection) -> None:
        if next(down, False):
            raise DBAPIError("BEGIN", None, Broken("server closed the connection unexpectedly"))

    event.listen(ledger.store.engine, "commit", lost)
    with pytest.raises(ServiceError, match="S0304"):
        ledger.rotate_key(place.folder / "second.pem")
    assert (next(lose, None), next(down, None)) == (None, None)
    second = ledger.verifiers()[-1]
    assert nursing(ledger, "a", "5").is_proved([second])
    ledger.close()
    (place.folder / "key.pem").write_bytes((place.folder / "second.pem").read_bytes())
    place.ledger()


def test_a_server_that_comes_back(adopted: subsidy.Catalogue, tmp_path: Path) -> None:
    """After a crash of the server all that was acknowledged is there, and a ledger opened again goes on."""
    server = Postgres()
    try:
        place = Place(server.fresh("crash"), tmp_path, adopted)
        ledger = place.ledger(SHENYANG)
        answers = [home(ledger, f"q{n}", "3", who=f"R{n}").to_bytes() for n in range(5)]
        server.crash()
        with pytest.raises(ServiceError, match="S0304"):
            home(ledger, "q9", "3")
        server.start()
        assert [home(ledger, f"q{n}", "3", who=f"R{n}").to_bytes() for n in range(5)] == answers
        assert home(ledger, "q9", "3").amount == "90.00"
        place.close()
    finally:
        server.stop()


def test_a_server_that_is_down(adopted: subsidy.Catalogue, tmp_path: Path) -> None:
    """While the server is down, whatever is read or asked is told so in the ledger's own words, a roster as well."""
    server = Postgres()
    try:
        place = Place(server.fresh("down"), tmp_path, adopted)
        ledger = place.ledger()
        answer = nursing(ledger, "a", "5")
        facts = {"elder": "E1", "month": "2024-03", "cost": "5", "bill": "b"}
        roster = Roster("r", adopted.policy(NURSING, on="2024-03-01"), [Claim(NURSING, facts, {})])
        server.crash()
        asked: list[Callable[[], object]] = [
            lambda: ledger.size,
            lambda: ledger.answer(answer.position),
            lambda: list(ledger.entries()),
            ledger.checkpoint,
            lambda: ledger.consistency(1, 2),
            ledger.verifiers,
            lambda: ledger.validate(NURSING, facts),
            lambda: list(ledger.check_roster(roster)),
            lambda: nursing(ledger, "b", "5"),
        ]
        said = (
            f"S0304 store-failed  {shown(place)}\n  the database of the ledger failed: OperationalError\n"
            "  → try again with the same request id"
        )
        for ask in asked:
            with pytest.raises(ServiceError) as error:
                ask()
            assert error.value.report("en") == said
        (refused,) = ledger.determine_roster(roster, roster.claims)
        assert isinstance(refused, ServiceError)
        assert refused.report("en") == said
        server.start()
        (determined,) = ledger.determine_roster(roster, roster.claims)
        assert isinstance(determined, Outcome)
        assert determined.amount == "5.00"
        place.close()
    finally:
        server.stop()
