"""The folders of policies and adoptions, read again once they change.

What is served is read from a copy: a file that is being written, or one that is no good, is never seen by a call, nor
by the ledger that records the texts a claim rests on.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ...catalogue.lock import LISTS, NAME
from ...errors import CatalogueError, Problem, Problems
from ...policies import Catalogue, shipped_folder

_PARTS: Final = ("policies", "adoptions")
_Mark = tuple[str, int, int, int]


class Folders:
    """The policies and adoptions of an operator.

    Args:
        policies: the folder of policies; the shipped one unless given.
        adoptions: the folder of adoptions, if there is one.
    """

    def __init__(self, policies: Path | None = None, adoptions: Path | None = None) -> None:
        self._given = dict(zip(_PARTS, (policies or shipped_folder(), adoptions), strict=True))
        self._seen: tuple[_Mark, ...] = ()
        self._locked: dict[str, str] = {}

    def have_changed(self) -> bool:
        """Whether a file came, went or was written since they were last read."""
        return self._marks() != self._seen

    def read(self) -> Catalogue:
        """What they say now, as a catalogue of its own. Compiling it is left to whoever serves it.

        Raises:
            CatalogueError: it cannot be read, or a module that was read before is gone or is another.
        """
        self._seen = self._marks()
        copies = Path(tempfile.mkdtemp(prefix="subsidy-"))
        try:
            catalogue = Catalogue(*(self._copied(copies, name) for name in _PARTS))
            self._check(catalogue)
        except BaseException:
            shutil.rmtree(copies, ignore_errors=True)
            raise
        weakref.finalize(catalogue, shutil.rmtree, copies, ignore_errors=True)  # calls that run may still read in it
        return catalogue

    def taken(self, catalogue: Catalogue) -> None:
        """It is served: what it locks cannot be taken away any more."""
        self._locked = {path: digest for path, digest in catalogue.folder.lock.items() if path not in LISTS}

    def _copied(self, copies: Path, name: str) -> Path | None:
        given = self._given[name]
        if given is None:
            return None
        if not given.is_dir():
            raise CatalogueError(Problem("C0101" if name == _PARTS[0] else "A0101", str(given)))
        try:
            return Path(shutil.copytree(given, copies / name, ignore=_others))
        except (OSError, shutil.Error) as error:  # a file went while it was copied
            raise CatalogueError(Problem.of("S0104", str(given), detail=type(error).__name__)) from None

    def _check(self, catalogue: Catalogue) -> None:
        catalogue.folder.check_lock()
        problems = Problems()
        for path, digest in self._locked.items():
            if catalogue.folder.lock.get(path) != digest:
                problems.add("S0505", path, given=path)
        problems.raise_as(CatalogueError)

    def _marks(self) -> tuple[_Mark, ...]:
        return tuple(mark for given in self._given.values() if given is not None for mark in _marks_in(given))


def _marks_in(folder: Path) -> Iterator[_Mark]:
    for file in sorted((*folder.glob("**/*.toml"), folder / NAME)):
        try:
            found = file.stat()
        except OSError:
            continue
        yield str(file), found.st_ino, found.st_mtime_ns, found.st_size


def _others(folder: str, names: list[str]) -> list[str]:
    """What is no part of a catalogue."""
    return [name for name in names if not (name.endswith(".toml") or name == NAME or Path(folder, name).is_dir())]
