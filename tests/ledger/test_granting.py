"""The role of PostgreSQL that a ledger is written by: it may append, and rewrite nothing that was said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from typer.testing import CliRunner

from subsidy.cli.app import app
from subsidy.cli.demo_ledger import POLICY, SCOPE, adopted
from subsidy.errors import ServiceError
from subsidy.ledger import Ledger, Reader

from .postgres import Postgres

FACTS = {"beneficiary": "R1", "month": "2023-08", "hours": "20", "price": "30"}
ROLE = 'writer of "the" bureau'


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server."""
    found = Postgres()
    yield found
    found.stop()


@pytest.fixture
def url(server: Postgres, tmp_path: Path) -> str:
    """A ledger that its owner made, as the restricted role reaches it."""
    owner = server.fresh("granted")
    Ledger(owner, SCOPE, adopted(tmp_path), key=tmp_path / "key").close()
    quoted = ROLE.replace('"', '""')
    server.run(f'DROP ROLE IF EXISTS "{quoted}"')
    server.run(f'CREATE ROLE "{quoted}" LOGIN')
    printed = CliRunner().invoke(app, ["ledger", "grant", ROLE], env={"SUBSIDY_LANG": "en"}).stdout
    assert printed.startswith("-- entries, requests and checkpoints can be appended alone; ")
    server.run(printed, "granted")
    user = ROLE.replace(" ", "%20").replace('"', "%22")
    return owner.replace("postgres@", f"{user}@")


def test_the_role_can_do_all_that_a_writer_does(url: str, tmp_path: Path) -> None:
    """Claims, a retry, a reversal, a new key and an erasure work under the printed grants, and are read again."""
    with Ledger(url, SCOPE, adopted(tmp_path / "again"), key=tmp_path / "key") as ledger:
        first, second = (ledger.determine(POLICY, FACTS, request=request) for request in ("a", "b"))
        again = ledger.determine(POLICY, FACTS, request="a")
        ledger.reverse(second.position, request="r", why="twice")
        ledger.rotate_key(tmp_path / "new")
        ledger.erase("R1", ground="law", retention="kept on paper", on="2026-01-01", request="e")
    with Reader(url) as reader:
        assert reader.size == 11
        assert reader.answer(first.position).is_proved(reader.verifiers())
    assert again.to_bytes() == first.to_bytes()


def test_the_password_of_the_role_is_in_a_file_that_the_address_names(
    url: str, server: Postgres, tmp_path: Path
) -> None:
    """Where the server asks for a password, `passfile` in the address is enough for the ledger and for its copy."""
    quoted, password = ROLE.replace('"', '""'), tmp_path / "pgpass"
    server.run(f"ALTER ROLE \"{quoted}\" PASSWORD 'of the role'")
    rules = server.folder / "data/pg_hba.conf"
    before = rules.read_text("utf-8")
    try:
        rules.write_text(f"local granted all scram-sha-256\n{before}", "utf-8")
        server.run("SELECT pg_reload_conf()")
        with pytest.raises(ServiceError, match="S0304"):
            Ledger(url, SCOPE, adopted(tmp_path / "none"), key=tmp_path / "key")
        password.touch(0o600)
        password.write_text("*:*:granted:*:of the role\n", "utf-8")
        named = f"{url}&passfile={password}"
        with Ledger(named, SCOPE, adopted(tmp_path / "again"), key=tmp_path / "key") as ledger:
            size = ledger.size
        with Reader(named) as reader:
            assert reader.backup(tmp_path / "copy.db") == size
    finally:
        rules.write_text(before, "utf-8")
        server.run("SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET kind = 'text'",
        "DELETE FROM entries",
        "UPDATE requests SET position = 0",
        "DELETE FROM requests",
        "UPDATE checkpoints SET note = ''",
        "DELETE FROM checkpoints",
        "DELETE FROM buckets",
        "DELETE FROM reversals",
        "UPDATE meta SET value = ''",
        "UPDATE persons SET clear = 'another'",
        "TRUNCATE entries",
        "DROP TABLE entries",
    ],
)
def test_the_role_rewrites_nothing(url: str, statement: str) -> None:
    """What was said can be neither changed nor removed by the role."""
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode())
