"""What a request says twice. Protobuf keeps the last and forgets the first; here nothing is forgotten in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_FIXED = {1: 8, 5: 4}  # bytes by wire type


def given_twice(content: bytes, kind: Any, path: str = "") -> Iterator[str]:
    """The place of everything that stands twice in a message where it can stand once: a key of a map, a single field.

    `content` has been parsed as a message of the descriptor `kind` before, and is well formed.
    """
    seen: set[Any] = set()
    rows: dict[int, int] = {}
    for number, held in _fields(content):
        inside = held
        field = kind.fields_by_number.get(number)
        if field is None:
            continue
        message = field.message_type
        if message is not None and message.GetOptions().map_entry:
            key, inside = _entry(held)
            where = ".".join(filter(None, (path, "" if field.name in ("facts", "fields") else field.name, key)))
            once: Any = (number, key)
            message = message.fields_by_name["value"].message_type
        elif field.is_repeated:
            rows[number] = rows.get(number, 0) + 1
            where, once = f"{path}[{rows[number]}]", (number, rows[number])
        else:
            once = _group(field)
            where = path or once
        if once in seen:
            yield where
        seen.add(once)
        if message is not None:
            yield from given_twice(inside, message, where)


def _group(field: Any) -> str:
    """What can stand once: the field, or the oneof that it is a member of."""
    name: str = (field.containing_oneof or field).name
    return name


def _entry(content: bytes) -> tuple[str, bytes]:
    """The key and the value of an entry of a map from texts."""
    parts = dict(_fields(content))
    return parts.get(1, b"").decode(), parts.get(2, b"")


def _fields(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each field with its number; with its content where it has a length."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        inside = b""
        match tag & 7:
            case 0:
                _, at = _varint(content, at)
            case 2:
                size, at = _varint(content, at)
                inside = content[at : at + size]
                at += size
            case 1 | 5:
                at += _FIXED[tag & 7]
            case _:
                return  # a group, which none of our messages has
        yield tag >> 3, inside


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
