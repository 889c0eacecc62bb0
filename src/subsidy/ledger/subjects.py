"""Identifiers by salted commitments: entries never hold one in clear, and what tells them apart can be erased.

In front of a commitment stands where in the log it was first named. So those of one roster lie side by side in every
index that begins with them, and a batch changes a few pages of the store, not one for each person.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ..calculation.findings import Findings
from ..calculation.readers import is_id
from ..language import program as p
from ..language.types import Id, Records

MARK: Final = "id-"
_PLACE: Final = 10  # hexadecimal digits
_PLACED: Final = re.compile(f"{MARK}[0-9a-f]{{{_PLACE}}}-[0-9a-f]{{64}}")  # ledgers of old have them without a place


def new_subject(clear: str, place: int) -> tuple[str, bytes]:
    """What stands for an identifier, and the salt without which nobody can try out who it is.

    Args:
        place: how many entries the log has, so that its own cannot stand before.
    """
    salt = secrets.token_bytes(32)
    return f"{MARK}{place:0{_PLACE}x}-{commitment(clear, salt)}", salt


def commitment(clear: str, salt: bytes) -> str:
    """SHA-256 of salt and text, so that the row which is kept proves whose it is."""
    return hashlib.sha256(salt + clear.encode()).hexdigest()


def first_named(values: Iterable[str]) -> str:
    """Where the youngest of the identifiers among some values was first named, as it says; empty without one."""
    begin = len(MARK)
    return max(
        (each[begin : begin + _PLACE] for each in values if each.startswith(MARK) and _PLACED.fullmatch(each)),
        default="",
    )


def replaced(facts: Iterable[p.Fact], given: Mapping[str, Any], subject: Callable[[str], str]) -> dict[str, Any]:
    """The facts with what stands for each identifier, also within rows. What is no identifier stays as it is."""
    declared = {fact.name: fact for fact in facts}
    found = dict(given)
    for name, value in given.items():
        fact = declared.get(name)
        if fact is None:
            continue
        if isinstance(fact.type, Id) and isinstance(value, str) and is_id(value):
            found[name] = subject(value)
        elif isinstance(fact.type, Records) and isinstance(value, list | tuple):
            found[name] = [replaced(fact.fields, row, subject) if isinstance(row, Mapping) else row for row in value]
    return found


def identifiers_of(facts: Iterable[p.Fact], given: Mapping[str, Any]) -> list[str]:
    """Every identifier in some facts, also within rows."""
    found: list[str] = []

    def noted(clear: str) -> str:
        found.append(clear)
        return clear

    replaced(facts, given, noted)
    return found


def subjects_of(result: Findings) -> list[str]:
    """What stands for the identifiers of a claim itself, not of its rows."""
    facts = result.policy.program.facts
    found = [result.fact(name) for name, fact in facts.items() if isinstance(fact.type, Id)]
    return [str(each) for each in dict.fromkeys(found) if each is not None]
