"""Policies in a real PostgreSQL, in one statement over a table of claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from tests.conformance.support import all_cases
from tests.ledger.postgres import Postgres

from subsidy.engines.sql.query import Query

from .support import Ask, outcome, runner

TYPES = {"decimal": "NUMERIC(27, 9)", "date32": "DATE", "bool": "BOOLEAN", "int64": "BIGINT", "string": "TEXT"}


@pytest.fixture(scope="module")
def by_postgres() -> Iterator[Ask]:
    """What PostgreSQL answers."""
    server = Postgres()
    try:
        with psycopg.connect(server.fresh("claims"), autocommit=True) as connection:

            def ask(asked: Query, claims: pa.Table) -> list[dict[str, Any]]:
                columns = ", ".join(f'"{each.name}" {_type(each.type)}' for each in claims.schema)
                marks = ", ".join(["%s"] * claims.num_columns)
                connection.execute("DROP TABLE IF EXISTS claims")
                connection.execute(f"CREATE TABLE claims ({columns})".encode())
                with connection.cursor() as cursor:
                    rows = [list(row.values()) for row in claims.to_pylist()]
                    cursor.executemany(f"INSERT INTO claims VALUES ({marks})".encode(), rows)  # noqa: S608
                found = connection.execute(asked.text.replace("%", "%%").encode())
                names = [each.name for each in found.description or ()]
                return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

            yield ask
    finally:
        server.stop()


def _type(of: pa.DataType) -> str:
    return next(name for kind, name in TYPES.items() if str(of).startswith(kind))


def test_cases_on_postgres(by_postgres: Ask) -> None:
    """Cases come out as written, or are refused for what the engine cannot say."""
    run = runner("postgres", by_postgres)
    found = [outcome(case, run) for case in all_cases()[::30]]
    assert {each for each in found if not each.startswith("refused: ")} == {"passed"}
    assert found.count("passed") > 35
    whys = {"figures that are open", "a place among records (position)", "records"}
    assert {each.removeprefix("refused: ") for each in found} <= whys | {"passed"}
