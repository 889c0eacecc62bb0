"""The latest checkpoint of a ledger, whose signature is checked, and the list of fingerprints that an auditor keeps."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Final

from ..errors import Problem, RequestError
from ..ledger.notes import BadNote, Checkpoint, Verifier, opened, read_checkpoint
from .findings import Finding
from .kept import kept
from .sources import Source, Stored

_LINE: Final = re.compile(r"(sha256:[0-9a-f]{64}) ([0-9]+) [0-9-]{10}")


def checked(source: Source) -> tuple[Checkpoint | None, list[Problem]]:
    """The latest checkpoint, if it is one of this log that the key in force signed; or what is wrong with it."""
    note = source.latest()
    try:
        found = read_checkpoint(note)
    except (BadNote, AttributeError):
        return None, [Finding.of("V0204", None, source.shown).problem]
    where = f"checkpoint.{found.size}"
    if found.origin != source.origin:
        return None, [Finding.of("V0110", None, where, detail=found.origin).problem]
    try:
        opened(note, _keys(source)[-1:])
    except (BadNote, ValueError, TypeError, LookupError) as error:
        return None, [Finding.of("V0109", None, where, size=str(found.size), detail=str(error)).problem]
    return found, []


def _keys(source: Source) -> list[Verifier]:
    """Every key that signed, from the first on."""
    if isinstance(source, Stored):
        return source.reader.verifiers()
    return [Verifier.read(json.loads(row.content)["key"]) for row in source.rows() if row.kind == "key"]


def add_to(path: Path, checkpoint: Checkpoint, day: str) -> list[Problem]:
    """Add a fingerprint to a list; or what is wrong, where the log is shorter than, or not, what the list has last.

    Raises:
        RequestError: the file is no list of fingerprints, or cannot be written.
    """
    try:
        before = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError):
        before = "?"  # said below
    if before.strip():
        kept([str(path)])
        last = _LINE.match(before.rstrip("\n").rpartition("\n")[2])
        if last is not None:
            problems = _fallen_behind(last[1], int(last[2]), checkpoint)
            if problems:
                return problems
    try:
        with path.open("a", encoding="utf-8") as file:
            begin = "" if before.endswith("\n") or not before else "\n"
            file.write(f"{begin}{checkpoint.fingerprint} {checkpoint.size} {day}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RequestError(Problem.of("R0526", str(path), detail=error.strerror or str(error))) from None
    return []


def _fallen_behind(fingerprint: str, size: int, now: Checkpoint) -> list[Problem]:
    where = f"checkpoint.{size}"
    if now.size < size:
        return [Finding.of("V0114", None, where, kept=str(size), size=str(now.size)).problem]
    if now.size == size and now.fingerprint != fingerprint:
        return [Finding.of("V0113", None, where, size=str(size), given=fingerprint).problem]
    return []
