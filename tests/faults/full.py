"""A disk that is really full: a small file system in memory, of a process that sees it alone.

Where the system lets nobody mount one, the files of that process may not grow (RLIMIT_FSIZE), which SQLite meets in its
writes alike, though by another error. The evidence says which it was.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

from tests.ledger.support import bureau

from .evidence import ROOT, Figures, Tick

_MOUNT: Final = 'mount -t tmpfs -o size=6000k none "$1" && shift && exec "$@"'
_SPACES: Final = (["unshare", "-m"], ["unshare", "-Urm"])  # as root, or as whoever may have a space of names of his own


@cache
def mounting() -> tuple[str, ...]:
    """The words before a command that has a small file system of its own; none where that cannot be had."""
    with tempfile.TemporaryDirectory() as place:
        for space in _SPACES:
            words = [*space, "sh", "-c", _MOUNT, "sh"]
            if (
                shutil.which("unshare")
                and not subprocess.run([*words, place, "true"], capture_output=True, check=False).returncode
            ):
                return tuple(words)
    return ()


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Fill the disk of a ledger n times, ask, make room, and ask again."""
    before = mounting()
    with tempfile.TemporaryDirectory() as made:
        folder, place = Path(made) / "bureau", Path(made) / "disk"
        place.mkdir()
        folder.mkdir()
        bureau(folder)
        words = [*before, str(place)] if before else []
        words += [sys.executable, "-m", "tests.faults.filled", str(folder), str(place), str(n), str(seed)]
        words += ["mounted"] if before else ["limited"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            rounds = []
            for line in process.stdout:
                rounds.append(json.loads(line))
                tick(len(rounds), n)
    totals: Counter[str] = Counter()
    for each in rounds:
        totals.update(each["counts"])
    failures = [f"round {number}: {what}" for number, each in enumerate(rounds) for what in each["failures"]]
    if len(rounds) != n or process.returncode:
        failures.append(f"the process ended with {process.returncode} after {len(rounds)} rounds")
    phantoms = totals.pop("phantoms", 0)
    return {
        "full by": "a mounted tmpfs of 6 MB" if before else "RLIMIT_FSIZE",
        "rounds": len(rounds),
        **totals,
        "control": {"answers of a writer that does not look at its commit, without a row": phantoms},
        "failures": failures,
    }
