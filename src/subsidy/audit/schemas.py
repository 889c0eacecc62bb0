"""The schema of a ledger's database: whether its tables, constraints and indexes are those it was made with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, text

from ..ledger import tables as t
from .findings import Finding

_ADDED: Final = {2: (t.ENTRIES_BY_KIND.name or "",)}  # what came with a schema version

_BLANKS: Final = re.compile(r"[ \t\n]+")  # what a schema is set out with; any other one is not ours
_SQLITE: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1, 2"
_POSTGRES: Final = """
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type
           || coalesce(' ' || character_maximum_length, '') || ' nullable ' || is_nullable
           || coalesce(' default ' || column_default, '')
      FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
           || CASE WHEN convalidated THEN '' ELSE ' not valid' END
      FROM pg_constraint
     WHERE contype <> 'n' AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    UNION ALL
    SELECT 'index ' || replace(indexdef, ' ON ' || schemaname || '.', ' ON ')
      FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'trigger ' || tgrelid::regclass || ' ' || pg_get_triggerdef(pg_trigger.oid)
      FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE NOT tgisinternal AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    UNION ALL
    SELECT 'rule ' || tablename || ' ' || definition FROM pg_rules WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'view ' || viewname || ' ' || definition FROM pg_views WHERE schemaname = current_schema()
    ORDER BY 1
"""


def schema_lines(connection: Connection) -> tuple[str, ...]:
    """Every table, constraint, index, trigger and view, one a line."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_SQLITE).all()
        return tuple(_BLANKS.sub(" ", " ".join(str(each) for each in row)).strip() for row in rows)
    return tuple(_BLANKS.sub(" ", str(row[0])) for row in connection.execute(text(_POSTGRES)))


def schema_hash(lines: tuple[str, ...]) -> str:
    """SHA-256 over them."""
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def expected_lines(dialect: str, schema: int) -> tuple[str, ...]:
    """The same of a ledger that was just made, of a schema version."""
    if dialect != "sqlite":
        lines = (Path(__file__).parent / "schema.postgresql.txt").read_text("utf-8").splitlines()
    else:
        engine = create_engine("sqlite://")
        with engine.connect() as connection:
            t.METADATA.create_all(connection)
            lines = list(schema_lines(connection))
        engine.dispose()
    left_out = [name for version, names in _ADDED.items() if schema < version for name in names]
    return tuple(line for line in lines if not any(name in line for name in left_out))


def differences(connection: Connection, schema: int) -> Iterator[Finding]:
    """What is there and should not be, and what is missing."""
    there, wanted = schema_lines(connection), expected_lines(connection.dialect.name, schema)
    for line in wanted:
        if line not in there:
            yield Finding.of("V0131", None, "schema", given=line)
    for line in there:
        if line not in wanted:
            yield Finding.of("V0137", None, "schema", given=line)
