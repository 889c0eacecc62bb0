"""How a ledger of an older schema is brought up, when it is opened to be written: a step for each version, in order.

Entries are never touched: their bytes are what is signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, update

from . import tables as t


def _entries_by_kind(connection: Connection) -> None:
    """Since 2: the keys of a ledger are found without reading all of its entries."""
    t.ENTRIES_BY_KIND.create(connection, checkfirst=True)


STEPS: Final[Mapping[int, Callable[[Connection], None]]] = MappingProxyType({1: _entries_by_kind})


def bring_up(connection: Connection, schema: int) -> None:
    """From an older schema to today's, in the transaction of the connection."""
    for version in range(schema, t.SCHEMA):
        STEPS[version](connection)
    if schema < t.SCHEMA:
        connection.execute(update(t.MEMORY).where(t.MEMORY.c.name == "schema").values(value=str(t.SCHEMA)))
