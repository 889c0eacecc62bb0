"""Ledgers of every schema so far, kept for later versions to open: ``python -m tests.ledger.schemas`` adds today's."""

from __future__ import annotations

import hashlib
import lzma
import tempfile
from pathlib import Path
from typing import Final

from subsidy.ledger import Ledger
from subsidy.ledger import tables as t

from .support import HERE, YUNCHENG, bureau, nursing

FIXTURES: Final = HERE / "fixtures"
NAME: Final = "ledger.db"


def add(folder: Path) -> None:
    """A small ledger of today's schema, with its key and the hashes of its answers."""
    ledger = Ledger(f"sqlite:///{folder}/{NAME}", YUNCHENG, bureau(folder))
    nursing(ledger, "q", "700", bill="A")
    award = nursing(ledger, "r", "700", bill="B")
    ledger.release(award.position, "first", request="s")
    ledger.reverse(award.position - 1, request="t", why="误报")
    ledger.close()
    hashes = hashes_of(ledger)
    made = FIXTURES / f"schema{t.SCHEMA}"
    made.mkdir(parents=True, exist_ok=True)
    (made / f"{NAME}.xz").write_bytes(lzma.compress((folder / NAME).read_bytes()))
    (made / f"{NAME}.key").write_bytes((folder / f"{NAME}.key").read_bytes())
    (made / "answers.txt").write_text("\n".join(hashes) + "\n", "utf-8")


def restore(schema: Path, folder: Path) -> str:
    """The address of a ledger of an earlier schema, as it was kept."""
    (folder / NAME).write_bytes(lzma.decompress((schema / f"{NAME}.xz").read_bytes()))
    (folder / f"{NAME}.key").write_bytes((schema / f"{NAME}.key").read_bytes())
    return f"sqlite:///{folder}/{NAME}"


def hashes_of(ledger: Ledger, count: int | None = None) -> list[str]:
    """The hash of each answer, in order."""
    places = [position for position, _ in ledger.entries(0, 1000)][:count]
    return [hashlib.sha256(ledger.answer(position).to_bytes()).hexdigest() for position in places]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        add(Path(name))
