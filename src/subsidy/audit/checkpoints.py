"""The checkpoints of a log, each met on the way through its entries: its root, and the signatures that it must have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

from ..ledger.notes import BadNote, Checkpoint, Verifier, opened, read_checkpoint
from .findings import Finding
from .kept import Kept
from .processes import Crew
from .sources import Source
from .trees import Tree

_AT_ONCE: Final = 64  # notes whose signatures are verified together


@dataclass
class Signing:
    """Who signs.

    Attributes:
        keys: every key so far, from the first on.
        due: those that have to sign the next checkpoint: the one in force; with the one before it, where it is new.
    """

    keys: list[str] = field(default_factory=list)
    due: list[str] = field(default_factory=list)

    def change(self, position: int, key: str, replaces: str | None) -> Iterator[Finding]:
        """A key signs from an entry on, in the place of another."""
        before = self.keys[-1] if self.keys else None
        if replaces != before:
            yield Finding.of("V0117", position, given=str(replaces), wanted=str(before))
        try:
            Verifier.read(key)
        except BadNote as error:
            yield Finding.of("V0102", position, detail=str(error))
            return
        self.due = [*self.due, key]
        self.keys.append(key)

    def signed(self) -> None:
        """The checkpoint that was due is there; the next one is signed by the last key alone."""
        self.due = self.keys[-1:]


class Notes:
    """The checkpoints of a source, in order of size, from behind a size on."""

    def __init__(self, source: Source, behind: int) -> None:
        self._rest = source.checkpoints(behind)
        self.size: Any = behind
        self.note: Any = ""

    def reach(self, size: int) -> Iterator[Finding]:
        """Go on to the first checkpoint of at least so many entries; those between are of no batch."""
        while isinstance(self.size, int) and self.size < size:
            found = next(self._rest, None)
            if found is None:
                self.size, self.note = None, ""
                return
            self.size, self.note = found
            if not isinstance(self.size, int) or not isinstance(self.note, str):
                yield Finding.of("V0110", None, f"checkpoint.{self.size}", detail=type(self.note).__name__)
                self.size, self.note = size if not isinstance(self.size, int) else self.size, str(self.note)

    def rest(self) -> list[Any]:
        """The sizes of those behind the last one that was reached."""
        return [size for size, _ in self._rest]


class Checkpoints:
    """What is met on the way through the entries of a log.

    Attributes:
        count: how many were met.
        last: the size of the last one that was met.
        good: the largest size at which the root was that of the checkpoint.
        is_lost: whether the roots differ from some size on; those after it cannot be the same, and are not said.
    """

    def __init__(self, source: Source, kept: Kept, crew: Crew, tree: Tree, signing: Signing, last: int = 0) -> None:
        self.origin, self.kept, self.crew, self.tree, self.signing = source.origin, kept, crew, tree, signing
        self.notes = Notes(source, last)
        self.count, self.last, self.good, self.is_lost = 0, last, last, False
        self._unsure: list[tuple[int, str, tuple[str, ...]]] = []
        self._verified: list[Future[list[Finding]]] = []
        self._said: tuple[Any, Any] | None = None

    def passes(self, size: Any) -> bool:
        """Whether nothing is to be looked at behind the entry that was added: most are in the middle of a batch."""
        return size == self.notes.size and self.tree.size < size and not self.kept.checkpoints

    def reach(self, size: int) -> Iterator[Finding]:
        """Go on to the checkpoint with which an entry was answered that makes a tree of some size."""
        if self.notes.size is not None and self.notes.size < size:
            yield from self.notes.reach(size)

    def passes_all(self, size: Any, count: int) -> bool:
        """Whether nothing is to be looked at among some entries to come, but behind the last."""
        return size == self.notes.size and self.tree.size + count <= size and not self.kept.checkpoints

    def meet(self, position: int, size: Any) -> Iterator[Finding]:
        """An entry was added to the tree that says with which checkpoint it was answered."""
        now = self.tree.size
        yield from self.reach(now)
        wanted = self.notes.size
        if size != wanted and (size, wanted) != self._said:
            self._said = (size, wanted)
            yield Finding.of("V0111", position, given=str(size), wanted="–" if wanted is None else str(wanted))
        if now == wanted:
            yield from self._met(self.notes.note)
        elif self.kept.is_wanted(now):
            yield from self.kept.meet(Checkpoint(self.origin, now, self.tree.root))

    def _met(self, note: str) -> Iterator[Finding]:
        size, where = self.tree.size, f"checkpoint.{self.tree.size}"
        made = Checkpoint(self.origin, size, self.tree.root)
        try:
            said = read_checkpoint(note)
        except BadNote as error:
            yield Finding.of("V0110", None, where, detail=str(error))
        else:
            if (said.origin, said.size) != (made.origin, made.size):
                yield Finding.of("V0110", None, where, detail=f"{said.origin}, {said.size}")
            elif said.root != made.root and not self.is_lost:
                self.is_lost = True
                span = str(self.good) if self.good == size - 1 else f"{self.good}–{size - 1}"
                yield Finding.of("V0108", self.good, where, size=str(size), entries=span)
            elif said.root == made.root:
                self.good = size
        yield from self.kept.meet(made)
        self.count, self.last = self.count + 1, size
        self._unsure.append((size, note, tuple(self.signing.due)))
        self.signing.signed()
        if len(self._unsure) >= _AT_ONCE:
            self._verify()

    def _verify(self) -> None:
        if self._unsure:
            self._verified.append(self.crew.submit(wrongly_signed, self._unsure))
            self._unsure = []

    def signed(self) -> Iterator[Finding]:
        """Wait for every signature so far; which are wrong."""
        self._verify()
        for each in self._verified:
            yield from each.result()
        self._verified.clear()

    def end(self, sizes: Iterable[Any] | None = None) -> Iterator[Finding]:
        """After the last entry: checkpoints without entries, and entries without one.

        Args:
            sizes: of the checkpoints of more entries than there are, in the state that is looked at; the source's own
                unless given.
        """
        if self.last != self.tree.size:
            yield Finding.of("V0119", self.last, "checkpoints", last=str(self.last), size=str(self.tree.size))
        beyond = [self.notes.size, *self.notes.rest()] if sizes is None else list(sizes)
        if beyond := [each for each in beyond if each is not None and each != self.last]:
            kept = str(max(map(str, beyond), key=len))
            yield Finding.of("V0120", self.tree.size, "checkpoints", kept=kept, size=str(self.tree.size))


def wrongly_signed(notes: list[tuple[int, str, tuple[str, ...]]]) -> list[Finding]:
    """The notes that one of the keys which had to sign them did not, or signed otherwise."""
    found = []
    for size, note, keys in notes:
        for key in keys or ("",):
            try:
                opened(note, [Verifier.read(key)])
            except BadNote as error:
                found.append(Finding.of("V0109", None, f"checkpoint.{size}", size=str(size), detail=str(error)))
                break
    return found
