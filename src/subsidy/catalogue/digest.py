"""Canonical content and its digest: what a module says, without the accidents of how the file is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import Any, Final

_LIKE_A_FLOAT: Final = re.compile(r"(?:^|[\[:,])-?[0-9]+[.eE]")


def canonical(data: Any) -> bytes:
    """UTF-8 JSON with sorted keys, no blanks and no floats; a date is told apart from a text that looks like one.

    Raises:
        TypeError: `data` holds something that has no canonical form, such as a float.
    """
    text = _written(data)
    if _LIKE_A_FLOAT.search(text):  # which a text may hold, too: only then is every value looked at
        text = _written(_plain(data))
    return text.encode()


def written(data: Any) -> bytes:
    """The canonical form of what is known to hold no float, since the caller made it of texts and counts."""
    return _encode(data).encode()


def canonical_texts(texts: Iterable[str]) -> bytes:
    """The canonical form of a list of texts, which needs no look for anything else in it."""
    return f"[{','.join(map(encode_basestring, texts))}]".encode()


def digest(data: Any) -> str:
    """``sha256:`` and the hexadecimal SHA-256 of the canonical content."""
    return "sha256:" + hashlib.sha256(canonical(data)).hexdigest()


def _written(data: Any) -> str:
    try:
        return _encode(data)
    except ValueError:
        raise TypeError("float has no canonical form") from None


def _dated(data: Any) -> dict[str, str]:
    if type(data) is dt.date:
        return {"$date": data.isoformat()}
    raise TypeError(f"{type(data).__name__} has no canonical form")


_encode: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_dated
).encode  # made once, which is most of the work where little is written


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
