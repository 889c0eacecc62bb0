"""What an auditor kept of a ledger: fingerprints, checkpoints, a key; all that is trusted in an audit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import Problem, RequestError
from ..ledger.notes import BadNote, Checkpoint, read_checkpoint
from ..text import Text, plain
from .findings import Finding

_PREFIX: Final = "sha256:"
_FINGERPRINT: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})(?:\s.*)?")
_LENGTH: Final = Text(
    "指纹是 sha256: 和 64 位小写十六进制数", "a fingerprint is sha256: and 64 hexadecimal digits in lower case"
)
_NO_TEXT: Final = Text("不是 UTF-8 文本", "it is no text in UTF-8")
_NEITHER: Final = Text("既没有指纹，也没有检查点", "it has neither fingerprints nor a checkpoint")


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
    """What was kept: fingerprints, or files that hold a checkpoint as a signed note, or fingerprints, one a line.

    Raises:
        RequestError: something is neither; all problems.
    """
    found, problems = Kept(), list[Problem]()
    for each in given:
        detail = _take(found, each)
        if detail is not None:
            problems.append(Problem.of("R0591", "against", given=each, detail=detail))
    if problems:
        raise RequestError(problems)
    return found


def _take(found: Kept, given: str) -> Text | None:
    """Take in a fingerprint or a file; or why it is neither."""
    if _FINGERPRINT.fullmatch(given):
        _fingerprints(found, [given])
        return None
    if given.startswith(_PREFIX):
        return _LENGTH
    try:
        text = Path(given).read_text("utf-8-sig")
    except OSError as error:
        return plain(error.strerror or str(error))
    except UnicodeDecodeError:
        return _NO_TEXT
    return _from_file(found, text)


def _from_file(found: Kept, text: str) -> Text | None:
    """Take in a file with fingerprints, one a line, or with a note; or why it has neither."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    said = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if said and said[0][1].startswith(_PREFIX):
        wrong = next((number for number, line in said if not _FINGERPRINT.fullmatch(line)), None)
        if wrong is not None:
            return Text(f"第 {wrong} 行：{_LENGTH.zh}", f"line {wrong}: {_LENGTH.en}")
    if said and all(_FINGERPRINT.fullmatch(line) for _, line in said):
        _fingerprints(found, (line for _, line in said))
        return None
    try:
        checkpoint = read_checkpoint(text)
    except BadNote:
        return _NEITHER
    found.checkpoints.setdefault(checkpoint.size, []).append(checkpoint)
    return None


def _fingerprints(found: Kept, lines: Iterable[str]) -> None:
    for line in lines:
        matched = _FINGERPRINT.fullmatch(line)
        assert matched is not None
        found.fingerprints.append(f"sha256:{matched[1]}")
