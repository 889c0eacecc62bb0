"""An entry as far as an audit needs it, and whether it is in canonical form: both in one reading of its bytes.

The fields stand in the order of canonical form, so what is written from them is canonical; where that is the content,
the content is. Whatever differs, as with a field that is not known here, is told by the plain way.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..catalogue.digest import canonical

_MOST: Final = 4096  # pieces that were found canonical, which are remembered


class Touch(msgspec.Struct):
    """A cap that a claim was held against, as an entry has it."""

    after: int
    before: int
    cap: str
    key: str
    most: int


class Receipt(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A receipt. Of what is the same in most of them only the bytes are taken."""

    basis: Raw | UnsetType = UNSET
    facts: dict[str, Any]
    format: Any = UNSET
    policy: Raw
    readings: Raw | UnsetType = UNSET
    result: Any = UNSET


class Body(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An entry. What it does not say is what none says; where one does, the plain way tells whether it is canonical."""

    amount: str | None = None
    award: int = -1
    batch: Any = UNSET
    caps: list[Touch] | None = None
    content: str = ""
    dated: Any = UNSET
    decision: str = ""
    digest: str = ""
    engine: Any = UNSET
    fingerprint: str | None = None
    key: str = ""
    kind: str
    origin: str = ""
    policy: str = ""
    receipt: Receipt | None = None
    recorded: Any = UNSET
    release: dict[str, Any] | None = None
    replaces: str | None = None
    request: str = ""
    reverses: int = -1
    scope: str | None = None
    stated: Any = UNSET
    subject: str = ""
    subjects: list[str] | None = None
    why: Any = UNSET


read: Final = msgspec.json.Decoder(Body, float_hook=Decimal).decode  # it is written as a text, so it is told by json
_written: Final = msgspec.json.Encoder(order="deterministic").encode
_plain: Final = msgspec.json.Decoder(float_hook=Decimal).decode
_known = set[bytes]()


def is_canonical(content: bytes, body: Body) -> bool:
    """Whether the content of an entry, which was read, is in canonical form."""
    try:
        if _written(body) == content and _has_canonical_pieces(body.receipt):
            return True
        return canonical(json.loads(content)) == content
    except (ValueError, TypeError, RecursionError):
        return False


def _has_canonical_pieces(receipt: Receipt | None) -> bool:
    """Whether all that was taken as bytes is canonical; most of it was met before."""
    if receipt is None:
        return True
    for raw in (receipt.basis, receipt.policy, receipt.readings):
        if raw is UNSET:
            continue
        piece = bytes(raw)
        if piece not in _known:
            if _written(_plain(piece)) != piece:
                return False
            if len(_known) >= _MOST:
                _known.clear()
            _known.add(piece)
    return True
