"""Identifiers by salted commitments: entries never hold one in clear, and what tells them apart can be erased."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ..calculation.edition import Edition
from ..calculation.readers import is_id
from ..language import program as p
from ..language.types import Id, Records

MARK: Final = "id-"


def new_subject(clear: str) -> tuple[str, bytes]:
    """A commitment to an identifier, and the salt without which nobody can try out who it is."""
    salt = secrets.token_bytes(32)
    return commitment(clear, salt), salt


def commitment(clear: str, salt: bytes) -> str:
    """What stands for an identifier: SHA-256 of salt and text, so that the row which is kept proves whose it is."""
    return MARK + hashlib.sha256(salt + clear.encode()).hexdigest()


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


def subjects_of(policy: Edition, facts: Mapping[str, Any]) -> list[str]:
    """What stands for the identifiers of a claim itself, not of its rows."""
    names = [name for name, fact in policy.program.facts.items() if isinstance(fact.type, Id) and name in facts]
    return list(dict.fromkeys(str(facts[name]) for name in names))
