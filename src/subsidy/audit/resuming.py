"""The file in which an audit keeps what is done: that it goes on only with the audit that it is of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from .. import __version__
from ..errors import Problem, RequestError
from .kept import Kept
from .sources import Source

_TABLE: Final = "CREATE TABLE audit_of (one INTEGER PRIMARY KEY, said TEXT NOT NULL)"


@contextmanager
def resumed(path: Path | None, audit: str, source: Source, asked: Mapping[str, Any]) -> Iterator[Path | None]:
    """A file in which an audit keeps what is done, new or of the same audit; it is removed when the audit is whole.

    Args:
        path: the file; with none, nothing is kept.
        audit: its kind.
        asked: what else it depends on.

    Raises:
        RequestError: there is a file that is none, cannot be written, or is of another audit; whatever differs.
    """
    if path is not None:
        said = {"audit": audit, "ledger": source.shown, "origin": source.origin, **asked, "version": __version__}
        _check(path, {name: _plain(value) for name, value in said.items()})
    yield path
    if path is not None:
        path.unlink(missing_ok=True)


def kept_as_asked(kept: Kept) -> dict[str, Any]:
    """What was kept, as far as a verification depends on it: what was passed is not looked at again."""
    checkpoints = [each.fingerprint for size in sorted(kept.checkpoints) for each in kept.checkpoints[size]]
    return {"against": [*kept.fingerprints, *checkpoints]}


def _check(path: Path, said: Mapping[str, str]) -> None:
    is_new = not path.exists() or (path.is_file() and path.stat().st_size == 0)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            if is_new:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_TABLE)
                connection.execute("INSERT INTO audit_of VALUES (1, ?)", (json.dumps(said, ensure_ascii=False),))
                connection.execute("COMMIT")
                return
            row = connection.execute("SELECT said FROM audit_of").fetchone()
            kept = json.loads(row[0])
    except (sqlite3.Error, OSError, TypeError, ValueError):
        code = "R0526" if is_new else "R0592"
        raise RequestError(Problem.of(code, str(path), **({"detail": "SQLite"} if is_new else {}))) from None
    differs = [name for name, value in said.items() if kept.get(name) != value]
    if "audit" in differs:  # then nothing else can be compared
        differs = ["audit"]
    problems = [
        Problem.of("R0593", str(path), name=name, kept=kept.get(name) or "–", given=said[name] or "–")
        for name in differs
    ]
    if problems:
        raise RequestError(problems)


def _plain(value: Any) -> str:
    """A value in one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
