"""What the ledger answers: an entry, where it stands, and the proof that it is there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, bindparam, select

from ..catalogue.digest import canonical
from ..errors import Problem
from . import tables as t
from .merkle import inclusion_proof, leaf_hash, verify_inclusion
from .notes import BadNote, Verifier, opened
from .reasons import problem_of
from .tree import Tiles

_ENTRY = select(t.ENTRIES.c.body, t.ENTRIES.c.size).where(t.ENTRIES.c.position == bindparam("at"))
_NOTE = select(t.CHECKPOINTS.c.note).where(t.CHECKPOINTS.c.size == bindparam("at"))


@dataclass(frozen=True)
class Answer:
    """What the ledger answers.

    Attributes:
        position: where the entry stands, from 0.
        content: the entry as canonical JSON, the leaf of the log.
        checkpoint: the signed note of the commit that it was written with.
        proof: the hashes that lead from the entry to the root of that checkpoint.
        said: the entry as plain data but for its receipt, where that is at hand.
    """

    position: int
    content: bytes
    checkpoint: str
    proof: tuple[bytes, ...]
    said: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def head(self) -> Mapping[str, Any]:
        """The entry as plain data, for what stands outside of its receipt."""
        return self.body if self.said is None else self.said

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The entry as plain data, without any identifier in clear."""
        found: dict[str, Any] = json.loads(self.content)
        return found

    @property
    def decision(self) -> str:
        """determined, nothing or refused; of a release paid, lapses or waits; else reversed or erased."""
        return str(self.head.get("decision") or {"reversal": "reversed", "erasure": "erased"}[self.head["kind"]])

    @property
    def amount(self) -> str:
        """What is to be paid, in CNY with two places; below zero what a reversal takes back."""
        return str(self.head["amount"])

    @property
    def why(self) -> Iterator[Problem]:
        """Why a claim is refused on its merits."""
        return map(problem_of, self.head.get("why", ()))

    @property
    def tlog_proof(self) -> str:
        """The proof as text: https://c2sp.org/tlog-proof."""
        hashes = "".join(base64.b64encode(each).decode() + "\n" for each in self.proof)
        return f"c2sp.org/tlog-proof@v1\nindex {self.position}\n{hashes}\n{self.checkpoint}"

    def is_proved(self, verifiers: Sequence[Verifier]) -> bool:
        """Whether the proof leads from the entry to a checkpoint that one of the keys signed."""
        try:
            found = opened(self.checkpoint, verifiers)
        except BadNote:
            return False
        return verify_inclusion(self.position, found.size, leaf_hash(self.content), self.proof, found.root)

    def to_bytes(self) -> bytes:
        """Canonical JSON: the same bytes whenever the same request is answered."""
        return canonical({"position": self.position, "entry": self.body, "proof": self.tlog_proof})


def answer_at(connection: Connection, position: int) -> Answer | None:
    """The answer with which the entry at a position was given, at whatever size the ledger is now; None without one."""
    row = connection.execute(_ENTRY, {"at": position}).one_or_none()
    if row is None:
        return None
    note = connection.scalar(_NOTE, {"at": row.size})
    proof = inclusion_proof(position, row.size, Tiles(connection, row.size).node)
    content = row.body.encode() if isinstance(row.body, str) else bytes(row.body)  # a text: somebody has altered it
    return Answer(position, content, str(note), tuple(proof))
