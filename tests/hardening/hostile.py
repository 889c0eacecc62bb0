"""Hostile bytes for a method: messages of its kind bent, cut, swollen or made up, by the wire format itself."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tests.attacks.mutations import FIGURES, UNICODE, VALUES, bytes_changed

Field = tuple[int, int, bytes]  # number, type on the wire, payload: as it stands behind the tag
_FIXED: Final = {1: 8, 5: 4}  # bytes by type on the wire
_WORDS: Final = (
    "", "cn", "cn/test/nursing", "cn/shanxi/yuncheng/bed-subsidy", "../../etc", "cn/\x00", "elder", "month", "cost",
    "2024-03", "q-1", "sha256:" + "0" * 64, "MA==", "LTE=", "OTk5OTk5OTk5OTk5OTk5OTk5OQ==", "=", "MQ", "甲" * 400,
)  # fmt: skip
_NUMBERS: Final = (0, 1, 2, 7, 1001, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
_DEPTHS: Final = (2, 8, 31, 33, 49, 98, 101, 1_000, 20_000)
_LARGEST: Final = 1_000_000  # bytes: larger ones are a case of their own


def varint(number: int) -> bytes:
    """A number as the wire has it."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def field(number: int, kind: int, payload: bytes) -> bytes:
    """A field as the wire has it; the length of what has one is put before it."""
    return varint(number << 3 | kind) + (varint(len(payload)) if kind == 2 else b"") + payload


def fields(content: bytes) -> list[Field]:
    """The fields of a message that is well formed."""
    found, at = list[Field](), 0
    while at < len(content):
        tag, at = _read(content, at)
        begin = at
        match tag & 7:
            case 0:
                _, at = _read(content, at)
            case 2:
                size, begin = _read(content, at)
                at = begin + size
            case other:
                at += _FIXED[other]
        found.append((tag >> 3, tag & 7, content[begin:at]))
    return found


def _read(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def hostile(rng: Random, kind: Any, seeds: Sequence[bytes]) -> bytes:
    """Bytes for a message of the descriptor `kind`, of which `seeds` are good ones."""
    seed = rng.choice(seeds)
    match rng.randrange(20):
        case 0:
            return rng.randbytes(rng.choice((0, 1, 2, 9, 100, 5_000)))
        case 1 | 2:
            return bytes_changed(rng, seed)
        case 3:
            return seed[: rng.randint(0, len(seed))]
        case 4:
            return seed * rng.choice((2, 3, 50))
        case 5:
            other = rng.choice(seeds)
            return seed[: rng.randint(0, len(seed))] + other[rng.randint(0, len(other)) :]
        case 6 | 7 | 8:
            return made_up(rng, kind)
        case 9:
            return seed + _deep(rng, kind)
        case 10:
            return _swollen(rng, seed)
        case 11:
            return seed
        case _:
            return bent(rng, kind, seed)


def bent(rng: Random, kind: Any, content: bytes) -> bytes:
    """A message in which one thing, at any depth, is something else."""
    found = fields(content)
    if not found or rng.random() < 0.08:
        return content + field(rng.choice((1, 2, 15, 16, 1000, 2**29 - 1)), 2, rng.randbytes(rng.randrange(9)))
    place = rng.randrange(len(found))
    number, wire, payload = found[place]
    described = kind.fields_by_number.get(number) if kind is not None else None
    inner = described.message_type if described is not None else None
    if inner is not None and rng.random() < 0.75:
        made = field(number, 2, bent(rng, inner, payload))
    else:
        match rng.randrange(8):
            case 0:
                made = b""
            case 1:
                made = field(number, wire, payload) * 2
            case 2:
                made = field(rng.choice((number + 1, 1, 2, 99)), wire, payload)
            case 3:
                made = field(number, 0, varint(rng.choice(_NUMBERS)))
            case 4:
                made = field(number, 5, rng.randbytes(4)) + field(number, 1, rng.randbytes(8))
            case _ if wire == 2:
                made = field(number, 2, _text(rng))
            case _:
                made = field(number, 0, varint(rng.choice(_NUMBERS)))
    return b"".join([*(field(*each) for each in found[:place]), made, *(field(*each) for each in found[place + 1 :])])


def _text(rng: Random) -> bytes:
    """A text that is none of those that are meant."""
    match rng.randrange(6):
        case 0:
            return rng.choice(_WORDS).encode()
        case 1:
            return rng.choice(VALUES).strip('"').encode("utf-8", "surrogatepass")
        case 2:
            return rng.choice(FIGURES).encode()
        case 3:
            return (rng.choice(_WORDS) + rng.choice(UNICODE) + rng.choice(_WORDS)).encode()
        case 4:
            return rng.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"))  # no UTF-8
        case _:
            return b"9" * rng.choice((1, 18, 19, 300, 70_000))


def made_up(rng: Random, kind: Any, depth: int = 0) -> bytes:
    """A message of a kind with whatever may stand in it."""
    found = bytearray()
    for described in kind.fields:
        if rng.random() < 0.35:
            continue
        for _ in range(rng.choice((1, 1, 2, 5)) if described.is_repeated else 1):
            if described.message_type is not None:
                inside = made_up(rng, described.message_type, depth + 1) if depth < 6 else b""
                found += field(described.number, 2, inside)
            elif described.type in (described.TYPE_STRING, described.TYPE_BYTES):
                found += field(described.number, 2, _text(rng))
            else:
                found += field(described.number, 0, varint(rng.choice(_NUMBERS)))
        if len(found) > _LARGEST:
            break
    return bytes(found[:_LARGEST])


def _deep(rng: Random, kind: Any) -> bytes:
    """Something within something, and so on: records within records where a message has facts, else groups."""
    depth = rng.choice(_DEPTHS)
    facts = next((each for each in kind.fields if each.name == "facts"), None)
    if facts is None:
        return field(50, 3, b"") * depth
    value = field(8, 2, b"")  # Value.records
    for _ in range(depth):
        entry = field(1, 2, b"a") + field(2, 2, value)  # of Record.fields
        value = field(8, 2, field(1, 2, field(1, 2, entry)))  # Value.records.rows.fields
        if len(value) > _LARGEST:
            break
    return field(facts.number, 2, field(1, 2, b"elder") + field(2, 2, value))


def _swollen(rng: Random, seed: bytes) -> bytes:
    """A message of which one field is there thousands of times, each time another one where it has a name."""
    found = fields(seed)
    if not found:
        return field(7, 0, b"\x01") * rng.choice((1_000, 100_000))
    number, wire, payload = rng.choice(found)
    many = min(rng.choice((70, 300, 20_000)), _LARGEST // (len(payload) + 12))
    if wire == 2 and payload[:1] == b"\n":  # an entry of a map: its name is the first field
        rest = payload[2 + payload[1] :] if len(payload) > 1 and payload[1] < 0x80 else b""
        return seed + b"".join(
            field(number, 2, field(1, 2, b"x%d" % place) + rest[: _LARGEST // many]) for place in range(many)
        )
    return seed + field(number, wire, payload) * many
