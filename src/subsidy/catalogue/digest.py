"""Canonical content and its digest: what a module says, without the accidents of how the file is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any


def canonical(data: Any) -> bytes:
    """UTF-8 JSON with sorted keys, no blanks and no floats; a date is told apart from a text that looks like one.

    Raises:
        TypeError: `data` holds something that has no canonical form, such as a float.
    """
    return json.dumps(_plain(data), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: Any) -> str:
    """``sha256:`` and the hexadecimal SHA-256 of the canonical content."""
    return "sha256:" + hashlib.sha256(canonical(data)).hexdigest()


def _plain(data: Any) -> Any:
    match data:
        case dict():
            return {key: _plain(value) for key, value in data.items()}
        case list() | tuple():
            return [_plain(value) for value in data]
        case dt.date() if type(data) is dt.date:
            return {"$date": data.isoformat()}
        case None | bool() | int() | str():
            return data
        case _:
            raise TypeError(f"{type(data).__name__} has no canonical form")
