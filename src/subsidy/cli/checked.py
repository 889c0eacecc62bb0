"""What `subsidy policy check` found sound before, kept in the user's cache folder: one empty file for each finding.

The folder is the operating system's for caches, or the one that SUBSIDY_CACHE names.

A finding is named by what it rests on: the digest of the module, those of the vocabulary and the divisions, and that of
this program, of its libraries and of the Python that runs it. Nothing is read from a kept file, so a damaged one says
nothing wrong; a module with a problem or a warning is never kept, so each is said again until it is mended.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from ..catalogue.entry import Entry
from ..catalogue.vocabulary import Vocabulary

PACKAGE: Final = Path(__file__).parents[1]
_LIBRARIES: Final = ("pydantic", "pydantic_core", "python-dateutil")


class CheckedBefore:
    """Findings under this program, in `folder`. A folder that cannot be written keeps nothing, and harms nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(os.environ.get("SUBSIDY_CACHE") or user_cache_path("subsidy")) / "checked"
        self.known = 0

    @cached_property
    def engine(self) -> str:
        """The digest of all that decides whether a module is sound, but for what the folder of policies has."""
        found = hashlib.sha256(sys.version.encode())
        for name in _LIBRARIES:
            found.update(f"{name} {version(name)}\n".encode())
        for file in sorted(PACKAGE.rglob("*.py")):
            found.update(
                f"{file.relative_to(PACKAGE).as_posix()} ".encode() + hashlib.sha256(file.read_bytes()).digest()
            )
        return found.hexdigest()

    def holds(self, entry: Entry, vocabulary: Vocabulary) -> bool:
        """Whether a module was found sound, in this very text and by this very program."""
        found = self._file(entry, vocabulary).exists()
        self.known += found
        return found

    def keep(self, entry: Entry, vocabulary: Vocabulary) -> None:
        """Keep that a module is sound; the first finding of a program sweeps away those of the one before it."""
        file = self._file(entry, vocabulary)
        with suppress(OSError):
            if not file.parent.exists():
                shutil.rmtree(self.folder, ignore_errors=True)
                file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()

    def _file(self, entry: Entry, vocabulary: Vocabulary) -> Path:
        rests_on = f"{vocabulary.digest} {vocabulary.divisions_digest} {entry.digest}"
        return self.folder / self.engine / hashlib.sha256(rests_on.encode()).hexdigest()
