"""Races for one cap: none is overpaid, and the ways that seem to do without a bucket are shown to overpay."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import psycopg
import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from subsidy.client import Client, Recorded
from subsidy.ledger import Reader
from subsidy.ledger import tables as t
from subsidy.ledger.batch import Batch, Entry, Key, Raised
from subsidy.ledger.stores import Store
from subsidy.ledger.tree import Tiles

from .postgres import Postgres
from .served import clients, served
from .support import HOME, SHENYANG, Place, determinations, home, is_proved, paid

CLIENTS: Final = 64
PERSONS: Final = 10
MOST: Final = 135_000  # fen a person and month
ASKED: Final = 9_000  # 3 hours at 30 CNY
NAIVE: Final = Table("naive", MetaData(), Column("who", String(20)), Column("fen", BigInteger))


def kept(ledger: Reader) -> tuple[list[tuple[int, int]], int]:
    """What is used of what in every bucket, and how many commits there were."""
    with ledger.store.reading() as connection:
        used = connection.execute(select(t.BUCKETS.c.used, t.BUCKETS.c.most)).all()
        commits = connection.scalar(select(func.count()).select_from(t.CHECKPOINTS))
    return [(row.used, row.most) for row in used], commits or 0


def test_no_race_overpays(place: Place) -> None:
    """64 clients race for the caps of 10 persons: each is paid exactly the cap, by the entries and by the buckets."""
    ledger = place.ledger(SHENYANG)
    start = threading.Barrier(CLIENTS)

    def client(number: int) -> list[str]:
        start.wait()
        return [home(ledger, f"{number}-{who}", "3", who=f"R{who}").decision for who in range(PERSONS)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        decisions = [each for found in pool.map(client, range(CLIENTS)) for each in found]
    enough = PERSONS * MOST // ASKED
    assert sorted(decisions) == ["determined"] * enough + ["nothing"] * (CLIENTS * PERSONS - enough)
    assert list(paid(ledger).values()) == [MOST] * PERSONS
    used, commits = kept(ledger)
    assert used == [(MOST, MOST)] * PERSONS
    assert commits < CLIENTS * PERSONS / 2  # they did meet in batches
    assert all(is_proved(ledger, ledger.answer(position)) for position in range(0, 600, 37))


def test_no_race_of_clients_overpays(place: Place) -> None:
    """64 clients, a connection each, race through a server: the sums are exact, and the answers are proved."""
    start = threading.Barrier(CLIENTS)

    def ask(client: Client) -> list[Recorded]:
        number = start.wait()
        claims = [{"beneficiary": f"R{who}", "month": "2023-08", "hours": "3", "price": "30"} for who in range(PERSONS)]
        return [client.determine(HOME, claim, request=f"{number}-{who}") for who, claim in enumerate(claims)]

    with served(place, SHENYANG) as address, clients(address, CLIENTS) as all_, ThreadPoolExecutor(CLIENTS) as pool:
        answers = [each for found in pool.map(ask, all_) for each in found]
    enough = PERSONS * MOST // ASKED
    with Reader(place.url) as ledger:
        assert list(paid(ledger).values()) == [MOST] * PERSONS
        used, commits = kept(ledger)
        assert len(list(determinations(ledger))) == len({each.index for each in answers}) == CLIENTS * PERSONS
        (key,) = ledger.verifiers()
    assert used == [(MOST, MOST)] * PERSONS
    assert commits < CLIENTS * PERSONS / 2
    assert sorted((each.decision, str(each.amount)) for each in answers) == [
        *[("determined", "90.00")] * enough,
        *[("nothing", "0.00")] * (CLIENTS * PERSONS - enough),
    ]
    assert all(each.verify(key).startswith("sha256:") for each in answers[::37])


def test_a_sum_over_entries_overpays(place: Place) -> None:
    """The control: the same race where each client sums what was paid and then inserts pays far too much."""
    store = Store(place.url)
    with store.writing() as connection:
        NAIVE.create(connection)
    meet = threading.Barrier(CLIENTS)

    def client(_: int) -> None:
        with store.reading() as connection:
            before = connection.scalar(select(func.coalesce(func.sum(NAIVE.c.fen), 0))) or 0
        granted = min(ASKED, max(0, MOST - int(before)))
        meet.wait()  # as a busy day would have it
        with store.writing() as connection:
            connection.execute(insert(NAIVE).values(who="R1", fen=granted))

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    with store.reading() as connection:
        total = connection.scalar(select(func.sum(NAIVE.c.fen)))
    store.close()
    assert total == CLIENTS * ASKED
    assert CLIENTS * ASKED > 4 * MOST


def test_a_sum_overpays_under_serializable(postgres: Postgres, postgres_place: Place) -> None:
    """SERIALIZABLE stops the second of two sums, but a client that then sends its insert again overpays."""
    url = postgres_place.url
    postgres.run("CREATE TABLE naive (who TEXT, fen BIGINT)", str(Store(url).url.database))
    with psycopg.connect(url) as one, psycopg.connect(url) as two:
        for session in (one, two):
            session.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        granted = []
        for session in (one, two):
            row = session.execute("SELECT coalesce(sum(fen), 0)::bigint FROM naive WHERE who = 'R1'").fetchone()
            assert row is not None
            granted.append(min(100_000, MOST - row[0]))
        assert granted == [100_000, 100_000]
        for session, fen in zip((one, two), granted, strict=True):
            session.execute("INSERT INTO naive VALUES ('R1', %s)", (fen,))
        one.commit()
        with pytest.raises(psycopg.errors.SerializationFailure):
            two.commit()
        two.rollback()
        two.execute("INSERT INTO naive VALUES ('R1', %s)", (granted[1],))  # the retry of what failed
        two.commit()
        row = two.execute("SELECT sum(fen)::bigint FROM naive").fetchone()
    assert row == (200_000,)
    assert MOST < 200_000


KEY: Final = Key("cn/test/race", "monthly", bytes(32))


def raised(store: Store, position: int, locked: threading.Event, go: threading.Event, asked: int) -> int:
    """What one of two writers at once grants, by a bucket; as the one writer does, but without the lock of the head."""
    with store.writing() as connection:
        batch = Batch(connection, position, Tiles(connection, 0))
        bucket = batch.bucket(KEY)
        used = bucket.used if bucket else 0
        locked.set()
        assert go.wait(30)
        granted = min(asked, MOST - used)
        batch.add(Entry("x", {"granted": granted}, raised=(Raised(KEY, used + granted, MOST),)))
        batch.write()
    return granted


def test_two_writers_do_not_overpay(postgres_place: Place) -> None:
    """Even two writers at once cannot overpay: the second waits for the bucket, or fails where it is new."""
    postgres_place.ledger().close()
    store = Store(postgres_place.url)
    locked, other, go = threading.Event(), threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as pool:  # the bucket is new: both find none, and only one can make it
        made = [pool.submit(raised, store, 100 + n, (locked, other)[n], go, 100) for n in range(2)]
        assert locked.wait(30)
        assert other.wait(30)
        go.set()
        failed = [each.exception() for each in made]
    assert [type(each) for each in failed if each is not None] == [IntegrityError]
    locked, other, go = threading.Event(), threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as pool:  # it is there: the second cannot even read it before the first has committed
        first = pool.submit(raised, store, 200, locked, go, 100_000)
        assert locked.wait(30)
        second = pool.submit(raised, store, 300, other, go, 100_000)
        time.sleep(0.2)
        assert not other.is_set()
        go.set()
        assert [first.result(), second.result()] == [100_000, MOST - 100 - 100_000]
    with store.reading() as connection:
        assert connection.scalar(select(t.BUCKETS.c.used)) == MOST
    store.close()
