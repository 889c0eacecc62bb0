"""The engines of the tests, as they are asked: DuckDB in this process, a PostgreSQL of its own, Spark on two cores."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pyarrow as pa
from tests.ledger.postgres import Postgres

from subsidy.engines.sql.query import Query

from . import clusters
from .support import Ask, by_duckdb

ENGINES = ("duckdb", "postgres", "spark")
TYPES = {"decimal": "NUMERIC(27, 9)", "date32": "DATE", "bool": "BOOLEAN", "int64": "BIGINT", "string": "TEXT"}


@contextmanager
def asking(engine: str) -> Iterator[Ask]:
    """What an engine answers, as long as it is there."""
    if engine == "duckdb":
        yield by_duckdb
    elif engine == "postgres":
        with by_postgres() as ask:
            yield ask
    else:
        with TemporaryDirectory() as folder:
            session = clusters.session(Path(folder))
            if isinstance(session, str):
                sys.exit(session)
            yield clusters.asked_of(session)


@contextmanager
def by_postgres() -> Iterator[Ask]:
    """What PostgreSQL answers."""
    server = Postgres()
    try:
        # Nothing is prepared: what stays prepared for one table of claims would be used for the next.
        with psycopg.connect(server.fresh("claims"), autocommit=True, prepare_threshold=None) as connection:

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
