"""The process of `full`: its ledger lies on a disk that it fills, and makes room on again."""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any, Protocol

from tests.ledger.support import YUNCHENG

import subsidy
from subsidy.errors import SubsidyError
from subsidy.ledger import Ledger

from .audit import audited
from .scenario import Caller, asked_again, claims, opened


class Space(Protocol):
    """What can be full."""

    def fill(self, left: int, file: Path) -> None:
        """Leave so many bytes and no more for a file to grow by."""

    def free(self) -> None:
        """Make room."""


class Mounted:
    """A small file system, with a file that takes what is wanted of it."""

    def __init__(self, place: Path) -> None:
        self.ballast = place / "ballast"

    def fill(self, left: int, file: Path) -> None:  # noqa: ARG002 – all files share the space
        with self.ballast.open("wb", buffering=0) as ballast:
            with suppress(OSError):
                while True:
                    ballast.write(bytes(4096))
            ballast.truncate(max(0, ballast.tell() - left))

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)


class Limited:
    """A bound on what the files of this process may grow to."""

    def fill(self, left: int, file: Path) -> None:
        size = file.stat().st_size if file.exists() else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + left, resource.RLIM_INFINITY))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def one_round(place: Path, catalogue: subsidy.Catalogue, space: Space, random: Random) -> dict[str, Any]:
    """A new ledger; its disk is filled twice, and has room again after each."""
    counts, wrong, file = Counter[str](), list[str](), place / "ledger.db"
    for each in place.glob("*"):
        each.unlink()
    space.fill(random.choice((0, 0, 4096, 40_960)), file)
    refused = _refused(place, catalogue)
    counts["ledgers refused on a full disk"] += bool(refused)
    wrong += [f"a new ledger: {each}" for each in refused if each not in ("S0304", "R0516")]
    space.free()
    caller = Caller()
    with opened(place, catalogue) as ledger:
        caller.ask(ledger, claims(0, 3))
        for first in (3, 203):
            before, faults = len(caller.answers), len(caller.faults)
            space.fill(random.choice((20_000, 100_000, 400_000)), file)
            wanted = claims(first, 120)
            caller.ask(ledger, wanted)
            while len(caller.faults) == faults and len(wanted) < 2_000:  # the room was enough
                wanted |= claims(first + 1_000 + len(wanted), 100)
                caller.ask(ledger, {each: ask for each, ask in wanted.items() if each not in caller.answers})
            missing = {each: ask for each, ask in wanted.items() if each not in caller.answers}
            counts["answered while it was nearly full"] += len(caller.answers) - before
            counts["refused"] += len(caller.faults) - faults
            wrong += [f"refused: {each}" for each in caller.faults[faults:] if each != "S0304"]
            if isinstance(space, Mounted) and ledger.size < 2:
                wrong.append("it cannot be read while it is full")
            wrong += [f"while it is full: {each}" for each in audited(file, caller.answers)]
            space.free()
            faults = len(caller.faults)
            caller.ask(ledger, missing)
            wrong += [f"after there was room: {each}" for each in caller.faults[faults:]]
            counts["answered once there was room, by the same process"] += len(missing.keys() & caller.answers.keys())
            wrong += [f"never: {each}" for each in missing.keys() - caller.answers.keys()]
    wrong += caller.wrong + audited(file, caller.answers)
    wrong += asked_again(place, catalogue, caller.asked, caller.answers)
    counts["phantoms"] = _phantoms(place, space)
    return {"counts": counts, "failures": wrong}


def _refused(place: Path, catalogue: subsidy.Catalogue) -> list[str]:
    """What is said of a ledger that cannot be made."""
    try:
        Ledger(f"sqlite:///{place}/ledger.db", YUNCHENG, catalogue, key=place / "key.pem").close()
    except SubsidyError as error:
        return [each.code for each in error.problems]
    except Exception as error:  # noqa: BLE001 – it must be said in the ledger's own words
        return [f"{type(error).__name__}: {error}"]
    return []


def _phantoms(place: Path, space: Space) -> int:
    """The control: how many rows a writer believes in that does not look at what its commit says."""
    file, believed = place / "control.db", 0
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE answers (content BLOB)")
        space.fill(20_000, file)
        for _ in range(100):
            with suppress(sqlite3.OperationalError):
                connection.execute("INSERT INTO answers VALUES (zeroblob(2000))")
            believed += 1
        space.free()
    with closing(sqlite3.connect(file)) as connection:
        return believed - int(connection.execute("SELECT count(*) FROM answers").fetchone()[0])


def main() -> None:
    folder, place, n, seed, how = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    catalogue = subsidy.Catalogue(folder / "policies", adoptions=folder / "adoptions")
    space: Space = Mounted(place) if how == "mounted" else Limited()
    for number in range(n):
        random = Random(f"{seed}/{number}")  # noqa: S311 – to be repeated, not to be secret
        print(json.dumps(one_round(place, catalogue, space, random)), flush=True)


if __name__ == "__main__":
    main()
