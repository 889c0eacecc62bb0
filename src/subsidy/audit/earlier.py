"""What a policy takes from earlier claims, answered again by the entries that stood before it.

Kept only where a text of the ledger asks for any of it: the claims that were paid, in the file of the replay.
"""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from ..ledger.earlier import Question, answer, as_text

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS reversed (position INTEGER PRIMARY KEY, by INTEGER);
    CREATE TABLE IF NOT EXISTS claimed (position INTEGER PRIMARY KEY, policy, content);
    CREATE INDEX IF NOT EXISTS claimed_of ON claimed (policy, position);
    CREATE TABLE IF NOT EXISTS claimed_for (subject, position, PRIMARY KEY (subject, position)) WITHOUT ROWID;
"""
_OF_ALL: Final = "SELECT position FROM claimed WHERE policy = ? AND position < ? ORDER BY position"
_OF_ONE: Final = """
    SELECT c.position FROM claimed_for f JOIN claimed c ON c.position = f.position
     WHERE f.subject = ? AND c.policy = ? AND c.position < ? ORDER BY c.position
"""


class Claimed(NamedTuple):
    """A claim that was paid, for those behind it.

    Attributes:
        subjects: the identifiers that occur in it.
        content: JSON of its decision, its date, and of its receipt facts and result.
    """

    position: int
    policy: str
    subjects: tuple[str, ...]
    content: bytes


class Asked(NamedTuple):
    """A fact that a ledger stated for a claim, and what it asked.

    Attributes:
        place: which of the outcomes of a part is that of the claim.
        recorded: the value, as its receipt has it; None where it has none.
    """

    place: int
    position: int
    fact: str
    recorded: Any
    question: Question


def is_asked(content: str) -> bool:
    """Whether the text of a policy takes anything from earlier claims but what they leave of a cap."""
    try:
        return _has(tomllib.loads(content))
    except (tomllib.TOMLDecodeError, RecursionError):
        return False  # what rests on it cannot be computed again


def _has(said: Any) -> bool:
    if isinstance(said, dict):
        return "from_ledger" in said or any(map(_has, said.values()))
    return isinstance(said, list) and any(map(_has, said))


class Earlier:
    """The claims of a ledger, as a replay meets them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.executescript(_TABLES)

    def reverse(self, position: int, by: int) -> None:
        """An entry is reversed by another."""
        self.connection.execute("INSERT OR IGNORE INTO reversed VALUES (?, ?)", (position, by))

    def take(self, claims: Iterable[Claimed]) -> None:
        """Some claims, in the order of the ledger."""
        for position, policy, subjects, content in claims:
            self.connection.execute("INSERT OR REPLACE INTO claimed VALUES (?, ?, ?)", (position, policy, content))
            rows = [(subject, position) for subject in subjects]
            self.connection.executemany("INSERT OR IGNORE INTO claimed_for VALUES (?, ?)", rows)

    def differs(self, asked: Asked) -> str | None:
        """What the claims before one say, where that is not what it has; ``–`` where they say nothing."""
        value = answer(_Before(self.connection, asked.position), asked.question)
        one, two = (None if each is None else as_text(each) for each in (asked.recorded, value))
        if one == two or (one is not None and two is not None and _number(one) == _number(two) is not None):
            return None
        return "–" if two is None else two


class _Before:
    """The entries before a position."""

    def __init__(self, connection: sqlite3.Connection, position: int) -> None:
        self.connection, self.position = connection, position

    def claims(self, policy: str, subject: str | None) -> list[int]:
        """Those of a policy that were paid, in which an identifier occurs, or all of them."""
        if subject is None:
            found = self.connection.execute(_OF_ALL, (policy, self.position))
        else:
            found = self.connection.execute(_OF_ONE, (subject, policy, self.position))
        return [position for (position,) in found]

    def body(self, position: int) -> Mapping[str, Any] | None:
        """One of these, as far as it is asked for."""
        row = self.connection.execute("SELECT content FROM claimed WHERE position = ?", (position,)).fetchone()
        return None if row is None else json.loads(row[0])

    def reversed_by(self, position: int) -> int | None:
        """The entry that cancels another."""
        where = "position = ? AND by < ?"
        row = self.connection.execute(f"SELECT by FROM reversed WHERE {where}", (position, self.position)).fetchone()  # noqa: S608
        return None if row is None else int(row[0])


def _number(value: str) -> Fraction | None:
    """A value as a number, however many places it is written with."""
    try:
        return Fraction(value)
    except ValueError:
        return None
