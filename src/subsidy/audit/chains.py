"""The caps of a ledger, each followed from entry to entry: each begins where the one before it ended.

No table of them is held in memory. What an entry says of a cap is a short record, under a keyed hash of its bucket, in
one of some shares; each share is then put in order and walked through, in a process of its own. So whether all is well
is soon told; what is wrong, and where, is left to whoever looks at the rows themselves.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

SHARES: Final = 32
_RECORD: Final = struct.Struct(">16sQQQQ?")  # in the order of bytes: the bucket, then the position
_ROW: Final = (1 << 64) - 1  # in the place of a position, so behind all of them: what the table has
_keyed: Final = msgspec.msgpack.Encoder().encode
Touched = tuple[int, int, str | None, str, bytes, int, int, int, bool]
Records = dict[int, bytes]  # by share


def touched(touches: Iterable[Touched], mark: bytes) -> Records:
    """The records of what entries say of caps.

    Args:
        touches: position, entry that claims, policy, cap, key, used before and after, most, and whether it is used.
        mark: a secret, so that nobody can aim at another bucket.
    """
    found = _Shares()
    for position, _, policy, cap, key, before, after, most, raises in touches:
        found.add(_bucket(policy, cap, key, mark), position, before, after, most, raises)
    return found.whole()


def standing(rows: Iterable[Sequence[Any]], mark: bytes) -> Records:
    """The records of the rows of a table of buckets: policy, cap, key, used, most, position."""
    found = _Shares()
    for policy, cap, key, used, most, position in rows:
        found.add(_bucket(policy, cap, key, mark), _ROW, used, most, position, False)
    return found.whole()


def is_whole(records: bytes) -> bool:
    """Whether in each bucket of a share every entry begins with what the one before it left, and the row says the last.

    A bucket in which nothing was ever used has no row.
    """
    size, bucket, was = _RECORD.size, b"", 0
    left: tuple[int, int, int] | None = None
    for record in sorted(records[begin : begin + size] for begin in range(0, len(records), size)):
        of, order, one, two, three, raises = _RECORD.unpack(record)
        if of != bucket:
            if left is not None:
                return False
            bucket, was = of, 0
        if order == _ROW:
            if left != (one, two, three):
                return False
            left = None
        elif one != was:
            return False
        else:
            was = two
            if raises:
                left = two, max(two, three), order
    return left is None


class _Shares:
    """Records as they are made."""

    def __init__(self) -> None:
        self._of = [bytearray() for _ in range(SHARES)]

    def add(self, bucket: bytes, order: Any, one: Any, two: Any, three: Any, raises: bool) -> None:
        """One more. What is no record, such as a sum below zero, is in the place of two rows, which no bucket has."""
        try:
            made = _RECORD.pack(bucket, order, one, two, three, raises)
        except struct.error:
            made = _RECORD.pack(bucket, _ROW, 0, 0, 0, False) * 2
        self._of[bucket[0] % SHARES] += made

    def whole(self) -> Records:
        return {share: bytes(found) for share, found in enumerate(self._of) if found}


def _bucket(policy: Any, cap: Any, key: Any, mark: bytes) -> bytes:
    return blake2b(_keyed((policy, cap, key)), digest_size=16, key=mark).digest()
