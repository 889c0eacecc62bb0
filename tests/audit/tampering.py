"""What an operator may do to a ledger, of many sizes: python -m tests.audit.tampering [--sizes N…] [--postgres].

Each is looked for twice: with the fingerprint that an auditor kept, from which all must be found, and without it. Then
those are not found, and only those, that leave a whole ledger behind, signed with its own key: that is what
fingerprints are for. The figures go into build/evidence/audit/tampering.json, and a table onto the screen.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import track
from tests.faults.evidence import record
from tests.ledger.postgres import Postgres
from tests.ledger.support import YUNCHENG, Place, nursing

import subsidy
from subsidy.audit.kept import kept
from subsidy.audit.sources import Stored
from subsidy.audit.verifying import Verified, verify
from subsidy.errors import SubsidyError
from subsidy.ledger import Ledger
from subsidy.ledger.notes import Signer, read_checkpoint

from .attacks import ATTACKS, Attack, NotHere
from .flips import FOLDER, a_bureau, forget
from .forging import forging
from .support import small

SIZES: Final = (2, 7, 8, 28, 29, 30, 31, 32, 33, 48, 63, 64, 65, 66, 80, 96, 100, 127, 128, 129, 130)


@dataclass(frozen=True)
class State:
    """A ledger as it was at a size: a copy of its file, what an auditor kept of it, and the key that signs it."""

    size: int
    file: Path
    note: str
    key: Path

    @property
    def fingerprint(self) -> str:
        return read_checkpoint(self.note).fingerprint


@dataclass(frozen=True)
class History:
    """A ledger that grew, and its states on the way."""

    catalogue: subsidy.Catalogue
    states: dict[int, State]

    @property
    def signers(self) -> list[Signer]:
        """Every key of it, from the first on."""
        note = read_checkpoint(next(iter(self.states.values())).note)
        keys = dict.fromkeys(each.key for each in self.states.values())
        return [Signer.read(note.origin, key.read_bytes()) for key in keys]


def grow(place: Place, size: int) -> Iterator[Ledger]:
    """A ledger after each of its commits, until it has so many entries."""
    ledger = place.ledger()
    yield ledger
    for request in "ab":
        nursing(ledger, request, "700")
        yield ledger
    small(ledger, place.folder)
    yield ledger
    number = 0
    while ledger.size < size:
        nursing(ledger, f"g{number}", "30", who=f"G{number % 50}", month=f"2024-{number % 12 + 1:02d}")
        number += 1
        yield ledger


def history(folder: Path, sizes: Iterable[int]) -> History:
    """A ledger, and copies of its file at some sizes, as far as commits end there."""
    catalogue, wanted = a_bureau(folder), set(sizes)
    place = Place(f"sqlite:///{folder}/ledger.db", folder, catalogue)
    found: dict[int, State] = {}
    for ledger in grow(place, max(wanted)):
        if ledger.size in wanted or ledger.size == 2:
            file = folder / f"{ledger.size}.db"
            shutil.copy(folder / "ledger.db", file)
            key = folder / ("second.pem" if (folder / "second.pem").exists() else "key.pem")
            found[ledger.size] = State(ledger.size, file, ledger.checkpoint(), key)
    place.close()
    return History(catalogue, found)


def verified(url: str, *against: str, key: str = "") -> Verified | SubsidyError:
    """What comes of verifying a ledger; why it is none."""
    forget()
    try:
        with Stored(url) as source:
            return verify(source, kept(against), key=key, jobs=1)
    except SubsidyError as error:
        return error


def codes(found: Verified | SubsidyError) -> list[str]:
    """What is wrong, each code once."""
    problems = found.problems if isinstance(found, SubsidyError) else [each.problem for each in found.findings.listed]
    return sorted({each.code for each in problems})


@dataclass(frozen=True)
class Tried:
    """What came of an attack.

    Attributes:
        at: the first entry that is another one than before; None where none is.
        first: the first one that is said to be wrong.
        codes: by which it was found from the kept fingerprint.
        alone: by which it was found by one who has kept nothing.
    """

    attack: Attack
    size: int
    at: int | None
    first: int | None
    codes: list[str]
    alone: list[str]
    sound: int

    @property
    def is_right(self) -> bool | None:
        """Whether the first bad entry is named, or one of its commit; None where it cannot be known."""
        if self.at is None or self.attack.name.endswith(": signed"):
            return None
        return self.first is not None and self.sound <= self.first <= self.at

    @property
    def wrong(self) -> list[str]:
        """What should not be so."""
        name = f"{self.attack.name}, {self.size} entries"
        said = [f"{name}: not found from the fingerprint"] if not self.codes else []
        if bool(self.alone) == self.attack.hidden:
            said.append(f"{name}: without the fingerprint {self.alone or 'nothing'} is found")
        if self.is_right is False:
            said.append(f"{name}: entry {self.at} was changed, and entry {self.first} is named")
        return said


def tried(attack: Attack, url: str, state: State, made: History, notes: Iterable[int]) -> Tried | None:
    """An attack on a ledger that is the auditor's; None where it has nothing that this could be done to."""
    try:
        with forging(url, made.signers) as forger:
            at = attack.forge(forger)
    except NotHere:
        return None
    if attack.after is not None:
        with closing(Ledger(url, YUNCHENG, made.catalogue, key=state.key)) as ledger:
            attack.after(ledger)
    found, alone = verified(url, state.fingerprint), verified(url)
    first = None if isinstance(found, SubsidyError) else found.findings.first
    sound = max((size for size in notes if at is not None and size <= at), default=0)
    return Tried(attack, state.size, at, first, codes(found), codes(alone), sound)


def attacked(
    made: History, sizes: Iterable[int], fresh: Callable[[State], str], attacks: Iterable[Attack] = ATTACKS
) -> Iterator[Tried]:
    """Attacks on the ledger at each size, each on a copy of it that is made for it, at an address."""
    for size in sizes:
        state = made.states[size]
        for attack in attacks:
            url = fresh(state)
            found = tried(attack, url, state, made, commits(url))
            if found is not None:
                yield found


def copies(folder: Path) -> Callable[[State], str]:
    """A copy of the file of a ledger, in the place of the last one."""

    def fresh(state: State) -> str:
        shutil.copy(state.file, folder / "attacked.db")
        return f"sqlite:///{folder}/attacked.db"

    return fresh


def on_postgres(postgres: Postgres, folder: Path, attacks: Iterable[Attack] = ATTACKS) -> Iterator[Tried]:
    """Attacks on a small ledger of PostgreSQL, each on a database of its own, a copy of the ledger's.

    Raises:
        AssertionError: the ledger that nobody touched is not clean.
    """
    base = f"t{uuid.uuid4().hex}"
    place = Place(postgres.fresh(base), folder, a_bureau(folder))
    ledger = place.ledger()
    nursing(ledger, "a", "700")
    small(ledger, folder)
    state = State(ledger.size, folder, ledger.checkpoint(), folder / "second.pem")
    place.close()
    whole = History(place.catalogue, {2: replace(state, size=2, key=folder / "key.pem"), state.size: state})
    assert codes(verified(place.url, state.fingerprint)) == []

    def fresh(_: State) -> str:
        postgres.run(f'DROP DATABASE IF EXISTS "{base}x" WITH (FORCE)')
        postgres.run(f'CREATE DATABASE "{base}x" TEMPLATE "{base}"')
        return postgres.url(f"{base}x")

    yield from attacked(whole, [state.size], fresh, attacks)
    for name in (f"{base}x", base):
        postgres.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def commits(url: str) -> list[int]:
    """The size after each commit."""
    with forging(url, []) as forger:
        return [size for (size,) in forger.run("SELECT size FROM checkpoints ORDER BY size")]


# — whole ledgers, in the place of the one that was kept —


def rolled_back(made: History, size: int) -> Path:
    """An earlier copy, put back."""
    return max((each for each in made.states.values() if each.size < size), key=lambda each: each.size).file


def forked(made: History, folder: Path, size: int) -> Path:
    """An earlier copy, that went on otherwise, with the real key, until it was as long."""
    state = max((each for each in made.states.values() if each.size < size), key=lambda each: each.size)
    file = folder / "forked.db"
    shutil.copy(state.file, file)
    with closing(Ledger(f"sqlite:///{file}", YUNCHENG, made.catalogue, key=state.key)) as ledger:
        number = 0
        while ledger.size < size:
            nursing(ledger, f"f{number}", "31", who=f"F{number}")
            number += 1
    return file


def table(all_: Iterable[Tried]) -> str:
    """What came of each attack, as Markdown."""
    groups: dict[str, list[Tried]] = {}
    for each in all_:
        groups.setdefault(each.attack.name, []).append(each)
    lines = [
        "| attack | sizes tried | found from the fingerprint | found without it | first bad entry right | codes |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, some in groups.items():
        known = [each.is_right for each in some if each.is_right is not None]
        shown = f"{sum(known)} of {len(known)}" if known else "–"
        said = sorted({code for each in some for code in each.codes})
        count = len(some)
        lines.append(
            f"| {name} | {count} | {sum(bool(each.codes) for each in some)} of {count} "
            f"| {sum(bool(each.alone) for each in some)} of {count} | {shown} | {', '.join(said)} |"
        )
    return "\n".join(lines)


def figures(all_: list[Tried]) -> dict[str, Any]:
    """What came of all attacks, as numbers."""
    known = [each for each in all_ if each.is_right is not None]
    return {
        "attacks": len({each.attack.name for each in all_}),
        "tried": len(all_),
        "sizes": sorted({each.size for each in all_}),
        "found": sum(bool(each.codes) for each in all_),
        "first_known": len(known),
        "first_right": sum(bool(each.is_right) for each in known),
        "failures": [said for each in all_ for said in each.wrong],
        "control": {"found by nobody who kept nothing": sum(not each.alone for each in all_)},
    }


def _in_files(folder: Path, wanted: list[int]) -> Iterator[Tried]:
    made = history(folder, wanted)
    sizes = [size for size in wanted if size in made.states]
    return _shown(attacked(made, sizes, copies(folder)), len(sizes) * len(ATTACKS))


def _in_postgres(folder: Path) -> Iterator[Tried]:
    postgres = Postgres()
    try:
        yield from _shown(on_postgres(postgres, folder), len(ATTACKS))
    finally:
        postgres.stop()


def _shown(found: Iterator[Tried], of: int) -> Iterator[Tried]:
    console = Console(stderr=True)
    yield from track(found, "attacks", of, console=console, disable=not console.is_terminal)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--postgres", action="store_true", help="a ledger of PostgreSQL, of one size")
    given, begun = parser.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        found = list(_in_postgres(Path(name)) if given.postgres else _in_files(Path(name), given.sizes))
    said = figures(found)
    where = "tampering-postgres" if given.postgres else "tampering"
    file = record(where, len(found), 0, time.monotonic() - begun, said, FOLDER)
    print(table(found))
    for each in said["failures"]:
        print(f"  {each}")
    print(f"{said['found']} of {said['tried']} found, {len(said['failures'])} failures; {file}")
    return 1 if said["failures"] or not all(said["control"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
