"""Requests: a caller's own id for what is asked, and a fingerprint by which a retry is told from another request.

The fingerprint is taken over what stands for identifiers, never over them: a hash of an identity number could be tried
out. A retry is put in the same form by the entry that it had.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ..calculation.readers import shown
from ..catalogue.digest import written
from ..errors import Problem, RequestError
from .subjects import MARK

_ID: Final = re.compile(r"[!-~]{1,200}")


class Asked(NamedTuple):
    """Whose request it is, of which kind, under which id."""

    scope: str
    method: str
    id: str


class Request(NamedTuple):
    """A request with the fingerprint of what was asked."""

    asked: Asked
    fingerprint: bytes


def asked(scope: str, method: str, request: Any) -> Asked:
    """A request under an id.

    Raises:
        RequestError: that is no id.
    """
    if not isinstance(request, str) or not _ID.fullmatch(request):
        raise RequestError(Problem.of("R0520", "request", given=shown(request)))
    return Asked(scope, method, request)


def fingerprint(content: Any) -> bytes:
    """SHA-256 of what was asked, identifiers replaced."""
    return hashlib.sha256(written(plain(content))).digest()


def plain(value: Any) -> Any:
    """What a caller gave: the same however a number, a day or a mapping was handed over."""
    if value.__class__ is dict:
        return {_plain_text(key): _plain_text(each) for key, each in value.items()}
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool):
        return value
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return text.encode("utf-8", "backslashreplace").decode()  # half a character is refused later, and in words


def _plain_text(value: Any) -> Any:
    """The same, for what is a text most often."""
    return value if value.__class__ is str and value.isascii() else plain(value)


def as_recorded(given: Any, recorded: Any, subject: Callable[[str], str | None]) -> Any:
    """What is given, with what stands for each identifier where the entry of an earlier request has one."""
    if isinstance(given, Mapping) and isinstance(recorded, Mapping):
        return {name: as_recorded(value, recorded.get(name), subject) for name, value in given.items()}
    if isinstance(given, list | tuple) and isinstance(recorded, list) and len(given) == len(recorded):
        return [as_recorded(one, two, subject) for one, two in zip(given, recorded, strict=True)]
    if isinstance(given, str) and isinstance(recorded, str) and recorded.startswith(MARK):
        return subject(given) or given
    return given
