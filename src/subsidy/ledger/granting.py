"""What a role of PostgreSQL may do: append to the log, change what goes with it, and rewrite nothing that was said."""

from __future__ import annotations

from sqlalchemy import Table

from . import tables as t


def statements(role: str) -> list[str]:
    """The SQL that gives a role what the writer needs, and no more."""
    name = '"' + role.replace('"', '""') + '"'
    return [
        f"GRANT SELECT ON {_named((t.MEMORY,))} TO {name};",
        f"GRANT SELECT, INSERT ON {_named(t.APPENDED)} TO {name};",
        f"GRANT SELECT, UPDATE ON {_named((t.HEAD,))} TO {name};",
        f"GRANT SELECT, INSERT, UPDATE ON {_named((t.BUCKETS, t.TILES))} TO {name};",
        f"GRANT SELECT, INSERT, DELETE ON {_named((t.PERSONS,))} TO {name};",
    ]


def _named(tables: tuple[Table, ...]) -> str:
    return ", ".join(table.name for table in tables)
