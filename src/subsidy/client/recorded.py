"""What a ledger answered over the wire, and how it is proved.

Everything is read from the bytes of the entry, so that what is proved is what is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import Problem, RequestError
from ..text import Text
from ..v1 import ledger_service_pb2 as v1

if TYPE_CHECKING:
    from ..ledger.notes import Checkpoint as Opened
    from ..ledger.notes import Verifier


@dataclass(frozen=True)
class Recorded:
    """An entry of the ledger as it was answered: a determination, a reversal or a release."""

    message: v1.Recorded

    @property
    def index(self) -> int | None:
        """Where the entry stands; None where nothing was recorded."""
        return self.message.index if self.message.HasField("index") else None

    @cached_property
    def entry(self) -> Mapping[str, Any]:
        """The entry as plain data, without any identifier in clear."""
        found: dict[str, Any] = json.loads(self.message.entry)
        return found

    @property
    def decision(self) -> str:
        """determined, nothing or refused; of a release paid, lapses or waits; of a reversal reversed."""
        return str(self.entry.get("decision", "reversed"))

    @property
    def amount(self) -> Decimal:
        """What is to be paid, in CNY with two places; below zero what a reversal takes back."""
        return Decimal(self.entry["amount"])

    @property
    def why(self) -> tuple[Problem, ...]:
        """Why a claim is refused on its merits."""
        found = self.entry["why"] if self.entry["kind"] == "determination" else []
        return tuple(Problem.of(each["code"], each["where"], **_words(each["values"])) for each in found)

    @property
    def caps(self) -> tuple[Mapping[str, Any], ...]:
        """Every cap that it was held against: its name, and what was and is used of it, in fen or in times."""
        return tuple(self.entry.get("caps", ()))

    @property
    def checkpoint(self) -> str:
        """The signed note of the commit that wrote the entry; empty where it came in a list."""
        return self.message.checkpoint

    @property
    def tlog_proof(self) -> str:
        """The proof as text, to be kept beside the entry: https://c2sp.org/tlog-proof."""
        return self.message.tlog_proof

    def to_bytes(self) -> bytes:
        """The entry: canonical JSON, the leaf of the log."""
        return self.message.entry

    def verify(self, *verifiers: Verifier | str) -> str:
        """Prove that the entry stands in the log that one of these keys has signed; needs the extra ``ledger``.

        Returns:
            The fingerprint of the checkpoint, for whoever keeps it.

        Raises:
            RequestError: it is not proved.
        """
        from ..ledger.merkle import leaf_hash, verify_inclusion

        found = _opened(self.message.checkpoint, verifiers)
        leaf = leaf_hash(self.message.entry)
        if self.index is None or not verify_inclusion(self.index, found.size, leaf, self.message.proof, found.root):
            raise _unproved(Text("证明不通向核验点的根", "the proof does not lead to the root of the checkpoint"))
        return found.fingerprint


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The latest checkpoint of a ledger.

    Attributes:
        note: the signed note, to be kept.
        size: how many entries the log has at it.
        keys: every key that signed; whoever verifies takes the key from somebody else.
    """

    note: str
    size: int
    keys: tuple[str, ...]

    def verify(self, *verifiers: Verifier | str) -> str:
        """Prove that one of these keys has signed it; the fingerprint.

        Raises:
            RequestError: it is not proved.
        """
        return _opened(self.note, verifiers).fingerprint


@dataclass(frozen=True, slots=True)
class Consistency:
    """The proof that the log of one size is the beginning of that of another.

    Attributes:
        old, new: the two sizes.
        proof: the hashes, as RFC 6962 orders them.
        checkpoint: the latest note, where it is that of `new`; else empty.
    """

    old: int
    new: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def verify(self, kept: str, *verifiers: Verifier | str, later: str = "") -> str:
        """Prove that nothing below a checkpoint that was kept has changed since; the fingerprint of the later one.

        Args:
            kept: the note that was kept.
            later: the note at `new`, where `checkpoint` has none.

        Raises:
            RequestError: it is not proved.
        """
        from ..ledger.merkle import verify_consistency

        old, new = _opened(kept, verifiers), _opened(later or self.checkpoint, verifiers)
        if (old.size, new.size, old.origin) != (self.old, self.new, new.origin) or not verify_consistency(
            old.size, new.size, old.root, new.root, self.proof
        ):
            raise _unproved(
                Text("后来的日志不以保存的为开头", "the later log does not begin with the one that was kept")
            )
        return new.fingerprint


def _opened(note: str, verifiers: tuple[Verifier | str, ...]) -> Opened:
    """A checkpoint that one of the keys has signed, under the name of that key."""
    from ..ledger.notes import BadNote, Verifier, opened

    try:
        keys = [Verifier.read(each) if isinstance(each, str) else each for each in verifiers]
        found = opened(note, keys)
    except BadNote as error:
        raise _unproved(str(error)) from None
    if found.origin not in {each.name for each in keys}:
        raise _unproved(Text(f"核验点是另一本台账的：{found.origin}", f"the checkpoint is that of {found.origin}"))
    return found


def _unproved(detail: str | Text) -> RequestError:
    return RequestError(Problem.of("R0530", "proof", detail=detail))


def _words(values: Mapping[str, Any]) -> dict[str, str | Text]:
    """The values of a reason as entries keep them."""
    return {
        name: Text(value["zh"], value["en"]) if isinstance(value, Mapping) else value for name, value in values.items()
    }
