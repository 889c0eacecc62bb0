"""Where a ledger lies: what a store promises, and what is refused and left as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Executable, inspect, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError
from typer.testing import CliRunner

import subsidy
from subsidy.cli.app import app
from subsidy.errors import RequestError, ServiceError
from subsidy.ledger import Ledger
from subsidy.ledger import tables as t
from subsidy.ledger.stores import Store

from .postgres import Postgres
from .schemas import FIXTURES, hashes_of, restore
from .support import SHENYANG, YUNCHENG, Place, everything, is_proved, nursing, refused, rows, shown


def content(folder: Path, *names: str) -> dict[str, str]:
    """The files of a folder by their hashes."""
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir() if each.name in names}


# — what a store promises —


def test_sqlite_syncs_what_it_commits(sqlite_place: Place) -> None:
    """Every connection has the rollback journal, full sync and no trust in the schema, as read back from it."""
    ledger = sqlite_place.ledger()
    names = ("journal_mode", "synchronous", "trusted_schema", "secure_delete", "busy_timeout")
    for opened in (ledger.store.reading, ledger.store.writing):
        with opened() as one, opened() if opened == ledger.store.reading else ledger.store.reading() as two:
            for connection in (one, two):
                found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
                assert found == ["truncate", 2, 0, 1, 30000]


def test_a_store_that_cannot_sync_is_refused(tmp_path: Path) -> None:
    """A database that answers that it syncs less than it was told is no place for a ledger."""
    store = Store(f"sqlite:///{tmp_path}/l.db")

    class Unsynced:
        def execute(self, statement: str) -> Unsynced:
            self.statement = statement
            return self

        def fetchone(self) -> tuple[object]:
            return (("wal" if "journal_mode" in self.statement else 1),)

    with pytest.raises(ServiceError) as error:
        store._prepare(Unsynced(), None)
    assert error.value.report("en") == (
        f"S0301 not-durable  {tmp_path}/l.db\n"
        "  the database of the ledger does not sync what it commits: journal_mode=wal, synchronous=1"
    )


def test_a_database_that_does_not_sync(postgres: Postgres, postgres_place: Place) -> None:
    """A database of PostgreSQL that answers before what it committed is on disk is refused, and nothing is made."""
    database = str(Store(postgres_place.url).url.database)
    postgres.run(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    with pytest.raises(ServiceError) as error:
        postgres_place.ledger()
    assert error.value.report("en") == (
        f"S0301 not-durable  {Store(postgres_place.url).shown}\n"
        "  the database of the ledger does not sync what it commits: synchronous_commit=off"
    )
    postgres.run(f'ALTER DATABASE "{database}" RESET synchronous_commit')
    assert postgres_place.ledger().size == 2


def test_postgres_reads_one_state_and_locks_what_it_writes(postgres_place: Place) -> None:
    """Who reads sees one state and can change nothing; who writes does so at READ COMMITTED, with commits synced."""
    ledger = postgres_place.ledger()
    with ledger.store.reading() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        with pytest.raises(DBAPIError, match="read-only transaction"):
            connection.execute(update(t.HEAD).values(size=0))
    with ledger.store.writing() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"
        assert connection.scalar(text("SHOW fsync")) == "on"


def test_a_bucket_is_never_over(place: Place) -> None:
    """The database itself refuses a bucket above its cap or below nothing, whoever writes it."""
    ledger = place.ledger()
    nursing(ledger, "a", "5")
    for used in (t.BUCKETS.c.most + 1, -1):
        with pytest.raises(DBAPIError, match="never_over"), ledger.store.writing() as connection:
            connection.execute(update(t.BUCKETS).values(used=used))


def test_an_odd_path(adopted: subsidy.Catalogue, tmp_path: Path) -> None:
    """A ledger lies in the file that was named, whatever signs are in its name."""
    for name in ("空 格.db", "a?b.db", "a#b.db", "a&mode=memory.db"):
        url = Store.__init__.__globals__["URL"].create("sqlite", database=str(tmp_path / name))
        ledger = Ledger(url.render_as_string(), YUNCHENG, adopted)
        ledger.close()
        assert (tmp_path / name).stat().st_size > 0
        assert (tmp_path / f"{name}.key").stat().st_mode & 0o777 == 0o600


# — schemas —


def test_the_schema_is_recorded(place: Place) -> None:
    """A ledger says in itself of which schema, which name and which division it is, and its first entry says it too."""
    ledger = place.ledger()
    assert dict(rows(ledger.store, "meta")) == {"schema": str(t.SCHEMA), "origin": ledger.origin, "scope": YUNCHENG}
    position, entry = next(ledger.entries())
    assert (position, entry.pop("recorded")[:2]) == (0, "20")
    assert entry == {"kind": "opened", "origin": ledger.origin, "scope": YUNCHENG, "schema": t.SCHEMA}


@pytest.mark.parametrize("schema", sorted(FIXTURES.iterdir()), ids=lambda schema: schema.name)
def test_a_ledger_of_each_schema_opens(adopted: subsidy.Catalogue, tmp_path: Path, schema: Path) -> None:
    """A ledger that was made with each schema so far opens, gives every answer byte for byte, and goes on."""
    answers = (schema / "answers.txt").read_text("utf-8").split()
    ledger = Ledger(restore(schema, tmp_path), YUNCHENG, adopted)
    assert hashes_of(ledger, len(answers)) == answers
    assert dict(rows(ledger.store, "meta"))["schema"] == str(t.SCHEMA)
    with ledger.store.reading() as connection:
        indexes = {
            each["name"] for table in t.METADATA.sorted_tables for each in inspect(connection).get_indexes(table.name)
        }
    assert indexes >= {index.name for table in t.METADATA.sorted_tables for index in table.indexes}
    assert nursing(ledger, "q", "700", bill="A").amount == "700.00"
    assert nursing(ledger, "new", "800").amount == "700.00"  # 300 CNY of 1000 stand, another 700 were reversed
    assert is_proved(ledger, nursing(ledger, "other", "1", who="E9"))
    ledger.close()


def test_a_newer_schema_is_left_as_it_is(place: Place) -> None:
    """A ledger of a later schema is refused, and neither its file nor any row of it is changed."""
    ledger = place.ledger()
    nursing(ledger, "a", "5")
    with ledger.store.writing() as connection:
        connection.execute(update(t.MEMORY).where(t.MEMORY.c.name == "schema").values(value=str(t.SCHEMA + 1)))
    ledger.close()
    store = Store(place.url)
    before = everything(store), rows(store, "head"), content(place.folder, "ledger.db", "key.pem")
    store.close()
    assert refused(place) == (
        f"S0305 newer-ledger  {shown(place)}\n"
        f"  the ledger has schema {t.SCHEMA + 1}, and this version knows up to {t.SCHEMA}; nothing was changed\n"
        "  → install a newer version"
    )
    store = Store(place.url)
    assert (everything(store), rows(store, "head"), content(place.folder, "ledger.db", "key.pem")) == before
    store.close()


# — what is no ledger —


@pytest.mark.parametrize("statement", ["CREATE TABLE cats (name TEXT)", "CREATE TABLE meta (name TEXT, value TEXT)"])
def test_a_database_of_something_else(place: Place, statement: str) -> None:
    """A database that holds other tables is refused, nothing is made in it, and no key is written."""
    store = Store(place.url)
    with store.writing() as connection:
        connection.execute(text(statement))
    store.close()
    before = content(place.folder, "ledger.db")
    assert refused(place).split("\n")[1:] == ["  this is no ledger", "  → a new one is made by subsidy ledger create"]
    assert content(place.folder, "ledger.db", "key.pem") == before


def test_a_file_that_is_no_database(sqlite_place: Place) -> None:
    """A file of something else is refused as no ledger, and is left as it is."""
    file = sqlite_place.folder / "ledger.db"
    file.write_bytes(b"no database at all\n" * 100)
    assert refused(sqlite_place) == (
        f"S0306 no-ledger  sqlite:///{file}\n  this is no ledger\n  → a new one is made by subsidy ledger create"
    )
    assert file.read_bytes() == b"no database at all\n" * 100


def test_a_place_that_is_not_there(adopted: subsidy.Catalogue, tmp_path: Path) -> None:
    """A folder that is missing and a server that does not answer are told as failures of the store."""
    gone = Place(f"sqlite:///{tmp_path}/no/ledger.db", tmp_path, adopted)
    assert refused(gone) == (
        f"S0304 store-failed  sqlite:///{tmp_path}/no/ledger.db\n"
        "  the database of the ledger failed: No such file or directory\n"
        "  → try again with the same request id"
    )
    gone = Place("postgresql://u:secret@/ledger?host=/nowhere", tmp_path, adopted)
    assert refused(gone) == (
        "S0304 store-failed  postgresql://u:***@/ledger?host=%2Fnowhere\n"
        "  the database of the ledger failed: OperationalError\n"
        "  → try again with the same request id"
    )


@pytest.mark.parametrize("url", ["", "ledger.db", "sqlite://", "mysql://u@h/d", "postgresql://u@h"])
def test_an_address_that_is_none(adopted: subsidy.Catalogue, tmp_path: Path, url: str) -> None:
    """An address of neither store is refused, and it is said how they are written."""
    assert refused(Place(url, tmp_path, adopted)) == (
        f"R0501 bad-ledger  ledger\n  {url} is no address of a ledger\n"
        "  → write sqlite:///PATH, postgresql://USER@HOST/DATABASE"
    )


# — whose it is —


def test_scopes_and_keys_of_others(place: Place) -> None:
    """A ledger is opened by its own division with its own key, and by none else."""
    assert refused(place, "999999").endswith(
        "R0517 no-such-scope  scope\n  there is no division 999999\n  → write six digits, such as 140800"
    )
    place.ledger().close()
    assert refused(place, SHENYANG) == ("R0518 scope-of-another  scope\n  this ledger is that of 140800, not of 210100")
    key = place.folder / "key.pem"
    right = key.read_bytes()
    key.unlink()
    assert refused(place) == f"R0516 bad-key  {key}\n  the signing key cannot be used: No such file or directory"
    key.write_bytes(b"none")
    assert refused(place) == f"R0516 bad-key  {key}\n  the signing key cannot be used: no private key in PEM"
    other = place.folder / "other"
    other.mkdir()
    Place(f"sqlite:///{other}/l.db", other, place.catalogue).ledger().close()
    key.write_bytes((other / "key.pem").read_bytes())
    assert refused(place) == f"R0519 key-of-another  {key}\n  the key is not the one that signs this ledger"
    key.write_bytes(right)
    place.ledger()


def test_a_key_is_never_overwritten(sqlite_place: Place) -> None:
    """A file that stands where a key is to be, and holds none, stays, and nothing is made."""
    key = sqlite_place.folder / "key.pem"
    key.write_text("something dear")
    assert refused(sqlite_place) == f"R0516 bad-key  {key}\n  the signing key cannot be used: no private key in PEM"
    assert key.read_text() == "something dear"
    key.unlink()
    ledger = sqlite_place.ledger()
    with pytest.raises(RequestError, match="File exists"):
        ledger.rotate_key(key)
    assert len(ledger.verifiers()) == 1


def test_postgres_needs_a_key(adopted: subsidy.Catalogue, postgres: Postgres) -> None:
    """A ledger in PostgreSQL has no file beside which its key could lie, so it must be said where it is."""
    with pytest.raises(RequestError) as error:
        Ledger(postgres.url(), YUNCHENG, adopted)
    assert error.value.report("en") == "R0516 bad-key  key\n  the signing key cannot be used: --key FILE"


def test_an_empty_place_can_be_started(place: Place) -> None:
    """An empty file or database is no fault where a scope is given: the check says so, and the ledger is made."""
    if (file := Store(place.url).path) is not None:
        file.touch()
    words = ["--listen", "127.0.0.1:0", "--ledger", place.url, "--key", str(place.folder / "key.pem")]
    asked = ["serve", "--check", "--lang", "en", *words, "--scope", YUNCHENG]
    assert CliRunner().invoke(app, asked).output == "it can be started\n"
    assert place.ledger().size == 2
    assert "S0302" in CliRunner().invoke(app, asked).output


# — PostgreSQL with few rights —


def test_a_role_with_few_rights(postgres: Postgres, postgres_place: Place) -> None:
    """A role that may only append, and change heads, buckets and tiles, determines; it can alter or remove no entry."""
    place = postgres_place
    place.ledger().close()
    name = str(Store(place.url).url.database)
    role = f"clerk_{name[-12:]}"
    every = ", ".join(table.name for table in t.METADATA.sorted_tables)
    for statement in (
        f"CREATE ROLE {role} LOGIN",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT SELECT ON {every} TO {role}",
        f"GRANT INSERT ON {', '.join(table.name for table in t.APPENDED)} TO {role}",
        f"GRANT INSERT, UPDATE ON {', '.join(table.name for table in t.CHANGED)} TO {role}",
        f"GRANT INSERT ON persons TO {role}",
        f"GRANT DELETE ON persons, tiles TO {role}",
    ):
        postgres.run(statement, name)
    clerk = Place(postgres.url(name, role), place.folder, place.catalogue)
    ledger = clerk.ledger()
    try:
        first = nursing(ledger, "a", "700")
        released = ledger.release(first.position, "first", request="b")
        ledger.reverse(released.position, request="c", why="误拨")
        assert nursing(ledger, "d", "700").amount == "300.00"
        ledger.rotate_key(place.folder / "second.pem")
        for table in t.APPENDED:
            column = next(iter(table.c))
            truncate: Executable = text(f"TRUNCATE {table.name}")
            for change in (table.update().values({column: column}), table.delete(), truncate):
                with (
                    pytest.raises(ProgrammingError, match="permission denied for table"),
                    ledger.store.writing() as connection,
                ):
                    connection.execute(change)
        for words in ("CREATE TABLE x (a INT)", "DROP TABLE entries", "ALTER TABLE entries DROP COLUMN body"):
            with pytest.raises(ProgrammingError), ledger.store.writing() as connection:
                connection.execute(text(words))
    finally:
        clerk.close()
        postgres.run(f"DROP OWNED BY {role}", name)
        postgres.run(f"DROP ROLE {role}", name)
