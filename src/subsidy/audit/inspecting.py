"""Looking at entries one by one: what each says of the tables that were made of it, and whether it is in order.

It runs in processes of its own, so what goes in and comes out is plain and small.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import msgspec

from ..catalogue.digest import digest
from ..ledger.determining import REFUSED
from ..ledger.merkle import leaf_hash
from ..ledger.subjects import MARK
from ..text import Text
from . import bodies
from .bodies import Body
from .chains import Records, Touched, touched
from .findings import Finding
from .sources import Part, Row, rows_of
from .trees import BLOCK, block_root

METHODS: Final = {"determination": "determine", "reversal": "reverse", "release": "release", "erasure": "erase"}
SETTLED: Final = ("paid", "lapses")
SUMS: Final = 1 << 128
_NO_BYTES: Final = Text("以文字存放，应为字节", "it lies there as text, and not as bytes")
_SUM: Final = re.compile(r"-?[0-9]+\.[0-9]{2}")
_SUBJECT: Final = re.compile(rf"{MARK}(?:[0-9a-f]{{10}}-)?[0-9a-f]{{64}}")


@dataclass
class Inspected:
    """What some entries say: rows for the tables that are made anew, and what is wrong with them.

    Attributes:
        begin: the position that the first one should have.
        next: the position behind the last one.
        places: the position of each.
        leaves: the hash of each.
        roots: over whole blocks of those that were answered with one checkpoint, by where the first of them is.
        sizes: of each, the checkpoint that it says it was answered with.
        keys: each key that signs from an entry on, and the one it replaces.
        acts: of what is done to other entries kind, policy, decision, sum in fen and the other entry, by position.
        opened: what the first entry says of the log.
        touches: what each says of caps; a reversal does not say of which policy.
        chains: the same in short, in the place of what does say it.
        sums: of the rows of tables, in the place of the rows.
        is_old: whether one does not say the fingerprint of its request.
    """

    begin: int = 0
    next: int = 0
    places: list[int] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    sizes: list[Any] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    acts: list[tuple[int, str, str, str, int, int]] = field(default_factory=list)
    requests: list[tuple[str, str, str, bytes | None, int]] = field(default_factory=list)
    touches: list[Touched] = field(default_factory=list)
    chains: Records = field(default_factory=dict)
    subjects: list[tuple[str, str, int]] = field(default_factory=list)
    named: list[tuple[str]] = field(default_factory=list)
    erased: list[tuple[str, int]] = field(default_factory=list)
    reversals: list[tuple[int, int]] = field(default_factory=list)
    releases: list[tuple[int, str, int]] = field(default_factory=list)
    texts: list[tuple[str, int]] = field(default_factory=list)
    keys: list[tuple[int, str, str | None]] = field(default_factory=list)
    opened: list[tuple[int, str, str]] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)
    is_old: bool = False
    findings: list[Finding] = field(default_factory=list)


_packed: Final = msgspec.msgpack.Encoder().encode


def inspected(part: Part, expected: int, scope: str, mark: bytes) -> Inspected:
    """What some entries say, the first of which should stand at a position.

    Args:
        mark: a secret, by which the rows of tables are summed up; empty to have the rows themselves.
    """
    found = Inspected(expected)
    for row in rows_of(part):
        if row.position != expected:
            found.findings.append(Finding.of("V0101", expected, wanted=str(expected), given=str(row.position)))
            if not isinstance(row.position, int):
                continue
        _take(found, row, row.position, scope)
        expected = row.position + 1
    found.next = expected
    found.roots = dict(_roots(found))
    if mark:
        found.sums = {"requests": sum_of(found.requests, mark), "subjects": sum_of(found.subjects, mark)}
        found.is_old = any(row[3] is None for row in found.requests)
        found.chains = touched((each for each in found.touches if each[2] is not None), mark)
        found.touches = [each for each in found.touches if each[2] is None]
        found.requests, found.subjects = [], []
    return found


def _roots(found: Inspected) -> Iterator[tuple[int, bytes]]:
    """The roots over whole blocks, where nothing is to be looked at between their first entry and their last."""
    keys = {position for position, _, _ in found.keys}
    begin = -found.begin % BLOCK
    for index in range(begin, len(found.places) - BLOCK + 1, BLOCK):
        first, end = found.begin + index, index + BLOCK
        is_whole = found.places[index:end] == list(range(first, first + BLOCK))
        is_one = found.sizes[index:end].count(found.sizes[index]) == BLOCK
        if is_whole and is_one and keys.isdisjoint(range(first, first + BLOCK)):
            yield index, block_root(found.leaves[index:end])


def sum_of(rows: Iterable[tuple[Any, ...]], mark: bytes) -> int:
    """The sum of the keyed hashes of rows, whatever their order. Whoever does not know the key cannot aim at a sum."""
    found = 0
    for row in rows:
        found += int.from_bytes(blake2b(_packed(row), digest_size=16, key=mark).digest(), "little")
    return found % SUMS


def _take(found: Inspected, row: Row, position: int, scope: str) -> None:
    content = row.content
    if not isinstance(content, bytes):
        found.findings.append(Finding.of("V0102", position, detail=_NO_BYTES))
        content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else b""
    found.places.append(position)
    found.leaves.append(leaf_hash(content))
    found.sizes.append(row.size)
    try:
        body = bodies.read(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        found.findings.append(Finding.of("V0102", position, detail=str(error)))
        return
    if not bodies.is_canonical(content, body):
        found.findings.append(Finding.of("V0103", position))
    if body.kind != row.kind:
        found.findings.append(Finding.of("V0104", position, given=str(row.kind), wanted=body.kind))
    if body.scope not in (None, scope):
        found.findings.append(Finding.of("V0105", position, given=str(body.scope), wanted=scope))
    found.kinds[body.kind] = found.kinds.get(body.kind, 0) + 1
    try:
        _tables(found, position, body)
    except ValueError as error:
        found.findings.append(Finding.of("V0102", position, detail=str(error)))


def _tables(found: Inspected, position: int, body: Body) -> None:
    method = METHODS.get(body.kind)
    if method is not None:
        mark = None if body.fingerprint is None else bytes.fromhex(body.fingerprint)
        found.requests.append((body.scope or "", method, body.request, mark, position))
        amount = body.amount or "0.00"
        if not _SUM.fullmatch(amount):
            raise ValueError(f"no sum: {amount}")
        if body.kind != "determination":  # of which those are looked at again that something is done to
            found.acts.append(_act(position, body))
        _touches(found, position, body)
    _KINDS.get(body.kind, _unknown)(found, position, body)


def _act(position: int, body: Body) -> tuple[int, str, str, str, int, int]:
    fen = int((body.amount or "0.00").replace(".", ""))
    return position, body.kind, body.policy, body.decision, fen, max(body.reverses, body.award)


def originals_of(contents: Mapping[int, bytes]) -> Inspected:
    """What some entries say of caps, and what was done with each; of those that can be read."""
    found = Inspected()
    for position, content in contents.items():
        try:
            body = bodies.read(content)
            found.acts.append(_act(position, body))
            _touches(found, position, body)
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
            continue  # which was said already
    return found


def _touches(found: Inspected, position: int, body: Body) -> None:
    """What an entry says of caps. A refusal uses nothing; of a claim that uses nothing, no bucket is made."""
    is_reversal = body.kind == "reversal"
    of, policy = (body.reverses, None) if is_reversal else (position, body.policy)
    for each in body.caps or ():
        before, after, most = each.before, each.after, each.most
        raises = is_reversal or after != before
        if after < 0 or (after > most and after > before) or (raises and body.decision == REFUSED):
            values = {"cap": each.cap, "before": str(before), "after": str(after), "most": str(most)}
            found.findings.append(Finding.of("V0127", position, **values))
        found.touches.append((position, of, policy, each.cap, bytes.fromhex(each.key), before, after, most, raises))


# — what each kind of entry says —


def _opened(found: Inspected, position: int, body: Body) -> None:
    found.opened.append((position, body.origin, body.scope or ""))


def _key(found: Inspected, position: int, body: Body) -> None:
    found.keys.append((position, body.key, body.replaces))


def _text(found: Inspected, position: int, body: Body) -> None:
    found.texts.append((body.digest, position))
    try:
        now = digest(tomllib.loads(body.content))
    except (tomllib.TOMLDecodeError, TypeError, RecursionError) as error:
        now = str(error)
    if now != body.digest:
        found.findings.append(Finding.of("V0118", position, given=body.digest, found=now))


def _roster(found: Inspected, _: int, body: Body) -> None:
    found.named.extend((subject,) for subject in body.subjects or ())


def _determination(found: Inspected, position: int, body: Body) -> None:
    if body.receipt is None:
        raise ValueError("receipt")
    subjects = set[str]()
    for value in body.receipt.facts.values():
        if isinstance(value, str):
            if value not in subjects and is_subject(value):
                subjects.add(value)
                found.subjects.append((body.policy, value, position))
                found.named.append((value,))
        elif isinstance(value, list):
            found.named.extend((subject,) for subject in _within(value))


def _within(rows: Any) -> Iterator[str]:
    """The identifiers within rows."""
    if isinstance(rows, str):
        if is_subject(rows):
            yield rows
    elif isinstance(rows, list | dict):
        for each in rows.values() if isinstance(rows, dict) else rows:
            yield from _within(each)


def is_subject(value: str) -> bool:
    """Whether a value stands for an identifier."""
    return value.startswith(MARK) and _SUBJECT.fullmatch(value) is not None


def _reversal(found: Inspected, position: int, body: Body) -> None:
    found.reversals.append((body.reverses, position))


def _release(found: Inspected, position: int, body: Body) -> None:
    instalment = (body.release or {}).get("instalment")
    if not isinstance(instalment, str):
        raise ValueError("release.instalment")
    if body.decision in SETTLED:
        found.releases.append((body.award, instalment, position))


def _erasure(found: Inspected, position: int, body: Body) -> None:
    found.erased.append((body.subject, position))


def _unknown(found: Inspected, position: int, body: Body) -> None:
    found.findings.append(Finding.of("V0106", position, given=body.kind))


_KINDS: Final[dict[str, Callable[[Inspected, int, Body], None]]] = {
    "opened": _opened,
    "key": _key,
    "text": _text,
    "roster": _roster,
    "determination": _determination,
    "reversal": _reversal,
    "release": _release,
    "erasure": _erasure,
}
