"""`catalogue.lock`: the digest of every released module. A released revision never changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ..errors import CatalogueError, Problem, Problems

NAME: Final = "catalogue.lock"
LISTS: Final = ("divisions.toml", "vocabulary.toml")
NO_LISTS: Final[Mapping[str, str]] = MappingProxyType({})
_HEAD: Final = (
    "# Digest of every released module, written by `subsidy policy lock`. A released revision never changes.\n"
)
_LINE: Final = re.compile(r"(sha256:[0-9a-f]{64})  (\S+)")


def read_lock(folder: Path) -> dict[str, str]:
    """Path → digest, as locked; empty where the folder has no lock.

    Raises:
        CatalogueError: the lock cannot be read.
    """
    file = folder / NAME
    if not file.exists():
        return {}
    locked: dict[str, str] = {}
    problems = Problems()
    for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None or found[2] in locked:
            problems.add("C0104", f"{NAME}:{number}", given=line)
        else:
            locked[found[2]] = found[1]
    problems.raise_as(CatalogueError)
    return locked


def write_lock(folder: Path, digests: dict[str, str], lists: Mapping[str, str] = NO_LISTS) -> list[str]:
    """Add every module that is not locked yet, and say which. What is locked is never replaced.

    `lists` has the digests of the vocabulary and the divisions, which grow: they are locked as they now are.

    Raises:
        CatalogueError: a locked module has changed or is gone; nothing is written then.
    """
    locked = {path: value for path, value in read_lock(folder).items() if path not in LISTS}
    changes = [changed(path, locked[path], digests.get(path)) for path in locked if digests.get(path) != locked[path]]
    if changes:
        raise CatalogueError(changes)
    added = sorted(digests.keys() - locked.keys())
    now = {**digests, **lists}
    lines = [f"{now[path]}  {path}\n" for path in sorted(now)]
    new = folder / (NAME + ".new")
    new.write_text(_HEAD + "".join(lines), encoding="utf-8", newline="\n")
    new.replace(folder / NAME)
    return added


def changed(path: str, locked: str, found: str | None) -> Problem:
    """The problem of a module that is not what its lock says."""
    if found is None:
        return Problem("C0105", path, {"locked": locked})
    return Problem("C0102", path, {"locked": locked, "found": found})
