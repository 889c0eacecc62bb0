"""The folders of policies and adoptions, read again once they change.

What is served is kept in memory: a file that is being written, or one that is no good, is never seen by a call, nor by
the ledger that records the texts a claim rests on.
"""

from __future__ import annotations

import os
from pathlib import Path

from ...catalogue.lock import LISTS, NAME
from ...errors import CatalogueError, Problem, Problems
from ...policies import Catalogue, shipped_folder
from ...text import Text
from ..rereading import Mark, mark

_Marks = dict[str, Mark | str]  # by file; by file or folder, why it cannot be read


class Folders:
    """The policies and adoptions of an operator.

    Args:
        policies: the folder of policies; the shipped one unless given.
        adoptions: the folder of adoptions, if there is one.
    """

    def __init__(self, policies: Path | None = None, adoptions: Path | None = None) -> None:
        self._policies, self._adoptions = policies or shipped_folder(), adoptions
        self._seen: _Marks = {}
        self._before: _Marks = {}
        self._locked: dict[str, str] = {}

    def have_changed(self) -> bool:
        """Whether a file came, went or was written since they were last read."""
        return self._marks() != self._seen

    def have_settled(self) -> bool:
        """Whether they are as they were when this was last asked: a file that is half there is not to be read."""
        before, self._before = self._before, self._marks()
        return self._before == before

    def read(self) -> Catalogue:
        """What they say now, as a catalogue of its own. Compiling it is left to whoever serves it.

        Raises:
            CatalogueError: it cannot be read, or a module that was read before is gone or is another.
        """
        self._seen = self._marks()
        try:
            catalogue = Catalogue(self._policies, self._adoptions)
            catalogue.keep()
        except OSError as error:
            raise CatalogueError(
                _unreadable(error.filename or str(self._policies), error.strerror or type(error).__name__)
            ) from None
        if closed := [_unreadable(place, why) for place, why in self._seen.items() if isinstance(why, str)]:
            raise CatalogueError(closed)
        if self.have_changed():
            why = Text("读取期间有文件改动", "files changed while they were read")
            raise CatalogueError(_unreadable(str(self._policies), why))
        self._check(catalogue)
        return catalogue

    def taken(self, catalogue: Catalogue) -> None:
        """It is served: what it locks cannot be taken away any more."""
        self._locked = {path: digest for path, digest in catalogue.folder.lock.items() if path not in LISTS}

    def _check(self, catalogue: Catalogue) -> None:
        catalogue.folder.check_lock()
        problems = Problems()
        for path, digest in self._locked.items():
            if catalogue.folder.lock.get(path) != digest:
                problems.add("S0505", path, given=path)
        problems.raise_as(CatalogueError)

    def _marks(self) -> _Marks:
        found: _Marks = {}

        def closed(error: OSError) -> None:
            found[str(error.filename)] = error.strerror or type(error).__name__

        for folder in filter(None, (self._policies, self._adoptions)):
            for at, _, names in os.walk(folder, onerror=closed):
                for file in (Path(at, name) for name in names if name.endswith(".toml") or name == NAME):
                    try:
                        found[str(file)] = mark(file)
                    except OSError as error:  # it went meanwhile, or its folder is closed
                        closed(error)
        return found


def _unreadable(place: str, why: str | Text) -> Problem:
    return Problem.of("S0104", place, detail=why)
