"""What an auditor kept of a ledger: fingerprints, checkpoints, a key; all that is trusted in an audit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import Problem, RequestError
from ..ledger.notes import BadNote, Checkpoint, read_checkpoint
from .findings import Finding

_FINGERPRINT: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})(?:\s.*)?")
_ALLOWED: Final = "sha256:…, FILE"


@dataclass
class Kept:
    """What was kept, and how much of it was met so far.

    Attributes:
        fingerprints: in the order in which they were given.
        checkpoints: those that were kept as they are, by size.
        met: the size of the log at each fingerprint that was met.
    """

    fingerprints: list[str] = field(default_factory=list)
    checkpoints: dict[int, list[Checkpoint]] = field(default_factory=dict)
    met: dict[str, int] = field(default_factory=dict)

    def meet(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        """The log at some size, made anew from its entries; what was kept of that size otherwise."""
        if checkpoint.fingerprint in self.fingerprints:
            self.met[checkpoint.fingerprint] = checkpoint.size
        for each in self.checkpoints.get(checkpoint.size, ()):
            if each == checkpoint:
                self.met[each.fingerprint] = checkpoint.size
            else:
                yield Finding.of("V0113", None, f"checkpoint.{each.size}", size=str(each.size), given=each.fingerprint)

    def is_wanted(self, size: int) -> bool:
        """Whether the log has to be looked at at this size."""
        return size in self.checkpoints

    def missed(self, size: int) -> Iterator[Finding]:
        """What was kept, and is not met in a log of this size."""
        last = max(self.met.values(), default=0)
        for each in self.fingerprints:
            if each not in self.met:
                yield Finding.of("V0112", None, "against", given=each, last=str(last))
        for kept in sorted(self.checkpoints):
            if kept > size:
                yield Finding.of("V0114", None, "against", kept=str(kept), size=str(size))


def kept(given: Iterable[str]) -> Kept:
    """What was kept: fingerprints, or files that hold checkpoints as signed notes, or fingerprints, one a line.

    Raises:
        RequestError: something is neither; all problems.
    """
    found, problems = Kept(), list[Problem]()
    for each in given:
        try:
            if _FINGERPRINT.fullmatch(each):
                _fingerprints(found, [each])
            else:
                _from_file(found, Path(each).read_text("utf-8"))
        except (OSError, ValueError) as error:
            detail = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(Problem.of("R0591", "against", given=each, detail=detail or "", allowed=_ALLOWED))
    if problems:
        raise RequestError(problems)
    return found


def _from_file(found: Kept, text: str) -> None:
    """A file with one or more notes, or with fingerprints.

    Raises:
        ValueError: it holds neither.
    """
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    if lines and all(_FINGERPRINT.fullmatch(line.strip()) for line in lines):
        _fingerprints(found, lines)
        return
    try:
        checkpoint = read_checkpoint(text)
    except BadNote as error:
        raise ValueError(str(error)) from None
    found.checkpoints.setdefault(checkpoint.size, []).append(checkpoint)


def _fingerprints(found: Kept, lines: Iterable[str]) -> None:
    for line in lines:
        matched = _FINGERPRINT.fullmatch(line.strip())
        assert matched is not None
        found.fingerprints.append(f"sha256:{matched[1]}")
