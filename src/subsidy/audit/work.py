"""The tables beside a log, made anew from its entries: in a file of their own, so that memory does not grow.

Where the file has a name, an audit that was interrupted goes on with it. The ledger's own tables stand beside them when
they are compared, all by SQL.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self

from .chains import SHARES, Records
from .findings import Finding
from .inspecting import Inspected

_TABLES: Final = {
    "opened": "position, origin, scope",
    "acts": "position INTEGER PRIMARY KEY, kind, policy, decision, fen, acts_on",
    "requests": "scope, method, request, fingerprint, position",
    "touches": "position, claim, policy, cap, key, before, after, most, raises",
    "subjects": "policy, subject, position",
    "erased": "subject, position",
    "reversals": "reversed, position",
    "releases": "award, instalment, position",
    "texts": "digest, position",
}
_SCHEMA: Final = "\n".join(
    [
        "CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY, said TEXT);",
        "CREATE TABLE IF NOT EXISTS named (subject PRIMARY KEY) WITHOUT ROWID;",
        *(f"CREATE TABLE IF NOT EXISTS {name} ({columns});" for name, columns in _TABLES.items()),
        f"CREATE TEMP TABLE originals ({_TABLES['touches']});",
        "CREATE TABLE IF NOT EXISTS chains (share, records);",
        "CREATE INDEX IF NOT EXISTS chains_by_share ON chains (share);",
        "CREATE TEMP TABLE given_chains (share, records);",
    ]
)
COLUMNS: Final = {
    "requests": "scope, method, request, fingerprint, position",
    "subjects": "policy, subject, position",
    "reversals": "reversed, position",
    "releases": "award, instalment, position",
    "texts": "digest, position",
    "buckets": "policy, cap, key, used, most, position",
}
_NAMED: Final = 500_000  # identifiers that are remembered
# What each table of a ledger is by the entries: which of its columns, and the query that makes them anew.
_COMPARED: Final = {
    "requests": ("scope, method, request, position", "SELECT scope, method, request, position FROM requests"),
    "subjects": ("policy, subject, position", "SELECT policy, subject, position FROM subjects"),
    "reversals": ("reversed, position", "SELECT reversed, position FROM reversals"),
    "releases": ("award, instalment, position", "SELECT award, instalment, position FROM releases"),
    "texts": ("digest, position", "SELECT digest, position FROM texts"),
    "buckets": (
        "policy, cap, key, used, most, position",
        """
        SELECT policy, cap, key, after AS used, max(most, after) AS most, max(position) AS position
          FROM touches WHERE raises GROUP BY policy, cap, key
        """,
    ),
}
CHAINS: Final = "V0128"  # the contradiction that is sought in short first
_FINGERPRINTS: Final = """
    SELECT r.position FROM requests r
      JOIN given_requests g ON g.scope = r.scope AND g.method = r.method AND g.request = r.request
     WHERE (r.fingerprint IS NOT NULL AND r.fingerprint IS NOT g.fingerprint) OR length(g.fingerprint) IS NOT 32
     ORDER BY 1 LIMIT 20
"""
# Where entries contradict each other, by the code of the finding: the position, and what the finding says.
CONTRADICTIONS: Final = {
    "V0128": """
        SELECT position, cap, was, before FROM (
            SELECT position, cap, before, lag(after, 1, 0)
                   OVER (PARTITION BY policy, cap, key ORDER BY position) AS was
              FROM touches
        ) WHERE was <> before ORDER BY position
    """,
    "V0129": """
        SELECT max(position), request, min(position) FROM requests
         GROUP BY scope, method, request HAVING count(*) > 1 ORDER BY 1
    """,
    "V0136": """
        SELECT r.position, r.acts_on FROM acts r LEFT JOIN acts o ON o.position = r.acts_on
         WHERE r.kind = 'reversal' AND (o.position IS NULL OR o.position >= r.position OR o.fen <> -r.fen
               OR o.kind NOT IN ('determination', 'release'))
        UNION ALL
        SELECT max(position), reversed FROM reversals GROUP BY reversed HAVING count(*) > 1 ORDER BY 1
    """,
    "V0139": """
        SELECT r.position, r.acts_on FROM acts r LEFT JOIN acts o ON o.position = r.acts_on
         WHERE r.kind = 'release' AND (o.position IS NULL OR o.position >= r.position
               OR o.kind <> 'determination' OR o.decision <> 'determined'
               OR EXISTS (SELECT 1 FROM reversals v WHERE v.reversed = o.position AND v.position < r.position))
        UNION ALL
        SELECT max(position), award FROM releases
         WHERE position NOT IN (SELECT reversed FROM reversals)
         GROUP BY award, instalment HAVING count(*) > 1 ORDER BY 1
    """,
    "V0140": """
        SELECT v.position, t.cap FROM reversals v
          JOIN originals t ON t.position = v.reversed AND t.raises
          LEFT JOIN touches b ON b.position = v.position AND b.cap = t.cap AND b.key = t.key
         WHERE b.position IS NULL OR b.after <> max(0, b.before - (t.after - t.before)) ORDER BY 1
    """,
}


class Work:
    """What the entries say, so far.

    Args:
        path: the file in which it is kept; a temporary one unless given.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.connection = sqlite3.connect(str(path) if path else "", isolation_level=None, uri=True)
        self.connection.execute("PRAGMA synchronous=OFF")  # a power loss costs the audit, not the ledger
        self.connection.execute("PRAGMA cache_size=-65536")
        self.connection.executescript(_SCHEMA)
        self._named = set[tuple[str]]()  # most are named again and again

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; one without a name is gone."""
        self.connection.close()

    def remove(self) -> None:
        """Close, and take away what is no longer needed."""
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def state(self) -> dict[str, Any] | None:
        """What was kept with the last entries; None at the beginning."""
        row = self.connection.execute("SELECT said FROM state").fetchone()
        return None if row is None else json.loads(row[0])

    def take(self, found: Inspected, tables: Collection[str] = ()) -> None:
        """Take in what some entries say, of some tables or all; it is kept only with the next state."""
        c = self.connection
        if not c.in_transaction:
            c.execute("BEGIN")
        for name, columns in _TABLES.items():
            rows = getattr(found, name)
            if rows and (not tables or name in tables):
                marks = ", ".join("?" * (columns.count(",") + 1))
                c.executemany(f"INSERT OR IGNORE INTO {name} VALUES ({marks})", rows)  # noqa: S608 – names of our own
        if not tables:
            c.executemany("INSERT INTO chains VALUES (?, ?)", found.chains.items())
            new = set(found.named) - self._named
            c.executemany("INSERT OR IGNORE INTO named VALUES (?)", new)
            if len(self._named) > _NAMED:
                self._named.clear()
            self._named.update(new)

    def keep(self, state: dict[str, Any]) -> None:
        """Keep all that was taken, with where the audit stands."""
        c = self.connection
        if not c.in_transaction:
            c.execute("BEGIN")
        c.execute("INSERT OR REPLACE INTO state VALUES (1, ?)", (json.dumps(state),))
        c.execute("COMMIT")

    # — the tables of the ledger beside them —

    def bring(self, name: str, columns: Sequence[str], parts: Iterable[Sequence[Any]]) -> None:
        """The rows of a table as the ledger has it."""
        c = self.connection
        c.execute(f"CREATE TEMP TABLE IF NOT EXISTS given_{name} ({', '.join(map(_quoted, columns))})")
        c.execute(f"DELETE FROM given_{name}")  # noqa: S608 – names of our own
        marks = ", ".join("?" * len(columns))
        for rows in parts:
            c.executemany(f"INSERT INTO given_{name} VALUES ({marks})", map(tuple, rows))  # noqa: S608

    def acted_on(self) -> set[int]:
        """The entries to which something was done."""
        return {position for (position,) in self.connection.execute("SELECT acts_on FROM acts")}

    def settle(self, originals: Inspected) -> None:
        """After the last entry: whose caps the reversals gave back.

        Args:
            originals: the entries to which something was done.
        """
        c = self.connection
        c.executemany("INSERT OR IGNORE INTO acts VALUES (?, ?, ?, ?, ?, ?)", originals.acts)
        c.execute("DELETE FROM originals")
        c.executemany("INSERT INTO originals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", originals.touches)
        self.name_reversed()

    def name_reversed(self) -> None:
        """A reversal says of which entry it gives back the caps; of which policy they are, that entry says."""
        self.connection.execute("""
            UPDATE touches SET policy = (SELECT policy FROM acts WHERE acts.position = touches.claim)
             WHERE policy IS NULL
        """)

    def touches(self) -> Iterator[Any]:
        """What the entries say of caps, as far as it was not taken in short."""
        yield from self.connection.execute("SELECT * FROM touches")

    def bring_chains(self, records: Records) -> None:
        """What belongs to the chains of caps for this one look at them."""
        self.connection.executemany("INSERT INTO given_chains VALUES (?, ?)", records.items())

    def chains(self) -> Iterator[bytes]:
        """All records of a share, of one after the other."""
        of = "SELECT records FROM {} WHERE share = ?"
        for share in range(SHARES):
            found = [self.connection.execute(of.format(name), (share,)) for name in ("chains", "given_chains")]
            yield b"".join(records for rows in found for (records,) in rows)

    def forget(self, *names: str) -> None:
        """Leave out what is to be taken in anew."""
        for name in names:
            self.connection.execute(f"DELETE FROM {name}")  # noqa: S608 – names of our own

    def differences(self, names: Collection[str], most: int) -> Iterator[Finding]:
        """What the ledger's tables have otherwise than the entries say, so many of each; they were brought before."""
        for name in names:
            columns, made = _COMPARED[name]
            there = f"SELECT {columns} FROM given_{name}"  # noqa: S608
            for code, one, two in (("V0125", made, there), ("V0126", there, made)):
                query = f"SELECT * FROM ({one} EXCEPT {two}) ORDER BY position LIMIT {most}"  # noqa: S608
                for row in self.connection.execute(query):
                    at = None if name == "buckets" else _whole(row[-1])  # one is of many entries, most of them right
                    yield Finding.of(code, at, f"{name}", row=", ".join(map(_shown, row)))
        for (position,) in self.connection.execute(_FINGERPRINTS) if "requests" in names else ():
            yield Finding.of("V0138", _whole(position), "requests.fingerprint")

    def contradictions(self, *codes: str, most: int = 20) -> Iterator[Finding]:
        """Where entries contradict each other, by what they say of some things."""
        for code in codes:
            query = CONTRADICTIONS[code]
            for position, *values in self.connection.execute(f"{query} LIMIT {most}"):
                yield Finding.of(code, position, **dict(zip("abc", map(_shown, values), strict=False)))

    def begin_persons(self) -> None:
        """Make room for those whose identifiers the ledger has in clear."""
        self.connection.execute("CREATE TEMP TABLE IF NOT EXISTS persons (subject)")
        self.connection.execute("DELETE FROM persons")

    def take_persons(self, subjects: Iterable[tuple[Any]]) -> None:
        """Whose identifiers the ledger has in clear."""
        self.connection.executemany("INSERT INTO persons VALUES (?)", subjects)

    def persons(self, most: int) -> Iterator[Finding]:
        """Whose identifier is gone though nobody erased it, is there though it was erased, or is of nobody."""
        for code, query in (
            ("V0133", "SELECT subject FROM named EXCEPT SELECT subject FROM persons EXCEPT SELECT subject FROM erased"),
            ("V0134", "SELECT subject FROM persons EXCEPT SELECT subject FROM named"),
            ("V0135", "SELECT subject FROM persons INTERSECT SELECT subject FROM erased"),
        ):
            for (subject,) in self.connection.execute(f"{query} LIMIT {most}"):
                yield Finding.of(code, None, "persons", subject=str(subject))

    def rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        yield from self.connection.execute(query, values)


def _whole(position: Any) -> int | None:
    return position if isinstance(position, int) else None


def _shown(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _quoted(name: str) -> str:
    return f'"{name}"'
